//! The front page: what runs here and where its documentation is.

use axum::response::Html;

/// Shows a person who opened the address in a browser where to go on.
pub(super) async fn index() -> Html<&'static str> {
    Html(include_str!("index.html"))
}
