//! One part of a form: a file for the disk, a clip for the memory, or text.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::CONTENT_DISPOSITION;
use engine::{Blobs, UploadedFile};
use multer::Field;
use percent_encoding::percent_decode_str;
use tokio::time::timeout;

use crate::error::Error;
use crate::paced::Meter;
use crate::scratch::Growing;

/// Longest that a client may be silent in the middle of a body.
pub(crate) const IDLE_MAX: Duration = Duration::from_secs(60);
/// Longest file name that is kept, in characters.
const NAME_CHARS_MAX: usize = 200;

/// A file of a form.
#[derive(Debug)]
pub struct FilePart<F> {
    /// The name of the part.
    pub name: String,
    /// The client's name for the file, without control characters and at most 200 characters long; may be empty.
    pub file_name: String,
    /// Bytes received of it.
    pub n_bytes: u64,
    /// The file itself.
    pub content: F,
}

/// A file that was to be kept in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clip {
    /// All of it.
    Whole(Bytes),
    /// It was too large, and thrown away.
    TooLarge,
}

/// Where the files of a form go.
pub(crate) trait Sink {
    /// A file that arrived.
    type Held;

    /// Receives a file of at most `n_bytes_max` bytes.
    async fn receive(&self, part: &mut Part<'_>, n_bytes_max: u64) -> Result<Self::Held, Error>;
}

/// The scratch folder.
pub(crate) struct Disk<'a>(pub(crate) &'a dyn Blobs);

impl Sink for Disk<'_> {
    type Held = UploadedFile;

    async fn receive(&self, part: &mut Part<'_>, n_bytes_max: u64) -> Result<UploadedFile, Error> {
        let mut file = Growing::new(self.0).await?;
        while let Some(chunk) = part.chunk().await? {
            if part.n_bytes > n_bytes_max {
                drop(file);
                part.skip().await?;
                return Err(Error::FileTooLarge { part: part.name.clone(), n_bytes_max });
            }
            file.write(&chunk).await?;
        }
        debug_assert_eq!(file.n_bytes(), part.n_bytes);
        file.finish(&part.file_name()).await
    }
}

/// The memory.
pub(crate) struct Memory;

impl Sink for Memory {
    type Held = Clip;

    async fn receive(&self, part: &mut Part<'_>, n_bytes_max: u64) -> Result<Clip, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await? {
            if part.n_bytes > n_bytes_max {
                drop(bytes);
                part.skip().await?;
                return Ok(Clip::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Clip::Whole(bytes.into()))
    }
}

/// One part of a form, while it is received.
pub(crate) struct Part<'a> {
    pub(crate) field: Field<'static>,
    pub(crate) meter: &'a Meter,
    /// Its name; empty for none.
    pub(crate) name: String,
    /// Whether it is to blame for what goes wrong while it is read.
    pub(crate) is_wanted: bool,
    /// Bytes received of it.
    pub(crate) n_bytes: u64,
    /// Most bytes of the whole body.
    pub(crate) body_bytes_max: u64,
}

impl Part<'_> {
    /// Tells whether the client calls it a file.
    pub(crate) fn has_file_name(&self) -> bool {
        self.field.file_name().is_some() || self.encoded_file_name().is_some()
    }

    /// Returns the client's name for the file, fit for a title: databases refuse control characters.
    pub(crate) fn file_name(&self) -> String {
        let encoded = self.encoded_file_name();
        let name = encoded.as_deref().or(self.field.file_name()).unwrap_or_default();
        let printable = name.chars().filter(|c| !c.is_control());
        printable.take(NAME_CHARS_MAX).collect()
    }

    /// Reads `filename*=utf-8''NAME`, which some HTTP libraries send for names beyond ASCII although RFC 7578 forbids it.
    fn encoded_file_name(&self) -> Option<String> {
        let header = self.field.headers().get(CONTENT_DISPOSITION)?.to_str().ok()?;
        let at = header.to_ascii_lowercase().find("filename*=utf-8'")?;
        let (_, encoded) = header[at + "filename*=utf-8'".len()..].split_once('\'')?;
        let encoded = encoded.split(';').next().unwrap_or(encoded);
        percent_decode_str(encoded.trim()).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    }

    /// Returns the next bytes, `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Ok(chunk) = timeout(IDLE_MAX, self.field.chunk()).await else {
            return Err(Error::TooSlow { part: self.blamed() });
        };
        self.meter.reset();
        let Ok(chunk) = chunk else {
            return Err(if self.meter.is_too_large() {
                Error::BodyTooLarge { part: self.blamed(), n_bytes_max: self.body_bytes_max }
            } else {
                Error::Malformed { part: self.blamed() }
            });
        };
        self.n_bytes += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Ok(chunk)
    }

    /// Passes over what is left.
    pub(crate) async fn skip(&mut self) -> Result<(), Error> {
        while self.chunk().await?.is_some() {}
        Ok(())
    }

    /// Receives text of at most `n_bytes_max` bytes.
    pub(crate) async fn text(&mut self, n_bytes_max: usize) -> Result<String, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > n_bytes_max {
                return Err(Error::TextTooLong { part: self.name.clone(), n_bytes_max });
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|_| Error::NotText { part: self.name.clone() })
    }

    fn blamed(&self) -> Option<String> {
        self.is_wanted.then(|| self.name.clone())
    }
}
