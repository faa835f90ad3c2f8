//! Decodes pictures of unknown origin: JPEG, PNG, WebP, GIF, BMP and TIFF.
//!
//! The content decides on the format, never a file name.
//! Sizes are read from the header and checked before anything is decoded, and large pictures are
//! reduced while they are decoded where the format allows it.
//! [`Picture`] takes the first frame of an animation, [`Animation`] all of them. Embedded color profiles are ignored: all is taken as sRGB.

mod animation;
mod encode;
mod jpeg;
mod other;
mod png;
mod reduce;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::ImageFormat;
use image::metadata::Orientation;

use crate::{Error, Result};

pub use animation::{ANIMATION_BYTES_MAX, Animation, AnimationFrame, AnimationLimits, FRAMES_MAX};
pub(crate) use encode::write_png;
pub use encode::{GifOptions, GifWriter, premultiply, unpremultiply};

/// Longest side accepted by default, in pixels.
pub const SIDE_MAX: u32 = 12_000;

/// Most pixels accepted by default.
pub const PIXELS_MAX: u64 = 64_000_000;

/// Most memory that decoding may take by default, in bytes.
pub const DECODED_BYTES_MAX: u64 = 400 << 20;

/// Largest picture file read, in bytes.
pub const FILE_BYTES_MAX: u64 = 64 << 20;

/// What a picture may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureLimits {
    /// Longest side in pixels.
    pub side_max: u32,
    /// Most pixels.
    pub pixels_max: u64,
    /// Most bytes of memory while decoding.
    pub decoded_bytes_max: u64,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self { side_max: SIDE_MAX, pixels_max: PIXELS_MAX, decoded_bytes_max: DECODED_BYTES_MAX }
    }
}

