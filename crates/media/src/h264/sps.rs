//! What a sequence parameter set says about pictures (ITU-T H.264, 7.3.2.1.1 and E.1.1).

use super::bits::{BitReader, unescape};

/// `nal_unit_type` of a sequence parameter set.
pub(crate) use super::idr::NAL_SPS;

/// Profiles whose sets tell the chroma format (7.3.2.1.1).
const PROFILES_WITH_CHROMA: [u32; 13] = [44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244];
/// `aspect_ratio_idc` that is followed by two numbers.
const EXTENDED_SAR: u32 = 255;

/// The parts of a sequence parameter set that matter outside the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpsInfo {
    /// Pixels per row after cropping.
    pub(crate) width: u32,
    /// Rows after cropping.
    pub(crate) height: u32,
    /// Pixels of a decoded picture before cropping.
    pub(crate) coded_pixels: u64,
    /// Whether values use all of 0–255.
    pub(crate) is_full_range: bool,
    /// `matrix_coefficients`; 2 when not told.
    pub(crate) matrix: u32,
}

impl SpsInfo {
    /// Parses a NAL unit without start code; `None` if it is none or cut off.
    pub(crate) fn parse(nal: &[u8]) -> Option<Self> {
        let raw = unescape(nal);
        let mut reader = BitReader::new(&raw);
        if reader.bits(8)? & 0x1f != u32::from(NAL_SPS) {
            return None;
        }
        let profile = reader.bits(8)?;
        reader.bits(16)?; // constraint flags, level
        reader.ue()?; // seq_parameter_set_id
        let chroma_format = if PROFILES_WITH_CHROMA.contains(&profile) { chroma(&mut reader)? } else { 1 };
        reader.ue()?; // log2_max_frame_num_minus4
        match reader.ue()? {
            0 => {
                reader.ue()?;
            }
            1 => {
                reader.bit()?;
                reader.skip_se()?;
                reader.skip_se()?;
                let n_offsets = reader.ue()?;
                for _ in 0..n_offsets {
                    reader.skip_se()?;
                }
            }
            _ => {}
        }
        reader.ue()?; // max_num_ref_frames
        reader.bit()?; // gaps_in_frame_num_value_allowed_flag
        let width = reader.ue()?.checked_add(1)?.checked_mul(16)?;
        let map_height = reader.ue()?.checked_add(1)?;
        let is_progressive = reader.bit()? == 1;
        let height = map_height.checked_mul(if is_progressive { 16 } else { 32 })?;
        if !is_progressive {
            reader.bit()?; // mb_adaptive_frame_field_flag
        }
        reader.bit()?; // direct_8x8_inference_flag
        let unit_x = if chroma_format == 1 || chroma_format == 2 { 2 } else { 1 };
        let unit_y = if chroma_format == 1 { 2 } else { 1 } * if is_progressive { 1 } else { 2 };
        let (mut cut_x, mut cut_y) = (0, 0);
        if reader.bit()? == 1 {
            cut_x = reader.ue()?.checked_add(reader.ue()?)?.checked_mul(unit_x)?;
            cut_y = reader.ue()?.checked_add(reader.ue()?)?.checked_mul(unit_y)?;
        }
        let (is_full_range, matrix) = color(&mut reader).unwrap_or((false, 2));
        Some(Self {
            width: width.checked_sub(cut_x).filter(|&width| width > 0)?,
            height: height.checked_sub(cut_y).filter(|&height| height > 0)?,
            coded_pixels: u64::from(width) * u64::from(height),
            is_full_range,
            matrix,
        })
    }
}

/// Reads `chroma_format_idc` and skips what follows it up to the scaling lists' end.
fn chroma(reader: &mut BitReader<'_>) -> Option<u32> {
    let format = reader.ue()?;
    if format == 3 {
        reader.bit()?; // separate_colour_plane_flag
    }
    reader.ue()?; // bit_depth_luma_minus8
    reader.ue()?; // bit_depth_chroma_minus8
    reader.bit()?; // qpprime_y_zero_transform_bypass_flag
    if reader.bit()? == 1 {
        for idx in 0..if format == 3 { 12 } else { 8 } {
            if reader.bit()? == 1 {
                skip_scaling_list(reader, if idx < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(format)
}

fn skip_scaling_list(reader: &mut BitReader<'_>, n_values: u32) -> Option<()> {
    let mut next = 8_i32;
    for _ in 0..n_values {
        // From here on the last value is repeated, and nothing is written.
        if next == 0 {
            break;
        }
        let code = reader.ue()?;
        let magnitude = code.div_ceil(2).cast_signed();
        let delta = if code % 2 == 1 { magnitude } else { -magnitude };
        next = next.wrapping_add(delta).rem_euclid(256);
    }
    Some(())
}

/// Reads the video usability information up to the colors: whether the range is full, and the matrix.
fn color(reader: &mut BitReader<'_>) -> Option<(bool, u32)> {
    if reader.bit()? == 0 {
        return None;
    }
    if reader.bit()? == 1 && reader.bits(8)? == EXTENDED_SAR {
        reader.bits(32)?;
    }
    if reader.bit()? == 1 {
        reader.bit()?; // overscan_appropriate_flag
    }
    if reader.bit()? == 0 {
        return None;
    }
    reader.bits(3)?; // video_format
    let is_full_range = reader.bit()? == 1;
    if reader.bit()? == 0 {
        return Some((is_full_range, 2));
    }
    reader.bits(16)?; // primaries, transfer
    Some((is_full_range, reader.bits(8)?))
}

#[cfg(test)]
mod tests {
    use super::SpsInfo;
    use crate::h264::FullMotionEncoder;

    #[test]
    fn our_own_sets_are_read() {
        for (width, height) in [(1920, 1080), (128, 128), (322, 242)] {
            let encoder = FullMotionEncoder::new(width, height, 30, 26).expect("valid");
            let info = SpsInfo::parse(&encoder.parameter_sets().sps[0]).expect("whole");
            assert_eq!((info.width, info.height), (width, height));
            assert_eq!((info.is_full_range, info.matrix), (false, 1));
            for len in 0..8 {
                assert_eq!(SpsInfo::parse(&encoder.parameter_sets().sps[0][..len]), None);
            }
        }
    }
}
