//! `[studio]` and `[speech]`: what renders scene documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use speech::Gender;

/// `[studio]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StudioConfig {
    /// Bytes that finished pieces of videos may take in the folder `cache`; what was not used for the longest time goes first.
    pub(crate) cache_bytes_max: u64,
    /// Whether the machine's fonts are used, too. Without them, a video is the same on every machine.
    pub(crate) system_fonts: bool,
}

impl Default for StudioConfig {
    fn default() -> Self {
        Self { cache_bytes_max: studio::cache::CACHE_BYTES_MAX, system_fonts: true }
    }
}

/// `[speech]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SpeechConfig {
    /// URL of a server that speaks the OpenAI protocol, such as `http://127.0.0.1:8880`; its `/v1/audio/speech` is asked. Empty: none.
    pub(crate) url: String,
    /// Key for it. Empty: none is sent.
    pub(crate) key: String,
    /// What the ids of its voices begin with.
    pub(crate) name: String,
    /// The model to ask for.
    pub(crate) model: String,
    /// Seconds for one answer.
    pub(crate) timeout_s: u64,
    /// Its voices: `[{ voice = "alloy", language = "en-US", gender = "neutral" }]`.
    pub(crate) voices: Vec<SpeechVoice>,
}

impl Default for SpeechConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            key: String::new(),
            name: "server".to_owned(),
            model: "tts-1".to_owned(),
            timeout_s: 60,
            voices: Vec::new(),
        }
    }
}

/// A voice of the speech server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpeechVoice {
    /// What the server calls it.
    pub(crate) voice: String,
    /// The language it speaks, such as `en-US`.
    pub(crate) language: String,
    /// Whom it sounds like.
    #[serde(default)]
    pub(crate) gender: SpeechGender,
}

/// Whom a voice sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SpeechGender {
    /// A woman.
    Female,
    /// A man.
    Male,
    /// Neither.
    #[default]
    Neutral,
}

impl From<SpeechGender> for Gender {
    fn from(gender: SpeechGender) -> Self {
        match gender {
            SpeechGender::Female => Self::Female,
            SpeechGender::Male => Self::Male,
            SpeechGender::Neutral => Self::Neutral,
        }
    }
}
