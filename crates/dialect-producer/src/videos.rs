//! `POST /producer/videos`: a link to the MP4 of an audio.

use engine::{Engine, MediaKind, TrackId, VideoId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, Delivery, JsonBody};
use crate::error::{ApiError, ErrorTable};
use crate::frame::Answer;
use crate::shape::Accepted;

/// Which audio to show.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct VideosRequest {
    /// Reference audio ID.
    #[schema(max_length = 128, example = "eae26f89-b64b-404d-a80c-761996660b1c")]
    audio_id: String,
    /// Where to post the result; makes the call answer at once.
    callback_url: Option<String>,
    /// Answers at once; the result is fetched from `/producer/tasks`.
    r#async: Option<bool>,
}

/// Where the video is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoData {
    /// The audio that was asked for.
    audio_id: String,
    /// The MP4.
    #[schema(format = "uri")]
    video_url: String,
}

impl VideoData {
    pub(crate) fn new(engine: &Engine, video: &VideoId, track: &TrackId) -> Self {
        Self { audio_id: track.to_string(), video_url: engine.media_url(MediaKind::Video, video.as_str(), "mp4") }
    }
}

/// MP4 retrieval.
///
/// Pass an `audio_id` to receive an MP4 video download link with cover art.
/// One audio has one video: asking again, also at the same time, gives the same file.
#[utoipa::path(
    post, path = "/producer/videos", operation_id = "producerVideos", tag = "producer",
    params(("accept" = Option<String>, Header, description = "The answer's format; `application/json`, or `application/x-ndjson` for one object per line")),
    request_body(content = VideosRequest, example = json!({"audio_id": "eae26f89-b64b-404d-a80c-761996660b1c"})),
    responses(
        (status = 200, description = "The video, or with `async` or a `callback_url` the acknowledgement", body = Accepted<VideoData>, examples(
            ("done" = (value = json!({
                "success": true, "task_id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "trace_id": "0b9d1c52-7f0e-4c8e-8a55-5d8c2b7f1e90",
                "data": {"audio_id": "eae26f89-b64b-404d-a80c-761996660b1c", "video_url": "https://media.example/media/video/6b1f/2d8e.mp4"}
            }))),
            ("accepted" = (value = json!({
                "success": true, "task_id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "trace_id": "0b9d1c52-7f0e-4c8e-8a55-5d8c2b7f1e90"
            })))
        )),
        ErrorTable
    ),
    security(("bearer" = []))
)]
pub(crate) async fn videos(call: Call, body: JsonBody) -> Result<Answer, ApiError> {
    let audio_id = body.fields.required_id("audio_id")?;
    let delivery = Delivery::read(&body.fields, &call.engine)?;
    let request = call.task_request(body.kept(), &delivery);
    let task = call.engine.request_video(&call.caller, audio_id, &request).await?;
    call.answer(task, &delivery).await
}
