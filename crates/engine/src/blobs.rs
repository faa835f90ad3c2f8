//! Where files live: a local folder or an S3 bucket, behind one trait.

use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::ids::{AssetId, JobId};

/// The path of a blob inside the store, such as `videos/NAME.mp4`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobKey(String);

impl BlobKey {
    /// Wraps a key read back from the database or a listing.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Names an original by its content.
    pub fn asset(id: &AssetId) -> Self {
        let hash = id.as_str();
        let shard = hash.get(..2).unwrap_or("__");
        Self(format!("assets/{shard}/{hash}"))
    }

    /// Names what one attempt of a job puts out, so that two attempts never write the same key.
    pub fn output(job: &JobId, epoch: i64, extension: &str) -> Self {
        Self(format!("outputs/{job}-{epoch}.{extension}"))
    }

    /// Returns the key as text with `/` between its parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stretch of a blob's bytes, in order.
pub type BlobStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// A blob as a file on this machine; a downloaded copy is removed on drop.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
    is_copy: bool,
}

impl LocalFile {
    /// Points at the blob's own file, which stays.
    pub fn own(path: PathBuf) -> Self {
        Self { path, is_copy: false }
    }

    /// Takes over a temporary copy.
    pub fn copy(path: PathBuf) -> Self {
        Self { path, is_copy: true }
    }

    /// Returns where to read.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for LocalFile {
    fn drop(&mut self) {
        if self.is_copy {
            // What cannot be removed now is removed with the scratch folder at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Keeps files under keys; a key is written once and never changed.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Moves the finished file `from` under `key`, durably; the file is gone from where it was.
    async fn put(&self, key: &BlobKey, from: &Path) -> Result<(), BlobError>;

    /// Returns the size in bytes, `None` if there is no such blob.
    async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError>;

    /// Streams the given range of bytes, which lies within the blob.
    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<BlobStream, BlobError>;

    /// Makes the blob readable as a file.
    async fn local(&self, key: &BlobKey) -> Result<LocalFile, BlobError>;

    /// Removes the blob; removing what is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Lists all keys that start with `prefix`, in no particular order.
    async fn list(&self, prefix: &str) -> Result<Vec<BlobKey>, BlobError>;

    /// Returns a path for a new temporary file, on the same disk as the blobs where they are local.
    fn scratch(&self, extension: &str) -> PathBuf;
}

/// Why a file could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} blob `{key}`")]
pub struct BlobError {
    /// What was tried, as an infinitive.
    pub action: &'static str,
    /// The blob.
    pub key: String,
    /// The back end's reason.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
