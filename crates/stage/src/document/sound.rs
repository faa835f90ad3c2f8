//! Music under everything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{DURATION_MS_MAX, TRANSITION_MS_MAX, VOLUME_MAX};
use super::{AssetRef, is_true, yes};

/// Music under everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Soundtrack {
    /// The music.
    pub audio: AssetRef,
    /// How loud it is where nobody speaks.
    #[serde(default = "default_volume")]
    #[schemars(range(min = 0.0, max = VOLUME_MAX))]
    pub volume: f64,
    /// Whether it begins again when it ends.
    #[serde(default = "yes", rename = "loop", skip_serializing_if = "is_true")]
    pub looped: bool,
    /// How long it takes to get to its volume.
    #[serde(default = "default_fade_in_ms")]
    #[schemars(range(max = DURATION_MS_MAX))]
    pub fade_in_ms: u32,
    /// How long it takes to get silent at the end of the video.
    #[serde(default = "default_fade_out_ms")]
    #[schemars(range(max = DURATION_MS_MAX))]
    pub fade_out_ms: u32,
    /// How it steps back behind speech.
    #[serde(default)]
    pub ducking: Ducking,
}

/// How music steps back behind speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ducking {
    /// What is left of its volume while somebody speaks; 1 is all of it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub level: f64,
    /// How long it takes to step back.
    #[schemars(range(max = TRANSITION_MS_MAX))]
    pub attack_ms: u32,
    /// How long it takes to come back.
    #[schemars(range(max = TRANSITION_MS_MAX))]
    pub release_ms: u32,
}

impl Default for Ducking {
    fn default() -> Self {
        Self { level: 0.35, attack_ms: 250, release_ms: 700 }
    }
}

fn default_volume() -> f64 {
    0.3
}

fn default_fade_in_ms() -> u32 {
    800
}

fn default_fade_out_ms() -> u32 {
    1500
}
