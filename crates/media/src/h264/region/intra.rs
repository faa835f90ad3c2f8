//! Intra prediction (ITU-T H.264, 8.3).

use super::frame::Plane;

/// `Intra16x16PredMode`; for chroma, the pictures of the modes are the same in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Vertical,
    Horizontal,
    Dc,
    Plane,
}

impl Mode {
    pub(super) const ALL: [Self; 4] = [Self::Dc, Self::Vertical, Self::Horizontal, Self::Plane];

    /// Returns `Intra16x16PredMode` (ITU-T H.264, table 8-4).
    pub(super) fn luma_number(self) -> u32 {
        match self {
            Self::Vertical => 0,
            Self::Horizontal => 1,
            Self::Dc => 2,
            Self::Plane => 3,
        }
    }

    /// Returns `intra_chroma_pred_mode` (ITU-T H.264, table 8-5).
    pub(super) fn chroma_number(self) -> u32 {
        match self {
            Self::Dc => 0,
            Self::Horizontal => 1,
            Self::Vertical => 2,
            Self::Plane => 3,
        }
    }
}

/// The pixels around a square block of `N`, as far as they exist.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edges<const N: usize> {
    above: [u8; N],
    left: [u8; N],
    corner: u8,
    has_above: bool,
    has_left: bool,
}

impl<const N: usize> Edges<N> {
    /// Reads the edges of the block at (`x`, `y`); whether they count as existing is where the block stands.
    pub(super) fn new(plane: &Plane, x: usize, y: usize) -> Self {
        let at = plane.index(x as i32, y as i32);
        let mut edges = Self { above: [128; N], left: [128; N], corner: 128, has_above: y > 0, has_left: x > 0 };
        edges.above.copy_from_slice(&plane.data[at - plane.stride..][..N]);
        for (row, left) in edges.left.iter_mut().enumerate() {
            *left = plane.data[at + row * plane.stride - 1];
        }
        edges.corner = plane.data[at - plane.stride - 1];
        edges
    }

    /// Returns whether everything that a mode looks at exists.
    pub(super) fn allows(&self, mode: Mode) -> bool {
        match mode {
            Mode::Dc => true,
            Mode::Vertical => self.has_above,
            Mode::Horizontal => self.has_left,
            Mode::Plane => self.has_above && self.has_left,
        }
    }

    /// Predicts the block, `N` pixels per row.
    #[inline(always)]
    pub(super) fn predict(&self, mode: Mode, out: &mut [u8]) {
        let rows = out.chunks_exact_mut(N);
        match mode {
            Mode::Vertical => rows.for_each(|row| row.copy_from_slice(&self.above)),
            Mode::Horizontal => rows.zip(self.left).for_each(|(row, left)| row.fill(left)),
            Mode::Dc if N == 16 => out.fill(self.mean(self.has_above.then_some(0), self.has_left.then_some(0), N)),
            Mode::Dc => self.predict_chroma_dc(out),
            Mode::Plane => self.predict_plane(out),
        }
    }

    /// Returns the mean of `len` pixels of the edges that are given by their first pixel.
    fn mean(&self, above: Option<usize>, left: Option<usize>, len: usize) -> u8 {
        let sum =
            |edge: &[u8; N], from: usize| edge[from..from + len].iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
        let len = len as u32;
        let mean = match (above, left) {
            (Some(above), Some(left)) => (sum(&self.above, above) + sum(&self.left, left) + len) / (2 * len),
            (Some(above), None) => (sum(&self.above, above) + len / 2) / len,
            (None, Some(left)) => (sum(&self.left, left) + len / 2) / len,
            (None, None) => 128,
        };
        mean as u8
    }

    /// Predicts each quarter from what is nearest to it (ITU-T H.264, 8.3.4.1 to 8.3.4.3).
    fn predict_chroma_dc(&self, out: &mut [u8]) {
        for (x, y) in [(0, 0), (4, 0), (0, 4), (4, 4)] {
            let above = self.has_above.then_some(x);
            let left = self.has_left.then_some(y);
            let value = match (x, y) {
                (4, 0) if self.has_above => self.mean(above, None, 4),
                (0, 4) if self.has_left => self.mean(None, left, 4),
                _ => self.mean(above, left, 4),
            };
            for row in y..y + 4 {
                out[row * N + x..][..4].fill(value);
            }
        }
    }

