//! `/webhooks/{id}/deliveries`, an extension: what was posted to a webhook, and sending it again. At the vendor, its console does that.

use axum::response::Response;
use engine::film::{Attempt, Delivery, DeliveryId, DeliveryState, Webhook};
use engine::{Door, Page};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::{Call, Query};
use crate::error::{ApiError, ErrorTable, missing};
use crate::frame::ok;
use crate::path::At;
use crate::webhooks::{event_name, find};

/// Deliveries that are listed without a limit, and most of them that are.
const N_LISTED: i64 = 100;
const N_LISTED_MAX: i64 = 1000;
/// Deliveries that are sent again at once; our choice.
const N_RESENT_MAX: usize = 1000;

/// Something that was or is to be posted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryRow {
    /// The header `x-phonoscope-delivery` has it.
    #[schema(example = "65f1c0ffee0123456789abd1")]
    id: String,
    /// `video.ready` or `video.failed`.
    #[schema(value_type = String)]
    event: &'static str,
    video_id: String,
    /// `pending`, `delivered`, `failed`, or `dropped` (the webhook was not active).
    #[schema(value_type = String)]
    state: &'static str,
    url: String,
    /// What was posted, once it was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    attempts: Vec<AttemptRow>,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
    created_at: String,
}

/// One try to post.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptRow {
    at: String,
    duration_ms: u64,
    /// What the receiver answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<&Attempt> for AttemptRow {
    fn from(attempt: &Attempt) -> Self {
        Self {
            at: attempt.at.to_string(),
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            error: attempt.error.clone(),
        }
    }
}

impl From<&Delivery> for DeliveryRow {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            event: event_name(delivery.event).unwrap_or_default(),
            video_id: delivery.film_id.to_string(),
            state: delivery.state.name(),
            url: delivery.url.clone(),
            body: delivery.body.clone(),
            attempts: delivery.attempts.iter().map(AttemptRow::from).collect(),
            next_at: delivery.next_at.map(|at| at.to_string()),
            created_at: delivery.created_at.to_string(),
        }
    }
}

/// Extension: lists what was posted to a webhook, newest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{webhook_id}/deliveries", operation_id = "houroneDeliveries", tag = "extensions",
    params(
        ("webhook_id" = String, Path, description = "The webhook"),
        ("limit" = Option<i64>, Query, description = "Rows at most, 100 if not given"),
        ("offset" = Option<i64>, Query, description = "Rows to pass over")
    ),
    responses((status = 200, description = "The deliveries", body = Vec<DeliveryRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn list(call: Call, At(id): At<String>, query: Query) -> Result<Response, ApiError> {
    let (limit, offset) = query.read(|query| {
        let limit = query.integer("limit", 0..=N_LISTED_MAX).unwrap_or(N_LISTED);
        (limit, query.integer("offset", 0..=i64::from(i32::MAX)).unwrap_or(0))
    })?;
    let webhook = find(&call, id).await?;
    let page =
        Page { limit: u32::try_from(limit).unwrap_or(u32::MAX), offset: u32::try_from(offset).unwrap_or(u32::MAX) };
    let deliveries = call.engine.deliveries(call.account(), Some(&webhook.id), page).await?;
    ok(&deliveries.iter().map(DeliveryRow::from).collect::<Vec<_>>())
}

/// Extension: sends a past event again; an inactive webhook is pending until that has gone one way or the other.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
    operation_id = "houroneResendDelivery", tag = "extensions",
    params(
        ("webhook_id" = String, Path, description = "The webhook"),
        ("delivery_id" = String, Path, description = "The delivery")
    ),
    responses((status = 200, description = "The delivery, to be sent again", body = DeliveryRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn resend(call: Call, At((id, delivery_id)): At<(String, String)>) -> Result<Response, ApiError> {
    let webhook = find(&call, id).await?;
    let delivery_id = DeliveryId::from_text(delivery_id);
    let found = call.engine.delivery(call.account(), Door::Hourone, &delivery_id).await;
    let found = found.map_err(missing("Delivery"))?;
    if found.webhook_id.as_ref() != Some(&webhook.id) {
        return Err(ApiError::not_found("Delivery"));
    }
    let resent = call.engine.resend(call.account(), Door::Hourone, &delivery_id).await.map_err(missing("Delivery"))?;
    ok(&DeliveryRow::from(&resent))
}

/// Extension: sends all events again that could not be delivered, the newest first.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{webhook_id}/deliveries/resend",
    operation_id = "houroneResendDeliveries", tag = "extensions",
    params(("webhook_id" = String, Path, description = "The webhook")),
    responses((status = 200, description = "The deliveries, to be sent again", body = Vec<DeliveryRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn resend_failed(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    let webhook = find(&call, id).await?;
    let mut resent = Vec::new();
    for delivery in failed(&call, &webhook).await? {
        resent.push(call.engine.resend(call.account(), Door::Hourone, &delivery.id).await?);
    }
    ok(&resent.iter().map(DeliveryRow::from).collect::<Vec<_>>())
}

async fn failed(call: &Call, webhook: &Webhook) -> Result<Vec<Delivery>, ApiError> {
    let mut failed = Vec::new();
    let mut page = Page { limit: N_LISTED as u32, offset: 0 };
    loop {
        let rows = call.engine.deliveries(call.account(), Some(&webhook.id), page).await?;
        let is_last = rows.len() < page.limit as usize;
        failed.extend(rows.into_iter().filter(|delivery| delivery.state == DeliveryState::Failed));
        if is_last || failed.len() >= N_RESENT_MAX {
            failed.truncate(N_RESENT_MAX);
            return Ok(failed);
        }
        page.offset += page.limit;
    }
}
