//! Pictures that move: GIF and WebP with all their frames.

use std::io::Cursor;
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frame, Frames, ImageDecoder, ImageError, ImageFormat, Limits};

use super::reduce::{Layout, Reducer, factor};
use super::{DECODED_BYTES_MAX, Picture, PictureLimits, check_size, read_file};
use crate::{Error, Result};

/// Most frames accepted by default.
pub const FRAMES_MAX: usize = 3_000;

/// Most bytes that all frames of an animation may take in memory by default.
pub const ANIMATION_BYTES_MAX: u64 = 256 << 20;

/// Most bytes that are drawn while decoding, whatever size the frames are kept at: about a second of work.
const DRAWN_BYTES_MAX: u64 = 1 << 30;

/// Delays below this are taken for [`DELAY_MS_DEFAULT`], as browsers do.
const DELAY_MS_MIN: u32 = 20;
/// Milliseconds a frame is shown when the file does not say.
const DELAY_MS_DEFAULT: u32 = 100;

/// What an animation may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnimationLimits {
    /// Of each frame.
    pub picture: PictureLimits,
    /// Most frames.
    pub frames_max: usize,
    /// Most bytes of memory for all frames together.
    pub bytes_max: u64,
}

impl Default for AnimationLimits {
    fn default() -> Self {
        Self { picture: PictureLimits::default(), frames_max: FRAMES_MAX, bytes_max: ANIMATION_BYTES_MAX }
    }
}

/// One frame of an [`Animation`], whole and with its alpha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnimationFrame {
    /// What is seen.
    pub picture: Picture,
    /// For how long, in milliseconds.
    pub delay_ms: u32,
}

/// Frames of one size, in order; a still picture is an animation of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Animation {
    frames: Vec<AnimationFrame>,
    duration_ms: u64,
}

impl Animation {
    /// Decodes a picture file in memory with all its frames, see [`Picture::decode`].
    ///
    /// A file that breaks off after its first frame ends there.
    ///
    /// # Errors
    ///
    /// Those of [`Picture::decode`], and [`Error::Limit`] for too many frames or too much memory.
    pub fn decode(bytes: &[u8], limits: &AnimationLimits, needed_side: Option<u32>) -> Result<Self> {
        let needed = needed_side.unwrap_or(u32::MAX).max(1);
        let frames = match image::guess_format(bytes) {
            Ok(ImageFormat::Gif) => {
                let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|error| from_image("GIF", error))?;
                prepare(&mut decoder, "GIF", limits)?;
                collect("GIF", decoder.into_frames(), limits, needed)?
            }
            Ok(ImageFormat::WebP) => {
                let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|error| from_image("WebP", error))?;
                prepare(&mut decoder, "WebP", limits)?;
                if decoder.has_animation() {
                    collect("WebP", decoder.into_frames(), limits, needed)?
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        };
        if frames.is_empty() {
            let picture = Picture::decode(bytes, &limits.picture, needed_side)?;
            return Ok(Self { frames: vec![AnimationFrame { picture, delay_ms: DELAY_MS_DEFAULT }], duration_ms: 0 });
        }
        let is_still = frames.len() == 1;
        let duration_ms = if is_still { 0 } else { frames.iter().map(|frame| u64::from(frame.delay_ms)).sum() };
        Ok(Self { frames, duration_ms })
    }

    /// Reads and decodes a picture file, see [`Picture::open`] and [`Self::decode`].
    ///
    /// # Errors
    ///
    /// Those of [`Self::decode`] and [`Error::Io`].
    pub fn open(path: &Path, limits: &AnimationLimits, needed_side: Option<u32>) -> Result<Self> {
        Self::decode(&read_file(path)?, limits, needed_side)
    }

    /// Returns all frames, at least one.
    pub fn frames(&self) -> &[AnimationFrame] {
        &self.frames
    }

