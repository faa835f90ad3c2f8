//! `/api/videos/`: videos made of slides.

mod document;
mod shape;

use axum::extract::Request;
use engine::film::{Film, FilmChange, FilmFilter, FilmId, FilmKind, FilmOrigin, FilmState, NewFilm, Output, Start};
use engine::{AccountId, Door, Engine};

use crate::answer::Answer;
use crate::body;
use crate::call::Call;
use crate::error::{ApiError, Guarded, OnOne, WithBody, WithFilter};
use crate::page::{Paged, Paging};
use crate::problems::Problems;
use crate::query::checked;
use crate::references::{Files, References};
use crate::scene::{self, Scene};
use crate::templates::{broken, stored};
use crate::webhooks::{self, WebhookNested};

pub(crate) use document::{AudioSource, Layer, Resolution, Slide, VideoDocument, VideoGiven, ViewType};
pub(crate) use shape::{ReferenceRequest, Video, VideoRequest, VideoStatus, status_word};

/// What videos are called that nobody named.
const NAME: &str = "New video";

/// The words for where a video stands, and what they mean. A video that was stopped is in error: it has no file and gets none.
pub(crate) const STATUSES: [(&str, &[FilmState]); 5] = [
    ("draft", &[FilmState::Draft]),
    ("in_queue", &[FilmState::Queued]),
    ("executing", &[FilmState::Running]),
    ("error", &[FilmState::Failed, FilmState::Cancelled]),
    ("success", &[FilmState::Done]),
];

/// Shows videos; each row as a single one is shown.
pub(crate) async fn shown(engine: &Engine, account: &AccountId, films: &[Film]) -> Result<Vec<Video>, ApiError> {
    let documents = films.iter().map(|film| stored(&film.document)).collect::<Result<Vec<VideoDocument>, _>>()?;
    let files = Files::load(engine, account, documents.iter().flat_map(VideoDocument::files)).await?;
    films.iter().zip(documents).map(|(film, document)| Video::new(engine, &files, film, document)).collect()
}

async fn one(call: &Call, film: Film) -> Result<Video, ApiError> {
    let mut rows = shown(&call.engine, call.account(), &[film]).await?;
    rows.pop().ok_or(ApiError::Internal)
}

async fn found(call: &Call) -> Result<Film, ApiError> {
    Ok(call.engine.numbered_film(call.account(), Door::Spiritme, FilmKind::Video, call.id()?).await?)
}

/// Reads the filter of a list of videos.
pub(crate) fn filter_of(call: &Call, kind: FilmKind, paging: Paging) -> Result<FilmFilter, ApiError> {
    let mut problems = Problems::default();
    let states = call.query.choices(&mut problems, "status", &STATUSES).concat();
    checked(problems)?;
    let oldest_first = call.query.is_oldest_first();
    Ok(FilmFilter { states, oldest_first, ..FilmFilter::all(Door::Spiritme, kind, paging.stretch()) })
}

/// Lists videos, newest first.
#[utoipa::path(
    get, path = "/api/videos/", operation_id = "videos_list", tag = "videos",
    params(
        ("limit" = Option<i64>, Query, description = "Number of results to return per page"),
        ("offset" = Option<i64>, Query, description = "The index from which to return the results"),
        ("ordering" = Option<String>, Query, description = "`id` or `cd` for the oldest first; newest first without"),
        ("status" = Option<Vec<VideoStatus>>, Query, description = "Only with one of these; repeat the name for several"),
    ),
    responses((status = 200, description = "A page of videos", body = Paged<Video>), Guarded, WithFilter),
    security(("token" = []))
)]
pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    let paging = Paging::of(&call);
    let listed = call.engine.films(call.account(), &filter_of(&call, FilmKind::Video, paging)?).await?;
    let rows = shown(&call.engine, call.account(), &listed.rows).await?;
    Answer::of(&Paged::new(&call, paging, listed.total, rows))
}

/// A body that was read completely and has no faults.
struct Checked {
    given: VideoGiven,
    files: Files,
}

async fn read(call: &Call, request: Request) -> Result<Checked, ApiError> {
    let body = body::read(request).await?;
    let mut problems = Problems::default();
    let mut references = References::new(&call.engine);
    let given = VideoGiven::read(&body, &mut references, &mut problems)?;
    let files = references.check(call.account(), &mut problems).await?;
    checked(problems)?;
    Ok(Checked { given, files })
}

