//! `/videos`: making videos, and what became of them.

pub(crate) mod document;
pub(crate) mod metadata;
pub(crate) mod report;
pub(crate) mod request;
pub(crate) mod shape;
pub(crate) mod subtitles;

use axum::http::StatusCode;
use axum::response::Response;
use engine::film::{Film, FilmFilter, FilmId, FilmKind, FilmOrigin, FilmState, NewFilm, Output, PlaceId, PlaceKind};
use engine::{Door, Page};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::body::Body;
use crate::call::{Call, Placement, Query};
use crate::error::{ApiError, ErrorTable, missing};
use crate::frame::{created, ok};
use crate::make::{Made, Used, make, strangers};
use crate::path::At;
use crate::problems::Fault;
use document::Document;
use request::Request;
use shape::Video;

/// Videos that are listed without a limit in the query; our choice.
const N_LISTED_MAX: i64 = 10_000;
/// Videos that are read from the database at a time, since each comes with its whole document.
const N_READ_MAX: u32 = 100;

/// A video to make. `type` tells the kinds apart; without it, what is there does.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct CreateVideo {
    /// `override`, `create` or `workflow`.
    r#type: Option<String>,
    /// The name of the project created by this request.
    name: Option<String>,
    /// Override: the project that the video is based on. One that is not known here is replaced by a template, with a warning.
    source_draft_id: Option<String>,
    /// Override: the recipe that the video is based on.
    recipe_id: Option<String>,
    /// The folder that the project is put into.
    folder_id: Option<String>,
    /// A palette to be used instead of the source's.
    palette_id: Option<String>,
    /// A character to be used instead of the source's; `character/outfit` names an outfit, too.
    character_id: Option<String>,
    /// A voice to be used instead of the source's.
    voice_id: Option<String>,
    /// Override: a logo for a corner of every scene.
    logo_url: Option<String>,
    /// Create: the template.
    template_id: Option<String>,
    /// Create: `{"color": "#RRGGBB"}` for every color of the template.
    #[schema(value_type = Option<Vec<Object>>)]
    palette: Option<Vec<Value>>,
    /// Create: media for slots of all scenes, or a logo.
    #[schema(value_type = Option<Vec<Object>>)]
    global_media_elements: Option<Vec<Value>>,
    /// Override: `name`, `media`, `texts`, `transcript`, `voice_recording_url`, one for each scene of the source.
    /// Create: `name`, `layout_id`, `media_elements`, `texts_elements`, `transcript`, `voice_recording_url`, `character_id`, `voice_id`.
    /// A transcript has at most 1000 characters; the vendor's description of it asks for less than 500.
    #[schema(value_type = Option<Vec<Object>>)]
    scenes: Option<Vec<Value>>,
    /// Workflow: a draft with `{{name}}` in its texts.
    workflow_id: Option<String>,
    /// Workflow: `{"name": …, "value": …}`.
    #[schema(value_type = Option<Vec<Object>>)]
    variables: Option<Vec<Value>>,
    /// Given back as it is.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// At most 100 characters.
    correlation_id: Option<String>,
}

