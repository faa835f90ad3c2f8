//! An H.264 encoder that codes only what moved (ITU-T H.264, Constrained Baseline profile).
//!
//! The caller says in which rectangles a picture differs from the one before; everything else is skipped, at no cost in
//! time and nearly none in bits. Inside the rectangles macroblocks that did not change are skipped as well.
//! One slice, one reference picture, constant quantizer, CAVLC, deblocking in the loop.

mod cavlc;
mod coder;
mod coder_intra;
mod codes;
mod damage;
mod deblock;
mod frame;
mod grid;
mod inter;
mod intra;
mod kernels;
mod lattice;
mod motion;
mod parameter_sets;
mod residual;
mod search;
mod source;
mod syntax;
mod tables;
mod transform;
mod writer;

#[cfg(test)]
mod tests;

pub use source::I420Ref;

use std::collections::BTreeSet;

use pulp::Arch;

use self::coder::{Coder, Spot, Tuning};
use self::damage::MacroblockSet;
use self::deblock::Deblocker;
use self::frame::Frame;
use self::grid::Grid;
use self::kernels::sad;
use self::parameter_sets::{FRAME_NUM_BITS, StreamShape, pps, sps};
use self::source::Pixels;
use self::writer::SliceWriter;
use super::bits::escape_into;
use super::idr::NAL_IDR;
use crate::yuv_planes::{I420, PixelRect};
use crate::{Error, Result};

/// `nal_unit_type` of a slice of a picture that refers to others.
const NAL_SLICE: u8 = 1;
/// `nal_ref_idc` of pictures, in place: all are referred to.
const REF_IDC: u8 = 2 << 5;
/// `slice_type` where all slices of the picture are alike (ITU-T H.264, table 7-6).
const SLICE_P: u32 = 5;
const SLICE_I: u32 = 7;

/// The sum of luma differences that the filter may add to a macroblock before it is coded again: half a level a pixel.
const WEAR_MAX: u32 = 128;

/// The smallest and the largest side of a picture, in pixels.
pub const SIDE_RANGE: std::ops::RangeInclusive<u32> = 128..=4096;
/// The quantizers whose levels CAVLC of the Baseline profile can write.
pub const QP_RANGE: std::ops::RangeInclusive<u8> = 10..=51;
/// Frames per second.
pub const FPS_RANGE: std::ops::RangeInclusive<u32> = 1..=240;
/// The identifiers of sequence parameter sets.
const PARAMETER_SET_IDS: std::ops::RangeInclusive<u32> = 0..=31;

/// What a [`RegionEncoder`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegionParams {
    /// Pixels per row, even, in [`SIDE_RANGE`].
    pub width: u32,
    /// Rows, even, in [`SIDE_RANGE`].
    pub height: u32,
    /// Frames per second, in [`FPS_RANGE`]; only the level and the timing in the stream depend on it.
    pub fps: u32,
    /// The quantizer, in [`QP_RANGE`]: 26 is a usual quality, 6 more double the step.
    pub qp: u8,
    /// The identifier of both parameter sets, 0 to 31, so that they can stand beside those of another encoder.
    pub parameter_set_id: u32,
}

/// What the last picture took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RegionCost {
    /// Macroblocks that the damage covered.
    pub damaged_macroblocks: u32,
    /// Those of them that differed from the picture before.
    pub changed_macroblocks: u32,
    /// Bits of the slice.
    pub bits: u64,
}

