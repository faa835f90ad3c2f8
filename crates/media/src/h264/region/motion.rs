//! Motion vectors and their prediction (ITU-T H.264, 8.4.1).

use super::grid::{Around, Macroblock};

/// A motion vector in quarter pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mv {
    pub(super) x: i16,
    pub(super) y: i16,
}

impl Mv {
    pub(super) const ZERO: Self = Self { x: 0, y: 0 };

    /// Returns whether the deblocking filter sees a step between two blocks with these vectors.
    #[inline]
    pub(super) fn is_far_from(self, other: Self) -> bool {
        self.x.abs_diff(other.x) >= 4 || self.y.abs_diff(other.y) >= 4
    }
}

/// How a macroblock is cut for inter prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Whole,
    Rows,
    Columns,
    Quarters,
}

impl Shape {
    /// The parts: column and row of the first 8×8 block, width and height in 8×8 blocks.
    pub(super) fn parts(self) -> &'static [(usize, usize, usize, usize)] {
        match self {
            Self::Whole => &[(0, 0, 2, 2)],
            Self::Rows => &[(0, 0, 2, 1), (0, 1, 2, 1)],
            Self::Columns => &[(0, 0, 1, 2), (1, 0, 1, 2)],
            Self::Quarters => &[(0, 0, 1, 1), (1, 0, 1, 1), (0, 1, 1, 1), (1, 1, 1, 1)],
        }
    }
}

/// An 8×8 block as seen by its neighbors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Outside the picture, or not decoded yet.
    Missing,
    /// Without a vector.
    Intra,
    Inter(Mv),
}

impl Cell {
    fn of(macroblock: Option<&Macroblock>, block: usize) -> Self {
        match macroblock {
            None => Self::Missing,
            Some(macroblock) if macroblock.kind.is_intra() => Self::Intra,
            Some(macroblock) => Self::Inter(macroblock.mvs[block]),
        }
    }

    fn mv(self) -> Mv {
        if let Self::Inter(mv) = self { mv } else { Mv::ZERO }
    }
}

/// The 8×8 blocks of a macroblock with those left of it and above it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// Row 0 is above, column 0 left, column 3 right of the macroblock.
    cells: [[Cell; 4]; 3],
}

impl Field {
    pub(super) fn new(around: &Around<'_>) -> Self {
        let mut cells = [[Cell::Missing; 4]; 3];
        cells[0] = [
            Cell::of(around.above_left, 3),
            Cell::of(around.above, 2),
            Cell::of(around.above, 3),
            Cell::of(around.above_right, 2),
        ];
        cells[1][0] = Cell::of(around.left, 1);
        cells[2][0] = Cell::of(around.left, 3);
        Self { cells }
    }

    /// Gives a part of the macroblock its vector.
    pub(super) fn set(&mut self, (x, y, width, height): (usize, usize, usize, usize), mv: Mv) {
        for row in &mut self.cells[y + 1..][..height] {
            row[x + 1..][..width].fill(Cell::Inter(mv));
        }
    }

    /// Returns the vector of P_Skip (ITU-T H.264, 8.4.1.1).
    pub(super) fn skip_mv(&self) -> Mv {
        let stands = |cell: Cell| matches!(cell, Cell::Missing | Cell::Inter(Mv::ZERO));
        if stands(self.cells[1][0]) || stands(self.cells[0][1]) {
            return Mv::ZERO;
        }
        self.predict(Shape::Whole, (0, 0, 2, 2))
    }

    /// Returns the predicted vector of a part; the parts before it must be set (ITU-T H.264, 8.4.1.3).
    pub(super) fn predict(&self, shape: Shape, (x, y, width, _): (usize, usize, usize, usize)) -> Mv {
        let left = self.cells[y + 1][x];
        let above = self.cells[y][x + 1];
        let diagonal = match self.cells[y][x + 1 + width] {
            Cell::Missing => self.cells[y][x],
            cell => cell,
        };
        let favorite = match (shape, x, y) {
            (Shape::Rows, _, 0) => above,
            (Shape::Rows, _, _) | (Shape::Columns, 0, _) => left,
            (Shape::Columns, _, _) => diagonal,
            (Shape::Whole | Shape::Quarters, _, _) => Cell::Missing,
        };
        if let Cell::Inter(mv) = favorite {
            return mv;
        }
        if above == Cell::Missing && diagonal == Cell::Missing && left != Cell::Missing {
            return left.mv();
        }
        match (left, above, diagonal) {
            (Cell::Inter(mv), Cell::Missing | Cell::Intra, Cell::Missing | Cell::Intra)
            | (Cell::Missing | Cell::Intra, Cell::Inter(mv), Cell::Missing | Cell::Intra)
            | (Cell::Missing | Cell::Intra, Cell::Missing | Cell::Intra, Cell::Inter(mv)) => mv,
            _ => {
                let [a, b, c] = [left.mv(), above.mv(), diagonal.mv()];
                Mv { x: median(a.x, b.x, c.x), y: median(a.y, b.y, c.y) }
            }
        }
    }
}

fn median(a: i16, b: i16, c: i16) -> i16 {
    a.max(b).min(a.min(b).max(c))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        for [a, b, c] in [[1, 2, 3], [3, 1, 2], [2, 3, 1], [3, 2, 1], [1, 3, 2], [2, 1, 3], [2, 2, 9], [-1, 2, 2]] {
            assert_eq!(median(a, b, c), 2);
        }
    }
}
