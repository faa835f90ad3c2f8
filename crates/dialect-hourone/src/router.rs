//! The routes, what is around them, and their OpenAPI document.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT, ALLOW, AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use engine::Engine;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::call::{Call, KEY_HEADER};
use crate::error::{ApiError, ErrorBody, InvalidBody};
use crate::frame::{WARNINGS_HEADER, frame};
use crate::{analytics, deliveries, drafts, examples, keys, places, preview, shelves, video, webhooks};

/// The path that all routes begin with.
pub(crate) const PREFIX: &str = "/api/v1";
/// The first step of paths for servers with several doors, whose base URL then is `https://host/hourone`.
const OWN_STEP: &str = "hourone";
/// The first steps of this API's paths, which the vendor's reference writes without the prefix.
const AREAS: [&str; 15] = [
    "videos",
    "voice-preview",
    "analytics",
    "webhooks",
    "keys",
    "examples",
    "drafts",
    "templates",
    "layouts",
    "palettes",
    "characters",
    "voices",
    "folders",
    "workspaces",
    "teams",
];
/// How long a browser may remember the answer to a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(24 * 3600);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hour One API",
        description = "Videos with speaking characters, from drafts, layouts and workflows: the Hour One API on this server."
    ),
    tags(
        (name = "videos", description = "Making videos, and what became of them"),
        (name = "voice-preview", description = "A text said by the voice of a draft"),
        (name = "analytics", description = "How many videos were made when"),
        (name = "webhooks", description = "Who hears that videos are ready"),
        (name = "keys", description = "The key for this API"),
        (name = "examples", description = "Requests to copy"),
        (name = "extensions", description = "What the vendor has only in its editor and console"),
    ),
    components(schemas(ErrorBody, InvalidBody)),
    modifiers(&ApiKeyHeader)
)]
struct Document;

struct ApiKeyHeader;

impl Modify for ApiKeyHeader {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let key = ApiKeyValue::with_description(KEY_HEADER, "An Hour One or general credential's key");
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(KEY_HEADER, SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

fn documented_routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(video::list, video::create))
        .routes(routes!(video::get, video::delete))
        .routes(routes!(video::metadata::get))
        .routes(routes!(video::subtitles::create))
        .routes(routes!(video::report::get))
        .routes(routes!(preview::create))
        .routes(routes!(preview::get))
        .routes(routes!(analytics::summary))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::get, webhooks::update, webhooks::delete))
        .routes(routes!(webhooks::secret))
        .routes(routes!(webhooks::pause))
        .routes(routes!(webhooks::toggle_status))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::resend))
        .routes(routes!(deliveries::resend_failed))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::delete))
        .routes(routes!(examples::create))
        .routes(routes!(examples::get))
        .routes(routes!(drafts::list, drafts::create))
        .routes(routes!(drafts::get, drafts::delete))
        .routes(routes!(shelves::templates))
        .routes(routes!(shelves::layouts))
        .routes(routes!(shelves::palettes))
        .routes(routes!(shelves::characters))
        .routes(routes!(shelves::voices))
        .routes(routes!(places::folders, places::create_folder))
        .routes(routes!(places::workspaces, places::create_workspace))
        .routes(routes!(places::teams, places::create_team))
}

/// Serves `/api/v1/…`; everything else is left to the router that this one is merged into.
///
/// Routing happens before any middleware of a router runs, so [`normalize_path`] must be applied around the whole: it also brings
/// paths without the prefix, and those below `/hourone`, here.
pub fn router(engine: Arc<Engine>) -> Router {
    let (routes, _) = documented_routes().split_for_parts();
    routes
        .method_not_allowed_fallback(wrong_method)
        .route(PREFIX, any(no_path))
        .route("/api/v1/{*rest}", any(no_path))
        .layer(from_fn_with_state(Arc::clone(&engine), frame))
        .layer(cors())
        .with_state(engine)
}

