//! Lays a query over the peaks of one track: where, at which tempo and which pitch do most of them coincide?

use pulp::{Arch, Simd, WithSimd};

use super::query::Query;
use crate::landmark::Point;

/// How far an alignment may be from where it was proposed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latitude {
    /// Of the tempo, as a share.
    pub(crate) tempo: f32,
    /// Of the pitch, in steps of [`PITCH_STEP`].
    pub(crate) n_pitch_steps: i32,
}

/// A quarter of a semitone is 21; this is 9 cents.
const PITCH_STEP: f32 = 8.0;
/// A proposed offset is right to this many frames, and the tempo moves the ends of a query further.
pub(crate) const OFFSET_SLACK: f32 = 24.0;
/// Frames around the proposed offset in which the best one is looked for.
const N_OFFSETS: usize = 80;
/// Tempos are tried so closely that the ends of the query move by this many frames.
const TEMPO_STEP: f32 = 2.4;

/// Coincidences are worth less the further apart they are in pitch; this falls to 1/e at 9 cents.
const PITCH_WIDTH: f32 = 7.68;
/// No coincidence further apart than this.
pub(crate) const PITCH_REACH: f32 = 2.45 * PITCH_WIDTH;
const FRAME_REACH: f32 = 2.0;

/// Where a query lies on a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Alignment {
    /// The track's frame at the query's frame 0.
    pub(crate) offset: f32,
    /// Track frames per query frame.
    pub(crate) time_factor: f32,
    /// What to add to a query's pitch to get the track's.
    pub(crate) pitch_shift: f32,
}

impl Alignment {
    /// The frame of the track at a frame of the query.
    pub(crate) fn frame(&self, query_frame: f32) -> f32 {
        self.offset + self.time_factor * query_frame
    }

    /// The frame of the query at a frame of the track.
    pub(crate) fn query_frame(&self, frame: f32) -> f32 {
        (frame - self.offset) / self.time_factor
    }
}

/// What a pair of peaks is worth whose pitches are `apart`.
#[inline(always)]
pub(crate) fn pitch_worth(apart: f32) -> f32 {
    let x = apart * (1.0 / PITCH_WIDTH);
    // (1 - x^2 / 8)^8 is exp(-x^2) but for some hundredths, and needs no library.
    let y = (1.0 - x * x * 0.125).max(0.0);
    let y = y * y;
    let y = y * y;
    y * y
}

/// What a pair of peaks is worth that are `apart` in frames.
#[inline(always)]
fn frame_worth(apart: f32) -> f32 {
    (1.0 - 0.25 * apart * apart).max(0.0)
}

/// A peak of the query and one of the track that may coincide.
#[derive(Clone, Copy, Debug)]
struct Pair {
    query_frame: f32,
    frame: f32,
    pitch_shift: f32,
    weight: f32,
}

/// Work space.
#[derive(Debug)]
pub(crate) struct Aligner {
    arch: Arch,
    buckets: Buckets,
    pairs: Vec<Pair>,
    near: Vec<Near>,
    rows: Vec<Row>,
}

impl Aligner {
    pub(crate) fn new() -> Self {
        Self { arch: Arch::new(), buckets: Buckets::default(), pairs: Vec::new(), near: Vec::new(), rows: Vec::new() }
    }

