//! Layers smaller than they are: sampled from copies of a half, a quarter, an eighth of their size.

use vello_cpu::kurbo::{Point, Rect};

use super::PixelRect;
use super::blend::{Canvas, Put, mix, over};
use super::raster::Raster;
use super::timing::FULL_SIZE;

/// How a layer is made smaller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zoom {
    /// What stays where it is.
    pub center: Point,
    /// The size in 4096ths.
    pub zoom: u16,
    /// How often the copy that is sampled was halved.
    pub level: u32,
}

/// The copy to sample: the smallest that is not smaller than what is drawn.
pub(super) fn level(zoom: u16) -> usize {
    const LEVEL_MAX: u32 = 8;
    (u32::from(FULL_SIZE / zoom.max(1)).max(1).ilog2()).min(LEVEL_MAX) as usize
}

/// The pixels that `bounds` covers when it is smaller.
pub(super) fn bounds(bounds: &PixelRect, center: Point, zoom: u16) -> PixelRect {
    if bounds.is_empty() {
        return PixelRect::EMPTY;
    }
    let share = f64::from(zoom) / f64::from(FULL_SIZE);
    let rect = bounds.to_rect();
    let at = |value: f64, middle: f64| middle + (value - middle) * share;
    let small = Rect::new(at(rect.x0, center.x), at(rect.y0, center.y), at(rect.x1, center.x), at(rect.y1, center.y));
    PixelRect::around(small).inflated(1, 1)
}

/// Draws the part of a smaller layer that falls into `part`.
pub(super) fn draw(canvas: &mut Canvas<'_>, part: &PixelRect, copy: &Raster, zoom: &Zoom, put: Put) {
    pulp::Arch::new().dispatch(|| draw_rows(canvas, part, copy, zoom, put));
}

#[inline(always)]
fn draw_rows(canvas: &mut Canvas<'_>, part: &PixelRect, copy: &Raster, zoom: &Zoom, put: Put) {
    // Positions in the copy, in 65536ths of its pixels.
    let grow = f64::from(FULL_SIZE) / f64::from(zoom.zoom.max(1));
    let shrink = f64::from(1_u32 << zoom.level);
    let (dx, dy) = (f64::from(put.shift16.0) / 16.0, f64::from(put.shift16.1) / 16.0);
    let place = |pixel: i32, shift: f64, center: f64| {
        let original = center + (f64::from(pixel) + 0.5 - shift - center) * grow;
        ((original / shrink - 0.5) * 65536.0) as i64
    };
    let step = (grow / shrink * 65536.0) as i64;
    let mut scratch = vec![0; part.width() as usize * 4];
    for y in part.y0..part.y1 {
        let v = place(y, dy, zoom.center.y);
        // Always counted from the same column: the part that is drawn must not matter.
        let u = place(0, dx, zoom.center.x) + i64::from(part.x0) * step;
        sample_row(&mut scratch, copy, (u, v), step);
        over(canvas.row(part, y), &scratch, put.alpha, false);
    }
}

#[inline(always)]
fn sample_row(out: &mut [u8], copy: &Raster, from: (i64, i64), step: i64) {
    let (y, down) = ((from.1 >> 16) as i32, (from.1 >> 8 & 255) as u32);
    let mut u = from.0;
    for pixel in out.chunks_exact_mut(4) {
        let (x, across) = ((u >> 16) as i32, (u >> 8 & 255) as u32);
        let upper = mix(copy.pixel(x, y), copy.pixel(x + 1, y), across);
        let lower = mix(copy.pixel(x, y + 1), copy.pixel(x + 1, y + 1), across);
        pixel.copy_from_slice(&mix(upper, lower, down).to_le_bytes());
        u += step;
    }
}
