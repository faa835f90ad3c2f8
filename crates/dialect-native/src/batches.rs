//! Batches: a video of every row of a table.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request};
use axum::http::StatusCode;
use engine::film::{Batch, BatchId, BatchRow, BatchRowState, NewBatch, Output};
use engine::{Door, Timestamp};
use intake::{Clip, Form, Plan, Texts};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::call::Call;
use crate::error::Problem;
use crate::page::Stretch;

/// Largest body, and largest file of a form, in bytes.
const BODY_BYTES_MAX: usize = 16 << 20;
/// Longest text part of a form, in bytes.
const TEXT_BYTES_MAX: usize = 8 << 20;
/// Parts of a form.
const PARTS_MAX: usize = 20;

/// A batch to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBatchBody {
    /// What to call it.
    #[serde(default)]
    name: String,
    /// The scene document (see `phonoscope schema`) with `{{name}}` placeholders in its strings.
    #[schema(value_type = Object)]
    template: Value,
    /// Values by placeholder, a map for each video.
    #[schema(value_type = Vec<BTreeMap<String, String>>)]
    rows: Vec<BTreeMap<String, Value>>,
    /// The shorter side of the videos in pixels, such as 720; the canvas's without it.
    #[serde(default)]
    resolution: Option<u32>,
    /// Where to post how each video ends.
    #[serde(default)]
    webhook_url: Option<String>,
}

/// A batch and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchBody {
    id: String,
    name: String,
    /// Rows of its table.
    rows: i64,
    /// Rows that are not begun.
    waiting: i64,
    /// Rows whose video is under way.
    running: i64,
    /// Rows whose video is ready.
    done: i64,
    /// Rows that could not be made.
    failed: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the last row ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

/// A row of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowBody {
    /// Its place in the table, from 1.
    row: i64,
    /// `waiting`, `running`, `done` or `failed`.
    state: &'static str,
    variables: BTreeMap<String, String>,
    /// Its video, once begun.
    video_id: Option<String>,
    /// Share of its video that is rendered, 0 to 100.
    progress: i64,
    /// The page on which it can be watched.
    watch_url: Option<String>,
    video_url: Option<String>,
    poster_url: Option<String>,
    /// Why it could not be made.
    error: Option<String>,
}

/// Which rows are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RowFilter {
    /// `waiting`, `running`, `done` or `failed`; any without it.
    state: Option<String>,
}

/// Takes a table and makes a video of every row: JSON, or a form with `template` (JSON) and `data` (CSV with a header row of names),
/// and, as texts, `name`, `resolution` and `webhook_url`.
#[utoipa::path(
    post,
    path = "/phonoscope/v1/batches",
    tag = "batches",
    request_body(content((NewBatchBody = "application/json"), (NewBatchBody = "multipart/form-data"))),
    responses(
        (status = 201, body = BatchBody), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 413, body = Problem)
    ),
    security(("bearer" = []))
)]
pub(crate) async fn create(call: Call, request: Request) -> Result<(StatusCode, Json<BatchBody>), Problem> {
    let body = if intake::is_form(request.headers()) { of_form(request).await? } else { of_json(request).await? };
    let batch = call.engine.create_batch(&call.caller, body.into_batch()?).await?;
    Ok((StatusCode::CREATED, Json(shape(&call, batch).await?)))
}

async fn of_json(request: Request) -> Result<NewBatchBody, Problem> {
    let n_bytes_max = BODY_BYTES_MAX as u64;
    let bytes = intake::bytes(request.into_body(), n_bytes_max, n_bytes_max).await?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    NewBatchBody::deserialize(&mut reader)
        .and_then(|body| reader.end().map(|()| body))
        .map_err(|error| Problem::bad_request(format!("the body is not what is expected: {error}")))
}

