//! Signed media links: no credential, byte ranges, any origin.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::{ErrorKind, MediaLink};
use http_range_header::StartPosition;

use super::Shared;

/// The kind of link whose file may change.
const FILM: &str = "film";
/// A year, the longest that RFC 9111 caches keep; a link's bytes never change.
const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// Lets any page read media links.
pub(super) async fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "range, if-range, if-none-match"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// Serves the file that a link leads to, whole or the range that was asked for.
pub(super) async fn serve(
    State(shared): State<Shared>,
    Path((kind, signature, name)): Path<(String, String, String)>,
    method: Method,
    request: HeaderMap,
) -> Response {
    let link = match shared.engine.resolve_media(&kind, &signature, &name).await {
        Ok(link) => link,
        Err(error) if error.kind() == ErrorKind::NotFound => return plain(StatusCode::NOT_FOUND, "no such file\n"),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot serve media");
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n");
        }
    };
    let etag = etag_of(&link, &kind, &signature);
    let is_known = request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    if is_known {
        return with_headers(Response::new(Body::empty()), StatusCode::NOT_MODIFIED, &link, &etag);
    }
    match wanted_range(&request, &etag, link.n_bytes) {
        Wanted::Whole => respond(&shared, &method, &link, &etag, 0..link.n_bytes, StatusCode::OK).await,
        Wanted::Part(range) => respond(&shared, &method, &link, &etag, range, StatusCode::PARTIAL_CONTENT).await,
        Wanted::Nothing => {
            let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE, "no such range\n");
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", link.n_bytes));
            response
        }
    }
}

/// Names the bytes behind a link. A film that is rendered once more keeps its link, so its file is named instead.
fn etag_of(link: &MediaLink, kind: &str, signature: &str) -> String {
    let name = if kind == FILM { link.blob.as_str() } else { signature };
    format!("\"{}-{}\"", name.replace('/', "-"), link.n_bytes)
}

enum Wanted {
    Whole,
    Part(std::ops::Range<u64>),
    Nothing,
}

/// Reads `Range`; more than one range is answered with the whole file, which RFC 9110 14.2 allows.
fn wanted_range(request: &HeaderMap, etag: &str, n_bytes: u64) -> Wanted {
    let Some(text) = request.get(header::RANGE).and_then(|range| range.to_str().ok()) else { return Wanted::Whole };
    let is_stale = request.get(header::IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes());
    let Ok(parsed) = http_range_header::parse_range_header(text) else { return Wanted::Whole };
    if is_stale || parsed.ranges.len() != 1 {
        return Wanted::Whole;
    }
    match parsed.validate(n_bytes) {
        Ok(ranges) => match ranges.first() {
            Some(range) => Wanted::Part(*range.start()..range.end() + 1),
            None => Wanted::Nothing,
        },
        // RFC 9110, 14.1.2: more of the end than there is, is all of it.
        Err(_) => match parsed.ranges[0].start {
            StartPosition::FromLast(n_last) if n_last > n_bytes && n_bytes > 0 => Wanted::Part(0..n_bytes),
            _ => Wanted::Nothing,
        },
    }
}

async fn respond(
    shared: &Shared,
    method: &Method,
    link: &MediaLink,
    etag: &str,
    range: std::ops::Range<u64>,
    status: StatusCode,
) -> Response {
    let body = if *method == Method::HEAD {
        Body::empty()
    } else {
        match shared.engine.blobs().read(&link.blob, range.clone()).await {
            Ok(chunks) => Body::from_stream(chunks),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot read media");
                return plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n");
            }
        }
    };
    let mut response = with_headers(Response::new(body), status, link, etag);
    insert(&mut response, header::CONTENT_LENGTH, &(range.end - range.start).to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        let content_range = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), link.n_bytes);
        insert(&mut response, header::CONTENT_RANGE, &content_range);
    }
    response
}

fn with_headers(mut response: Response, status: StatusCode, link: &MediaLink, etag: &str) -> Response {
    *response.status_mut() = status;
    insert(&mut response, header::CONTENT_TYPE, &link.media_type);
    insert(&mut response, header::ETAG, etag);
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    insert(&mut response, header::CACHE_CONTROL, CACHE_CONTROL);
    insert(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    insert(&mut response, header::ACCESS_CONTROL_EXPOSE_HEADERS, "content-length, content-range, accept-ranges");
    insert(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    // Values are made of digits, hex and media types of our own; one that is no header value is left out.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str) -> Wanted {
        let headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
        wanted_range(&headers, "\"x\"", 100)
    }

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        assert!(matches!(wanted("bytes=0-9"), Wanted::Part(range) if range == (0..10)));
        assert!(matches!(wanted("bytes=90-"), Wanted::Part(range) if range == (90..100)));
        assert!(matches!(wanted("bytes=-10"), Wanted::Part(range) if range == (90..100)));
        assert!(matches!(wanted("bytes=-500"), Wanted::Part(range) if range == (0..100)));
        assert!(matches!(wanted("bytes=50-500"), Wanted::Part(range) if range == (50..100)));
        assert!(matches!(wanted("bytes=100-"), Wanted::Nothing));
        assert!(matches!(wanted("bytes=0-1,5-6"), Wanted::Whole));
        assert!(matches!(wanted("lines=0-1"), Wanted::Whole));
    }

    #[test]
    fn a_range_of_another_version_is_answered_whole() {
        let headers = HeaderMap::from_iter([
            (header::RANGE, "bytes=0-9".parse().unwrap()),
            (header::IF_RANGE, "\"y\"".parse().unwrap()),
        ]);
        assert!(matches!(wanted_range(&headers, "\"x\"", 100), Wanted::Whole));
    }
}