/// Encodes pictures as H.264, in time and bits that go with how much of them changes.
#[derive(Debug)]
pub struct RegionEncoder {
    shape: StreamShape,
    sps: Vec<u8>,
    pps: Vec<u8>,
    tuning: Tuning,
    deblocker: Deblocker,
    grid: Grid,
    /// The picture being reconstructed; between pictures it lacks what `changed` says.
    current: Frame,
    /// The last picture.
    reference: Frame,
    /// The last picture as it was given, by macroblocks.
    source: Vec<Pixels>,
    damage: MacroblockSet,
    /// What only the filter changed since it was coded, for its neighbors' sake.
    worn: MacroblockSet,
    /// How far the luma of each macroblock was from its source when it was last coded.
    errors: Vec<u32>,
    /// Where the last two pictures differ.
    changed: MacroblockSet,
    writer: SliceWriter,
    arch: Arch,
    /// `frame_num` of the next picture, `None` before the first.
    frame_num: Option<u32>,
    idr_pic_id: u32,
    cost: RegionCost,
}

impl RegionEncoder {
    /// Makes an encoder.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when a parameter is out of its range.
    pub fn new(params: &RegionParams) -> Result<Self> {
        let RegionParams { width, height, fps, qp, parameter_set_id } = *params;
        let is_size_fit = [width, height].iter().all(|side| SIDE_RANGE.contains(side) && side.is_multiple_of(2));
        if !is_size_fit {
            return Err(refused(format!("`{width}`×`{height}` pixels; sides are even and from 128 to 4096")));
        }
        if !QP_RANGE.contains(&qp) {
            return Err(refused(format!("quantizer `{qp}`; it is from 10 to 51")));
        }
        if !FPS_RANGE.contains(&fps) || !PARAMETER_SET_IDS.contains(&parameter_set_id) {
            return Err(refused(format!("`{fps}` frames per second or parameter set `{parameter_set_id}`")));
        }
        let shape = StreamShape { width, height, fps, qp, id: parameter_set_id };
        let (columns, rows) = (width.div_ceil(16) as usize, height.div_ceil(16) as usize);
        Ok(Self {
            shape,
            sps: sps(&shape),
            pps: pps(&shape),
            tuning: Tuning::new(qp),
            deblocker: Deblocker::new(qp),
            grid: Grid::new(columns, rows),
            current: Frame::new(columns, rows),
            reference: Frame::new(columns, rows),
            source: vec![Pixels::GRAY; columns * rows],
            damage: MacroblockSet::new(columns, rows),
            worn: MacroblockSet::new(columns, rows),
            errors: vec![0; columns * rows],
            changed: MacroblockSet::new(columns, rows),
            writer: SliceWriter::default(),
            arch: Arch::new(),
            frame_num: None,
            idr_pic_id: 1,
            cost: RegionCost::default(),
        })
    }

    /// Returns the sequence and the picture parameter set, NAL units without start code.
    pub fn parameter_sets(&self) -> (&[u8], &[u8]) {
        (&self.sps, &self.pps)
    }

    /// Returns what the last picture took.
    pub fn last_cost(&self) -> RegionCost {
        self.cost
    }

    /// Encodes a picture that needs no other, and returns its access unit with 4-byte lengths.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the picture is of another size than the encoder.
    pub fn encode_idr(&mut self, picture: &I420Ref<'_>) -> Result<Vec<u8>> {
        self.check(picture)?;
        self.idr_pic_id ^= 1;
        self.frame_num = Some(0);
        self.grid.advance();
        self.begin_slice(true);
        let (columns, rows) = (self.grid.width, self.grid.height);
        let mut coder = Coder {
            tuning: &self.tuning,
            grid: &mut self.grid,
            current: &mut self.current,
            reference: &self.reference,
            writer: &mut self.writer,
            arch: self.arch,
            skip_run: None,
        };
        for y in 0..rows {
            for x in 0..columns {
                let pixels = &mut self.source[y * columns + x];
                *pixels = Pixels::cut(picture, x, y);
                coder.code_intra(Spot { x, y, pixels });
            }
        }
        let n_macroblocks = (columns * rows) as u32;
        self.cost = RegionCost { damaged_macroblocks: n_macroblocks, changed_macroblocks: n_macroblocks, bits: 0 };
        Ok(self.finish_picture(NAL_IDR))
    }

