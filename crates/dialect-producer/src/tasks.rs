//! `POST /producer/tasks`: what became of earlier calls, one or many. Lookups are free.
//!
//! Vendor quirks that every known client needs: `retrieve` answers the bare record, and `{}` with 200 for an unknown id;
//! a pending record has `"response": {}` and no `finished_at`; a finished one has `response.success`.
//! There is no status member.

use engine::{ApplicationId, Door, Operation, Page, Task, TaskFilter, TaskId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::api::Api;
use crate::call::{Call, JsonBody};
use crate::error::{ApiError, ErrorTable};
use crate::fields::{Fields, is_id};
use crate::frame::Answer;
use crate::shape;

/// Farthest point in time, in Unix seconds either way, that a filter may name; past the year 30000.
const UNIX_SECONDS_MAX: f64 = 1e12;

/// Which tasks to look up.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct TasksRequest {
    /// `retrieve` (the default) for one task, `retrieve_batch` for several.
    #[schema(example = "retrieve")]
    action: Option<String>,
    /// The task, for `retrieve`; also accepted as `task_id`.
    #[schema(example = "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11")]
    id: Option<String>,
    /// The request that made the task, instead of `id`.
    trace_id: Option<String>,
    /// The tasks, for `retrieve_batch`.
    ids: Option<Vec<String>>,
    /// The requests that made the tasks, instead of `ids`.
    trace_ids: Option<Vec<String>>,
    /// Without `ids`: tasks of this account; only the caller's own has any.
    user_id: Option<String>,
    /// Without `ids`: tasks of this application.
    application_id: Option<String>,
    /// Without `ids`: tasks of this kind, such as `videos`.
    r#type: Option<String>,
    /// Without `ids`: tasks at most.
    limit: Option<u32>,
    /// Without `ids`: newer tasks to pass over.
    offset: Option<u32>,
    /// Without `ids`: Unix seconds, tasks accepted then or later.
    created_at_min: Option<f64>,
    /// Without `ids`: Unix seconds, tasks accepted then or earlier.
    created_at_max: Option<f64>,
}

/// One task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskRecord {
    id: String,
    /// 24 hex digits.
    #[serde(rename = "_id")]
    object_id: String,
    /// `videos`, `upload` or `wav`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    trace_id: String,
    #[schema(value_type = String)]
    api_id: &'static str,
    application_id: String,
    credential_id: String,
    user_id: String,
    /// The body as received.
    #[schema(value_type = Object)]
    request: Value,
    /// Empty while pending; then the synchronous answer, or the failure with `"success": false` and an `error`.
    #[schema(value_type = Object)]
    response: Value,
    /// Unix seconds.
    created_at: f64,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<f64>,
    /// Unix seconds; absent while pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<f64>,
    /// Seconds from start to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed: Option<f64>,
    /// The same, under the name in the vendor's guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    /// `response.data` once more, with a `state`, for the vendor's command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

/// Several tasks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskList {
    items: Vec<TaskRecord>,
    /// How many `items` there are.
    count: usize,
}

/// A record for `retrieve`, `{}` if there is none; a list for `retrieve_batch`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, clippy::large_enum_variant, reason = "describes the shapes in the OpenAPI document")]
pub(crate) enum TasksAnswer {
    /// For `retrieve`.
    One(TaskRecord),
    /// For `retrieve_batch`.
    Many(TaskList),
}

