//! Reconstructed pictures with a border, so that motion may point over the edges.

/// Pixels around the luma plane; chroma has half of them.
pub(super) const BORDER: usize = 32;

/// A plane whose sides are multiples of the macroblock's, with a border on every side.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) data: Vec<u8>,
    pub(super) stride: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    border: usize,
}

impl Plane {
    fn new(width: usize, height: usize, border: usize) -> Self {
        let stride = width + 2 * border;
        Self { data: vec![128; stride * (height + 2 * border)], stride, width, height, border }
    }

    /// Returns the index of a pixel; both coordinates may lie in the border.
    #[inline(always)]
    pub(super) fn index(&self, x: i32, y: i32) -> usize {
        let (x, y) = (x + self.border as i32, y + self.border as i32);
        debug_assert!(x >= 0 && y >= 0);
        y as usize * self.stride + x as usize
    }

    /// Copies the square of `side` pixels at (`x`, `y`) from another plane of the same shape.
    #[inline(always)]
    pub(super) fn copy_square(&mut self, from: &Self, x: i32, y: i32, side: usize) {
        let at = self.index(x, y);
        for row in 0..side {
            let range = at + row * self.stride..at + row * self.stride + side;
            self.data[range.clone()].copy_from_slice(&from.data[range]);
        }
    }

    /// Repeats the edge pixels of rows `y` to `y + side` over the border next to columns `x` to `x + side`.
    ///
    /// Does nothing for a square that touches no edge.
    fn extend_square(&mut self, x: usize, y: usize, side: usize) {
        let (is_left, is_right) = (x == 0, x + side == self.width);
        let (is_top, is_bottom) = (y == 0, y + side == self.height);
        for row in y..y + side {
            let line = (row + self.border) * self.stride;
            if is_left {
                let value = self.data[line + self.border];
                self.data[line..line + self.border].fill(value);
            }
            if is_right {
                let end = line + self.border + self.width;
                let value = self.data[end - 1];
                self.data[end..end + self.border].fill(value);
            }
        }
        // Corners come along: the columns of the border belong to the outermost squares.
        let from = if is_left { 0 } else { x + self.border };
        let to = if is_right { self.stride } else { x + side + self.border };
        if is_top {
            let source = self.border * self.stride;
            for row in 0..self.border {
                self.data.copy_within(source + from..source + to, row * self.stride + from);
            }
        }
        if is_bottom {
            let last = self.height + self.border - 1;
            let source = last * self.stride;
            for row in last + 1..last + 1 + self.border {
                self.data.copy_within(source + from..source + to, row * self.stride + from);
            }
        }
    }
}

/// A reconstructed picture.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) y: Plane,
    /// Cb and Cr.
    pub(super) chroma: [Plane; 2],
}

impl Frame {
    /// Makes a gray picture of whole macroblocks.
    pub(super) fn new(mb_width: usize, mb_height: usize) -> Self {
        let chroma = Plane::new(mb_width * 8, mb_height * 8, BORDER / 2);
        Self { y: Plane::new(mb_width * 16, mb_height * 16, BORDER), chroma: [chroma.clone(), chroma] }
    }

    /// Copies a macroblock from another picture of the same size.
    #[inline(always)]
    pub(super) fn copy_macroblock(&mut self, from: &Self, mb_x: usize, mb_y: usize) {
        self.y.copy_square(&from.y, mb_x as i32 * 16, mb_y as i32 * 16, 16);
        for (to, from) in self.chroma.iter_mut().zip(&from.chroma) {
            to.copy_square(from, mb_x as i32 * 8, mb_y as i32 * 8, 8);
        }
    }

    /// Renews the border next to a macroblock, if it lies at an edge.
    pub(super) fn extend_macroblock(&mut self, mb_x: usize, mb_y: usize) {
        let is_inside = mb_x > 0 && mb_y > 0 && (mb_x + 1) * 16 < self.y.width && (mb_y + 1) * 16 < self.y.height;
        if is_inside {
            return;
        }
        self.y.extend_square(mb_x * 16, mb_y * 16, 16);
        for plane in &mut self.chroma {
            plane.extend_square(mb_x * 8, mb_y * 8, 8);
        }
    }
}
