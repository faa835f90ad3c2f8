//! Who is calling.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use engine::{AccountId, Api, Caller, Door, Engine, Presented};

use crate::error::Problem;

/// The API that credentials may be limited to.
const API: Api = Api { door: Door::Phonoscope, name: "batches" };

/// A caller who was let in. Extracting it comes before reading the body.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
}

impl Call {
    /// Returns the account, which is in every query.
    pub(crate) fn account(&self) -> &AccountId {
        &self.caller.account_id
    }
}

impl FromRequestParts<Arc<Engine>> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers).ok_or_else(Problem::no_token)?;
        let origin = intake::origin_host(&parts.headers);
        let presented = Presented { secret: &token, origin_host: origin.as_deref() };
        let caller = engine.authenticate(presented, API).await?;
        Ok(Self { engine: Arc::clone(engine), caller })
    }
}

fn bearer_token(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.trim().split_once(char::is_whitespace)?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}