/// Pixels in memory: rows from top to bottom, 4 bytes R, G, B, A each, alpha not multiplied in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Picture {
    /// Decodes a picture file in memory.
    ///
    /// With `needed_side`, the result may be smaller than the file says, but its longer side will
    /// not be below that number of pixels; memory and time shrink with it.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] before decoding when the header promises too much, [`Error::Malformed`] for
    /// broken or truncated files, [`Error::Unsupported`] for other formats.
    pub fn decode(bytes: &[u8], limits: &PictureLimits, needed_side: Option<u32>) -> Result<Self> {
        let needed_side = needed_side.unwrap_or(u32::MAX).max(1);
        match image::guess_format(bytes) {
            Ok(ImageFormat::Jpeg) => jpeg::decode(bytes, limits, needed_side),
            Ok(ImageFormat::Png) => png::decode(bytes, limits, needed_side),
            Ok(format @ (ImageFormat::WebP | ImageFormat::Gif | ImageFormat::Bmp | ImageFormat::Tiff)) => {
                other::decode(bytes, format, limits, needed_side)
            }
            Ok(format) => {
                Err(Error::unsupported(format!("{format:?} picture"), "use JPEG, PNG, WebP, GIF, BMP or TIFF"))
            }
            Err(_) => Err(Error::unsupported("picture format", "use JPEG, PNG, WebP, GIF, BMP or TIFF")),
        }
    }

    /// Reads and decodes a picture file of at most [`FILE_BYTES_MAX`] bytes, see [`Self::decode`].
    ///
    /// # Errors
    ///
    /// Those of [`Self::decode`] and [`Error::Io`].
    pub fn open(path: &Path, limits: &PictureLimits, needed_side: Option<u32>) -> Result<Self> {
        Self::decode(&read_file(path)?, limits, needed_side)
    }

    /// Takes `width` × `height` pixels of 4 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the length does not fit or a side is 0.
    pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>) -> Result<Self> {
        let n_bytes = u64::from(width) * u64::from(height) * 4;
        if width == 0 || height == 0 || rgba.len() as u64 != n_bytes {
            return Err(Error::malformed("pixels", "length does not match the size"));
        }
        Ok(Self { width, height, rgba })
    }

    /// Returns the pixels per row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Returns the number of rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Returns the pixels, 4 bytes each.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// Tells whether every pixel covers what is behind it.
    pub fn is_opaque(&self) -> bool {
        self.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255)
    }

    /// Scales the picture to `width` × `height`, whatever its shape; a side of 0 becomes 1.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when scaling fails.
    pub fn scaled(&self, width: u32, height: u32) -> Result<Self> {
        self.resized(self.full(), width, height)
    }

    /// Scales the part of the picture given by `crop` to `width` × `height`.
    pub(crate) fn resized(&self, crop: Crop, width: u32, height: u32) -> Result<Self> {
        self.resized_by(ResizeOptions::new(), crop, width, height)
    }

    /// Scales the picture as [`Self::scaled`] does, in two thirds of the time and a little softer.
    pub(crate) fn scaled_quickly(&self, width: u32, height: u32) -> Result<Self> {
        let bilinear = ResizeAlg::Convolution(FilterType::Bilinear);
        self.resized_by(ResizeOptions::new().resize_alg(bilinear), self.full(), width, height)
    }

    fn resized_by(&self, options: ResizeOptions, crop: Crop, width: u32, height: u32) -> Result<Self> {
        let failed = |reason: String| Error::Internal { step: "scaling a picture", reason };
        let source = fast_image_resize::images::ImageRef::new(self.width, self.height, &self.rgba, PixelType::U8x4)
            .map_err(|error| failed(error.to_string()))?;
        let mut scaled = Image::new(width.max(1), height.max(1), PixelType::U8x4);
        let options = options.crop(crop.left, crop.top, crop.width, crop.height).use_alpha(!self.is_opaque());
        Resizer::new().resize(&source, &mut scaled, &options).map_err(|error| failed(error.to_string()))?;
        Self::from_rgba(scaled.width(), scaled.height(), scaled.into_vec())
    }

    /// Returns the largest centered part with the aspect ratio of `width` : `height`.
    pub(crate) fn centered_crop(&self, width: u32, height: u32) -> Crop {
        let (own_width, own_height) = (f64::from(self.width), f64::from(self.height));
        let aspect = f64::from(width) / f64::from(height);
        let crop_width = own_width.min(own_height * aspect);
        let crop_height = own_height.min(own_width / aspect);
        Crop {
            left: (own_width - crop_width) / 2.0,
            top: (own_height - crop_height) / 2.0,
            width: crop_width,
            height: crop_height,
        }
    }

    /// Returns the whole picture as a crop.
    pub(crate) fn full(&self) -> Crop {
        Crop { left: 0.0, top: 0.0, width: f64::from(self.width), height: f64::from(self.height) }
    }

    /// Turns and mirrors the picture as a camera's orientation tag asks.
    pub(crate) fn oriented(self, orientation: Orientation) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let swaps_sides = matches!(
            orientation,
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
        );
        if orientation == Orientation::NoTransforms {
            return self;
        }
        let (out_width, out_height) = if swaps_sides { (height, width) } else { (width, height) };
        let mut rgba = Vec::with_capacity(self.rgba.len());
        for y in 0..out_height {
            for x in 0..out_width {
                let (from_x, from_y) = match orientation {
                    Orientation::NoTransforms => (x, y),
                    Orientation::FlipHorizontal => (width - 1 - x, y),
                    Orientation::Rotate180 => (width - 1 - x, height - 1 - y),
                    Orientation::FlipVertical => (x, height - 1 - y),
                    Orientation::Rotate90FlipH => (y, x),
                    Orientation::Rotate90 => (y, height - 1 - x),
                    Orientation::Rotate270FlipH => (width - 1 - y, height - 1 - x),
                    Orientation::Rotate270 => (width - 1 - y, x),
                };
                let at = (from_y * width + from_x) * 4;
                rgba.extend_from_slice(&self.rgba[at..at + 4]);
            }
        }
        Self { width: out_width as u32, height: out_height as u32, rgba }
    }
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Crop {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Reads a picture file of at most [`FILE_BYTES_MAX`] bytes.
fn read_file(path: &Path) -> Result<Vec<u8>> {
    let open = || -> std::io::Result<(u64, Vec<u8>)> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let mut bytes = Vec::with_capacity(len.min(FILE_BYTES_MAX) as usize + 1);
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        Ok((len, bytes))
    };
    let (len, bytes) = open().map_err(|error| Error::io("read", path, error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Error::Limit {
            what: "the size of the picture file in bytes",
            actual: len.max(bytes.len() as u64),
            limit: FILE_BYTES_MAX,
        });
    }
    Ok(bytes)
}

/// Checks what a header promises.
fn check_size(width: u32, height: u32, limits: &PictureLimits) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::malformed("picture", "a side of 0 pixels"));
    }
    let side = width.max(height);
    if side > limits.side_max {
        return Err(Error::Limit {
            what: "the longer side of the picture in pixels",
            actual: u64::from(side),
            limit: u64::from(limits.side_max),
        });
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.pixels_max {
        return Err(Error::Limit {
            what: "the size of the picture in pixels",
            actual: pixels,
            limit: limits.pixels_max,
        });
    }
    Ok(())
}

/// Checks the memory that decoding will take.
fn check_memory(n_bytes: u64, limits: &PictureLimits) -> Result<()> {
    if n_bytes > limits.decoded_bytes_max {
        return Err(Error::Limit {
            what: "the memory for decoding the picture in bytes",
            actual: n_bytes,
            limit: limits.decoded_bytes_max,
        });
    }
    Ok(())
}