/// What names a task.
enum Name<'a> {
    Task(&'a str),
    Trace(&'a str),
}

/// Task lookup.
///
/// Retrieves what became of earlier calls. An unknown id is answered with 200 and `{}`, and left out of lists.
#[utoipa::path(
    post, path = "/producer/tasks", operation_id = "producerTasks", tag = "producer",
    params(("accept" = Option<String>, Header, description = "The answer's format; `application/json`, or `application/x-ndjson` for one object per line")),
    request_body(content = TasksRequest, examples(
        ("one" = (value = json!({"id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "action": "retrieve"}))),
        ("many" = (value = json!({"ids": ["5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11"], "action": "retrieve_batch"}))),
        ("filtered" = (value = json!({"action": "retrieve_batch", "type": "videos", "limit": 10, "created_at_min": 1767225600})))
    )),
    responses(
        (status = 200, description = "The record, or the list", body = TasksAnswer, example = json!({
            "id": "5f0c7a5e-9a3f-4a57-9b7e-1f2f5f3b0c11", "_id": "65a1f0c27d3b9e4812c6f0ab", "type": "videos",
            "trace_id": "0b9d1c52-7f0e-4c8e-8a55-5d8c2b7f1e90", "api_id": "3f6d2c1a-9a0e-4b57-8f4e-6d1b0c5f7a21",
            "application_id": "b1d7e0c4-55f2-4a3e-9f1c-7e2a90d84b36", "credential_id": "0c9e8a72-4f1d-4b65-a3c8-d25b6e7f1094",
            "user_id": "f2a4c6e8-1b3d-4f57-8a9c-0e1d2f3b4a5c", "request": {"audio_id": "eae26f89-b64b-404d-a80c-761996660b1c"},
            "response": {}, "created_at": 1767323045.678
        })),
        ErrorTable
    ),
    security(("bearer" = []))
)]
pub(crate) async fn tasks(call: Call, body: JsonBody) -> Result<Answer, ApiError> {
    let fields = &body.fields;
    // Our choice: without an action, a body that can only mean a batch is one.
    let has_lists = fields.given("ids").is_some() || fields.given("trace_ids").is_some();
    let action = match fields.text("action")? {
        Some(action) => action,
        None if has_lists => "retrieve_batch",
        None => "retrieve",
    };
    match action {
        "retrieve" => retrieve(&call, fields).await,
        "retrieve_batch" => retrieve_batch(&call, fields).await,
        _ => Err(ApiError::bad("action")),
    }
}

async fn retrieve(call: &Call, fields: &Fields) -> Result<Answer, ApiError> {
    let id = match fields.text("id")? {
        Some(id) => Some(id),
        None => fields.text("task_id")?,
    };
    let name = match id {
        Some(id) => Name::Task(id),
        None => Name::Trace(fields.text("trace_id")?.ok_or(ApiError::bad("id"))?),
    };
    match find(call, &name).await? {
        Some(task) => Answer::of(&TaskRecord::new(call, &task)),
        None => Answer::of(&json!({})),
    }
}

async fn retrieve_batch(call: &Call, fields: &Fields) -> Result<Answer, ApiError> {
    let n_max = usize::try_from(call.engine.limits().page_rows_max).unwrap_or(usize::MAX);
    let ids = fields.ids("ids", n_max)?;
    let traces = fields.ids("trace_ids", n_max)?;
    let tasks = if ids.is_none() && traces.is_none() {
        filtered(call, fields).await?
    } else {
        let ids = ids.unwrap_or_default().into_iter().map(Name::Task);
        let traces = traces.unwrap_or_default().into_iter().map(Name::Trace);
        let mut found = Vec::new();
        for name in ids.chain(traces) {
            found.extend(find(call, &name).await?);
        }
        found
    };
    let items: Vec<_> = tasks.iter().map(|task| TaskRecord::new(call, task)).collect();
    Answer::of(&TaskList { count: items.len(), items })
}

/// Finds a task of the caller's; what cannot be an id names none.
async fn find(call: &Call, name: &Name<'_>) -> Result<Option<Task>, ApiError> {
    let (Name::Task(text) | Name::Trace(text)) = name;
    if !is_id(text) {
        return Ok(None);
    }
    let account_id = &call.caller.account_id;
    let task = match name {
        Name::Task(id) => call.engine.task(account_id, &TaskId::from_text(*id)).await?,
        Name::Trace(id) => call.engine.task_by_trace(account_id, id).await?,
    };
    Ok(task.filter(|task| task.door == Door::Producer))
}

async fn filtered(call: &Call, fields: &Fields) -> Result<Vec<Task>, ApiError> {
    let page_rows_max = call.engine.limits().page_rows_max;
    let seconds = -UNIX_SECONDS_MAX..=UNIX_SECONDS_MAX;
    let user_id = fields.text("user_id")?;
    let application_id = fields.text("application_id")?;
    let operation = fields.text("type")?.map(str::parse::<Operation>);
    let created_min = fields.number("created_at_min", seconds.clone())?;
    let created_max = fields.number("created_at_max", seconds)?;
    let page = Page {
        limit: fields.count("limit", page_rows_max)?.unwrap_or(page_rows_max),
        offset: fields.count("offset", u32::MAX)?.unwrap_or(0),
    };
    let is_strangers = user_id.is_some_and(|id| id != call.caller.account_id.as_str());
    let is_nobodys = application_id.is_some_and(|id| !is_id(id)) || matches!(operation, Some(Err(_)));
    if is_strangers || is_nobodys {
        return Ok(Vec::new());
    }
    let filter = TaskFilter {
        door: Door::Producer,
        application_id: application_id.map(ApplicationId::from_text),
        operation: operation.and_then(Result::ok),
        created_min: Timestamp::from_micros(created_min.map_or(i64::MIN, micros)),
        created_max: Timestamp::from_micros(created_max.map_or(i64::MAX, micros)),
        page,
    };
    Ok(call.engine.tasks(&call.caller.account_id, &filter).await?)
}

#[expect(clippy::cast_possible_truncation, reason = "within ±1e18, which an i64 holds")]
fn micros(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}

impl TaskRecord {
    fn new(call: &Call, task: &Task) -> Self {
        let api = Api::of_operation(task.operation);
        let end = shape::end_of(&call.engine, task);
        let elapsed = task.finished_at.map(|finished| {
            let started = task.started_at.unwrap_or(task.created_at);
            finished.since(started).as_secs_f64()
        });
        Self {
            id: task.id.to_string(),
            object_id: object_id(task.id.as_str()),
            kind: api.name(),
            trace_id: task.trace_id.to_string(),
            api_id: api.id(),
            application_id: task.application_id.to_string(),
            credential_id: task.credential_id.to_string(),
            user_id: task.account_id.to_string(),
            request: serde_json::from_str(&task.request).unwrap_or_default(),
            response: shape::response_of(task, end.as_ref()),
            created_at: task.created_at.as_unix_seconds(),
            started_at: task.started_at.map(Timestamp::as_unix_seconds),
            finished_at: task.finished_at.map(Timestamp::as_unix_seconds),
            elapsed,
            duration: elapsed,
            data: end.and_then(Result::ok).map(mirrored),
        }
    }
}

/// Derives the vendor's second id, 24 hex digits, from the first.
fn object_id(id: &str) -> String {
    hex::encode(&Sha256::digest(id.as_bytes())[..12])
}

/// Adds the `state` that the vendor's command line waits for to each object of a result.
fn mirrored(mut data: Value) -> Value {
    let objects = match &mut data {
        Value::Array(list) => list.as_mut_slice(),
        other => std::slice::from_mut(other),
    };
    for object in objects {
        if let Value::Object(members) = object {
            members.insert("state".to_owned(), json!("succeeded"));
        }
    }
    data
}