    /// Encodes a picture that differs from the one before only in `damage`, and returns its access unit.
    ///
    /// The rectangles may overlap and reach over the edges; generous ones cost little.
    /// What changed outside of them may stay as it was.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the picture is of another size, [`Error::Internal`] when it is the first.
    pub fn encode_delta(&mut self, picture: &I420Ref<'_>, damage: &[PixelRect]) -> Result<Vec<u8>> {
        self.check(picture)?;
        self.begin_delta()?;
        self.damage.clear();
        damage.iter().for_each(|rect| self.damage.insert(rect));
        let stale = self.find_stale();
        let columns = self.grid.width;
        let n_macroblocks = (columns * self.grid.height) as u32;
        let mut coder = Coder {
            tuning: &self.tuning,
            grid: &mut self.grid,
            current: &mut self.current,
            reference: &self.reference,
            writer: &mut self.writer,
            arch: self.arch,
            skip_run: Some(0),
        };
        let mut next = 0;
        for at in self.damage.iter() {
            // The macroblock right of the last one is the only one outside whose derived vector may not be zero.
            if at > next {
                if next > 0 && next % columns > 0 {
                    coder.code_still(next % columns, next / columns);
                    next += 1;
                }
                coder.skip_run = coder.skip_run.map(|run| run + (at - next) as u32);
            }
            next = at + 1;
            let (x, y) = (at % columns, at / columns);
            let pixels = Pixels::cut(picture, x, y);
            self.cost.damaged_macroblocks += 1;
            if pixels == self.source[at] && !stale.contains(&at) {
                coder.code_still(x, y);
                continue;
            }
            self.cost.changed_macroblocks += 1;
            coder.code_inter(Spot { x, y, pixels: &pixels });
            self.source[at] = pixels;
        }
        if next > 0 && next % columns > 0 {
            coder.code_still(next % columns, next / columns);
            next += 1;
        }
        let skip_run = coder.skip_run.unwrap_or(0) + n_macroblocks - next as u32;
        if skip_run > 0 {
            self.writer.ue(skip_run);
        }
        Ok(self.finish_picture(NAL_SLICE))
    }

    /// Encodes a picture that is the same as the one before, and returns its access unit.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when it is the first.
    pub fn encode_skip(&mut self) -> Result<Vec<u8>> {
        self.begin_delta()?;
        self.writer.ue((self.grid.width * self.grid.height) as u32);
        self.damage.clear();
        Ok(self.finish_picture(NAL_SLICE))
    }

    /// Returns the last picture as a decoder shows it.
    pub fn reconstruction(&self) -> I420 {
        let mut planes = I420::new(self.shape.width, self.shape.height);
        let width = self.shape.width as usize;
        let out = [(&mut planes.y, width), (&mut planes.u, width / 2), (&mut planes.v, width / 2)];
        let [u, v] = &self.reference.chroma;
        for ((out, width), plane) in out.into_iter().zip([&self.reference.y, u, v]) {
            for (y, row) in out.chunks_exact_mut(width).enumerate() {
                row.copy_from_slice(&plane.data[plane.index(0, y as i32)..][..width]);
            }
        }
        planes
    }

    fn check(&self, picture: &I420Ref<'_>) -> Result<()> {
        if picture.is_sized(self.shape.width, self.shape.height) {
            return Ok(());
        }
        Err(Error::malformed("picture", "its size is not the encoder's"))
    }

    fn begin_delta(&mut self) -> Result<()> {
        if self.frame_num.is_none() {
            return Err(super::failed("the first picture must be an IDR picture"));
        }
        self.grid.advance();
        self.begin_slice(false);
        for at in self.changed.iter() {
            let (x, y) = (at % self.grid.width, at / self.grid.width);
            self.current.copy_macroblock(&self.reference, x, y);
            self.current.extend_macroblock(x, y);
        }
        self.changed.clear();
        self.cost = RegionCost::default();
        Ok(())
    }

