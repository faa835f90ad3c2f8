//! What is said in a scene.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AssetRef, Emotion};

/// Something that is said. Narrations of a scene follow each other in the order of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Narration {
    /// The id of the avatar layer that speaks; a voice from nowhere without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// What is said.
    #[serde(flatten)]
    pub source: Source,
    /// Silence before it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pause_before_ms: u32,
    /// Silence after it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pause_after_ms: u32,
    /// How the speaker feels meanwhile; as their layer says without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emotion: Option<Emotion>,
    /// How loud it is.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub volume: f64,
}

/// Where the sound of a narration comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Source {
    /// A voice reads a text.
    Text {
        /// The text, plain or with the marks of SSML, with or without `<speak>` around it.
        text: String,
        /// The voice's id; one of the language without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        voice: Option<String>,
        /// The language as a BCP 47 tag such as `en` or `pt-BR`, for choosing a voice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// The speed; 1 is the voice's own, 0.25 to 4.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        rate: f64,
        /// Half tones above or below the voice's own pitch, -24 to 24.
        #[serde(default, skip_serializing_if = "is_zero_pitch")]
        pitch: f64,
    },
    /// A recording.
    Audio {
        /// The recording.
        audio: AssetRef,
        /// What is said in it, for captions and lips.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transcript: Option<String>,
    },
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
