//! `/videos/{id}/report`, an extension: what about a video is not as its request says. The vendor's own answers have no place for it.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::frame::ok;
use crate::path::At;

/// What went otherwise than asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// What was missing or replaced; some of it is known only when the video is ready.
    warnings: Vec<String>,
    /// Why the video failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// Extension: tells what about a video is not as its request says, and why it failed.
#[utoipa::path(
    get, path = "/api/v1/videos/{video_id}/report", operation_id = "houroneVideoReport", tag = "extensions",
    params(("video_id" = String, Path, description = "The video")),
    responses((status = 200, description = "Warnings, and the reason of a failure", body = Report), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn get(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    let film = find(&call, &id).await?;
    let mut warnings = film.warnings;
    for warning in film.product.into_iter().flat_map(|product| product.warnings) {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    ok(&Report { warnings, failure: film.failure.map(|failure| failure.message) })
}