    /// Returns the milliseconds after which it starts again; 0 for a still picture.
    pub fn duration_ms(&self) -> u64 {
        self.duration_ms
    }

    /// Returns what is seen at `time_ms`, over and over again.
    pub fn frame_at(&self, time_ms: u64) -> &Picture {
        let mut left = time_ms.checked_rem(self.duration_ms).unwrap_or(0);
        for frame in &self.frames {
            if left < u64::from(frame.delay_ms) {
                return &frame.picture;
            }
            left -= u64::from(frame.delay_ms);
        }
        // A still picture, for which `left` is 0, has been returned above.
        &self.frames[0].picture
    }
}

/// Checks the size that the header promises and tells the decoder how much it may take.
fn prepare(decoder: &mut impl ImageDecoder, format: &'static str, limits: &AnimationLimits) -> Result<()> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, &limits.picture)?;
    let mut allowed = Limits::default();
    allowed.max_alloc = Some(limits.picture.decoded_bytes_max);
    match decoder.set_limits(allowed) {
        // The WebP decoder knows no such limit; its buffers are those of the size checked above.
        Ok(()) | Err(ImageError::Unsupported(_)) => Ok(()),
        Err(error) => Err(from_image(format, error)),
    }
}

fn collect(
    format: &'static str,
    source: Frames<'_>,
    limits: &AnimationLimits,
    needed_side: u32,
) -> Result<Vec<AnimationFrame>> {
    let mut frames: Vec<AnimationFrame> = Vec::new();
    let (mut kept_bytes, mut drawn_bytes) = (0_u64, 0_u64);
    for frame in source {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) if frames.is_empty() => return Err(from_image(format, error)),
            Err(_) => break,
        };
        if frames.len() >= limits.frames_max {
            return Err(over(
                "the number of frames of the animation",
                frames.len() as u64 + 1,
                limits.frames_max as u64,
            ));
        }
        drawn_bytes += frame.buffer().as_raw().len() as u64;
        if drawn_bytes > DRAWN_BYTES_MAX {
            return Err(over("the size of all frames of the animation in bytes", drawn_bytes, DRAWN_BYTES_MAX));
        }
        let frame = reduce(frame, needed_side)?;
        kept_bytes += frame.picture.rgba().len() as u64;
        if kept_bytes > limits.bytes_max {
            return Err(over("the memory for the animation in bytes", kept_bytes, limits.bytes_max));
        }
        frames.push(frame);
    }
    Ok(frames)
}

fn reduce(frame: Frame, needed_side: u32) -> Result<AnimationFrame> {
    let (numerator, denominator) = frame.delay().numer_denom_ms();
    let delay_ms = numerator / denominator.max(1);
    let delay_ms = if delay_ms < DELAY_MS_MIN { DELAY_MS_DEFAULT } else { delay_ms };
    let (width, height) = frame.buffer().dimensions();
    let factor = factor(width, height, needed_side);
    let rgba = frame.into_buffer().into_raw();
    if factor == 1 {
        return Ok(AnimationFrame { picture: Picture::from_rgba(width, height, rgba)?, delay_ms });
    }
    let mut reducer = Reducer::new(width, height, Layout::Rgba, factor);
    for row in rgba.chunks_exact(width as usize * 4) {
        reducer.push_row(row);
    }
    Ok(AnimationFrame { picture: reducer.finish()?, delay_ms })
}

fn over(what: &'static str, actual: u64, limit: u64) -> Error {
    Error::Limit { what, actual, limit }
}

fn from_image(format: &'static str, error: ImageError) -> Error {
    match error {
        // The decoder does not say how much it wanted.
        ImageError::Limits(_) => over("the memory for decoding the picture in bytes", u64::MAX, DECODED_BYTES_MAX),
        ImageError::Unsupported(error) => Error::unsupported(format!("{format} picture"), error.to_string()),
        error => Error::malformed(format, error.to_string()),
    }
}
