//! Changing, moving and removing files: the vendor's pages and tools spell each in several ways.

use axum::http::StatusCode;
use engine::recognition::{BucketId, FileChange, FileRef};
use utoipa::ToSchema;

use super::row::FileRow;
use super::{known_refs, refs_of};
use crate::body::Body;
use crate::buckets::bucket_id;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::{Answer, Data};
use crate::place::{At, shown};
use crate::scope::WriteAudios;

/// The members that make a `PUT` an update; without any of them it is a move.
const CHANGEABLE: [&str; 3] = ["title", "user_defined", "audio_id"];

/// What to change of a file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct FileChangeBody {
    title: Option<String>,
    /// An object, or one as text; replaces all earlier values.
    #[schema(value_type = Option<Object>)]
    user_defined: Option<String>,
    /// The caller's own id.
    audio_id: Option<String>,
}

/// Several files.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct IdsBody {
    /// Ids and `acr_id`s.
    ids: Vec<String>,
}

/// Several files, and where they should go.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct MoveBody {
    /// The destination.
    target_bucket_id: i64,
    /// Ids and `acr_id`s of files in the bucket of the path.
    ids: Vec<String>,
}

/// Changes a file, or moves files into this bucket.
///
/// With `title`, `user_defined` or `audio_id` it changes the file; without any of them it moves the files of the path into the bucket of
/// the path, from wherever they are.
#[utoipa::path(
    put, path = "/api/buckets/{bucket_id}/files/{ids}", operation_id = "acrcloudUpdateFile", tag = "audio-files",
    params(
        ("bucket_id" = i64, Path, description = "The file's bucket, or the destination"),
        ("ids" = String, Path, description = "An id or `acr_id`; to move files also several, joined with commas")
    ),
    request_body(content = FileChangeBody, example = json!({"title": "jingle-04b", "user_defined": {"campaign": "summer"}})),
    responses((status = 200, description = "The file; after a move the list of files", body = Data<FileRow>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn put(
    call: Call<WriteAudios>,
    At((bucket, ids)): At<(String, String)>,
    Body(fields): Body,
) -> Result<Answer, ApiError> {
    let (bucket, refs) = (bucket_id(&bucket)?, refs_of(&ids)?);
    if !CHANGEABLE.iter().any(|name| fields.has(name)) {
        return moved(&call, bucket, &refs).await;
    }
    if ids.contains(',') {
        return Err(ApiError::invalid("ids", "Name one file to change it; to move several, send no body."));
    }
    update(&call, bucket, &refs[0], fields).await
}

async fn update(
    call: &Call<WriteAudios>,
    bucket: BucketId,
    file: &FileRef,
    mut fields: Fields,
) -> Result<Answer, ApiError> {
    let change = FileChange {
        title: fields.text("title"),
        audio_id: fields.text("audio_id"),
        user_defined: fields.user_defined(),
    };
    fields.end()?;
    let file = call.engine.update_file(call.account(), bucket, file, change).await?;
    Answer::data(FileRow::stored(call.uid().await?, &file))
}

async fn moved(call: &Call<WriteAudios>, destination: BucketId, refs: &[FileRef]) -> Result<Answer, ApiError> {
    let files = call.engine.move_files(call.account(), destination, refs).await?;
    let uid = call.uid().await?;
    Answer::data(files.iter().map(|file| FileRow::stored(uid, file)).collect::<Vec<_>>())
}

/// Moves files into this bucket, from wherever they are in the account.
#[utoipa::path(
    put, path = "/api/buckets/{bucket_id}/files/{ids}/move", operation_id = "acrcloudMoveFiles", tag = "audio-files",
    params(
        ("bucket_id" = i64, Path, description = "The destination"),
        ("ids" = String, Path, description = "Ids and `acr_id`s, joined with commas")
    ),
    responses((status = 200, description = "The files", body = Data<Vec<FileRow>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn move_into(
    call: Call<WriteAudios>,
    At((bucket, ids)): At<(String, String)>,
) -> Result<Answer, ApiError> {
    moved(&call, bucket_id(&bucket)?, &refs_of(&ids)?).await
}

/// Moves files out of this bucket into another.
///
/// As the vendor's own tools ask for it: here the bucket of the path is where the files are.
#[utoipa::path(
    post, path = "/api/buckets/{bucket_id}/files/move", operation_id = "acrcloudMoveFilesOut", tag = "audio-files",
    params(("bucket_id" = i64, Path, description = "Where the files are")),
    request_body(content = MoveBody, example = json!({"target_bucket_id": 8, "ids": [41, 42]})),
    responses((status = 200, description = "The files", body = Data<Vec<FileRow>>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn move_out(
    call: Call<WriteAudios>,
    At(bucket): At<String>,
    Body(mut fields): Body,
) -> Result<Answer, ApiError> {
    let source = bucket_id(&bucket)?;
    let destination = fields.required_whole("target_bucket_id", 0..=i64::MAX);
    let refs = listed_refs(&mut fields)?;
    fields.end()?;
    // Only what is in the bucket of the path moves.
    let files = call.engine.files_by_refs(call.account(), source, &refs).await?;
    let refs: Vec<_> = files.iter().map(|file| FileRef::Id(file.id)).collect();
    moved(&call, BucketId(destination), &refs).await
}

/// Removes files; the next search finds none of them.
#[utoipa::path(
    delete, path = "/api/buckets/{bucket_id}/files/{ids}", operation_id = "acrcloudDeleteFiles", tag = "audio-files",
    params(
        ("bucket_id" = i64, Path, description = "The bucket"),
        ("ids" = String, Path, description = "Ids and `acr_id`s, joined with commas; unknown ones are passed over")
    ),
    responses((status = 204, description = "They are gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete(
    call: Call<WriteAudios>,
    At((bucket, ids)): At<(String, String)>,
) -> Result<StatusCode, ApiError> {
    deleted(&call, bucket_id(&bucket)?, &refs_of(&ids)?).await
}

/// Removes the files that the body lists.
///
/// As the vendor's own tools ask for it.
#[utoipa::path(
    delete, path = "/api/buckets/{bucket_id}/files", operation_id = "acrcloudDeleteListedFiles", tag = "audio-files",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    request_body(content = IdsBody, example = json!({"ids": [41, 42]})),
    responses((status = 204, description = "They are gone"), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn delete_listed(
    call: Call<WriteAudios>,
    At(bucket): At<String>,
    Body(mut fields): Body,
) -> Result<StatusCode, ApiError> {
    let bucket = bucket_id(&bucket)?;
    let refs = listed_refs(&mut fields)?;
    fields.end()?;
    deleted(&call, bucket, &refs).await
}

async fn deleted(call: &Call<WriteAudios>, bucket: BucketId, refs: &[FileRef]) -> Result<StatusCode, ApiError> {
    call.engine.delete_files(call.account(), bucket, refs).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads `ids` of a body; none at all is a problem, unknown ones are not.
fn listed_refs(fields: &mut Fields) -> Result<Vec<FileRef>, ApiError> {
    let ids = fields.list("ids").unwrap_or_default();
    let Some(first) = ids.first() else {
        fields.blame("ids", "Send the ids of the files, as a list.");
        return Ok(Vec::new());
    };
    let refs = known_refs(ids.iter().map(String::as_str))?;
    if refs.is_empty() { Err(ApiError::not_found("file", shown(first))) } else { Ok(refs) }
}
