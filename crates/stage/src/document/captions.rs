//! Subtitles made of what is said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{FONT_SIZE_MAX, NAME_CHARS_MAX};
use super::{ColorRef, is_true, yes};

/// Subtitles made of what is said. They are put out as SRT, VTT and JSON in any case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Captions {
    /// Whether they are drawn into the picture.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub burn_in: bool,
    /// What they look like.
    #[serde(default)]
    pub style: CaptionStyle,
}

/// What captions look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaptionStyle {
    /// The font's family name; the built-in sans without one.
    #[schemars(length(max = NAME_CHARS_MAX))]
    pub font_family: Option<String>,
    /// The size in canvas pixels; a twentieth of the shorter side without one.
    #[schemars(range(max = FONT_SIZE_MAX), extend("exclusiveMinimum" = 0))]
    pub font_size: Option<f64>,
    /// The weight, 100 to 900.
    #[schemars(range(min = 100, max = 900))]
    pub font_weight: u16,
    /// The color of the text.
    pub color: ColorRef,
    /// The color of the line around each letter, or none.
    pub outline_color: Option<ColorRef>,
    /// The color of the box behind the text, or none.
    pub box_color: Option<ColorRef>,
    /// The color of the word that is being spoken; without one, words are not followed.
    pub highlight_color: Option<ColorRef>,
    /// How far the text's lower edge is from the lower edge of the canvas, as a share of its height.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub bottom: f64,
}

impl Default for CaptionStyle {
    fn default() -> Self {
        Self {
            font_family: None,
            font_size: None,
            font_weight: 600,
            color: ColorRef::WHITE,
            outline_color: None,
            box_color: Some(ColorRef::Color(super::Color { r: 12, g: 16, b: 24, a: 190 })),
            highlight_color: None,
            bottom: 0.07,
        }
    }
}