    /// Finds the alignment near `proposed` with the most coincidences. `reference` holds the track's peaks around it.
    pub(crate) fn search(
        &mut self,
        query: &Query,
        reference: &[Point],
        proposed: Alignment,
        latitude: Latitude,
    ) -> Option<(Alignment, f32)> {
        let slack = OFFSET_SLACK + latitude.tempo * query.n_frames;
        let pitch_reach = (latitude.n_pitch_steps as f32 + 1.5) * PITCH_STEP;
        self.buckets.fill(reference);
        self.collect(query, reference, proposed, slack, pitch_reach);

        let n_tempos = (latitude.tempo * query.n_frames / TEMPO_STEP).ceil().clamp(1.0, 12.0) as i32;
        let n_rows = 2 * latitude.n_pitch_steps as usize + 3;
        let origin = proposed.offset - N_OFFSETS as f32 / 2.0;
        let lowest = proposed.pitch_shift - (latitude.n_pitch_steps as f32 + 1.5) * PITCH_STEP;
        self.near.clear();
        for pair in &self.pairs {
            let row = ((pair.pitch_shift - lowest) * (1.0 / PITCH_STEP)) as usize;
            if row < n_rows {
                let near = Near {
                    query_frame: pair.query_frame,
                    frame: pair.frame - origin,
                    row: row as u16,
                    weight: (pair.weight * 16.0) as u16,
                };
                self.near.push(near);
            }
        }
        let mut best = (0u16, proposed);
        for tempo_step in -n_tempos..=n_tempos {
            let time_factor = proposed.time_factor + latitude.tempo * tempo_step as f32 / n_tempos as f32;
            let search = Densest { near: &self.near, time_factor, rows: &mut self.rows, n_rows };
            let (worth, row, at) = self.arch.dispatch(search);
            if worth > best.0 {
                let offset = origin + at as f32 + 1.5;
                let pitch_shift = lowest + (row as f32 + 1.5) * PITCH_STEP;
                best = (worth, Alignment { offset, time_factor, pitch_shift });
            }
        }
        (best.0 > 0).then_some((best.1, f32::from(best.0) / 16.0))
    }

    fn collect(&mut self, query: &Query, reference: &[Point], proposed: Alignment, slack: f32, pitch_reach: f32) {
        self.pairs.clear();
        for (point, weight) in query.points.iter().zip(&query.weights) {
            let at = proposed.frame(point.frame);
            let pitch = point.pitch + proposed.pitch_shift;
            let pairs = &mut self.pairs;
            self.buckets.for_each_near(reference, pitch, pitch_reach, |other| {
                let is_near = (other.frame - at).abs() <= slack && (other.pitch - pitch).abs() <= pitch_reach;
                if is_near {
                    pairs.push(Pair {
                        query_frame: point.frame,
                        frame: other.frame,
                        pitch_shift: other.pitch - point.pitch,
                        weight: *weight,
                    });
                }
            });
        }
    }

    /// Moves an alignment to the best place around it, by hill climbing in ever smaller steps.
    pub(crate) fn refine(&mut self, query: &Query, reference: &[Point], start: Alignment) -> Alignment {
        self.buckets.fill(reference);
        self.collect(query, reference, start, 6.0, 5.0 * PITCH_STEP);
        let middle = query.n_frames / 2.0;
        let mut best = start;
        let mut worth = self.worth(best);
        for scale in [1.0f32, 0.4] {
            for axis in [Axis::Pitch, Axis::Offset, Axis::Tempo] {
                let from = best;
                for step in (-5i8..=5).filter(|s| *s != 0) {
                    let tried = from.moved(axis, f32::from(step) * scale, middle);
                    let tried_worth = self.worth(tried);
                    if tried_worth > worth + 1e-3 {
                        (best, worth) = (tried, tried_worth);
                    }
                }
            }
        }
        best
    }

    fn worth(&self, at: Alignment) -> f32 {
        let mut sum = 0.0;
        for pair in &self.pairs {
            let apart = pair.frame - at.frame(pair.query_frame);
            if apart.abs() < FRAME_REACH {
                sum += pair.weight * frame_worth(apart) * pitch_worth(pair.pitch_shift - at.pitch_shift);
            }
        }
        sum
    }

