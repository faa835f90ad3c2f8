//! Who is calling.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use engine::film::{Film, FilmId};
use engine::{AccountId, Api, Caller, Door, Engine};

use crate::error::ApiError;

/// The API that calls of this door are permitted as.
pub(crate) const API: Api = Api { door: Door::Aistudios, name: "projects" };
/// Hex digits of the id of a project.
const ID_CHARS: usize = 24;

/// A caller who was let in. Extracting it comes before reading the body: nobody's bytes are read for nothing.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
}

impl FromRequestParts<Arc<Engine>> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, ApiError> {
        let token = token(&parts.headers).ok_or(ApiError::Unauthenticated)?;
        let origin = intake::origin_host(&parts.headers);
        let caller = engine.authenticate_day_token(&token, origin.as_deref(), API).await?;
        Ok(Self { engine: Arc::clone(engine), caller })
    }
}

impl Call {
    /// Returns the account, which is in every query.
    pub(crate) fn account(&self) -> &AccountId {
        &self.caller.account_id
    }

    /// Finds one of the caller's projects by its id as a client wrote it. One that waits for its documents gets its scenes as soon as they are read.
    pub(crate) async fn project(&self, id: &str) -> Result<Film, ApiError> {
        let id = project_id(id)?;
        let film = self.engine.film(self.account(), Door::Aistudios, &id).await?;
        crate::automation::ready(self, film).await
    }
}

/// Reads the id of a project; what cannot be one names nothing.
pub(crate) fn project_id(text: &str) -> Result<FilmId, ApiError> {
    if is_id(text) { Ok(FilmId::from_text(text)) } else { Err(ApiError::not_found("project", text)) }
}

/// Tells whether text has the form of an id: 24 lower-case hex digits.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == ID_CHARS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads `authorization: TOKEN`. Quirk: the vendor wants no `Bearer` before it, and programs in the wild send one all the same.
fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = text.trim();
    let token = match text.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => text,
    };
    (!token.is_empty()).then(|| token.to_owned())
}

/// The value of a path's one placeholder.
#[derive(Debug)]
pub(crate) struct At(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for At {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // Fails for what is not UTF-8 once it is decoded, and nothing has such a name.
        let value = Path::<String>::from_request_parts(parts, state).await;
        value.map(|Path(value)| Self(value)).map_err(|_| ApiError::NoPath)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(value: &str) -> Option<String> {
        token(&HeaderMap::from_iter([(AUTHORIZATION, value.parse().expect("tests pass valid headers"))]))
    }

    #[test]
    fn a_token_comes_bare_or_with_bearer() {
        for value in ["a.b.c", " a.b.c ", "Bearer a.b.c", "bearer  a.b.c", "BEARER a.b.c"] {
            assert_eq!(token_of(value).as_deref(), Some("a.b.c"), "{value}");
        }
        assert_eq!(token_of(""), None);
        assert_eq!(token(&HeaderMap::new()), None);
        assert_eq!(token_of("Bearer"), Some("Bearer".to_owned()));
    }

    #[test]
    fn only_24_hex_digits_can_name_a_project() {
        assert!(is_id("66b1f0c2a94e1d0012ab34cd"));
        for text in ["", "66b1f0c2a94e1d0012ab34c", "66B1F0C2A94E1D0012AB34CD", "66b1f0c2a94e1d0012ab34cd0", "x"] {
            assert!(!is_id(text), "{text}");
        }
    }
}
