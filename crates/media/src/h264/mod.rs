//! H.264: one still picture as two interchangeable IDR access units, or moving pictures one after another.
//!
//! A cover video shows one picture for minutes, so it is encoded once.
//! Consecutive IDR pictures must differ in `idr_pic_id` (ITU-T H.264, 7.4.3), so the second one
//! is the first with that number rewritten in its slice header: the CABAC payload starts
//! byte-aligned and is copied as it is.

mod bits;
mod encoder;
mod idr;
mod motion;
pub mod region;
mod sps;

use yuv::{BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgb_to_yuv420};

use crate::cover::CoverFrame;
use crate::yuv_planes::I420;
use crate::{Error, Result};
use encoder::{Encoder, Settings};

pub(crate) use idr::tell_apart;
pub use motion::{FullMotionEncoder, MOTION_QP};
pub(crate) use sps::{NAL_SPS, SpsInfo};

/// The quantizer of still pictures: visually clean, about 50 KB for a 1080p cover.
pub const STILL_QP: i32 = 19;

/// What a decoder must know before the first picture: NAL units without start codes.
///
/// A file may hold the sets of several encoders as long as their ids differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParameterSets {
    /// Sequence parameter sets.
    pub sps: Vec<Vec<u8>>,
    /// Picture parameter sets.
    pub pps: Vec<Vec<u8>>,
}

impl ParameterSets {
    /// Adds those of `other` that are not there yet.
    pub fn merge(&mut self, other: &Self) {
        for (own, others) in [(&mut self.sps, &other.sps), (&mut self.pps, &other.pps)] {
            for nal in others {
                if !own.contains(nal) {
                    own.push(nal.clone());
                }
            }
        }
    }

    /// Checks that no two sets of a kind share an id: a decoder would take one for the other.
    pub(crate) fn check_ids(&self) -> Result<()> {
        // Profile, constraints and level stand before the id of a sequence parameter set.
        for (nals, id_at) in [(&self.sps, 4), (&self.pps, 1)] {
            let mut ids = Vec::new();
            for nal in nals {
                let id = nal.get(id_at..).map(bits::unescape).and_then(|raw| bits::BitReader::new(&raw).ue());
                let id = id.ok_or_else(|| Error::malformed("H.264", "parameter set too short"))?;
                if ids.contains(&id) {
                    return Err(Error::malformed("H.264", format!("two parameter sets with the id `{id}`")));
                }
                ids.push(id);
            }
        }
        Ok(())
    }
}

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

/// The NAL units of one access unit, told apart.
#[derive(Debug, Default)]
struct AccessUnit {
    sets: ParameterSets,
    idr_slices: Vec<Vec<u8>>,
    other_slices: Vec<Vec<u8>>,
}

impl AccessUnit {
    fn sort(nals: Vec<Vec<u8>>) -> Self {
        let mut unit = Self::default();
        for nal in nals {
            match nal.first().map(|header| header & 0x1f) {
                Some(NAL_SPS) => unit.sets.sps.push(nal),
                Some(idr::NAL_PPS) => unit.sets.pps.push(nal),
                Some(idr::NAL_IDR) => unit.idr_slices.push(nal),
                Some(idr::NAL_SLICE) => unit.other_slices.push(nal),
                _ => {}
            }
        }
        unit
    }
}

/// Encodes `frame` as BT.709 limited-range 4:2:0 H.264 High profile with CABAC at constant quantizer `qp`.
///
/// # Errors
///
/// [`Error::Internal`] when the encoder refuses or puts out something unexpected.
pub fn encode_still(frame: &CoverFrame, qp: i32) -> Result<StillVideo> {
    let planes = to_i420(frame)?;
    let mut encoder = Encoder::new(Settings::still(frame.width(), frame.height(), qp))?;
    let mut unit = AccessUnit::sort(encoder.encode(&planes, 0)?);
    drop(planes);
    let (Some(sps), Some(pps)) = (unit.sets.sps.pop(), unit.sets.pps.pop()) else {
        return Err(failed("no parameter sets"));
    };
    let slices = unit.idr_slices;
    if slices.is_empty() {
        return Err(failed("no IDR slice"));
    }
    let samples = [idr::sample_with_id(&sps, &pps, &slices, 0)?, idr::sample_with_id(&sps, &pps, &slices, 1)?];
    Ok(StillVideo { width: frame.width(), height: frame.height(), sps, pps, samples })
}

fn to_i420(frame: &CoverFrame) -> Result<I420> {
    let mut planes = I420::new(frame.width(), frame.height());
    let width = frame.width();
    let mut image = YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(&mut planes.y),
        y_stride: width,
        u_plane: BufferStoreMut::Borrowed(&mut planes.u),
        u_stride: width / 2,
        v_plane: BufferStoreMut::Borrowed(&mut planes.v),
        v_stride: width / 2,
        width,
        height: frame.height(),
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
