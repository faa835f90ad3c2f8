//! `GET /editor/progress/{id}`: how far a video is.

use axum::extract::OriginalUri;
use axum::response::{IntoResponse, Response};
use engine::Engine;
use engine::film::{Film, FilmState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{progress_of, state_word};
use crate::call::{At, Call};
use crate::error::{ApiError, ErrorTable, Result};
use crate::frame::{Answer, Data};

/// How far a video is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// `waiting`, `exporting` or `exported`.
    #[schema(example = "exporting")]
    state: &'static str,
    /// 0 to 100; 100 once there is a link.
    #[schema(example = 42.0)]
    progress: f64,
    /// The file, to be fetched without a token.
    #[serde(rename = "downloadUrl")]
    #[schema(example = json!(null))]
    download_url: Option<String>,
}

impl Progress {
    fn of(engine: &Engine, film: &Film) -> Self {
        let download_url = engine.film_url(film, "mp4");
        // From 0 to 100, exactly.
        let progress = progress_of(film, download_url.as_deref()) as f64;
        Self { state: state_word(film.state), progress, download_url }
    }
}

/// What programs for the second version read, beside all of [`Progress`].
#[derive(Debug, Serialize)]
struct LegacyProgress {
    #[serde(flatten)]
    progress: Progress,
    #[serde(rename = "videoUrl")]
    video_url: Option<String>,
    url: Option<String>,
}

/// A video that will not come: an error for who looks at `success`, a state for who looks at `data`.
#[derive(Debug, Serialize)]
struct Failed {
    #[serde(flatten)]
    error: crate::error::ErrorBody,
    data: Progress,
}

/// Tells how far a video is. For a video that failed the answer is an error with the status 200, as the question itself was right.
#[utoipa::path(
    get, path = "/api/odin/v3/editor/progress/{id}", operation_id = "aistudiosProgress", tag = "projects",
    params(("id" = String, Path, description = "The project")),
    responses((status = 200, description = "How far it is", body = Data<Progress>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn progress(call: Call, OriginalUri(uri): OriginalUri, At(id): At) -> Result<Response> {
    let film = call.project(&id).await?;
    let progress = Progress::of(&call.engine, &film);
    if matches!(film.state, FilmState::Failed | FilmState::Cancelled) {
        return Ok(Answer::bare(&Failed { error: failure_of(&film).body(), data: progress })?.into_response());
    }
    if uri.path().contains("/odin/v3/") {
        return Ok(Answer::data(progress)?.into_response());
    }
    let video_url = progress.download_url.clone();
    Ok(Answer::data(LegacyProgress { progress, url: video_url.clone(), video_url })?.into_response())
}

/// Words why a video failed.
pub(crate) fn failure_of(film: &Film) -> ApiError {
    match &film.failure {
        Some(failure) => ApiError::of_failure(failure, "scenes"),
        None => ApiError::invalid("", "the export was stopped"),
    }
}