/// Lists videos, newest first; all of them without a limit.
#[utoipa::path(
    get, path = "/api/v1/videos", operation_id = "houroneVideos", tag = "videos",
    params(
        ("limit" = Option<i64>, Query, description = "Rows at most (an extension of this server)"),
        ("offset" = Option<i64>, Query, description = "Rows to pass over (an extension of this server)")
    ),
    responses((status = 200, description = "The videos", body = Vec<Video>), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn list(call: Call, query: Query) -> Result<Response, ApiError> {
    let (limit, offset) = stretch(&query)?;
    let films = films(&call, FilmKind::Video, limit, offset, |film| Ok(Video::new(&call.engine, film))).await?;
    ok(&films)
}

/// Reads `limit` and `offset`.
pub(crate) fn stretch(query: &Query) -> Result<(i64, i64), ApiError> {
    query.read(|query| {
        let limit = query.integer("limit", 0..=N_LISTED_MAX).unwrap_or(N_LISTED_MAX);
        (limit, query.integer("offset", 0..=i64::from(i32::MAX)).unwrap_or(0))
    })
}

/// Reads a stretch of the account's films of a kind, a few at a time, and shapes each.
pub(crate) async fn films<T>(
    call: &Call,
    kind: FilmKind,
    limit: i64,
    offset: i64,
    shape: impl Fn(&Film) -> Result<T, ApiError>,
) -> Result<Vec<T>, ApiError> {
    let mut shaped = Vec::new();
    loop {
        let n_missing = limit - shaped.len() as i64;
        let n_read = u32::try_from(n_missing).unwrap_or(u32::MAX).min(N_READ_MAX);
        let from = u32::try_from(offset + shaped.len() as i64).unwrap_or(u32::MAX);
        let filter = FilmFilter::all(Door::Hourone, kind, Page { limit: n_read, offset: from });
        let rows = if n_missing > 0 { call.engine.films(call.account(), &filter).await?.rows } else { Vec::new() };
        for film in &rows {
            shaped.push(shape(film)?);
        }
        if rows.len() < N_READ_MAX as usize {
            return Ok(shaped);
        }
    }
}

/// Makes a video from a draft or a recipe (override), from a template's layouts (create), or from a draft with placeholders (workflow).
#[utoipa::path(
    post, path = "/api/v1/videos", operation_id = "houroneCreateVideo", tag = "videos",
    params(
        ("workspace-id" = Option<String>, Header, description = "Where the new project is put"),
        ("team-id" = Option<String>, Header, description = "Where the new project is put")
    ),
    request_body(content = CreateVideo, example = json!({"name": "Spring offer", "source_draft_id": "65a0c0ffee00000000000001", "character_id": "elena"})),
    responses((status = 201, description = "The video, to be rendered; the header `x-phonoscope-warnings` says what stands in for what", body = Video), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn create(call: Call, placement: Placement, body: Body) -> Result<Response, ApiError> {
    let (Planned { new, used }, mut warnings) = read_and_make(&call, placement, &body).await?;
    let (video, _) = call.engine.create_film_with_draft(&call.caller, new).await?;
    warnings.extend(strangers(call.engine.catalog()?, &used));
    created(&Video::new(&call.engine, &video), &warnings)
}

/// Finds a video.
#[utoipa::path(
    get, path = "/api/v1/videos/{video_id}", operation_id = "houroneVideo", tag = "videos",
    params(("video_id" = String, Path, description = "The video")),
    responses((status = 200, description = "The video", body = Video), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn get(call: Call, At(id): At<String>) -> Result<Response, ApiError> {
    let film = find(&call, &id).await?;
    ok(&Video::new(&call.engine, &film))
}

/// Removes a video with its files, and stops its rendering. Its draft stays.
#[utoipa::path(
    delete, path = "/api/v1/videos/{video_id}", operation_id = "houroneDeleteVideo", tag = "videos",
    params(("video_id" = String, Path, description = "The video")),
    responses((status = 204, description = "It is gone"), ErrorTable),
    security(("api-key" = []))
)]
pub(crate) async fn delete(call: Call, At(id): At<String>) -> Result<StatusCode, ApiError> {
    let film = find(&call, &id).await?;
    call.engine.delete_film(call.account(), Door::Hourone, &film.id).await.map_err(missing("Video"))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A film to be made, and who is in it.
pub(crate) struct Planned {
    pub(crate) new: NewFilm,
    pub(crate) used: Used,
}

/// Reads a request for a video and makes its scene document; what is not as asked for comes with it.
pub(crate) async fn read_and_make(
    call: &Call,
    placement: Placement,
    body: &Body,
) -> Result<(Planned, Vec<String>), ApiError> {
    let n_scenes_max = call.engine.limits().document.n_scenes_max;
    let request = body.read(|body| Request::read(body, n_scenes_max))?;
    // A request that cannot be read has a fault.
    let request = request.ok_or(ApiError::Internal)?;
    let workspace_id = placement.admitted(call).await?;
    let made = make(call, &request).await?;
    let document = Document::new(&body.0, &request, &made);
    let Made { name, project, used, template_id, mut warnings } = made;
    warnings.extend(unknown_folder(call, request.common.folder_id.as_deref()).await?);
    let origin = FilmOrigin {
        source_id: document.source_draft_id.clone().or(document.recipe_id.clone()).unwrap_or_default(),
        template_id,
        folder_id: request.common.folder_id.unwrap_or_default(),
        workspace_id,
        correlation_id: request.common.correlation_id.unwrap_or_default(),
        request_id: call.new_request_id(),
        ..FilmOrigin::default()
    };
    let new = NewFilm {
        door: Door::Hourone,
        kind: FilmKind::Video,
        name,
        document: serde_json::to_value(&document).map_err(|_| ApiError::Internal)?,
        project: Some(project),
        output: Output::default(),
        origin,
        webhook_url: None,
        warnings: warnings.clone(),
    };
    Ok((Planned { new, used }, warnings))
}

/// Our choice: a folder that is not there is told, and its id kept all the same.
async fn unknown_folder(call: &Call, id: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    let found = call.engine.place(call.account(), Door::Hourone, PlaceKind::Folder, &PlaceId::from_text(id)).await;
    match found {
        Ok(_) => Ok(None),
        Err(engine::Error::NotFound { .. }) => Ok(Some(format!("the folder `{id}` is not known here"))),
        Err(error) => Err(error.into()),
    }
}

/// Finds a video of the caller's.
pub(crate) async fn find(call: &Call, id: &str) -> Result<Film, ApiError> {
    let film = call.engine.film(call.account(), Door::Hourone, &FilmId::from_text(id)).await;
    let film = film.map_err(missing("Video"))?;
    if film.kind == FilmKind::Video { Ok(film) } else { Err(ApiError::not_found("Video")) }
}

/// Finds a video that is ready.
pub(crate) async fn find_ready(call: &Call, id: &str) -> Result<Film, ApiError> {
    let film = find(call, id).await?;
    if film.state == FilmState::Done {
        return Ok(film);
    }
    let text = match film.state {
        FilmState::Failed | FilmState::Cancelled => "the video could not be made",
        _ => "the video is not ready yet",
    };
    Err(ApiError::invalid(&["path", "video_id"], Fault::rule(text)))
}
