//! What is posted to the `webhookUrl` of a project: progress again and again, and how it ended.

use std::time::Duration;

use async_trait::async_trait;
use engine::Engine;
use engine::film::{Announcer, DeliveryPolicy, Film, FilmEvent, Message, Webhook};
use serde::Serialize;

use crate::error::ErrorDetail;
use crate::projects::progress::failure_of;
use crate::projects::state_word;

/// The pauses between attempts; our choice: a day is enough for a receiver to come back.
const PAUSES: &[Duration] = &[
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(6 * 3600),
    Duration::from_secs(16 * 3600),
];

/// The body of a webhook. `projectId`, `state` and `error` are our own additions: the vendor's has no project and knows no failure.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Post {
    /// 0 to 100.
    progress: i64,
    /// What the video cost; at 100 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<i64>,
    backend_task_id: String,
    /// The file; at 100 only.
    #[serde(rename = "download_url", skip_serializing_if = "Option::is_none")]
    download_url: Option<String>,
    project_id: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDetail>,
}

struct Words;

/// Returns how this door words what it posts.
pub fn announcer() -> impl Announcer + 'static {
    Words
}

#[async_trait]
impl Announcer for Words {
    fn policy(&self) -> DeliveryPolicy {
        DeliveryPolicy { pauses: PAUSES, disable_after: 0 }
    }

    fn tells_progress(&self) -> bool {
        true
    }

    async fn message(
        &self,
        engine: &Engine,
        film: &Film,
        event: FilmEvent,
        _: Option<&Webhook>,
    ) -> engine::Result<Option<Message>> {
        Ok(post_of(engine, film, event).and_then(|post| {
            // Numbers and texts cannot fail to serialize.
            let body = serde_json::to_string(&post).ok()?;
            Some(Message { body, signature_header: None })
        }))
    }
}

/// Words an event. Progress that is told late is not told: the end says more.
fn post_of(engine: &Engine, film: &Film, event: FilmEvent) -> Option<Post> {
    let progress = film.progress.clamp(0, 99);
    let post = Post {
        progress,
        credit: None,
        backend_task_id: film.id.to_string(),
        download_url: None,
        project_id: film.id.to_string(),
        state: state_word(film.state),
        error: None,
    };
    match event {
        FilmEvent::Progress if film.state.is_under_way() => Some(post),
        FilmEvent::Progress => None,
        FilmEvent::Done => {
            let download_url = Some(engine.film_url(film, "mp4")?);
            Some(Post { progress: 100, credit: Some(film.credits), download_url, ..post })
        }
        FilmEvent::Failed => Some(Post { error: Some(failure_of(film).body().error), ..post }),
    }
}
