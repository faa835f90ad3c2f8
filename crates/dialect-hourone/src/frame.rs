//! What every request has around it: a log span, numbers, an answer even where the code fails. And how answers are written.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::{Door, Engine};
use serde::Serialize;

use crate::error::ApiError;

/// The header that says what about an accepted document is not as it says.
pub(crate) const WARNINGS_HEADER: HeaderName = HeaderName::from_static("x-phonoscope-warnings");
/// Longest value of that header, in bytes.
const WARNINGS_BYTES_MAX: usize = 2000;

/// Answers with JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Response, ApiError> {
    match serde_json::to_string(value) {
        Ok(json) => Ok((status, [(CONTENT_TYPE, "application/json")], json).into_response()),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot write an answer");
            Err(ApiError::Internal)
        }
    }
}

/// Answers with what was asked for.
pub(crate) fn ok(value: &impl Serialize) -> Result<Response, ApiError> {
    json(StatusCode::OK, value)
}

/// Answers with what was made, and what about it is not as asked for.
///
/// Our choice: warnings go into a header, since clients that are generated from the vendor's schema may know no other members.
pub(crate) fn created(value: &impl Serialize, warnings: &[String]) -> Result<Response, ApiError> {
    let mut response = json(StatusCode::CREATED, value)?;
    if !warnings.is_empty() {
        let printable = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
        let text: String = warnings.join("; ").chars().take(WARNINGS_BYTES_MAX).map(printable).collect();
        // Only printable ASCII is in it.
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(WARNINGS_HEADER, value);
        }
    }
    Ok(response)
}

/// Wraps one request.
pub(crate) async fn frame(State(engine): State<Arc<Engine>>, request: Request, next: Next) -> Response {
    intake::framed(&engine, Door::Hourone, request, next, || ApiError::Internal.into_response()).await
}