    /// Calls `each` with the index of a query's peak, the track's peak, and the frames from where it should be, for all coincidences
    /// in pitch at an alignment that are less than `n_frames` apart.
    pub(crate) fn for_each_coincidence(
        &mut self,
        query: &Query,
        reference: &[Point],
        at: Alignment,
        n_frames: f32,
        mut each: impl FnMut(usize, Point, f32, f32),
    ) {
        self.buckets.fill(reference);
        for (i, point) in query.points.iter().enumerate() {
            let frame = at.frame(point.frame);
            let pitch = point.pitch + at.pitch_shift;
            self.buckets.for_each_near(reference, pitch, PITCH_REACH, |other| {
                let apart = other.frame - frame;
                let worth = pitch_worth(other.pitch - pitch);
                if apart.abs() < n_frames && worth > 0.0 {
                    each(i, other, apart, worth);
                }
            });
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Axis {
    Pitch,
    Offset,
    Tempo,
}

impl Alignment {
    /// A step along an axis: 3 cents, 0.4 frames, or 0.8 frames at the ends of the query, whose middle stays where it is.
    fn moved(self, axis: Axis, step: f32, middle: f32) -> Self {
        match axis {
            Axis::Pitch => Self { pitch_shift: self.pitch_shift + 2.6 * step, ..self },
            Axis::Offset => Self { offset: self.offset + 0.4 * step, ..self },
            Axis::Tempo => {
                let time_factor = self.time_factor + 0.8 * step / (2.0 * middle).max(60.0);
                Self { time_factor, offset: self.frame(middle) - time_factor * middle, ..self }
            }
        }
    }
}

/// A pair, as the histogram takes it.
#[derive(Clone, Copy, Debug)]
struct Near {
    query_frame: f32,
    frame: f32,
    row: u16,
    weight: u16,
}

type Row = [u16; N_OFFSETS];

/// Finds, at one tempo, the three pitches by three offsets with the greatest worth: that, and the first of each.
struct Densest<'a> {
    near: &'a [Near],
    time_factor: f32,
    rows: &'a mut Vec<Row>,
    n_rows: usize,
}

impl WithSimd for Densest<'_> {
    type Output = (u16, usize, usize);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (u16, usize, usize) {
        let Self { near, time_factor, rows, n_rows } = self;
        rows.clear();
        rows.resize(n_rows, [0; N_OFFSETS]);
        for pair in near {
            let offset = pair.frame - time_factor * pair.query_frame;
            if offset >= 0.0 && offset < N_OFFSETS as f32 {
                let bin = &mut rows[usize::from(pair.row)][offset as usize];
                *bin = bin.saturating_add(pair.weight);
            }
        }
        let mut best = (0, 0, 0);
        for first in 0..n_rows - 2 {
            let mut sums = [0u16; N_OFFSETS];
            for at in 0..N_OFFSETS {
                sums[at] = rows[first][at] + rows[first + 1][at] + rows[first + 2][at];
            }
            let mut most = 0;
            for at in 0..N_OFFSETS - 2 {
                most = most.max(sums[at] + sums[at + 1] + sums[at + 2]);
            }
            if most > best.0 {
                let at = (0..N_OFFSETS - 2).find(|at| sums[*at] + sums[at + 1] + sums[at + 2] == most).unwrap_or(0);
                best = (most, first, at);
            }
        }
        best
    }
}

/// Peaks sorted by pitch, coarsely.
#[derive(Debug, Default)]
struct Buckets {
    /// Where each bucket begins in `order`.
    starts: Vec<u32>,
    order: Vec<u32>,
}

const BUCKET_PITCH: f32 = 32.0;
const N_BUCKETS: usize = 5 * 1024 / BUCKET_PITCH as usize + 1;

impl Buckets {
    fn fill(&mut self, points: &[Point]) {
        let bucket = |p: &Point| ((p.pitch / BUCKET_PITCH) as usize).min(N_BUCKETS - 1);
        self.starts.clear();
        self.starts.resize(N_BUCKETS + 1, 0);
        for point in points {
            self.starts[bucket(point) + 1] += 1;
        }
        for i in 0..N_BUCKETS {
            self.starts[i + 1] += self.starts[i];
        }
        self.order.clear();
        self.order.resize(points.len(), 0);
        let mut next = self.starts.clone();
        for (i, point) in points.iter().enumerate() {
            let slot = &mut next[bucket(point)];
            self.order[*slot as usize] = i as u32;
            *slot += 1;
        }
    }

    #[inline(always)]
    fn for_each_near(&self, points: &[Point], pitch: f32, reach: f32, mut each: impl FnMut(Point)) {
        let bucket = |pitch: f32| ((pitch / BUCKET_PITCH).max(0.0) as usize).min(N_BUCKETS - 1);
        let first = self.starts[bucket(pitch - reach)] as usize;
        let end = self.starts[bucket(pitch + reach) + 1] as usize;
        for i in &self.order[first..end] {
            each(points[*i as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worth_falls_like_a_bell() {
        for i in 0..40 {
            let apart = i as f32 * 0.5;
            let x = apart / PITCH_WIDTH;
            assert!((pitch_worth(apart) - (-x * x).exp()).abs() < 0.04, "{apart}");
        }
        assert_eq!(pitch_worth(100.0), 0.0);
    }
}
