//! Landmarks: pairs of peaks, and the keys they are found by.
//!
//! A pair is an anchor and a target 3 to 62 frames later and less than an octave away. Its key says how high the anchor is, how far away the target,
//! and how much later. A change of pitch moves the anchor only, so the keys of one interval and time lie side by side, in order of the
//! anchor's pitch: a search over pitches reads one run of lists.

use std::ops::Range;

use crate::peak::{PITCH_MAX, PITCH_PER_OCTAVE};

/// The frames between anchor and target.
const FRAMES_APART: std::ops::RangeInclusive<u32> = 3..=62;
/// They are less than this apart in pitch.
const PITCH_APART: i32 = PITCH_PER_OCTAVE as i32 - 8;
/// Steps of the anchor's pitch in a key: a 1/48 octave.
const ANCHOR_STEP: f32 = PITCH_PER_OCTAVE as f32 / 48.0;
/// Steps of the interval: 1/96 octave.
const INTERVAL_STEP: f32 = PITCH_PER_OCTAVE as f32 / 96.0;

const N_ANCHORS: u32 = 5 * 48;
const INTERVAL_MAX: i32 = 96;
const N_INTERVALS: u32 = 2 * INTERVAL_MAX as u32 + 1;
/// Steps of the time from anchor to target, in frames.
const TIME_STEP: f32 = 2.0;
const N_TIMES: u32 = *FRAMES_APART.end() / TIME_STEP as u32 + 1;
/// Keys are below this.
pub(crate) const N_KEYS: u32 = N_ANCHORS * N_INTERVALS * N_TIMES;

/// A peak's place, as the matcher reads it: frames and pitch units, possibly of a query that was stretched or shifted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) frame: f32,
    pub(crate) pitch: f32,
}

/// The cells that a pair falls into, and how far it is from their middles, from -0.5 to 0.5.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells {
    pub(crate) anchor: Cell,
    pub(crate) interval: Cell,
    pub(crate) time: Cell,
}

/// One coordinate of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) index: i32,
    pub(crate) off_center: f32,
}

/// Greater than any cell's index.
const ROUNDING: i32 = 1024;

impl Cell {
    #[inline]
    fn of(value: f32) -> Self {
        // Rounds half up; a shift makes it a cast, where `round` is a call.
        let index = (value + (ROUNDING as f32 + 0.5)) as i32 - ROUNDING;
        Self { index, off_center: value - index as f32 }
    }

    /// The neighbor that a value nearer than `reach` to the border might belong to, as -1, 0 or 1.
    pub(crate) fn neighbor(self, reach: f32) -> i32 {
        if self.off_center > 0.5 - reach {
            1
        } else if self.off_center < reach - 0.5 {
            -1
        } else {
            0
        }
    }
}

/// The cells of a pair whose time is stretched by `time_factor`.
pub(crate) fn cells(anchor: Point, target: Point, time_factor: f32) -> Cells {
    Cells {
        anchor: Cell::of(anchor.pitch / ANCHOR_STEP),
        interval: Cell::of((target.pitch - anchor.pitch) / INTERVAL_STEP),
        time: Cell::of((target.frame - anchor.frame) * time_factor / TIME_STEP),
    }
}

/// The keys of a run of anchor cells (both ends included) with one interval and time; `None` outside the key space.
pub(crate) fn keys(anchors: (i32, i32), interval: i32, time: i32) -> Option<Range<u32>> {
    let first = anchors.0.max(0) as u32;
    let last = u32::try_from(anchors.1).ok()?.min(N_ANCHORS - 1);
    let time = u32::try_from(time).ok().filter(|t| *t < N_TIMES)?;
    let interval = u32::try_from(interval + INTERVAL_MAX).ok().filter(|i| *i < N_INTERVALS)?;
    let row = (interval * N_TIMES + time) * N_ANCHORS;
    (first <= last).then_some(row + first..row + last + 1)
}

/// Calls `pair` with the index of each anchor and of the first `fan_out` targets after it. `points` are in order of time.
pub(crate) fn for_each_pair(points: &[Point], fan_out: usize, mut pair: impl FnMut(usize, usize)) {
    for (i, anchor) in points.iter().enumerate() {
        let mut n_targets = 0;
        for (j, target) in points.iter().enumerate().skip(i + 1) {
            let apart = target.frame - anchor.frame;
            if n_targets == fan_out || apart > *FRAMES_APART.end() as f32 {
                break;
            }
            if apart >= *FRAMES_APART.start() as f32 && (target.pitch - anchor.pitch).abs() < PITCH_APART as f32 {
                pair(i, j);
                n_targets += 1;
            }
        }
    }
}

const _: () = assert!(PITCH_MAX as u32 / (PITCH_PER_OCTAVE as u32 / 48) < N_ANCHORS + 8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighboring_pitches_have_neighboring_keys() {
        let row = keys((10, 14), -96, 31).unwrap();
        assert_eq!(row.len(), 5);
        assert_eq!(keys((12, 12), -96, 31).unwrap().start, row.start + 2);
        assert_eq!(keys((0, N_ANCHORS as i32 - 1), 96, 31).unwrap().end, N_KEYS);
    }

    #[test]
    fn the_key_space_ends() {
        assert!(keys((-3, -1), 0, 5).is_none());
        assert!(keys((240, 250), 0, 5).is_none());
        assert_eq!(keys((-3, 1), 0, 5).unwrap().len(), 2);
        assert!(keys((0, 0), 97, 5).is_none());
        assert!(keys((0, 0), 0, 32).is_none());
        assert!(keys((0, 0), 0, -1).is_none());
    }

    #[test]
    fn pairs_are_ahead_and_within_an_octave() {
        let point = |frame, pitch| Point { frame, pitch };
        let points = [
            point(0.0, 100.0),
            point(2.0, 100.0),
            point(3.0, 1120.0),
            point(4.0, 90.0),
            point(5.0, 80.0),
            point(70.0, 100.0),
        ];
        let mut pairs = Vec::new();
        for_each_pair(&points, 1, |i, j| pairs.push((i, j)));
        assert_eq!(pairs, [(0, 3), (1, 4)]);
    }
}
