//! Soft shadows: the silhouette of a text, blurred once and kept as a picture.
//!
//! Why not the renderer's filters: they are experimental, and would blur again for every frame.

use std::sync::Arc;

use vello_cpu::kurbo::{Affine, Rect, Vec2};
use vello_cpu::peniko::{Extend, ImageQuality, ImageSampler};
use vello_cpu::{Image, ImageSource, Pixmap, RenderContext, Resources};

use super::spec::TextShadow;

/// The softest edge, in pixels.
const BLUR_MAX: f64 = 200.0;
/// The farthest a shadow is thrown, in pixels.
const OFFSET_MAX: f64 = 4096.0;
/// How many standard deviations away a blurred edge can still be seen.
const REACH: f64 = 3.0;
/// The standard deviation that is enough for a picture of a blur; more blurred shadows are kept in smaller pictures.
const DEVIATION_KEPT: f64 = 3.0;
/// The longest side of such a picture.
const SIDE_MAX: f64 = 4096.0;

/// Returns the shadow in pixels of a picture of this scale.
pub(super) fn scaled(shadow: TextShadow, scale: f64) -> TextShadow {
    let offset = |value: f64| {
        let pixels = value * scale;
        if pixels.is_finite() { pixels.clamp(-OFFSET_MAX, OFFSET_MAX) } else { 0.0 }
    };
    TextShadow {
        color: shadow.color,
        blur: super::block::length(shadow.blur, scale).min(BLUR_MAX),
        dx: offset(shadow.dx),
        dy: offset(shadow.dy),
    }
}

/// Returns what the shadow of something in `ink` may touch.
pub(super) fn bounds(shadow: &TextShadow, ink: Rect) -> Rect {
    let reach = if shadow.blur > 0.0 { REACH * shadow.blur + 2.0 * shrunk_by(shadow) } else { 0.0 };
    (ink + Vec2::new(shadow.dx, shadow.dy)).inflate(reach, reach)
}

/// A blurred silhouette in the color of the shadow.
#[derive(Debug, Clone)]
pub(super) struct Soft {
    pixmap: Arc<Pixmap>,
    /// From pixels of the picture to those of the block.
    placement: Affine,
}

impl Soft {
    /// Blurs what `silhouette` draws within `ink`.
    pub(super) fn new(
        shadow: &TextShadow,
        ink: Rect,
        silhouette: impl FnOnce(&mut RenderContext, Affine),
    ) -> Option<Self> {
        let area = bounds(shadow, ink).expand();
        let longest = area.width().max(area.height());
        let shrunk = shrunk_by(shadow).max(longest / SIDE_MAX);
        let (width, height) = ((area.width() / shrunk).ceil(), (area.height() / shrunk).ceil());
        if !(width >= 1.0 && height >= 1.0 && width <= SIDE_MAX && height <= SIDE_MAX) {
            return None;
        }
        let (width, height) = (width as u16, height as u16);
        let mut ctx = RenderContext::new(width, height);
        let offset = Vec2::new(shadow.dx, shadow.dy) - area.origin().to_vec2();
        silhouette(&mut ctx, Affine::scale(1.0 / shrunk) * Affine::translate(offset));
        ctx.flush();
        let mut pixmap = Pixmap::new(width, height);
        ctx.render(&mut pixmap, &mut Resources::new());
        let deviation = shadow.blur / shrunk;
        let coverage: Vec<f32> = pixmap.data_as_u8_slice().chunks_exact(4).map(|pixel| f32::from(pixel[3])).collect();
        let coverage = blurred(&coverage, usize::from(width), &kernel(deviation));
        let color = shadow.color;
        let channels = [color.r, color.g, color.b, 255].map(|channel| f32::from(channel) / 255.0);
        for (pixel, coverage) in pixmap.data_as_u8_slice_mut().chunks_exact_mut(4).zip(coverage) {
            let alpha = coverage * f32::from(color.a) / 255.0;
            for (out, channel) in pixel.iter_mut().zip(channels) {
                *out = (alpha * channel + 0.5) as u8;
            }
        }
        let placement = Affine::translate(area.origin().to_vec2()) * Affine::scale(shrunk);
        Some(Self { pixmap: Arc::new(pixmap), placement })
    }

