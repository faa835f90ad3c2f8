//! Paint, lines and shadows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ColorRef;
use super::limits::{BLUR_MAX, COORDINATE_MAX, N_STOPS_MAX, ROTATION_MAX, WIDTH_MAX};

/// What an area is filled with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Paint {
    /// One color.
    Color(ColorRef),
    /// A gradient.
    Gradient(Gradient),
}

/// Colors that turn into each other along a line through the middle of an area, or from its middle outwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gradient {
    /// Where the colors are, 2 to 16.
    #[schemars(length(min = 2, max = N_STOPS_MAX))]
    pub stops: Vec<Stop>,
    /// The direction: 0 from left to right, 90 from top to bottom.
    #[serde(default = "downwards")]
    #[schemars(range(min = -ROTATION_MAX, max = ROTATION_MAX))]
    pub angle: f64,
    /// Whether the colors go from the middle outwards instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub radial: bool,
}

/// One color of a gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Where it is, 0 to 1, not before the stop that precedes it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub at: f64,
    /// The color.
    pub color: ColorRef,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stroke {
    /// Its color.
    pub color: ColorRef,
    /// Its width in canvas pixels.
    #[schemars(range(min = 0.0, max = WIDTH_MAX))]
    pub width: f64,
}

/// A shadow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// Its color.
    pub color: ColorRef,
    /// How soft its edge is: the standard deviation in canvas pixels.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = BLUR_MAX))]
    pub blur: f64,
    /// How far it is moved to the right.
    #[serde(default)]
    #[schemars(range(min = -COORDINATE_MAX, max = COORDINATE_MAX))]
    pub dx: f64,
    /// How far it is moved down.
    #[serde(default)]
    #[schemars(range(min = -COORDINATE_MAX, max = COORDINATE_MAX))]
    pub dy: f64,
}

/// A box behind words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBox {
    /// Its color.
    pub color: ColorRef,
    /// How far it reaches beyond the words, in canvas pixels.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = WIDTH_MAX))]
    pub padding: f64,
    /// How much its corners are rounded.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = WIDTH_MAX))]
    pub radius: f64,
}

fn downwards() -> f64 {
    90.0
}
