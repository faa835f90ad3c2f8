//! Bodies of console requests: JSON, forms with and without files, and the empty ones that some clients call JSON.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use engine::{Blobs, UploadedFile};
use intake::{FilePart, Form, Plan, Texts};

use crate::error::ApiError;
use crate::fields::Fields;

/// Largest body without a file, in bytes.
pub(crate) const BODY_BYTES_MAX: u64 = 1 << 20;
/// Bytes of a body that is too large that are read all the same, so that its client reads the answer.
pub(crate) const DRAIN_BYTES_MAX: u64 = 8 << 20;
/// Longest part of a form that is text, in bytes.
const TEXT_BYTES_MAX: usize = 256 << 10;
/// Most parts of a form.
const PARTS_MAX: usize = 256;

/// The members of a body without files, however it is written.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) Fields);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if is_empty(request.headers()) {
            return Ok(Self(Fields::default()));
        }
        if intake::is_form(request.headers()) {
            let form = Form::to_memory(request, &plan(&[], 0)).await?;
            return Ok(Self(Fields::of_pairs(form.texts)));
        }
        read_whole(request).await.map(Self)
    }
}

/// A body that may have one file with it.
#[derive(Debug)]
pub(crate) struct FileBody {
    pub(crate) fields: Fields,
    /// The part `file`, unless it is empty.
    pub(crate) file: Option<FilePart<UploadedFile>>,
}

impl FileBody {
    /// Reads a body; its file may have `file_bytes_max` bytes and goes to the scratch folder.
    pub(crate) async fn read(request: Request, blobs: &dyn Blobs, file_bytes_max: u64) -> Result<Self, ApiError> {
        if !intake::is_form(request.headers()) || is_empty(request.headers()) {
            let body = Body::from_request(request, &()).await?;
            return Ok(Self { fields: body.0, file: None });
        }
        let mut form = Form::to_disk(request, &plan(&["file"], file_bytes_max), blobs).await?;
        let file = form.take_file("file").filter(|file| file.n_bytes > 0);
        Ok(Self { fields: Fields::of_pairs(form.texts), file })
    }
}

fn plan<'a>(files: &'a [&'a str], file_bytes_max: u64) -> Plan<'a> {
    Plan {
        files,
        files_repeat: false,
        texts: Texts::Any,
        file_bytes_max,
        text_bytes_max: TEXT_BYTES_MAX,
        parts_max: PARTS_MAX,
        drain_bytes_max: DRAIN_BYTES_MAX,
    }
}

/// Tells whether the client says that there is no body, whatever it calls it: some send a form's content type with none.
fn is_empty(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() == b"0")
}

/// Reads JSON or pairs.
///
/// Our choice: the first character tells which, since `curl --data` calls JSON a form, and some libraries call it nothing.
async fn read_whole(request: Request) -> Result<Fields, ApiError> {
    let content_type = request.headers().get(CONTENT_TYPE).cloned();
    let bytes = intake::bytes(request.into_body(), BODY_BYTES_MAX, DRAIN_BYTES_MAX).await?;
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Ok(Fields::default());
    }
    let content_type = content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.to_ascii_lowercase();
    if text.starts_with(b"{") || content_type.contains("json") {
        return Fields::of_json(text);
    }
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let text = std::str::from_utf8(text).map_err(|_| ApiError::invalid("body", "Send text in UTF-8."))?;
        return Ok(Fields::of_query(text));
    }
    Err(ApiError::invalid("body", "Send a JSON object with `Content-Type: application/json`, or a form."))
}
