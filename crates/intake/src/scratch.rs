//! Files in the making: hashed while they are written, gone when nobody takes them over.

use std::path::{Path, PathBuf};

use engine::{Blobs, UploadedFile};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::error::Error;

/// A file that is removed on drop unless somebody took its path over.
struct Scratch(Option<PathBuf>);

impl Scratch {
    fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }

    fn into_path(mut self) -> PathBuf {
        self.0.take().unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be removed now is removed with the scratch folder at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A file that is being received.
pub(crate) struct Growing {
    scratch: Scratch,
    out: File,
    hash: Sha256,
    n_bytes: u64,
}

impl Growing {
    /// Makes an empty one in the scratch folder.
    pub(crate) async fn new(blobs: &dyn Blobs) -> Result<Self, Error> {
        // Named before it is filled, so that an upload cut short is removed too.
        let scratch = Scratch(Some(blobs.scratch("upload")));
        let out = File::create_new(scratch.path()).await?;
        Ok(Self { scratch, out, hash: Sha256::new(), n_bytes: 0 })
    }

    /// Returns how long it is.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Adds to its end.
    pub(crate) async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.hash.update(chunk);
        self.n_bytes += chunk.len() as u64;
        Ok(self.out.write_all(chunk).await?)
    }

    /// Hands it over.
    pub(crate) async fn finish(mut self, file_name: &str) -> Result<UploadedFile, Error> {
        self.out.flush().await?;
        let sha256 = hex::encode(self.hash.finalize());
        Ok(UploadedFile::new(self.scratch.into_path(), self.n_bytes, sha256, file_name))
    }
}
