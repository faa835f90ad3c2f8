//! Bodies of requests: JSON, forms with and without files, queries, and forms that call themselves JSON.

use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use engine::{Blobs, UploadedFile};
use futures::{StreamExt, stream};
use intake::{FilePart, Form, Plan, Texts};
use serde_json::{Map, Value};
use tokio::time::timeout;
use url::form_urlencoded;

use crate::error::{ApiError, Result};
use crate::read::kind;

/// Largest body without a file, in bytes: as large as a scene document may be.
pub(crate) const BODY_BYTES_MAX: u64 = 8 << 20;
/// Bytes of a body that is too large that are read all the same, so that its client reads the answer.
const DRAIN_BYTES_MAX: u64 = 8 << 20;
/// Longest part of a form that is text, in bytes.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Most parts of a form.
const PARTS_MAX: usize = 256;
/// How long a client may take for its first bytes.
const FIRST_BYTES_MAX: Duration = Duration::from_secs(60);
/// Longest first line of a form: `--` and a boundary, which the standard limits to 70 characters.
const FIRST_LINE_BYTES_MAX: usize = 256;

/// The members of a body without files, however it is written.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        if is_empty(request.headers()) {
            return Ok(Self(Value::Object(Map::new())));
        }
        let request = unmasked(request).await?;
        if intake::is_form(request.headers()) {
            let form = Form::to_memory(request, &plan(&[], 0)).await?;
            return Ok(Self(Value::Object(object_of(form.texts))));
        }
        read_whole(request).await.map(|members| Self(Value::Object(members)))
    }
}

/// The members of a body and of the query; the body's count more.
///
/// Quirk: the vendor's table and its samples disagree on where these members are.
#[derive(Debug)]
pub(crate) struct Anywhere(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Anywhere {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let mut members = query_of(request.uri().query());
        if let Body(Value::Object(body)) = Body::from_request(request, state).await? {
            members.extend(body);
        }
        Ok(Self(Value::Object(members)))
    }
}

/// Reads a query as an object of texts.
pub(crate) fn query_of(query: Option<&str>) -> Map<String, Value> {
    object_of(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned())
}

/// A body with a file.
#[derive(Debug)]
pub(crate) struct FileBody {
    pub(crate) members: Value,
    /// The parts that are files, in their order, but for empty ones.
    pub(crate) files: Vec<FilePart<UploadedFile>>,
}

impl FileBody {
    /// Reads a form; its files may have `file_bytes_max` bytes each and go to the scratch folder.
    ///
    /// `files` are the names of the parts that are files.
    pub(crate) async fn read(request: Request, blobs: &dyn Blobs, files: &[&str], file_bytes_max: u64) -> Result<Self> {
        let request = unmasked(request).await?;
        if !intake::is_form(request.headers()) || is_empty(request.headers()) {
            return Err(ApiError::invalid("", "send a form (multipart/form-data) with the file"));
        }
        let form = Form::to_disk(request, &plan(files, file_bytes_max), blobs).await?;
        let files = form.files.into_iter().filter(|file| file.n_bytes > 0).collect();
        Ok(Self { members: Value::Object(object_of(form.texts)), files })
    }
}

fn plan<'a>(files: &'a [&'a str], file_bytes_max: u64) -> Plan<'a> {
    Plan {
        files,
        files_repeat: true,
        texts: Texts::Any,
        file_bytes_max,
        text_bytes_max: TEXT_BYTES_MAX,
        parts_max: PARTS_MAX,
        drain_bytes_max: DRAIN_BYTES_MAX,
    }
}

/// Collects names and texts; of equal names the last one counts.
fn object_of(pairs: impl IntoIterator<Item = (String, String)>) -> Map<String, Value> {
    pairs.into_iter().map(|(name, text)| (name, Value::String(text))).collect()
}

/// Tells whether the client says that there is no body, whatever it calls it.
fn is_empty(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() == b"0")
}

/// Gives a form its content type back.
///
/// Quirk: the vendor's cURL and axios samples say `application/json` and send `multipart/form-data`. A body that begins with `--` is
/// no JSON; the rest of its first line is the boundary.
async fn unmasked(request: Request) -> Result<Request> {
    if intake::is_form(request.headers()) {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let mut frames = body.into_data_stream();
    let mut begun = Vec::new();
    while !is_line_known(&begun) {
        let Ok(frame) = timeout(FIRST_BYTES_MAX, frames.next()).await else {
            return Err(ApiError::invalid("", "the body paused for too long"));
        };
        match frame {
            Some(Ok(bytes)) => begun.extend_from_slice(&bytes),
            Some(Err(_)) => return Err(ApiError::invalid("", "the body was cut short")),
            None => break,
        }
    }
    if let Some(content_type) = boundary_of(&begun).and_then(|boundary| form_type(&boundary)) {
        parts.headers.insert(CONTENT_TYPE, content_type);
    }
    let begun = stream::once(async { Ok(Bytes::from(begun)) });
    Ok(Request::from_parts(parts, HttpBody::from_stream(begun.chain(frames))))
}

/// Tells whether enough was read to know whether this is a form, and which boundary it has.
fn is_line_known(begun: &[u8]) -> bool {
    match begun {
        [] | [b'-'] => false,
        [b'-', b'-', rest @ ..] => rest.contains(&b'\n') || rest.len() > FIRST_LINE_BYTES_MAX,
        _ => true,
    }
}

fn boundary_of(begun: &[u8]) -> Option<String> {
    let rest = begun.strip_prefix(b"--")?;
    let line = rest.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    let boundary = std::str::from_utf8(line).ok()?;
    let is_sound = (1..=FIRST_LINE_BYTES_MAX).contains(&boundary.len()) && !boundary.contains(['"', '\\']);
    is_sound.then(|| boundary.to_owned())
}

fn form_type(boundary: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("multipart/form-data; boundary=\"{boundary}\"")).ok()
}

/// Reads JSON or pairs.
///
/// Our choice: the first character tells which, since `curl --data` calls JSON a form, and some libraries call it nothing.
async fn read_whole(request: Request) -> Result<Map<String, Value>> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_pairs = content_type.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    let bytes = intake::bytes(request.into_body(), BODY_BYTES_MAX, DRAIN_BYTES_MAX).await?;
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Ok(Map::new());
    }
    if is_pairs && !text.starts_with(b"{") {
        return Ok(object_of(form_urlencoded::parse(text).into_owned()));
    }
    // The parser refuses what is nested deeper than 128 levels.
    match serde_json::from_slice(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(other) => Err(ApiError::invalid("", format!("the body must be a JSON object, is {}", kind(&other)))),
        Err(error) => Err(ApiError::invalid("", format!("the body is no JSON: {error}"))),
    }
}
