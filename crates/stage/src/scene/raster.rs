//! Layers as pixels.

use vello_cpu::kurbo::Affine;
use vello_cpu::{PixmapMut, RenderContext, Resources};

use super::PixelRect;

/// Pixels that stand somewhere on the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raster {
    /// Where they are.
    pub rect: PixelRect,
    /// Premultiplied RGBA, row by row.
    pub pixels: Vec<u8>,
    /// Whether nothing shines through.
    pub opaque: bool,
}

impl Raster {
    /// Makes transparent pixels.
    pub(super) fn new(rect: PixelRect) -> Self {
        let rect = if rect.is_empty() { PixelRect::EMPTY } else { rect };
        Self { rect, pixels: vec![0; rect.area() as usize * 4], opaque: false }
    }

    /// Makes pixels and draws on them; what is drawn is given in output pixels.
    pub(super) fn draw(rect: PixelRect, draw: impl FnOnce(&mut RenderContext, Affine)) -> Self {
        let mut raster = Self::new(rect);
        if raster.rect.is_empty() {
            return raster;
        }
        let size = (raster.rect.width() as u16, raster.rect.height() as u16);
        let mut ctx = RenderContext::new(size.0, size.1);
        draw(&mut ctx, raster.to_local());
        raster.render(&mut ctx);
        raster
    }

    /// The way from output pixels to those of this raster.
    pub(super) fn to_local(&self) -> Affine {
        Affine::translate((-f64::from(self.rect.x0), -f64::from(self.rect.y0)))
    }

    fn render(&mut self, ctx: &mut RenderContext) {
        ctx.flush();
        let (width, height) = (self.rect.width() as u16, self.rect.height() as u16);
        if let Some(target) = PixmapMut::new(width, height, &mut self.pixels) {
            ctx.render(target, &mut Resources::new());
        }
    }

    /// The pixels of row `y` from column `x0` to before `x1`, which must all be inside.
    #[inline(always)]
    pub(super) fn row_part(&self, x0: i32, x1: i32, y: i32) -> &[u8] {
        let start = self.offset(x0, y);
        &self.pixels[start..start + (x1 - x0) as usize * 4]
    }

    #[inline(always)]
    fn offset(&self, x: i32, y: i32) -> usize {
        ((y - self.rect.y0) as usize * self.rect.width() as usize + (x - self.rect.x0) as usize) * 4
    }

