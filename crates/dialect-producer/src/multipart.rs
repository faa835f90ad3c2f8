//! Files in `multipart/form-data` bodies, streamed to a scratch file while they are hashed.
//!
//! Our extension: the vendor takes audio by URL only. Bytes pass through [`Paced`], so that what is held in memory stays
//! small whatever the body looks like.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use engine::{Blobs, UploadedFile};
use futures::{Stream, StreamExt};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::error::ApiError;
use crate::fields::Fields;

/// Longest text part, in bytes; longer than any URL that is accepted.
const TEXT_BYTES_MAX: usize = 16 << 10;
/// Most parts of one body.
const PARTS_MAX: usize = 32;
/// Bytes of a body besides those of its file.
const OVERHEAD_BYTES_MAX: u64 = 1 << 20;
/// Bytes that may be read without any of them coming out as part of a file or text, such as an endless part header.
const HELD_BYTES_MAX: usize = 256 << 10;
/// Longest that a client may be silent in the middle of a body.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Longest file name that is kept, in characters.
const NAME_CHARS_MAX: usize = 200;

/// A form that was received completely.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) file: UploadedFile,
    pub(crate) fields: Fields,
    /// The form as a task's record shows it.
    pub(crate) kept: String,
}

/// Tells whether the body calls itself a form.
pub(crate) fn is_form(request: &Request) -> bool {
    let value = request.headers().get(axum::http::header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Receives a form with one part `file`, the others being text, in any order.
///
/// The file may have `file_bytes_max` bytes.
pub(crate) async fn receive(blobs: &dyn Blobs, file_bytes_max: u64, request: Request) -> Result<Form, ApiError> {
    let held = Arc::new(AtomicUsize::new(0));
    let (parts, body) = request.into_parts();
    let paced = Paced {
        inner: body.into_data_stream(),
        held: Arc::clone(&held),
        newest_bytes: 0,
        n_bytes_left: file_bytes_max.saturating_add(OVERHEAD_BYTES_MAX),
        may_read: false,
    };
    let mut request = Request::from_parts(parts, Body::from_stream(paced));
    // `Paced` keeps the limits here, and keeps them per installation.
    DefaultBodyLimit::disable().apply(&mut request);
    let parts = Multipart::from_request(request, &()).await;
    let mut parts = parts.map_err(|_| ApiError::bad("content-type"))?;
    let mut members = Map::new();
    let mut file = None;
    let mut n_parts = 0;
    while let Some(part) = next_part(&mut parts).await? {
        held.store(0, Ordering::Relaxed);
        n_parts += 1;
        if n_parts > PARTS_MAX {
            return Err(ApiError::bad("body"));
        }
        let part = Part { field: part, held: &held };
        match part.field.name() {
            Some("file") if file.is_some() => return Err(ApiError::bad("file")),
            Some("file") => {
                let name = part.file_name();
                members.insert("file".to_owned(), Value::String(name.clone()));
                file = Some(part.save(blobs, file_bytes_max, name).await?);
            }
            Some("callback_url") => {
                members.insert("callback_url".to_owned(), part.text("callback_url").await?);
            }
            Some("async") => {
                members.insert("async".to_owned(), part.text("async").await?);
            }
            _ => part.skip().await?,
        }
    }
    Ok(Form {
        file: file.ok_or(ApiError::bad("file"))?,
        kept: Value::Object(members.clone()).to_string(),
        fields: Fields::new(members),
    })
}

async fn next_part(parts: &mut Multipart) -> Result<Option<Field<'_>>, ApiError> {
    let part = timeout(IDLE_MAX, parts.next_field()).await.map_err(|_| ApiError::bad("body"))?;
    part.map_err(|_| ApiError::bad("body"))
}

/// One part of a form.
struct Part<'a> {
    field: Field<'a>,
    held: &'a AtomicUsize,
}

