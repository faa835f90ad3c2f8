//! Which requests are ours, and the order of the checks that each goes through.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, HeaderValue, LOCATION};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use engine::Engine;

use crate::answer::Answer;
use crate::call::{Call, authenticate};
use crate::error::ApiError;
use crate::negotiation::{accepted, accepts};
use crate::query::Query;
use crate::routes::{AREAS, Operation, Place, find};
use crate::{avatars, batch_videos, files, frame, schema, templates, tts, users, videos};

/// The door's own prefix: clients may have it in their base URL, or not.
const PREFIX: &str = "/spiritme";

/// Marks a request whose path had the prefix, for the links in its answer.
#[derive(Debug, Clone, Copy)]
struct Prefixed;

/// Serves the paths that [`owns_path`] tells of; everything else is left to the router that this one is merged into.
///
/// Routing happens before any middleware of a router runs, so [`normalize_path`] must be applied around the whole.
pub fn router(engine: Arc<Engine>) -> Router {
    let mut router = Router::new();
    for area in AREAS {
        for rest in ["", "/", "/{*rest}"] {
            router = router.route(&format!("/api/{area}{rest}"), any(serve));
        }
    }
    for rest in ["", "/", "/{*rest}"] {
        router = router.route(&format!("{PREFIX}{rest}"), any(serve));
    }
    router.with_state(engine)
}

/// Tells whether a path belongs to this API, with the door's prefix or without, with doubled slashes or without.
pub fn owns_path(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    match segments.next() {
        Some("api") => segments.next().is_some_and(|area| AREAS.contains(&area)),
        Some(first) => Some(first) == PREFIX.strip_prefix('/'),
        None => false,
    }
}

/// Takes the door's prefix and doubled slashes out of the path of a request for this API; other paths stay as they are.
///
/// The slash at the end stays, too: it is a part of the vendor's paths.
/// For [`tower::util::MapRequestLayer`](https://docs.rs/tower) around the binary's whole router.
pub fn normalize_path<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    if !owns_path(request.uri().path()) {
        return request;
    }
    if let Some((uri, has_prefix)) = normalized(request.uri()) {
        *request.uri_mut() = uri;
        if has_prefix {
            request.extensions_mut().insert(Prefixed);
        }
    }
    request
}

fn normalized(uri: &Uri) -> Option<(Uri, bool)> {
    let has_end = uri.path().ends_with('/');
    let folded = format!("/{}{}", intake::steps(uri.path()).join("/"), if has_end { "/" } else { "" });
    let inside = folded.strip_prefix(PREFIX).filter(|inside| owns_path(inside));
    let path = inside.unwrap_or(&folded);
    Some((intake::with_path(uri, path)?, inside.is_some()))
}

