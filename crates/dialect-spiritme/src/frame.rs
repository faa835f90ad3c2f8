//! What every request has around it: a log span, numbers, headers for browsers, an answer even where the code fails.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, HeaderValue,
};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{Door, Engine, SystemEntropy, TraceId};
use serde_json::json;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::routes::Place;

/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_MAX_AGE: &str = "86400";

/// Answers what a browser asks before it calls; other `OPTIONS` are for the API itself.
///
/// Pages of any origin may call: tokens are in a header that no browser adds by itself.
pub(crate) fn preflight(request: &Request) -> Option<Response> {
    if request.method() != Method::OPTIONS || !request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE, OPTIONS"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_MAX_AGE));
    // `*` would not cover `authorization`.
    if let Some(wanted) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    Some(response)
}

/// Describes a place, as the framework answers `OPTIONS`.
pub(crate) fn description(place: &Place) -> Result<Answer, ApiError> {
    Answer::of(&json!({
        "name": place.name, "description": "", "renders": ["application/json"], "parses": place.parses
    }))
}

/// Wraps the answering of one request; `path` is the pattern that it was found by.
pub(crate) async fn framed(
    engine: &Engine,
    path: &'static str,
    method: &Method,
    answered: impl Future<Output = Response>,
) -> Response {
    // Methods are the client's to invent; the numbers must not grow with them.
    let operation = match method.as_str() {
        method @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS") => format!("{method} {path}"),
        _ => "unknown".to_owned(),
    };
    // Randomness of its own, so that a request's log line does not depend on what the engine's gives.
    let trace_id = TraceId::random(&SystemEntropy);
    let on_panic = || ApiError::Internal.into_response();
    let response = intake::observed(engine, Door::Spiritme, operation, &trace_id, answered, on_panic).await;
    finished(response, method)
}

/// Adds what browsers need to read an answer, and takes the body of what was only looked at.
fn finished(mut response: Response, method: &Method) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("allow, content-disposition, retry-after"));
    if *method != Method::HEAD {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    if let Some(n_bytes) = axum::body::HttpBody::size_hint(&body).exact() {
        parts.headers.insert(CONTENT_LENGTH, n_bytes.into());
    }
    Response::from_parts(parts, Body::empty())
}
