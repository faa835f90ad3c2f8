//! `POST /producer/upload`: audio by URL, or (our extension) as a file, becomes an audio id.

use axum::extract::{FromRequest, Request};
use engine::{Engine, MediaKind, TrackId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, Delivery, JsonBody};
use crate::error::{ApiError, ErrorTable};
use crate::frame::Answer;
use crate::multipart;
use crate::shape::Accepted;

/// Where the audio is.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct UploadRequest {
    /// The URL of the audio, which must be reachable for the server.
    #[schema(format = "uri", example = "https://example.com/song.mp3")]
    audio_url: String,
    /// Where to post the result; makes the call answer at once.
    callback_url: Option<String>,
    /// Answers at once; the result is fetched from `/producer/tasks`.
    r#async: Option<bool>,
}

/// The audio itself. An extension of this server.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct UploadForm {
    /// The audio file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Where to post the result; makes the call answer at once.
    callback_url: Option<String>,
    /// `true` answers with the acknowledgement only.
    r#async: Option<String>,
}

/// The new audio.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadData {
    /// The id to pass to the other operations.
    audio_id: String,
    /// Lyrics from the file's tags; empty if there are none.
    lyric: String,
    /// This server's copy.
    #[schema(format = "uri")]
    audio_url: String,
}

impl UploadData {
    pub(crate) fn new(engine: &Engine, track: &TrackId, lyric: &str, extension: &str) -> Self {
        Self {
            audio_id: track.to_string(),
            lyric: lyric.to_owned(),
            audio_url: engine.media_url(MediaKind::Audio, track.as_str(), extension),
        }
    }
}

/// Audio registration.
///
/// Pass the URL of an audio, or, as an extension of this server, send the file itself, to receive an `audio_id`.
#[utoipa::path(
    post, path = "/producer/upload", operation_id = "producerUpload", tag = "producer",
    params(("accept" = Option<String>, Header, description = "The answer's format; `application/json`, or `application/x-ndjson` for one object per line")),
    request_body(content(
        (UploadRequest = "application/json", example = json!({"audio_url": "https://example.com/song.mp3"})),
        (UploadForm = "multipart/form-data")
    )),
    responses(
        (status = 200, description = "The audio, or with `async` or a `callback_url` the acknowledgement", body = Accepted<UploadData>, examples(
            ("done" = (value = json!({
                "success": true, "task_id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "trace_id": "0b9d1c52-7f0e-4c8e-8a55-5d8c2b7f1e90",
                "data": {"audio_id": "eae26f89-b64b-404d-a80c-761996660b1c", "lyric": "", "audio_url": "https://media.example/media/audio/6b1f/2d8e.mp3"}
            }))),
            ("accepted" = (value = json!({
                "success": true, "task_id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "trace_id": "0b9d1c52-7f0e-4c8e-8a55-5d8c2b7f1e90"
            })))
        )),
        ErrorTable
    ),
    security(("bearer" = []))
)]
pub(crate) async fn upload(call: Call, request: Request) -> Result<Answer, ApiError> {
    if multipart::is_form(&request) {
        return upload_file(call, request).await;
    }
    let body = JsonBody::from_request(request, &()).await?;
    let audio_url = body.fields.text("audio_url")?;
    let audio_url = audio_url.ok_or(ApiError::bad("audio_url"))?;
    let delivery = Delivery::read(&body.fields, &call.engine)?;
    let request = call.task_request(body.kept(), &delivery);
    let task = call.engine.request_upload(&call.caller, audio_url, &request).await?;
    call.answer(task, &delivery).await
}

async fn upload_file(call: Call, request: Request) -> Result<Answer, ApiError> {
    let file_bytes_max = call.engine.limits().upload_bytes_max;
    let form = multipart::receive(call.engine.blobs(), file_bytes_max, request).await?;
    let delivery = Delivery::read(&form.fields, &call.engine)?;
    let request = call.task_request(form.kept, &delivery);
    let task = call.engine.upload_file(&call.caller, form.file, &request).await?;
    call.answer(task, &delivery).await
}
