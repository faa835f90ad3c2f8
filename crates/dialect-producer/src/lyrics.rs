//! `POST /producer/lyrics`: known, checked, and refused, since no writer of lyrics is behind it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::call::{Call, Delivery, JsonBody};
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::Answer;

/// What the lyrics should be about.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct LyricsRequest {
    /// Text, or, as one published SDK must send it, an object.
    #[schema(value_type = LyricsPrompt)]
    prompt: LyricsPrompt,
    /// Where to post the result; makes the call answer at once.
    callback_url: Option<String>,
    /// Answers at once; the result is fetched from `/producer/tasks`.
    r#async: Option<bool>,
}

/// A prompt in either form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) enum LyricsPrompt {
    /// Text.
    Text(String),
    /// An object with text somewhere in it.
    #[schema(value_type = Object)]
    Object(Value),
}

fn check(fields: &Fields) -> Result<(), ApiError> {
    match fields.given("prompt") {
        Some(Value::String(_) | Value::Object(_)) => Ok(()),
        _ => Err(ApiError::bad("prompt")),
    }
}

/// Lyrics generation.
///
/// This server has no writer of lyrics: a valid request is answered with `api_not_implemented`.
#[utoipa::path(
    post, path = "/producer/lyrics", operation_id = "producerLyrics", tag = "producer",
    request_body(content = LyricsRequest, example = json!({"prompt": "a song about winter"})),
    responses(ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn lyrics(call: Call, body: JsonBody) -> Result<Answer, ApiError> {
    check(&body.fields)?;
    Delivery::read(&body.fields, &call.engine)?;
    Err(ApiError::NotImplemented)
}
