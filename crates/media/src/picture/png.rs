//! PNG of every kind, row by row unless interlaced.

use std::io::Cursor;

use image::metadata::Orientation;
use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use super::reduce::{Layout, Reducer, factor};
use super::{Picture, PictureLimits, check_memory, check_size};
use crate::{Error, Result};

/// Memory that the decoder may take beside the rows, for texts, profiles and palettes.
const SIDE_DATA_BYTES_MAX: usize = 16 << 20;

pub(super) fn decode(bytes: &[u8], limits: &PictureLimits, needed_side: u32) -> Result<Picture> {
    let allowed = Limits { bytes: SIDE_DATA_BYTES_MAX };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), allowed);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(from_png)?;
    let (width, height, is_interlaced) = (header.width, header.height, header.interlaced);
    check_size(width, height, limits)?;
    let factor = factor(width, height, needed_side);
    let pixels = u64::from(width) * u64::from(height);
    let reduced_bytes = pixels * 4 / u64::from(factor * factor);
    let whole_bytes = if is_interlaced { pixels * 4 } else { 0 };
    check_memory(reduced_bytes + whole_bytes, limits)?;

    let mut reader = decoder.read_info().map_err(from_png)?;
    let layout = match reader.output_color_type() {
        (ColorType::Grayscale, BitDepth::Eight) => Layout::Gray,
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Layout::GrayAlpha,
        (ColorType::Rgb, BitDepth::Eight) => Layout::Rgb,
        (ColorType::Rgba, BitDepth::Eight) => Layout::Rgba,
        (color, depth) => {
            let reason = format!("{color:?} with {depth:?} bits");
            return Err(Error::unsupported("PNG picture", reason));
        }
    };
    let mut reducer = Reducer::new(width, height, layout, factor);
    if is_interlaced {
        let n_bytes = reader.output_buffer_size().ok_or_else(|| Error::malformed("PNG", "size overflows"))?;
        let mut whole = vec![0; n_bytes];
        reader.next_frame(&mut whole).map_err(from_png)?;
        for row in whole.chunks_exact(width as usize * layout.n_samples()) {
            reducer.push_row(row);
        }
    } else {
        for _ in 0..height {
            let row = reader.next_row().map_err(from_png)?;
            let row = row.ok_or_else(|| Error::malformed("PNG", "rows are missing"))?;
            reducer.push_row(row.data());
        }
    }
    let exif = reader.info().exif_metadata.as_deref();
    let orientation = exif.and_then(Orientation::from_exif_chunk);
    let picture = reducer.finish()?;
    Ok(picture.oriented(orientation.unwrap_or(Orientation::NoTransforms)))
}

fn from_png(error: DecodingError) -> Error {
    match error {
        DecodingError::LimitsExceeded => Error::Limit {
            what: "the memory for decoding the picture in bytes",
            actual: SIDE_DATA_BYTES_MAX as u64 + 1,
            limit: SIDE_DATA_BYTES_MAX as u64,
        },
        error => Error::malformed("PNG", error.to_string()),
    }
}
