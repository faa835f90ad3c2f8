//! Pixels over pixels, in whole numbers: every machine gets the same bytes, whichever vector unit it has.
//!
//! Pixels are premultiplied RGBA, handled as little-endian words: two channels at a time in the halves of a word.

use super::PixelRect;
use super::raster::Raster;

const HALVES: u32 = 0x00ff_00ff;

/// How a raster is put onto a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Put {
    /// How far it is moved, in sixteenths of a pixel.
    pub shift16: (i32, i32),
    /// How much of it is seen, 0 to 255.
    pub alpha: u8,
}

/// Pixels with a size.
pub(super) struct Canvas<'a> {
    pub width: usize,
    pub pixels: &'a mut [u8],
}

impl Canvas<'_> {
    pub(super) fn row(&mut self, rect: &PixelRect, y: i32) -> &mut [u8] {
        let start = (y as usize * self.width + rect.x0 as usize) * 4;
        &mut self.pixels[start..start + rect.width() as usize * 4]
    }

    /// Sets all pixels of `rect`.
    pub(super) fn fill(&mut self, rect: &PixelRect, color: [u8; 4]) {
        for y in rect.y0..rect.y1 {
            for pixel in self.row(rect, y).chunks_exact_mut(4) {
                pixel.copy_from_slice(&color);
            }
        }
    }

    /// Copies the pixels of `rect` from a picture of the same size.
    pub(super) fn copy(&mut self, rect: &PixelRect, from: &[u8]) {
        for y in rect.y0..rect.y1 {
            let start = (y as usize * self.width + rect.x0 as usize) * 4;
            let row = self.row(rect, y);
            let end = start + row.len();
            row.copy_from_slice(&from[start..end]);
        }
    }

    /// Puts the part of a raster that falls into `rect` over what is there.
    pub(super) fn put(&mut self, rect: &PixelRect, raster: &Raster, put: Put) {
        if put.alpha == 0 {
            return;
        }
        pulp::Arch::new().dispatch(|| self.put_rows(rect, raster, put));
    }

    #[inline(always)]
    fn put_rows(&mut self, rect: &PixelRect, raster: &Raster, put: Put) {
        let (dx, dy) = (put.shift16.0 >> 4, put.shift16.1 >> 4);
        let (part_x, part_y) = (put.shift16.0 & 15, put.shift16.1 & 15);
        let is_whole = part_x == 0 && part_y == 0;
        let reach = PixelRect {
            x1: raster.rect.x1 + i32::from(part_x > 0),
            y1: raster.rect.y1 + i32::from(part_y > 0),
            ..raster.rect
        };
        let part = reach.translated(dx, dy).intersection(rect);
        let mut scratch = if is_whole { Scratch::default() } else { Scratch::new(part.width() as usize) };
        for y in part.y0..part.y1 {
            let to = self.row(&part, y);
            if is_whole {
                let from = raster.row_part(part.x0 - dx, part.x1 - dx, y - dy);
                over(to, from, put.alpha, raster.opaque);
            } else {
                scratch.shift_row(raster, (part.x0 - dx, y - dy), (part_x as u32 * 16, part_y as u32 * 16));
                over(to, &scratch.out, put.alpha, false);
            }
        }
    }
}

/// Rows on their way between pixels.
#[derive(Default)]
struct Scratch {
    /// A row and the one above it, each with one pixel more on the left.
    rows: [Vec<u32>; 2],
    out: Vec<u8>,
}

impl Scratch {
    fn new(width: usize) -> Self {
        Self { rows: [vec![0; width + 1], vec![0; width + 1]], out: vec![0; width * 4] }
    }

    /// Mixes a row of four pixels each: `at` is the lower right one of the first; the parts are 256ths of a pixel.
    #[inline(always)]
    fn shift_row(&mut self, raster: &Raster, at: (i32, i32), part: (u32, u32)) {
        let (across, down) = part;
        let [row, above] = &mut self.rows;
        raster.copy_words(at.0 - 1, at.1, row);
        if down > 0 {
            raster.copy_words(at.0 - 1, at.1 - 1, above);
            for (low, high) in row.iter_mut().zip(above.iter()) {
                *low = mix(*low, *high, down);
            }
        }
        let pairs = row.iter().zip(&row[1..]);
        for (out, (left, right)) in self.out.chunks_exact_mut(4).zip(pairs) {
            out.copy_from_slice(&mix(*right, *left, across).to_le_bytes());
        }
    }
}

