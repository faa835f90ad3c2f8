//! What every request has around it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use engine::{Door, Engine};

use crate::error::Problem;

/// Wraps one request.
pub(crate) async fn frame(State(engine): State<Arc<Engine>>, request: Request, next: Next) -> Response {
    intake::framed(&engine, Door::Phonoscope, request, next, || Problem::internal().into_response()).await
}
