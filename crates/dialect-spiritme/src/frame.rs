//! What every request has around it: a log span, numbers, headers for browsers, an answer even where the code fails.

use std::any::Any;
use std::panic::AssertUnwindSafe;

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
use futures::FutureExt;
use serde_json::json;
use tracing::Instrument;

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
    let begun = engine.now();
    // Methods are the client's to invent; the numbers must not grow with them.
    let operation = match method.as_str() {
        method @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS") => format!("{method} {path}"),
        _ => "unknown".to_owned(),
    };
    // Randomness of its own, so that a request's log line does not depend on what the engine's gives.
    let trace_id = TraceId::random(&SystemEntropy);
    let span = tracing::info_span!("request", door = Door::Spiritme.name(), operation, trace_id = %trace_id);
    let answered = async {
        let response = match AssertUnwindSafe(answered).catch_unwind().await {
            Ok(response) => response,
            Err(panic) => {
                tracing::error!(panic = panic_message(panic.as_ref()), "request panicked");
                ApiError::Internal.into_response()
            }
        };
        let status = response.status().as_u16();
        let elapsed = engine.now().since(begun);
        metrics::counter!(
            "phonoscope_requests_total",
            "door" => Door::Spiritme.name(), "operation" => operation.clone(), "status" => status.to_string()
        )
        .increment(1);
        metrics::histogram!(
            "phonoscope_request_seconds",
            "door" => Door::Spiritme.name(), "operation" => operation.clone()
        )
        .record(elapsed.as_secs_f64());
        tracing::info!(status, duration_ms = elapsed.as_millis(), "answered {operation} with {status}");
        response
    };
    let response = answered.instrument(span).await;
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

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(not text)")
}
