//! The log of what was posted to webhooks, of all doors of the account.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use engine::Timestamp;
use engine::film::{Attempt, Delivery, DeliveryId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::Call;
use crate::error::Problem;
use crate::page::Stretch;

/// Something that was or is to be posted.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryRow {
    id: String,
    /// The door whose words are used.
    door: &'static str,
    /// The video that it is about.
    video_id: String,
    /// `progress`, `done` or `failed`.
    event: &'static str,
    webhook_id: Option<String>,
    url: String,
    /// `pending`, `delivered`, `failed` or `dropped`.
    state: &'static str,
    body: Option<String>,
    attempts: Vec<AttemptRow>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// One try to post.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttemptRow {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    duration_ms: u64,
    /// The receiver's status, if it answered.
    status: Option<u16>,
    error: Option<String>,
}

impl From<Attempt> for AttemptRow {
    fn from(attempt: Attempt) -> Self {
        Self { at: attempt.at, duration_ms: attempt.duration_ms, status: attempt.status, error: attempt.error }
    }
}

impl From<Delivery> for DeliveryRow {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            door: delivery.door.name(),
            video_id: delivery.film_id.to_string(),
            event: delivery.event.name(),
            webhook_id: delivery.webhook_id.map(|id| id.to_string()),
            url: delivery.url,
            state: delivery.state.name(),
            body: delivery.body,
            attempts: delivery.attempts.into_iter().map(AttemptRow::from).collect(),
            next_at: delivery.next_at,
            created_at: delivery.created_at,
        }
    }
}

/// Lists deliveries, newest first.
#[utoipa::path(
    get,
    path = "/phonoscope/v1/deliveries",
    tag = "deliveries",
    params(Stretch),
    responses((status = 200, body = Vec<DeliveryRow>), (status = 400, body = Problem), (status = 401, body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn list(
    call: Call,
    stretch: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<Vec<DeliveryRow>>, Problem> {
    let page = Stretch::page(stretch)?;
    let found = call.engine.deliveries(call.account(), None, page).await?;
    Ok(Json(found.into_iter().map(DeliveryRow::from).collect()))
}

/// Sends a past delivery again.
#[utoipa::path(
    post,
    path = "/phonoscope/v1/deliveries/{id}/resend",
    tag = "deliveries",
    params(("id" = String, Path, description = "The delivery")),
    responses(
        (status = 200, body = DeliveryRow), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It is still to be tried", body = Problem)
    ),
    security(("bearer" = []))
)]
pub(crate) async fn resend(call: Call, Path(id): Path<String>) -> Result<Json<DeliveryRow>, Problem> {
    let id = DeliveryId::from_text(id);
    let found = call.engine.any_delivery(call.account(), &id).await?;
    let delivery = call.engine.resend(call.account(), found.door, &id).await?;
    Ok(Json(delivery.into()))
}