/// Makes a video; rendering begins at once.
#[utoipa::path(
    post, path = "/api/videos/", operation_id = "videos_create", tag = "videos",
    request_body(content(
        (VideoRequest = "application/json"),
        (VideoRequest = "application/x-www-form-urlencoded"),
        (VideoRequest = "multipart/form-data"),
    )),
    responses((status = 201, description = "The video", body = Video), Guarded, WithBody),
    security(("token" = []))
)]
pub(crate) async fn create(call: Call, request: Request) -> Result<Answer, ApiError> {
    let Checked { given, files } = read(&call, request).await?;
    let name = given.name.clone().unwrap_or_else(|| NAME.to_owned());
    let webhook_given = given.webhook.clone().flatten();
    let mut document = given.onto(VideoDocument::default());
    let Scene { project, warnings } = scene::of_video(&call.engine, &files, &name, &document)?;
    if let Some(webhook) = webhook_given {
        document.webhook = Some(webhooks::resolve(&call, webhook).await?);
    }
    let new = NewFilm {
        door: Door::Spiritme,
        kind: FilmKind::Video,
        name,
        document: written(&document)?,
        project: Some(project),
        output: Output::default(),
        origin: origin_of(document.webhook.as_ref()),
        webhook_url: document.webhook.as_ref().map(|webhook| webhook.url.clone()),
        warnings,
    };
    let film = call.engine.create_film(&call.caller, new, Start::Now).await?;
    Answer::created(&one(&call, film).await?)
}

/// Notes which webhook hears of a film.
pub(crate) fn origin_of(webhook: Option<&WebhookNested>) -> FilmOrigin {
    let webhook_id = webhook.map(|webhook| webhook.id.to_string()).unwrap_or_default();
    FilmOrigin { webhook_id, ..FilmOrigin::default() }
}

/// Writes a document as it is stored.
pub(crate) fn written(document: &impl serde::Serialize) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(document).map_err(|error| broken(&error))
}

/// Finds a video.
#[utoipa::path(
    get, path = "/api/videos/{id}/", operation_id = "videos_retrieve", tag = "videos",
    params(("id" = i64, Path, description = "The video")),
    responses((status = 200, description = "The video", body = Video), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn retrieve(call: Call) -> Result<Answer, ApiError> {
    let film = found(&call).await?;
    Answer::of(&one(&call, film).await?)
}

/// Changes a video, which becomes a draft; what is not sent stays, but the slides must be sent. A run under way is stopped.
#[utoipa::path(
    put, path = "/api/videos/{id}/", operation_id = "videos_update", tag = "videos",
    params(("id" = i64, Path, description = "The video")),
    request_body(content(
        (VideoRequest = "application/json"),
        (VideoRequest = "application/x-www-form-urlencoded"),
        (VideoRequest = "multipart/form-data"),
    )),
    responses((status = 200, description = "The video", body = Video), Guarded, OnOne, WithBody),
    security(("token" = []))
)]
pub(crate) async fn update(call: Call, request: Request) -> Result<Answer, ApiError> {
    let film = found(&call).await?;
    let Checked { given, files } = read(&call, request).await?;
    let name = given.name.clone().unwrap_or_else(|| film.name.clone());
    let webhook_given = given.webhook.clone();
    let mut document = given.onto(stored(&film.document)?);
    let Scene { project, warnings } = scene::of_video(&call.engine, &files, &name, &document)?;
    match webhook_given {
        None => {}
        Some(None) => document.webhook = None,
        Some(Some(webhook)) => document.webhook = Some(webhooks::resolve(&call, webhook).await?),
    }
    let change = FilmChange {
        name: Some(name),
        document: Some(written(&document)?),
        project: Some(project),
        origin: Some(origin_of(document.webhook.as_ref())),
        webhook_url: Some(document.webhook.as_ref().map(|webhook| webhook.url.clone())),
        warnings: Some(warnings),
        output: None,
    };
    let film = call.engine.change_film(call.account(), Door::Spiritme, &film.id, change).await?;
    Answer::of(&one(&call, film).await?)
}

/// Removes a video; a run under way is stopped.
#[utoipa::path(
    delete, path = "/api/videos/{id}/", operation_id = "videos_destroy", tag = "videos",
    params(("id" = i64, Path, description = "The video")),
    responses((status = 204, description = "It is gone"), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn destroy(call: Call) -> Result<Answer, ApiError> {
    let film = found(&call).await?;
    call.engine.delete_film(call.account(), Door::Spiritme, &film.id).await?;
    Ok(Answer::no_content())
}

/// Renders a draft, or a video that failed; others stay as they are.
///
/// Our choice: nobody public says what the vendor's operation does. Creating starts rendering, so this is for what was changed since.
#[utoipa::path(
    post, path = "/api/videos/{id}/publish/", operation_id = "videos_publish_create", tag = "videos",
    params(("id" = i64, Path, description = "The video")),
    responses((status = 200, description = "The video", body = Video), Guarded, OnOne),
    security(("token" = []))
)]
pub(crate) async fn publish(call: Call) -> Result<Answer, ApiError> {
    let mut film = found(&call).await?;
    if matches!(film.state, FilmState::Draft | FilmState::Failed | FilmState::Cancelled) {
        film = started(&call, &film.id).await?;
    }
    Answer::of(&one(&call, film).await?)
}

async fn started(call: &Call, id: &FilmId) -> Result<Film, ApiError> {
    Ok(call.engine.start_film(&call.caller, Door::Spiritme, id, FilmChange::default()).await?)
}
