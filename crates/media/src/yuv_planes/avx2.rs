//! 16 blocks at a time with AVX2: the same integers as the scalar code, which takes the rest of a row.
//!
//! Red and blue, and green and alpha, are 16-bit numbers side by side, so that one instruction multiplies and adds a pair.

use std::arch::x86_64::__m256i;

use pulp::cast;
use pulp::x86::V3;

use super::{BACK_BITS, BackTable, BlockRow, CB, CHROMA_BITS, CR, FRACTION_BITS, LUMA};

/// Pixels of a row per step: four registers of eight.
const STEP: usize = 32;

/// Even places of eight 32-bit numbers, then odd ones: what packing in halves mixes up.
const UNMIX: [i32; 8] = [0, 4, 1, 5, 2, 6, 3, 7];
/// Within 16 bytes, pairs 0, 2, 1, 3, 4, 6, 5, 7.
const UNMIX_PAIRS: [i8; 16] = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15];

/// Converts as much of two rows as fills whole steps; returns the pixels of a row that are done.
pub(super) fn convert(simd: V3, rows: &mut BlockRow<'_>) -> usize {
    let n_steps = rows.y_above.len() / STEP;
    simd.vectorize(
        #[inline(always)]
        || convert_steps(Converter::new(simd), rows),
    );
    n_steps * STEP
}

#[inline(always)]
fn convert_steps(converter: Converter, rows: &mut BlockRow<'_>) {
    let sources = rows.above.as_chunks::<{ STEP * 4 }>().0.iter().zip(rows.below.as_chunks::<{ STEP * 4 }>().0);
    let luma = rows.y_above.as_chunks_mut::<STEP>().0.iter_mut().zip(rows.y_below.as_chunks_mut::<STEP>().0);
    let chroma = rows.u.as_chunks_mut::<{ STEP / 2 }>().0.iter_mut().zip(rows.v.as_chunks_mut::<{ STEP / 2 }>().0);
    for (((above, below), (y_above, y_below)), (u, v)) in sources.zip(luma).zip(chroma) {
        let above = converter.split(above);
        let below = converter.split(below);
        *y_above = converter.luma(&above);
        *y_below = converter.luma(&below);
        (*u, *v) = converter.chroma(&above, &below);
    }
}

/// Of eight pixels or blocks: red and blue, green and alpha.
type Pair = (__m256i, __m256i);

/// A step of a row.
type Split = [Pair; 4];

/// Constants in registers.
#[derive(Clone, Copy)]
struct Converter {
    simd: V3,
    low_bytes: __m256i,
    luma: Factors,
    cb: Factors,
    cr: Factors,
    unmix: __m256i,
    unmix_pairs: __m256i,
}

/// Factors of red and blue, factors of green and alpha, and what is added before shifting.
#[derive(Clone, Copy)]
struct Factors {
    red_blue: __m256i,
    green: __m256i,
    bias: __m256i,
}

impl Factors {
    #[inline(always)]
    fn new([r, g, b]: [i32; 3], bias: i32) -> Self {
        Self { red_blue: cast([r & 0xffff | b << 16; 8]), green: cast([g & 0xffff; 8]), bias: cast([bias; 8]) }
    }
}

impl Converter {
    #[inline(always)]
    fn new(simd: V3) -> Self {
        let [low, high] = [UNMIX_PAIRS; 2];
        Self {
            simd,
            low_bytes: cast([0x00ff_00ff_u32; 8]),
            luma: Factors::new(LUMA, (16 << FRACTION_BITS) + (1 << (FRACTION_BITS - 1))),
            cb: Factors::new(CB, (128 << CHROMA_BITS) + (1 << (CHROMA_BITS - 1))),
            cr: Factors::new(CR, (128 << CHROMA_BITS) + (1 << (CHROMA_BITS - 1))),
            unmix: cast(UNMIX),
            unmix_pairs: cast([low, high]),
        }
    }

    #[inline(always)]
    fn split(self, pixels: &[u8; STEP * 4]) -> Split {
        let [a, b, c, d]: [__m256i; 4] = cast(*pixels);
        [self.split_eight(a), self.split_eight(b), self.split_eight(c), self.split_eight(d)]
    }

    #[inline(always)]
    fn split_eight(self, eight: __m256i) -> Pair {
        let avx2 = self.simd.avx2;
        (avx2._mm256_and_si256(eight, self.low_bytes), avx2._mm256_srli_epi16::<8>(eight))
    }

