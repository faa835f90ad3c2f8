//! A video as clients see it.

use engine::Engine;
use engine::film::{Film, FilmState};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::document::Document;

/// How far a video is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Only a draft.
    NotStarted,
    /// Accepted, and waiting for its turn.
    Started,
    /// Being rendered.
    Processing,
    /// To be watched and downloaded.
    Ready,
    /// It could not be rendered.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl From<FilmState> for Status {
    fn from(state: FilmState) -> Self {
        match state {
            FilmState::Draft => Self::NotStarted,
            FilmState::Queued => Self::Started,
            FilmState::Running => Self::Processing,
            FilmState::Done => Self::Ready,
            FilmState::Failed => Self::Failed,
            FilmState::Cancelled => Self::Cancelled,
        }
    }
}

/// A video. What does not apply is left out, never null: the vendor's schema knows no null.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Video {
    #[schema(example = "65f1c0ffee0123456789abcd")]
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    status: Status,
    /// 0 to 100, and 100 only when ready; -1 for what failed or was cancelled.
    #[schema(minimum = -1, maximum = 100)]
    progress: i64,
    /// Names the request that made the video.
    req_id: String,
    /// The project created by this request.
    #[schema(example = "65f1c0ffee0123456789abce")]
    draft_id: String,
    /// The project that it is based on.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_draft_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    palette_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    character_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_id: Option<String>,
    /// The scenes of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    scenes: Option<Value>,
    /// A page on which the video can be watched, from the beginning on; it needs no key.
    video_player_url: String,
    /// The file, once the video is ready; it needs no key.
    #[serde(skip_serializing_if = "Option::is_none")]
    download_url: Option<String>,
    /// The caller's own name for the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    correlation_id: String,
    /// Whatever the caller sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    palette: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    global_media_elements: Option<Value>,
}

impl Video {
    pub(crate) fn new(engine: &Engine, film: &Film) -> Self {
        let document = Document::of(film);
        let status = Status::from(film.state);
        Self {
            id: film.id.to_string(),
            name: film.name.clone(),
            status,
            progress: progress(film),
            req_id: film.origin.request_id.clone(),
            draft_id: film.origin.draft_id.clone(),
            source_draft_id: document.source_draft_id,
            recipe_id: document.recipe_id,
            template_id: document.template_id,
            palette_id: document.used.palette_id,
            character_id: document.used.character_id,
            voice_id: document.used.voice_id,
            scenes: document.scenes,
            video_player_url: engine.watch_url(&film.id),
            download_url: if status == Status::Ready { engine.film_url(film, "mp4") } else { None },
            correlation_id: film.origin.correlation_id.clone(),
            metadata: document.metadata,
            palette: document.palette,
            global_media_elements: document.global_media_elements,
        }
    }
}

/// Our choice within the vendor's range.
fn progress(film: &Film) -> i64 {
    match film.state {
        FilmState::Draft | FilmState::Queued => 0,
        FilmState::Running => film.progress.clamp(0, 99),
        FilmState::Done => 100,
        FilmState::Failed | FilmState::Cancelled => -1,
    }
}