    /// Finds macroblocks that the filter has worn out over time, adds them to the damage, and returns them in order.
    ///
    /// Where something moves beside something still, the still pixels next to it are filtered in every picture.
    fn find_stale(&mut self) -> BTreeSet<usize> {
        let columns = self.grid.width;
        let is_stale = |&at: &usize| {
            luma_error(&self.source[at], &self.reference, at % columns, at / columns) > self.errors[at] + WEAR_MAX
        };
        let stale: BTreeSet<usize> = self.worn.iter().filter(is_stale).collect();
        stale.iter().for_each(|&at| self.damage.insert_index(at));
        self.worn.clear();
        stale
    }

    /// Writes the slice header (ITU-T H.264, 7.3.3).
    fn begin_slice(&mut self, is_idr: bool) {
        let frame_num = self.frame_num.unwrap_or(0);
        self.frame_num = Some((frame_num + 1) % (1 << FRAME_NUM_BITS));
        let writer = &mut self.writer;
        writer.clear();
        writer.ue(0); // first_mb_in_slice
        writer.ue(if is_idr { SLICE_I } else { SLICE_P });
        writer.ue(self.shape.id); // pic_parameter_set_id
        writer.bits(frame_num, FRAME_NUM_BITS);
        if is_idr {
            writer.ue(self.idr_pic_id);
            writer.bits(0, 2); // no_output_of_prior_pics_flag, long_term_reference_flag
        } else {
            // num_ref_idx_active_override, ref_pic_list_modification, adaptive_ref_pic_marking_mode
            writer.bits(0, 3);
        }
        writer.se(0); // slice_qp_delta
    }

    /// Filters the picture, makes it the reference, and returns the slice as an access unit.
    fn finish_picture(&mut self, nal_type: u8) -> Vec<u8> {
        self.deblock(nal_type == NAL_IDR);
        std::mem::swap(&mut self.current, &mut self.reference);
        let payload = self.writer.finish();
        let mut unit = Vec::with_capacity(payload.len() + 16);
        unit.extend_from_slice(&[0; 4]);
        unit.push(REF_IDC | nal_type);
        escape_into(&mut unit, payload);
        self.cost.bits = (unit.len() as u64 - 4) * 8;
        let length = (unit.len() - 4) as u32;
        unit[..4].copy_from_slice(&length.to_be_bytes());
        unit
    }

    /// Filters what was coded and what is next to it, and notes what changed.
    fn deblock(&mut self, is_idr: bool) {
        let (columns, rows) = (self.grid.width, self.grid.height);
        if is_idr {
            self.changed.fill();
        } else {
            // What was coded, and the edges of what is right of it and below it.
            for at in self.damage.iter() {
                if self.grid.is_coded(at % columns, at / columns) {
                    self.changed.insert_with_neighbors(at);
                }
            }
        }
        for at in self.changed.iter() {
            let place = (at % columns, at / columns);
            self.deblocker.filter(self.arch, &mut self.current, &self.grid, place);
        }
        for at in self.changed.iter() {
            if self.grid.is_coded(at % columns, at / columns) {
                self.errors[at] = luma_error(&self.source[at], &self.current, at % columns, at / columns);
            } else {
                self.worn.insert_index(at);
            }
            if at % columns == 0 || at / columns == 0 || at % columns + 1 == columns || at / columns + 1 == rows {
                self.current.extend_macroblock(at % columns, at / columns);
            }
        }
    }
}

/// Returns the sum of absolute differences between a macroblock's luma and its source.
fn luma_error(pixels: &Pixels, frame: &Frame, x: usize, y: usize) -> u32 {
    let at = frame.y.index(x as i32 * 16, y as i32 * 16);
    sad::<16, 16>(&pixels.luma, &frame.y.data[at..], frame.y.stride)
}

fn refused(reason: String) -> Error {
    Error::unsupported("H.264 parameter", reason)
}