    #[inline(always)]
    fn sum(self, factors: Factors, (red_blue, green): Pair) -> __m256i {
        let avx2 = self.simd.avx2;
        let partial = avx2._mm256_add_epi32(avx2._mm256_madd_epi16(red_blue, factors.red_blue), factors.bias);
        avx2._mm256_add_epi32(avx2._mm256_madd_epi16(green, factors.green), partial)
    }

    #[inline(always)]
    fn luma_eight(self, pair: Pair) -> __m256i {
        self.simd.avx2._mm256_srai_epi32::<{ FRACTION_BITS as i32 }>(self.sum(self.luma, pair))
    }

    #[inline(always)]
    fn luma(self, &[a, b, c, d]: &Split) -> [u8; STEP] {
        let avx2 = self.simd.avx2;
        let first = avx2._mm256_packus_epi32(self.luma_eight(a), self.luma_eight(b));
        let second = avx2._mm256_packus_epi32(self.luma_eight(c), self.luma_eight(d));
        let packed = avx2._mm256_packus_epi16(first, second);
        cast(avx2._mm256_permutevar8x32_epi32(packed, self.unmix))
    }

    #[inline(always)]
    fn down(self, above: Pair, below: Pair) -> Pair {
        let avx2 = self.simd.avx2;
        (avx2._mm256_add_epi16(above.0, below.0), avx2._mm256_add_epi16(above.1, below.1))
    }

    /// Sums of four fit in 16 bits: adding neighbors as 32-bit numbers carries nothing over.
    #[inline(always)]
    fn across(self, left: Pair, right: Pair) -> Pair {
        let avx2 = self.simd.avx2;
        (avx2._mm256_hadd_epi32(left.0, right.0), avx2._mm256_hadd_epi32(left.1, right.1))
    }

    #[inline(always)]
    fn difference(self, factors: Factors, first: Pair, second: Pair) -> __m256i {
        let avx2 = self.simd.avx2;
        let first = avx2._mm256_srai_epi32::<{ CHROMA_BITS as i32 }>(self.sum(factors, first));
        let second = avx2._mm256_srai_epi32::<{ CHROMA_BITS as i32 }>(self.sum(factors, second));
        avx2._mm256_packus_epi32(first, second)
    }

    #[inline(always)]
    fn chroma(self, above: &Split, below: &Split) -> ([u8; STEP / 2], [u8; STEP / 2]) {
        let avx2 = self.simd.avx2;
        let first = self.across(self.down(above[0], below[0]), self.down(above[1], below[1]));
        let second = self.across(self.down(above[2], below[2]), self.down(above[3], below[3]));
        let cb = self.difference(self.cb, first, second);
        let cr = self.difference(self.cr, first, second);
        let halves = avx2._mm256_permutevar8x32_epi32(avx2._mm256_packus_epi16(cb, cr), self.unmix);
        let [u, v]: [[u8; STEP / 2]; 2] = cast(avx2._mm256_shuffle_epi8(halves, self.unmix_pairs));
        (u, v)
    }
}

/// Pixels of a row per step on the way back.
const STEP_BACK: usize = 16;

/// Converts as much of a row to RGBA as fills whole steps; returns the pixels that are done.
pub(super) fn write_row(simd: V3, y: &[u8], u: &[u8], v: &[u8], out: &mut [u8], table: &BackTable) -> usize {
    let n_steps = (out.len() / 4).min(y.len()).min(u.len() * 2).min(v.len() * 2) / STEP_BACK;
    simd.vectorize(
        #[inline(always)]
        || write_steps(&BackConverter::new(simd, table), y, u, v, out),
    );
    n_steps * STEP_BACK
}

#[inline(always)]
fn write_steps(converter: &BackConverter, y: &[u8], u: &[u8], v: &[u8], out: &mut [u8]) {
    let luma = y.as_chunks::<STEP_BACK>().0.iter();
    let chroma = u.as_chunks::<{ STEP_BACK / 2 }>().0.iter().zip(v.as_chunks::<{ STEP_BACK / 2 }>().0);
    let out = out.as_chunks_mut::<{ STEP_BACK * 4 }>().0.iter_mut();
    for ((y, (u, v)), out) in luma.zip(chroma).zip(out) {
        *out = converter.convert(y, u, v);
    }
}

/// Factors of pairs of 16-bit numbers, in registers.
struct BackConverter {
    simd: V3,
    black: __m256i,
    gray: __m256i,
    one: __m256i,
    opaque: __m256i,
    /// Of Y and Cr, Y and Cb.
    to_red: __m256i,
    to_blue: __m256i,
    /// Of Y and Cr, and of Cb and 1.
    to_green: __m256i,
    to_green_rest: __m256i,
    bias: __m256i,
}

