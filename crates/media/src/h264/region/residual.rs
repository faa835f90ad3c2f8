//! The residual of a macroblock: from differences to levels, and back to pixels.

use super::frame::Plane;
use super::inter::{Chroma, Luma};
use super::tables::{BLOCK_XY, ZIGZAG};
use super::transform::{Block, Quantizer, add, forward, inverse, subtract};

/// What the inverse transform may sum up to without leaving 16 bits; half of it where DC comes apart.
const SUM_MAX: i32 = 32_700;
/// Bits of `coded_block_pattern`: the chroma planes have DC levels, or AC levels as well.
pub(super) const CBP_CHROMA_DC: u8 = 1 << 4;
pub(super) const CBP_CHROMA_AC: u8 = 2 << 4;
pub(super) const CBP_LUMA: u8 = 15;

/// An 8×8 block, both chroma planes, or a whole macroblock with less than this is not worth its bits.
const WORTH_QUARTER: u32 = 4;
const WORTH_MACROBLOCK: u32 = 6;
const WORTH_CHROMA: u32 = 7;

/// Levels of a macroblock, each block in raster order of positions.
#[derive(Debug, Clone)]
pub(super) struct Residual {
    /// Blocks in raster order.
    pub(super) luma: [Block; 16],
    /// DC of Intra_16x16.
    pub(super) luma_dc: Block,
    pub(super) chroma_dc: [[i16; 4]; 2],
    /// Four blocks of Cb, then of Cr, without DC.
    pub(super) chroma: [Block; 8],
    /// `coded_block_pattern`.
    pub(super) cbp: u8,
}

impl Residual {
    pub(super) const EMPTY: Self =
        Self { luma: [[0; 16]; 16], luma_dc: [0; 16], chroma_dc: [[0; 4]; 2], chroma: [[0; 16]; 8], cbp: 0 };

    /// Computes the luma levels of an inter macroblock and their bits of `cbp`.
    #[inline(always)]
    pub(super) fn luma_inter(&mut self, source: &Luma, prediction: &Luma, quantizer: &Quantizer) {
        let zero_sum = quantizer.zero_sum();
        let mut worths = [0; 4];
        let mut coded = 0_u8;
        for (n, &(x, y)) in BLOCK_XY.iter().enumerate() {
            let at = y * 64 + x * 4;
            let mut block = subtract(&source[at..], &prediction[at..], 16);
            if sum_of(&block) <= zero_sum {
                self.luma[y * 4 + x] = [0; 16];
                continue;
            }
            forward(&mut block);
            if quantizer.quantize(&mut block, quantizer.rounding(false)) {
                quantizer.tame(&mut block, SUM_MAX);
                worths[n / 4] += worth(&block);
                coded |= 1 << (n / 4);
            }
            self.luma[y * 4 + x] = block;
        }
        let is_worthless = worths.iter().sum::<u32>() < WORTH_MACROBLOCK;
        for (n, &worth) in worths.iter().enumerate() {
            if is_worthless || worth < WORTH_QUARTER {
                coded &= !(1 << n);
            }
        }
        self.cbp = self.cbp & !CBP_LUMA | coded;
    }

    /// Computes the luma levels of Intra_16x16; `cbp` gets all luma bits or none.
    #[inline(always)]
    pub(super) fn luma_intra(&mut self, source: &Luma, prediction: &Luma, quantizer: &Quantizer) {
        let mut dc = [0; 16];
        let mut any = false;
        for (n, block) in self.luma.iter_mut().enumerate() {
            let at = n / 4 * 64 + n % 4 * 4;
            *block = subtract(&source[at..], &prediction[at..], 16);
            forward(block);
            dc[n] = std::mem::take(&mut block[0]);
            if quantizer.quantize(block, quantizer.rounding(true)) {
                quantizer.tame(block, SUM_MAX / 2);
                any = true;
            }
        }
        self.luma_dc = quantizer.luma_dc_levels(&dc);
        self.cbp = self.cbp & !CBP_LUMA | if any { CBP_LUMA } else { 0 };
    }

    /// Computes the chroma levels and their bits of `cbp`.
    #[inline(always)]
    pub(super) fn chroma(
        &mut self,
        source: &[Chroma; 2],
        prediction: &[Chroma; 2],
        quantizer: &Quantizer,
        is_intra: bool,
    ) {
        let rounding = quantizer.rounding(is_intra);
        let (mut any_dc, mut any_ac, mut total) = (false, false, 0);
        for plane in 0..2 {
            let mut dc = [0; 4];
            for (n, dc) in dc.iter_mut().enumerate() {
                let at = n / 2 * 32 + n % 2 * 4;
                let mut block = subtract(&source[plane][at..], &prediction[plane][at..], 8);
                forward(&mut block);
                *dc = std::mem::take(&mut block[0]);
                if quantizer.quantize(&mut block, rounding) {
                    quantizer.tame(&mut block, SUM_MAX / 2);
                    total += worth(&block);
                    any_ac = true;
                }
                self.chroma[plane * 4 + n] = block;
            }
            self.chroma_dc[plane] = quantizer.chroma_dc_levels(dc, rounding);
            any_dc |= self.chroma_dc[plane] != [0; 4];
        }
        if !is_intra && total < WORTH_CHROMA {
            any_ac = false;
        }
        self.cbp &= CBP_LUMA;
        if any_ac {
            self.cbp |= CBP_CHROMA_AC;
        } else if any_dc {
            self.cbp |= CBP_CHROMA_DC;
        }
    }

