//! The routes, what is around them, and their OpenAPI document.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use engine::Engine;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Problem;
use crate::{batches, deliveries, frame};

#[derive(OpenApi)]
#[openapi(
    info(title = "Phonoscope API", description = "What no vendor has: videos of whole tables, and the log of webhook deliveries."),
    tags(
        (name = "batches", description = "A video of every row of a table"),
        (name = "deliveries", description = "What was posted to webhooks, and how that went"),
    ),
    components(schemas(Problem)),
    modifiers(&BearerToken)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A general credential's token")).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

fn documented_routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(batches::list, batches::create))
        .routes(routes!(batches::get))
        .routes(routes!(batches::rows))
        .routes(routes!(batches::stop))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::resend))
}

/// Serves `/phonoscope/v1/…`; everything else is left to the router that this one is merged into.
pub fn router(engine: Arc<Engine>) -> Router {
    let (routes, _) = documented_routes().split_for_parts();
    routes
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .route("/phonoscope/{*rest}", any(async || Problem::no_path()))
        .layer(from_fn_with_state(Arc::clone(&engine), frame::frame))
        .layer(CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(AllowHeaders::mirror_request()))
        .with_state(engine)
}

/// Describes the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented_routes().into_openapi()
}