/// Mixes two pixels: `share` 256ths of `b`, the rest of `a`.
#[inline(always)]
pub(super) fn mix(a: u32, b: u32, share: u32) -> u32 {
    let rest = 256 - share;
    let low = ((a & HALVES) * rest + (b & HALVES) * share + 0x0080_0080) >> 8;
    let high = ((a >> 8) & HALVES) * rest + ((b >> 8) & HALVES) * share + 0x0080_0080;
    (low & HALVES) | (high & !HALVES)
}

/// Multiplies all channels with `share` / 255, rounded.
#[inline(always)]
pub(super) fn scale(pixel: u32, share: u32) -> u32 {
    let low = (pixel & HALVES) * share + 0x0080_0080;
    let high = ((pixel >> 8) & HALVES) * share + 0x0080_0080;
    let low = ((low + ((low >> 8) & HALVES)) >> 8) & HALVES;
    let high = (high + ((high >> 8) & HALVES)) & !HALVES;
    low | high
}

#[inline(always)]
fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Puts a row over another.
#[inline(always)]
pub(super) fn over(to: &mut [u8], from: &[u8], alpha: u8, opaque: bool) {
    match (alpha, opaque) {
        (255, true) => to.copy_from_slice(from),
        (255, false) => over_whole(to, from),
        _ => over_faint(to, from, alpha.into()),
    }
}

/// Most pixels of a layer are either empty or solid, and come in runs: looking at eight at once pays.
#[inline(always)]
fn over_whole(to: &mut [u8], from: &[u8]) {
    const RUN: usize = 32;
    let mut to_runs = to.chunks_exact_mut(RUN);
    let mut from_runs = from.chunks_exact(RUN);
    for (to, from) in (&mut to_runs).zip(&mut from_runs) {
        let (mut any, mut all) = (0, u32::MAX);
        for pixel in from.chunks_exact(4) {
            any |= word(pixel);
            all &= word(pixel);
        }
        if any == 0 {
            continue;
        }
        if all >> 24 == 255 {
            to.copy_from_slice(from);
        } else {
            over_run(to, from);
        }
    }
    over_run(to_runs.into_remainder(), from_runs.remainder());
}

#[inline(always)]
fn over_run(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
        let source = word(from);
        let result = source + scale(word(to), 255 - (source >> 24));
        to.copy_from_slice(&result.to_le_bytes());
    }
}

#[inline(always)]
fn over_faint(to: &mut [u8], from: &[u8], alpha: u32) {
    for (to, from) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
        let source = scale(word(from), alpha);
        let result = source + scale(word(to), 255 - (source >> 24));
        to.copy_from_slice(&result.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_rounds_every_channel_to_the_nearest() {
        for value in 0..=255_u32 {
            for share in 0..=255_u32 {
                let exact = (2 * value * share + 255) / 510;
                let pixel = value | (255 - value) << 8 | value << 16 | (255 - value) << 24;
                let scaled = scale(pixel, share);
                assert_eq!(scaled & 255, exact);
                assert_eq!(scaled >> 16 & 255, exact);
                assert_eq!(scaled >> 24, scaled >> 8 & 255);
            }
        }
    }

    #[test]
    fn mixing_ends_at_both_ends_and_never_leaves_them() {
        for (a, b) in [(0, u32::MAX), (0x8040_20ff, 0x10ff_0380), (u32::MAX, u32::MAX)] {
            assert_eq!(mix(a, b, 0), a);
            assert_eq!(mix(a, b, 256), b);
        }
        assert_eq!(mix(u32::MAX, u32::MAX, 77), u32::MAX);
    }

    #[test]
    fn runs_give_what_single_pixels_give() {
        let from: Vec<u8> = (0..67_u32)
            .flat_map(|idx| {
                let alpha = [0, 255, 90][(idx / 9 % 3) as usize];
                scale(0xff30_c050 ^ idx, alpha).to_le_bytes()
            })
            .collect();
        let before: Vec<u8> = (0..67_u8).flat_map(|idx| [idx, 255 - idx, idx * 3, 255]).collect();
        let (mut runs, mut single) = (before.clone(), before);
        over_whole(&mut runs, &from);
        over_run(&mut single, &from);
        assert_eq!(runs, single);
    }
}
