//! How different two blocks are.

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
/// Both have `stride` pixels per row, at most 16.
#[inline(always)]
pub(super) fn satd<const W: usize, const H: usize>(source: &[u8], other: &[u8], stride: usize) -> u32 {
    let mut sum = 0;
    for band in 0..H / 4 {
        let mut rows = [[0_i16; W]; 4];
        for (n, row) in rows.iter_mut().enumerate() {
            let at = (band * 4 + n) * stride;
            let (source, other) = (&source[at..][..W], &other[at..][..W]);
            for x in 0..W {
                row[x] = i16::from(source[x]) - i16::from(other[x]);
            }
        }
        for x in 0..W {
            let [a, b, c, d] = [rows[0][x], rows[1][x], rows[2][x], rows[3][x]];
            let (p, q, r, s) = (a + b, a - b, c + d, c - d);
            (rows[0][x], rows[1][x], rows[2][x], rows[3][x]) = (p + r, q + s, p - r, q - s);
        }
        for row in &rows {
            for &[a, b, c, d] in row.as_chunks::<4>().0 {
                let (p, q, r, s) = (a + b, a - b, c + d, c - d);
                let part =
                    (p + r).unsigned_abs() + (q + s).unsigned_abs() + (p - r).unsigned_abs() + (q - s).unsigned_abs();
                sum += u32::from(part);
            }
        }
    }
    sum / 2
}
