//! WebP, GIF, BMP and TIFF through the `image` crate; of animations the first frame.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::reduce::{Layout, Reducer, factor};
use super::{Picture, PictureLimits, check_memory, check_size};
use crate::{Error, Result};

pub(super) fn decode(bytes: &[u8], format: ImageFormat, limits: &PictureLimits, needed_side: u32) -> Result<Picture> {
    let from_image = |error: ImageError| match error {
        ImageError::Limits(_) => Error::Limit {
            what: "the memory for decoding the picture in bytes",
            actual: limits.decoded_bytes_max + 1,
            limit: limits.decoded_bytes_max,
        },
        ImageError::Unsupported(error) => Error::unsupported(format!("{format:?} picture"), error.to_string()),
        error => Error::malformed(format!("{format:?}"), error.to_string()),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = Limits::default();
    allowed.max_image_width = Some(limits.side_max);
    allowed.max_image_height = Some(limits.side_max);
    allowed.max_alloc = Some(limits.decoded_bytes_max);
    // Sizes are checked below, where the error can name them.
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(from_image)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    let pixels = u64::from(width) * u64::from(height);
    check_memory(decoder.total_bytes().saturating_add(pixels * 4), limits)?;
    decoder.set_limits(allowed).map_err(from_image)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(from_image)?;
    let rgba = decoded.into_rgba8().into_raw();
    let factor = factor(width, height, needed_side);
    if factor == 1 {
        return Ok(Picture::from_rgba(width, height, rgba)?.oriented(orientation));
    }
    let mut reducer = Reducer::new(width, height, Layout::Rgba, factor);
    for row in rgba.chunks_exact(width as usize * 4) {
        reducer.push_row(row);
    }
    Ok(reducer.finish()?.oriented(orientation))
}
