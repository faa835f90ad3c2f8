//! Files under keys: in a local folder, or in an S3 bucket.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use engine::{BlobError, BlobKey, BlobStream, Blobs, LocalFile};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// Bytes read at once when a blob is streamed.
const READ_CHUNK_BYTES: usize = 256 << 10;

type Result<T> = std::result::Result<T, BlobError>;

fn failed(
    action: &'static str,
    key: &BlobKey,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> BlobError {
    BlobError { action, key: key.as_str().to_owned(), source: source.into() }
}

fn scratch_path(folder: &Path, extension: &str) -> PathBuf {
    folder.join(format!("{}.{extension}", Uuid::new_v4()))
}

/// Files in a folder of this machine.
#[derive(Debug, Clone)]
pub struct LocalBlobs {
    root: PathBuf,
    scratch: PathBuf,
}

impl LocalBlobs {
    /// Keeps blobs below `root` and temporary files in `scratch`, which is on the same disk; makes both.
    ///
    /// # Errors
    /// If a folder cannot be made.
    pub fn open(root: PathBuf, scratch: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&root)?;
        std::fs::create_dir_all(&scratch)?;
        Ok(Self { root, scratch })
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.as_str())
    }
}

/// Makes a file and its name in its folder survive a power cut, then gives it its name.
fn move_durably(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(to);
    std::fs::create_dir_all(folder)?;
    std::fs::File::open(from)?.sync_all()?;
    std::fs::rename(from, to)?;
    std::fs::File::open(folder)?.sync_all()
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn put(&self, key: &BlobKey, from: &Path) -> Result<()> {
        let (from, to) = (from.to_owned(), self.path(key));
        let moved = tokio::task::spawn_blocking(move || move_durably(&from, &to)).await;
        moved.map_err(|panic| failed("store", key, panic))?.map_err(|error| failed("store", key, error))
    }

    async fn size(&self, key: &BlobKey) -> Result<Option<u64>> {
        match tokio::fs::metadata(self.path(key)).await {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("look at", key, error)),
        }
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<BlobStream> {
        let open = async {
            let mut file = tokio::fs::File::open(self.path(key)).await?;
            file.seek(io::SeekFrom::Start(range.start)).await?;
            Ok(file.take(range.end.saturating_sub(range.start)))
        };
        let file = open.await.map_err(|error: io::Error| failed("read", key, error))?;
        let key = key.clone();
        let chunks = ReaderStream::with_capacity(file, READ_CHUNK_BYTES);
        Ok(chunks.map_err(move |error| failed("read", &key, error)).boxed())
    }

    async fn local(&self, key: &BlobKey) -> Result<LocalFile> {
        Ok(LocalFile::own(self.path(key)))
    }

    async fn delete(&self, key: &BlobKey) -> Result<()> {
        match tokio::fs::remove_file(self.path(key)).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed("remove", key, error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<BlobKey>> {
        let (root, wanted) = (self.root.clone(), prefix.to_owned());
        let listed = tokio::task::spawn_blocking(move || {
            let mut keys = Vec::new();
            list_folder(&root, "", &mut keys)?;
            keys.retain(|key| key.starts_with(&wanted));
            Ok::<_, io::Error>(keys.into_iter().map(BlobKey::from_text).collect())
        });
        let whole = BlobKey::from_text(prefix);
        listed.await.map_err(|panic| failed("list", &whole, panic))?.map_err(|error| failed("list", &whole, error))
    }

    fn scratch(&self, extension: &str) -> PathBuf {
        scratch_path(&self.scratch, extension)
    }
}

fn list_folder(folder: &Path, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let key = format!("{prefix}{}", name.to_string_lossy());
        if entry.file_type()?.is_dir() {
            list_folder(&entry.path(), &format!("{key}/"), keys)?;
        } else {
            keys.push(key);
        }
    }
    Ok(())
}

/// How to reach a bucket.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// The bucket's name; it must exist.
    pub bucket: String,
    /// The region, `us-east-1` where the server has none.
    pub region: String,
    /// The server's URL, for anything but AWS itself.
    pub endpoint: Option<String>,
    /// The access key; with the secret missing too, the environment's own credentials are used.
    pub access_key_id: Option<String>,
    /// The secret key.
    pub secret_access_key: Option<engine::Secret>,
}

