//! Transform coefficient levels in CAVLC (ITU-T H.264, 7.3.5.3.2 and 9.2).

use super::codes::{COEFF_TOKEN, COEFF_TOKEN_CHROMA_DC, Code, RUN_BEFORE, TOTAL_ZEROS, TOTAL_ZEROS_CHROMA_DC};
use super::writer::SliceWriter;

/// The largest magnitude that every `suffixLength` can write with a `level_prefix` of 15, the highest of the Baseline
/// profile: 15 + 4096 steps of one sign.
pub(super) const LEVEL_MAX: i32 = 2063;

/// What `nC` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// The mean number of coefficients of the neighbors.
    Neighbors(u8),
    /// Chroma DC, −1 in the standard.
    ChromaDc,
}

/// Writes one block of levels in scan order, 4, 15 or 16 of them, and returns `TotalCoeff`.
pub(super) fn write_block(writer: &mut SliceWriter, levels: &[i16], context: Context) -> u8 {
    // Non-zero levels and the zeros before each, from the highest frequency down.
    let mut found = [0_i32; 16];
    let mut runs = [0_u8; 16];
    let mut mask = 0_u32;
    for (at, &level) in levels.iter().enumerate() {
        mask |= u32::from(level != 0) << at;
    }
    let total = mask.count_ones() as usize;
    if total == 0 {
        put(writer, token(context, 0, 0));
        return 0;
    }
    let last = 31 - mask.leading_zeros();
    let total_zeros = last as usize + 1 - total;
    for n in 0..total {
        let at = 31 - mask.leading_zeros();
        found[n] = i32::from(levels[at as usize]);
        mask ^= 1 << at;
        runs[n] = (at + mask.leading_zeros() - 32) as u8;
    }
    let n_ones = found[..total.min(3)].iter().take_while(|level| level.abs() == 1).count();
    put(writer, token(context, total, n_ones));
    for &level in &found[..n_ones] {
        writer.bits(u32::from(level < 0), 1);
    }
    write_levels(writer, &found[n_ones..total], total, n_ones);
    if total < levels.len() {
        put(
            writer,
            match context {
                Context::ChromaDc => TOTAL_ZEROS_CHROMA_DC[total - 1][total_zeros],
                Context::Neighbors(_) => TOTAL_ZEROS[total - 1][total_zeros],
            },
        );
    }
    let mut zeros_left = total_zeros;
    for &run in &runs[..total - 1] {
        if zeros_left == 0 {
            break;
        }
        put(writer, RUN_BEFORE[zeros_left.min(7) - 1][usize::from(run)]);
        zeros_left -= usize::from(run);
    }
    total as u8
}

/// Writes `level_prefix` and `level_suffix` of the levels after the trailing ones (ITU-T H.264, 9.2.2.1, reversed).
fn write_levels(writer: &mut SliceWriter, levels: &[i32], total: usize, n_ones: usize) {
    let mut suffix_len = u32::from(total > 10 && n_ones < 3);
    for (n, &level) in levels.iter().enumerate() {
        let mut level_code = level.unsigned_abs() * 2 - 2 + u32::from(level < 0);
        if n == 0 && n_ones < 3 {
            level_code -= 2;
        }
        write_level(writer, level_code, suffix_len);
        if suffix_len == 0 {
            suffix_len = 1;
        }
        if level.unsigned_abs() > 3 << (suffix_len - 1) && suffix_len < 6 {
            suffix_len += 1;
        }
    }
}

fn write_level(writer: &mut SliceWriter, level_code: u32, suffix_len: u32) {
    if suffix_len == 0 {
        match level_code {
            0..14 => writer.bits(1, level_code + 1),
            14..30 => {
                writer.bits(1, 15);
                writer.bits(level_code - 14, 4);
            }
            _ => write_escape(writer, level_code - 30),
        }
    } else if level_code < 15 << suffix_len {
        writer.bits(1, (level_code >> suffix_len) + 1);
        writer.bits(level_code & ((1 << suffix_len) - 1), suffix_len);
    } else {
        write_escape(writer, level_code - (15 << suffix_len));
    }
}

/// Writes a `level_prefix` of 15 and its suffix of 12 bits.
fn write_escape(writer: &mut SliceWriter, rest: u32) {
    debug_assert!(rest < 4096, "levels are clamped to LEVEL_MAX");
    writer.bits(1, 16);
    writer.bits(rest, 12);
}

fn token(context: Context, total: usize, n_ones: usize) -> Code {
    match context {
        Context::ChromaDc => COEFF_TOKEN_CHROMA_DC[total][n_ones],
        Context::Neighbors(n @ 0..8) => COEFF_TOKEN[[0, 0, 1, 1, 2, 2, 2, 2][usize::from(n)]][total][n_ones],
        // Six bits of fixed length.
        Context::Neighbors(_) if total == 0 => Code { bits: 3, len: 6 },
        Context::Neighbors(_) => Code { bits: ((total - 1) << 2 | n_ones) as u16, len: 6 },
    }
}

#[inline]
fn put(writer: &mut SliceWriter, code: Code) {
    debug_assert!(code.len > 0, "a code that the standard does not have");
    writer.bits(u32::from(code.bits), u32::from(code.len));
}
