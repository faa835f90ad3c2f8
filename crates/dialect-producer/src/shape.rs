//! Tasks in the vendor's words: answers, acknowledgements, callbacks, and the parts of a record.

use engine::{Engine, Operation, Outcome, Task};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorDetail};
use crate::{upload, videos, wav};

/// A finished operation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    /// Always `true`.
    pub(crate) success: bool,
    /// The id to ask `/producer/tasks` about.
    pub(crate) task_id: String,
    /// The tracking ID for this request.
    pub(crate) trace_id: String,
    /// What came of it.
    pub(crate) data: T,
}

/// Work that was accepted and goes on; it has no `data` and no link, or clients would take it for finished.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Acknowledgement {
    /// Always `true`.
    pub(crate) success: bool,
    /// The id to ask `/producer/tasks` about.
    pub(crate) task_id: String,
    /// The tracking ID for this request.
    pub(crate) trace_id: String,
}

/// What a work operation answers: the result, or with `async` or a `callback_url` only that it was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two shapes in the OpenAPI document")]
pub(crate) enum Accepted<T> {
    /// The result.
    Done(Envelope<T>),
    /// The acknowledgement.
    Acknowledged(Acknowledgement),
}

/// A failed operation in callbacks and records; unlike an error answer it has `success`.
#[derive(Debug, Serialize)]
struct FailureBody<'a> {
    success: bool,
    task_id: &'a str,
    trace_id: &'a str,
    error: ErrorDetail,
}

/// Wraps a finished task's data.
pub(crate) fn envelope(task: &Task, data: Value) -> Envelope<Value> {
    Envelope { success: true, task_id: task.id.to_string(), trace_id: task.trace_id.to_string(), data }
}

/// Says that a task was accepted.
pub(crate) fn acknowledgement(task: &Task) -> Acknowledgement {
    Acknowledgement { success: true, task_id: task.id.to_string(), trace_id: task.trace_id.to_string() }
}

/// Returns what came of a task, `None` while it is pending: its `data`, or the error to show.
pub(crate) fn end_of(engine: &Engine, task: &Task) -> Option<Result<Value, ApiError>> {
    Some(match task.outcome.as_ref()? {
        Outcome::Video { video_id, track_id } => Ok(to_json(&videos::VideoData::new(engine, video_id, track_id))),
        Outcome::Track { track_id, lyric, extension } => {
            Ok(to_json(&upload::UploadData::new(engine, track_id, lyric, extension)))
        }
        Outcome::Wav { track_id, title } => Ok(to_json(&[wav::WavData::new(engine, track_id, title)])),
        Outcome::Failed { failure } => {
            let field = match task.operation {
                Operation::Upload => "audio_url",
                Operation::Videos | Operation::Wav => "audio_id",
            };
            Err(ApiError::of_failure(failure, field))
        }
    })
}

/// Returns a record's `response`: `{}` while pending, since clients dereference it, or take other members for the result.
pub(crate) fn response_of(task: &Task, end: Option<&Result<Value, ApiError>>) -> Value {
    match end {
        None => Value::Object(serde_json::Map::new()),
        Some(Ok(data)) => to_json(&envelope(task, data.clone())),
        Some(Err(error)) => to_json(&FailureBody {
            success: false,
            task_id: task.id.as_str(),
            trace_id: task.trace_id.as_str(),
            error: error.detail(),
        }),
    }
}

/// Words the callback of a finished task: the synchronous answer, or the failure with `"success": false`.
pub fn callback_body(engine: &Engine, task: &Task) -> String {
    response_of(task, end_of(engine, task).as_ref()).to_string()
}

fn to_json(value: &impl Serialize) -> Value {
    // Structs of strings and values cannot fail to serialize.
    serde_json::to_value(value).unwrap_or_default()
}
