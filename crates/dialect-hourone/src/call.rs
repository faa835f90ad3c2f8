//! Who is calling, what their query says, and where their work is put.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use engine::film::{PlaceId, PlaceKind};
use engine::{AccountId, Api, Caller, Door, Engine, Page, Presented};
use serde_json::{Map, Value};

use crate::error::{ApiError, check};
use crate::fields::{Object, SHORT_CHARS_MAX};
use crate::problems::{Fault, Problems};
use crate::router::PREFIX;

/// The header with the key.
pub(crate) const KEY_HEADER: &str = "api-key";
/// The headers that say where new work is put, and what they name.
const PLACES: [(&str, PlaceKind); 2] = [("workspace-id", PlaceKind::Workspace), ("team-id", PlaceKind::Team)];
/// The areas of this API, which keys can be restricted to.
const AREAS: [&str; 6] = ["videos", "voice-preview", "analytics", "webhooks", "keys", "examples"];
/// The area of everything else: what there is to make videos of.
const CATALOG: &str = "catalog";

/// A caller who was let in. Extracting it comes before reading the body: nobody's bytes are read for nothing.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
}

impl FromRequestParts<Arc<Engine>> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, ApiError> {
        let key = key(&parts.headers).ok_or(ApiError::Unauthenticated)?;
        let origin = intake::origin_host(&parts.headers);
        let presented = Presented { secret: &key, origin_host: origin.as_deref() };
        let api = Api { door: Door::Hourone, name: area(parts.uri.path()) };
        let caller = engine.authenticate(presented, api).await?;
        Ok(Self { engine: Arc::clone(engine), caller })
    }
}

impl Call {
    /// Returns the account, which is in every query.
    pub(crate) fn account(&self) -> &AccountId {
        &self.caller.account_id
    }

    /// Makes the name of a request.
    pub(crate) fn new_request_id(&self) -> String {
        engine::TraceId::random(self.engine.entropy()).to_string()
    }
}

fn area(path: &str) -> &'static str {
    let first = path.strip_prefix(PREFIX).and_then(|rest| rest.trim_start_matches('/').split('/').next());
    AREAS.into_iter().find(|area| Some(*area) == first).unwrap_or(CATALOG)
}

/// Reads `api-key: KEY`.
///
/// Our choice: a bearer token is as good everywhere, since the vendor's own console shows bearer tokens on some of its routes.
fn key(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned());
    if let Some(key) = text(KEY_HEADER) {
        return Some(key).filter(|key| !key.is_empty());
    }
    intake::bearer_token(headers)
}

/// Where new work is put: the ids of the headers `workspace-id` and `team-id`, in this order; empty for none.
#[derive(Debug, Default)]
pub(crate) struct Placement([String; 2]);

impl<S: Send + Sync> FromRequestParts<S> for Placement {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut given = Self::default();
        for ((header, _), id) in PLACES.iter().zip(&mut given.0) {
            let Some(value) = parts.headers.get(*header) else { continue };
            let text = value.to_str().map_err(|_| ApiError::invalid(&["header", header], Fault::no_text()))?;
            if text.chars().count() > SHORT_CHARS_MAX {
                return Err(ApiError::invalid(&["header", header], Fault::too_long(SHORT_CHARS_MAX)));
            }
            text.trim().clone_into(id);
        }
        Ok(given)
    }
}

impl Placement {
    /// Checks that the places are the caller's, and returns them joined for the film's row, the narrowest last.
    ///
    /// Our choice: who has made no place of a kind may name any, so that old scripts run; who has some must name one of them.
    pub(crate) async fn admitted(self, call: &Call) -> Result<String, ApiError> {
        for ((header, kind), id) in PLACES.into_iter().zip(&self.0) {
            if id.is_empty() {
                continue;
            }
            let found = call.engine.place(call.account(), Door::Hourone, kind, &PlaceId::from_text(id.as_str())).await;
            match found {
                Ok(_) => {}
                Err(engine::Error::NotFound { .. }) => {
                    let any = Page { limit: 1, offset: 0 };
                    let own = call.engine.places(call.account(), Door::Hourone, kind, any).await?;
                    if !own.is_empty() {
                        return Err(ApiError::OtherPlace { header });
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        let given: Vec<String> = self.0.into_iter().filter(|id| !id.is_empty()).collect();
        Ok(given.join("/"))
    }
}

/// The items of a request's query; of several with one name, the last.
#[derive(Debug)]
pub(crate) struct Query(Map<String, Value>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()))
    }
}

impl Query {
    /// Reads items with `read`, and fails if anything was wrong with them.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Object<'_>) -> T) -> Result<T, ApiError> {
        let problems = Problems::default();
        let value = read(&Object::whole(&self.0, "query", &problems));
        check(problems).map(|()| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_of_a_path_is_its_area() {
        assert_eq!(area("/api/v1/videos/1/metadata"), "videos");
        assert_eq!(area("/api/v1/webhooks"), "webhooks");
        assert_eq!(area("/api/v1/characters"), "catalog");
        assert_eq!(area("/elsewhere/videos"), "catalog");
    }
}
