//! Pictures out: PNG, JPEG, GIF; and alpha multiplied in or out.
//!
//! *Premultiplied* pixels are what drawing gives: R, G and B already multiplied by alpha. Files hold them undone.

use std::io::Write;

use jpeg_encoder::{ColorType as JpegColor, Encoder as JpegEncoder, SamplingFactor};

use super::Picture;
use crate::{Error, Result};

/// Longest side of a GIF or JPEG, in pixels.
const SIDE_MAX: u32 = 65_535;

/// Longest delay of a GIF frame, in hundredths of a second.
const DELAY_MAX: u64 = 65_535;

/// How thoroughly colors of a GIF are chosen, 1 (best) to 30 (fastest).
const QUANTIZER_SPEED: i32 = 10;

impl Picture {
    /// Encodes the picture as PNG.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when encoding fails.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        write_png(&mut bytes, self.width, self.height, &self.rgba, png::Compression::Balanced)?;
        Ok(bytes)
    }

    /// Encodes the picture over `behind` as JPEG of `quality` 1–100.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when encoding fails or a side is longer than 65535 pixels.
    pub fn to_jpeg(&self, quality: u8, behind: [u8; 3]) -> Result<Vec<u8>> {
        let failed = |reason: String| Error::Internal { step: "JPEG encoding", reason };
        let mut rgb = Vec::with_capacity(self.rgba.len() / 4 * 3);
        for pixel in self.rgba.chunks_exact(4) {
            let alpha = u32::from(pixel[3]);
            let over = |at: usize| {
                let sum = u32::from(pixel[at]) * alpha + u32::from(behind[at]) * (255 - alpha);
                ((sum + 127) / 255) as u8
            };
            rgb.extend_from_slice(&[over(0), over(1), over(2)]);
        }
        let too_large = |_| failed("side longer than 65535 pixels".to_owned());
        let width = u16::try_from(self.width).map_err(too_large)?;
        let height = u16::try_from(self.height).map_err(too_large)?;
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new(&mut jpeg, quality.clamp(1, 100));
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode(&rgb, width, height, JpegColor::Rgb).map_err(|error| failed(error.to_string()))?;
        Ok(jpeg)
    }

    /// Returns the pixels with alpha multiplied in.
    pub fn premultiplied(&self) -> Vec<u8> {
        let mut rgba = self.rgba.clone();
        premultiply(&mut rgba);
        rgba
    }

    /// Takes premultiplied pixels, see [`Self::from_rgba`].
    ///
    /// # Errors
    ///
    /// Those of [`Self::from_rgba`].
    pub fn from_premultiplied(width: u32, height: u32, mut rgba: Vec<u8>) -> Result<Self> {
        unpremultiply(&mut rgba);
        Self::from_rgba(width, height, rgba)
    }
}

/// Multiplies R, G and B of every pixel by its alpha.
pub fn premultiply(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        if alpha < 255 {
            for value in &mut pixel[..3] {
                *value = ((u32::from(*value) * alpha + 127) / 255) as u8;
            }
        }
    }
}

/// Undoes [`premultiply`]; pixels that cover nothing become black.
pub fn unpremultiply(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        if alpha < 255 {
            for value in &mut pixel[..3] {
                let undone = (u32::from(*value) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
                *value = undone.min(255) as u8;
            }
        }
    }
}

/// Appends a PNG file of 8-bit RGBA.
pub(crate) fn write_png(
    out: &mut Vec<u8>,
    width: u32,
    height: u32,
    rgba: &[u8],
    compression: png::Compression,
) -> Result<()> {
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(compression);
    let write = || -> Result<(), png::EncodingError> {
        let mut writer = encoder.write_header()?;
        writer.write_image_data(rgba)?;
        writer.finish()
    };
    write().map_err(|error| Error::Internal { step: "PNG encoding", reason: error.to_string() })
}

/// What a GIF is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GifOptions {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether pixels that are less than half covered become transparent; else alpha is not looked at.
    pub has_alpha: bool,
}

/// Writes an animated GIF that runs forever, each frame with colors of its own.
///
/// Of opaque frames only the changed part is written. Frames equal to the one before prolong it. Memory is that of three frames.
pub struct GifWriter<W: Write> {
    encoder: gif::Encoder<W>,
    options: GifOptions,
    /// What is seen when all frames so far have been shown, premultiplied; empty before the first.
    shown: Vec<u8>,
    /// The last frame, whose duration may still grow.
    pending: Option<gif::Frame<'static>>,
    /// Since the start, up to the end of the last frame.
    time_ms: u64,
    /// Hundredths of a second written, so that rounding does not add up.
    written: u64,
}

impl<W: Write> GifWriter<W> {
    /// Starts a GIF.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for sides of 0 or more than 65535 pixels, [`Error::Internal`] when `writer` fails.
    pub fn new(writer: W, options: GifOptions) -> Result<Self> {
        let GifOptions { width, height, .. } = options;
        let is_fit = |side: u32| (1..=SIDE_MAX).contains(&side);
        if !is_fit(width) || !is_fit(height) {
            return Err(Error::unsupported(format!("GIF of {width}x{height}"), "sides are 1 to 65535 pixels"));
        }
        let mut encoder = gif::Encoder::new(writer, width as u16, height as u16, &[]).map_err(from_gif)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(from_gif)?;
        Ok(Self { encoder, options, shown: Vec::new(), pending: None, time_ms: 0, written: 0 })
    }

