//! `POST /producer/wav`: a link to the lossless WAV of an audio.

use engine::{Engine, MediaKind, TrackId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, Delivery, JsonBody};
use crate::error::{ApiError, ErrorTable};
use crate::frame::Answer;
use crate::shape::Accepted;

/// Which audio to convert.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct WavRequest {
    /// The audio.
    #[schema(max_length = 128, example = "eae26f89-b64b-404d-a80c-761996660b1c")]
    audio_id: String,
    /// Where to post the result; makes the call answer at once.
    callback_url: Option<String>,
    /// Answers at once; the result is fetched from `/producer/tasks`.
    r#async: Option<bool>,
}

/// Where the WAV is.
///
/// Vendor quirks: `data` is an array with one of these; the guide names `title` and `file_url`, while a published
/// client prints `title` and `audio_url`, and one crashes on a text `duration` next to it, so there is none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WavData {
    /// The audio's title.
    title: String,
    /// The WAV.
    #[schema(format = "uri")]
    file_url: String,
    /// The same link.
    #[schema(format = "uri")]
    audio_url: String,
    /// The audio that was asked for.
    audio_id: String,
}

impl WavData {
    pub(crate) fn new(engine: &Engine, track: &TrackId, title: &str) -> Self {
        let url = engine.media_url(MediaKind::Wav, track.as_str(), "wav");
        // The vendor's word for a song without a title.
        let title = if title.is_empty() { "Untitled" } else { title };
        Self { title: title.to_owned(), file_url: url.clone(), audio_url: url, audio_id: track.to_string() }
    }
}

/// WAV retrieval.
///
/// Pass an `audio_id` to receive a download link to the audio as lossless WAV.
#[utoipa::path(
    post, path = "/producer/wav", operation_id = "producerWav", tag = "producer",
    params(("accept" = Option<String>, Header, description = "The answer's format; `application/json`, or `application/x-ndjson` for one object per line")),
    request_body(content = WavRequest, example = json!({"audio_id": "eae26f89-b64b-404d-a80c-761996660b1c"})),
    responses(
        (status = 200, description = "The WAV, or with `async` or a `callback_url` the acknowledgement", body = Accepted<Vec<WavData>>, examples(
            ("done" = (value = json!({
                "success": true, "task_id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "trace_id": "0b9d1c52-7f0e-4c8e-8a55-5d8c2b7f1e90",
                "data": [{
                    "title": "Slow Piano", "audio_id": "eae26f89-b64b-404d-a80c-761996660b1c",
                    "file_url": "https://media.example/media/wav/6b1f/2d8e.wav", "audio_url": "https://media.example/media/wav/6b1f/2d8e.wav"
                }]
            }))),
            ("accepted" = (value = json!({
                "success": true, "task_id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "trace_id": "0b9d1c52-7f0e-4c8e-8a55-5d8c2b7f1e90"
            })))
        )),
        ErrorTable
    ),
    security(("bearer" = []))
)]
pub(crate) async fn wav(call: Call, body: JsonBody) -> Result<Answer, ApiError> {
    let audio_id = body.fields.required_id("audio_id")?;
    let delivery = Delivery::read(&body.fields, &call.engine)?;
    let request = call.task_request(body.kept(), &delivery);
    let task = call.engine.request_wav(&call.caller, audio_id, &request).await?;
    call.answer(task, &delivery).await
}