async fn of_form(request: Request) -> Result<NewBatchBody, Problem> {
    let plan = Plan {
        files: &["template", "data"],
        files_repeat: false,
        texts: Texts::Named(&["name", "resolution", "webhook_url"]),
        file_bytes_max: BODY_BYTES_MAX as u64,
        text_bytes_max: TEXT_BYTES_MAX,
        parts_max: PARTS_MAX,
        drain_bytes_max: BODY_BYTES_MAX as u64,
    };
    let mut form = Form::<Clip>::to_memory(request, &plan).await?;
    let mut file = |name: &str| {
        let part = form.take_file(name).ok_or_else(|| Problem::bad_request(format!("{name}: the file is missing")))?;
        match part.content {
            Clip::Whole(bytes) => Ok(bytes),
            Clip::TooLarge => Err(Problem::bad_request(format!("{name}: send at most {BODY_BYTES_MAX} bytes"))),
        }
    };
    let (template, data) = (file("template")?, file("data")?);
    let template = serde_json::from_slice(&template);
    let resolution = form.text("resolution").filter(|text| !text.is_empty()).map(str::parse).transpose();
    Ok(NewBatchBody {
        name: form.text("name").unwrap_or_default().to_owned(),
        template: template.map_err(|error| Problem::bad_request(format!("template: not JSON: {error}")))?,
        rows: rows_of_csv(&data)?,
        resolution: resolution.map_err(|_| Problem::bad_request("resolution: must be a number of pixels"))?,
        webhook_url: form.text("webhook_url").filter(|text| !text.is_empty()).map(str::to_owned),
    })
}

fn rows_of_csv(bytes: &[u8]) -> Result<Vec<BTreeMap<String, Value>>, Problem> {
    let broken = |error: csv::Error| Problem::bad_request(format!("data: {error}"));
    // Spreadsheets begin their files with a byte order mark.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(bytes);
    let names = reader.headers().map_err(broken)?.clone();
    let mut known = BTreeSet::new();
    if let Some(twice) = names.iter().find(|name| !known.insert(*name)) {
        return Err(Problem::bad_request(format!("data: the table has two columns `{twice}`")));
    }
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(broken)?;
        let values = names.iter().zip(record.iter());
        Ok(values.map(|(name, value)| (name.to_owned(), Value::from(value))).collect())
    };
    reader.records().map(row).collect()
}

impl NewBatchBody {
    fn into_batch(self) -> Result<NewBatch, Problem> {
        let row = |(number, row): (usize, BTreeMap<String, Value>)| {
            let value = |(name, value): (String, Value)| match value {
                Value::String(text) => Ok((name, text)),
                Value::Number(number) => Ok((name, number.to_string())),
                Value::Bool(truth) => Ok((name, truth.to_string())),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    let detail = format!("rows[{number}].{name}: must be text, a number or a truth value");
                    Err(Problem::bad_request(detail))
                }
            };
            row.into_iter().map(value).collect()
        };
        if self.resolution.is_some_and(|side| !(128..=2160).contains(&side)) {
            return Err(Problem::bad_request("resolution: must be 128 to 2160"));
        }
        Ok(NewBatch {
            door: Door::Phonoscope,
            name: self.name,
            template: self.template,
            output: Output { short_side: self.resolution, ..Output::default() },
            webhook_url: self.webhook_url.filter(|url| !url.is_empty()),
            rows: self.rows.into_iter().enumerate().map(row).collect::<Result<_, _>>()?,
        })
    }
}

