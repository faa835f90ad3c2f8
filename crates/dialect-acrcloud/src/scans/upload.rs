//! `POST /api/fs-containers/{cid}/files`: a recording to scan, as a file, a fingerprint, a URL, or what was uploaded before.

use axum::extract::Request;
use engine::UploadedFile;
use engine::recognition::{NewScan, ScanSource};
use intake::FilePart;
use utoipa::ToSchema;

use super::container_id;
use super::shape::ScanBody;
use crate::body::FileBody;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::place::At;
use crate::scope::WriteFilescanning;

/// The vendor's kinds of source.
const DATA_TYPES: [&str; 5] = ["audio", "fingerprint", "audio_url", "platforms", "isrc"];

/// A recording that comes with the request.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct ScanForm {
    /// The audio or video file, or a fingerprint of this server's own kind.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `audio` or `fingerprint`; else `audio`.
    data_type: Option<String>,
    /// Its name; else the file's.
    name: Option<String>,
}

/// A recording that is elsewhere.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct ScanRequest {
    /// `audio_url` with `url`, `audio` with `key`.
    #[schema(example = "audio_url")]
    data_type: Option<String>,
    /// Where the recording is.
    #[schema(example = "https://example.com/show.mp3")]
    url: Option<String>,
    /// What was uploaded to a pre-made address.
    key: Option<String>,
    /// Its name, where `name` is not given.
    filename: Option<String>,
    /// Its name.
    name: Option<String>,
}

/// Adds a recording and begins to scan it.
#[utoipa::path(
    post, path = "/api/fs-containers/{cid}/files", operation_id = "acrcloudAddScan", tag = "file-scanning",
    params(("cid" = i64, Path, description = "The container")),
    request_body(content(
        (ScanForm = "multipart/form-data"),
        (ScanRequest = "application/json", example = json!({"data_type": "audio_url", "url": "https://example.com/show.mp3"}))
    )),
    responses((status = 200, description = "The recording, in state 0", body = Data<ScanBody>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn add(
    call: Call<WriteFilescanning>,
    At(cid): At<String>,
    request: Request,
) -> Result<Answer, ApiError> {
    // Nobody's gigabytes are read for a container that is not there.
    let container = call.engine.container(call.account(), container_id(&cid)?).await?;
    let body = FileBody::read(request, call.engine.blobs(), call.engine.limits().upload_bytes_max).await?;
    let new = read_new(body)?;
    let scan = call.engine.add_scan(call.account(), container.id, new).await?;
    let uid = call.uid().await?;
    Answer::data(ScanBody::new(uid, &container, &scan, true))
}

fn read_new(body: FileBody) -> Result<NewScan, ApiError> {
    let FileBody { mut fields, file } = body;
    let data_type = fields.word("data_type", &DATA_TYPES);
    let name = fields.text("name").or_else(|| fields.text("filename"));
    let source = read_source(&mut fields, data_type.as_deref(), file);
    fields.end()?;
    // What could not be read was blamed.
    let source = source.ok_or(ApiError::Internal)?;
    Ok(NewScan { name, source })
}

/// Reads where the recording is, or says what is missing.
///
/// Our choice: without a `data_type`, what came along tells the kind.
fn read_source(
    fields: &mut Fields,
    data_type: Option<&str>,
    file: Option<FilePart<UploadedFile>>,
) -> Option<ScanSource> {
    if data_type.is_none() && fields.is_given("data_type") {
        return None;
    }
    let key = fields.text("key");
    match (data_type, file) {
        (Some("platforms" | "isrc"), _) => {
            fields
                .blame("data_type", "Send `audio`, `fingerprint` or `audio_url`: this server follows no other source.");
            None
        }
        (Some("audio_url"), _) => Some(ScanSource::Url(fields.required_text("url"))),
        (Some("fingerprint"), Some(file)) => Some(ScanSource::Fingerprint(file.content)),
        (_, Some(file)) => Some(ScanSource::Audio(file.content)),
        (Some("fingerprint"), None) => {
            fields.blame("file", "Send the fingerprint as a `file` in a form.");
            None
        }
        (_, None) if key.is_some() => key.map(ScanSource::Held),
        (None, None) if fields.has("url") => Some(ScanSource::Url(fields.required_text("url"))),
        (_, None) => {
            fields.blame(
                "file",
                "Send a `file` in a form, the `key` of an upload, or the `data_type` `audio_url` with a `url`.",
            );
            None
        }
    }
}
