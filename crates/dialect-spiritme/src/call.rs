//! Who is calling, and for what.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use engine::{AccountId, Api, Caller, Door, Engine, Presented};

use crate::error::{ApiError, Unauthorized};
use crate::query::Query;

/// The names of what a token may be limited to, an area each.
pub const APIS: [&str; 7] = ["avatars", "batch-video-templates", "batch-videos", "files", "tts", "users", "videos"];

/// A caller who was let in, and what their path and query say.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
    pub(crate) query: Query,
    /// The absolute address of the path.
    pub(crate) url: String,
    /// What stands where the path names an object.
    pub(crate) id: String,
}

impl Call {
    /// Returns the account, which is in every query.
    pub(crate) fn account(&self) -> &AccountId {
        &self.caller.account_id
    }

    /// Returns the number of the object in the path; what is no number names nothing.
    pub(crate) fn id(&self) -> Result<i64, ApiError> {
        let is_number = self.id.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number { self.id.parse().ok() } else { None };
        number.ok_or(ApiError::NotFound)
    }
}

/// Lets a caller in to an area.
pub(crate) async fn authenticate(engine: &Engine, headers: &HeaderMap, area: &'static str) -> Result<Caller, ApiError> {
    let token = token_of(headers).map_err(ApiError::Unauthorized)?;
    let origin = intake::origin_host(headers);
    let presented = Presented { secret: &token, origin_host: origin.as_deref() };
    Ok(engine.authenticate(presented, Api { door: Door::Spiritme, name: area }).await?)
}

/// Reads `Authorization: Token KEY`.
fn token_of(headers: &HeaderMap) -> Result<String, Unauthorized> {
    let value = headers.get(AUTHORIZATION).ok_or(Unauthorized::Missing)?;
    let words: Vec<&[u8]> = value.as_bytes().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    match words[..] {
        [scheme, ref rest @ ..] if scheme.eq_ignore_ascii_case(b"token") => match rest {
            [] => Err(Unauthorized::Empty),
            [token] => std::str::from_utf8(token).map(str::to_owned).map_err(|_| Unauthorized::Characters),
            _ => Err(Unauthorized::Spaces),
        },
        _ => Err(Unauthorized::Missing),
    }
}
