//! What is drawn and heard in a scene.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{
    COORDINATE_MAX, DURATION_MS_MAX, FONT_SIZE_MAX, LAYER_TEXT_CHARS_MAX, NAME_CHARS_MAX, ROTATION_MAX,
    TRANSITION_MS_MAX, VOLUME_MAX, WIDTH_MAX, Z_MAX,
};
use super::{AssetRef, ColorRef, Paint, Shadow, Stroke, TextBox};

/// One thing in a scene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("unevaluatedProperties" = false))]
pub struct Layer {
    /// Names the layer for narrations, messages and metadata.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME_CHARS_MAX))]
    pub id: String,
    /// Where it is drawn; the whole canvas without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
    /// Higher is in front; equals are drawn in the order of the list.
    #[serde(default)]
    #[schemars(range(min = -Z_MAX, max = Z_MAX))]
    pub z: i32,
    /// 0 is invisible, 1 as it is.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub opacity: f64,
    /// When the layer appears, from the beginning of the scene.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = DURATION_MS_MAX))]
    pub start_ms: u32,
    /// When it disappears; with the scene without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = DURATION_MS_MAX))]
    pub end_ms: Option<u32>,
    /// How it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enter: Option<Animation>,
    /// How it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<Animation>,
    /// What it is.
    #[serde(flatten)]
    pub kind: LayerKind,
}

impl Layer {
    /// Makes a layer that is seen from the beginning of the scene to its end; on the whole canvas without a frame.
    pub fn new(kind: LayerKind, frame: Option<Frame>) -> Self {
        Self {
            id: String::new(),
            frame,
            z: 0,
            opacity: one(),
            start_ms: 0,
            end_ms: None,
            enter: None,
            leave: None,
            kind,
        }
    }
}

/// A rectangle on the canvas, turned around its center.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// The left edge before turning, in canvas pixels.
    #[schemars(range(min = -COORDINATE_MAX, max = COORDINATE_MAX))]
    pub x: f64,
    /// The top edge before turning.
    #[schemars(range(min = -COORDINATE_MAX, max = COORDINATE_MAX))]
    pub y: f64,
    /// The width, above 0.
    #[schemars(range(max = COORDINATE_MAX), extend("exclusiveMinimum" = 0))]
    pub w: f64,
    /// The height, above 0.
    #[schemars(range(max = COORDINATE_MAX), extend("exclusiveMinimum" = 0))]
    pub h: f64,
    /// Degrees clockwise.
    #[serde(default, skip_serializing_if = "is_zero_angle")]
    #[schemars(range(min = -ROTATION_MAX, max = ROTATION_MAX))]
    pub rotation: f64,
}

/// What a layer is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LayerKind {
    /// Somebody who speaks.
    Avatar {
        /// The avatar's id.
        #[schemars(length(min = 1, max = NAME_CHARS_MAX))]
        avatar: String,
        /// The id of what they wear; the first outfit without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = NAME_CHARS_MAX))]
        outfit: Option<String>,
        /// How much of them is seen.
        #[serde(default)]
        crop: Crop,
        /// How they feel.
        #[serde(default)]
        emotion: Emotion,
    },
    /// Words.
    Text {
        /// The words; `\n` breaks lines, and lines are wrapped at the frame's width.
        #[schemars(length(max = LAYER_TEXT_CHARS_MAX))]
        text: String,
        /// The font's family name; the built-in sans without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = NAME_CHARS_MAX))]
        font_family: Option<String>,
        /// The size in canvas pixels.
        #[serde(default = "default_font_size")]
        #[schemars(range(max = FONT_SIZE_MAX), extend("exclusiveMinimum" = 0))]
        font_size: f64,
        /// The weight, 100 to 900.
        #[serde(default = "default_font_weight")]
        #[schemars(range(min = 100, max = 900))]
        font_weight: u16,
        /// Whether the letters lean.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        italic: bool,
        /// Whether a line is drawn below the words.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        underline: bool,
        /// Which sides the lines keep to.
        #[serde(default)]
        align: Align,
        /// Where the lines are between the top and the bottom of the frame.
        #[serde(default)]
        vertical_align: VerticalAlign,
        /// From one line to the next, as a multiple of the size.
        #[serde(default = "default_line_height")]
        #[schemars(range(min = 0.5, max = 10.0))]
        line_height: f64,
        /// The color of the words.
        #[serde(default = "white")]
        color: ColorRef,
        /// A line around each letter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stroke: Option<Stroke>,
        /// A box behind the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        background: Option<TextBox>,
        /// A shadow of the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shadow: Option<Shadow>,
    },
    /// A picture: PNG, JPEG, WebP, GIF (which moves) or SVG.
    Image {
        /// The picture.
        image: AssetRef,
        /// How it is fitted into the frame.
        #[serde(default)]
        fit: Fit,
    },
    /// A drawn shape that fills its frame.
    Shape {
        /// Which shape.
        shape: ShapeName,
        /// What it is filled with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<Paint>,
        /// The line around it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stroke: Option<Stroke>,
        /// How much its corners are rounded, in canvas pixels.
        #[serde(default, skip_serializing_if = "is_zero_angle")]
        #[schemars(range(min = 0.0, max = WIDTH_MAX))]
        corner_radius: f64,
        /// Its shadow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shadow: Option<Shadow>,
    },
    /// A video with its sound. When it ends, its last picture stays, unless it loops.
    Video {
        /// The video.
        video: AssetRef,
        /// How it is fitted into the frame.
        #[serde(default)]
        fit: Fit,
        /// How loud its sound is; 0 is silent.
        #[serde(default = "one")]
        #[schemars(range(min = 0.0, max = VOLUME_MAX))]
        volume: f64,
        /// Whether it begins again when it ends.
        #[serde(default, rename = "loop", skip_serializing_if = "std::ops::Not::not")]
        looped: bool,
        /// What is left out of its beginning.
        #[serde(default, skip_serializing_if = "is_zero")]
        #[schemars(range(max = DURATION_MS_MAX))]
        trim_start_ms: u32,
    },
    /// Sound without a picture.
    Audio {
        /// The sound.
        audio: AssetRef,
        /// How loud it is.
        #[serde(default = "one")]
        #[schemars(range(min = 0.0, max = VOLUME_MAX))]
        volume: f64,
        /// Whether it begins again when it ends.
        #[serde(default, rename = "loop", skip_serializing_if = "std::ops::Not::not")]
        looped: bool,
        /// How long it takes to get to its volume.
        #[serde(default, skip_serializing_if = "is_zero")]
        #[schemars(range(max = DURATION_MS_MAX))]
        fade_in_ms: u32,
        /// How long it takes to get silent at its end.
        #[serde(default, skip_serializing_if = "is_zero")]
        #[schemars(range(max = DURATION_MS_MAX))]
        fade_out_ms: u32,
    },
}

