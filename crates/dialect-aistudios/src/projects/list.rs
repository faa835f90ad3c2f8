//! `GET /editor/project`: what was exported.

use axum::http::Uri;
use engine::film::{FilmFilter, FilmKind, FilmState};
use engine::{Door, Page};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::state_word;
use crate::body::query_of;
use crate::call::Call;
use crate::error::{ErrorTable, Result};
use crate::frame::{Answer, Data};
use crate::read::Node;

/// A project that was exported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Row {
    #[schema(example = "66b1f0c2a94e1d0012ab34cd")]
    id: String,
    #[schema(example = "Hello")]
    name: String,
    /// `exported` once it is ready; `waiting`, `exporting` or `failed` else.
    #[schema(example = "exported")]
    state: &'static str,
    #[schema(example = "https://media.example/media/film/abc/66b1f0c2a94e1d0012ab34cd.mp4")]
    download_url: Option<String>,
}

/// Lists projects whose export was asked for, newest first. Our choice: `page` (from 1) and `limit`, for accounts with many.
#[utoipa::path(
    get, path = "/api/odin/v3/editor/project", operation_id = "aistudiosProjects", tag = "projects",
    params(
        ("page" = Option<u32>, Query, description = "From 1"),
        ("limit" = Option<u32>, Query, description = "Rows of a page")
    ),
    responses((status = 200, description = "The projects", body = Data<Vec<Row>>), ErrorTable),
    security(("token" = []))
)]
pub(crate) async fn list(call: Call, uri: Uri) -> Result<Answer> {
    let query = Value::Object(query_of(uri.query()));
    let page = page(&Node::root(&query), call.engine.limits().page_rows_max)?;
    let mut filter = FilmFilter::all(Door::Aistudios, FilmKind::Video, page);
    filter.states = vec![FilmState::Queued, FilmState::Running, FilmState::Done, FilmState::Failed];
    let films = call.engine.films(call.account(), &filter).await?.rows;
    let rows = films.into_iter().map(|film| Row {
        id: film.id.to_string(),
        state: state_word(film.state),
        download_url: call.engine.film_url(&film, "mp4"),
        name: film.name,
    });
    Answer::data(rows.collect::<Vec<_>>())
}

fn page(query: &Node<'_>, rows_max: u32) -> Result<Page> {
    let whole = |key| Ok::<_, crate::error::ApiError>(query.number(key)?.map(|number| number.clamp(1.0, 1e6) as u32));
    let limit = whole("limit")?.unwrap_or(rows_max).min(rows_max);
    let page = whole("page")?.unwrap_or(1);
    Ok(Page { limit, offset: (page - 1).saturating_mul(limit) })
}
