//! What is posted when a video ends.

use std::time::Duration;

use async_trait::async_trait;
use engine::Engine;
use engine::film::{Announcer, DeliveryPolicy, Film, FilmEvent, FilmKind, Message, Webhook};

use crate::error::ApiError;
use crate::{batch_videos, videos};

/// The pauses before it is tried again. Our choice, as everything about webhooks here: the vendor shows only the object.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
];

/// Makes what words this API's webhooks: the object exactly as a GET of its id shows it.
pub fn announcer() -> impl Announcer + 'static {
    Words
}

struct Words;

#[async_trait]
impl Announcer for Words {
    fn policy(&self) -> DeliveryPolicy {
        DeliveryPolicy { pauses: &PAUSES, disable_after: 0 }
    }

    async fn message(
        &self,
        engine: &Engine,
        film: &Film,
        event: FilmEvent,
        _: Option<&Webhook>,
    ) -> engine::Result<Option<Message>> {
        if event == FilmEvent::Progress {
            return Ok(None);
        }
        let body = match film.kind {
            FilmKind::Video => json_of(videos::shown(engine, &film.account_id, std::slice::from_ref(film)).await)?,
            FilmKind::BatchVideo => {
                json_of(batch_videos::shown(engine, &film.account_id, std::slice::from_ref(film)).await)?
            }
            FilmKind::Draft => None,
        };
        Ok(body.map(|body| Message { body, signature_header: None }))
    }
}

/// Writes the one row. What cannot be read now is tried again later.
fn json_of<T: serde::Serialize>(shown: Result<Vec<T>, ApiError>) -> engine::Result<Option<String>> {
    let unreadable = |reason: String| engine::Error::from(engine::StoreError::new("show a video", reason));
    let rows = shown.map_err(|error| unreadable(format!("{error:?}")))?;
    let row = rows.into_iter().next();
    row.map(|row| serde_json::to_string(&row).map_err(|error| unreadable(error.to_string()))).transpose()
}
