//! Sequence and picture parameter sets of region streams (ITU-T H.264, 7.3.2.1, 7.3.2.2, annexes A and E).

use super::writer::SliceWriter;
use crate::h264::bits::escape_into;
use crate::h264::idr::{NAL_PPS, NAL_SPS};

/// Bits of `frame_num`.
pub(super) const FRAME_NUM_BITS: u32 = 8;

const PROFILE_BASELINE: u32 = 66;
/// `constraint_set0_flag` and `constraint_set1_flag`: Constrained Baseline, which is a part of Main and High as well.
const CONSTRAINTS: u32 = 0b1100_0000;
/// `nal_ref_idc` of parameter sets, in place.
const REF_IDC: u8 = 3 << 5;
/// Code point of BT.709 in all three color fields (ITU-T H.264, tables E-3 to E-5).
const BT709: u32 = 1;
/// `video_format`: unspecified (ITU-T H.264, table E-2).
const VIDEO_FORMAT_UNSPECIFIED: u32 = 5;

/// `level_idc`, `MaxMBPS` and `MaxFS` of each level (ITU-T H.264, table A-1).
const LEVELS: [(u32, u64, u64); 19] = [
    (10, 1_485, 99),
    (11, 3_000, 396),
    (12, 6_000, 396),
    (13, 11_880, 396),
    (20, 11_880, 396),
    (21, 19_800, 792),
    (22, 20_250, 1_620),
    (30, 40_500, 1_620),
    (31, 108_000, 3_600),
    (32, 216_000, 5_120),
    (40, 245_760, 8_192),
    (41, 245_760, 8_192),
    (42, 522_240, 8_704),
    (50, 589_824, 22_080),
    (51, 983_040, 36_864),
    (52, 2_073_600, 36_864),
    (60, 4_177_920, 139_264),
    (61, 8_355_840, 139_264),
    (62, 16_711_680, 139_264),
];

/// What the parameter sets say.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamShape {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) fps: u32,
    pub(super) qp: u8,
    pub(super) id: u32,
}

/// Returns the lowest `level_idc` that allows the size at the rate.
pub(super) fn level_idc(width: u32, height: u32, fps: u32) -> u32 {
    let (columns, rows) = (u64::from(width.div_ceil(16)), u64::from(height.div_ceil(16)));
    let side = columns.max(rows);
    let fits = |&&(_, per_second, per_frame): &&(u32, u64, u64)| {
        columns * rows * u64::from(fps) <= per_second && columns * rows <= per_frame && side * side <= 8 * per_frame
    };
    LEVELS.iter().find(fits).map_or(62, |level| level.0)
}

/// Writes the sequence parameter set NAL unit.
pub(super) fn sps(shape: &StreamShape) -> Vec<u8> {
    let mut writer = SliceWriter::default();
    writer.bits(PROFILE_BASELINE, 8);
    writer.bits(CONSTRAINTS, 8);
    writer.bits(level_idc(shape.width, shape.height, shape.fps), 8);
    writer.ue(shape.id);
    writer.ue(FRAME_NUM_BITS - 4); // log2_max_frame_num_minus4
    writer.ue(2); // pic_order_cnt_type: output in decoding order
    writer.ue(1); // max_num_ref_frames
    writer.bits(0, 1); // gaps_in_frame_num_value_allowed_flag
    writer.ue(shape.width.div_ceil(16) - 1);
    writer.ue(shape.height.div_ceil(16) - 1);
    writer.bits(0b11, 2); // frame_mbs_only_flag, direct_8x8_inference_flag
    let (right, bottom) =
        (shape.width.next_multiple_of(16) - shape.width, shape.height.next_multiple_of(16) - shape.height);
    writer.bits(u32::from(right > 0 || bottom > 0), 1); // frame_cropping_flag
    if right > 0 || bottom > 0 {
        // In units of two luma samples.
        [0, right / 2, 0, bottom / 2].into_iter().for_each(|offset| writer.ue(offset));
    }
    writer.bits(1, 1); // vui_parameters_present_flag
    write_vui(&mut writer, shape.fps);
    nal(REF_IDC | NAL_SPS, &mut writer)
}

fn write_vui(writer: &mut SliceWriter, fps: u32) {
    writer.bits(1, 1); // aspect_ratio_info_present_flag
    writer.bits(1, 8); // aspect_ratio_idc: square
    writer.bits(0, 1); // overscan_info_present_flag
    writer.bits(1, 1); // video_signal_type_present_flag
    writer.bits(VIDEO_FORMAT_UNSPECIFIED, 3);
    writer.bits(0, 1); // video_full_range_flag
    writer.bits(1, 1); // colour_description_present_flag
    [BT709; 3].into_iter().for_each(|code_point| writer.bits(code_point, 8));
    writer.bits(0, 1); // chroma_loc_info_present_flag
    writer.bits(1, 1); // timing_info_present_flag
    writer.bits(1, 32); // num_units_in_tick
    writer.bits(fps * 2, 32); // time_scale: two ticks are a frame
    writer.bits(0, 1); // fixed_frame_rate_flag: a frame that stays is held, not repeated
    writer.bits(0, 3); // nal_hrd, vcl_hrd, pic_struct_present_flag
    writer.bits(1, 1); // bitstream_restriction_flag
    writer.bits(1, 1); // motion_vectors_over_pic_boundaries_flag
    writer.ue(0); // max_bytes_per_pic_denom: unlimited
    writer.ue(0); // max_bits_per_mb_denom: unlimited
    writer.ue(10); // log2_max_mv_length_horizontal, in quarter pixels
    writer.ue(10); // log2_max_mv_length_vertical
    writer.ue(0); // max_num_reorder_frames
    writer.ue(1); // max_dec_frame_buffering
}

/// Writes the picture parameter set NAL unit.
pub(super) fn pps(shape: &StreamShape) -> Vec<u8> {
    let mut writer = SliceWriter::default();
    writer.ue(shape.id);
    writer.ue(shape.id); // seq_parameter_set_id
    writer.bits(0, 2); // entropy_coding_mode_flag, bottom_field_pic_order_in_frame_present_flag
    writer.ue(0); // num_slice_groups_minus1
    writer.ue(0); // num_ref_idx_l0_default_active_minus1
    writer.ue(0); // num_ref_idx_l1_default_active_minus1
    writer.bits(0, 3); // weighted_pred_flag, weighted_bipred_idc
    writer.se(i32::from(shape.qp) - 26); // pic_init_qp_minus26
    writer.se(0); // pic_init_qs_minus26
    writer.se(0); // chroma_qp_index_offset
    writer.bits(0, 3); // deblocking control, constrained intra prediction, redundant pictures
    nal(REF_IDC | NAL_PPS, &mut writer)
}

fn nal(header: u8, writer: &mut SliceWriter) -> Vec<u8> {
    let mut nal = vec![header];
    escape_into(&mut nal, writer.finish());
    nal
}

#[cfg(test)]
mod tests {
    use super::level_idc;

    #[test]
    fn levels_are_the_lowest_that_allow_size_and_rate() {
        let wanted = [
            ((128, 128, 15), 10),
            ((1280, 720, 30), 31),
            ((1920, 1080, 24), 40),
            ((1920, 1080, 30), 40),
            ((1920, 1080, 60), 42),
            ((1080, 1920, 30), 40),
            ((3840, 2160, 30), 51),
            ((3840, 2160, 60), 52),
            ((4096, 4096, 60), 60),
            ((4096, 128, 30), 40),
        ];
        for ((width, height, fps), level) in wanted {
            assert_eq!(level_idc(width, height, fps), level, "{width}×{height} at {fps}");
        }
    }
}
