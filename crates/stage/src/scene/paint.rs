//! Colors and gradients.

use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, Point, Rect, Vec2};
use vello_cpu::peniko::{self, ColorStop};
use vello_cpu::{PaintType, RenderContext};

use super::PixelRect;
use super::raster::Raster;
use crate::document::{Color, ColorRef, Gradient, Paint, Palette};

/// Looks a color up; a role that is not there, which no valid document has, is black.
pub(super) fn resolve(color: &ColorRef, palette: &Palette) -> Color {
    color.resolve(palette).unwrap_or(Color::rgb(0, 0, 0))
}

/// The color as the drawing library has it.
pub(super) fn solid(color: Color) -> AlphaColor<Srgb> {
    AlphaColor::from_rgba8(color.r, color.g, color.b, color.a)
}

/// The color with alpha multiplied in.
pub(super) fn premultiplied(color: Color) -> [u8; 4] {
    let pixel = u32::from_le_bytes([color.r, color.g, color.b, 255]);
    super::blend::scale(pixel, color.a.into()).to_le_bytes()
}

/// Sets what the next areas are filled with; `frame` is what a gradient spans.
pub(super) fn set_paint(ctx: &mut RenderContext, paint: &Paint, frame: Rect, palette: &Palette) {
    match paint {
        Paint::Color(color) => ctx.set_paint(solid(resolve(color, palette))),
        Paint::Gradient(gradient) => {
            let stop = |it: &crate::document::Stop| ColorStop::from((it.at as f32, solid(resolve(&it.color, palette))));
            let stops: Vec<ColorStop> = gradient.stops.iter().map(stop).collect();
            let center = frame.center();
            if gradient.radial {
                // A unit circle, stretched until it goes through the corners.
                let radius = (frame.width() / std::f64::consts::SQRT_2, frame.height() / std::f64::consts::SQRT_2);
                ctx.set_paint_transform(
                    Affine::translate(center.to_vec2()) * Affine::scale_non_uniform(radius.0, radius.1),
                );
                let brush = peniko::Gradient::new_radial(Point::ZERO, 1.0).with_stops(stops.as_slice());
                ctx.set_paint(PaintType::Gradient(brush));
            } else {
                let half = direction(gradient.angle) * (length(gradient.angle, frame) / 2.0);
                let brush = peniko::Gradient::new_linear(center - half, center + half).with_stops(stops.as_slice());
                ctx.set_paint(PaintType::Gradient(brush));
            }
        }
    }
}

fn direction(degrees: f64) -> Vec2 {
    let angle = degrees.to_radians();
    Vec2::new(libm::cos(angle), libm::sin(angle))
}

/// How long the line of a gradient is whose ends reach the corners of the frame, as in CSS.
fn length(degrees: f64, frame: Rect) -> f64 {
    let direction = direction(degrees);
    (frame.width() * direction.x).abs() + (frame.height() * direction.y).abs()
}

/// How many colors a gradient is computed as.
const N_STEPS: usize = 4096;

/// Draws a gradient over all of `rect`.
///
/// A gradient of 1000 pixels has fewer than 256 steps of color; each would be seen as a band. So pixels are rounded up or down in a fixed pattern.
pub(super) fn draw_gradient(gradient: &Gradient, rect: PixelRect, palette: &Palette) -> Raster {
    let mut raster = Raster::new(rect);
    if raster.rect.is_empty() || gradient.stops.is_empty() {
        return raster;
    }
    let table = table(gradient, palette);
    let frame = rect.to_rect();
    let (center, axis) = (frame.center(), direction(gradient.angle));
    let (along, half) = (axis / length(gradient.angle, frame), std::f64::consts::FRAC_1_SQRT_2);
    let width = rect.width() as usize;
    for (y, row) in raster.pixels.chunks_exact_mut(width * 4).enumerate() {
        let dy = f64::from(rect.y0) + y as f64 + 0.5 - center.y;
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            let dx = f64::from(rect.x0) + x as f64 + 0.5 - center.x;
            let at = if gradient.radial {
                let (u, v) = (dx / (frame.width() * half), dy / (frame.height() * half));
                (u * u + v * v).sqrt()
            } else {
                dx * along.x + dy * along.y + 0.5
            };
            let step = (at.clamp(0.0, 1.0) * (N_STEPS - 1) as f64 + 0.5) as usize;
            let threshold = u32::from(BAYER[y % 8][x % 8]) * 4 + 2;
            for (byte, value) in pixel.iter_mut().zip(&table[step]) {
                *byte = ((value + threshold) >> 8) as u8;
            }
        }
    }
    raster.find_opacity();
    raster
}

/// The order of thresholds of an 8 × 8 ordered dither (Bayer 1973).
const BAYER: [[u8; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

/// The colors along a gradient, premultiplied, in 256ths of a step of 8 bits.
fn table(gradient: &Gradient, palette: &Palette) -> Vec<[u32; 4]> {
    let stops: Vec<(f64, [f64; 4])> = gradient
        .stops
        .iter()
        .map(|stop| {
            let color = resolve(&stop.color, palette);
            let alpha = f64::from(color.a) / 255.0;
            let channel = |value: u8| f64::from(value) * alpha;
            (stop.at, [channel(color.r), channel(color.g), channel(color.b), f64::from(color.a)])
        })
        .collect();
    let mut next = 0;
    let mut colors = Vec::with_capacity(N_STEPS);
    for step in 0..N_STEPS {
        let at = step as f64 / (N_STEPS - 1) as f64;
        while next < stops.len() && stops[next].0 <= at {
            next += 1;
        }
        let (low, high) = (&stops[next.saturating_sub(1)], &stops[next.min(stops.len() - 1)]);
        let span = high.0 - low.0;
        let share = if span > 0.0 { ((at - low.0) / span).clamp(0.0, 1.0) } else { 0.0 };
        let value = |channel: usize| low.1[channel] + (high.1[channel] - low.1[channel]) * share;
        colors.push(std::array::from_fn(|channel| (value(channel) * 256.0 + 1e-6).clamp(0.0, 65_280.0) as u32));
    }
    colors
}
