//! Puts art on a canvas: backdrop, shadow, then the art with slightly rounded corners.

use std::ops::Range;

use super::backdrop::backdrop;
use super::{Canvas, CoverFrame, Rect, blend_pixel, rounded_coverage};
use crate::Result;
use crate::picture::Picture;

/// Space around the art, in parts of the shorter side of the canvas.
const MARGIN: f32 = 0.08;

/// Corner radius in parts of the art's shorter side.
const RADIUS: f32 = 0.014;

/// How far the shadow reaches beyond the art, in parts of the canvas's shorter side.
const SHADOW_REACH: f32 = 0.06;

/// How far the shadow is below the art, in the same parts.
const SHADOW_DROP: f32 = 0.014;

/// Darkness of the shadow under the art, 0–1.
const SHADOW_STRENGTH: f32 = 0.55;

/// Shapes that differ by less than this fill the canvas, slightly cropped.
const SAME_SHAPE: f64 = 0.02;

/// See [`CoverFrame::from_art`].
pub(super) fn compose(art: Picture, canvas: Canvas) -> Result<CoverFrame> {
    let art_shape = f64::from(art.width()) / f64::from(art.height());
    let canvas_shape = f64::from(canvas.width) / f64::from(canvas.height);
    if (art_shape / canvas_shape - 1.0).abs() < SAME_SHAPE {
        let crop = art.centered_crop(canvas.width, canvas.height);
        let scaled = art.resized(crop, canvas.width, canvas.height)?;
        if scaled.is_opaque() {
            return Ok(without_alpha(&scaled, canvas));
        }
        let mut frame = backdrop(&art, canvas)?;
        draw_art(&mut frame, &scaled, (0, 0), 0.0);
        return Ok(frame);
    }
    let shorter_side = canvas.width.min(canvas.height) as f32;
    // On a square canvas the art reaches two edges, as on a record sleeve.
    let is_square = canvas.width == canvas.height;
    let margin = if is_square { 0.0 } else { shorter_side * MARGIN };
    let (width, height) = fit(art_shape, canvas, margin);
    let scaled = art.resized(art.full(), width, height)?;
    let mut frame = backdrop(&scaled, canvas)?;
    drop(art);
    let left = (canvas.width - width) / 2;
    let top = (canvas.height - height) / 2;
    if is_square || !scaled.is_opaque() {
        draw_art(&mut frame, &scaled, (left, top), 0.0);
        return Ok(frame);
    }
    let rect = Rect {
        left: left as f32,
        top: top as f32 + shorter_side * SHADOW_DROP,
        width: width as f32,
        height: height as f32,
    };
    let hidden = (top as usize + 32)..(top + height).saturating_sub(32) as usize;
    draw_shadow(&mut frame, rect, shorter_side * SHADOW_REACH, hidden);
    let radius = width.min(height) as f32 * RADIUS;
    draw_art(&mut frame, &scaled, (left, top), radius);
    Ok(frame)
}

/// Returns the largest size of shape `art_shape` inside the margins, at least 2 × 2.
fn fit(art_shape: f64, canvas: Canvas, margin: f32) -> (u32, u32) {
    let room_x = f64::from(canvas.width as f32 - 2.0 * margin);
    let room_y = f64::from(canvas.height as f32 - 2.0 * margin);
    let width = room_x.min(room_y * art_shape);
    let height = room_y.min(room_x / art_shape);
    // Even sizes keep the art on whole chroma samples.
    let even = |side: f64| ((side / 2.0).round() as u32 * 2).max(2);
    (even(width).min(canvas.width), even(height).min(canvas.height))
}

fn without_alpha(picture: &Picture, canvas: Canvas) -> CoverFrame {
    let mut rgb = Vec::with_capacity(picture.rgba().len() / 4 * 3);
    for pixel in picture.rgba().chunks_exact(4) {
        rgb.extend_from_slice(&pixel[..3]);
    }
    CoverFrame { canvas, rgb }
}

/// Darkens the frame around `rect`; a product of two soft steps is a blurred rectangle.
///
/// In the rows of `hidden`, what is deep inside `rect` is left alone: the art will cover it.
fn draw_shadow(frame: &mut CoverFrame, rect: Rect, reach: f32, hidden: Range<usize>) {
    let width = frame.canvas.width as usize;
    let soft = |at: f32, start: f32, len: f32| step((at - start) / reach) * step((start + len - at) / reach);
    let columns: Vec<f32> = (0..width).map(|x| soft(x as f32 + 0.5, rect.left, rect.width)).collect();
    let first = ((rect.left - reach).max(0.0) as usize).min(width);
    let last = ((rect.left + rect.width + reach).ceil() as usize).clamp(first, width);
    let inner = rect.left as usize + 32..((rect.left + rect.width) as usize).saturating_sub(32);
    for (y, row) in frame.rgb.chunks_exact_mut(width * 3).enumerate() {
        let strength = soft(y as f32 + 0.5, rect.top, rect.height) * SHADOW_STRENGTH;
        if strength <= 0.0 {
            continue;
        }
        let is_hidden = hidden.contains(&y) && inner.start < inner.end;
        let spans = if is_hidden { [first..inner.start, inner.end..last] } else { [first..last, last..last] };
        for span in spans {
            let pixels = row[span.start * 3..span.end * 3].chunks_exact_mut(3);
            for (pixel, column) in pixels.zip(&columns[span]) {
                let light = 1.0 - strength * column;
                for value in pixel {
                    *value = (f32::from(*value) * light + 0.5) as u8;
                }
            }
        }
    }
}

/// A smooth step from 0 at −1 to 1 at 1, close to a Gaussian's integral.
fn step(at: f32) -> f32 {
    let t = (at * 0.5 + 0.5).clamp(0.0, 1.0);
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn draw_art(frame: &mut CoverFrame, art: &Picture, (left, top): (u32, u32), radius: f32) {
    let width = art.width() as usize;
    let height = art.height() as usize;
    let rect = Rect { left: 0.0, top: 0.0, width: width as f32, height: height as f32 };
    let corner = radius.ceil() as usize;
    let row_bytes = frame.canvas.width as usize * 3;
    for (y, art_row) in art.rgba().chunks_exact(width * 4).enumerate() {
        let start = (top as usize + y) * row_bytes + left as usize * 3;
        let row = &mut frame.rgb[start..start + width * 3];
        let is_corner_row = y < corner || y >= height - corner;
        for (x, (pixel, art_pixel)) in row.chunks_exact_mut(3).zip(art_row.chunks_exact(4)).enumerate() {
            let is_corner = is_corner_row && (x < corner || x >= width - corner);
            let mut opacity = art_pixel[3];
            if opacity == 255 && !is_corner {
                pixel.copy_from_slice(&art_pixel[..3]);
                continue;
            }
            if is_corner {
                let coverage = rounded_coverage(x as f32 + 0.5, y as f32 + 0.5, rect, radius);
                opacity = (f32::from(opacity) * coverage + 0.5) as u8;
            }
            blend_pixel(pixel, [art_pixel[0], art_pixel[1], art_pixel[2]], opacity);
        }
    }
}
