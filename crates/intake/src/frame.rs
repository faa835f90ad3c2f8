//! What every request of a door has around it: a log span, numbers, and an answer even where the code fails.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use engine::{Door, Engine, SystemEntropy, TraceId};
use futures::FutureExt as _;
use tracing::Instrument as _;

/// Runs the rest of a door's router for one request; a panic becomes what `on_panic` answers.
pub async fn framed(
    engine: &Engine,
    door: Door,
    request: Request,
    next: Next,
    on_panic: impl FnOnce() -> Response + Send,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    // Methods are the client's to invent; the numbers must not grow with them.
    let operation = match request.method().as_str() {
        method @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE") => format!("{method} {path}"),
        _ => "unknown".to_owned(),
    };
    // Randomness of its own, so that a request's log line does not depend on what the engine's gives.
    let trace_id = TraceId::random(&SystemEntropy);
    observed(engine, door, operation, &trace_id, next.run(request), on_panic).await
}

/// Awaits the answer to one request of an operation: in a log span, counted and timed; a panic becomes what `on_panic` answers.
pub async fn observed(
    engine: &Engine,
    door: Door,
    operation: String,
    trace_id: &TraceId,
    answered: impl Future<Output = Response>,
    on_panic: impl FnOnce() -> Response + Send,
) -> Response {
    let begun = engine.now();
    let span = tracing::info_span!("request", door = door.name(), operation, trace_id = %trace_id);
    let answered = async {
        let response = match AssertUnwindSafe(answered).catch_unwind().await {
            Ok(response) => response,
            Err(panic) => {
                tracing::error!(panic = panic_message(panic.as_ref()), "request panicked");
                on_panic()
            }
        };
        let status = response.status().as_u16();
        let elapsed = engine.now().since(begun);
        metrics::counter!(
            "phonoscope_requests_total",
            "door" => door.name(), "operation" => operation.clone(), "status" => status.to_string()
        )
        .increment(1);
        metrics::histogram!("phonoscope_request_seconds", "door" => door.name(), "operation" => operation.clone())
            .record(elapsed.as_secs_f64());
        tracing::info!(status, duration_ms = elapsed.as_millis(), "answered {operation} with {status}");
        response
    };
    answered.instrument(span).await
}

/// Returns what a panic said.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(not text)")
}
