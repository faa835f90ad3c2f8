//! What every request has around it: a log span, numbers, an answer even where the code fails. And how answers are written.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::{Door, Engine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Result};

/// The envelope of every success.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Data<T> {
    /// Always true.
    #[schema(example = true)]
    pub(crate) success: bool,
    /// What was asked for.
    pub(crate) data: T,
}

/// A successful answer, already JSON. Always 200: the vendor's own Python samples take nothing else for a success.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    /// Answers with `data` in the usual envelope.
    pub(crate) fn data(data: impl Serialize) -> Result<Self> {
        Self::bare(&Data { success: true, data })
    }

    /// Answers with `value` itself.
    pub(crate) fn bare(value: &impl Serialize) -> Result<Self> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Self(json)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot write an answer");
                Err(ApiError::Internal)
            }
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// Wraps one request.
pub(crate) async fn frame(State(engine): State<Arc<Engine>>, request: Request, next: Next) -> Response {
    intake::framed(&engine, Door::Aistudios, request, next, || ApiError::Internal.into_response()).await
}
