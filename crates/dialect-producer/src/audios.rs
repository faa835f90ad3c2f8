//! `POST /producer/audios`: known, checked, and refused, since no song generator is behind it.

use utoipa::ToSchema;

use crate::call::{Call, Delivery, JsonBody};
use crate::error::{ApiError, ErrorTable};
use crate::fields::Fields;
use crate::frame::Answer;

/// The documented actions, then the aliases that guides and clients use.
const ACTIONS: [&str; 12] = [
    "generate",
    "cover",
    "extend",
    "variation",
    "swap_vocals",
    "swap_instrumentals",
    "replace_section",
    "stems",
    "upload_cover",
    "upload_extend",
    "upload_replace_section",
    "all_stems",
];

/// The documented models.
const MODELS: [&str; 8] =
    ["FUZZ-2.0 Pro", "FUZZ-2.0", "FUZZ-2.0 Raw", "FUZZ-1.1 Pro", "FUZZ-1.1", "FUZZ-1.0 Pro", "FUZZ-1.0", "FUZZ-0.8"];

/// Longest `prompt`, in characters, as documented.
const PROMPT_CHARS_MAX: usize = 200;
/// Latest point in a song that a request may name, in seconds; our choice, a day.
const SONG_SECONDS_MAX: f64 = 86_400.0;

/// The song to make. Only `action` is required: guides and clients leave out whatever else.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
pub(crate) struct AudiosRequest {
    /// `generate`, `cover`, `extend`, `variation`, `swap_vocals`, `swap_instrumentals`, `replace_section` or `stems`;
    /// also `upload_cover`, `upload_extend`, `upload_replace_section` and `all_stems`.
    #[schema(example = "generate")]
    action: String,
    /// `FUZZ-2.0 Pro`, `FUZZ-2.0`, `FUZZ-2.0 Raw`, `FUZZ-1.1 Pro`, `FUZZ-1.1`, `FUZZ-1.0 Pro`, `FUZZ-1.0` or `FUZZ-0.8`.
    #[schema(example = "FUZZ-2.0")]
    model: Option<String>,
    /// The style or idea.
    #[schema(max_length = 200)]
    prompt: Option<String>,
    /// The lyrics, used with `custom`.
    lyric: Option<String>,
    /// Whether `lyric` counts and not `prompt`.
    custom: Option<bool>,
    /// Whether there is no singing.
    instrumental: Option<bool>,
    /// The title.
    title: Option<String>,
    /// The song to start from, for every action but `generate`.
    audio_id: Option<String>,
    /// Where to go on, in seconds.
    continue_at: Option<f64>,
    /// Where the replaced section begins, in seconds.
    replace_section_start: Option<f64>,
    /// Where the replaced section ends, in seconds.
    replace_section_end: Option<f64>,
    /// How closely to follow the lyrics.
    #[schema(minimum = 0, maximum = 1)]
    lyrics_strength: Option<f64>,
    /// How closely to follow the sound.
    #[schema(minimum = 0.2, maximum = 1)]
    sound_strength: Option<f64>,
    /// How closely to follow the covered song.
    #[schema(minimum = 0.2, maximum = 1)]
    cover_strength: Option<f64>,
    /// How unusual it may be.
    #[schema(minimum = 0, maximum = 1)]
    weirdness: Option<f64>,
    /// Digits; a number is taken too.
    seed: Option<String>,
    /// Where to post the result; makes the call answer at once.
    callback_url: Option<String>,
    /// Answers at once; the result is fetched from `/producer/tasks`.
    r#async: Option<bool>,
}

fn check(fields: &Fields) -> Result<(), ApiError> {
    let action = fields.text("action")?;
    if !action.is_some_and(|action| ACTIONS.contains(&action)) {
        return Err(ApiError::bad("action"));
    }
    let model = fields.text("model")?;
    if model.is_some_and(|model| !MODELS.contains(&model)) {
        return Err(ApiError::bad("model"));
    }
    let prompt = fields.text("prompt")?.unwrap_or_default();
    if prompt.chars().nth(PROMPT_CHARS_MAX).is_some() {
        return Err(ApiError::bad("prompt"));
    }
    for name in ["lyric", "title"] {
        fields.text(name)?;
    }
    for name in ["custom", "instrumental"] {
        fields.flag(name)?;
    }
    fields.id("audio_id")?;
    for name in ["continue_at", "replace_section_start", "replace_section_end"] {
        fields.number(name, 0.0..=SONG_SECONDS_MAX)?;
    }
    for name in ["lyrics_strength", "weirdness"] {
        fields.number(name, 0.0..=1.0)?;
    }
    for name in ["sound_strength", "cover_strength"] {
        fields.number(name, 0.2..=1.0)?;
    }
    if fields.given("seed").is_some_and(|seed| !seed.is_string() && !seed.is_number()) {
        return Err(ApiError::bad("seed"));
    }
    Ok(())
}

/// Song generation.
///
/// This server has no song generator: a valid request is answered with `api_not_implemented`.
#[utoipa::path(
    post, path = "/producer/audios", operation_id = "producerAudios", tag = "producer",
    request_body(content = AudiosRequest, example = json!({"action": "generate", "prompt": "slow piano", "model": "FUZZ-2.0"})),
    responses(ErrorTable),
    security(("bearer" = []))
)]
pub(crate) async fn audios(call: Call, body: JsonBody) -> Result<Answer, ApiError> {
    check(&body.fields)?;
    Delivery::read(&body.fields, &call.engine)?;
    Err(ApiError::NotImplemented)
}
