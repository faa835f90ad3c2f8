//! `/api/offline-dbs`: buckets as one file that recognizes without a server.
//!
//! The vendor's current pages name this area and nothing more; all of it is our choice, modelled on its former API and its other areas.

use axum::http::StatusCode;
use engine::Engine;
use engine::recognition::{BuildState, NewOfflineDb, OfflineDb, OfflineDbChange, OfflineDbId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::bucket_names::{self, BucketName};
use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::frame::{Answer, Data};
use crate::page::{Paged, Paging};
use crate::place::{At, Place, number};
use crate::projects::AUDIO_TYPES;
use crate::scope::{ReadOfflineDbs, WriteOfflineDbs};
use crate::time::zulu;

/// An offline database.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfflineDbRow {
    #[schema(example = 3)]
    id: i64,
    #[schema(example = 1)]
    uid: i64,
    #[schema(example = "kiosk")]
    name: String,
    /// Whatever the caller sent.
    #[schema(example = "eu-west-1")]
    region: String,
    /// `linein` or `recorded`.
    #[schema(example = "linein")]
    audio_type: String,
    /// 0 being built, 1 built, -1 error.
    #[schema(example = 1)]
    state: i64,
    /// What it is built of.
    buckets: Vec<BucketName>,
    /// Bytes of the newest build; 0 before the first.
    #[schema(example = 48213)]
    size: i64,
    /// Where to fetch the newest build, without a token; empty before the first.
    down_url: String,
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    created_at: String,
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    updated_at: String,
}

impl OfflineDbRow {
    fn new(engine: &Engine, uid: i64, db: &OfflineDb, buckets: &[BucketName]) -> Self {
        Self {
            id: db.id.0,
            uid,
            name: db.name.clone(),
            region: db.region.clone(),
            audio_type: db.audio_type.clone(),
            state: match db.state {
                BuildState::Building => 0,
                BuildState::Ready => 1,
                BuildState::Failed => -1,
            },
            buckets: BucketName::picked(buckets, &db.bucket_ids),
            size: db.n_bytes,
            down_url: engine.offline_db_url(db).unwrap_or_default(),
            created_at: zulu(db.created_at),
            updated_at: zulu(db.updated_at),
        }
    }
}

/// An offline database to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewOfflineDbBody {
    #[schema(example = "kiosk")]
    name: String,
    /// Any text; it is given back.
    #[schema(example = "eu-west-1")]
    region: String,
    /// Buckets whose `net_type` is 0 or 2, by id or by name.
    #[schema(example = json!([7]))]
    buckets: Vec<i64>,
    /// `linein` (the default) or `recorded`.
    audio_type: Option<String>,
}

/// What to change of an offline database; other buckets build it anew.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct OfflineDbChangeBody {
    name: Option<String>,
    buckets: Option<Vec<i64>>,
    audio_type: Option<String>,
}

