//! Pre-made addresses: a client asks for one with its token, and whoever has it uploads one file without.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use engine::Engine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable};
use crate::frame::{Answer, Data};
use crate::place::{At, Place, shown};
use crate::scans::container_id;
use crate::scope::WriteFilescanning;

/// The path of the upload itself, which takes no token.
pub(crate) const UPLOAD_PATH: &str = "/api/uploads/{key}/{proof}";

/// Longest media type that is told back, in bytes.
const CONTENT_TYPE_BYTES_MAX: usize = 200;

/// Where and how to upload one file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Presigned {
    /// The address; it ends after a while.
    #[schema(example = "http://localhost:8080/api/uploads/4a8f/0000018f-5c1e")]
    presigned_url: String,
    /// Names the upload in `POST …/files`.
    key: String,
    /// Always `PUT`.
    #[schema(value_type = String, example = "PUT")]
    method: &'static str,
    /// What to send along.
    headers: PresignedHeaders,
}

/// Headers of an upload.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PresignedHeaders {
    /// The media type that was asked for.
    #[serde(rename = "Content-Type")]
    #[schema(example = "audio/mpeg")]
    content_type: String,
}

/// A file that was received.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Uploaded {
    /// Names the upload in `POST …/files`.
    key: String,
    /// Its size in bytes.
    size: u64,
}

/// Makes an address for one upload.
#[utoipa::path(
    get, path = "/api/fs-containers/{cid}/presigned-upload", operation_id = "acrcloudPresignUpload", tag = "file-scanning",
    params(
        ("cid" = i64, Path, description = "The container"),
        ("filename" = String, Query, description = "The file's name"),
        ("content_type" = Option<String>, Query, description = "The file's media type")
    ),
    responses((status = 200, description = "The address", body = Data<Presigned>), ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn presign(
    call: Call<WriteFilescanning>,
    At(cid): At<String>,
    place: Place,
    Query(mut query): Query,
) -> Result<Answer, ApiError> {
    let cid = container_id(&cid)?;
    call.engine.container(call.account(), cid).await?;
    let filename = query.required_text("filename");
    let content_type = query.text("content_type").unwrap_or_else(|| "application/octet-stream".to_owned());
    // Clients put it into a header as it is.
    let is_header =
        content_type.len() <= CONTENT_TYPE_BYTES_MAX && content_type.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !is_header {
        query.blame("content_type", "Send a media type, such as `audio/mpeg`.");
    }
    query.end()?;
    let ticket = call.engine.make_upload_ticket(call.account(), cid, &filename).await?;
    // Neither needs an escape.
    let path = UPLOAD_PATH.replace("{key}", &ticket.key).replace("{proof}", &ticket.proof);
    Answer::data(Presigned {
        presigned_url: format!("{}{path}", place.server),
        key: ticket.key,
        method: "PUT",
        headers: PresignedHeaders { content_type },
    })
}

/// Takes the file of a pre-made address. No token is asked for; a later file replaces an earlier one.
#[utoipa::path(
    put, path = "/api/uploads/{key}/{proof}", operation_id = "acrcloudUpload", tag = "file-scanning",
    params(
        ("key" = String, Path, description = "As in the address"),
        ("proof" = String, Path, description = "As in the address")
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "The file is here", body = Data<Uploaded>), ErrorTable)
)]
pub(crate) async fn upload(
    State(engine): State<Arc<Engine>>,
    At((key, proof)): At<(String, String)>,
    body: Body,
) -> Result<Answer, ApiError> {
    // The proof stays out of messages and logs.
    let gone = || ApiError::not_found("upload", shown(&key));
    let ticket = engine.check_upload_ticket(&key, &proof).await.map_err(|error| of_ticket(error, gone()))?;
    let file = intake::to_disk(body, engine.limits().upload_bytes_max, engine.blobs(), &ticket.name).await?;
    if file.n_bytes == 0 {
        return Err(ApiError::invalid("body", "Send the file as the body."));
    }
    engine.hold_upload(&key, &proof, file.content).await.map_err(|error| of_ticket(error, gone()))?;
    Answer::data(Uploaded { key, size: file.n_bytes })
}

fn of_ticket(error: engine::Error, gone: ApiError) -> ApiError {
    match error {
        engine::Error::NotFound { .. } => gone,
        other => other.into(),
    }
}
