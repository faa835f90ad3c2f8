//! `/api/buckets/:bucket_id/dedup-files`: has this sound been seen before, and under which of the caller's ids?

use axum::extract::Request;
use axum::http::StatusCode;
use engine::recognition::{AcrId, DedupEntry, DedupRequest};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::FileBody;
use crate::buckets::bucket_id;
use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::ENTRIES_MAX;
use crate::frame::{Answer, Data};
use crate::page::{Paged, Paging};
use crate::place::{At, Place, shown};
use crate::scope::{ReadAudios, WriteAudios};
use crate::time::blank;

/// Longest id that is looked up, in bytes.
const ID_BYTES_MAX: usize = 1000;

/// A sound to look up.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct DedupForm {
    /// The caller's own id.
    #[schema(example = "124")]
    id: String,
    /// A fingerprint file, or, as an extension of this server, audio.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// 1 (the default) stores it if it is new.
    db_if_nodup: Option<i64>,
}

/// What came of looking a sound up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verdict {
    /// The caller's ids of earlier entries with the same sound.
    #[schema(example = json!(["123"]))]
    dup_files: Vec<String>,
    #[schema(example = "5f0c3b9a7e1d4c2684a6b8d0e2f41735")]
    acr_id: String,
    /// Whether it was stored.
    do_db: bool,
}

/// A sound that is stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DedupRow {
    /// The caller's ids of earlier entries with the same sound.
    dup_files: Vec<String>,
    #[schema(example = "5f0c3b9a7e1d4c2684a6b8d0e2f41735")]
    acr_id: String,
    #[schema(example = "2026-01-02 03:04:05")]
    created_at: String,
    #[schema(example = "2026-01-02 03:04:05")]
    updated_at: String,
}

impl DedupRow {
    fn new(entry: &DedupEntry) -> Self {
        Self {
            dup_files: entry.duplicates.clone(),
            acr_id: entry.acr_id.to_string(),
            created_at: blank(entry.created_at),
            updated_at: blank(entry.updated_at),
        }
    }
}

/// Lists the sounds that are stored, oldest first.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}/dedup-files", operation_id = "acrcloudDedupFiles", tag = "dedup-files",
    params(
        ("bucket_id" = i64, Path, description = "The bucket"),
        ("page" = Option<u32>, Query, description = "From 1"),
        ("per_page" = Option<u32>, Query, description = "Rows of a page, 20 if not given")
    ),
    responses((status = 200, description = "A page", body = Paged<DedupRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    call: Call<ReadAudios>,
    place: Place,
    At(bucket): At<String>,
    Query(query): Query,
) -> Result<Answer, ApiError> {
    let bucket = bucket_id(&bucket)?;
    let paging = Paging::read(&query, call.engine.limits().page_rows_max);
    let listed = call.engine.dedup_entries(call.account(), bucket, paging.stretch()).await?;
    let rows = listed.rows.iter().map(DedupRow::new).collect();
    Answer::bare(&Paged::new(&place, paging, listed.total, rows))
}

/// Looks a sound up among those stored, and stores it if it is new.
#[utoipa::path(
    post, path = "/api/buckets/{bucket_id}/dedup-files", operation_id = "acrcloudDedup", tag = "dedup-files",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    request_body(content((DedupForm = "multipart/form-data"))),
    responses((status = 200, description = "Whether it was there", body = Data<Verdict>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn look_up(
    call: Call<WriteAudios>,
    At(bucket): At<String>,
    request: Request,
) -> Result<Answer, ApiError> {
    let bucket = bucket_id(&bucket)?;
    // Before anybody sends a large file for nothing.
    call.engine.bucket(call.account(), bucket).await?;
    let bytes_max = call.engine.limits().upload_bytes_max;
    let FileBody { mut fields, file } = FileBody::read(request, call.engine.blobs(), bytes_max).await?;
    let caller_id = fields.required_text("id");
    let store_if_new = fields.switch("db_if_nodup").unwrap_or(true);
    let Some(file) = file else {
        fields.blame("file", "Send a fingerprint or audio as a part `file` of a form (`multipart/form-data`).");
        return Err(fields.end().err().unwrap_or(ApiError::Internal));
    };
    fields.end()?;
    let request = DedupRequest { caller_id, file: file.content, store_if_new };
    let verdict = call.engine.dedup(call.account(), bucket, request).await?;
    Answer::data(Verdict {
        dup_files: verdict.duplicates,
        acr_id: verdict.acr_id.to_string(),
        do_db: verdict.is_stored,
    })
}

/// Finds a sound by number, by `acr_id`, or by the caller's id.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}/dedup-files/{ids}", operation_id = "acrcloudDedupFile", tag = "dedup-files",
    params(
        ("bucket_id" = i64, Path, description = "The bucket"),
        ("ids" = String, Path, description = "A number, an `acr_id`, or the caller's id")
    ),
    responses((status = 200, description = "The sound", body = Data<DedupRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn get(call: Call<ReadAudios>, At((bucket, id)): At<(String, String)>) -> Result<Answer, ApiError> {
    let bucket = bucket_id(&bucket)?;
    if id.len() > ID_BYTES_MAX || id.contains('\0') {
        return Err(ApiError::not_found("dedup file", shown(&id)));
    }
    let entry = call.engine.dedup_entry(call.account(), bucket, &id).await?;
    Answer::data(DedupRow::new(&entry))
}

/// Forgets sounds.
#[utoipa::path(
    delete, path = "/api/buckets/{bucket_id}/dedup-files/{ids}", operation_id = "acrcloudDeleteDedupFiles", tag = "dedup-files",
    params(
        ("bucket_id" = i64, Path, description = "The bucket"),
        ("ids" = String, Path, description = "`acr_id`s, joined with commas; unknown ones are passed over")
    ),
    responses((status = 204, description = "They are gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete(
    call: Call<WriteAudios>,
    At((bucket, ids)): At<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let bucket = bucket_id(&bucket)?;
    let acr_ids: Vec<_> = ids.split(',').filter_map(|id| AcrId::parse(id.trim())).collect();
    if acr_ids.is_empty() {
        return Err(ApiError::not_found("dedup file", shown(&ids)));
    }
    if acr_ids.len() > ENTRIES_MAX {
        return Err(ApiError::invalid("ids", format!("Send at most {ENTRIES_MAX} ids per request.")));
    }
    call.engine.delete_dedup_entries(call.account(), bucket, &acr_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}
