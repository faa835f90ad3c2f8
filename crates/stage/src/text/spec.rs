//! What a block of text is to look like.

use crate::document::{Align, Color, VerticalAlign};

/// The smallest size that is drawn, in canvas pixels.
pub(crate) const FONT_SIZE_MIN: f64 = 1.0;
/// The largest size that is drawn, in canvas pixels: half of the tallest canvas.
pub(crate) const FONT_SIZE_MAX: f64 = 2048.0;

/// A block of text as a document describes it, colors resolved. Lengths are in canvas pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct TextSpec {
    /// The words; `\n` breaks lines.
    pub text: String,
    /// The font's family name, or several with commas between them, as in CSS; the built-in sans without one.
    pub family: Option<String>,
    /// The size of the letters.
    pub size_px: f64,
    /// The weight, 100 to 900.
    pub weight: u16,
    /// Whether the letters lean.
    pub italic: bool,
    /// Whether a line is drawn below the words.
    pub underline: bool,
    /// Which sides the lines keep to.
    pub align: Align,
    /// Where the lines are between the top and the bottom of the frame.
    pub vertical_align: VerticalAlign,
    /// From one line to the next, as a multiple of the size.
    pub line_height: f64,
    /// The color of the words; emoji have their own.
    pub color: Color,
    /// A line around each letter, outside of it.
    pub stroke: Option<TextStroke>,
    /// A box behind the words.
    pub background: Option<TextBackground>,
    /// A shadow of the words.
    pub shadow: Option<TextShadow>,
    /// Where lines are wrapped; without one they are as long as the text has them.
    pub width: Option<f64>,
    /// The height in which the lines are placed; as high as they are without one.
    pub height: Option<f64>,
}

impl Default for TextSpec {
    fn default() -> Self {
        Self {
            text: String::new(),
            family: None,
            size_px: 48.0,
            weight: 400,
            italic: false,
            underline: false,
            align: Align::Start,
            vertical_align: VerticalAlign::Top,
            line_height: 1.25,
            color: Color::rgb(255, 255, 255),
            stroke: None,
            background: None,
            shadow: None,
            width: None,
            height: None,
        }
    }
}

impl TextSpec {
    /// Returns the size, within what can be drawn.
    pub(crate) fn drawn_size(&self) -> f64 {
        if self.size_px.is_finite() { self.size_px.clamp(FONT_SIZE_MIN, FONT_SIZE_MAX) } else { FONT_SIZE_MIN }
    }

    /// Returns the distance of baselines in canvas pixels.
    pub(crate) fn line_pitch(&self) -> f64 {
        let factor = if self.line_height.is_finite() { self.line_height.clamp(0.1, 10.0) } else { 1.25 };
        factor * self.drawn_size()
    }
}

/// A line around each letter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStroke {
    /// Its color.
    pub color: Color,
    /// How far it reaches beyond the letter.
    pub width: f64,
}

/// A box behind words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextBackground {
    /// Its color.
    pub color: Color,
    /// How far it reaches beyond the lines.
    pub padding: f64,
    /// How much its corners are rounded.
    pub radius: f64,
}

/// A shadow of words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextShadow {
    /// Its color.
    pub color: Color,
    /// How soft its edge is: the standard deviation.
    pub blur: f64,
    /// How far it is moved to the right.
    pub dx: f64,
    /// How far it is moved down.
    pub dy: f64,
}
