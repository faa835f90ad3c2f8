//! A block seen from every quarter pixel between four whole ones, interpolated once.

use super::frame::Plane;
use super::inter::{half_both, half_down, half_right};
use super::kernels::satd;

/// The samples at half pixels of the cell whose upper left corner is a whole pixel; see ITU-T H.264, 8.4.2.2.1.
#[derive(Debug)]
pub(super) struct Lattice<'a, const W: usize, const H: usize> {
    plane: &'a Plane,
    /// The corner.
    at: usize,
    /// `b` along the upper and `s` along the lower edge.
    right: [[u8; 256]; 2],
    /// `h` along the left and `m` along the right edge.
    down: [[u8; 256]; 2],
    /// `j` in the middle.
    both: [u8; 256],
}

/// One of the pictures that an offset is the mean of.
type Source<'a> = (&'a [u8], usize);

impl<'a, const W: usize, const H: usize> Lattice<'a, W, H> {
    #[inline(always)]
    pub(super) fn new(plane: &'a Plane, x: i32, y: i32) -> Self {
        let at = plane.index(x, y);
        let mut lattice = Self { plane, at, right: [[0; 256]; 2], down: [[0; 256]; 2], both: [0; 256] };
        half_right::<W, H>(plane, at, &mut lattice.right[0]);
        half_right::<W, H>(plane, at + plane.stride, &mut lattice.right[1]);
        half_down::<W, H>(plane, at, &mut lattice.down[0]);
        half_down::<W, H>(plane, at + 1, &mut lattice.down[1]);
        half_both::<W, H>(plane, at, &mut lattice.both);
        lattice
    }

    /// Compares `source`, 16 pixels per row, with the block at an offset of 0 to 4 quarter pixels each way.
    #[inline(always)]
    pub(super) fn satd(&self, source: &[u8], (x, y): (i16, i16)) -> u32 {
        let whole = |x: usize, y: usize| -> Source<'_> {
            (&self.plane.data[self.at + y * self.plane.stride + x..], self.plane.stride)
        };
        let (right, down) = (usize::from(x > 2), usize::from(y > 2));
        let (a, b): (Source<'_>, Source<'_>) = match (x, y) {
            (0 | 4, 0 | 4) => (whole(right, down), whole(right, down)),
            (2, 2) => ((&self.both, 16), (&self.both, 16)),
            (2, 0 | 4) => ((&self.right[down], 16), (&self.right[down], 16)),
            (0 | 4, 2) => ((&self.down[right], 16), (&self.down[right], 16)),
            (_, 0 | 4) => ((&self.right[down], 16), whole(right, down)),
            (0 | 4, _) => ((&self.down[right], 16), whole(right, down)),
            (2, _) => ((&self.both, 16), (&self.right[down], 16)),
            (_, 2) => ((&self.both, 16), (&self.down[right], 16)),
            _ => ((&self.right[down], 16), (&self.down[right], 16)),
        };
        let mut mean = [0; 256];
        for row in 0..H {
            let (a, b) = (&a.0[row * a.1..][..W], &b.0[row * b.1..][..W]);
            let out = &mut mean[row * 16..][..W];
            for x in 0..W {
                out[x] = ((u16::from(a[x]) + u16::from(b[x]) + 1) >> 1) as u8;
            }
        }
        satd::<W, H>(source, &mean, 16)
    }
}
