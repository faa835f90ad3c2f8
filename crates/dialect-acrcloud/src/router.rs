//! The routes, what is around them, and their OpenAPI document.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{ALLOW, CONTENT_DISPOSITION, RETRY_AFTER};
use axum::http::{HeaderName, Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use engine::Engine;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::call::AnyCall;
use crate::error::{ApiError, ErrorBody};
use crate::{
    buckets, containers, dedup, dump, files, frame, identify, metadata, offline, presigned, projects, scans, statistics,
};

/// How long a browser may remember the answer to a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// The paths that take no token.
const OPEN_PATHS: [&str; 3] = [dump::DOWNLOAD_PATH, identify::PATH, presigned::UPLOAD_PATH];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ACRCloud API",
        description = "Buckets of audio, what recognizes them, and identification: the ACRCloud APIs on this server."
    ),
    tags(
        (name = "buckets", description = "Collections of audio files"),
        (name = "audio-files", description = "What is in a bucket"),
        (name = "dedup-files", description = "Has this sound been seen before?"),
        (name = "base-projects", description = "Key pairs, and the buckets that they search"),
        (name = "offline-dbs", description = "Buckets as one file"),
        (name = "identification", description = "Which file is this clip of?"),
        (name = "file-scanning", description = "What plays in a long recording when?"),
        (name = "metadata", description = "What is known of a track"),
    ),
    components(schemas(ErrorBody, identify::IdentifyAnswer)),
    modifiers(&BearerToken)
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An ACRCloud or general credential's access token"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

fn documented_routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(buckets::list, buckets::create))
        .routes(routes!(buckets::get, buckets::update, buckets::delete))
        .routes(routes!(files::list, files::upload::upload, files::change::delete_listed))
        .routes(routes!(files::get, files::change::put, files::change::delete))
        .routes(routes!(files::change::move_into))
        .routes(routes!(files::change::move_out))
        .routes(routes!(dump::dump))
        .routes(routes!(dump::dump_of_files))
        .routes(routes!(dump::download))
        .routes(routes!(dedup::list, dedup::look_up))
        .routes(routes!(dedup::get, dedup::delete))
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::get, projects::update, projects::delete))
        .routes(routes!(statistics::bucket_status))
        .routes(routes!(statistics::statistics))
        .routes(routes!(statistics::day_stat))
        .routes(routes!(offline::list, offline::create))
        .routes(routes!(offline::get, offline::update, offline::delete))
        .routes(routes!(offline::rebuild))
        .routes(routes!(metadata::tracks))
        .routes(routes!(identify::identify))
        .routes(routes!(containers::list, containers::create))
        .routes(routes!(containers::get, containers::update, containers::delete))
        .routes(routes!(scans::list, scans::upload::add))
        .routes(routes!(scans::get, scans::delete))
        .routes(routes!(scans::rescan))
        .routes(routes!(presigned::presign))
        .routes(routes!(presigned::upload))
}

/// Serves `/api/…` and `/v1/identify`; everything else is left to the router that this one is merged into.
///
/// Routing happens before any middleware of a router runs, so [`normalize_path`] must be applied around the whole.
pub fn router(engine: Arc<Engine>) -> Router {
    let (routes, _) = documented_routes().split_for_parts();
    routes
        .method_not_allowed_fallback(wrong_method)
        .route("/api", any(no_path))
        .route("/api/", any(no_path))
        .route("/api/{*rest}", any(no_path))
        .layer(from_fn_with_state(Arc::clone(&engine), frame::frame))
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
    let is_open = parts.extensions.get::<MatchedPath>().is_some_and(|path| OPEN_PATHS.contains(&path.as_str()));
    if is_open {
        return ApiError::WrongMethod;
    }
    match AnyCall::from_request_parts(&mut parts, &engine).await {
        Ok(_) => ApiError::WrongMethod,
        Err(error) => error,
    }
}

/// Lets pages of any origin call: tokens are in a header that no browser adds by itself.
fn cors() -> CorsLayer {
    let rate = ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"];
    let exposed = [RETRY_AFTER, ALLOW, CONTENT_DISPOSITION].into_iter().chain(rate.map(HeaderName::from_static));
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS])
        // `*` would not cover `authorization`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed.collect::<Vec<_>>())
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Cleans the path of a request for this API of doubled and trailing slashes; other paths stay as they are.
///
/// Vendor clients glue base URL and path together, some without looking for a slash at the seam.
/// For [`tower::util::MapRequestLayer`](https://docs.rs/tower) around the binary's whole router.
pub fn normalize_path<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    if let Some(uri) = normalized(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn normalized(uri: &Uri) -> Option<Uri> {
    let segments = intake::steps(uri.path());
    if !matches!(segments[..], ["api", ..] | ["v1", "identify", ..] | ["v1", "monitor", "identify", ..]) {
        return None;
    }
    let path = format!("/{}", segments.join("/"));
    intake::with_path(uri, &path)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn path_of(uri: &str) -> String {
        let request = Request::builder().uri(uri).body(()).expect("tests pass valid paths");
        normalize_path(request).uri().to_string()
    }

    #[test]
    fn slashes_at_the_seams_do_not_matter() {
        assert_eq!(path_of("/api/buckets"), "/api/buckets");
        assert_eq!(path_of("//api/buckets/7/"), "/api/buckets/7");
        assert_eq!(path_of("/api//buckets/?a=/b/"), "/api/buckets?a=/b/");
        assert_eq!(path_of("http://host//api/"), "http://host/api");
        assert_eq!(path_of("//v1/identify"), "/v1/identify");
        assert_eq!(path_of("/v1/monitor//identify/"), "/v1/monitor/identify");
    }

    #[test]
    fn paths_of_others_stay_as_they_are() {
        for path in ["//media//x/", "//apis/", "/v1//videos/", "/"] {
            assert_eq!(path_of(path), path);
        }
    }
}
