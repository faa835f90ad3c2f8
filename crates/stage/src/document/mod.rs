//! The scene document: what is seen and heard, in which order, and nothing about how it is drawn or encoded.
//!
//! Units: canvas pixels from the top left corner, whole milliseconds, sRGB colors, volumes and opacities from 0 to 1,
//! angles in degrees clockwise. Fields that are left out have defaults.

mod background;
mod captions;
mod check;
mod color;
mod error;
mod layer;
pub mod limits;
mod narration;
mod parse;
mod sound;
mod style;
mod template;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use limits::{
    ASSET_CHARS_MAX, DURATION_MS_MAX, N_DICTIONARY_MAX, N_LAYERS_MAX, N_NARRATIONS_MAX, N_PALETTE_MAX, N_SCENES_MAX,
    NAME_CHARS_MAX,
};

pub use background::{Background, Transition, TransitionEffect, Wipe};
pub use captions::{CaptionStyle, Captions};
pub use color::{Color, ColorRef, Palette};
pub use error::{DocumentError, Issue};
pub use layer::{
    Align, Animation, Corner, Crop, Easing, Effect, Emotion, Fit, Frame, Layer, LayerKind, ShapeName, VerticalAlign,
    Watermark,
};
pub use limits::Limits;
pub use narration::{Narration, Source};
pub use parse::schema;
pub use sound::{Ducking, Soundtrack};
pub use style::{Gradient, Paint, Shadow, Stop, Stroke, TextBox};
pub use template::Template;

/// The version of the format that this crate writes.
pub const VERSION: u32 = 1;

/// Names something that is not in the document: a file beside it, a URL, or `builtin:NAME`.
///
/// The document never says how it is fetched; whoever renders resolves it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("minLength" = 1, "maxLength" = ASSET_CHARS_MAX))]
pub struct AssetRef(pub String);

/// A video as a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// The version of this format, 1.
    #[schemars(extend("enum" = [VERSION]))]
    pub version: u32,
    /// What people call the video.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME_CHARS_MAX))]
    pub name: String,
    /// The size of the drawing, and how many frames it has in a second.
    #[serde(default)]
    pub canvas: Canvas,
    /// Colors by role, such as `primary`; used as `$primary` wherever a color stands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = N_PALETTE_MAX))]
    pub palette: BTreeMap<String, Color>,
    /// What is shown, one after another.
    #[schemars(length(min = 1, max = N_SCENES_MAX))]
    pub scenes: Vec<Scene>,
    /// Music under everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soundtrack: Option<Soundtrack>,
    /// Subtitles made of what is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<Captions>,
    /// What is drawn over every scene that does not refuse it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// How words are spoken: the written form and what to read instead, or phonemes between slashes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = N_DICTIONARY_MAX))]
    pub dictionary: BTreeMap<String, String>,
}

/// The size of the drawing, and how many frames it has in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Canvas {
    /// Pixels per row: even, 128 to 4096.
    #[schemars(range(min = 128, max = 4096), extend("multipleOf" = 2))]
    pub width: u32,
    /// Rows: even, 128 to 4096.
    #[schemars(range(min = 128, max = 4096), extend("multipleOf" = 2))]
    pub height: u32,
    /// Frames per second: 24, 25, 30, 50 or 60.
    #[schemars(extend("enum" = [24, 25, 30, 50, 60]))]
    pub fps: u32,
}

impl Default for Canvas {
    fn default() -> Self {
        Self { width: 1920, height: 1080, fps: 30 }
    }
}

/// A stretch of the video with its own background and layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Names the scene in messages and metadata; its number from 1 without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME_CHARS_MAX))]
    pub id: String,
    /// What is behind all layers; black without one.
    #[serde(default)]
    pub background: Background,
    /// What is drawn and heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = N_LAYERS_MAX))]
    pub layers: Vec<Layer>,
    /// What is said, one after another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = N_NARRATIONS_MAX))]
    pub narration: Vec<Narration>,
    /// How long the scene is; without one, as long as what happens in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = DURATION_MS_MAX))]
    pub duration_ms: Option<u32>,
    /// How the scene follows on the one before it; a cut without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition: Option<Transition>,
    /// Whether the project's watermark is drawn.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub watermark: bool,
}

pub(crate) fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(crate) fn is_true(value: &bool) -> bool {
    *value
}
