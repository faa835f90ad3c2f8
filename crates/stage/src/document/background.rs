//! What is behind a scene, and how it follows on the one before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::TRANSITION_MS_MAX;
use super::{AssetRef, ColorRef, Gradient};

/// What is behind all layers of a scene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Background {
    /// One color.
    Color {
        /// The color.
        color: ColorRef,
    },
    /// A gradient.
    Gradient {
        /// The colors and where they are.
        gradient: Gradient,
    },
    /// A picture that covers the canvas; what does not fit is cut off evenly.
    Image {
        /// The picture.
        image: AssetRef,
        /// What is shown when the picture cannot be had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        color: Option<ColorRef>,
    },
    /// A video that covers the canvas, from its beginning again whenever it ends; its sound is not heard.
    Video {
        /// The video.
        video: AssetRef,
        /// What is shown when the video cannot be had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        color: Option<ColorRef>,
    },
    /// Nothing. Outputs without transparency show black.
    Transparent,
}

impl Default for Background {
    fn default() -> Self {
        Self::Color { color: ColorRef::BLACK }
    }
}

/// How a scene follows on the one before it.
///
/// The scene's own time begins with the transition: meanwhile the last picture of the scene before stands behind or over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// What it looks like.
    pub effect: TransitionEffect,
    /// How long it takes; at most as long as the scene.
    #[serde(default = "default_transition_ms")]
    #[schemars(range(max = TRANSITION_MS_MAX))]
    pub duration_ms: u32,
    /// Where the new scene comes from, for `slide` and `wipe`.
    #[serde(default)]
    pub from: Wipe,
}

fn default_transition_ms() -> u32 {
    500
}

/// What a transition looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransitionEffect {
    /// None.
    Cut,
    /// One picture fades into the other.
    Fade,
    /// The new picture pushes the old one out.
    Slide,
    /// An edge moves across and uncovers the new picture.
    Wipe,
}

/// The side that something comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wipe {
    /// The left side.
    Left,
    /// The right side.
    #[default]
    Right,
    /// Above.
    Top,
    /// Below.
    Bottom,
}
