//! What every request has around it: a trace id, a log span, numbers, and one place that writes answers.
//!
//! Handlers leave a [`Reply`] in the response's extensions; the frame writes it, because only the frame knows the trace
//! id and the format. A panic becomes the same answer as any other failure of ours.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::{Door, Engine, SystemEntropy, TraceId};
use serde::Serialize;

use crate::api::Api;
use crate::error::{ApiError, ErrorBody};

/// A successful answer, already JSON.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    /// Writes `value` as the answer.
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, ApiError> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Self(json)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot write an answer");
                Err(ApiError::Internal)
            }
        }
    }
}

/// What the frame is to write.
#[derive(Debug, Clone)]
enum Reply {
    Done(String),
    Refused(ApiError),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(Reply::Done(self.0));
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.row().status.into_response();
        response.extensions_mut().insert(Reply::Refused(self));
        response
    }
}

/// How the answer is written down.
///
/// Vendor quirk: `accept` is documented and has one value, so nothing is ever "not acceptable".
/// Our choice: a caller that asks for NDJSON, as it may of sibling services, gets the one object on a line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Ndjson,
}

impl Format {
    fn wanted(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(ACCEPT).iter();
        let is_ndjson = values.any(|value| {
            let text = value.to_str().unwrap_or_default();
            text.to_ascii_lowercase().contains("application/x-ndjson")
        });
        if is_ndjson { Self::Ndjson } else { Self::Json }
    }

    fn write(self, mut response: Response, mut json: String) -> Response {
        let content_type = match self {
            Self::Json => "application/json",
            Self::Ndjson => {
                json.push('\n');
                "application/x-ndjson"
            }
        };
        let content_type = HeaderValue::from_static(content_type);
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        *response.body_mut() = json.into();
        response
    }
}

/// Wraps one request.
pub(crate) async fn frame(State(engine): State<Arc<Engine>>, mut request: Request, next: Next) -> Response {
    let trace_id = TraceId::random(engine.entropy());
    let format = Format::wanted(request.headers());
    let operation = Api::of_path(request.uri().path()).map_or("unknown", Api::name);
    request.extensions_mut().insert(trace_id.clone());
    let on_panic = || ApiError::Internal.into_response();
    let answered = next.run(request);
    let response = intake::observed(&engine, Door::Producer, operation.to_owned(), &trace_id, answered, on_panic).await;
    write_reply(response, format, &trace_id)
}

fn write_reply(mut response: Response, format: Format, trace_id: &TraceId) -> Response {
    match response.extensions_mut().remove::<Reply>() {
        Some(Reply::Done(json)) => format.write(response, json),
        Some(Reply::Refused(error)) => {
            if let ApiError::TooManyRequests { retry_after } = error {
                response.headers_mut().insert(RETRY_AFTER, intake::retry_after_seconds(retry_after).into());
            }
            format.write(response, error_json(&error, trace_id))
        }
        None => response,
    }
}

fn error_json(error: &ApiError, trace_id: &TraceId) -> String {
    let body = ErrorBody::new(error, trace_id.as_str());
    // Four strings cannot fail to serialize.
    serde_json::to_string(&body).unwrap_or_default()
}

/// Answers a request outside every API in this API's words, for the binary's own fallback.
pub fn no_api_response() -> Response {
    let trace_id = TraceId::random(&SystemEntropy);
    tracing::debug!(trace_id = %trace_id, "no such path");
    let response = ApiError::NoApi.into_response();
    let mut response = write_reply(response, Format::Json, &trace_id);
    let any_origin = HeaderValue::from_static("*");
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, any_origin);
    response
}
