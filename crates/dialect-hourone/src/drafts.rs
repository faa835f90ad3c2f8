//! `/drafts`, an extension: what videos can be made from. At the vendor, ids of drafts are copied from its editor.

use axum::http::StatusCode;
use axum::response::Response;
use engine::Door;
use engine::film::{Film, FilmId, FilmKind, NewFilm, Start};
use serde::Serialize;
use stage::document::Scene;
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::{Call, Placement, Query};
use crate::error::{ApiError, ErrorTable, missing};
use crate::frame::{created, ok};
use crate::make::{Source, media_slots, strangers, text_slots, transcript_of};
use crate::path::At;
use crate::video::{CreateVideo, Planned, films, read_and_make, stretch};

/// Something that a video can be made from: its id is a `source_draft_id`, a `recipe_id` or a `workflow_id`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftRow {
    #[schema(example = "65f1c0ffee0123456789abce")]
    id: String,
    name: String,
    /// Whether it comes with this server, and is everybody's.
    is_shipped: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    template_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    palette_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    character_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    /// Its scenes; an override that changes scenes gives as many.
    scenes: Vec<DraftScene>,
}

/// A scene of a draft.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftScene {
    name: String,
    /// Its slots for pictures and videos, in the order of an override's `media`.
    media_slots: Vec<String>,
    /// Its slots for texts, in the order of an override's `texts`.
    text_slots: Vec<String>,
    /// What is said in it.
    transcript: String,
}

impl DraftRow {
    fn shipped(source: Source) -> Self {
        Self {
            id: source.id,
            name: source.name,
            is_shipped: true,
            template_id: source.template_id,
            palette_id: source.used.palette_id,
            character_id: source.used.character_id,
            voice_id: source.used.voice_id,
            created_at: None,
            updated_at: None,
            scenes: source.project.scenes.iter().enumerate().map(DraftScene::new).collect(),
        }
    }

    fn of_film(call: &Call, film: &Film) -> Result<Self, ApiError> {
        let source = Source::of_film(call, call.engine.catalog()?, film)?;
        Ok(Self {
            is_shipped: false,
            created_at: Some(film.created_at.to_string()),
            updated_at: Some(film.updated_at.to_string()),
            ..Self::shipped(source)
        })
    }
}

impl DraftScene {
    fn new((index, scene): (usize, &Scene)) -> Self {
        let name = if scene.id.is_empty() { format!("Scene {}", index + 1) } else { scene.id.clone() };
        Self { name, media_slots: media_slots(scene), text_slots: text_slots(scene), transcript: transcript_of(scene) }
    }
}

/// Extension: lists drafts, the caller's own first, newest first, then those that come with this server.
#[utoipa::path(
    get, path = "/api/v1/drafts", operation_id = "houroneDrafts", tag = "extensions",
    params(
        ("limit" = Option<i64>, Query, description = "Own drafts at most"),
        ("offset" = Option<i64>, Query, description = "Own drafts to pass over")
    ),
    responses((status = 200, description = "The drafts", body = Vec<DraftRow>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn list(call: Call, query: Query) -> Result<Response, ApiError> {
    let (limit, offset) = stretch(&query)?;
    let mut rows = films(&call, FilmKind::Draft, limit, offset, |film| DraftRow::of_film(&call, film)).await?;
    let shipped = call.engine.catalog()?.templates().iter();
    rows.extend(shipped.map(|template| DraftRow::shipped(Source::of_template(template))));
    ok(&rows)
}

/// Extension: makes a draft as `POST /videos` does, without its video.
#[utoipa::path(
    post, path = "/api/v1/drafts", operation_id = "houroneCreateDraft", tag = "extensions",
    params(
        ("workspace-id" = Option<String>, Header, description = "Where the new project is put"),
        ("team-id" = Option<String>, Header, description = "Where the new project is put")
    ),
    request_body(content = CreateVideo, example = json!({"name": "Spring offer", "source_draft_id": "65a0c0ffee00000000000001"})),
    responses((status = 201, description = "The draft", body = DraftRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create(call: Call, placement: Placement, body: Body) -> Result<Response, ApiError> {
    let (Planned { new, used }, mut warnings) = read_and_make(&call, placement, &body).await?;
    let new = NewFilm { kind: FilmKind::Draft, ..new };
    let film = call.engine.create_film(&call.caller, new, Start::Later).await?;
    warnings.extend(strangers(call.engine.catalog()?, &used));
    created(&DraftRow::of_film(&call, &film)?, &warnings)
}

/// Extension: finds a draft of the caller's, or one that comes with this server.
#[utoipa::path(
    get, path = "/api/v1/drafts/{draft_id}", operation_id = "houroneDraft", tag = "extensions",
    params(("draft_id" = String, Path, description = "The draft")),
    responses((status = 200, description = "The draft", body = DraftRow), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn get(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    match find(&call, &id).await {
        Ok(film) => ok(&DraftRow::of_film(&call, &film)?),
        Err(error) => match call.engine.catalog()?.template(&id) {
            Some(template) => ok(&DraftRow::shipped(Source::of_template(template))),
            None => Err(error),
        },
    }
}

/// Extension: removes a draft of the caller's; videos made from it stay.
#[utoipa::path(
    delete, path = "/api/v1/drafts/{draft_id}", operation_id = "houroneDeleteDraft", tag = "extensions",
    params(("draft_id" = String, Path, description = "The draft")),
    responses((status = 204, description = "It is gone"), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn delete(call: Call, At(id): At<String>) -> Result<StatusCode, ApiError> {
    let film = find(&call, &id).await?;
    call.engine.delete_film(call.account(), Door::Hourone, &film.id).await.map_err(missing("Draft"))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(call: &Call, id: &str) -> Result<Film, ApiError> {
    let film = call.engine.film(call.account(), Door::Hourone, &FilmId::from_text(id)).await;
    let film = film.map_err(missing("Draft"))?;
    if film.kind == FilmKind::Draft { Ok(film) } else { Err(ApiError::not_found("Draft")) }
}