/// Lists offline databases, oldest first.
#[utoipa::path(
    get, path = "/api/offline-dbs", operation_id = "acrcloudOfflineDbs", tag = "offline-dbs",
    params(
        ("page" = Option<u32>, Query, description = "From 1"),
        ("per_page" = Option<u32>, Query, description = "Rows of a page, 20 if not given")
    ),
    responses((status = 200, description = "A page", body = Paged<OfflineDbRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn list(call: Call<ReadOfflineDbs>, place: Place, Query(query): Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, call.engine.limits().page_rows_max);
    let listed = call.engine.offline_dbs(call.account(), paging.stretch()).await?;
    let ids = listed.rows.iter().flat_map(|db| db.bucket_ids.iter().copied());
    let buckets = BucketName::of_all(&call.engine, call.account(), ids).await?;
    let uid = call.uid().await?;
    let rows = listed.rows.iter().map(|db| OfflineDbRow::new(&call.engine, uid, db, &buckets)).collect();
    Answer::bare(&Paged::new(&place, paging, listed.total, rows))
}

/// Makes an offline database and begins to build it.
#[utoipa::path(
    post, path = "/api/offline-dbs", operation_id = "acrcloudCreateOfflineDb", tag = "offline-dbs",
    request_body(content = NewOfflineDbBody, example = json!({"name": "kiosk", "region": "eu-west-1", "buckets": [7], "audio_type": "linein"})),
    responses((status = 201, description = "The offline database", body = Data<OfflineDbRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn create(call: Call<WriteOfflineDbs>, Body(mut fields): Body) -> Result<Answer, ApiError> {
    let audio_type = fields.word("audio_type", &AUDIO_TYPES);
    let bucket_ids = bucket_names::read(&call.engine, call.account(), &mut fields).await?;
    if bucket_ids.is_none() {
        fields.blame("buckets", "Send the ids of the buckets that it should be built of, as a list.");
    }
    let new = NewOfflineDb {
        name: fields.required_text("name"),
        region: fields.required_text("region"),
        audio_type: audio_type.unwrap_or_else(|| AUDIO_TYPES[0].to_owned()),
        bucket_ids: bucket_ids.unwrap_or_default(),
    };
    fields.end()?;
    let db = call.engine.create_offline_db(call.account(), new).await?;
    Answer::created(row(&call, &db).await?)
}

/// Finds an offline database.
#[utoipa::path(
    get, path = "/api/offline-dbs/{id}", operation_id = "acrcloudOfflineDb", tag = "offline-dbs",
    params(("id" = i64, Path, description = "The offline database")),
    responses((status = 200, description = "The offline database", body = Data<OfflineDbRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn get(call: Call<ReadOfflineDbs>, At(id): At<String>) -> Result<Answer, ApiError> {
    let db = call.engine.offline_db(call.account(), offline_db_id(&id)?).await?;
    Answer::data(row(&call, &db).await?)
}

/// Changes an offline database; what is not sent stays, and other buckets build it anew.
#[utoipa::path(
    put, path = "/api/offline-dbs/{id}", operation_id = "acrcloudUpdateOfflineDb", tag = "offline-dbs",
    params(("id" = i64, Path, description = "The offline database")),
    request_body(content = OfflineDbChangeBody, example = json!({"name": "kiosk of spring"})),
    responses((status = 200, description = "The offline database", body = Data<OfflineDbRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn update(
    call: Call<WriteOfflineDbs>,
    At(id): At<String>,
    Body(mut fields): Body,
) -> Result<Answer, ApiError> {
    let id = offline_db_id(&id)?;
    let change = OfflineDbChange {
        name: fields.text("name"),
        audio_type: fields.word("audio_type", &AUDIO_TYPES),
        bucket_ids: bucket_names::read(&call.engine, call.account(), &mut fields).await?,
    };
    fields.end()?;
    let db = call.engine.update_offline_db(call.account(), id, change).await?;
    Answer::data(row(&call, &db).await?)
}

/// Builds an offline database anew from what is in its buckets now.
#[utoipa::path(
    put, path = "/api/offline-dbs/{id}/rebuild", operation_id = "acrcloudRebuildOfflineDb", tag = "offline-dbs",
    params(("id" = i64, Path, description = "The offline database")),
    responses((status = 200, description = "The offline database", body = Data<OfflineDbRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn rebuild(call: Call<WriteOfflineDbs>, At(id): At<String>) -> Result<Answer, ApiError> {
    let db = call.engine.rebuild_offline_db(call.account(), offline_db_id(&id)?).await?;
    Answer::data(row(&call, &db).await?)
}

/// Removes an offline database; its link leads nowhere from then on.
#[utoipa::path(
    delete, path = "/api/offline-dbs/{id}", operation_id = "acrcloudDeleteOfflineDb", tag = "offline-dbs",
    params(("id" = i64, Path, description = "The offline database")),
    responses((status = 204, description = "It is gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete(call: Call<WriteOfflineDbs>, At(id): At<String>) -> Result<StatusCode, ApiError> {
    call.engine.delete_offline_db(call.account(), offline_db_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn row<S>(call: &Call<S>, db: &OfflineDb) -> Result<OfflineDbRow, ApiError> {
    let ids = db.bucket_ids.iter().copied();
    let buckets = BucketName::of_all(&call.engine, &call.caller.account_id, ids).await?;
    Ok(OfflineDbRow::new(&call.engine, call.uid().await?, db, &buckets))
}

fn offline_db_id(text: &str) -> Result<OfflineDbId, ApiError> {
    number(text, "offline database").map(OfflineDbId)
}
