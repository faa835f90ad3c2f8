//! The picture that a scene is drawn into.

use super::PixelRect;

/// A frame of the output: premultiplied RGBA, 8 bits each, row by row without gaps.
///
/// It is kept from frame to frame, as only what changes is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameBuffer {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl FrameBuffer {
    /// Makes a transparent frame.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![0; width as usize * height as usize * 4] }
    }

    /// Pixels per row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Red, green, blue, alpha of each pixel.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Red, green, blue, alpha of each pixel.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// Returns the memory of the pixels.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// All of it.
    pub fn rect(&self) -> PixelRect {
        PixelRect::new(0, 0, self.width as i32, self.height as i32)
    }
}

/// What a frame differs in from the one drawn before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// Nothing.
    None,
    /// These rectangles, which do not overlap.
    Rects(Vec<PixelRect>),
    /// Perhaps everything: nothing was drawn before.
    All,
}
