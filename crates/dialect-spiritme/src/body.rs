//! Bodies: JSON, and forms of both kinds.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use engine::{Blobs, UploadedFile};
use intake::{FilePart, Form, Plan, Texts};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::ApiError;
use crate::fields::{Object, type_name};
use crate::form::nested;
use crate::problems::WHOLE;

/// Largest body without a file, in bytes.
const BODY_BYTES_MAX: u64 = 4 << 20;
/// Bytes of a body that is too large that are read all the same, so that its client reads the answer.
const DRAIN_BYTES_MAX: u64 = 8 << 20;
/// Longest part of a form that is text, in bytes: it may hold all slides as JSON.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Most fields of a form.
const FIELDS_MAX: usize = 10_000;

const JSON: &str = "application/json";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The types of bodies that every operation takes that has a body.
pub(crate) const MEDIA_TYPES: [&str; 3] = [JSON, URLENCODED, MULTIPART];
/// The type of body that has a file in it.
pub(crate) const FILE_MEDIA_TYPES: [&str; 1] = [MULTIPART];

/// Reads the members of a body without files.
pub(crate) async fn read(request: Request) -> Result<Object<'static>, ApiError> {
    let media_type = media_type(request.headers());
    if is_empty(&request) {
        // What has no content is of no type; only forms leave booleans out when they mean false.
        return Ok(Object::of_body(Map::new(), media_type == URLENCODED || media_type == MULTIPART));
    }
    match media_type.as_str() {
        JSON => {
            let bytes = intake::bytes(request.into_body(), BODY_BYTES_MAX, DRAIN_BYTES_MAX).await;
            members_of_json(&bytes.map_err(json_error)?).map(|members| Object::of_body(members, false))
        }
        URLENCODED => {
            let bytes = intake::bytes(request.into_body(), BODY_BYTES_MAX, DRAIN_BYTES_MAX).await?;
            let pairs: Vec<_> = form_urlencoded::parse(&bytes).into_owned().take(FIELDS_MAX + 1).collect();
            if pairs.len() > FIELDS_MAX {
                return Err(ApiError::Malformed(format!("The form has more than {FIELDS_MAX} fields.")));
            }
            Ok(Object::of_body(nested(pairs), true))
        }
        MULTIPART => {
            let form = Form::to_memory(request, &plan(&[], 0)).await?;
            Ok(Object::of_body(nested(form.texts), true))
        }
        _ => Err(ApiError::UnsupportedMediaType(media_type)),
    }
}

/// A body with a file.
pub(crate) struct FileBody {
    /// Its other members.
    pub(crate) members: Object<'static>,
    /// The part `file`, in the scratch folder.
    pub(crate) file: Option<FilePart<UploadedFile>>,
}

/// Reads a form whose part `file` may have `file_bytes_max` bytes.
pub(crate) async fn read_file(request: Request, blobs: &dyn Blobs, file_bytes_max: u64) -> Result<FileBody, ApiError> {
    let media_type = media_type(request.headers());
    if is_empty(&request) {
        return Ok(FileBody { members: Object::of_body(Map::new(), true), file: None });
    }
    if media_type != MULTIPART {
        return Err(ApiError::UnsupportedMediaType(media_type));
    }
    let mut form = Form::to_disk(request, &plan(&["file"], file_bytes_max), blobs).await?;
    let file = form.take_file("file");
    Ok(FileBody { members: Object::of_body(nested(form.texts), true), file })
}

fn plan<'a>(files: &'a [&'a str], file_bytes_max: u64) -> Plan<'a> {
    Plan {
        files,
        files_repeat: false,
        texts: Texts::Any,
        file_bytes_max,
        text_bytes_max: TEXT_BYTES_MAX,
        parts_max: FIELDS_MAX,
        drain_bytes_max: DRAIN_BYTES_MAX,
    }
}

fn is_empty(request: &Request) -> bool {
    request.body().size_hint().exact() == Some(0)
}

/// Returns the media type of a body, without parameters.
fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let text = text.unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().chars().take(100).collect()
}

fn members_of_json(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Null) => Err(ApiError::invalid(WHOLE, "No data provided")),
        Ok(other) => {
            let message = format!("Invalid data. Expected a dictionary, but got {}.", type_name(&other));
            Err(ApiError::invalid(WHOLE, message))
        }
        Err(error) => Err(ApiError::Malformed(format!("JSON parse error - {error}"))),
    }
}

/// Words what a form could not have.
fn json_error(error: intake::Error) -> ApiError {
    match error {
        error @ (intake::Error::BodyTooLarge { .. } | intake::Error::Disk(_)) => error.into(),
        other => ApiError::Malformed(format!("JSON parse error - {other}")),
    }
}
