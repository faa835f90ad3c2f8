//! Dumps: all rows of a bucket as a file, made once a day, fetched without a token by whoever knows the task's id.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use engine::Engine;
use engine::recognition::{BucketFile, BucketId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::buckets::bucket_id;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::files::row::{rounded_seconds, state_number};
use crate::frame::Answer;
use crate::place::{At, Place, shown};
use crate::scope::ReadAudios;
use crate::time::zulu;

/// Where dumps are fetched from; takes no token.
pub(crate) const DOWNLOAD_PATH: &str = "/api/buckets/{bucket_id}/down/{task_id}";

/// The columns of a dump. The vendor publishes none. Our choice: those of a file's row.
pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "uid",
    "bucket_id",
    "acr_id",
    "state",
    "title",
    "audio_id",
    "duration",
    "user_defined",
    "created_at",
    "updated_at",
];

/// Writes a file's line of a dump.
pub(crate) fn line(uid: i64, file: &BucketFile) -> Vec<String> {
    vec![
        file.id.to_string(),
        uid.to_string(),
        file.bucket_id.to_string(),
        file.acr_id.to_string(),
        state_number(file.state).to_string(),
        file.title.clone(),
        file.audio_id.clone(),
        rounded_seconds(file.duration_us).to_string(),
        Value::Object(file.user_defined.0.clone()).to_string(),
        zulu(file.created_at),
        zulu(file.updated_at),
    ]
}

/// Where a dump stands. Vendor quirk: this object has no envelope.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DumpStatus {
    /// 1 once the file can be fetched, else 0.
    #[schema(example = 1)]
    status: i64,
    /// Where to fetch the file (CSV), without a token; empty while `status` is 0.
    #[schema(example = "http://localhost:8080/api/buckets/7/down/Qm4ZtP81xa")]
    down_url: String,
    /// The bucket.
    #[schema(example = 7)]
    id: i64,
    /// The bucket's name.
    #[schema(example = "jingles")]
    name: String,
    #[schema(example = "Qm4ZtP81xa")]
    task_id: String,
}

/// Asks for a dump of all rows, or how far it is.
///
/// There is one per day (UTC) and bucket; asking again on the same day answers with the same task.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}/dump", operation_id = "acrcloudDump", tag = "audio-files",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    responses((status = 200, description = "The task", body = DumpStatus), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn dump(call: Call<ReadAudios>, place: Place, At(bucket): At<String>) -> Result<Answer, ApiError> {
    requested(&call, &place, bucket_id(&bucket)?).await
}

/// The same, at the path that the vendor's own tools use.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}/files/dump", operation_id = "acrcloudDumpOfFiles", tag = "audio-files",
    params(("bucket_id" = i64, Path, description = "The bucket")),
    responses((status = 200, description = "The task", body = DumpStatus), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn dump_of_files(
    call: Call<ReadAudios>,
    place: Place,
    At(bucket): At<String>,
) -> Result<Answer, ApiError> {
    requested(&call, &place, bucket_id(&bucket)?).await
}

async fn requested(call: &Call<ReadAudios>, place: &Place, bucket: BucketId) -> Result<Answer, ApiError> {
    let dump = call.engine.request_dump(call.account(), bucket).await?;
    let down_url = match dump.blob {
        Some(_) => format!("{}/api/buckets/{bucket}/down/{}", place.server, dump.task_id),
        None => String::new(),
    };
    Answer::bare(&DumpStatus {
        status: i64::from(!down_url.is_empty()),
        down_url,
        id: bucket.0,
        name: dump.bucket_name,
        task_id: dump.task_id,
    })
}

/// Fetches a dump. Browsers open this link, so it takes no token: the task's id is the secret.
#[utoipa::path(
    get, path = "/api/buckets/{bucket_id}/down/{task_id}", operation_id = "acrcloudDownloadDump", tag = "audio-files",
    params(
        ("bucket_id" = i64, Path, description = "The bucket"),
        ("task_id" = String, Path, description = "The task that made it")
    ),
    responses((status = 200, description = "A line per file", body = String, content_type = "text/csv", example = json!(
        "id,uid,bucket_id,acr_id,state,title,audio_id,duration,user_defined,created_at,updated_at\r\n"
    )), ErrorTable)
)]
pub(crate) async fn download(
    State(engine): State<Arc<Engine>>,
    At((bucket, task)): At<(String, String)>,
    method: Method,
) -> Result<Response, ApiError> {
    let bucket = bucket_id(&bucket)?;
    if !task.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ApiError::not_found("dump", shown(&task)));
    }
    let link = engine.dump_file(bucket, &task).await?;
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        let chunks = engine.blobs().read(&link.blob, 0..link.n_bytes).await;
        Body::from_stream(chunks.map_err(engine::Error::from)?)
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, link.n_bytes.into());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Made of digits, letters and media types of our own; what is no header value is left out.
    let media_type = HeaderValue::from_str(&link.media_type);
    headers.extend(media_type.ok().map(|value| (CONTENT_TYPE, value)));
    let attachment = HeaderValue::try_from(format!("attachment; filename=\"bucket-{bucket}-{task}.csv\""));
    headers.extend(attachment.ok().map(|value| (CONTENT_DISPOSITION, value)));
    Ok(response)
}
