//! `/auth`: keys for a token, and whether a token is still good.

use std::sync::Arc;

use axum::extract::State;
use engine::{AuthFailure, Engine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::{API, Call};
use crate::error::{ApiError, ErrorTable, Result, TokenErrors};
use crate::frame::{Answer, Data};
use crate::read::Node;
use crate::time::iso;

/// What an account's keys are.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
#[expect(non_snake_case, reason = "the vendor's names")]
pub(crate) struct Keys {
    #[schema(example = "studiov3.me@example.org")]
    appId: String,
    #[schema(example = "3f1c4f0e-5f0b-4f57-9d3c-0b8f6f0c9a11")]
    userKey: String,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Token {
    /// To be sent in the header `Authorization`, as it is.
    token: String,
    /// When it stops being good.
    #[serde(rename = "expiresAt")]
    #[schema(example = "2026-01-03T03:04:05.678Z")]
    expires_at: String,
}

/// Whether the caller was let in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authenticated {
    /// Always true; without a good token the answer is 401.
    #[serde(rename = "isAuthenticated")]
    #[schema(example = true)]
    is_authenticated: bool,
}

/// Gives a token for an account's keys. It is good for 24 hours, and earlier ones stay good.
#[utoipa::path(
    post, path = "/api/odin/v3/auth/token", operation_id = "aistudiosToken", tag = "auth",
    request_body(content = Keys),
    responses((status = 200, description = "A token", body = Data<Token>), TokenErrors)
)]
pub(crate) async fn token(State(engine): State<Arc<Engine>>, Body(body): Body) -> Result<Answer> {
    let root = Node::root(&body);
    let (app_id, user_key) = (root.required_text(&["appId"])?, root.required_text(&["userKey"])?);
    let issued = engine.issue_day_token(app_id.trim(), user_key.trim(), API).await;
    let token = issued.map_err(|error| match error {
        engine::Error::Auth(AuthFailure::Unknown | AuthFailure::Expired | AuthFailure::WrongDoor) => {
            ApiError::WrongKeys
        }
        other => other.into(),
    })?;
    Answer::data(Token { token: token.token.expose().to_owned(), expires_at: iso(token.expires_at) })
}

/// Tells whether a token is good.
#[utoipa::path(
    get, path = "/api/odin/v3/auth", operation_id = "aistudiosAuth", tag = "auth",
    responses((status = 200, description = "It is", body = Data<Authenticated>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn check(_: Call) -> Result<Answer> {
    Answer::data(Authenticated { is_authenticated: true })
}
