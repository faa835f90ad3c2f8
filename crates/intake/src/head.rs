//! What the head of a request says in the same way at every door, and what the head of an answer says.

use std::time::Duration;

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

/// Returns the steps of a path, whatever the number of slashes between them.
pub fn steps(path: &str) -> Vec<&str> {
    path.split('/').filter(|step| !step.is_empty()).collect()
}

/// Returns the URI with another path and the same query; `None` if that is its path already, or cannot be one.
pub fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    if path == uri.path() {
        return None;
    }
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Returns the host of the page that a browser calls for. An origin without one (`null`) is nobody's host.
pub fn origin_host(headers: &HeaderMap) -> Option<String> {
    let origin = headers.get(ORIGIN)?;
    let uri = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
    Some(uri.and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default())
}

/// Reads `authorization: Bearer TOKEN`. Tokens are opaque: whatever follows the scheme is looked up.
pub fn bearer_token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let (scheme, token) = text.trim().split_once(char::is_whitespace)?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// Returns the address under which the client knows this server, such as `http://localhost:8080`.
///
/// Our choice: `https` only where a proxy says so, since this server speaks plain HTTP itself.
pub fn server_address(headers: &HeaderMap, uri: &Uri) -> String {
    let proto = headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok()).unwrap_or_default();
    // The first proxy of several is the one that the client sees.
    let is_secure = proto.split(',').next().is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
    let scheme = if is_secure { "https" } else { "http" };
    let named = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| uri.authority().map(Authority::as_str));
    let host = host.filter(|host| !host.is_empty()).unwrap_or("localhost");
    format!("{scheme}://{host}")
}

/// Returns a wait as `Retry-After` has it: whole seconds, at least one.
pub fn retry_after_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000).max(1)).unwrap_or(u64::MAX)
}