impl Part<'_> {
    /// Returns the client's name for the file, fit for a title: databases refuse control characters.
    fn file_name(&self) -> String {
        let name = self.field.file_name().unwrap_or_default();
        let printable = name.chars().filter(|c| !c.is_control());
        printable.take(NAME_CHARS_MAX).collect()
    }

    async fn chunk(&mut self, blame: &'static str) -> Result<Option<Bytes>, ApiError> {
        let chunk = timeout(IDLE_MAX, self.field.chunk()).await.map_err(|_| ApiError::bad(blame))?;
        self.held.store(0, Ordering::Relaxed);
        chunk.map_err(|_| ApiError::bad(blame))
    }

    async fn text(mut self, name: &'static str) -> Result<Value, ApiError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk(name).await? {
            if bytes.len() + chunk.len() > TEXT_BYTES_MAX {
                return Err(ApiError::bad(name));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes);
        text.map(Value::String).map_err(|_| ApiError::bad(name))
    }

    async fn skip(mut self) -> Result<(), ApiError> {
        while self.chunk("body").await?.is_some() {}
        Ok(())
    }

    async fn save(mut self, blobs: &dyn Blobs, bytes_max: u64, name: String) -> Result<UploadedFile, ApiError> {
        // Named before it is filled, so that an upload cut short is removed too.
        let scratch = Scratch(Some(blobs.scratch("upload")));
        let mut out = tokio::fs::File::create_new(scratch.path()).await.map_err(disk)?;
        let mut hash = Sha256::new();
        let mut n_bytes = 0;
        while let Some(chunk) = self.chunk("file").await? {
            n_bytes += chunk.len() as u64;
            if n_bytes > bytes_max {
                return Err(ApiError::bad("file"));
            }
            hash.update(&chunk);
            out.write_all(&chunk).await.map_err(disk)?;
        }
        out.flush().await.map_err(disk)?;
        if n_bytes == 0 {
            return Err(ApiError::bad("file"));
        }
        let sha256 = hex::encode(hash.finalize());
        Ok(UploadedFile::new(scratch.into_path(), n_bytes, sha256, name))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of `map_err`")]
fn disk(error: std::io::Error) -> ApiError {
    tracing::error!(error = &error as &dyn std::error::Error, "cannot write an uploaded file");
    ApiError::Internal
}

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

/// A body that is read no faster than it is used.
///
/// The form parser (`multer` 3) reads until its source has nothing ready, and looks at what it has only then; so a
/// fast client would fill the memory. This source has nothing ready after every frame, and stops for good when too
/// much went in and nothing came out.
struct Paced {
    inner: BodyDataStream,
    held: Arc<AtomicUsize>,
    newest_bytes: usize,
    n_bytes_left: u64,
    may_read: bool,
}

impl Stream for Paced {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.may_read {
            self.may_read = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // The newest frame may not have been looked at yet.
        let n_bytes_seen = self.held.load(Ordering::Relaxed).saturating_sub(self.newest_bytes);
        if n_bytes_seen > HELD_BYTES_MAX {
            return Poll::Ready(Some(Err("a part header is too long".into())));
        }
        match ready!(self.inner.poll_next_unpin(cx)) {
            Some(Ok(frame)) => {
                self.may_read = false;
                self.held.fetch_add(frame.len(), Ordering::Relaxed);
                self.newest_bytes = frame.len();
                let Some(n_bytes_left) = self.n_bytes_left.checked_sub(frame.len() as u64) else {
                    return Poll::Ready(Some(Err("the body is too large".into())));
                };
                self.n_bytes_left = n_bytes_left;
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error.into()))),
            None => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use store::LocalBlobs;

    use super::*;

    const HEAD: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\tb.wav\"\r\n\r\n";

    /// Receives a body sent in frames of `frame_bytes`, all of them ready at once; returns what is left in the folder too.
    async fn received(body: Vec<u8>, frame_bytes: usize, max: u64) -> (Result<Form, ApiError>, usize) {
        let dir = tempfile::tempdir().unwrap();
        let blobs = LocalBlobs::open(dir.path().join("blobs"), dir.path().join("scratch")).unwrap();
        let frames: Vec<_> = body.chunks(frame_bytes).map(Bytes::copy_from_slice).collect();
        let stream = futures::stream::iter(frames.into_iter().map(Ok::<_, BoxError>));
        let request = Request::builder()
            .header("content-type", "multipart/form-data; boundary=b")
            .body(Body::from_stream(stream))
            .unwrap();
        let form = receive(&blobs, max, request).await;
        let n_files = std::fs::read_dir(dir.path().join("scratch")).unwrap().count();
        (form, n_files)
    }

    fn form_with(file: &[u8]) -> Vec<u8> {
        [HEAD.as_bytes(), file, b"\r\n--b--\r\n"].concat()
    }

    #[tokio::test]
    async fn a_file_is_hashed_and_named_whatever_the_frames() {
        let content: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
        let sha256 = hex::encode(Sha256::digest(&content));
        for frame_bytes in [997, 65_536, 1 << 20] {
            let (form, n_files) = received(form_with(&content), frame_bytes, 300_000).await;
            let file = format!("{:?}", form.as_ref().unwrap().file);
            assert!(file.contains(&sha256), "{file}");
            assert!(file.contains("n_bytes: 300000"), "{file}");
            assert!(file.contains("name: \"ab.wav\""), "{file}");
            assert_eq!(n_files, 1);
        }
    }

    #[tokio::test]
    async fn a_file_one_byte_past_the_limit_is_refused_and_removed() {
        let (form, n_files) = received(form_with(&[7; 1001]), 100, 1000).await;
        assert_eq!(form.unwrap_err(), ApiError::bad("file"));
        assert_eq!(n_files, 0);
        assert!(received(form_with(&[7; 1000]), 100, 1000).await.0.is_ok());
    }

    #[tokio::test]
    async fn a_body_cut_short_leaves_no_file() {
        let mut body = form_with(&[7; 1000]);
        body.truncate(body.len() - 300);
        let (form, n_files) = received(body, 100, 1000).await;
        assert_eq!(form.unwrap_err(), ApiError::bad("file"));
        assert_eq!(n_files, 0);
    }

    #[tokio::test]
    async fn an_endless_part_header_is_refused_before_it_fills_the_memory() {
        let mut body = b"--b\r\nX: ".to_vec();
        body.resize(HELD_BYTES_MAX * 3, b'x');
        let (form, _) = received(body, 10_000, 1 << 30).await;
        assert_eq!(form.unwrap_err(), ApiError::bad("body"));
    }

    #[tokio::test]
    async fn a_part_that_nobody_asked_for_is_passed_over() {
        let unknown =
            format!("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n{}\r\n", "y".repeat(HELD_BYTES_MAX * 2));
        let body = [unknown.into_bytes(), form_with(b"f")].concat();
        assert!(received(body, 10_000, 1 << 20).await.0.is_ok());
    }

    #[tokio::test]
    async fn a_body_of_endless_parts_is_refused() {
        let mut body = String::new();
        for i in 0..=PARTS_MAX {
            write!(body, "--b\r\nContent-Disposition: form-data; name=\"x{i}\"\r\n\r\n\r\n").unwrap();
        }
        let body = [body.into_bytes(), form_with(b"f")].concat();
        let (form, _) = received(body, 10_000, 1 << 20).await;
        assert_eq!(form.unwrap_err(), ApiError::bad("body"));
    }
}
