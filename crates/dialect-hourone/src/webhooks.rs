//! `/webhooks`: who wants to hear that videos are ready, or failed.

use axum::http::StatusCode;
use axum::response::Response;
use engine::film::{FilmEvent, Webhook, WebhookChange, WebhookId, WebhookState};
use engine::{Door, Engine, Page};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::Call;
use crate::error::{ApiError, ErrorTable};
use crate::fields::{Item, Length, Object, SHORT};
use crate::frame::{created, ok};
use crate::path::At;

/// Webhooks that are listed; more than an account may have.
const ALL: Page = Page { limit: 1000, offset: 0 };
/// Longest description, in characters.
const DESCRIPTION: Length = 0..=1000;
/// The events as webhooks subscribe to them.
const EVENTS: [&str; 2] = ["video.ready", "video.failed"];
/// Events of one webhook in a request; they may be named more than once.
const N_EVENTS_MAX: usize = 20;
/// The styles of event names in deliveries, an extension: the vendor's pages disagree.
pub(crate) const STYLES: [&str; 2] = [UNDERSCORED, DOTTED];
/// `video_ready`
pub(crate) const UNDERSCORED: &str = "underscore";
/// `video.ready`
pub(crate) const DOTTED: &str = "dot";

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookRow {
    #[schema(example = "65f1c0ffee0123456789abd0")]
    id: String,
    name: String,
    description: String,
    #[schema(example = "2026-01-02T03:04:05.678000Z")]
    created_at: String,
    #[schema(example = "2026-01-02T03:04:05.678000Z")]
    updated_at: String,
    /// `active`, `inactive` (it failed too often), `paused`, or `pending` (it was inactive, and a past event is being sent again).
    #[schema(value_type = String)]
    status: &'static str,
    #[schema(value_type = Vec<String>, example = json!(["video.ready", "video.failed"]))]
    events: Vec<&'static str>,
    url: String,
    /// The key of the signature in `x-hourone-signature`, the hex HMAC-SHA256 of the raw body.
    signing_secret: String,
}

impl WebhookRow {
    fn new(engine: &Engine, webhook: &Webhook) -> Self {
        let secret = engine.webhook_secret(webhook);
        Self {
            id: webhook.id.to_string(),
            name: webhook.name.clone(),
            description: webhook.description.clone(),
            created_at: webhook.created_at.to_string(),
            updated_at: webhook.updated_at.to_string(),
            status: webhook.state.name(),
            events: webhook.events.iter().filter_map(|event| event_name(*event)).collect(),
            url: webhook.url.clone(),
            signing_secret: secret.map(|secret| secret.expose().to_owned()).unwrap_or_default(),
        }
    }
}

/// The vendor's name of an event that webhooks are told of.
pub(crate) fn event_name(event: FilmEvent) -> Option<&'static str> {
    match event {
        FilmEvent::Done => Some("video.ready"),
        FilmEvent::Failed => Some("video.failed"),
        FilmEvent::Progress => None,
    }
}

/// A webhook to make.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct NewWebhook {
    #[schema(example = "shop")]
    name: String,
    #[schema(example = "https://shop.example/hooks/video")]
    url: String,
    /// `video.ready`, `video.failed`.
    #[schema(example = json!(["video.ready", "video.failed"]))]
    events: Vec<String>,
    description: Option<String>,
    /// Extension: how deliveries write events, `underscore` (`video_ready`, the default) or `dot` (`video.ready`).
    event_name_style: Option<String>,
}

/// What to change of a webhook; what is not sent stays.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct WebhookChangeBody {
    name: Option<String>,
    url: Option<String>,
    events: Option<Vec<String>>,
    description: Option<String>,
    /// Extension: `underscore` or `dot`.
    event_name_style: Option<String>,
}

/// Reads what a caller says.
fn read(body: &Object<'_>) -> WebhookChange {
    WebhookChange {
        name: body.text("name", SHORT),
        url: body.url("url"),
        events: body.list("events", 1..=N_EVENTS_MAX).map(|items| read_events(&items)),
        description: body.text("description", DESCRIPTION),
        style: body.choice("event_name_style", &STYLES).map(str::to_owned),
        state: None,
    }
}