    /// Writes the pixels of an inter macroblock's luma.
    #[inline(always)]
    pub(super) fn reconstruct_inter(&self, prediction: &Luma, quantizer: &Quantizer, plane: &mut Plane, at: usize) {
        for (n, &(x, y)) in BLOCK_XY.iter().enumerate() {
            let out = at + y * 4 * plane.stride + x * 4;
            let from = &prediction[y * 64 + x * 4..];
            let levels = &self.luma[y * 4 + x];
            if self.cbp >> (n / 4) & 1 == 1 && *levels != [0; 16] {
                let mut block = *levels;
                quantizer.scale(&mut block);
                inverse(&mut block);
                add(&block, from, 16, &mut plane.data[out..], plane.stride);
            } else {
                copy_block(from, 16, &mut plane.data[out..], plane.stride);
            }
        }
    }

    /// Writes the pixels of Intra_16x16.
    #[inline(always)]
    pub(super) fn reconstruct_intra(&self, prediction: &Luma, quantizer: &Quantizer, plane: &mut Plane, at: usize) {
        let dc = quantizer.luma_dc_scaled(&self.luma_dc);
        for (n, levels) in self.luma.iter().enumerate() {
            let out = at + n / 4 * 4 * plane.stride + n % 4 * 4;
            let mut block = if self.cbp & CBP_LUMA == 0 { [0; 16] } else { *levels };
            quantizer.scale(&mut block);
            block[0] = dc[n];
            inverse(&mut block);
            add(&block, &prediction[n / 4 * 64 + n % 4 * 4..], 16, &mut plane.data[out..], plane.stride);
        }
    }

    /// Writes the pixels of both chroma planes.
    #[inline(always)]
    pub(super) fn reconstruct_chroma(
        &self,
        prediction: &[Chroma; 2],
        quantizer: &Quantizer,
        planes: &mut [Plane; 2],
        at: usize,
    ) {
        for (n_plane, plane) in planes.iter_mut().enumerate() {
            if self.cbp & !CBP_LUMA == 0 {
                for row in 0..8 {
                    plane.data[at + row * plane.stride..][..8].copy_from_slice(&prediction[n_plane][row * 8..][..8]);
                }
                continue;
            }
            let dc = quantizer.chroma_dc_scaled(self.chroma_dc[n_plane]);
            for n in 0..4 {
                let out = at + n / 2 * 4 * plane.stride + n % 2 * 4;
                let has_ac = self.cbp & CBP_CHROMA_AC != 0;
                let mut block = if has_ac { self.chroma[n_plane * 4 + n] } else { [0; 16] };
                quantizer.scale(&mut block);
                block[0] = dc[n];
                inverse(&mut block);
                let from = &prediction[n_plane][n / 2 * 32 + n % 2 * 4..];
                add(&block, from, 8, &mut plane.data[out..], plane.stride);
            }
        }
    }
}

/// Quantizes one block of Intra_4x4, writes its pixels, and returns its levels.
#[inline(always)]
pub(super) fn code_small_block(
    source: &[u8],
    prediction: &[u8; 16],
    quantizer: &Quantizer,
    plane: &mut Plane,
    at: usize,
) -> Block {
    let mut spread = [0; 52];
    for (row, pixels) in prediction.as_chunks::<4>().0.iter().enumerate() {
        spread[row * 16..][..4].copy_from_slice(pixels);
    }
    let mut block = subtract(source, &spread, 16);
    forward(&mut block);
    if !quantizer.quantize(&mut block, quantizer.rounding(true)) {
        copy_block(prediction, 4, &mut plane.data[at..], plane.stride);
        return block;
    }
    quantizer.tame(&mut block, SUM_MAX);
    let levels = block;
    quantizer.scale(&mut block);
    inverse(&mut block);
    add(&block, prediction, 4, &mut plane.data[at..], plane.stride);
    levels
}

#[inline(always)]
fn copy_block(from: &[u8], from_stride: usize, out: &mut [u8], stride: usize) {
    for row in 0..4 {
        out[row * stride..][..4].copy_from_slice(&from[row * from_stride..][..4]);
    }
}

/// Returns the sum of absolute values.
#[inline(always)]
fn sum_of(block: &Block) -> u32 {
    block.iter().map(|value| u32::from(value.unsigned_abs())).sum()
}

/// Says what a block's levels are worth: nothing for lone ones at high frequencies, much for anything above one.
fn worth(block: &Block) -> u32 {
    /// By the number of zeros before a level of one.
    const WORTH_OF_ONE: [u32; 16] = [3, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let (mut worth, mut n_zeros) = (0, 0);
    for &at in &ZIGZAG {
        match block[usize::from(at)] {
            0 => n_zeros += 1,
            1 | -1 => {
                worth += WORTH_OF_ONE[n_zeros];
                n_zeros = 0;
            }
            _ => return 9,
        }
    }
    worth
}
