//! What is posted to webhooks.

use std::time::Duration;

use async_trait::async_trait;
use engine::Engine;
use engine::film::{Announcer, DeliveryPolicy, Film, FilmEvent, Message, Webhook};
use serde::Serialize;

use crate::webhooks::DOTTED;

/// The pauses between five attempts; our choice, the vendor's are not published.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(15), Duration::from_secs(60), Duration::from_secs(300), Duration::from_secs(1800)];
/// Events in a row that could not be delivered, after which a webhook is inactive; our choice.
const DISABLE_AFTER: i64 = 5;
/// The header with the hex HMAC-SHA256 of the body.
const SIGNATURE_HEADER: &str = "x-hourone-signature";

/// The body of a delivery.
#[derive(Debug, Serialize)]
struct Notice<'a> {
    event_name: &'static str,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    id: &'a str,
    req_id: &'a str,
    draft_id: &'a str,
    status: &'static str,
}

struct HouroneAnnouncer;

/// Words this door's webhooks.
pub fn announcer() -> impl Announcer + 'static {
    HouroneAnnouncer
}

#[async_trait]
impl Announcer for HouroneAnnouncer {
    fn policy(&self) -> DeliveryPolicy {
        DeliveryPolicy { pauses: &PAUSES, disable_after: DISABLE_AFTER }
    }

    async fn message(
        &self,
        _: &Engine,
        film: &Film,
        event: FilmEvent,
        webhook: Option<&Webhook>,
    ) -> engine::Result<Option<Message>> {
        let is_dotted = webhook.is_some_and(|webhook| webhook.style == DOTTED);
        let (event_name, status) = match (event, is_dotted) {
            (FilmEvent::Progress, _) => return Ok(None),
            (FilmEvent::Done, false) => ("video_ready", "ready"),
            (FilmEvent::Done, true) => ("video.ready", "ready"),
            (FilmEvent::Failed, false) => ("video_failed", "failed"),
            (FilmEvent::Failed, true) => ("video.failed", "failed"),
        };
        let data =
            Data { id: film.id.as_str(), req_id: &film.origin.request_id, draft_id: &film.origin.draft_id, status };
        // Texts cannot fail to serialize.
        let body = serde_json::to_string(&Notice { event_name, data }).unwrap_or_default();
        Ok(Some(Message { body, signature_header: Some(SIGNATURE_HEADER) }))
    }
}
