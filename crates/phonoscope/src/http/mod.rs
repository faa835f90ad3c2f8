//! The HTTP surface: doors, media links, health, metrics, documentation.

mod listen;
mod media;
mod pages;

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
    let producer = SwaggerUi::new("/docs/producer").url("/docs/producer/openapi.json", dialect_producer::openapi());
    let acrcloud = SwaggerUi::new("/docs/acrcloud").url("/docs/acrcloud/openapi.json", dialect_acrcloud::openapi());
    Router::new()
        .route("/", get(pages::index))
        .route("/health", get(health).post(health))
        .route("/ready", get(ready))
        .route("/metrics", get(render_metrics))
        .route("/media/{kind}/{signature}/{name}", get(media::serve).options(media::preflight))
        .with_state(shared.clone())
        .merge(producer)
        .merge(acrcloud)
        .merge(dialect_producer::router(Arc::clone(&shared.engine)))
        .merge(dialect_acrcloud::router(Arc::clone(&shared.engine)))
        .fallback(|| async { dialect_producer::no_api_response() })
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