/// Lists batches, newest first.
#[utoipa::path(
    get,
    path = "/phonoscope/v1/batches",
    tag = "batches",
    params(Stretch),
    responses((status = 200, body = Vec<BatchBody>), (status = 400, body = Problem), (status = 401, body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    call: Call,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<Vec<BatchBody>>, Problem> {
    let page = Stretch::page(stretch)?;
    let mut bodies = Vec::new();
    for batch in call.engine.batches(call.account(), page).await? {
        bodies.push(shape(&call, batch).await?);
    }
    Ok(Json(bodies))
}

/// Shows a batch and how far it is.
#[utoipa::path(
    get,
    path = "/phonoscope/v1/batches/{id}",
    tag = "batches",
    params(("id" = String, Path, description = "The batch")),
    responses((status = 200, body = BatchBody), (status = 401, body = Problem), (status = 404, body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn get(call: Call, Path(id): Path<String>) -> Result<Json<BatchBody>, Problem> {
    let batch = call.engine.batch(call.account(), &BatchId::from_text(id)).await?;
    Ok(Json(shape(&call, batch).await?))
}

/// Stops a batch: rows that are not begun stay unmade, videos under way are stopped; what is done stays.
#[utoipa::path(
    post,
    path = "/phonoscope/v1/batches/{id}/stop",
    tag = "batches",
    params(("id" = String, Path, description = "The batch")),
    responses((status = 200, body = BatchBody), (status = 401, body = Problem), (status = 404, body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn stop(call: Call, Path(id): Path<String>) -> Result<Json<BatchBody>, Problem> {
    let batch = call.engine.stop_batch(call.account(), &BatchId::from_text(id)).await?;
    Ok(Json(shape(&call, batch).await?))
}

/// Lists a batch's rows in their order, with their videos.
#[utoipa::path(
    get,
    path = "/phonoscope/v1/batches/{id}/rows",
    tag = "batches",
    params(("id" = String, Path, description = "The batch"), RowFilter, Stretch),
    responses(
        (status = 200, body = Vec<RowBody>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)
    ),
    security(("bearer" = []))
)]
pub(crate) async fn rows(
    call: Call,
    Path(id): Path<String>,
    filter: Result<Query<RowFilter>, QueryRejection>,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<Vec<RowBody>>, Problem> {
    let page = Stretch::page(stretch)?;
    let Query(filter) = filter.map_err(|error| Problem::bad_request(error.body_text()))?;
    let state = filter.state.as_deref().filter(|state| !state.is_empty()).map(str::parse::<BatchRowState>).transpose();
    let state = state.map_err(|_| Problem::bad_request("state: must be waiting, running, done or failed"))?;
    let batch = call.engine.batch(call.account(), &BatchId::from_text(id)).await?;
    let mut bodies = Vec::new();
    for row in call.engine.batch_rows(&batch, state, page).await? {
        bodies.push(shape_row(&call, &batch, row).await?);
    }
    Ok(Json(bodies))
}

async fn shape(call: &Call, batch: Batch) -> Result<BatchBody, Problem> {
    let counts: BTreeMap<_, _> = call.engine.batch_counts(&batch).await?.into_iter().collect();
    let n_in = |state| counts.get(&state).copied().unwrap_or_default();
    Ok(BatchBody {
        id: batch.id.to_string(),
        rows: batch.n_rows,
        waiting: n_in(BatchRowState::Waiting),
        running: n_in(BatchRowState::Running),
        done: n_in(BatchRowState::Done),
        failed: n_in(BatchRowState::Failed),
        created_at: batch.created_at,
        finished_at: batch.finished_at,
        name: batch.name,
    })
}

async fn shape_row(call: &Call, batch: &Batch, row: BatchRow) -> Result<RowBody, Problem> {
    let film = match &row.film_id {
        Some(id) => match call.engine.film(call.account(), batch.door, id).await {
            Ok(film) => Some(film),
            Err(engine::Error::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let url = |extension| film.as_ref().and_then(|film| call.engine.film_url(film, extension));
    Ok(RowBody {
        row: row.row,
        state: row.state.name(),
        video_id: row.film_id.as_ref().map(ToString::to_string),
        progress: film.as_ref().map_or(0, |film| film.progress),
        watch_url: film.as_ref().map(|film| call.engine.watch_url(&film.id)),
        video_url: url("mp4"),
        poster_url: url("jpg"),
        error: Some(row.failure).filter(|failure| !failure.is_empty()),
        variables: row.variables,
    })
}
