//! Numbers of the standard that are not codes: scans, scaling, quantizer steps, deblocking thresholds.

/// `qp` above which nothing is defined.
pub(super) const QP_MAX: u8 = 51;

/// The zig-zag scan of a 4×4 block: raster position of each coefficient (ITU-T H.264, table 8-12).
pub(super) const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// Column and row of each 4×4 luma block in a macroblock, in units of blocks (ITU-T H.264, 6.4.3).
pub(super) const BLOCK_XY: [(usize, usize); 16] = [
    (0, 0),
    (1, 0),
    (0, 1),
    (1, 1),
    (2, 0),
    (3, 0),
    (2, 1),
    (3, 1),
    (0, 2),
    (1, 2),
    (0, 3),
    (1, 3),
    (2, 2),
    (3, 2),
    (2, 3),
    (3, 3),
];

/// Class of each raster position of a 4×4 block: 0 where both coordinates are even, 1 where both are odd, else 2.
pub(super) const POSITION_CLASS: [u8; 16] = [0, 2, 0, 2, 2, 1, 2, 1, 0, 2, 0, 2, 2, 1, 2, 1];

/// `normAdjust4x4` by `qp % 6` and position class (ITU-T H.264, 8-315).
pub(super) const LEVEL_SCALE: [[i32; 3]; 6] =
    [[10, 16, 13], [11, 18, 14], [13, 20, 16], [14, 23, 18], [16, 25, 20], [18, 29, 23]];

/// The forward scale that undoes [`LEVEL_SCALE`] and the gains of both transforms, in units of 2⁻¹⁵.
///
/// Derived: 2¹⁵ · 2⁶ / (`LEVEL_SCALE` · gain), where the gain of a class is 16, 25 and 20.
pub(super) const FORWARD_SCALE: [[i32; 3]; 6] = [
    [13107, 5243, 8066],
    [11916, 4660, 7490],
    [10082, 4194, 6554],
    [9362, 3647, 5825],
    [8192, 3355, 5243],
    [7282, 2893, 4559],
];

/// `QPc` by `qPI` (ITU-T H.264, table 8-15).
const CHROMA_QP: [u8; 52] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 29,
    30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39,
];

/// Returns the chroma quantizer that goes with a luma quantizer.
pub(super) fn chroma_qp(qp: u8) -> u8 {
    CHROMA_QP[usize::from(qp.min(QP_MAX))]
}

/// What a bit is worth in units of the sum of absolute differences, by quantizer.
///
/// 2^((qp − 12) / 6), rounded: proportional to the quantizer step.
pub(super) const LAMBDA: [u32; 52] = [
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 6, 6, 7, 8, 9, 10, 11, 13, 14, 16,
    18, 20, 23, 25, 29, 32, 36, 40, 45, 51, 57, 64, 72, 81, 91,
];

/// α′ by `indexA` (ITU-T H.264, table 8-16).
pub(super) const ALPHA: [u8; 52] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 17, 20, 22, 25, 28, 32, 36,
    40, 45, 50, 56, 63, 71, 80, 90, 101, 113, 127, 144, 162, 182, 203, 226, 255, 255,
];

/// β′ by `indexB` (ITU-T H.264, table 8-16).
pub(super) const BETA: [u8; 52] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11,
    11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18,
];

/// t′C0 by `indexA` and bS 1, 2, 3 (ITU-T H.264, table 8-17).
pub(super) const CLIP: [[u8; 3]; 52] = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 1],
    [0, 0, 1],
    [0, 0, 1],
    [0, 0, 1],
    [0, 1, 1],
    [0, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 2],
    [1, 1, 2],
    [1, 1, 2],
    [1, 1, 2],
    [1, 2, 3],
    [1, 2, 3],
    [2, 2, 3],
    [2, 2, 4],
    [2, 3, 4],
    [2, 3, 4],
    [3, 3, 5],
    [3, 4, 6],
    [3, 4, 6],
    [4, 5, 7],
    [4, 5, 8],
    [4, 6, 9],
    [5, 7, 10],
    [6, 8, 11],
    [6, 8, 13],
    [7, 10, 14],
    [8, 11, 16],
    [9, 12, 18],
    [10, 13, 20],
    [11, 15, 23],
    [13, 17, 25],
];

/// `codeNum` of `coded_block_pattern` in Inter macroblocks (ITU-T H.264, table 9-4, inverted).
pub(super) const CBP_INTER: [u8; 48] = invert([
    0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44, 33, 34, 36, 40, 39, 43, 45,
    46, 17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41,
]);

/// `codeNum` of `coded_block_pattern` in Intra_4x4 macroblocks (ITU-T H.264, table 9-4, inverted).
pub(super) const CBP_INTRA: [u8; 48] = invert([
    47, 31, 15, 0, 23, 27, 29, 30, 7, 11, 13, 14, 39, 43, 45, 46, 16, 3, 5, 10, 12, 19, 21, 26, 28, 35, 37, 42, 44, 1,
    2, 4, 8, 17, 18, 20, 24, 6, 9, 22, 25, 32, 33, 34, 36, 40, 38, 41,
]);

const fn invert(table: [u8; 48]) -> [u8; 48] {
    let mut inverse = [0; 48];
    let mut code = 0;
    while code < 48 {
        inverse[table[code] as usize] = code as u8;
        code += 1;
    }
    inverse
}