    /// Draws with the block's origin at that of `transform`.
    pub(super) fn draw(&self, ctx: &mut RenderContext, transform: Affine) {
        let transform = transform * self.placement;
        // Where pixels fall on pixels there is nothing to interpolate, which takes three times as long.
        let [a, b, c, d, e, f] = transform.as_coeffs();
        let is_exact = [a, b, c, d] == [1.0, 0.0, 0.0, 1.0] && e.fract() == 0.0 && f.fract() == 0.0;
        ctx.set_transform(transform);
        ctx.set_paint(Image {
            image: ImageSource::Pixmap(self.pixmap.clone()),
            sampler: ImageSampler {
                x_extend: Extend::Pad,
                y_extend: Extend::Pad,
                quality: if is_exact { ImageQuality::Low } else { ImageQuality::Medium },
                alpha: 1.0,
            },
        });
        ctx.fill_rect(&Rect::new(0.0, 0.0, f64::from(self.pixmap.width()), f64::from(self.pixmap.height())));
    }
}

fn shrunk_by(shadow: &TextShadow) -> f64 {
    (shadow.blur / DEVIATION_KEPT).max(1.0)
}

/// Returns one half of a Gaussian, from its middle outwards, such that the whole adds up to 1.
fn kernel(deviation: f64) -> Vec<f32> {
    let reach = (REACH * deviation).ceil().max(1.0) as usize;
    let values: Vec<f64> =
        (0..=reach).map(|x| libm::exp(-((x * x) as f64) / (2.0 * deviation * deviation).max(1e-9))).collect();
    let sum = values[0] + 2.0 * values[1..].iter().sum::<f64>();
    values.iter().map(|value| (value / sum) as f32).collect()
}

/// Blurs rows and columns of a picture; what is beyond its edges counts as nothing.
fn blurred(values: &[f32], width: usize, kernel: &[f32]) -> Vec<f32> {
    let mut rows = vec![0.0; values.len()];
    for (row, out) in values.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        add_scaled(out, row, kernel[0]);
        for (distance, &weight) in kernel.iter().enumerate().skip(1).take_while(|(distance, _)| *distance < width) {
            add_scaled(&mut out[distance..], &row[..width - distance], weight);
            add_scaled(&mut out[..width - distance], &row[distance..], weight);
        }
    }
    // Columns as sums of whole rows, which go through memory in order.
    let mut columns = vec![0.0; values.len()];
    add_scaled(&mut columns, &rows, kernel[0]);
    for (distance, &weight) in kernel.iter().enumerate().skip(1) {
        let offset = distance * width;
        if offset >= rows.len() {
            break;
        }
        let kept = rows.len() - offset;
        add_scaled(&mut columns[offset..], &rows[..kept], weight);
        add_scaled(&mut columns[..kept], &rows[offset..], weight);
    }
    columns
}

fn add_scaled(out: &mut [f32], values: &[f32], weight: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += value * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::{blurred, kernel};

    #[test]
    fn a_blur_keeps_the_sum_and_is_the_same_to_all_sides() {
        let mut values = vec![0.0; 41 * 31];
        values[15 * 41 + 20] = 1.0;
        let soft = blurred(&values, 41, &kernel(3.0));
        assert!((soft.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        let at = |x: usize, y: usize| soft[y * 41 + x];
        assert!((at(20 + 4, 15) - at(20, 15 + 4)).abs() < 1e-7);
        assert!((at(20 - 4, 15) - at(20 + 4, 15)).abs() < 1e-7);
        assert!(at(20, 15) > at(21, 15) && at(21, 15) > at(24, 15));
    }

    #[test]
    fn a_tiny_deviation_changes_nothing() {
        assert_eq!(blurred(&[0.0, 1.0, 0.0, 0.0], 4, &kernel(1e-6)), [0.0, 1.0, 0.0, 0.0]);
    }
}
