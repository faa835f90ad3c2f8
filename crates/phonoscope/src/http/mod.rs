//! The HTTP surface: doors, media links, health, metrics, documentation.

mod catalog;
mod listen;
mod media;
mod pages;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa_swagger_ui::SwaggerUi;

pub(crate) use listen::serve;

/// What the routes outside the doors share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// The use cases.
    pub(crate) engine: Arc<Engine>,
    /// The numbers for `/metrics`.
    pub(crate) metrics: PrometheusHandle,
    /// Whether the server takes new work; false while it drains.
    pub(crate) is_ready: Arc<AtomicBool>,
}

/// Builds the whole surface.
pub(crate) fn app(shared: &Shared) -> Router {
    let engine = || Arc::clone(&shared.engine);
    Router::new()
        .route("/", get(pages::index))
        .route("/health", get(health).post(health))
        .route("/ready", get(ready))
        .route("/metrics", get(render_metrics))
        .route("/media/{kind}/{signature}/{name}", get(media::serve).options(media::preflight))
        .route("/catalog/{*path}", get(catalog::serve))
        .route("/watch/{signature}/{id}", get(watch::page))
        .route("/watch/{signature}/{id}/status.json", get(watch::status))
        .with_state(shared.clone())
        .merge(reference("/docs/producer", "/docs/producer/openapi.json", dialect_producer::openapi()))
        .merge(reference("/docs/acrcloud", "/docs/acrcloud/openapi.json", dialect_acrcloud::openapi()))
        .merge(reference("/docs/aistudios", "/docs/aistudios/openapi.json", dialect_aistudios::openapi()))
        .merge(reference("/docs/hourone", "/docs/hourone/openapi.json", dialect_hourone::openapi()))
        .merge(reference("/docs/spiritme", "/docs/spiritme/openapi.json", dialect_spiritme::openapi()))
        .merge(reference("/docs/phonoscope", "/docs/phonoscope/openapi.json", dialect_native::openapi()))
        .merge(dialect_producer::router(engine()))
        .merge(dialect_acrcloud::router(engine()))
        .merge(dialect_aistudios::router(engine()))
        .merge(dialect_hourone::router(engine()))
        .merge(dialect_spiritme::router(engine()))
        .merge(dialect_native::router(engine()))
        .fallback(|| async { dialect_producer::no_api_response() })
}

/// Serves the reference of a door.
fn reference(path: &'static str, document_path: &'static str, document: utoipa::openapi::OpenApi) -> SwaggerUi {
    SwaggerUi::new(path).url(document_path, document)
}

/// Answers for as long as the process runs; vendor clients post to it as a dummy callback target.
async fn health() -> &'static str {
    "ok\n"
}

/// Answers 200 while the server takes work and reaches its database.
async fn ready(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    if !shared.is_ready.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if !shared.engine.is_hearing_ready() {
        return (StatusCode::SERVICE_UNAVAILABLE, "building the index\n");
    }
    match shared.engine.store().ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

async fn render_metrics(State(shared): State<Shared>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], shared.metrics.render())
}
