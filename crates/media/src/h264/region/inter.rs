//! Inter prediction: fractional sample interpolation (ITU-T H.264, 8.4.2.2).

use super::frame::Plane;
use super::motion::Mv;

/// Pixels of a macroblock's luma, 16 per row.
pub(super) type Luma = [u8; 256];
/// Pixels of a macroblock's Cb or Cr, 8 per row.
pub(super) type Chroma = [u8; 64];

/// Where a block of a macroblock stands in the picture and in the buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// In pixels of the plane.
    pub(super) x: i32,
    pub(super) y: i32,
    /// Index of its first pixel in the macroblock's buffer.
    pub(super) at: usize,
}

#[inline(always)]
fn tap(a: i16, b: i16, c: i16, d: i16, e: i16, f: i16) -> i16 {
    a + f - 5 * (b + e) + 20 * (c + d)
}

#[inline(always)]
fn to_pixel(sum: i16) -> u8 {
    ((sum + 16) >> 5).clamp(0, 255) as u8
}

/// Copies whole pixels.
#[inline(always)]
fn copy<const W: usize, const H: usize>(plane: &Plane, at: usize, out: &mut [u8]) {
    for row in 0..H {
        out[row * 16..][..W].copy_from_slice(&plane.data[at + row * plane.stride..][..W]);
    }
}

/// Half a pixel to the right: `b` of the standard.
#[inline(always)]
pub(super) fn half_right<const W: usize, const H: usize>(plane: &Plane, at: usize, out: &mut [u8]) {
    for row in 0..H {
        let source = &plane.data[at + row * plane.stride - 2..][..W + 5];
        let out = &mut out[row * 16..][..W];
        for x in 0..W {
            let s = |n: usize| i16::from(source[x + n]);
            out[x] = to_pixel(tap(s(0), s(1), s(2), s(3), s(4), s(5)));
        }
    }
}

/// Half a pixel down: `h` of the standard.
#[inline(always)]
pub(super) fn half_down<const W: usize, const H: usize>(plane: &Plane, at: usize, out: &mut [u8]) {
    let stride = plane.stride;
    let source = &plane.data[at - 2 * stride..][..(H + 4) * stride + W];
    for row in 0..H {
        let line = |n: usize| &source[(row + n) * stride..][..W];
        let lines = [line(0), line(1), line(2), line(3), line(4), line(5)];
        let out = &mut out[row * 16..][..W];
        for x in 0..W {
            let s = |n: usize| i16::from(lines[n][x]);
            out[x] = to_pixel(tap(s(0), s(1), s(2), s(3), s(4), s(5)));
        }
    }
}

/// Half a pixel both ways: `j` of the standard.
#[inline(always)]
pub(super) fn half_both<const W: usize, const H: usize>(plane: &Plane, at: usize, out: &mut [u8]) {
    let mut sums = [[0_i16; 16]; 21];
    let source = &plane.data[at - 2 * plane.stride - 2..];
    for (row, sums) in sums[..H + 5].iter_mut().enumerate() {
        let line = &source[row * plane.stride..][..W + 5];
        for x in 0..W {
            let s = |n: usize| i16::from(line[x + n]);
            sums[x] = tap(s(0), s(1), s(2), s(3), s(4), s(5));
        }
    }
    for row in 0..H {
        let out = &mut out[row * 16..][..W];
        for x in 0..W {
            let s = |n: usize| i32::from(sums[row + n][x]);
            let sum = s(0) + s(5) - 5 * (s(1) + s(4)) + 20 * (s(2) + s(3));
            out[x] = ((sum + 512) >> 10).clamp(0, 255) as u8;
        }
    }
}

#[inline(always)]
fn average<const W: usize, const H: usize>(out: &mut [u8], other: &[u8]) {
    for row in 0..H {
        let out = &mut out[row * 16..][..W];
        let other = &other[row * 16..][..W];
        for x in 0..W {
            out[x] = ((u16::from(out[x]) + u16::from(other[x]) + 1) >> 1) as u8;
        }
    }
}

/// Predicts a luma block of `W` × `H` pixels at `place` plus `mv`, into a buffer of 16 pixels per row.
#[inline(always)]
pub(super) fn predict_luma<const W: usize, const H: usize>(plane: &Plane, place: Place, mv: Mv, out: &mut Luma) {
    let at = plane.index(place.x + i32::from(mv.x >> 2), place.y + i32::from(mv.y >> 2));
    let out = &mut out[place.at..];
    let (right, below) = (at + 1, at + plane.stride);
    let mut second = [0; 256];
    match (mv.x & 3, mv.y & 3) {
        (0, 0) => return copy::<W, H>(plane, at, out),
        (2, 0) => return half_right::<W, H>(plane, at, out),
        (0, 2) => return half_down::<W, H>(plane, at, out),
        (2, 2) => return half_both::<W, H>(plane, at, out),
        (x, 0) => {
            half_right::<W, H>(plane, at, out);
            copy::<W, H>(plane, if x == 1 { at } else { right }, &mut second);
        }
        (0, y) => {
            half_down::<W, H>(plane, at, out);
            copy::<W, H>(plane, if y == 1 { at } else { below }, &mut second);
        }
        (2, y) => {
            half_both::<W, H>(plane, at, out);
            half_right::<W, H>(plane, if y == 1 { at } else { below }, &mut second);
        }
        (x, 2) => {
            half_both::<W, H>(plane, at, out);
            half_down::<W, H>(plane, if x == 1 { at } else { right }, &mut second);
        }
        (x, y) => {
            half_right::<W, H>(plane, if y == 1 { at } else { below }, out);
            half_down::<W, H>(plane, if x == 1 { at } else { right }, &mut second);
        }
    }
    average::<W, H>(out, &second);
}

/// Predicts a chroma block of `S` × `T` pixels at `place` plus `mv`, in eighths of a pixel, into 8 pixels per row.
#[inline(always)]
pub(super) fn predict_chroma<const S: usize, const T: usize>(plane: &Plane, place: Place, mv: Mv, out: &mut Chroma) {
    let at = plane.index(place.x + i32::from(mv.x >> 3), place.y + i32::from(mv.y >> 3));
    let (right, down) = ((mv.x & 7) as u16, (mv.y & 7) as u16);
    let (left, up) = (8 - right, 8 - down);
    let weights = [left * up, right * up, left * down, right * down];
    for row in 0..T {
        let upper = &plane.data[at + row * plane.stride..][..S + 1];
        let lower = &plane.data[at + (row + 1) * plane.stride..][..S + 1];
        let out = &mut out[place.at + row * 8..][..S];
        for x in 0..S {
            let [a, b, c, d] = [upper[x], upper[x + 1], lower[x], lower[x + 1]].map(u16::from);
            let sum = weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
            out[x] = ((sum + 32) >> 6) as u8;
        }
    }
}
