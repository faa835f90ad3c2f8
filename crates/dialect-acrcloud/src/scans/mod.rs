//! `/api/fs-containers/{cid}/files`: recordings, and what plays in them when.

use axum::http::StatusCode;
use engine::recognition::{ContainerId, ScanFilter, ScanId};

use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::page::{Paged, Paging};
use crate::place::{At, Place, number, shown};
use crate::scope::{ReadFilescanning, WriteFilescanning};
use shape::ScanBody;

pub(crate) mod shape;
pub(crate) mod upload;

/// Longest id that is looked up, in bytes; ours have 36.
const ID_BYTES_MAX: usize = 64;

/// Lists recordings, newest first.
#[utoipa::path(
    get, path = "/api/fs-containers/{cid}/files", operation_id = "acrcloudScans", tag = "file-scanning",
    params(
        ("cid" = i64, Path, description = "The container"),
        ("search" = Option<String>, Query, description = "With this in their name or uri, whatever its case"),
        ("state" = Option<i64>, Query, description = "In this state only: 0, 1, -1, -2 or -3"),
        ("with_result" = Option<u8>, Query, description = "1 shows results"),
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("per_page" = Option<u32>, Query, description = "Rows of a page")
    ),
    responses((status = 200, description = "A page of recordings", body = Paged<ScanBody>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    call: Call<ReadFilescanning>,
    At(cid): At<String>,
    place: Place,
    Query(query): Query,
) -> Result<Answer, ApiError> {
    let cid = container_id(&cid)?;
    let paging = Paging::read(&query, call.engine.limits().page_rows_max);
    let (filter, with_results) = read_filter(query, paging)?;
    let container = call.engine.container(call.account(), cid).await?;
    let listed = call.engine.scans(call.account(), cid, &filter).await?;
    let uid = call.uid().await?;
    let rows = listed.rows.iter().map(|scan| ScanBody::new(uid, &container, scan, with_results)).collect();
    Answer::bare(&Paged::new(&place, paging, listed.total, rows))
}

fn read_filter(mut query: Fields, paging: Paging) -> Result<(ScanFilter, bool), ApiError> {
    let search = query.text("search").unwrap_or_default();
    let state = query.whole("state", -3..=1).and_then(shape::state_of_number);
    let with_results = query.switch("with_result").unwrap_or(false);
    query.end()?;
    Ok((ScanFilter { search, state, page: paging.stretch() }, with_results))
}

/// Shows recordings with their results, in the order asked for; those that are not in the container are left out.
#[utoipa::path(
    get, path = "/api/fs-containers/{cid}/files/{ids}", operation_id = "acrcloudScansByIds", tag = "file-scanning",
    params(
        ("cid" = i64, Path, description = "The container"),
        ("ids" = String, Path, description = "Ids, joined with commas")
    ),
    responses((status = 200, description = "The recordings, a list also for one", body = Data<Vec<ScanBody>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn get(
    call: Call<ReadFilescanning>,
    At((cid, ids)): At<(String, String)>,
) -> Result<Answer, ApiError> {
    let (cid, ids) = (container_id(&cid)?, scan_ids(&ids)?);
    let container = call.engine.container(call.account(), cid).await?;
    let scans = call.engine.scans_by_ids(call.account(), cid, &ids).await?;
    let uid = call.uid().await?;
    Answer::data(scans.iter().map(|scan| ScanBody::new(uid, &container, scan, true)).collect::<Vec<_>>())
}

/// Removes recordings; scans that are under way end.
#[utoipa::path(
    delete, path = "/api/fs-containers/{cid}/files/{ids}", operation_id = "acrcloudDeleteScans", tag = "file-scanning",
    params(
        ("cid" = i64, Path, description = "The container"),
        ("ids" = String, Path, description = "Ids, joined with commas; unknown ones among known ones are passed over")
    ),
    responses((status = 204, description = "They are gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete(
    call: Call<WriteFilescanning>,
    At((cid, ids)): At<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let (cid, ids) = (container_id(&cid)?, scan_ids(&ids)?);
    call.engine.delete_scans(call.account(), cid, &ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Scans recordings again, in what is in the buckets today.
///
/// Our choice: the vendor prints no answer; this one is the recordings, in state 0.
#[utoipa::path(
    put, path = "/api/fs-containers/{cid}/files/{ids}/rescan", operation_id = "acrcloudRescan", tag = "file-scanning",
    params(
        ("cid" = i64, Path, description = "The container"),
        ("ids" = String, Path, description = "Ids, joined with commas; unknown ones among known ones are passed over")
    ),
    responses((status = 200, description = "The recordings", body = Data<Vec<ScanBody>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn rescan(
    call: Call<WriteFilescanning>,
    At((cid, ids)): At<(String, String)>,
) -> Result<Answer, ApiError> {
    let (cid, ids) = (container_id(&cid)?, scan_ids(&ids)?);
    let container = call.engine.container(call.account(), cid).await?;
    let scans = call.engine.rescan(call.account(), cid, &ids).await?;
    let uid = call.uid().await?;
    Answer::data(scans.iter().map(|scan| ScanBody::new(uid, &container, scan, true)).collect::<Vec<_>>())
}

/// Reads a container's id out of a path.
pub(crate) fn container_id(text: &str) -> Result<ContainerId, ApiError> {
    number(text, "container").map(ContainerId)
}

/// Reads a list of recordings' ids out of a path; what cannot be one names nothing.
fn scan_ids(text: &str) -> Result<Vec<ScanId>, ApiError> {
    let is_id = |id: &&str| {
        (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // Ids are compared as text, and ours are in lower case.
    let ids = text.split(',').map(str::trim).filter(is_id).map(|id| ScanId::from_text(id.to_ascii_lowercase()));
    let ids: Vec<_> = ids.collect();
    if ids.is_empty() { Err(ApiError::not_found("file", shown(text))) } else { Ok(ids) }
}
