//! Transforms and quantization of 4×4 blocks (ITU-T H.264, 8.5), and their forward twins.

use super::cavlc::LEVEL_MAX;
use super::tables::{FORWARD_SCALE, LEVEL_SCALE, POSITION_CLASS, ZIGZAG};

/// A 4×4 block in raster order: differences, coefficients or levels.
pub(super) type Block = [i16; 16];

/// The quantizer of one kind of plane at one `qp`.
#[derive(Debug, Clone)]
pub(super) struct Quantizer {
    /// Factors by raster position.
    forward: [i32; 16],
    backward: [i32; 16],
    /// The factors of DC, before `qp / 6` shifts.
    dc_backward: i32,
    shift: u32,
    per: u32,
    /// Added before the shift of inter and intra blocks: a sixth and a third of a step.
    inter_rounding: i32,
    intra_rounding: i32,
    zero_sum: u32,
}

impl Quantizer {
    pub(super) fn new(qp: u8) -> Self {
        let (per, rem) = (u32::from(qp / 6), usize::from(qp % 6));
        let shift = 15 + per;
        let inter_rounding = (1 << shift) / 6;
        let by_class = |table: &[[i32; 3]; 6]| std::array::from_fn(|at| table[rem][usize::from(POSITION_CLASS[at])]);
        Self {
            forward: by_class(&FORWARD_SCALE),
            backward: by_class(&LEVEL_SCALE).map(|factor: i32| factor << per),
            dc_backward: LEVEL_SCALE[rem][0] * 16,
            shift,
            per,
            inter_rounding,
            intra_rounding: (1 << shift) / 3,
            zero_sum: (((1 << shift) - inter_rounding - 1) / (4 * FORWARD_SCALE[rem][1])) as u32,
        }
    }

    pub(super) fn rounding(&self, is_intra: bool) -> i32 {
        if is_intra { self.intra_rounding } else { self.inter_rounding }
    }

    /// Returns the largest sum of absolute differences whose inter block certainly has no levels.
    ///
    /// No coefficient exceeds four times the sum in class 1, twice in class 2, once in class 0, and the products of
    /// these gains with the factors are largest in class 1.
    pub(super) fn zero_sum(&self) -> u32 {
        self.zero_sum
    }

    /// Replaces coefficients by levels and returns whether any is left.
    #[inline(always)]
    pub(super) fn quantize(&self, block: &mut Block, rounding: i32) -> bool {
        let mut any = 0;
        for (value, factor) in block.iter_mut().zip(&self.forward) {
            let coefficient = i32::from(*value);
            let level = ((coefficient.abs() * factor + rounding) >> self.shift).min(LEVEL_MAX);
            *value = (if coefficient < 0 { -level } else { level }) as i16;
            any |= level;
        }
        any != 0
    }

    /// Drops levels from the highest frequency on until no sum of the inverse transform can exceed `limit`.
    ///
    /// Real pictures never need it; noise of full contrast might, and the standard forbids streams that overflow 16 bits.
    pub(super) fn tame(&self, block: &mut Block, limit: i32) {
        let sum = |block: &Block| -> i32 {
            block.iter().zip(&self.backward).map(|(&level, factor)| i32::from(level).abs() * factor).sum()
        };
        for &at in ZIGZAG.iter().rev() {
            if sum(block) <= limit {
                return;
            }
            block[usize::from(at)] = 0;
        }
    }

    /// Replaces levels by scaled coefficients.
    #[inline(always)]
    pub(super) fn scale(&self, block: &mut Block) {
        for (value, factor) in block.iter_mut().zip(&self.backward) {
            *value = (i32::from(*value) * factor) as i16;
        }
    }

    /// Quantizes DC coefficients that went through a second transform.
    fn quantize_dc(&self, coefficient: i32, rounding: i32) -> i16 {
        let level = ((coefficient.abs() * self.forward[0] + 2 * rounding) >> (self.shift + 1)).min(LEVEL_MAX);
        (if coefficient < 0 { -level } else { level }) as i16
    }

    /// Transforms and quantizes the 16 DC coefficients of Intra_16x16, in raster order of blocks.
    pub(super) fn luma_dc_levels(&self, dc: &Block) -> Block {
        let sums = hadamard(&dc.map(i32::from));
        sums.map(|sum| self.quantize_dc((sum + 1) >> 1, self.intra_rounding))
    }

    /// Scales the DC levels of Intra_16x16 back (ITU-T H.264, 8.5.10).
    pub(super) fn luma_dc_scaled(&self, levels: &Block) -> Block {
        hadamard(&levels.map(i32::from)).map(|sum| {
            let scaled = if self.per >= 6 {
                (sum * self.dc_backward) << (self.per - 6)
            } else {
                (sum * self.dc_backward + (1 << (5 - self.per))) >> (6 - self.per)
            };
            scaled as i16
        })
    }

