//! A block seen from every quarter pixel between four whole ones, interpolated once.

use super::frame::Plane;
use super::inter::{half_both, half_down, half_right};
use super::kernels::{Lanes, satd};

/// The blocks at half pixels of the cell whose upper left corner is a whole pixel; see ITU-T H.264, 8.4.2.2.1.
///
/// In this order: `b` and `s` along the upper and the lower edge, `h` and `m` along the left and the right edge, `j`.
#[derive(Debug)]
pub(super) struct Lattice<'a, const W: usize, const H: usize> {
    plane: &'a Plane,
    /// The corner.
    at: usize,
    blocks: [[u8; 256]; 5],
    /// Which of them are there already.
    is_ready: [bool; 5],
}

const UPPER: usize = 0;
const LEFT: usize = 2;
const MIDDLE: usize = 4;

impl<'a, const W: usize, const H: usize> Lattice<'a, W, H> {
    #[inline(always)]
    pub(super) fn new(plane: &'a Plane, x: i32, y: i32) -> Self {
        Self { plane, at: plane.index(x, y), blocks: [[0; 256]; 5], is_ready: [false; 5] }
    }

    /// Compares `source`, 16 pixels per row, with the block at an offset of 0 to 4 quarter pixels each way.
    #[inline(always)]
    pub(super) fn satd(&mut self, lanes: impl Lanes, source: &[u8], (x, y): (i16, i16)) -> u32 {
        // The nearest whole pixel, and the nearest half pixels on the edges.
        let (right, down) = (usize::from(x > 2), usize::from(y > 2));
        let (across, along) = (UPPER + down, LEFT + right);
        let (first, second) = match (x % 4, y % 4) {
            (0, 0) => (None, None),
            (2, 2) => (Some(MIDDLE), Some(MIDDLE)),
            (2, 0) => (Some(across), Some(across)),
            (0, 2) => (Some(along), Some(along)),
            (_, 0) => (Some(across), None),
            (0, _) => (Some(along), None),
            (2, _) => (Some(MIDDLE), Some(across)),
            (_, 2) => (Some(MIDDLE), Some(along)),
            _ => (Some(across), Some(along)),
        };
        self.prepare(first, second);
        let whole = (&self.plane.data[self.at + down * self.plane.stride + right..], self.plane.stride);
        let pixels = |block: Option<usize>| block.map_or(whole, |block| (self.blocks[block].as_slice(), 16));
        let (a, b) = (pixels(first), pixels(second));
        let mut mean = [0; 256];
        for row in 0..H {
            let (a, b) = (&a.0[row * a.1..][..W], &b.0[row * b.1..][..W]);
            let out = &mut mean[row * 16..][..W];
            for x in 0..W {
                out[x] = ((u16::from(a[x]) + u16::from(b[x]) + 1) >> 1) as u8;
            }
        }
        satd::<W, H>(lanes, source, &mean, 16)
    }

    /// Interpolates what is not there yet.
    #[inline(always)]
    fn prepare(&mut self, first: Option<usize>, second: Option<usize>) {
        let is_missing = |block: usize| (first == Some(block) || second == Some(block)) && !self.is_ready[block];
        let missing = [is_missing(0), is_missing(1), is_missing(2), is_missing(3), is_missing(4)];
        let (plane, at) = (self.plane, self.at);
        for n in 0..2 {
            if missing[UPPER + n] {
                half_right::<W, H>(plane, at + n * plane.stride, &mut self.blocks[UPPER + n]);
            }
            if missing[LEFT + n] {
                half_down::<W, H>(plane, at + n, &mut self.blocks[LEFT + n]);
            }
        }
        if missing[MIDDLE] {
            half_both::<W, H>(plane, at, &mut self.blocks[MIDDLE]);
        }
        for (is_ready, missing) in self.is_ready.iter_mut().zip(missing) {
            *is_ready |= missing;
        }
    }
}
