//! What is known of each macroblock, and what its neighbors predict for it (ITU-T H.264, 6.4.11, 8.4.1 and 9.2.1).

use super::motion::Mv;

/// How a macroblock is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// P_Skip, or any other inter prediction.
    Inter,
    /// Intra_16x16.
    Intra16,
    /// Intra_4x4.
    Intra4,
    /// I_PCM.
    Pcm,
}

impl Kind {
    pub(super) fn is_intra(self) -> bool {
        self != Self::Inter
    }
}

/// `Intra4x4PredMode` of everything that is not predicted in 4×4 blocks: DC.
pub(super) const MODE_DC: u8 = 2;

/// What later macroblocks, the deblocking filter and the next picture want to know of a macroblock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Macroblock {
    pub(super) kind: Kind,
    /// The vectors of the four 8×8 blocks, in raster order.
    pub(super) mvs: [Mv; 4],
    /// `total_coeff` of the 16 luma blocks, in raster order, and of four Cb and four Cr blocks.
    pub(super) n_levels: [u8; 24],
    /// `Intra4x4PredMode`, in raster order.
    pub(super) modes: [u8; 16],
}

/// A macroblock that shows what the picture before shows there.
pub(super) const STILL: Macroblock =
    Macroblock { kind: Kind::Inter, mvs: [Mv::ZERO; 4], n_levels: [0; 24], modes: [MODE_DC; 16] };

/// All macroblocks of a picture; those that were not coded in it count as [`STILL`].
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The number of this picture.
    stamp: u32,
    /// The picture that each macroblock was last coded in.
    stamps: Vec<u32>,
    cells: Vec<Macroblock>,
}

impl Grid {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, stamp: 1, stamps: vec![0; width * height], cells: vec![STILL; width * height] }
    }

    /// Starts another picture.
    pub(super) fn advance(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            // After four billion pictures old stamps could come alive again.
            self.stamps.fill(0);
            self.stamp = 2;
        }
    }

    /// Returns a macroblock, or `None` outside the picture.
    #[inline]
    pub(super) fn get(&self, x: i32, y: i32) -> Option<&Macroblock> {
        if x < 0 || y < 0 || x >= self.width as i32 || y >= self.height as i32 {
            return None;
        }
        let at = y as usize * self.width + x as usize;
        Some(if self.stamps[at] == self.stamp { &self.cells[at] } else { &STILL })
    }

    /// Returns whether a macroblock was coded in this picture.
    #[inline]
    pub(super) fn is_coded(&self, x: usize, y: usize) -> bool {
        self.stamps[y * self.width + x] == self.stamp
    }

    /// Returns the vectors that a macroblock had in the picture before, if it was coded there.
    pub(super) fn previous_mvs(&self, x: usize, y: usize) -> Option<[Mv; 4]> {
        let at = y * self.width + x;
        let cell = &self.cells[at];
        (self.stamps[at] == self.stamp.wrapping_sub(1) && cell.kind == Kind::Inter).then_some(cell.mvs)
    }

    pub(super) fn set(&mut self, x: usize, y: usize, cell: Macroblock) {
        self.cells[y * self.width + x] = cell;
        self.stamps[y * self.width + x] = self.stamp;
    }
}

/// Which neighbors of a macroblock exist.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) left: Option<&'a Macroblock>,
    pub(super) above: Option<&'a Macroblock>,
    pub(super) above_right: Option<&'a Macroblock>,
    pub(super) above_left: Option<&'a Macroblock>,
}

impl<'a> Around<'a> {
    pub(super) fn new(grid: &'a Grid, x: usize, y: usize) -> Self {
        let (x, y) = (x as i32, y as i32);
        Self {
            left: grid.get(x - 1, y),
            above: grid.get(x, y - 1),
            above_right: grid.get(x + 1, y - 1),
            above_left: grid.get(x - 1, y - 1),
        }
    }

    /// Returns `nC` of a luma block, given the counts of this macroblock so far.
    pub(super) fn luma_context(&self, n_levels: &[u8; 24], x: usize, y: usize) -> u8 {
        let left = if x > 0 { Some(n_levels[y * 4 + x - 1]) } else { self.left.map(|mb| mb.n_levels[y * 4 + 3]) };
        let above = if y > 0 { Some(n_levels[y * 4 + x - 4]) } else { self.above.map(|mb| mb.n_levels[12 + x]) };
        mean(left, above)
    }

    /// Returns `nC` of a chroma AC block; `first` is 16 for Cb and 20 for Cr.
    pub(super) fn chroma_context(&self, n_levels: &[u8; 24], first: usize, x: usize, y: usize) -> u8 {
        let at = first + y * 2 + x;
        let left = if x > 0 { Some(n_levels[at - 1]) } else { self.left.map(|mb| mb.n_levels[at + 1]) };
        let above = if y > 0 { Some(n_levels[at - 2]) } else { self.above.map(|mb| mb.n_levels[at + 2]) };
        mean(left, above)
    }

    /// Returns `predIntra4x4PredMode` of a block, given the modes of this macroblock so far (ITU-T H.264, 8.3.1.1).
    pub(super) fn predicted_mode(&self, modes: &[u8; 16], x: usize, y: usize) -> u8 {
        let left = if x > 0 { Some(modes[y * 4 + x - 1]) } else { self.left.map(|mb| mb.modes[y * 4 + 3]) };
        let above = if y > 0 { Some(modes[y * 4 + x - 4]) } else { self.above.map(|mb| mb.modes[12 + x]) };
        match (left, above) {
            (Some(left), Some(above)) => left.min(above),
            _ => MODE_DC,
        }
    }
}

fn mean(left: Option<u8>, above: Option<u8>) -> u8 {
    match (left, above) {
        (Some(left), Some(above)) => (left + above + 1) >> 1,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => 0,
    }
}
