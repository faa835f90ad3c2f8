//! The deblocking filter (ITU-T H.264, 8.7), for the macroblocks where it does anything.

use pulp::{Arch, Simd, WithSimd};

use super::frame::Frame;
use super::grid::{Grid, Kind, Macroblock};
use super::tables::{ALPHA, BETA, CLIP, chroma_qp};

/// bS of the four blocks along an edge.
type Strengths = [u8; 4];

/// The thresholds of an edge.
#[derive(Debug, Clone, Copy)]
struct Thresholds {
    alpha: i16,
    beta: i16,
    clip: [u8; 3],
}

impl Thresholds {
    fn new(qp: u8) -> Self {
        let at = usize::from(qp);
        Self { alpha: i16::from(ALPHA[at]), beta: i16::from(BETA[at]), clip: CLIP[at] }
    }

    /// Returns tC0 of a strength below 4, or −1 for none.
    fn clip(&self, strength: u8) -> i16 {
        match strength {
            1..=3 => i16::from(self.clip[usize::from(strength) - 1]),
            0 => -1,
            _ => 0,
        }
    }
}

/// The filter of a picture that is coded at one `qp`.
#[derive(Debug)]
pub(super) struct Deblocker {
    qp: u8,
    /// Of luma and chroma edges between two macroblocks of the picture's `qp`.
    luma: Thresholds,
    chroma: Thresholds,
}

impl Deblocker {
    pub(super) fn new(qp: u8) -> Self {
        Self { qp, luma: Thresholds::new(qp), chroma: Thresholds::new(chroma_qp(qp)) }
    }

    /// Filters the left and upper edges of a macroblock and those inside it.
    pub(super) fn filter(&self, arch: Arch, frame: &mut Frame, grid: &Grid, place: (usize, usize)) {
        arch.dispatch(Filter { deblocker: self, frame, grid, place });
    }

    #[inline(always)]
    fn filter_here(&self, frame: &mut Frame, grid: &Grid, (x, y): (usize, usize)) {
        let (column, row) = (x as i32, y as i32);
        let Some(here) = grid.get(column, row) else { return };
        for is_upright in [true, false] {
            let neighbor = if is_upright { grid.get(column - 1, row) } else { grid.get(column, row - 1) };
            for edge in 0..4 {
                let other = if edge == 0 { neighbor } else { Some(here) };
                let Some(other) = other else { continue };
                let strengths = strengths(here, other, edge, is_upright);
                if strengths == [0; 4] {
                    continue;
                }
                let (luma, chroma) = self.thresholds(here, other);
                let at = frame.y.index(column * 16, row * 16);
                let stride = frame.y.stride;
                let across = if is_upright { 1 } else { stride };
                filter_luma(&mut frame.y.data, at + edge * 4 * across, stride, is_upright, strengths, &luma);
                if edge % 2 == 0 {
                    for plane in &mut frame.chroma {
                        let at = plane.index(column * 8, row * 8);
                        let stride = plane.stride;
                        let at = at + edge * 2 * if is_upright { 1 } else { stride };
                        filter_chroma(&mut plane.data, at, stride, is_upright, strengths, &chroma);
                    }
                }
            }
        }
    }

    /// Returns the thresholds of luma and chroma between two macroblocks.
    fn thresholds(&self, here: &Macroblock, other: &Macroblock) -> (Thresholds, Thresholds) {
        if here.kind != Kind::Pcm && other.kind != Kind::Pcm {
            return (self.luma, self.chroma);
        }
        let qp = |macroblock: &Macroblock| if macroblock.kind == Kind::Pcm { 0 } else { self.qp };
        let mean = |a: u8, b: u8| (a + b + 1) >> 1;
        let luma = mean(qp(here), qp(other));
        let chroma = mean(chroma_qp(qp(here)), chroma_qp(qp(other)));
        (Thresholds::new(luma), Thresholds::new(chroma))
    }
}

/// A macroblock to filter, as `pulp` takes it.
struct Filter<'a> {
    deblocker: &'a Deblocker,
    frame: &'a mut Frame,
    grid: &'a Grid,
    place: (usize, usize),
}

impl WithSimd for Filter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.deblocker.filter_here(self.frame, self.grid, self.place);
    }
}

