//! What every request has around it: a log span, numbers, an answer even where the code fails. And how answers are written.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::{Door, Engine, SystemEntropy, TraceId};
use futures::FutureExt;
use serde::Serialize;
use tracing::Instrument;
use utoipa::ToSchema;

use crate::error::ApiError;

/// One object, or a list of them without pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Data<T> {
    /// The object.
    pub(crate) data: T,
}

/// A successful answer, already JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    json: String,
}

impl Answer {
    /// Answers with `value` itself.
    pub(crate) fn bare(value: &impl Serialize) -> Result<Self, ApiError> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Self { status: StatusCode::OK, json }),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot write an answer");
                Err(ApiError::Internal)
            }
        }
    }

    /// Answers with `value` in the usual envelope.
    pub(crate) fn data(value: impl Serialize) -> Result<Self, ApiError> {
        Self::bare(&Data { data: value })
    }

    /// Answers with something that was made, in the usual envelope.
    pub(crate) fn created(value: impl Serialize) -> Result<Self, ApiError> {
        Ok(Self { status: StatusCode::CREATED, ..Self::data(value)? })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, [(CONTENT_TYPE, "application/json")], self.json).into_response()
    }
}

/// Wraps one request.
pub(crate) async fn frame(State(engine): State<Arc<Engine>>, request: Request, next: Next) -> Response {
    let begun = engine.now();
    let path = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    // Methods are the client's to invent; the numbers must not grow with them.
    let operation = match request.method().as_str() {
        method @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE") => format!("{method} {path}"),
        _ => "unknown".to_owned(),
    };
    // Randomness of its own, so that a request's log line does not depend on what the engine's gives.
    let trace_id = TraceId::random(&SystemEntropy);
    let span = tracing::info_span!("request", door = Door::Acrcloud.name(), operation, trace_id = %trace_id);
    let answered = async {
        let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
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
            "door" => Door::Acrcloud.name(), "operation" => operation.clone(), "status" => status.to_string()
        )
        .increment(1);
        metrics::histogram!(
            "phonoscope_request_seconds",
            "door" => Door::Acrcloud.name(), "operation" => operation.clone()
        )
        .record(elapsed.as_secs_f64());
        tracing::info!(status, duration_ms = elapsed.as_millis(), "answered {operation} with {status}");
        response
    };
    answered.instrument(span).await
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(not text)")
}