async fn serve(State(engine): State<Arc<Engine>>, request: Request) -> Response {
    if let Some(preflight) = frame::preflight(&request) {
        return preflight;
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let Some((place, id)) = find(&path) else {
        let redirect = redirect(&request);
        let answered = async { redirect.unwrap_or_else(|| ApiError::NotFound.into_response()) };
        return frame::framed(&engine, "unknown", &method, answered).await;
    };
    let served = async {
        let mut response = match answer(&engine, place, id, request).await {
            Ok(answer) => answer.into_response(),
            Err(error) => error.into_response(),
        };
        if let Ok(allow) = HeaderValue::from_str(&place.allow()) {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    };
    frame::framed(&engine, place.path, &method, served).await
}

/// Sends a path without its last slash to the one with it.
///
/// Our choice: the vendor's 301 turns a POST into a GET, which fails; 308 does what was meant.
fn redirect(request: &Request) -> Option<Response> {
    let path = format!("{}/", request.uri().path());
    find(&path)?;
    let status = if is_read(request.method()) { StatusCode::MOVED_PERMANENTLY } else { StatusCode::PERMANENT_REDIRECT };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = HeaderValue::from_str(&format!("{}{path}{query}", prefix_of(request))).ok()?;
    Some((status, [(LOCATION, location)]).into_response())
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn prefix_of(request: &Request) -> &'static str {
    if request.extensions().get::<Prefixed>().is_some() { PREFIX } else { "" }
}

/// Checks a request in the framework's order: what is accepted, who calls, how often, by which method. The object, the body's type, its
/// syntax and its members are the operation's own checks, in this order, too.
async fn answer(engine: &Arc<Engine>, place: &'static Place, id: &str, request: Request) -> Result<Answer, ApiError> {
    let Some(area) = place.area else { return open(engine, place, &request) };
    if !accepts(&accepted(request.headers()), "application/json") {
        return Err(ApiError::NotAcceptable);
    }
    let caller = authenticate(engine, request.headers(), area).await?;
    let method = request.method().as_str();
    if method == "OPTIONS" {
        return frame::description(place);
    }
    let operation = place.operation(method).ok_or_else(|| ApiError::MethodNotAllowed(method.to_owned()))?;
    let call = Call {
        engine: Arc::clone(engine),
        caller,
        query: Query::read(request.uri().query().unwrap_or_default()),
        url: format!("{}{}{}", engine.public_url(), prefix_of(&request), request.uri().path()),
        id: id.to_owned(),
    };
    run(operation, call, request).await
}

/// Answers where no token is needed.
fn open(engine: &Engine, place: &Place, request: &Request) -> Result<Answer, ApiError> {
    let method = request.method().as_str();
    let operation = match (method, place.operation(method)) {
        ("OPTIONS", _) => return frame::description(place),
        (_, Some(operation)) => operation,
        (_, None) => return Err(ApiError::MethodNotAllowed(method.to_owned())),
    };
    if operation == Operation::Swagger {
        return Ok(Answer::found(if prefix_of(request).is_empty() {
            "../../docs/spiritme/"
        } else {
            "../../../docs/spiritme/"
        }));
    }
    let query = Query::read(request.uri().query().unwrap_or_default());
    schema::retrieve(engine.public_url(), &query, &accepted(request.headers()))
}

async fn run(operation: Operation, call: Call, request: Request) -> Result<Answer, ApiError> {
    match operation {
        Operation::AvatarsList => avatars::list(&call),
        Operation::TemplatesList => templates::list(call).await,
        Operation::TemplatesCreate => templates::create(call, request).await,
        Operation::TemplatesRetrieve => templates::retrieve(call).await,
        Operation::BatchVideosList => batch_videos::list(call).await,
        Operation::BatchVideosCreate => batch_videos::create(call, request).await,
        Operation::BatchVideosRetrieve => batch_videos::retrieve(call).await,
        Operation::FilesList => files::list(call).await,
        Operation::FilesCreate => files::create(call, request).await,
        Operation::FilesRetrieve => files::retrieve(call).await,
        Operation::FilesDestroy => files::destroy(call).await,
        Operation::FilesChildrenList => files::children(call).await,
        Operation::LanguagesList => tts::languages(&call),
        Operation::VoicesList => tts::voices(&call),
        Operation::UserRetrieve => users::retrieve(call).await,
        Operation::UserDestroy => users::destroy(call).await,
        Operation::VideosList => videos::list(call).await,
        Operation::VideosCreate => videos::create(call, request).await,
        Operation::VideosRetrieve => videos::retrieve(call).await,
        Operation::VideosUpdate => videos::update(call, request).await,
        Operation::VideosDestroy => videos::destroy(call).await,
        Operation::VideosPublish => videos::publish(call).await,
        // Served without a token.
        Operation::SchemaRetrieve | Operation::Swagger => Err(ApiError::NotFound),
    }
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
    fn the_prefix_and_doubled_slashes_do_not_matter() {
        assert_eq!(path_of("/spiritme/api/videos/"), "/api/videos/");
        assert_eq!(path_of("/spiritme//api/videos/7/?a=/b/"), "/api/videos/7/?a=/b/");
        assert_eq!(path_of("//api/videos"), "/api/videos");
        assert_eq!(path_of("http://host/spiritme/api/tts/voices/"), "http://host/api/tts/voices/");
    }

    #[test]
    fn paths_of_others_stay_as_they_are() {
        for path in [
            "/api/buckets/",
            "//api//buckets/",
            "/spiritmes/api/videos/",
            "/producer/videos",
            "/spiritme/api/buckets/",
            "/",
        ] {
            assert_eq!(path_of(path), path);
        }
    }

    #[test]
    fn what_is_ours() {
        for path in
            ["/api/videos/", "/api/videos", "//api/files/3/children/", "/api/swagger/", "/spiritme", "/spiritme/x"]
        {
            assert!(owns_path(path), "{path}");
        }
        for path in ["/api/", "/api/buckets", "/api/base-projects", "/videos/", "/", "", "/api/video/"] {
            assert!(!owns_path(path), "{path}");
        }
    }
}