/// Derives bS (ITU-T H.264, 8.7.2.1) along an edge of `here`, 0 to 3 from left or from above.
#[inline(always)]
fn strengths(here: &Macroblock, other: &Macroblock, edge: usize, is_upright: bool) -> Strengths {
    if here.kind.is_intra() || other.kind.is_intra() {
        return if edge == 0 { [4; 4] } else { [3; 4] };
    }
    let quarter = |block: usize| block / 8 * 2 + block % 4 / 2;
    let mut strengths = [0; 4];
    for (n, strength) in strengths.iter_mut().enumerate() {
        let (q, p) =
            if is_upright { (n * 4 + edge, n * 4 + (edge + 3) % 4) } else { (edge * 4 + n, (edge + 3) % 4 * 4 + n) };
        *strength = if here.n_levels[q] != 0 || other.n_levels[p] != 0 {
            2
        } else {
            u8::from(here.mvs[quarter(q)].is_far_from(other.mvs[quarter(p)]))
        };
    }
    strengths
}

/// Filters the 16 lines across a luma edge; `at` is the first pixel behind it, `pitch` the distance of rows.
#[inline(always)]
fn filter_luma(
    data: &mut [u8],
    at: usize,
    pitch: usize,
    is_upright: bool,
    strengths: Strengths,
    thresholds: &Thresholds,
) {
    // p3, p2, p1, p0, q0, q1, q2, q3, each of all lines.
    let mut lines = [[0_u8; 16]; 8];
    if is_upright {
        for y in 0..16 {
            let row = &data[at + y * pitch - 4..][..8];
            for n in 0..8 {
                lines[n][y] = row[n];
            }
        }
    } else {
        for (n, line) in lines.iter_mut().enumerate() {
            line.copy_from_slice(&data[at + n * pitch - 4 * pitch..][..16]);
        }
    }
    let filtered = if strengths[0] == 4 {
        strong_luma(&lines, thresholds)
    } else {
        let mut clips = [0; 16];
        for (clips, strength) in clips.as_chunks_mut::<4>().0.iter_mut().zip(strengths) {
            *clips = [thresholds.clip(strength); 4];
        }
        normal_luma(&lines, thresholds, &clips)
    };
    if is_upright {
        for y in 0..16 {
            let row = &mut data[at + y * pitch - 4..][..8];
            for n in 1..7 {
                row[n] = filtered[n][y];
            }
        }
    } else {
        for (n, line) in filtered.iter().enumerate().take(7).skip(1) {
            data[at + n * pitch - 4 * pitch..][..16].copy_from_slice(line);
        }
    }
}

/// Widens the lines so that every step is one loop over lanes.
#[inline(always)]
fn widen<const N: usize, const L: usize>(lines: &[[u8; N]; L]) -> [[i16; N]; L] {
    let mut wide = [[0; N]; L];
    for (wide, line) in wide.iter_mut().zip(lines) {
        for x in 0..N {
            wide[x] = i16::from(line[x]);
        }
    }
    wide
}

/// Returns all ones in the lanes that the filter works on, else zero.
#[inline(always)]
fn lanes_on<const N: usize>(p1: &[i16; N], p0: &[i16; N], q0: &[i16; N], q1: &[i16; N], by: &Thresholds) -> [i16; N] {
    let mut on = [0; N];
    for x in 0..N {
        let is_on =
            ((p0[x] - q0[x]).abs() < by.alpha) & ((p1[x] - p0[x]).abs() < by.beta) & ((q1[x] - q0[x]).abs() < by.beta);
        on[x] = -i16::from(is_on);
    }
    on
}

/// `bS` below 4; lanes whose clip is negative stay as they are (ITU-T H.264, 8.7.2.3).
#[inline(always)]
fn normal_luma(lines: &[[u8; 16]; 8], thresholds: &Thresholds, clips: &[i16; 16]) -> [[u8; 16]; 8] {
    let [_, p2, p1, p0, q0, q1, q2, _] = widen(lines);
    let on = lanes_on(&p1, &p0, &q0, &q1, thresholds);
    let mut out = *lines;
    for x in 0..16 {
        let clip0 = clips[x];
        let on = on[x] & -i16::from(clip0 >= 0);
        let near_p = on & -i16::from((p2[x] - p0[x]).abs() < thresholds.beta);
        let near_q = on & -i16::from((q2[x] - q0[x]).abs() < thresholds.beta);
        let clip = clip0 - near_p - near_q;
        let delta = (((q0[x] - p0[x]) * 4 + p1[x] - q1[x] + 4) >> 3).min(clip).max(-clip) & on;
        let middle = (p0[x] + q0[x] + 1) >> 1;
        let of_p = ((p2[x] + middle - 2 * p1[x]) >> 1).min(clip0).max(-clip0) & near_p;
        let of_q = ((q2[x] + middle - 2 * q1[x]) >> 1).min(clip0).max(-clip0) & near_q;
        out[2][x] = (p1[x] + of_p) as u8;
        out[3][x] = (p0[x] + delta).clamp(0, 255) as u8;
        out[4][x] = (q0[x] - delta).clamp(0, 255) as u8;
        out[5][x] = (q1[x] + of_q) as u8;
    }
    out
}

