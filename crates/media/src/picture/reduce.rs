//! Averages blocks of pixels while rows arrive, so that a large picture never stands in memory whole.

use super::Picture;
use crate::Result;

/// How the samples of a row are laid out, 8 bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
}

impl Layout {
    pub(super) fn n_samples(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    fn rgba(self, pixel: &[u8]) -> [u8; 4] {
        match (self, pixel) {
            (Self::Gray, &[g, ..]) => [g, g, g, 255],
            (Self::GrayAlpha, &[g, a, ..]) => [g, g, g, a],
            (Self::Rgb, &[r, g, b, ..]) => [r, g, b, 255],
            (Self::Rgba, &[r, g, b, a, ..]) => [r, g, b, a],
            _ => [0; 4],
        }
    }
}

/// Returns the whole number by which both sides can be divided, keeping the longer one at `needed_side`.
pub(super) fn factor(width: u32, height: u32, needed_side: u32) -> u32 {
    let longer_side = width.max(height);
    // A very long and thin picture must keep at least one pixel of its shorter side.
    (longer_side / needed_side.max(1)).clamp(1, width.min(height).max(1))
}

/// Collects rows into a picture smaller by a whole factor.
#[derive(Debug)]
pub(super) struct Reducer {
    layout: Layout,
    factor: usize,
    width: usize,
    height: usize,
    /// Sums of R·A, G·A, B·A and A of the row of blocks under way.
    sums: Vec<[u64; 4]>,
    rows_summed: usize,
    rgba: Vec<u8>,
}

impl Reducer {
    pub(super) fn new(width: u32, height: u32, layout: Layout, factor: u32) -> Self {
        let factor = factor as usize;
        let (width, height) = (width as usize / factor, height as usize / factor);
        let n_sums = if factor > 1 { width } else { 0 };
        Self {
            layout,
            factor,
            width,
            height,
            sums: vec![[0; 4]; n_sums],
            rows_summed: 0,
            rgba: Vec::with_capacity(width * height * 4),
        }
    }

    /// Adds the next row; rows and columns beyond the last whole block are ignored.
    pub(super) fn push_row(&mut self, row: &[u8]) {
        if self.rgba.len() == self.width * self.height * 4 {
            return;
        }
        let n_samples = self.layout.n_samples();
        if self.factor == 1 {
            self.push_plain_row(row);
            return;
        }
        let blocks = row.chunks_exact(n_samples * self.factor);
        for (sum, block) in self.sums.iter_mut().zip(blocks) {
            for pixel in block.chunks_exact(n_samples) {
                let [r, g, b, a] = self.layout.rgba(pixel).map(u64::from);
                sum[0] += r * a;
                sum[1] += g * a;
                sum[2] += b * a;
                sum[3] += a;
            }
        }
        self.rows_summed += 1;
        if self.rows_summed == self.factor {
            self.flush_blocks();
        }
    }

    fn push_plain_row(&mut self, row: &[u8]) {
        if self.layout == Layout::Rgba {
            self.rgba.extend_from_slice(row.get(..self.width * 4).unwrap_or_default());
            return;
        }
        let pixels = row.chunks_exact(self.layout.n_samples());
        for pixel in pixels.take(self.width) {
            self.rgba.extend_from_slice(&self.layout.rgba(pixel));
        }
    }

    fn flush_blocks(&mut self) {
        let n_pixels = (self.factor * self.factor) as u64;
        for sum in &mut self.sums {
            let [r, g, b, a] = *sum;
            let color = |value: u64| (value + a / 2).checked_div(a).unwrap_or(0) as u8;
            let alpha = ((a + n_pixels / 2) / n_pixels) as u8;
            self.rgba.extend_from_slice(&[color(r), color(g), color(b), alpha]);
            *sum = [0; 4];
        }
        self.rows_summed = 0;
    }

    /// Returns the picture.
    pub(super) fn finish(self) -> Result<Picture> {
        Picture::from_rgba(self.width as u32, self.height as u32, self.rgba)
    }
}

#[cfg(test)]
mod tests {
    use super::{Layout, Reducer, factor};

    #[test]
    fn blocks_are_averaged_by_their_opacity() {
        let mut reducer = Reducer::new(2, 2, Layout::Rgba, 2);
        reducer.push_row(&[200, 0, 0, 255, 0, 255, 0, 0]);
        reducer.push_row(&[100, 0, 0, 255, 0, 255, 0, 0]);
        let picture = reducer.finish().expect("four pixels");
        assert_eq!(picture.rgba(), [150, 0, 0, 128]);
    }

    #[test]
    fn the_needed_side_is_kept() {
        assert_eq!(factor(1400, 1400, 907), 1);
        assert_eq!(factor(8000, 6000, 907), 8);
        assert_eq!(factor(8000, 2, 100), 2);
    }
}
