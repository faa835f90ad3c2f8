//! JPEG (ITU-T T.81) with Adobe's CMYK and YCCK, reduced inside the inverse DCT.

use std::io::Cursor;

use image::metadata::Orientation;
use jpeg_decoder::{CodingProcess, Decoder, Error as JpegError, PixelFormat};

use super::reduce::{Layout, Reducer};
use super::{Picture, PictureLimits, check_memory, check_size};
use crate::{Error, Result};

pub(super) fn decode(bytes: &[u8], limits: &PictureLimits, needed_side: u32) -> Result<Picture> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.read_info().map_err(from_jpeg)?;
    let info = decoder.info().ok_or_else(|| malformed("no frame header"))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height, limits)?;

    let (scaled_width, scaled_height) = scale(&mut decoder, width, height, needed_side)?;
    let n_components = info.pixel_format.pixel_bytes() as u64;
    let scaled_pixels = u64::from(scaled_width) * u64::from(scaled_height);
    // Planes and their interleaved copy, then RGBA.
    let mut n_bytes = scaled_pixels * (2 * n_components + 4);
    if info.coding_process == CodingProcess::DctProgressive {
        // All coefficients, 16 bits each, stay in memory until the last scan.
        n_bytes += u64::from(width) * u64::from(height) * n_components * 2;
    }
    check_memory(n_bytes, limits)?;
    decoder.set_max_decoding_buffer_size(limits.decoded_bytes_max as usize);

    let mut pixels = decoder.decode().map_err(from_jpeg)?;
    let layout = match info.pixel_format {
        PixelFormat::L8 => Layout::Gray,
        PixelFormat::RGB24 => Layout::Rgb,
        PixelFormat::CMYK32 => {
            cmyk_to_rgba(&mut pixels, is_adobe(bytes));
            Layout::Rgba
        }
        PixelFormat::L16 => {
            pixels =
                pixels.chunks_exact(2).map(|sample| (u16::from_ne_bytes([sample[0], sample[1]]) >> 8) as u8).collect();
            Layout::Gray
        }
    };
    let picture = if layout == Layout::Rgba {
        Picture::from_rgba(scaled_width, scaled_height, pixels)?
    } else {
        let mut reducer = Reducer::new(scaled_width, scaled_height, layout, 1);
        for row in pixels.chunks_exact(scaled_width as usize * layout.n_samples()) {
            reducer.push_row(row);
        }
        reducer.finish()?
    };
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    Ok(picture.oriented(orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Asks for the smallest eighth, quarter or half whose longer side is at least `needed_side`.
fn scale(decoder: &mut Decoder<Cursor<&[u8]>>, width: u32, height: u32, needed_side: u32) -> Result<(u32, u32)> {
    let longer_side = width.max(height);
    if needed_side >= longer_side {
        return Ok((width, height));
    }
    let fit = |side: u32| {
        let scaled = u64::from(side) * u64::from(needed_side) / u64::from(longer_side);
        scaled.max(1) as u16
    };
    let (scaled_width, scaled_height) = decoder.scale(fit(width), fit(height)).map_err(from_jpeg)?;
    Ok((u32::from(scaled_width), u32::from(scaled_height)))
}

/// Converts ink to light in place.
///
/// The decoder undoes the inversion that Adobe's programs apply; files without their marker are not inverted.
fn cmyk_to_rgba(pixels: &mut [u8], is_adobe: bool) {
    for pixel in pixels.chunks_exact_mut(4) {
        let [c, m, y, k] =
            [pixel[0], pixel[1], pixel[2], pixel[3]].map(|ink| u16::from(if is_adobe { 255 - ink } else { ink }));
        let light = |value: u16| ((value * k + 127) / 255) as u8;
        pixel.copy_from_slice(&[light(c), light(m), light(y), 255]);
    }
}

/// Looks for Adobe's APP14 segment among the segments before the first scan.
fn is_adobe(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let &[0xff, marker, ref tail @ ..] = rest {
        if marker == 0xff {
            rest = tail.get(..).map_or(&[][..], |_| &rest[1..]);
            continue;
        }
        let &[high, low, ref body @ ..] = tail else {
            return false;
        };
        if marker == 0xda {
            return false;
        }
        if marker == 0xee && body.starts_with(b"Adobe") {
            return true;
        }
        let len = usize::from(u16::from_be_bytes([high, low]));
        rest = tail.get(len..).unwrap_or_default();
    }
    false
}

fn from_jpeg(error: JpegError) -> Error {
    match error {
        JpegError::Unsupported(feature) => Error::unsupported("JPEG picture", format!("{feature:?}")),
        error => malformed(&error.to_string()),
    }
}

fn malformed(reason: &str) -> Error {
    Error::malformed("JPEG", reason)
}
