//! The one frame of a cover video: art over its own blurred backdrop, or a drawn cover where there is no art.
//!
//! Everything is a function of its input, with no clock and no randomness.
//! Only text in scripts that the shipped fonts lack depends on the machine's fonts.

mod backdrop;
mod compose;
mod drawn;
mod palette;
pub(crate) mod text;

use crate::picture::Picture;
use crate::{Error, Result};

pub use drawn::DrawnCover;

/// Shortest side of a canvas in pixels.
pub const CANVAS_SIDE_MIN: u32 = 128;

/// Longest side of a canvas in pixels.
pub const CANVAS_SIDE_MAX: u32 = 4096;

/// Most pixels of a video: 36,864 macroblocks of 16 × 16, the largest frame of H.264 level 5.2 (ITU-T H.264, table A-1).
pub const CANVAS_PIXELS_MAX: u64 = 36_864 * 256;

/// The size of a video picture; both sides are even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    width: u32,
    height: u32,
}

impl Canvas {
    /// Checks a size.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] above [`CANVAS_SIDE_MAX`] or [`CANVAS_PIXELS_MAX`], [`Error::Unsupported`] for odd ones and
    /// those below [`CANVAS_SIDE_MIN`].
    pub fn new(width: u32, height: u32) -> Result<Self> {
        let (shorter, longer) = (width.min(height), width.max(height));
        if longer > CANVAS_SIDE_MAX {
            return Err(Error::Limit {
                what: "the longer side of the video in pixels",
                actual: u64::from(longer),
                limit: u64::from(CANVAS_SIDE_MAX),
            });
        }
        if shorter < CANVAS_SIDE_MIN || !width.is_multiple_of(2) || !height.is_multiple_of(2) {
            return Err(Error::unsupported(
                format!("video size {width}x{height}"),
                format!("sides must be even and at least {CANVAS_SIDE_MIN}"),
            ));
        }
        let n_pixels = u64::from(width) * u64::from(height);
        if n_pixels > CANVAS_PIXELS_MAX {
            return Err(Error::Limit {
                what: "the size of the video in pixels",
                actual: n_pixels,
                limit: CANVAS_PIXELS_MAX,
            });
        }
        Ok(Self { width, height })
    }

    /// Returns the pixels per row.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Returns the number of rows.
    pub fn height(self) -> u32 {
        self.height
    }

    /// Returns the side that [`Picture::decode`] should keep for art shown on this canvas.
    pub fn needed_side(self) -> u32 {
        self.width.max(self.height)
    }
}

impl Default for Canvas {
    /// Full HD.
    fn default() -> Self {
        Self { width: 1920, height: 1080 }
    }
}

/// A finished frame: rows from top to bottom, 3 bytes R, G, B per pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverFrame {
    canvas: Canvas,
    rgb: Vec<u8>,
}

impl CoverFrame {
    /// Shows `art` in the middle over a backdrop made from itself.
    ///
    /// Art of the canvas's own shape fills it. `art` is consumed so that its memory is free early.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when scaling fails.
    pub fn from_art(art: Picture, canvas: Canvas) -> Result<Self> {
        compose::compose(art, canvas)
    }

    /// Draws a cover from the track's texts and waveform.
    ///
    /// # Errors
    ///
    /// None at present; reserved.
    pub fn draw(cover: &DrawnCover<'_>, canvas: Canvas) -> Result<Self> {
        Ok(drawn::draw(cover, canvas))
    }

    /// Returns the pixels per row.
    pub fn width(&self) -> u32 {
        self.canvas.width
    }

    /// Returns the number of rows.
    pub fn height(&self) -> u32 {
        self.canvas.height
    }

    /// Returns the pixels, 3 bytes each.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Starts with a plain color.
    pub(crate) fn plain(canvas: Canvas, color: [u8; 3]) -> Self {
        let n_pixels = canvas.width as usize * canvas.height as usize;
        Self { canvas, rgb: color.repeat(n_pixels) }
    }

    /// Lays `color` over the pixel at `x`, `y` with `opacity` 0–255; outside the canvas nothing happens.
    pub(crate) fn blend(&mut self, x: i32, y: i32, color: [u8; 3], opacity: u8) {
        let is_inside = x >= 0 && y >= 0 && x < self.canvas.width as i32 && y < self.canvas.height as i32;
        if !is_inside || opacity == 0 {
            return;
        }
        let at = (y as usize * self.canvas.width as usize + x as usize) * 3;
        blend_pixel(&mut self.rgb[at..at + 3], color, opacity);
    }
}

/// Mixes `color` into `pixel` with `opacity` 0–255.
fn blend_pixel(pixel: &mut [u8], color: [u8; 3], opacity: u8) {
    let opacity = u32::from(opacity);
    for (value, color) in pixel.iter_mut().zip(color) {
        let mixed = u32::from(*value) * (255 - opacity) + u32::from(color) * opacity;
        *value = ((mixed + 127) / 255) as u8;
    }
}

/// Returns the part of the pixel centered at (`x`, `y`) that a rounded rectangle covers, 0–1.
fn rounded_coverage(x: f32, y: f32, rect: Rect, radius: f32) -> f32 {
    let half_width = rect.width / 2.0;
    let half_height = rect.height / 2.0;
    let radius = radius.min(half_width).min(half_height);
    let from_x = (x - rect.left - half_width).abs() - half_width + radius;
    let from_y = (y - rect.top - half_height).abs() - half_height + radius;
    let (outer_x, outer_y) = (from_x.max(0.0), from_y.max(0.0));
    let distance = (outer_x * outer_x + outer_y * outer_y).sqrt() + from_x.max(from_y).min(0.0);
    (radius - distance + 0.5).clamp(0.0, 1.0)
}

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rect {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

/// An 8 × 8 ordered dither pattern, −0.5 to 0.5, so that smooth gradients show no steps.
fn dither(x: usize, y: usize) -> f32 {
    let (mut value, mut bit_x, mut bit_y) = (0, x ^ y, y);
    for _ in 0..3 {
        value = value << 2 | (bit_x & 1) << 1 | (bit_y & 1);
        bit_x >>= 1;
        bit_y >>= 1;
    }
    (value as f32 + 0.5) / 64.0 - 0.5
}