/// `bS` 4 (ITU-T H.264, 8.7.2.4).
#[inline(always)]
fn strong_luma(lines: &[[u8; 16]; 8], thresholds: &Thresholds) -> [[u8; 16]; 8] {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = widen(lines);
    let on = lanes_on(&p1, &p0, &q0, &q1, thresholds);
    let flat = (thresholds.alpha >> 2) + 2;
    let mut out = *lines;
    for x in 0..16 {
        let is_flat = on[x] & -i16::from((p0[x] - q0[x]).abs() < flat);
        let deep = is_flat & -i16::from((p2[x] - p0[x]).abs() < thresholds.beta);
        let pick = |mask: i16, a: i16, b: i16| a & mask | b & !mask;
        let inner = p0[x] + q0[x];
        let shallow = pick(on[x], (2 * p1[x] + p0[x] + q1[x] + 2) >> 2, p0[x]);
        out[1][x] = pick(deep, (2 * p3[x] + 3 * p2[x] + p1[x] + inner + 4) >> 3, p2[x]) as u8;
        out[2][x] = pick(deep, (p2[x] + p1[x] + inner + 2) >> 2, p1[x]) as u8;
        out[3][x] = pick(deep, (p2[x] + 2 * p1[x] + 2 * inner + q1[x] + 4) >> 3, shallow) as u8;
        let deep = is_flat & -i16::from((q2[x] - q0[x]).abs() < thresholds.beta);
        let shallow = pick(on[x], (2 * q1[x] + q0[x] + p1[x] + 2) >> 2, q0[x]);
        out[4][x] = pick(deep, (p1[x] + 2 * inner + 2 * q1[x] + q2[x] + 4) >> 3, shallow) as u8;
        out[5][x] = pick(deep, (inner + q1[x] + q2[x] + 2) >> 2, q1[x]) as u8;
        out[6][x] = pick(deep, (2 * q3[x] + 3 * q2[x] + q1[x] + inner + 4) >> 3, q2[x]) as u8;
    }
    out
}

/// Filters the 8 lines across a chroma edge; as [`filter_luma`].
#[inline(always)]
fn filter_chroma(
    data: &mut [u8],
    at: usize,
    pitch: usize,
    is_upright: bool,
    strengths: Strengths,
    thresholds: &Thresholds,
) {
    let mut lines = [[0_u8; 8]; 4];
    for y in 0..if is_upright { 8 } else { 4 } {
        if is_upright {
            let row = &data[at + y * pitch - 2..][..4];
            for n in 0..4 {
                lines[n][y] = row[n];
            }
        } else {
            lines[y].copy_from_slice(&data[at + y * pitch - 2 * pitch..][..8]);
        }
    }
    let mut clips = [0; 8];
    for (x, clip) in clips.iter_mut().enumerate() {
        *clip = thresholds.clip(strengths[x / 2]);
    }
    let is_strong = strengths[0] == 4;
    let [p1, p0, q0, q1] = widen(&lines);
    let on = lanes_on(&p1, &p0, &q0, &q1, thresholds);
    let (mut new_p, mut new_q) = ([0; 8], [0; 8]);
    for x in 0..8 {
        let on = on[x] & -i16::from(clips[x] >= 0);
        let clip = clips[x] + 1;
        let delta = (((q0[x] - p0[x]) * 4 + p1[x] - q1[x] + 4) >> 3).min(clip).max(-clip);
        let (p, q) = if is_strong {
            ((2 * p1[x] + p0[x] + q1[x] + 2) >> 2, (2 * q1[x] + q0[x] + p1[x] + 2) >> 2)
        } else {
            ((p0[x] + delta).clamp(0, 255), (q0[x] - delta).clamp(0, 255))
        };
        new_p[x] = (p & on | p0[x] & !on) as u8;
        new_q[x] = (q & on | q0[x] & !on) as u8;
    }
    if is_upright {
        for y in 0..8 {
            data[at + y * pitch - 1] = new_p[y];
            data[at + y * pitch] = new_q[y];
        }
    } else {
        data[at - pitch..][..8].copy_from_slice(&new_p);
        data[at..][..8].copy_from_slice(&new_q);
    }
}
