//! Blurred backdrops: computed at a sixteenth of the size, where a wide blur costs nothing.

use super::{Canvas, CoverFrame, dither};
use crate::Result;
use crate::picture::Picture;

/// Canvas pixels per pixel of the blurred picture.
const SCALE: u32 = 16;

/// Radius of each of the three box blurs, in parts of the shorter side of the blurred picture.
const RADIUS_PARTS: usize = 14;

/// What is left of the art's brightness, so that the art itself stands out.
const BRIGHTNESS: f32 = 0.52;

/// Blurring grays colors out; this brings them back.
const SATURATION: f32 = 1.25;

/// How much darker the corners are than the middle.
const VIGNETTE: f32 = 0.28;

/// A small picture of 3 floats per pixel, 0–255.
#[derive(Debug)]
pub(super) struct Small {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<[f32; 3]>,
}

/// Returns the size of the small picture that [`upscale`] turns into `canvas`.
pub(super) fn small_size(canvas: Canvas) -> (u32, u32) {
    ((canvas.width / SCALE).max(8), (canvas.height / SCALE).max(8))
}

/// Fills a canvas with `art`, cropped to its shape, blurred and darkened.
pub(super) fn backdrop(art: &Picture, canvas: Canvas) -> Result<CoverFrame> {
    let (width, height) = small_size(canvas);
    let crop = art.centered_crop(canvas.width, canvas.height);
    let mut small = flatten(&art.resized(crop, width, height)?);
    let radius = (width.min(height) as usize / RADIUS_PARTS).max(1);
    let mut scratch = vec![[0.0; 3]; small.rgb.len()];
    for _ in 0..3 {
        box_blur_rows(&small.rgb, &mut scratch, small.width, radius);
        box_blur_columns(&scratch, &mut small.rgb, small.width, radius);
    }
    for (idx, pixel) in small.rgb.iter_mut().enumerate() {
        let x = (idx % small.width) as f32 / (small.width - 1) as f32 - 0.5;
        let y = (idx / small.width) as f32 / (small.height - 1) as f32 - 0.5;
        let shade = BRIGHTNESS * (1.0 - VIGNETTE * 2.0 * (x * x + y * y));
        let gray = 0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2];
        for value in pixel {
            *value = ((gray + (*value - gray) * SATURATION) * shade).clamp(0.0, 255.0);
        }
    }
    Ok(upscale(&small, canvas))
}

/// Drops transparency by showing the average color behind it.
fn flatten(picture: &Picture) -> Small {
    let mut sums = [0.0_f64; 4];
    for pixel in picture.rgba().chunks_exact(4) {
        let alpha = f64::from(pixel[3]);
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += f64::from(value) * alpha;
        }
    }
    let total: f64 = picture.rgba().chunks_exact(4).map(|pixel| f64::from(pixel[3])).sum();
    let average = [0, 1, 2].map(|idx| (sums[idx] / total.max(1.0)) as f32);
    let rgb = picture
        .rgba()
        .chunks_exact(4)
        .map(|pixel| {
            let alpha = f32::from(pixel[3]) / 255.0;
            [0, 1, 2].map(|idx| f32::from(pixel[idx]) * alpha + average[idx] * (1.0 - alpha))
        })
        .collect();
    Small { width: picture.width() as usize, height: picture.height() as usize, rgb }
}

/// Averages each pixel with `radius` neighbors on both sides; edges repeat.
fn box_blur_rows(from: &[[f32; 3]], to: &mut [[f32; 3]], width: usize, radius: usize) {
    for (row, out) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        blur_line(width, radius, |idx| row[idx], |idx, value| out[idx] = value);
    }
}

fn box_blur_columns(from: &[[f32; 3]], to: &mut [[f32; 3]], width: usize, radius: usize) {
    let height = from.len() / width;
    for x in 0..width {
        blur_line(height, radius, |idx| from[idx * width + x], |idx, value| to[idx * width + x] = value);
    }
}

fn blur_line(len: usize, radius: usize, get: impl Fn(usize) -> [f32; 3], mut set: impl FnMut(usize, [f32; 3])) {
    let scale = 1.0 / (2 * radius + 1) as f32;
    for idx in 0..len {
        let mut sum = [0.0; 3];
        for neighbor in idx as isize - radius as isize..=(idx + radius) as isize {
            let pixel = get(neighbor.clamp(0, len as isize - 1) as usize);
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += value;
            }
        }
        set(idx, sum.map(|value| value * scale));
    }
}

/// Scales up with straight lines between pixel centers.
pub(super) fn upscale(small: &Small, canvas: Canvas) -> CoverFrame {
    let (width, height) = (canvas.width as usize, canvas.height as usize);
    let columns: Vec<(usize, f32)> = (0..width).map(|x| position(x, width, small.width)).collect();
    let mut rgb = vec![0; width * height * 3];
    let mut line = vec![[0.0_f32; 3]; small.width + 1];
    for (y, row) in rgb.chunks_exact_mut(width * 3).enumerate() {
        let (above, part) = position(y, height, small.height);
        let below = (above + 1).min(small.height - 1);
        for (x, pixel) in line.iter_mut().enumerate() {
            let x = x.min(small.width - 1);
            let (a, b) = (small.rgb[above * small.width + x], small.rgb[below * small.width + x]);
            *pixel = [0, 1, 2].map(|idx| a[idx] + (b[idx] - a[idx]) * part);
        }
        for (x, (pixel, &(left, part))) in row.chunks_exact_mut(3).zip(&columns).enumerate() {
            let (a, b) = (line[left], line[left + 1]);
            let noise = dither(x, y) + 0.5;
            for idx in 0..3 {
                pixel[idx] = (a[idx] + (b[idx] - a[idx]) * part + noise) as u8;
            }
        }
    }
    CoverFrame { canvas, rgb }
}

/// Returns the small pixel at or before the center of large pixel `idx`, and how far it is beyond it.
fn position(idx: usize, large: usize, small: usize) -> (usize, f32) {
    let at = (idx as f32 + 0.5) * small as f32 / large as f32 - 0.5;
    let at = at.clamp(0.0, (small - 1) as f32);
    let whole = at as usize;
    (whole, at - whole as f32)
}
