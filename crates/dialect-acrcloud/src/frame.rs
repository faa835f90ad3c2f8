//! What every request has around it: a log span, numbers, an answer even where the code fails. And how answers are written.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::{Door, Engine};
use serde::Serialize;
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
    intake::framed(&engine, Door::Acrcloud, request, next, || ApiError::Internal.into_response()).await
}
