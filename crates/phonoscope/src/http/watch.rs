//! The page on which a film can be watched: with a player once it is ready, with its progress before.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use engine::ErrorKind;
use engine::film::{Film, FilmState};
use serde::Serialize;

use super::Shared;

/// What the page shows; it asks again for as long as the film is under way.
#[derive(Serialize)]
struct Watched {
    name: String,
    state: &'static str,
    progress: i64,
    width: Option<u32>,
    height: Option<u32>,
    video_url: Option<String>,
    poster_url: Option<String>,
    captions_url: Option<String>,
}

/// Serves the page; it may stand in a frame of any other page.
pub(super) async fn page(state: State<Shared>, path: Path<(String, String)>) -> Response {
    match find(&state.0, &path.0).await {
        Ok(_) => ([(header::CACHE_CONTROL, "no-cache")], Html(include_str!("watch.html"))).into_response(),
        Err(refused) => refused,
    }
}

/// Serves what the page shows.
pub(super) async fn status(State(shared): State<Shared>, Path(path): Path<(String, String)>) -> Response {
    let film = match find(&shared, &path).await {
        Ok(film) => film,
        Err(refused) => return refused,
    };
    let url = |extension| shared.engine.film_url(&film, extension);
    let product = film.product.as_ref().filter(|_| film.state == FilmState::Done);
    let watched = Watched {
        state: film.state.name(),
        progress: film.progress,
        width: product.map(|product| product.width),
        height: product.map(|product| product.height),
        video_url: product.and_then(|_| url("mp4")),
        poster_url: product.and_then(|_| url("jpg")),
        captions_url: product.and_then(|_| url("vtt")),
        name: film.name.clone(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(watched)).into_response()
}

async fn find(shared: &Shared, (signature, id): &(String, String)) -> Result<Film, Response> {
    shared.engine.watched_film(signature, id).await.map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            return (StatusCode::NOT_FOUND, "no such video\n").into_response();
        }
        tracing::error!(error = &error as &dyn std::error::Error, "cannot show a film");
        (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
    })
}
