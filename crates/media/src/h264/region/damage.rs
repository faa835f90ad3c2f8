//! Sets of macroblocks.

use crate::yuv_planes::PixelRect;

/// Which macroblocks of a picture are meant, one bit each.
#[derive(Debug, Clone)]
pub(super) struct MacroblockSet {
    words: Vec<u64>,
    width: usize,
    height: usize,
}

impl MacroblockSet {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { words: vec![0; (width * height).div_ceil(64)], width, height }
    }

    pub(super) fn clear(&mut self) {
        self.words.fill(0);
    }

    pub(super) fn fill(&mut self) {
        self.insert_range(0, self.width * self.height);
    }

    /// Adds every macroblock that a rectangle touches.
    pub(super) fn insert(&mut self, rect: &PixelRect) {
        if rect.width == 0 || rect.height == 0 {
            return;
        }
        let end = |start: u32, len: u32, limit: usize| (start.saturating_add(len).div_ceil(16) as usize).min(limit);
        let (left, right) = (rect.x as usize / 16, end(rect.x, rect.width, self.width));
        for row in rect.y as usize / 16..end(rect.y, rect.height, self.height) {
            if left < right {
                self.insert_range(row * self.width + left, row * self.width + right);
            }
        }
    }

    pub(super) fn insert_index(&mut self, at: usize) {
        self.insert_range(at, at + 1);
    }

    /// Adds a macroblock and the four that share an edge with it.
    pub(super) fn insert_with_neighbors(&mut self, at: usize) {
        let (x, y) = (at % self.width, at / self.width);
        let (left, right) = (x.saturating_sub(1), (x + 2).min(self.width));
        self.insert_range(y * self.width + left, y * self.width + right);
        if y > 0 {
            self.insert_index(at - self.width);
        }
        if y + 1 < self.height {
            self.insert_index(at + self.width);
        }
    }

    fn insert_range(&mut self, from: usize, to: usize) {
        for at in from..to {
            self.words[at / 64] |= 1 << (at % 64);
        }
    }

    /// Returns the macroblocks in raster order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(n, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                (rest != 0).then(|| {
                    rest &= rest - 1;
                    n * 64 + bit as usize
                })
            })
        })
    }
}
