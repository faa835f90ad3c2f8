//! How the ends of films are told to webhooks.

use std::time::Duration;

use async_trait::async_trait;
use engine::Engine;
use engine::film::{Announcer, DeliveryPolicy, Film, FilmEvent, Message, Webhook};
use serde::Serialize;

/// Returns how this API words what it posts.
pub fn announcer() -> impl Announcer + 'static {
    Words
}

struct Words;

/// What is posted when a film of a batch ends.
#[derive(Serialize)]
struct Ended<'a> {
    event: &'static str,
    id: &'a str,
    batch_id: Option<&'a str>,
    /// The row's place in its table, from 1.
    row: Option<i64>,
    name: &'a str,
    video_url: Option<String>,
    poster_url: Option<String>,
    duration_ms: Option<u64>,
    error: Option<&'a str>,
}

#[async_trait]
impl Announcer for Words {
    fn policy(&self) -> DeliveryPolicy {
        const PAUSES: &[Duration] = &[
            Duration::from_secs(10),
            Duration::from_secs(60),
            Duration::from_secs(300),
            Duration::from_secs(1800),
            Duration::from_secs(7200),
        ];
        DeliveryPolicy { pauses: PAUSES, disable_after: 0 }
    }

    async fn message(
        &self,
        engine: &Engine,
        film: &Film,
        event: FilmEvent,
        _: Option<&Webhook>,
    ) -> engine::Result<Option<Message>> {
        let ended = Ended {
            event: if event == FilmEvent::Done { "video.done" } else { "video.failed" },
            id: film.id.as_str(),
            batch_id: film.batch_id.as_ref().map(|id| id.as_str()),
            row: film.origin.correlation_id.parse().ok(),
            name: &film.name,
            video_url: engine.film_url(film, "mp4"),
            poster_url: engine.film_url(film, "jpg"),
            duration_ms: film.product.as_ref().map(|product| product.duration_ms),
            error: film.failure.as_ref().map(|failure| failure.message.as_str()),
        };
        let body = serde_json::to_string(&ended).map_err(|error| engine::StoreError::new("write a message", error))?;
        Ok(Some(Message { body, signature_header: None }))
    }
}
