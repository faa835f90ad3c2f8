//! Small JPEG pictures: posters for players and `covr` tags.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::cover::CoverFrame;
use crate::picture::Picture;
use crate::{Error, Result};

/// The JPEG quality of thumbnails, 1–100.
pub const QUALITY: u8 = 85;

/// What transparent pixels of art become in a JPEG.
const BEHIND_ART: u32 = 255;

/// Encodes `frame` as a JPEG whose longer side is at most `side_max` pixels; nothing is enlarged.
///
/// # Errors
///
/// [`Error::Internal`] when scaling or encoding fails.
pub fn frame_jpeg(frame: &CoverFrame, side_max: u32) -> Result<Vec<u8>> {
    let rgba = frame.rgb().chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    art_jpeg(&Picture::from_rgba(frame.width(), frame.height(), rgba)?, side_max)
}

/// Encodes `art` as a JPEG whose longer side is at most `side_max` pixels, transparency on white.
///
/// # Errors
///
/// [`Error::Internal`] when scaling or encoding fails.
pub fn art_jpeg(art: &Picture, side_max: u32) -> Result<Vec<u8>> {
    let (width, height) = fit(art.width(), art.height(), side_max);
    let scaled;
    let art = if (width, height) == (art.width(), art.height()) {
        art
    } else {
        scaled = art.resized(art.full(), width, height)?;
        &scaled
    };
    let mut rgb = Vec::with_capacity(art.rgba().len() / 4 * 3);
    for pixel in art.rgba().chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        let over = |value: u8| ((u32::from(value) * alpha + BEHIND_ART * (255 - alpha) + 127) / 255) as u8;
        rgb.extend_from_slice(&[over(pixel[0]), over(pixel[1]), over(pixel[2])]);
    }
    rgb_jpeg(&rgb, art.width(), art.height())
}

fn rgb_jpeg(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let too_large = |_| failed("side longer than 65535 pixels".to_owned());
    let out_width = u16::try_from(width).map_err(too_large)?;
    let out_height = u16::try_from(height).map_err(too_large)?;
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(rgb, out_width, out_height, ColorType::Rgb).map_err(|error| failed(error.to_string()))?;
    Ok(jpeg)
}

/// Shrinks a size to `side_max`, keeping its shape and at least one pixel.
fn fit(width: u32, height: u32, side_max: u32) -> (u32, u32) {
    let longer_side = width.max(height);
    let side_max = side_max.max(1);
    if longer_side <= side_max {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled = u64::from(side) * u64::from(side_max) + u64::from(longer_side) / 2;
        (scaled / u64::from(longer_side)).max(1) as u32
    };
    (scale(width), scale(height))
}

fn failed(reason: String) -> Error {
    Error::Internal { step: "making a thumbnail", reason }
}
