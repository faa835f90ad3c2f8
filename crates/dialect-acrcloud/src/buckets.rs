//! `/api/buckets`: collections of audio files.

use axum::http::StatusCode;
use engine::recognition::{Bucket, BucketChange, BucketFilter, BucketId, NewBucket, Reach};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable, sentence};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::page::{Paged, Paging};
use crate::place::{At, Place, number};
use crate::scope::{ReadBuckets, WriteBuckets};
use crate::time::blank;

/// The only type of bucket that can be made here.
pub(crate) const FILE: &str = "File";
/// The vendor's types that need live channels, which this server has not.
const LIVE_TYPES: [&str; 3] = ["Live", "LiveRec", "LiveTimeshift"];
/// The capacity that the vendor shows, in rows.
const SIZE: &str = "300000";

/// A collection of audio files.
///
/// Clients build strict records from these rows, so they have exactly the vendor's keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BucketRow {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = 1)]
    uid: i64,
    #[schema(example = "jingles")]
    name: String,
    /// Always `File`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    /// Always 1.
    state: i64,
    /// Whatever the caller sent.
    #[schema(example = "eu-west-1")]
    region: String,
    /// Names of metadata columns, joined with commas.
    metadata_template: Option<String>,
    labels: Vec<String>,
    /// 0 online and offline, 1 online, 2 in offline databases only.
    #[schema(example = 1)]
    net_type: i64,
    /// Rows in it.
    #[schema(example = 12)]
    num: i64,
    /// Rows that it may have, as text.
    #[schema(value_type = String, example = "300000")]
    size: &'static str,
    #[schema(value_type = String, example = "private")]
    access_permission: &'static str,
    #[schema(example = "2026-01-02 03:04:05")]
    created_at: String,
    #[schema(example = "2026-01-02 03:04:05")]
    updated_at: String,
}

impl BucketRow {
    fn new(uid: i64, bucket: &Bucket) -> Self {
        Self {
            id: bucket.id.0,
            uid,
            name: bucket.name.clone(),
            kind: FILE,
            state: 1,
            region: bucket.region.clone(),
            metadata_template: bucket.metadata_template.clone(),
            labels: bucket.labels.clone(),
            net_type: bucket.reach.number(),
            num: bucket.n_files,
            size: SIZE,
            access_permission: "private",
            created_at: blank(bucket.created_at),
            updated_at: blank(bucket.updated_at),
        }
    }
}

/// A bucket to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewBucketBody {
    #[schema(example = "jingles")]
    name: String,
    /// Any text; it is given back.
    #[schema(example = "eu-west-1")]
    region: String,
    /// `File`; this server has no live channels.
    #[schema(example = "File")]
    r#type: String,
    /// 0 online and offline, 1 (the default) online, 2 in offline databases only.
    net_type: Option<i64>,
    labels: Option<Vec<String>>,
    /// Names of metadata columns, joined with commas.
    metadata_template: Option<String>,
}

/// What to change of a bucket.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct BucketChangeBody {
    name: Option<String>,
    labels: Option<Vec<String>>,
    /// `null` or empty text removes it.
    metadata_template: Option<String>,
}

/// Lists buckets, oldest first.
#[utoipa::path(
    get, path = "/api/buckets", operation_id = "acrcloudBuckets", tag = "buckets",
    params(
        ("region" = Option<String>, Query, description = "Of this region only"),
        ("type" = Option<String>, Query, description = "Of this type only; other types than `File` have none"),
        ("search" = Option<String>, Query, description = "With this in the name, whatever its case"),
        ("page" = Option<u32>, Query, description = "From 1"),
        ("per_page" = Option<u32>, Query, description = "Rows of a page, 20 if not given")
    ),
    responses((status = 200, description = "A page", body = Paged<BucketRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn list(call: Call<ReadBuckets>, place: Place, Query(mut query): Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, call.engine.limits().page_rows_max);
    let filter = BucketFilter {
        region: query.text("region"),
        search: query.text("search").unwrap_or_default(),
        page: paging.stretch(),
    };
    let kind = query.text("type");
    query.end()?;
    if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case(FILE)) {
        return Answer::bare(&Paged::<BucketRow>::new(&place, paging, 0, Vec::new()));
    }
    let listed = call.engine.buckets(call.account(), &filter).await?;
    let uid = call.uid().await?;
    let rows = listed.rows.iter().map(|bucket| BucketRow::new(uid, bucket)).collect();
    Answer::bare(&Paged::new(&place, paging, listed.total, rows))
}