impl BackConverter {
    #[inline(always)]
    fn new(simd: V3, table: &BackTable) -> Self {
        let BackTable { black, y, cr_r, cb_g, cr_g, cb_b } = *table;
        let bias = 1 << (BACK_BITS - 1);
        Self {
            simd,
            black: cast([black as i16; 16]),
            gray: cast([128_i16; 16]),
            one: cast([1_i16; 16]),
            opaque: cast([255_i16; 16]),
            to_red: cast([y & 0xffff | cr_r << 16; 8]),
            to_blue: cast([y & 0xffff | cb_b << 16; 8]),
            to_green: cast([y & 0xffff | cr_g << 16; 8]),
            to_green_rest: cast([cb_g & 0xffff | bias << 16; 8]),
            bias: cast([bias; 8]),
        }
    }

    #[inline(always)]
    fn convert(&self, y: &[u8; STEP_BACK], u: &[u8; STEP_BACK / 2], v: &[u8; STEP_BACK / 2]) -> [u8; STEP_BACK * 4] {
        let avx2 = self.simd.avx2;
        let y = avx2._mm256_sub_epi16(avx2._mm256_cvtepu8_epi16(cast(*y)), self.black);
        let (u, v) = (self.spread(u), self.spread(v));
        let red = self.color(y, v, self.to_red);
        let blue = self.color(y, u, self.to_blue);
        let green = self.green(y, u, v);
        let red_blue = avx2._mm256_packus_epi16(red, blue);
        let green_alpha = avx2._mm256_packus_epi16(green, self.opaque);
        let red_green = avx2._mm256_unpacklo_epi8(red_blue, green_alpha);
        let blue_alpha = avx2._mm256_unpackhi_epi8(red_blue, green_alpha);
        let low = avx2._mm256_unpacklo_epi16(red_green, blue_alpha);
        let high = avx2._mm256_unpackhi_epi16(red_green, blue_alpha);
        let first = avx2._mm256_permute2x128_si256::<0x20>(low, high);
        let second = avx2._mm256_permute2x128_si256::<0x31>(low, high);
        cast([first, second])
    }

    /// Makes two signed 16-bit numbers of each value.
    #[inline(always)]
    fn spread(&self, values: &[u8; STEP_BACK / 2]) -> __m256i {
        let avx2 = self.simd.avx2;
        let wide = avx2._mm256_cvtepu8_epi32(cast([u64::from_le_bytes(*values), 0]));
        let twice = avx2._mm256_or_si256(wide, avx2._mm256_slli_epi32::<16>(wide));
        avx2._mm256_sub_epi16(twice, self.gray)
    }

    #[inline(always)]
    fn color(&self, y: __m256i, chroma: __m256i, factors: __m256i) -> __m256i {
        let avx2 = self.simd.avx2;
        let low = avx2._mm256_madd_epi16(avx2._mm256_unpacklo_epi16(y, chroma), factors);
        let high = avx2._mm256_madd_epi16(avx2._mm256_unpackhi_epi16(y, chroma), factors);
        self.shift(avx2._mm256_add_epi32(low, self.bias), avx2._mm256_add_epi32(high, self.bias))
    }

    #[inline(always)]
    fn green(&self, y: __m256i, u: __m256i, v: __m256i) -> __m256i {
        let avx2 = self.simd.avx2;
        let low = avx2._mm256_madd_epi16(avx2._mm256_unpacklo_epi16(y, v), self.to_green);
        let high = avx2._mm256_madd_epi16(avx2._mm256_unpackhi_epi16(y, v), self.to_green);
        let low_rest = avx2._mm256_madd_epi16(avx2._mm256_unpacklo_epi16(u, self.one), self.to_green_rest);
        let high_rest = avx2._mm256_madd_epi16(avx2._mm256_unpackhi_epi16(u, self.one), self.to_green_rest);
        self.shift(avx2._mm256_add_epi32(low, low_rest), avx2._mm256_add_epi32(high, high_rest))
    }

    #[inline(always)]
    fn shift(&self, low: __m256i, high: __m256i) -> __m256i {
        let avx2 = self.simd.avx2;
        let low = avx2._mm256_srai_epi32::<{ BACK_BITS as i32 }>(low);
        avx2._mm256_packs_epi32(low, avx2._mm256_srai_epi32::<{ BACK_BITS as i32 }>(high))
    }
}