fn read_events(items: &[Item<'_>]) -> Vec<FilmEvent> {
    let mut events = Vec::new();
    for name in items.iter().filter_map(|item| item.choice(&EVENTS)) {
        let event = if name.ends_with("ready") { FilmEvent::Done } else { FilmEvent::Failed };
        if !events.contains(&event) {
            events.push(event);
        }
    }
    events
}

/// Lists webhooks, oldest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks", operation_id = "houroneWebhooks", tag = "webhooks",
    responses((status = 200, description = "The webhooks", body = Vec<WebhookRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn list(call: Call) -> Result<Response, ApiError> {
    let listed = call.engine.webhooks(call.account(), Door::Hourone, ALL).await?;
    ok(&listed.rows.iter().map(|webhook| WebhookRow::new(&call.engine, webhook)).collect::<Vec<_>>())
}

/// Makes a webhook with a secret.
#[utoipa::path(
    post, path = "/api/v1/webhooks", operation_id = "houroneCreateWebhook", tag = "webhooks",
    request_body(content = NewWebhook),
    responses((status = 201, description = "The webhook", body = WebhookRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create(call: Call, body: Body) -> Result<Response, ApiError> {
    let given = body.read(|body| {
        for name in ["name", "url", "events"] {
            body.require(name);
        }
        read(body)
    })?;
    let webhook = call.engine.create_webhook(&call.caller, Door::Hourone, given).await?;
    created(&WebhookRow::new(&call.engine, &webhook), &[])
}

/// Finds a webhook.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{webhook_id}", operation_id = "houroneWebhook", tag = "webhooks",
    params(("webhook_id" = String, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = WebhookRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn get(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    ok(&WebhookRow::new(&call.engine, &find(&call, id).await?))
}

/// Changes a webhook; what is not sent stays.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{webhook_id}", operation_id = "houroneUpdateWebhook", tag = "webhooks",
    params(("webhook_id" = String, Path, description = "The webhook")),
    request_body(content = WebhookChangeBody),
    responses((status = 200, description = "The webhook", body = WebhookRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn update(call: Call, At(id): At<String>, body: Body) -> Result<Response, ApiError> {
    let change = body.read(read)?;
    answer_changed(&call, id, change).await
}

async fn answer_changed(call: &Call, id: String, change: WebhookChange) -> Result<Response, ApiError> {
    let id = WebhookId::from_text(id);
    let changed = call.engine.change_webhook(call.account(), Door::Hourone, &id, change).await?;
    ok(&WebhookRow::new(&call.engine, &changed))
}

/// Removes a webhook.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{webhook_id}", operation_id = "houroneDeleteWebhook", tag = "webhooks",
    params(("webhook_id" = String, Path, description = "The webhook")),
    responses((status = 204, description = "It is gone"), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn delete(call: Call, At(id): At<String>) -> Result<StatusCode, ApiError> {
    call.engine.delete_webhook(call.account(), Door::Hourone, &WebhookId::from_text(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook a new secret.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{webhook_id}/secret", operation_id = "houroneRotateWebhookSecret", tag = "webhooks",
    params(("webhook_id" = String, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook with its new secret", body = WebhookRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn secret(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    let id = WebhookId::from_text(id);
    let changed = call.engine.rotate_webhook_secret(call.account(), Door::Hourone, &id).await?;
    ok(&WebhookRow::new(&call.engine, &changed))
}

/// Pauses a webhook, or has a paused one go on.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{webhook_id}/pause", operation_id = "houronePauseWebhook", tag = "webhooks",
    params(("webhook_id" = String, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = WebhookRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn pause(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    toggle(&call, id, WebhookState::Paused).await
}

/// Switches a webhook off, or on again.
#[utoipa::path(
    put, path = "/api/v1/webhooks/{webhook_id}/toggle-status", operation_id = "houroneToggleWebhook", tag = "webhooks",
    params(("webhook_id" = String, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = WebhookRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn toggle_status(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    toggle(&call, id, WebhookState::Inactive).await
}

/// Brings a webhook into a state, or back to work if it is there. Our choice: whatever else it is, it gets into that state.
async fn toggle(call: &Call, id: String, state: WebhookState) -> Result<Response, ApiError> {
    let webhook = find(call, id.clone()).await?;
    let state = if webhook.state == state { WebhookState::Active } else { state };
    answer_changed(call, id, WebhookChange { state: Some(state), ..WebhookChange::default() }).await
}

/// Finds a webhook of the caller's.
pub(crate) async fn find(call: &Call, id: String) -> Result<Webhook, ApiError> {
    Ok(call.engine.webhook(call.account(), Door::Hourone, &WebhookId::from_text(id)).await?)
}
