//! Decoded pictures, and where a scene gets them from.
//!
//! Decoding happens outside. Here pictures are pixels: sRGB, 8 bits for each of red, green, blue and alpha, with alpha multiplied in.

use std::fmt;
use std::sync::Arc;

use vello_cpu::peniko::ImageAlphaType;
use vello_cpu::{PixelMetadata, Pixmap};

use crate::document::AssetRef;
use crate::error::StageError;
use crate::svg::Vector;

/// The longest side of a picture.
pub const PICTURE_SIDE_MAX: u32 = 32_767;
/// The most pixels of a picture.
pub const PICTURE_PIXELS_MAX: u64 = 100_000_000;

/// A picture in memory.
#[derive(Clone)]
pub struct Bitmap {
    pixmap: Arc<Pixmap>,
}

impl Bitmap {
    /// Makes a picture of pixels that alpha is multiplied into, row by row.
    ///
    /// # Errors
    /// The bytes do not fill the size, or the size is 0 or too large.
    pub fn from_premultiplied(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, StageError> {
        Self::make(width, height, pixels, ImageAlphaType::AlphaPremultiplied)
    }

    /// Makes a picture of pixels that alpha is not multiplied into, as PNG has them.
    ///
    /// # Errors
    /// As [`Bitmap::from_premultiplied`].
    pub fn from_straight(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, StageError> {
        Self::make(width, height, pixels, ImageAlphaType::Alpha)
    }

    fn make(width: u32, height: u32, mut pixels: Vec<u8>, alpha_type: ImageAlphaType) -> Result<Self, StageError> {
        check_size(width.into(), height.into())?;
        let needed = u64::from(width) * u64::from(height) * 4;
        if pixels.len() as u64 != needed {
            return Err(StageError::PixelCount { width, height, needed, given: pixels.len() });
        }
        // Whoever made the pixels may have asked for any capacity; the drawing library wants whole pixels.
        pixels.shrink_to_fit();
        let transparent = pixels.chunks_exact(4).any(|pixel| pixel[3] != 255);
        let metadata = PixelMetadata::new(alpha_type, transparent);
        let pixmap = Pixmap::from_parts(pixels, width as u16, height as u16, metadata);
        Ok(Self { pixmap: Arc::new(pixmap) })
    }

    /// Pixels per row.
    pub fn width(&self) -> u32 {
        self.pixmap.width().into()
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.pixmap.height().into()
    }

    /// Red, green, blue and alpha of each pixel, row by row, alpha multiplied in.
    pub fn pixels(&self) -> &[u8] {
        self.pixmap.data_as_u8_slice()
    }

    /// Whether nothing shines through.
    pub fn is_opaque(&self) -> bool {
        !self.pixmap.may_have_transparency()
    }

    pub(crate) fn pixmap(&self) -> &Arc<Pixmap> {
        &self.pixmap
    }
}

impl fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bitmap").field("width", &self.width()).field("height", &self.height()).finish_non_exhaustive()
    }
}

/// Checks a size before anything is allocated for it.
pub(crate) fn check_size(width: u64, height: u64) -> Result<(), StageError> {
    let side_max = u64::from(PICTURE_SIDE_MAX);
    let fits = width.min(height) > 0 && width.max(height) <= side_max && width * height <= PICTURE_PIXELS_MAX;
    if fits {
        return Ok(());
    }
    Err(StageError::PictureSize { width, height, max_side: PICTURE_SIDE_MAX, max_pixels: PICTURE_PIXELS_MAX })
}

/// Pictures that follow each other, again and again, such as those of a GIF.
#[derive(Debug, Clone)]
pub struct Frames {
    pictures: Vec<Arc<Bitmap>>,
    /// When each picture ends, from the beginning.
    ends_ms: Vec<u64>,
}

impl Frames {
    /// The shortest time that a picture is seen.
    pub const DELAY_MS_MIN: u32 = 10;

    /// Makes a loop of pictures and the times they are seen. Times below [`Frames::DELAY_MS_MIN`] become 100 ms, as browsers do.
    ///
    /// # Errors
    /// There is no picture.
    pub fn new(pictures: Vec<(Arc<Bitmap>, u32)>) -> Result<Self, StageError> {
        if pictures.is_empty() {
            return Err(StageError::NoPictures);
        }
        let mut end_ms = 0;
        let mut ends_ms = Vec::with_capacity(pictures.len());
        for (_, delay_ms) in &pictures {
            end_ms += u64::from(if *delay_ms < Self::DELAY_MS_MIN { 100 } else { *delay_ms });
            ends_ms.push(end_ms);
        }
        Ok(Self { pictures: pictures.into_iter().map(|(picture, _)| picture).collect(), ends_ms })
    }

    /// How long one round takes.
    pub fn duration_ms(&self) -> u64 {
        self.ends_ms.last().copied().unwrap_or(1)
    }

    /// The pictures in order.
    pub fn pictures(&self) -> &[Arc<Bitmap>] {
        &self.pictures
    }

    /// The number of the picture that is seen at a time.
    pub fn idx_at(&self, time_ms: u64) -> usize {
        let time_ms = time_ms % self.duration_ms();
        self.ends_ms.partition_point(|end_ms| *end_ms <= time_ms)
    }
}

/// A picture, decoded.
#[derive(Debug, Clone)]
pub enum Picture {
    /// One that stays as it is.
    Still(Arc<Bitmap>),
    /// One that moves.
    Moving(Arc<Frames>),
    /// One of lines and areas, which are drawn at the size that is needed.
    Vector(Arc<Vector>),
}

/// A video, decoded as it is asked for.
pub trait MovingPicture: Send {
    /// Pixels per row, and rows.
    fn size(&self) -> (u32, u32);

    /// How long it is.
    fn duration_ms(&self) -> u64;

    /// The picture at a time; the last one after the end.
    ///
    /// The same time gives the same picture, whatever was asked before. Times mostly grow. Whoever holds a picture for several frames returns
    /// the same `Arc`: that tells the compositor that nothing has changed.
    fn picture_at(&mut self, time_ms: u64) -> Option<Arc<Bitmap>>;
}

/// Where a scene gets its pictures from.
///
/// `None` makes a stand-in be drawn; the provider has told somebody why.
pub trait Assets: Send + Sync {
    /// The picture of that name.
    fn picture(&self, name: &AssetRef) -> Option<Picture>;

    /// The video of that name, from its beginning.
    fn video(&self, name: &AssetRef) -> Option<Box<dyn MovingPicture>>;
}

/// No assets at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAssets;

impl Assets for NoAssets {
    fn picture(&self, _: &AssetRef) -> Option<Picture> {
        None
    }

    fn video(&self, _: &AssetRef) -> Option<Box<dyn MovingPicture>> {
        None
    }
}