    /// Adds a frame of premultiplied pixels, shown for `duration_ms`.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for pixels of another size, [`Error::Internal`] when writing fails.
    pub fn push(&mut self, rgba: &[u8], duration_ms: u32) -> Result<()> {
        if rgba.len() as u64 != u64::from(self.options.width) * u64::from(self.options.height) * 4 {
            return Err(Error::malformed("pixels", "length does not match the size"));
        }
        let changed = self.changed(rgba);
        if let Some(area) = changed {
            self.flush()?;
            self.pending = Some(self.frame(rgba, area));
            self.shown.clear();
            self.shown.extend_from_slice(rgba);
        }
        self.time_ms += u64::from(duration_ms);
        Ok(())
    }

    /// Writes the rest and returns the writer.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when there was no frame, [`Error::Internal`] when writing fails.
    pub fn finish(mut self) -> Result<W> {
        if self.pending.is_none() {
            return Err(Error::malformed("animation", "no frames"));
        }
        self.flush()?;
        let writer = self.encoder.into_inner();
        writer.map_err(|error| Error::Internal { step: "GIF encoding", reason: error.to_string() })
    }

    /// Returns left, top, right and bottom of what differs from the frame before; everything at the start.
    fn changed(&self, rgba: &[u8]) -> Option<[usize; 4]> {
        let row_bytes = self.options.width as usize * 4;
        if self.shown.is_empty() {
            return Some([0, 0, self.options.width as usize, self.options.height as usize]);
        }
        let mut area: Option<[usize; 4]> = None;
        let rows = rgba.chunks_exact(row_bytes).zip(self.shown.chunks_exact(row_bytes));
        for (y, (new, old)) in rows.enumerate() {
            if new == old {
                continue;
            }
            let differs = |x: &usize| new[x * 4..x * 4 + 4] != old[x * 4..x * 4 + 4];
            let left = (0..self.options.width as usize).find(differs).unwrap_or(0);
            let right = (0..self.options.width as usize).rev().find(differs).unwrap_or(0) + 1;
            area = Some(match area {
                None => [left, y, right, y + 1],
                Some([l, t, r, _]) => [l.min(left), t, r.max(right), y + 1],
            });
        }
        area
    }

    fn frame(&self, rgba: &[u8], [left, top, right, bottom]: [usize; 4]) -> gif::Frame<'static> {
        // A transparent pixel leaves what is below it. So where pixels may vanish, each frame is whole and then cleared.
        let GifOptions { width, height, has_alpha } = self.options;
        let [left, top, right, bottom] =
            if has_alpha { [0, 0, width as usize, height as usize] } else { [left, top, right, bottom] };
        let mut part = Vec::with_capacity((right - left) * (bottom - top) * 4);
        for row in rgba.chunks_exact(width as usize * 4).take(bottom).skip(top) {
            part.extend_from_slice(&row[left * 4..right * 4]);
        }
        if has_alpha {
            unpremultiply(&mut part);
        }
        for pixel in part.chunks_exact_mut(4) {
            let is_seen = !has_alpha || pixel[3] >= 128;
            pixel[3] = if is_seen { 255 } else { 0 };
        }
        let (width, height) = ((right - left) as u16, (bottom - top) as u16);
        let mut frame = gif::Frame::from_rgba_speed(width, height, &mut part, QUANTIZER_SPEED);
        (frame.left, frame.top) = (left as u16, top as u16);
        frame.dispose = if has_alpha { gif::DisposalMethod::Background } else { gif::DisposalMethod::Keep };
        frame
    }

    /// Writes the pending frame, which ends now.
    fn flush(&mut self) -> Result<()> {
        let Some(mut frame) = self.pending.take() else {
            return Ok(());
        };
        let end = (self.time_ms + 5) / 10;
        let delay = end.saturating_sub(self.written).clamp(1, DELAY_MAX);
        self.written += delay;
        frame.delay = delay as u16;
        self.encoder.write_frame(&frame).map_err(from_gif)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
fn from_gif(error: gif::EncodingError) -> Error {
    Error::Internal { step: "GIF encoding", reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{premultiply, unpremultiply};

    #[test]
    fn alpha_is_multiplied_in_and_out() {
        let mut rgba = vec![200, 100, 0, 128, 9, 9, 9, 255, 50, 60, 70, 0];
        premultiply(&mut rgba);
        assert_eq!(rgba, [100, 50, 0, 128, 9, 9, 9, 255, 0, 0, 0, 0]);
        unpremultiply(&mut rgba);
        assert_eq!(rgba, [199, 100, 0, 128, 9, 9, 9, 255, 0, 0, 0, 0]);
        let mut bright = vec![255, 255, 255, 3];
        unpremultiply(&mut bright);
        assert_eq!(bright, [255, 255, 255, 3], "more than alpha allows");
    }
}