/// Describes the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented_routes().into_openapi()
}

async fn no_path() -> ApiError {
    ApiError::NoPath
}

/// Who may not come in is told nothing about methods either.
async fn wrong_method(State(engine): State<Arc<Engine>>, request: Request) -> ApiError {
    let (mut parts, _) = request.into_parts();
    match Call::from_request_parts(&mut parts, &engine).await {
        Ok(_) => ApiError::WrongMethod,
        Err(error) => error,
    }
}

/// Lets pages of any origin call: keys are in a header that no browser adds by itself.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS])
        // `*` would not cover `authorization`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([RETRY_AFTER, ALLOW, WARNINGS_HEADER])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Tells whether a request is for this API: by its path, or, where the path has no prefix, by its path and its key.
///
/// Bare paths such as `/videos` are nobody else's either, but a browser that asks for a page there is not one of our clients.
pub fn owns(_method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let segments = intake::steps(path);
    match segments[..] {
        ["api", "v1", ..] | [OWN_STEP, ..] => true,
        [area, ..] => AREAS.contains(&area) && !is_page_view(headers),
        [] => false,
    }
}

fn is_page_view(headers: &HeaderMap) -> bool {
    let has_key = headers.contains_key(KEY_HEADER) || headers.contains_key(AUTHORIZATION);
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    !has_key && accept.contains("text/html")
}

/// Brings a request for this API to its path below `/api/v1`, without doubled and trailing slashes; other requests stay as they are.
///
/// For [`tower::util::MapRequestLayer`](https://docs.rs/tower) around the binary's whole router.
pub fn normalize_path<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    if owns(request.method(), request.uri().path(), request.headers())
        && let Some(uri) = normalized(request.uri())
    {
        *request.uri_mut() = uri;
    }
    request
}

fn normalized(uri: &Uri) -> Option<Uri> {
    let segments = intake::steps(uri.path());
    let mut rest = segments.as_slice();
    if let [OWN_STEP, below @ ..] = rest {
        rest = below;
    }
    if let ["api", "v1", below @ ..] = rest {
        rest = below;
    }
    let path = std::iter::once(PREFIX).chain(rest.iter().copied()).collect::<Vec<_>>().join("/");
    intake::with_path(uri, &path)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn path_of(uri: &str) -> String {
        let request = Request::builder().uri(uri).body(()).unwrap();
        normalize_path(request).uri().to_string()
    }

    #[test]
    fn a_client_may_take_the_host_the_prefix_or_the_doors_path_as_its_base() {
        for uri in
            ["/api/v1/videos/7?x=//", "/videos/7?x=//", "/hourone/videos/7?x=//", "/hourone/api/v1/videos/7?x=//"]
        {
            assert_eq!(path_of(uri), "/api/v1/videos/7?x=//");
        }
        assert_eq!(path_of("//videos//7/"), "/api/v1/videos/7");
        assert_eq!(path_of("http://host//api/v1/"), "http://host/api/v1");
        assert_eq!(path_of("/hourone"), "/api/v1");
    }

    #[test]
    fn paths_of_others_stay_as_they_are() {
        for path in ["//media//x/", "/api/videos/", "/api//buckets", "/v1//videos/", "/", "/editor//project"] {
            assert_eq!(path_of(path), path);
        }
    }

    #[test]
    fn a_browser_that_wants_a_page_is_left_alone() {
        let page = |path: &str, key: Option<&str>| {
            let mut request = Request::builder().uri(path).header("accept", "text/html,*/*;q=0.8");
            if let Some(key) = key {
                request = request.header(KEY_HEADER, key);
            }
            normalize_path(request.body(()).unwrap()).uri().to_string()
        };
        assert_eq!(page("/videos", None), "/videos");
        assert_eq!(page("/videos", Some("x")), "/api/v1/videos");
        assert_eq!(page("/api/v1//videos", None), "/api/v1/videos");
    }
}
