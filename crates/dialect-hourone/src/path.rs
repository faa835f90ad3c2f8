//! What a request's path says, and the address that it came in at.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::header::HOST;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The values of a path's placeholders, in their order: a `String`, or a tuple of them.
#[derive(Debug)]
pub(crate) struct At<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // Fails for what is not UTF-8 once it is decoded, and nothing has such a name.
        let values = Path::<T>::from_request_parts(parts, state).await;
        values.map(|Path(values)| Self(values)).map_err(|_| ApiError::NoPath)
    }
}

/// The address under which the client knows this server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Scheme and host, such as `http://localhost:8080`.
    pub(crate) base: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Server {
    type Rejection = Infallible;

    /// Our choice: `https` only where a proxy says so, since this server speaks plain HTTP itself.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let proto = parts.headers.get("x-forwarded-proto").and_then(|proto| proto.to_str().ok()).unwrap_or_default();
        // The first proxy of several is the one that the client sees.
        let is_secure = proto.split(',').next().is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
        let scheme = if is_secure { "https" } else { "http" };
        let named = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = named.or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str));
        let host = host.filter(|host| !host.is_empty()).unwrap_or("localhost");
        Ok(Self { base: format!("{scheme}://{host}") })
    }
}