    /// Transforms and quantizes the four DC coefficients of a chroma plane.
    pub(super) fn chroma_dc_levels(&self, dc: [i16; 4], rounding: i32) -> [i16; 4] {
        square(dc.map(i32::from)).map(|sum| self.quantize_dc(sum, rounding))
    }

    /// Scales chroma DC levels back (ITU-T H.264, 8.5.11.2).
    pub(super) fn chroma_dc_scaled(&self, levels: [i16; 4]) -> [i16; 4] {
        square(levels.map(i32::from)).map(|sum| (((sum * self.dc_backward) << self.per) >> 5) as i16)
    }
}

/// The 4×4 Hadamard transform, its own inverse but for a factor.
fn hadamard(input: &[i32; 16]) -> [i32; 16] {
    let butterfly = |[a, b, c, d]: [i32; 4]| {
        let (p, q, r, s) = (a + b, a - b, c + d, c - d);
        [p + r, p - r, q - s, q + s]
    };
    let mut rows = [0; 16];
    for y in 0..4 {
        let line = butterfly([input[y * 4], input[y * 4 + 1], input[y * 4 + 2], input[y * 4 + 3]]);
        rows[y * 4..y * 4 + 4].copy_from_slice(&line);
    }
    let mut out = [0; 16];
    for x in 0..4 {
        let line = butterfly([rows[x], rows[x + 4], rows[x + 8], rows[x + 12]]);
        for (y, value) in line.into_iter().enumerate() {
            out[y * 4 + x] = value;
        }
    }
    out
}

/// The 2×2 transform of chroma DC.
fn square([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d]
}

/// The forward transform of a block of differences.
#[inline(always)]
pub(super) fn forward(block: &mut Block) {
    for row in block.as_chunks_mut::<4>().0 {
        let [a, b, c, d] = *row;
        let (p, q, r, s) = (a + d, b + c, b - c, a - d);
        *row = [p + q, 2 * s + r, p - q, s - 2 * r];
    }
    for x in 0..4 {
        let [a, b, c, d] = [block[x], block[x + 4], block[x + 8], block[x + 12]];
        let (p, q, r, s) = (a + d, b + c, b - c, a - d);
        block[x] = p + q;
        block[x + 4] = 2 * s + r;
        block[x + 8] = p - q;
        block[x + 12] = s - 2 * r;
    }
}

/// The inverse transform (ITU-T H.264, 8.5.12.2), before the final shift by 6.
#[inline(always)]
pub(super) fn inverse(block: &mut Block) {
    let turn = |[a, b, c, d]: [i16; 4]| {
        let (p, q) = (a.wrapping_add(c), a.wrapping_sub(c));
        let (r, s) = ((b >> 1).wrapping_sub(d), b.wrapping_add(d >> 1));
        [p.wrapping_add(s), q.wrapping_add(r), q.wrapping_sub(r), p.wrapping_sub(s)]
    };
    for row in block.as_chunks_mut::<4>().0 {
        *row = turn(*row);
    }
    for x in 0..4 {
        let [a, b, c, d] = turn([block[x], block[x + 4], block[x + 8], block[x + 12]]);
        block[x] = a.wrapping_add(32) >> 6;
        block[x + 4] = b.wrapping_add(32) >> 6;
        block[x + 8] = c.wrapping_add(32) >> 6;
        block[x + 12] = d.wrapping_add(32) >> 6;
    }
}

/// Returns the differences of two 4×4 blocks with rows of `stride` pixels.
#[inline(always)]
pub(super) fn subtract(source: &[u8], prediction: &[u8], stride: usize) -> Block {
    let mut block = [0; 16];
    for y in 0..4 {
        let (source, prediction) = (&source[y * stride..][..4], &prediction[y * stride..][..4]);
        for x in 0..4 {
            block[y * 4 + x] = i16::from(source[x]) - i16::from(prediction[x]);
        }
    }
    block
}

/// Adds differences to a 4×4 prediction and writes the pixels.
#[inline(always)]
pub(super) fn add(block: &Block, prediction: &[u8], stride: usize, out: &mut [u8], out_stride: usize) {
    for y in 0..4 {
        let prediction = &prediction[y * stride..][..4];
        let out = &mut out[y * out_stride..][..4];
        for x in 0..4 {
            out[x] = (i16::from(prediction[x]).wrapping_add(block[y * 4 + x])).clamp(0, 255) as u8;
        }
    }
}
