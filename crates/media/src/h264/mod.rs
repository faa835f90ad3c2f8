//! One still picture as H.264: parameter sets and two interchangeable IDR access units.
//!
//! A cover video shows one picture for minutes, so it is encoded once.
//! Consecutive IDR pictures must differ in `idr_pic_id` (ITU-T H.264, 7.4.3), so the second one
//! is the first with that number rewritten in its slice header: the CABAC payload starts
//! byte-aligned and is copied as it is.

mod bits;
mod encoder;
mod idr;

use yuv::{BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgb_to_yuv420};

use crate::cover::CoverFrame;
use crate::{Error, Result};

/// The quantizer of still pictures: visually clean, about 50 KB for a 1080p cover.
pub const STILL_QP: i32 = 19;

/// A still picture encoded as H.264, ready for an `avc1` sample entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillVideo {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The sequence parameter set NAL unit, without start code.
    pub sps: Vec<u8>,
    /// The picture parameter set NAL unit, without start code.
    pub pps: Vec<u8>,
    /// Two IDR samples of the same picture with 4-byte lengths; alternating them is legal.
    pub samples: [Vec<u8>; 2],
}

/// Three planes of 8-bit Y, Cb, Cr; chroma is half as wide and half as high.
#[derive(Debug)]
struct I420 {
    width: u32,
    height: u32,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

/// Encodes `frame` as BT.709 limited-range 4:2:0 H.264 High profile with CABAC at constant quantizer `qp`.
///
/// # Errors
///
/// [`Error::Internal`] when the encoder refuses or puts out something unexpected.
pub fn encode_still(frame: &CoverFrame, qp: i32) -> Result<StillVideo> {
    let planes = to_i420(frame)?;
    let nals = encoder::encode_idr(&planes, qp)?;
    drop(planes);
    let mut sps = None;
    let mut pps = None;
    let mut slices = Vec::new();
    for nal in nals {
        match nal.first().map(|header| header & 0x1f) {
            Some(idr::NAL_SPS) => sps = Some(nal),
            Some(idr::NAL_PPS) => pps = Some(nal),
            Some(idr::NAL_IDR) => slices.push(nal),
            _ => {}
        }
    }
    let (Some(sps), Some(pps)) = (sps, pps) else {
        return Err(failed("no parameter sets"));
    };
    if slices.is_empty() {
        return Err(failed("no IDR slice"));
    }
    let samples = [idr::sample_with_id(&sps, &pps, &slices, 0)?, idr::sample_with_id(&sps, &pps, &slices, 1)?];
    Ok(StillVideo { width: frame.width(), height: frame.height(), sps, pps, samples })
}

fn to_i420(frame: &CoverFrame) -> Result<I420> {
    let (width, height) = (frame.width(), frame.height());
    let luma_len = width as usize * height as usize;
    let mut planes = I420 { width, height, y: vec![0; luma_len], u: vec![0; luma_len / 4], v: vec![0; luma_len / 4] };
    let mut image = YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(&mut planes.y),
        y_stride: width,
        u_plane: BufferStoreMut::Borrowed(&mut planes.u),
        u_stride: width / 2,
        v_plane: BufferStoreMut::Borrowed(&mut planes.v),
        v_stride: width / 2,
        width,
        height,
    };
    rgb_to_yuv420(
        &mut image,
        frame.rgb(),
        width * 3,
        YuvRange::Limited,
        YuvStandardMatrix::Bt709,
        YuvConversionMode::Balanced,
    )
    .map_err(|error| failed(&error.to_string()))?;
    Ok(planes)
}

fn failed(reason: &str) -> Error {
    Error::Internal { step: "H.264 encoding", reason: reason.to_owned() }
}
