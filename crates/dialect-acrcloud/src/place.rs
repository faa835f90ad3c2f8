//! Where a request came in: what its paths say, and the address that links in answers begin with.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The values of a path's placeholders, in their order: a `String`, or a tuple or an array of them.
///
/// Ids are read by the operation: what cannot be an id names nothing, and that is 404, after the caller was let in.
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

/// Reads a number out of a path; `what` is the kind of thing that it names.
pub(crate) fn number(text: &str, what: &'static str) -> Result<i64, ApiError> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse().ok() } else { None };
    number.ok_or_else(|| ApiError::not_found(what, shown(text)))
}

/// Returns an id from a path, fit for a message.
pub(crate) fn shown(id: &str) -> String {
    id.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// The address under which the client knows this server, and the path of its request.
#[derive(Debug)]
pub(crate) struct Place {
    /// Scheme and host, such as `http://localhost:8080`.
    pub(crate) server: String,
    /// The path, with slashes folded.
    pub(crate) path: String,
}

impl Place {
    /// Returns the absolute form of the request's own path.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.server, self.path)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let server = intake::server_address(&parts.headers, &parts.uri);
        Ok(Self { server, path: parts.uri.path().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_names_nothing() {
        assert_eq!(number("0042", "bucket"), Ok(42));
        for text in ["", "-1", "+1", " 1", "1.0", "x", "99999999999999999999", "１"] {
            assert!(number(text, "bucket").is_err(), "{text}");
        }
    }
}
