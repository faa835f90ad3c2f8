//! `/api/buckets/:bucket_id/files`: what is in a bucket.

pub(crate) mod change;
pub(crate) mod row;
pub(crate) mod upload;

use engine::recognition::{FileFilter, FileRef, FileSort, FileState};

use crate::buckets::bucket_id;
use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::fields::{ENTRIES_MAX, Fields};
use crate::frame::{Answer, Data};
use crate::page::{Paged, Paging};
use crate::place::{At, Place, shown};
use crate::scope::ReadAudios;

pub(crate) use row::FileRow;

/// Lists a bucket's files.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}/files", operation_id = "acrcloudFiles", tag = "audio-files",
    params(
        ("bucket_id" = i64, Path, description = "The bucket"),
        ("search" = Option<String>, Query, description = "With this in the title, whatever its case"),
        ("keyword" = Option<String>, Query, description = "The same"),
        ("sort" = Option<String>, Query, description = "`id` (the default), `status`, `title`, `created_at` or `updated_at`"),
        ("order" = Option<String>, Query, description = "`asc` (the default) or `desc`"),
        ("state" = Option<i64>, Query, description = "0 processing, 1 ready, -1 error"),
        ("page" = Option<u32>, Query, description = "From 1"),
        ("per_page" = Option<u32>, Query, description = "Rows of a page, 20 if not given")
    ),
    responses((status = 200, description = "A page", body = Paged<FileRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    call: Call<ReadAudios>,
    place: Place,
    At(bucket): At<String>,
    Query(mut query): Query,
) -> Result<Answer, ApiError> {
    let bucket = bucket_id(&bucket)?;
    let paging = Paging::read(&query, call.engine.limits().page_rows_max);
    let search = query.text("search").or_else(|| query.text("keyword"));
    let filter = FileFilter {
        search: search.unwrap_or_default(),
        state: query.whole("state", -1..=1).map(state_of),
        sort: sort_of(&query),
        is_descending: query.lenient_text("order").is_some_and(|order| order.eq_ignore_ascii_case("desc")),
        page: paging.stretch(),
    };
    query.end()?;
    let listed = call.engine.files(call.account(), bucket, &filter).await?;
    let uid = call.uid().await?;
    let rows = listed.rows.iter().map(|file| FileRow::stored(uid, file)).collect();
    Answer::bare(&Paged::new(&place, paging, listed.total, rows))
}

/// Reads what to sort by.
///
/// Our choice: clients sort by more columns than the vendor's page names, and what nobody knows is `id`.
fn sort_of(query: &Fields) -> FileSort {
    match query.lenient_text("sort") {
        Some("status" | "state") => FileSort::State,
        Some("title") => FileSort::Title,
        Some("updated_at") => FileSort::UpdatedAt,
        // Ids are handed out in the order in which files are added, which is that of `created_at`.
        _ => FileSort::Id,
    }
}

/// Returns the state of this number of the vendor's.
fn state_of(number: i64) -> FileState {
    match number {
        1 => FileState::Ready,
        0 => FileState::Processing,
        _ => FileState::Failed,
    }
}

/// Finds one or more files. The answer is a list also for one.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}/files/{ids}", operation_id = "acrcloudFilesByIds", tag = "audio-files",
    params(
        ("bucket_id" = i64, Path, description = "The bucket"),
        ("ids" = String, Path, description = "Ids and `acr_id`s, joined with commas", example = "41,5f0c3b9a7e1d4c2684a6b8d0e2f41735")
    ),
    responses((status = 200, description = "Those that are in the bucket, in the order asked for", body = Data<Vec<FileRow>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn get(call: Call<ReadAudios>, At((bucket, ids)): At<(String, String)>) -> Result<Answer, ApiError> {
    let refs = refs_of(&ids)?;
    let files = call.engine.files_by_refs(call.account(), bucket_id(&bucket)?, &refs).await?;
    let uid = call.uid().await?;
    Answer::data(files.iter().map(|file| FileRow::stored(uid, file)).collect::<Vec<_>>())
}

/// Reads the ids of a path. What cannot be an id names nothing, and is passed over as any unknown id is.
pub(crate) fn refs_of(ids: &str) -> Result<Vec<FileRef>, ApiError> {
    let refs = known_refs(ids.split(','))?;
    if refs.is_empty() { Err(ApiError::not_found("file", shown(ids))) } else { Ok(refs) }
}

/// Reads those of some texts that can be ids.
fn known_refs<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<FileRef>, ApiError> {
    let mut refs: Vec<FileRef> = Vec::new();
    for text in texts {
        let parsed = FileRef::parse(text.trim());
        refs.extend(parsed.filter(|parsed| !refs.contains(parsed)));
        if refs.len() > ENTRIES_MAX {
            return Err(ApiError::invalid("ids", format!("Send at most {ENTRIES_MAX} ids per request.")));
        }
    }
    Ok(refs)
}
