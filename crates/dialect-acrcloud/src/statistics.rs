//! What a base project searches, and how often it found something. The vendor publishes the paths alone; the answers are our choice.

use engine::recognition::{Bucket, DayUsage, ProjectId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::place::At;
use crate::projects::project_id;
use crate::scope::ReadBaseProjects;
use crate::time::{day, day_before, is_day};

/// Days before today where the caller names no first one; with today they are 30.
const DAYS_BEFORE: u32 = 29;

/// Whether a bucket of a project can be searched.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BucketStatus {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "jingles")]
    name: String,
    /// 0 while some of its files are being processed, else 1.
    #[schema(example = 1)]
    state: i64,
    /// Files in it.
    #[schema(example = 12)]
    num: i64,
}

impl BucketStatus {
    fn new(bucket: &Bucket) -> Self {
        let is_settled = bucket.n_ready + bucket.n_failed >= bucket.n_files;
        Self { id: bucket.id.0, name: bucket.name.clone(), state: i64::from(is_settled), num: bucket.n_files }
    }
}

/// A project's searches on one day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayRow {
    #[schema(example = "2026-01-02")]
    date: String,
    /// Hits and misses.
    #[schema(example = 10)]
    total: i64,
    #[schema(example = 7)]
    hits: i64,
    #[schema(example = 3)]
    misses: i64,
}

impl DayRow {
    fn new(usage: &DayUsage) -> Self {
        Self {
            date: usage.day.clone(),
            total: usage.n_hits + usage.n_misses,
            hits: usage.n_hits,
            misses: usage.n_misses,
        }
    }
}

/// Tells where the buckets of a project stand.
#[utoipa::path(
    get, path = "/api/base-projects/{id}/bucket-status", operation_id = "acrcloudBucketStatus", tag = "base-projects",
    params(("id" = i64, Path, description = "The project")),
    responses((status = 200, description = "A row per bucket", body = Data<Vec<BucketStatus>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn bucket_status(call: Call<ReadBaseProjects>, At(id): At<String>) -> Result<Answer, ApiError> {
    let project = call.engine.project(call.account(), project_id(&id)?).await?;
    let buckets = call.engine.buckets_by_ids(call.account(), &project.bucket_ids).await?;
    Answer::data(buckets.iter().map(BucketStatus::new).collect::<Vec<_>>())
}

/// Counts a project's searches per day (UTC); days without any are left out.
#[utoipa::path(
    get, path = "/api/base-projects/{id}/statistics", operation_id = "acrcloudStatistics", tag = "base-projects",
    params(
        ("id" = i64, Path, description = "The project"),
        ("start_date" = Option<String>, Query, description = "`YYYY-MM-DD`, 29 days ago if not given"),
        ("end_date" = Option<String>, Query, description = "`YYYY-MM-DD`, today if not given")
    ),
    responses((status = 200, description = "A row per day, oldest first", body = Data<Vec<DayRow>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn statistics(
    call: Call<ReadBaseProjects>,
    At(id): At<String>,
    Query(query): Query,
) -> Result<Answer, ApiError> {
    counted(&call, project_id(&id)?, query, ["start_date", "end_date"]).await
}

/// The same, as others describe it.
#[utoipa::path(
    get, path = "/api/base-projects/{id}/day-stat", operation_id = "acrcloudDayStat", tag = "base-projects",
    params(
        ("id" = i64, Path, description = "The project"),
        ("start" = Option<String>, Query, description = "`YYYY-MM-DD`, 29 days ago if not given"),
        ("end" = Option<String>, Query, description = "`YYYY-MM-DD`, today if not given")
    ),
    responses((status = 200, description = "A row per day, oldest first", body = Data<Vec<DayRow>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn day_stat(
    call: Call<ReadBaseProjects>,
    At(id): At<String>,
    Query(query): Query,
) -> Result<Answer, ApiError> {
    counted(&call, project_id(&id)?, query, ["start", "end"]).await
}

async fn counted(
    call: &Call<ReadBaseProjects>,
    id: ProjectId,
    mut query: Fields,
    [start, end]: [&str; 2],
) -> Result<Answer, ApiError> {
    let now = call.engine.now();
    let first = day_of(&mut query, start).unwrap_or_else(|| day_before(now, DAYS_BEFORE));
    let last = day_of(&mut query, end).unwrap_or_else(|| day(now));
    // Days in this form are in the order of their texts.
    if first > last {
        query.blame(end, format!("Send a day that is not before `{start}`, {first}."));
    }
    query.end()?;
    let days = call.engine.project_usage(call.account(), id, &first, &last).await?;
    Answer::data(days.iter().map(DayRow::new).collect::<Vec<_>>())
}

fn day_of(query: &mut Fields, name: &str) -> Option<String> {
    let text = query.text(name)?;
    if is_day(&text) {
        return Some(text);
    }
    query.blame(name, "Send a day of the calendar, as `YYYY-MM-DD`.");
    None
}