/// Files in an S3 bucket.
#[derive(Debug, Clone)]
pub struct S3Blobs {
    bucket: Arc<AmazonS3>,
    scratch: PathBuf,
}

impl S3Blobs {
    /// Keeps blobs in a bucket and temporary files in the local folder `scratch`, which it makes.
    ///
    /// # Errors
    /// If the folder cannot be made or the settings contradict each other.
    pub fn open(settings: &S3Settings, scratch: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&scratch)?;
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(&settings.bucket).with_region(&settings.region);
        if let Some(endpoint) = &settings.endpoint {
            let is_plain = endpoint.starts_with("http://");
            builder = builder.with_endpoint(endpoint).with_allow_http(is_plain);
        }
        if let (Some(id), Some(secret)) = (&settings.access_key_id, &settings.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret.expose());
        }
        let bucket = builder.build().map_err(io::Error::other)?;
        Ok(Self { bucket: Arc::new(bucket), scratch })
    }
}

fn object(key: &BlobKey) -> object_store::path::Path {
    object_store::path::Path::from(key.as_str())
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn put(&self, key: &BlobKey, from: &Path) -> Result<()> {
        let upload = async {
            let mut file = tokio::fs::File::open(from).await?;
            let bucket: Arc<dyn ObjectStore> = Arc::<AmazonS3>::clone(&self.bucket);
            let mut writer = BufWriter::new(bucket, object(key));
            tokio::io::copy(&mut file, &mut writer).await?;
            // The object appears only now, whole.
            writer.shutdown().await?;
            tokio::fs::remove_file(from).await
        };
        upload.await.map_err(|error| failed("store", key, error))
    }

    async fn size(&self, key: &BlobKey) -> Result<Option<u64>> {
        match self.bucket.head(&object(key)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("look at", key, error)),
        }
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<BlobStream> {
        if range.is_empty() {
            return Ok(futures::stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let got = self.bucket.get_opts(&object(key), options).await.map_err(|error| failed("read", key, error))?;
        let key = key.clone();
        Ok(got.into_stream().map_err(move |error| failed("read", &key, error)).boxed())
    }

    async fn local(&self, key: &BlobKey) -> Result<LocalFile> {
        let copy = LocalFile::copy(self.scratch("copy"));
        let got = self.bucket.get(&object(key)).await.map_err(|error| failed("read", key, error))?;
        let download = async {
            let mut file = tokio::fs::File::create(copy.path()).await?;
            let mut chunks = got.into_stream();
            while let Some(chunk) = chunks.next().await {
                file.write_all(&chunk?).await?;
            }
            file.flush().await
        };
        download.await.map_err(|error| failed("copy", key, error))?;
        Ok(copy)
    }

    async fn delete(&self, key: &BlobKey) -> Result<()> {
        match self.bucket.delete(&object(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("remove", key, error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<BlobKey>> {
        // S3 lists by whole path segments here; the rest of the prefix is compared below.
        let folder = prefix.rsplit_once('/').map(|(folder, _)| object_store::path::Path::from(folder));
        let listed = self.bucket.list(folder.as_ref()).map_ok(|meta| meta.location.to_string());
        let keys: Vec<String> =
            listed.try_collect().await.map_err(|error| failed("list", &BlobKey::from_text(prefix), error))?;
        Ok(keys.into_iter().filter(|key| key.starts_with(prefix)).map(BlobKey::from_text).collect())
    }

    fn scratch(&self, extension: &str) -> PathBuf {
        scratch_path(&self.scratch, extension)
    }
}
