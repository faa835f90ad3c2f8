//! Webhooks, which are named by single videos: no operation makes or lists them.

use engine::Door;
use engine::film::{FilmEvent, Webhook, WebhookChange};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::call::Call;
use crate::error::ApiError;
use crate::fields::{Given, Need, Object};
use crate::problems::{Path, Problems};
use crate::references::no_such_id;
use crate::time::iso;
use crate::words::sentence;

/// Longest address, in characters.
const URL_CHARS_MAX: usize = 2048;
const NO_URL: &str = "Enter a valid URL.";

/// An address that hears how a video ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WebhookNested {
    #[schema(example = 3)]
    pub(crate) id: i64,
    /// Created datetime
    #[schema(format = DateTime)]
    pub(crate) cd: String,
    #[schema(format = "uri", example = "https://hooks.example.org/done")]
    pub(crate) url: String,
}

/// Who is to hear how a video ends: an address, or the id of an earlier one.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct WebhookNestedRequest {
    /// Required unless there is an `id`.
    #[schema(nullable = false, format = "uri", example = "https://hooks.example.org/done")]
    url: Option<String>,
    /// A webhook of an earlier video.
    #[schema(nullable = false)]
    id: Option<i64>,
}

impl WebhookNested {
    fn new(webhook: &Webhook) -> Self {
        Self { id: webhook.number, cd: iso(webhook.created_at), url: webhook.url.clone() }
    }
}

/// What a body says about its webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WebhookGiven {
    Url(String),
    Id(i64),
}

/// Reads the member `webhook`.
///
/// Our choice, since nobody public shows what can be written: `url`, or without one the `id` of an earlier webhook.
pub(crate) fn read(body: &Object<'_>, problems: &mut Problems) -> Given<WebhookGiven> {
    let webhook = match body.object(problems, "webhook", Need::Nullable) {
        Given::Is(webhook) => webhook,
        Given::Null => return Given::Null,
        Given::Absent => return Given::Absent,
    };
    if webhook.has("id") && !webhook.has("url") {
        return webhook
            .integer(problems, "id", Need::Required)
            .value()
            .map_or(Given::Absent, |id| Given::Is(WebhookGiven::Id(id)));
    }
    let Some(url) = webhook.text(problems, "url", Need::Required, URL_CHARS_MAX).value() else { return Given::Absent };
    let is_url = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_url {
        problems.add(&webhook.path.member("url"), NO_URL);
        return Given::Absent;
    }
    Given::Is(WebhookGiven::Url(url))
}

/// Finds or makes the webhook that a body names.
pub(crate) async fn resolve(call: &Call, given: WebhookGiven) -> Result<WebhookNested, ApiError> {
    let path = Path::default().member("webhook");
    let blame = |member: &str, message: String| {
        let mut problems = Problems::default();
        problems.add(&path.member(member), message);
        ApiError::Invalid(problems)
    };
    let found = match given {
        WebhookGiven::Id(id) => match call.engine.numbered_webhook(call.account(), Door::Spiritme, id).await {
            Err(engine::Error::NotFound { .. }) => return Err(blame("id", no_such_id(id))),
            other => other,
        },
        WebhookGiven::Url(url) => {
            let none: Vec<FilmEvent> = Vec::new();
            let change = WebhookChange { url: Some(url), events: Some(none), ..WebhookChange::default() };
            match call.engine.create_webhook(&call.caller, Door::Spiritme, change).await {
                Err(engine::Error::Invalid { reason, .. }) => return Err(blame("url", sentence(&reason))),
                other => other,
            }
        }
    };
    Ok(WebhookNested::new(&found?))
}
