//! Pictures that move all over, through openh264.

use super::encoder::{Encoder, Settings};
use super::{AccessUnit, ParameterSets, failed};
use crate::yuv_planes::I420;
use crate::{Error, Result};

/// The quantizer of moving pictures: clean at arm's length, about 0.5 Mbit/s for a talking head in 1080p.
pub const MOTION_QP: i32 = 24;

/// Shortest side that openh264 takes, in pixels.
const SIDE_MIN: u32 = 16;

/// Quantizers of 8-bit video (ITU-T H.264, 7.4.2.2); 0 would be nearly lossless and enormous.
const QP_RANGE: std::ops::RangeInclusive<i32> = 1..=51;

/// Encodes pictures one after another: H.264 High profile, CABAC, one slice, one reference, constant quantizer.
///
/// The first picture is an IDR picture and no picture is ever left out. The same pictures give the same bytes.
/// The ids of the parameter sets are 0.
#[derive(Debug)]
pub struct FullMotionEncoder {
    encoder: Encoder,
    sets: ParameterSets,
    fps: u32,
    n_encoded: u64,
}

impl FullMotionEncoder {
    /// Sets up an encoder for pictures of `width` × `height` pixels, both even.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for sizes, rates and quantizers outside what H.264 knows.
    pub fn new(width: u32, height: u32, fps: u32, qp: i32) -> Result<Self> {
        let shorter_side = width.min(height);
        let is_fit = shorter_side >= SIDE_MIN && width.is_multiple_of(2) && height.is_multiple_of(2);
        let n_pixels = u64::from(width) * u64::from(height);
        if !is_fit || n_pixels > crate::cover::CANVAS_PIXELS_MAX || fps == 0 || !QP_RANGE.contains(&qp) {
            let what = format!("video of {width}x{height} at {fps} frames per second and quantizer {qp}");
            return Err(Error::unsupported(what, "sides must be even, at least 16, and the quantizer 1 to 51"));
        }
        let mut encoder = Encoder::new(Settings::motion(width, height, fps, qp))?;
        let sets = AccessUnit::sort(encoder.parameter_sets()?).sets;
        if sets.sps.is_empty() || sets.pps.is_empty() {
            return Err(failed("no parameter sets"));
        }
        Ok(Self { encoder, sets, fps, n_encoded: 0 })
    }

    /// Returns what a decoder must know first.
    pub fn parameter_sets(&self) -> &ParameterSets {
        &self.sets
    }

    /// Makes the next picture an IDR picture, from which players can start.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when the encoder refuses.
    pub fn force_idr(&mut self) -> Result<()> {
        self.encoder.force_idr()
    }

    /// Encodes the next picture; returns its access unit, each NAL unit behind its length in 4 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when the size is not that given at the start or the encoder fails.
    pub fn encode(&mut self, picture: &I420) -> Result<Vec<u8>> {
        let time_ms = (self.n_encoded * 1000 / u64::from(self.fps)).cast_signed();
        let unit = AccessUnit::sort(self.encoder.encode(picture, time_ms)?);
        let is_start = self.n_encoded == 0;
        self.n_encoded += 1;
        if is_start && unit.idr_slices.is_empty() {
            return Err(failed("no IDR slice"));
        }
        let slices = unit.idr_slices.iter().chain(&unit.other_slices);
        let n_bytes: usize = slices.clone().map(|nal| nal.len() + 4).sum();
        let mut sample = Vec::with_capacity(n_bytes);
        for nal in slices {
            let length = u32::try_from(nal.len()).map_err(|_| failed("slice longer than 4 GiB"))?;
            sample.extend_from_slice(&length.to_be_bytes());
            sample.extend_from_slice(nal);
        }
        if sample.is_empty() {
            return Err(failed("picture left out"));
        }
        Ok(sample)
    }
}
