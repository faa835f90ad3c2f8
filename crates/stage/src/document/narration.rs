//! What is said in a scene.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::limits::{DURATION_MS_MAX, NAME_CHARS_MAX, NARRATION_CHARS_MAX, VOLUME_MAX};
use super::{AssetRef, Emotion};

/// Something that is said. Narrations of a scene follow each other in the order of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("unevaluatedProperties" = false), transform = one_source)]
pub struct Narration {
    /// The id of the avatar layer that speaks; a voice from nowhere without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NAME_CHARS_MAX))]
    pub speaker: Option<String>,
    /// What is said.
    #[serde(flatten)]
    pub source: Source,
    /// Silence before it.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = DURATION_MS_MAX))]
    pub pause_before_ms: u32,
    /// Silence after it.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = DURATION_MS_MAX))]
    pub pause_after_ms: u32,
    /// How the speaker feels meanwhile; as their layer says without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emotion: Option<Emotion>,
    /// How loud it is.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0.0, max = VOLUME_MAX))]
    pub volume: f64,
}

/// Where the sound of a narration comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Source {
    /// A voice reads a text.
    Text {
        /// The text, plain or with the marks of SSML, with or without `<speak>` around it.
        #[schemars(length(max = NARRATION_CHARS_MAX))]
        text: String,
        /// The voice's id; one of the language without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = NAME_CHARS_MAX))]
        voice: Option<String>,
        /// The language as a BCP 47 tag such as `en` or `pt-BR`, for choosing a voice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = NAME_CHARS_MAX))]
        language: Option<String>,
        /// The speed; 1 is the voice's own, 0.25 to 4.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        #[schemars(range(min = 0.25, max = 4.0))]
        rate: f64,
        /// Half tones above or below the voice's own pitch, -24 to 24.
        #[serde(default, skip_serializing_if = "is_zero_pitch")]
        #[schemars(range(min = -24.0, max = 24.0))]
        pitch: f64,
    },
    /// A recording.
    Audio {
        /// The recording.
        audio: AssetRef,
        /// What is said in it, for captions and lips.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = NARRATION_CHARS_MAX))]
        transcript: Option<String>,
    },
}

/// A narration has a text or a recording, never both.
fn one_source(schema: &mut Schema) {
    if let Some(variants) = schema.remove("anyOf") {
        schema.insert("oneOf".to_owned(), variants);
    }
}

fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(value: &f64) -> bool {
    *value == 1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero_pitch(value: &f64) -> bool {
    *value == 0.0
}