/// How much of an avatar is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// From head to feet, as large as fits into the frame, standing on its lower edge.
    #[default]
    Full,
    /// From head to hips.
    Half,
    /// Head and shoulders.
    Head,
    /// The head within a circle.
    Circle,
}

/// How an avatar feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Emotion {
    /// Attentive.
    #[default]
    Neutral,
    /// A hint of a smile.
    Semismile,
    /// A smile.
    Smile,
    /// Joy.
    Happiness,
    /// Sorrow.
    Sadness,
    /// Astonishment.
    Surprise,
}

/// How a layer comes or goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Animation {
    /// What it looks like.
    pub effect: Effect,
    /// How long it takes.
    #[serde(default = "default_animation_ms")]
    #[schemars(range(max = TRANSITION_MS_MAX))]
    pub duration_ms: u32,
    /// How long after the layer's start it begins to come, or before the layer's end it is gone.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = DURATION_MS_MAX))]
    pub delay_ms: u32,
    /// How its speed changes.
    #[serde(default)]
    pub easing: Easing,
}

/// What coming and going look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// From or to invisible.
    Fade,
    /// From or to beyond the left edge of the canvas.
    Left,
    /// From or to beyond the right edge.
    Right,
    /// From or to above the canvas.
    Up,
    /// From or to below the canvas.
    Down,
    /// From or to nothing in the middle of the frame.
    Zoom,
}

/// How the speed of an animation changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Easing {
    /// Not at all.
    Linear,
    /// Slower at both ends.
    #[default]
    Smooth,
}

/// How a picture is fitted into a frame of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// It is stretched.
    #[default]
    Stretch,
    /// All of it is seen.
    Contain,
    /// All of the frame is covered.
    Cover,
}

/// Which sides lines of text keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// The side where the script begins: left, or right for Arabic and Hebrew.
    #[default]
    Start,
    /// The left side.
    Left,
    /// Neither.
    Center,
    /// The right side.
    Right,
    /// Both.
    Justify,
}

/// Where lines of text are between the top and the bottom of their frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerticalAlign {
    /// At the top.
    #[default]
    Top,
    /// In the middle.
    Middle,
    /// At the bottom.
    Bottom,
}

/// The shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ShapeName {
    Rectangle,
    Square,
    Circle,
    Oval,
    OvalTall,
    Triangle,
    Diamond,
    Parallelogram,
    Trapezoid,
    Pentagon,
    Hexagon,
    HexagonTall,
    Polygon,
    Star,
    Drop,
    Line,
    Arrow,
    ArrowBlock,
}

/// What is drawn over the scenes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watermark {
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<AssetRef>,
    /// Words, where there is no picture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = NAME_CHARS_MAX))]
    pub text: String,
    /// Where it is.
    #[serde(default)]
    pub corner: Corner,
    /// How much of it is seen.
    #[serde(default = "default_watermark_opacity")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub opacity: f64,
    /// Its width as a share of the canvas width.
    #[serde(default = "default_watermark_size")]
    #[schemars(range(min = 0.01, max = 1.0))]
    pub size: f64,
}

/// A corner of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Corner {
    TopLeft,
    TopRight,
    BottomLeft,
    #[default]
    BottomRight,
}

fn one() -> f64 {
    1.0
}

fn white() -> ColorRef {
    ColorRef::WHITE
}

fn default_font_size() -> f64 {
    48.0
}

fn default_font_weight() -> u16 {
    400
}

fn default_line_height() -> f64 {
    1.25
}

fn default_animation_ms() -> u32 {
    600
}

fn default_watermark_opacity() -> f64 {
    0.6
}

fn default_watermark_size() -> f64 {
    0.12
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
fn is_zero_angle(value: &f64) -> bool {
    *value == 0.0
}