    /// One pixel as a little-endian word; transparent outside.
    #[inline(always)]
    pub(super) fn pixel(&self, x: i32, y: i32) -> u32 {
        let rect = &self.rect;
        if x < rect.x0 || x >= rect.x1 || y < rect.y0 || y >= rect.y1 {
            return 0;
        }
        let start = self.offset(x, y);
        let bytes = &self.pixels[start..start + 4];
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// Copies the pixels of row `y` from column `x0` on, as little-endian words; they are transparent outside.
    #[inline(always)]
    pub(super) fn copy_words(&self, x0: i32, y: i32, out: &mut [u32]) {
        let (from, to) = (x0.max(self.rect.x0), (x0 + out.len() as i32).min(self.rect.x1));
        if y < self.rect.y0 || y >= self.rect.y1 || from >= to {
            return out.fill(0);
        }
        let (before, after) = ((from - x0) as usize, (to - x0) as usize);
        out[..before].fill(0);
        out[after..].fill(0);
        let bytes = self.row_part(from, to, y);
        for (word, bytes) in out[before..after].iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
    }

    /// Finds out whether nothing shines through.
    pub(super) fn find_opacity(&mut self) {
        self.opaque = self.pixels.chunks_exact(4).all(|pixel| pixel[3] == 255);
    }

    /// Half the size, each pixel the mean of four.
    pub(super) fn halved(&self) -> Self {
        let half = |low: i32, high: i32| (low.div_euclid(2), (high + 1).div_euclid(2));
        let ((x0, x1), (y0, y1)) = (half(self.rect.x0, self.rect.x1), half(self.rect.y0, self.rect.y1));
        let mut small = Self::new(PixelRect::new(x0, y0, x1, y1));
        let width = (x1 - x0).max(1) as usize;
        for (idx, out) in small.pixels.chunks_exact_mut(4).enumerate() {
            let (x, y) = (2 * (x0 + (idx % width) as i32), 2 * (y0 + (idx / width) as i32));
            let four = [self.pixel(x, y), self.pixel(x + 1, y), self.pixel(x, y + 1), self.pixel(x + 1, y + 1)];
            for (channel, byte) in out.iter_mut().enumerate() {
                let sum: u32 = four.iter().map(|pixel| pixel >> (8 * channel) & 255).sum();
                *byte = ((sum + 2) / 4) as u8;
            }
        }
        small
    }

    /// Makes a shadow of what is drawn: its alpha, blurred with a standard deviation of `sigma` pixels, in one color.
    pub(super) fn into_shadow(mut self, sigma: f64, color: [u8; 4]) -> Self {
        let mut alpha: Vec<u8> = self.pixels.chunks_exact(4).map(|pixel| pixel[3]).collect();
        blur(&mut alpha, self.rect.width().max(0) as usize, sigma);
        let color = u32::from_le_bytes(color);
        for (pixel, share) in self.pixels.chunks_exact_mut(4).zip(&alpha) {
            pixel.copy_from_slice(&super::blend::scale(color, (*share).into()).to_le_bytes());
        }
        self
    }

    /// Puts another raster over this one.
    pub(super) fn put(&mut self, other: &Self) {
        let rect = self.rect.intersection(&other.rect);
        for y in rect.y0..rect.y1 {
            let start = self.offset(rect.x0, y);
            let to = &mut self.pixels[start..start + rect.width() as usize * 4];
            super::blend::over(to, other.row_part(rect.x0, rect.x1, y), 255, false);
        }
    }
}

/// How far a blur reaches.
pub(super) fn blur_reach(sigma: f64) -> i32 {
    box_sizes(sigma).iter().map(|size| size / 2 + 1).sum::<usize>() as i32
}

/// Three boxes that together are close to a Gaussian, as the filter effects of CSS have it.
fn box_sizes(sigma: f64) -> [usize; 3] {
    // 3 · √(2π) / 4.
    let size = (sigma * 1.879_971_2 + 0.5) as usize;
    if size <= 1 { [1; 3] } else { [size | 1; 3] }
}

/// Blurs a plane of bytes by three running means in each direction.
fn blur(plane: &mut [u8], width: usize, sigma: f64) {
    if width == 0 || plane.is_empty() {
        return;
    }
    let height = plane.len() / width;
    let mut line = vec![0_u8; width.max(height)];
    for size in box_sizes(sigma).into_iter().filter(|size| *size > 1) {
        for row in plane.chunks_exact_mut(width) {
            mean_line(row, &mut line[..width], size);
            row.copy_from_slice(&line[..width]);
        }
        mean_columns(plane, width, height, size);
    }
}

fn mean_line(from: &[u8], to: &mut [u8], size: usize) {
    let reach = size / 2;
    let mut sum: usize = from.iter().take(reach).map(|it| usize::from(*it)).sum();
    for (idx, out) in to.iter_mut().enumerate() {
        sum += from.get(idx + reach).map_or(0, |it| usize::from(*it));
        *out = ((sum + reach) / size) as u8;
        if idx >= reach {
            sum -= usize::from(from[idx - reach]);
        }
    }
}

fn mean_columns(plane: &mut [u8], width: usize, height: usize, size: usize) {
    let reach = size / 2;
    let from = plane.to_vec();
    let mut sums = vec![0_u32; width];
    let add = |sums: &mut [u32], row: &[u8]| sums.iter_mut().zip(row).for_each(|(sum, it)| *sum += u32::from(*it));
    let row_of = |y: usize| &from[y * width..(y + 1) * width];
    for y in 0..reach.min(height) {
        add(&mut sums, row_of(y));
    }
    for y in 0..height {
        if y + reach < height {
            add(&mut sums, row_of(y + reach));
        }
        let out = &mut plane[y * width..(y + 1) * width];
        for (byte, sum) in out.iter_mut().zip(&sums) {
            *byte = ((*sum as usize + reach) / size) as u8;
        }
        if y >= reach {
            sums.iter_mut().zip(row_of(y - reach)).for_each(|(sum, it)| *sum -= u32::from(*it));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurring_keeps_the_sum_and_is_the_same_both_ways() {
        let mut plane = vec![0_u8; 101 * 101];
        for y in 40..61 {
            plane[y * 101 + 40..y * 101 + 61].fill(255);
        }
        let before: u64 = plane.iter().map(|it| u64::from(*it)).sum();
        blur(&mut plane, 101, 4.0);
        let after: u64 = plane.iter().map(|it| u64::from(*it)).sum();
        assert!(after.abs_diff(before) < before / 100, "{before} {after}");
        for y in 0..101 {
            for x in 0..101 {
                assert!(plane[y * 101 + x].abs_diff(plane[x * 101 + y]) <= 2);
                assert_eq!(plane[y * 101 + x], plane[y * 101 + 100 - x]);
            }
        }
        let reach = blur_reach(4.0) as usize;
        assert_eq!(plane[50 * 101 + 40 - reach - 1], 0);
        assert!(plane[50 * 101 + 38] > 20 && plane[50 * 101 + 38] < 128);
    }

    #[test]
    fn halving_takes_the_mean_of_four() {
        let mut raster = Raster::new(PixelRect::new(-1, 0, 3, 2));
        raster.pixels.fill(100);
        let small = raster.halved();
        assert_eq!(small.rect, PixelRect::new(-1, 0, 2, 1));
        assert_eq!(small.pixels, [50, 50, 50, 50, 100, 100, 100, 100, 50, 50, 50, 50]);
    }
}
