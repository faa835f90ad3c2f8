//! Pictures and samples of what there is for everybody; they are no secret.

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::ErrorKind;

use super::Shared;

/// A day: what an operator replaces is seen soon.
const CACHE_CONTROL: &str = "public, max-age=86400";

/// Serves one of them, made when it is first asked for.
pub(super) async fn serve(State(shared): State<Shared>, OriginalUri(uri): OriginalUri) -> Response {
    let path = uri.path().trim_start_matches("/catalog/");
    match shared.engine.catalog_file(path).await {
        Ok(file) => {
            let headers = [
                (header::CONTENT_TYPE, file.media_type),
                (header::CACHE_CONTROL, CACHE_CONTROL),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            ];
            (headers, file.bytes).into_response()
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            (StatusCode::NOT_FOUND, "there is no such thing\n").into_response()
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot show a part of the catalog");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
        }
    }
}