    /// Predicts a plane through the edges (ITU-T H.264, 8.3.3.4 and 8.3.4.4).
    #[inline(always)]
    fn predict_plane(&self, out: &mut [u8]) {
        let half = N / 2;
        let slope = |edge: &[u8; N]| {
            (1..=half)
                .map(|n| {
                    let before = if n == half { self.corner } else { edge[half - 1 - n] };
                    n as i32 * (i32::from(edge[half - 1 + n]) - i32::from(before))
                })
                .sum::<i32>()
        };
        let (across, down) = (slope(&self.above), slope(&self.left));
        let (b, c) = if N == 16 {
            ((5 * across + 32) >> 6, (5 * down + 32) >> 6)
        } else {
            ((34 * across + 32) >> 6, (34 * down + 32) >> 6)
        };
        let a = 16 * (i32::from(self.left[N - 1]) + i32::from(self.above[N - 1]));
        let middle = half as i32 - 1;
        for (y, row) in out.chunks_exact_mut(N).enumerate() {
            let first = a + c * (y as i32 - middle) - b * middle + 16;
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = ((first + b * x as i32) >> 5).clamp(0, 255) as u8;
            }
        }
    }
}

/// The 13 pixels around a 4×4 block: left ones from the bottom up, the corner, then above and above right.
#[derive(Debug, Clone, Copy)]
pub(super) struct SmallEdges {
    /// Indices 0–3 are left (bottom first), 4 is the corner, 5–12 are above.
    pixels: [u8; 13],
    has_above: bool,
    has_left: bool,
}

/// Number of `Intra4x4PredMode`s.
pub(super) const N_SMALL_MODES: u8 = 9;

impl SmallEdges {
    /// Reads the edges of the block at (`x`, `y`).
    pub(super) fn new(plane: &Plane, x: usize, y: usize, has_above_right: bool) -> Self {
        let at = plane.index(x as i32, y as i32);
        let mut pixels = [0; 13];
        for row in 0..4 {
            pixels[3 - row] = plane.data[at + row * plane.stride - 1];
        }
        pixels[4..].copy_from_slice(&plane.data[at - plane.stride - 1..][..9]);
        if !has_above_right {
            let last = pixels[8];
            pixels[9..].fill(last);
        }
        Self { pixels, has_above: y > 0, has_left: x > 0 }
    }

    /// Returns whether everything that a mode looks at exists (ITU-T H.264, table 8-2).
    pub(super) fn allows(&self, mode: u8) -> bool {
        match mode {
            0 | 3 | 7 => self.has_above,
            1 | 8 => self.has_left,
            2 => true,
            _ => self.has_above && self.has_left,
        }
    }

    /// Predicts the block, 4 pixels per row (ITU-T H.264, 8.3.1.2).
    #[inline(always)]
    pub(super) fn predict(&self, mode: u8) -> [u8; 16] {
        let p = &self.pixels;
        let two = |a: usize| ((u16::from(p[a]) + u16::from(p[a + 1]) + 1) >> 1) as u8;
        let three =
            |a: usize, b: usize, c: usize| ((u16::from(p[a]) + 2 * u16::from(p[b]) + u16::from(p[c]) + 2) >> 2) as u8;
        // A smoothed edge pixel, in the order of `pixels`.
        let smooth = |middle: usize| three(middle - 1, middle, middle + 1);
        let fill = |pixel: &dyn Fn(usize, usize) -> u8| std::array::from_fn(|at| pixel(at % 4, at / 4));
        match mode {
            0 => fill(&|x, _| p[5 + x]),
            1 => fill(&|_, y| p[3 - y]),
            2 => [self.mean(); 16],
            3 => fill(&|x, y| if x + y == 6 { three(11, 12, 12) } else { smooth(6 + x + y) }),
            4 => fill(&|x, y| smooth(4 + x - y)),
            5 => fill(&|x, y| match (2 * x) as i32 - y as i32 {
                -1 => smooth(4),
                n if n < 0 => smooth(5 - y),
                n if n % 2 == 0 => two(4 + x - y / 2),
                _ => smooth(4 + x - y / 2),
            }),
            6 => fill(&|x, y| match (2 * y) as i32 - x as i32 {
                -1 => smooth(4),
                n if n < 0 => smooth(3 + x),
                n if n % 2 == 0 => two(3 - (y - x / 2)),
                _ => smooth(4 - (y - x / 2)),
            }),
            7 => fill(&|x, y| if y % 2 == 0 { two(5 + x + y / 2) } else { smooth(6 + x + y / 2) }),
            _ => fill(&|x, y| match x + 2 * y {
                n if n > 5 => p[0],
                5 => three(1, 0, 0),
                n if n % 2 == 0 => two(2 - (y + x / 2)),
                _ => smooth(2 - (y + x / 2)),
            }),
        }
    }

    fn mean(&self) -> u8 {
        let sum = |pixels: &[u8]| pixels.iter().map(|&pixel| u16::from(pixel)).sum::<u16>();
        let (left, above) = (sum(&self.pixels[..4]), sum(&self.pixels[5..9]));
        let mean = match (self.has_left, self.has_above) {
            (true, true) => (left + above + 4) >> 3,
            (true, false) => (left + 2) >> 2,
            (false, true) => (above + 2) >> 2,
            (false, false) => 128,
        };
        mean as u8
    }
}
