//! How different two blocks are.

use pulp::Scalar;
#[cfg(target_arch = "x86_64")]
use pulp::x86::V3;

/// The steps that a compiler does not find the best instructions for by itself.
pub(super) trait Lanes: Copy {
    /// Returns the sum of absolute values of the horizontal 4-point Hadamard transforms of four rows.
    fn sum_hadamard(self, rows: &[[i16; 16]; 4]) -> u32;
}

impl Lanes for Scalar {
    #[inline(always)]
    fn sum_hadamard(self, rows: &[[i16; 16]; 4]) -> u32 {
        let mut sum = 0;
        for &[a, b, c, d] in rows.as_flattened().as_chunks::<4>().0 {
            let (p, q, r, s) = (a + b, a - b, c + d, c - d);
            // |p + r| + |p − r| is twice the larger magnitude.
            sum +=
                u32::from(p.unsigned_abs().max(r.unsigned_abs())) + u32::from(q.unsigned_abs().max(s.unsigned_abs()));
        }
        2 * sum
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for V3 {
    #[inline(always)]
    fn sum_hadamard(self, rows: &[[i16; 16]; 4]) -> u32 {
        let avx2 = self.avx2;
        let ones = self.avx._mm256_set1_epi16(1);
        let odd_minus = self.avx._mm256_set1_epi32(-0xffff); // 1, −1 in 16-bit lanes.
        let mut sums = self.avx._mm256_setzero_si256();
        for row in rows {
            let row = pulp::cast(*row);
            // b + a, a − b, d + c, c − d.
            let swapped =
                avx2._mm256_shufflehi_epi16::<0b10_11_00_01>(avx2._mm256_shufflelo_epi16::<0b10_11_00_01>(row));
            let pairs = avx2._mm256_abs_epi16(avx2._mm256_add_epi16(swapped, avx2._mm256_sign_epi16(row, odd_minus)));
            // Every maximum is there twice, which is the factor 2 of the sum.
            let larger = avx2._mm256_max_epi16(pairs, avx2._mm256_shuffle_epi32::<0b10_11_00_01>(pairs));
            sums = avx2._mm256_add_epi32(sums, avx2._mm256_madd_epi16(larger, ones));
        }
        let lanes: [u32; 8] = pulp::cast(sums);
        lanes.iter().sum()
    }
}

/// Sum of absolute differences of `W` × `H` pixels; `source` has 16 pixels per row.
#[inline(always)]
pub(super) fn sad<const W: usize, const H: usize>(source: &[u8], other: &[u8], stride: usize) -> u32 {
    let mut sum = 0;
    for row in 0..H {
        let source = &source[row * 16..][..W];
        let other = &other[row * stride..][..W];
        for x in 0..W {
            sum += u32::from(source[x].abs_diff(other[x]));
        }
    }
    sum
}

/// Half the sum of absolute values of the 4×4 Hadamard transforms of the differences of `W` × `H` pixels.
///
/// `W` is 4, 8 or 16; both have `stride` pixels per row.
#[inline(always)]
pub(super) fn satd<const W: usize, const H: usize>(
    lanes: impl Lanes,
    source: &[u8],
    other: &[u8],
    stride: usize,
) -> u32 {
    let mut sum = 0;
    // So many bands of four rows stand side by side.
    let n_bands = (16 / W).min(H / 4);
    for top in (0..H).step_by(4 * n_bands) {
        let mut rows = [[0_i16; 16]; 4];
        for band in 0..n_bands {
            for (n, row) in rows.iter_mut().enumerate() {
                let at = (top + band * 4 + n) * stride;
                let (source, other) = (&source[at..][..W], &other[at..][..W]);
                let row = &mut row[band * W..][..W];
                for x in 0..W {
                    row[x] = i16::from(source[x]) - i16::from(other[x]);
                }
            }
        }
        let [first, second, third, fourth] = &mut rows;
        for (((a, b), c), d) in first.iter_mut().zip(second).zip(third).zip(fourth) {
            let (p, q, r, s) = (*a + *b, *a - *b, *c + *d, *c - *d);
            (*a, *b, *c, *d) = (p + r, q + s, p - r, q - s);
        }
        sum += lanes.sum_hadamard(&rows);
    }
    sum / 2
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::{Lanes, satd};

    fn noise(n: usize, range: u32) -> Vec<u8> {
        let mut state = n as u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) % range) as u8
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn satd_is_the_sum_of_the_transform_of_each_block() {
        let (a, b) = (noise(256, 256), noise(257, 256));
        let sign = |n: usize, k: usize| if [0b0000, 0b0011, 0b0110, 0b0101][k] >> n & 1 == 1 { -1 } else { 1 };
        let mut sum = 0;
        for (left, top) in (0..16).map(|n| (n % 4 * 4, n / 4 * 4)) {
            for (u, v) in (0..16).map(|n| (n % 4, n / 4)) {
                let term = |x: usize, y: usize| {
                    let at = (top + y) * 16 + left + x;
                    (i32::from(a[at]) - i32::from(b[at])) * sign(x, u) * sign(y, v)
                };
                sum += (0..16).map(|n| term(n % 4, n / 4)).sum::<i32>().unsigned_abs();
            }
        }
        assert_eq!(satd::<16, 16>(Scalar::new(), &a, &b, 16), sum / 2);
        let halves = satd::<8, 16>(Scalar::new(), &a, &b, 16) + satd::<8, 16>(Scalar::new(), &a[8..], &b[8..], 16);
        assert_eq!(halves, sum / 2);
        let quarter = satd::<8, 8>(Scalar::new(), &a[136..], &b[136..], 16);
        let blocks = [136, 140, 200, 204].map(|at| satd::<4, 4>(Scalar::new(), &a[at..], &b[at..], 16));
        assert!(quarter.abs_diff(blocks.iter().sum()) < 4, "but for the halving");
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_vector_unit_sums_like_the_scalar_twin() {
        let Some(simd) = pulp::x86::V3::try_new() else {
            return eprintln!("no AVX2 here");
        };
        for n in 1..200 {
            let (a, b) = (noise(n + 256, 256), noise(n + 1000, 1 + n as u32));
            let mut rows = [[0; 16]; 4];
            for (at, value) in rows.as_flattened_mut().iter_mut().enumerate() {
                *value = (i16::from(a[at]) - i16::from(b[at])) * 4;
            }
            assert_eq!(simd.sum_hadamard(&rows), Scalar::new().sum_hadamard(&rows));
        }
    }
}
