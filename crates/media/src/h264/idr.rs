//! Rewrites `idr_pic_id` in the slice headers of an IDR picture (ITU-T H.264, 7.3.3).

use super::bits::{BitReader, BitWriter, escape_into, unescape};
use super::{ParameterSets, failed};
use crate::Result;

/// `nal_unit_type` of a slice of any other picture.
pub(super) const NAL_SLICE: u8 = 1;
/// `nal_unit_type` of a slice of an IDR picture.
pub(super) const NAL_IDR: u8 = 5;
/// `nal_unit_type` of a sequence parameter set.
pub(crate) const NAL_SPS: u8 = 7;
/// `nal_unit_type` of a picture parameter set.
pub(super) const NAL_PPS: u8 = 8;

/// `profile_idc` values that carry the chroma format in the SPS and that we may meet.
const PROFILE_HIGH: u32 = 100;

/// What the parameter sets say about the layout of a slice header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HeaderShape {
    is_cabac: bool,
    frame_num_bits: u32,
    /// `None` when the picture order count type needs no bits in the header.
    poc_lsb_bits: Option<u32>,
    redundant_pic_cnt: bool,
    deblocking_control: bool,
}

/// Where the number stands and, with CABAC, where the header ends, in bits of the unescaped NAL unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct HeaderBits {
    id_start: usize,
    id_end: usize,
    header_end: usize,
}

