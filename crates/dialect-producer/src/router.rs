//! The routes, what is around them, and their OpenAPI document.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::RETRY_AFTER;
use axum::http::{Method, Request, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use engine::Engine;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, ErrorBody};
use crate::{audios, frame, lyrics, tasks, upload, videos, wav};

/// How long a browser may remember the answer to a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(24 * 3600);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Producer API",
        description = "Audio in, MP4 with cover art and WAV out: the AceData Producer API on this server."
    ),
    tags((name = "producer", description = "The Producer operations")),
    components(schemas(ErrorBody)),
    modifiers(&BearerToken)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A Producer or general credential's token"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

fn documented_routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(videos::videos))
        .routes(routes!(upload::upload))
        .routes(routes!(wav::wav))
        .routes(routes!(tasks::tasks))
        .routes(routes!(lyrics::lyrics))
        .routes(routes!(audios::audios))
}

/// Serves `/producer/…`; everything else is left to the router that this one is merged into.
///
/// Routing happens before any middleware of a router runs, so [`normalize_path`] must be applied around the whole.
pub fn router(engine: Arc<Engine>) -> Router {
    let (routes, _) = documented_routes().split_for_parts();
    routes
        // Vendor quirk: a wrong method is as unknown as a wrong path.
        .method_not_allowed_fallback(no_api)
        .route("/producer", any(no_api))
        .route("/producer/", any(no_api))
        .route("/producer/{*rest}", any(no_api))
        .layer(from_fn_with_state(Arc::clone(&engine), frame::frame))
        .layer(cors())
        .with_state(engine)
}

/// Describes the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented_routes().into_openapi()
}

async fn no_api() -> ApiError {
    ApiError::NoApi
}

/// Lets pages of any origin call: tokens are in a header that no browser adds by itself.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        // `*` would not cover `authorization`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Cleans the path of a request for this API of doubled and trailing slashes; other paths stay as they are.
///
/// Vendor clients glue base URL and path together, some without looking for a slash at the seam.
/// For [`tower::util::MapRequestLayer`](https://docs.rs/tower) around the binary's whole router.
pub fn normalize_path<B>(mut request: Request<B>) -> Request<B> {
    if let Some(uri) = normalized(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn normalized(uri: &Uri) -> Option<Uri> {
    let segments = intake::steps(uri.path());
    if segments.first() != Some(&"producer") {
        return None;
    }
    intake::with_path(uri, &format!("/{}", segments.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(uri: &str) -> String {
        let request = Request::builder().uri(uri).body(()).expect("tests pass valid paths");
        normalize_path(request).uri().to_string()
    }

    #[test]
    fn slashes_at_the_seams_do_not_matter() {
        assert_eq!(path_of("/producer/videos"), "/producer/videos");
        assert_eq!(path_of("//producer/videos"), "/producer/videos");
        assert_eq!(path_of("/producer//videos/?a=/b/"), "/producer/videos?a=/b/");
        assert_eq!(path_of("http://host//producer/"), "http://host/producer");
    }

    #[test]
    fn paths_of_others_stay_as_they_are() {
        assert_eq!(path_of("//media//x/"), "//media//x/");
        assert_eq!(path_of("/producers/"), "/producers/");
        assert_eq!(path_of("/"), "/");
    }
}
