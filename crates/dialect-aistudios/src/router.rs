//! The routes, what is around them, and their OpenAPI document.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use engine::Engine;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, ErrorBody};
use crate::projects::{create, delete, edit, export, get as whole, list, modify, progress};
use crate::{absent, auth, automation, frame, legacy, models, simple, template};

/// How long a browser may remember the answer to a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(24 * 3600);
/// The first segment of paths for clients whose base URL ends in it.
const PREFIX: &str = "aistudios";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "AI Studios API",
        description = "Projects of scenes with talking avatars, and the videos made of them: the AI Studios V3 API on this server."
    ),
    tags(
        (name = "auth", description = "Keys for a token"),
        (name = "projects", description = "Documents, and the videos made of them"),
        (name = "simple", description = "An avatar alone, and speech alone"),
        (name = "automation", description = "Projects drafted from texts and documents"),
        (name = "lists", description = "Who and what there is to choose from"),
        (name = "not offered", description = "What the vendor has and this server has not"),
    ),
    components(schemas(ErrorBody, whole::StoredProject)),
    modifiers(&Token)
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let text = "A token of POST /api/odin/v3/auth/token, as it is; `Bearer` before it is passed over";
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("Authorization", text)));
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

fn documented_routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(auth::token))
        .routes(routes!(auth::check))
        .routes(routes!(create::create, list::list, delete::delete))
        .routes(routes!(automation::slides))
        .routes(routes!(export::export))
        .routes(routes!(whole::get, edit::edit))
        .routes(routes!(progress::progress))
        .routes(routes!(template::create))
        .routes(routes!(modify::project))
        .routes(routes!(modify::template))
        .routes(routes!(simple::video))
        .routes(routes!(simple::custom))
        .routes(routes!(simple::audio))
        .routes(routes!(models::models))
        .routes(routes!(models::model_choices))
        .routes(routes!(models::voice_choices))
        .routes(routes!(models::business_templates))
        .routes(routes!(models::templates))
        .routes(routes!(models::workspaces))
        .routes(routes!(models::background))
        .routes(routes!(automation::scripts))
        .routes(routes!(automation::url))
        .routes(routes!(automation::upload))
        .routes(routes!(automation::docs))
        .routes(routes!(automation::progress))
        .routes(routes!(automation::progress_by_id))
        .routes(routes!(absent::topic))
        .routes(routes!(absent::translate, absent::translations))
        .routes(routes!(absent::custom_avatar))
        .routes(routes!(absent::dream_avatar))
        .routes(routes!(absent::voice_clone))
        .routes(routes!(absent::text))
        .routes(routes!(absent::image))
        .routes(routes!(absent::video))
        .routes(routes!(absent::voice))
}

/// The paths of the API's second version, and of the third's as a page of the vendor once writes them.
fn legacy_routes() -> Router<Arc<Engine>> {
    let mut routes = Router::new();
    for prefix in ["/api/odin", "/api/odin/v2"] {
        routes = routes
            .route(&format!("{prefix}/editor/project"), post(legacy::create))
            .route(&format!("{prefix}/editor/project/{{id}}"), get(whole::get))
            .route(&format!("{prefix}/editor/progress/{{id}}"), get(progress::progress))
            .route(&format!("{prefix}/auth/token"), post(auth::token));
    }
    routes
}

/// Serves `/api/odin/…` and `/images/background/…`; everything else is left to the router that this one is merged into.
///
/// Routing happens before any middleware of a router runs, so [`normalize_path`] must be applied around the whole.
pub fn router(engine: Arc<Engine>) -> Router {
    let (routes, _) = documented_routes().split_for_parts();
    routes
        .merge(legacy_routes())
        .method_not_allowed_fallback(wrong_method)
        .route("/api/odin", any(no_path))
        .route("/api/odin/{*rest}", any(no_path))
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

async fn wrong_method() -> ApiError {
    ApiError::WrongMethod
}

/// Lets pages of any origin call: tokens are in a header that no browser adds by itself.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::DELETE, Method::OPTIONS])
        // `*` would not cover `authorization`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([RETRY_AFTER, ALLOW])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Cleans the path of a request for this API of doubled and trailing slashes, and of the prefix `/aistudios`; other paths stay as they are.
///
/// For [`tower::util::MapRequestLayer`](https://docs.rs/tower) around the binary's whole router.
pub fn normalize_path<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    if let Some(uri) = normalized(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn normalized(uri: &Uri) -> Option<Uri> {
    let segments = intake::steps(uri.path());
    let segments = match segments[..] {
        [PREFIX, "api" | "images", ..] => &segments[1..],
        _ => &segments[..],
    };
    if !matches!(segments, ["api", "odin", ..] | ["images", "background", ..]) {
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
    fn slashes_at_the_seams_and_the_prefix_do_not_matter() {
        assert_eq!(path_of("/api/odin/v3/model"), "/api/odin/v3/model");
        assert_eq!(path_of("//api/odin/v3//model/"), "/api/odin/v3/model");
        assert_eq!(
            path_of("/api/odin/v3/automation/progress/?projectId=X"),
            "/api/odin/v3/automation/progress?projectId=X"
        );
        assert_eq!(path_of("/aistudios/api/odin/v3/model"), "/api/odin/v3/model");
        assert_eq!(path_of("/aistudios//images/background/x.png"), "/images/background/x.png");
    }

    #[test]
    fn paths_of_others_stay_as_they_are() {
        for path in ["/api/buckets//1", "//media//x/", "/aistudios", "/aistudios/x/", "/images//x/", "/"] {
            assert_eq!(path_of(path), path);
        }
    }
}
