//! What a request's path says, and the address that it came in at.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
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

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { base: intake::server_address(&parts.headers, &parts.uri) })
    }
}