/// Builds a length-prefixed sample of `slices` whose `idr_pic_id` is `id`.
pub(super) fn sample_with_id(sps: &[u8], pps: &[u8], slices: &[Vec<u8>], id: u32) -> Result<Vec<u8>> {
    let shape =
        header_shape(&unescape(sps), &unescape(pps)).ok_or_else(|| failed("parameter sets of an unexpected kind"))?;
    let n_bytes: usize = slices.iter().map(Vec::len).sum();
    let mut sample = Vec::with_capacity(n_bytes + 64);
    for slice in slices {
        let length_at = sample.len();
        sample.extend_from_slice(&[0; 4]);
        append_with_id(&mut sample, slice, shape, id).ok_or_else(|| failed("slice header of an unexpected kind"))?;
        let length = u32::try_from(sample.len() - length_at - 4).map_err(|_| failed("slice longer than 4 GiB"))?;
        sample[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(sample)
}

/// Makes the `idr_pic_id` of `sample` differ from that of the IDR picture before it, `previous`; returns what it is.
///
/// `None` if the sample is no IDR picture or of a kind that is not understood; then it stays as it is.
pub(crate) fn tell_apart(sample: &mut Vec<u8>, previous: Option<u32>, sets: &ParameterSets) -> Option<u32> {
    let nals = split(sample)?;
    let first = nals.iter().find(|nal| is_idr(nal))?;
    let own = IdrSlice::parse(first, sets)?.id;
    if previous != Some(own) {
        return Some(own);
    }
    let id = u32::from(own == 0);
    let mut rewritten = Vec::with_capacity(sample.len() + 64);
    for nal in nals {
        let length_at = rewritten.len();
        rewritten.extend_from_slice(&[0; 4]);
        if is_idr(nal) {
            append_with_id(&mut rewritten, nal, IdrSlice::parse(nal, sets)?.shape, id)?;
        } else {
            rewritten.extend_from_slice(nal);
        }
        let length = u32::try_from(rewritten.len() - length_at - 4).ok()?;
        rewritten[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    }
    *sample = rewritten;
    Some(id)
}

fn is_idr(nal: &[u8]) -> bool {
    nal.first().is_some_and(|header| header & 0x1f == NAL_IDR)
}

/// Splits a sample at its 4-byte lengths.
fn split(sample: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut nals, mut rest) = (Vec::new(), sample);
    while !rest.is_empty() {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (nal, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        nals.push(nal);
        rest = tail;
    }
    Some(nals)
}

/// A slice of an IDR picture with the shape of its header.
struct IdrSlice {
    shape: HeaderShape,
    id: u32,
}

impl IdrSlice {
    /// Bytes that surely hold the start of a slice header.
    const START_BYTES: usize = 32;

    fn parse(nal: &[u8], sets: &ParameterSets) -> Option<Self> {
        let raw = unescape(&nal[..nal.len().min(Self::START_BYTES)]);
        let mut reader = BitReader::new(&raw);
        reader.bits(8)?; // NAL unit header.
        reader.ue()?; // first_mb_in_slice
        reader.ue()?; // slice_type
        let pps_id = reader.ue()?;
        let pps = sets.pps.iter().map(|nal| unescape(nal)).find(|pps| BitReader::at(pps, 8).ue() == Some(pps_id))?;
        let mut ids = BitReader::at(&pps, 8);
        ids.ue()?;
        let sps_id = ids.ue()?;
        // Profile, constraints and level stand before the id.
        let sps = sets.sps.iter().map(|nal| unescape(nal)).find(|sps| BitReader::at(sps, 32).ue() == Some(sps_id))?;
        let shape = header_shape(&sps, &pps)?;
        reader.bits(shape.frame_num_bits)?;
        Some(Self { shape, id: reader.ue()? })
    }
}

fn append_with_id(out: &mut Vec<u8>, slice: &[u8], shape: HeaderShape, id: u32) -> Option<()> {
    let raw = unescape(slice);
    let header = header_bits(&raw, shape)?;
    let mut reader = BitReader::new(&raw);
    let mut writer = BitWriter::default();
    for _ in 0..header.id_start {
        writer.bit(reader.bit()?);
    }
    writer.ue(id);
    for _ in header.id_start..header.id_end {
        reader.bit()?;
    }
    if !shape.is_cabac {
        // What follows moves by some bits: up to the last one, which is the stop bit.
        let last = raw.iter().rposition(|&byte| byte != 0)?;
        let end = last * 8 + 8 - raw[last].trailing_zeros() as usize;
        for _ in header.id_end..end {
            writer.bit(reader.bit()?);
        }
        escape_into(out, &writer.align_with_zeros());
        return Some(());
    }
    for _ in header.id_end..header.header_end {
        writer.bit(reader.bit()?);
    }
    let mut rewritten = writer.align_with_ones();
    rewritten.extend_from_slice(raw.get(header.header_end.div_ceil(8)..)?);
    escape_into(out, &rewritten);
    Some(())
}

fn header_bits(raw: &[u8], shape: HeaderShape) -> Option<HeaderBits> {
    let mut reader = BitReader::new(raw);
    reader.bits(8)?; // NAL unit header.
    reader.ue()?; // first_mb_in_slice
    let slice_type = reader.ue()?;
    if slice_type % 5 != 2 {
        return None;
    }
    reader.ue()?; // pic_parameter_set_id
    reader.bits(shape.frame_num_bits)?;
    let id_start = reader.position();
    reader.ue()?;
    let id_end = reader.position();
    if let Some(n_bits) = shape.poc_lsb_bits {
        reader.bits(n_bits)?;
    }
    if shape.redundant_pic_cnt {
        reader.ue()?;
    }
    reader.bits(2)?; // no_output_of_prior_pics_flag, long_term_reference_flag
    reader.skip_se()?; // slice_qp_delta
    if shape.deblocking_control && reader.ue()? != 1 {
        reader.skip_se()?;
        reader.skip_se()?;
    }
    Some(HeaderBits { id_start, id_end, header_end: reader.position() })
}

/// Returns `None` for anything a 4:2:0 progressive stream of one slice group does not use.
fn header_shape(sps: &[u8], pps: &[u8]) -> Option<HeaderShape> {
    let mut reader = BitReader::new(sps);
    reader.bits(8)?;
    let profile = reader.bits(8)?;
    reader.bits(16)?; // constraint flags, level
    reader.ue()?; // seq_parameter_set_id
    if profile >= PROFILE_HIGH {
        let is_plain_420 = reader.ue()? == 1 && reader.ue()? == 0 && reader.ue()? == 0;
        reader.bit()?; // qpprime_y_zero_transform_bypass_flag
        let has_scaling_matrix = reader.bit()? == 1;
        if !is_plain_420 || has_scaling_matrix {
            return None;
        }
    }
    let frame_num_bits = reader.ue()? + 4;
    let poc_lsb_bits = match reader.ue()? {
        0 => Some(reader.ue()? + 4),
        2 => None,
        _ => return None,
    };
    reader.ue()?; // max_num_ref_frames
    reader.bit()?; // gaps_in_frame_num_value_allowed_flag
    reader.ue()?; // pic_width_in_mbs_minus1
    reader.ue()?; // pic_height_in_map_units_minus1
    let is_progressive = reader.bit()? == 1;

    let mut reader = BitReader::new(pps);
    reader.bits(8)?;
    reader.ue()?; // pic_parameter_set_id
    reader.ue()?; // seq_parameter_set_id
    let is_cabac = reader.bit()? == 1;
    let has_field_order = reader.bit()? == 1;
    let n_slice_groups = reader.ue()? + 1;
    if !is_progressive || has_field_order || n_slice_groups != 1 {
        return None;
    }
    reader.ue()?; // num_ref_idx_l0_default_active_minus1
    reader.ue()?; // num_ref_idx_l1_default_active_minus1
    reader.bits(3)?; // weighted_pred_flag, weighted_bipred_idc
    reader.skip_se()?; // pic_init_qp_minus26
    reader.skip_se()?; // pic_init_qs_minus26
    reader.skip_se()?; // chroma_qp_index_offset
    let deblocking_control = reader.bit()? == 1;
    reader.bit()?; // constrained_intra_pred_flag
    let redundant_pic_cnt = reader.bit()? == 1;
    Some(HeaderShape { is_cabac, frame_num_bits, poc_lsb_bits, redundant_pic_cnt, deblocking_control })
}
