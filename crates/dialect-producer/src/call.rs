//! Who is calling, and the JSON that they sent.

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use engine::{Caller, Door, Engine, Presented, Task, TaskRequest, TraceId};
use serde_json::{Map, Value};

use crate::api::Api;
use crate::error::ApiError;
use crate::fields::Fields;
use crate::frame::Answer;
use crate::shape;

/// Largest JSON body, in bytes.
pub(crate) const JSON_BYTES_MAX: usize = 1 << 20;

/// Longest that a JSON body may take to arrive.
const BODY_MAX: Duration = Duration::from_secs(60);

/// Longest body that is kept with its task as it was received, in bytes.
///
/// A record is given back as often as it is asked for, so a padded body must not be kept; see [`JsonBody::kept`].
const KEPT_BYTES_MAX: usize = 16 << 10;

/// The members that operations know; what is kept of a body too long to be kept whole.
const KNOWN_MEMBERS: [&str; 4] = ["audio_id", "audio_url", "callback_url", "async"];

/// A caller who was let in. Extracting it comes before reading the body: nobody's bytes are read for nothing.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
    pub(crate) trace_id: TraceId,
}

impl FromRequestParts<Arc<Engine>> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, ApiError> {
        let api = Api::of_path(parts.uri.path()).ok_or(ApiError::NoApi)?;
        let token = bearer_token(&parts.headers)?;
        let origin = intake::origin_host(&parts.headers);
        let presented = Presented { secret: &token, origin_host: origin.as_deref() };
        let caller = engine.authenticate(presented, api.in_engine()).await?;
        let trace_id = parts.extensions.get::<TraceId>().cloned();
        Ok(Self {
            engine: Arc::clone(engine),
            caller,
            trace_id: trace_id.unwrap_or_else(|| TraceId::random(engine.entropy())),
        })
    }
}

/// Reads `authorization: Bearer TOKEN`. Tokens are opaque: whatever follows the scheme is looked up.
fn bearer_token(headers: &HeaderMap) -> Result<String, ApiError> {
    let value = headers.get(AUTHORIZATION).ok_or(ApiError::NoToken)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = text.trim();
    let (scheme, token) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if text.is_empty() {
        return Err(ApiError::NoToken);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::WrongScheme);
    }
    match token.trim() {
        "" => Err(ApiError::NoToken),
        token => Ok(token.to_owned()),
    }
}

/// Where the result of a call goes.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// A URL to post it to.
    pub(crate) callback_url: Option<String>,
    /// Whether the caller said `async`.
    pub(crate) is_async: bool,
}

impl Delivery {
    /// Reads `callback_url` and `async`, which every operation takes.
    ///
    /// Our choice: a callback address that could never be posted to is a mistake worth telling about, whereas one that
    /// turns out to be unreachable or forbidden later breaks nothing.
    pub(crate) fn read(fields: &Fields, engine: &Engine) -> Result<Self, ApiError> {
        let callback_url = match fields.text("callback_url")? {
            None => None,
            Some(url) => Some(engine.check_url("callback_url", url)?.to_string()),
        };
        Ok(Self { callback_url, is_async: fields.flag("async")? })
    }
}

impl Call {
    /// Describes the call to the engine.
    pub(crate) fn task_request(&self, body: String, delivery: &Delivery) -> TaskRequest {
        TaskRequest {
            door: Door::Producer,
            trace_id: self.trace_id.clone(),
            body,
            callback_url: delivery.callback_url.clone(),
        }
    }

    /// Answers at once where the caller asked for that, else when the work has ended.
    pub(crate) async fn answer(&self, task: Task, delivery: &Delivery) -> Result<Answer, ApiError> {
        if delivery.is_async || delivery.callback_url.is_some() {
            return Answer::of(&shape::acknowledgement(&task));
        }
        let task = self.engine.wait_for_task(task).await?;
        match shape::end_of(&self.engine, &task) {
            Some(Ok(data)) => Answer::of(&shape::envelope(&task, data)),
            Some(Err(error)) => Err(error),
            // Waiting ends only with an outcome or an error.
            None => Err(ApiError::Timeout),
        }
    }
}

/// A JSON object.
#[derive(Debug)]
pub(crate) struct JsonBody {
    text: String,
    pub(crate) fields: Fields,
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::bad("content-type"));
        }
        let invalid = || ApiError::bad("body");
        let bytes = tokio::time::timeout(BODY_MAX, to_bytes(request.into_body(), JSON_BYTES_MAX)).await;
        let text = bytes.ok().and_then(Result::ok).and_then(|bytes| String::from_utf8(bytes.into()).ok());
        let text = text.ok_or_else(invalid)?;
        // The parser refuses what is nested deeper than 128 levels.
        let members: Map<String, Value> = serde_json::from_str(&text).map_err(|_| invalid())?;
        Ok(Self { text, fields: Fields::new(members) })
    }
}

impl JsonBody {
    /// Returns the body for the task's record: as received, or only its known members if that is long.
    pub(crate) fn kept(&self) -> String {
        if self.text.len() <= KEPT_BYTES_MAX {
            return self.text.clone();
        }
        let known = KNOWN_MEMBERS.iter().filter_map(|name| {
            let value = self.fields.given(name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        Value::Object(known.collect()).to_string()
    }
}

/// Tells whether the body calls itself JSON; one that calls itself nothing passes.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}