/// Makes a bucket.
#[utoipa::path(
    post, path = "/api/buckets", operation_id = "acrcloudCreateBucket", tag = "buckets",
    request_body(content = NewBucketBody, example = json!({"name": "jingles", "region": "eu-west-1", "type": "File", "labels": ["Music"]})),
    responses((status = 201, description = "The bucket", body = Data<BucketRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn create(call: Call<WriteBuckets>, Body(mut fields): Body) -> Result<Answer, ApiError> {
    check_type(&mut fields);
    let reach = fields.whole("net_type", 0..=2).and_then(Reach::from_number);
    let new = NewBucket {
        name: fields.required_text("name"),
        region: fields.required_text("region"),
        reach: reach.unwrap_or_default(),
        labels: fields.list("labels").unwrap_or_default(),
        metadata_template: fields.text("metadata_template"),
    };
    fields.end()?;
    let bucket = call.engine.create_bucket(call.account(), new).await?;
    Answer::created(BucketRow::new(call.uid().await?, &bucket))
}

fn check_type(fields: &mut Fields) {
    let kind = fields.required_text("type");
    if kind.is_empty() || kind == FILE {
        return;
    }
    if LIVE_TYPES.contains(&kind.as_str()) {
        fields.blame("type", format!("This server has no live channels, so `{kind}` cannot be made; send `{FILE}`."));
    } else {
        fields.blame("type", format!("Send `{FILE}`, the only type that this server has."));
    }
}

/// Finds a bucket.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}", operation_id = "acrcloudBucket", tag = "buckets",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    responses((status = 200, description = "The bucket", body = Data<BucketRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn get(call: Call<ReadBuckets>, At(id): At<String>) -> Result<Answer, ApiError> {
    let bucket = call.engine.bucket(call.account(), bucket_id(&id)?).await?;
    Answer::data(BucketRow::new(call.uid().await?, &bucket))
}

/// Changes a bucket's name, labels or template; what is not sent stays.
#[utoipa::path(
    put, path = "/api/buckets/{bucket_id}", operation_id = "acrcloudUpdateBucket", tag = "buckets",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    request_body(content = BucketChangeBody, example = json!({"name": "jingles of spring"})),
    responses((status = 200, description = "The bucket", body = Data<BucketRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn update(
    call: Call<WriteBuckets>,
    At(id): At<String>,
    Body(mut fields): Body,
) -> Result<Answer, ApiError> {
    let id = bucket_id(&id)?;
    let template = fields.text("metadata_template");
    let change = BucketChange {
        name: fields.text("name"),
        labels: fields.list("labels"),
        metadata_template: fields.has("metadata_template").then_some(template),
    };
    fields.end()?;
    let bucket = call.engine.update_bucket(call.account(), id, change).await?;
    Answer::data(BucketRow::new(call.uid().await?, &bucket))
}

/// Removes an empty bucket; projects and containers that name it search one bucket less.
#[utoipa::path(
    delete, path = "/api/buckets/{bucket_id}", operation_id = "acrcloudDeleteBucket", tag = "buckets",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    responses((status = 204, description = "It is gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete(call: Call<WriteBuckets>, At(id): At<String>) -> Result<StatusCode, ApiError> {
    let deleted = call.engine.delete_bucket(call.account(), bucket_id(&id)?).await;
    match deleted {
        // It is not empty; the reason says so.
        Err(engine::Error::Conflict(reason)) => Err(ApiError::invalid("bucket_id", sentence(&reason))),
        other => Ok(other.map(|()| StatusCode::NO_CONTENT)?),
    }
}

/// Reads a bucket's number out of a path.
pub(crate) fn bucket_id(text: &str) -> Result<BucketId, ApiError> {
    number(text, "bucket").map(BucketId)
}
