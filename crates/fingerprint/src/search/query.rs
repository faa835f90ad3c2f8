//! A query as the matcher reads it.

use crate::landmark::{Point, for_each_pair};
use crate::peak::{CELL_FRAMES as HALF_SECOND, QUOTA_MAX};
use crate::{Fingerprint, Peak};

/// What a coincidence with a query's peak is worth, by the peak's rank: about in proportion to the logarithm of how much more often it
/// coincides in a true alignment than in a false one, under noise, reverberation and speech.
const WEIGHT_BY_RANK: [f32; QUOTA_MAX as usize] = [1.0, 0.95, 0.9, 0.85, 0.8, 0.72, 0.64, 0.56, 0.5, 0.45, 0.4, 0.35];

/// The peaks of a query.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) points: Vec<Point>,
    pub(crate) weights: Vec<f32>,
    ranks: Vec<u8>,
    /// Frames up to the last peak.
    pub(crate) n_frames: f32,
}

/// Which pairs of a query are looked up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Choice {
    /// Peaks to a cell.
    pub(crate) quota: u8,
    /// Pairs to an anchor.
    pub(crate) fan_out: usize,
    /// Of longer queries, only as many frames as this: the ones with the most prominent peaks.
    pub(crate) n_frames_max: f32,
}

impl Query {
    pub(crate) fn new(fingerprint: &Fingerprint) -> Self {
        Self::of(fingerprint.peaks().iter().copied().filter(|p| p.rank < QUOTA_MAX))
    }

    fn of(peaks: impl Iterator<Item = Peak>) -> Self {
        let mut query = Self { points: Vec::new(), weights: Vec::new(), ranks: Vec::new(), n_frames: 0.0 };
        for peak in peaks {
            query.push(Point { frame: peak.frame as f32, pitch: f32::from(peak.pitch) }, peak.rank);
        }
        query
    }

    fn push(&mut self, point: Point, rank: u8) {
        self.points.push(point);
        self.weights.push(WEIGHT_BY_RANK[usize::from(rank)]);
        self.ranks.push(rank);
        self.n_frames = self.n_frames.max(point.frame);
    }

    /// The query with only the peaks of the lowest ranks.
    pub(crate) fn thinned(&self, quota: u8) -> Self {
        self.without(|i| self.ranks[i] >= quota)
    }

    /// The query without the peaks for which `is_explained`, as an index, holds.
    pub(crate) fn without(&self, is_explained: impl Fn(usize) -> bool) -> Self {
        let mut rest = Self { points: Vec::new(), weights: Vec::new(), ranks: Vec::new(), n_frames: 0.0 };
        for i in (0..self.points.len()).filter(|i| !is_explained(*i)) {
            rest.push(self.points[i], self.ranks[i]);
        }
        rest
    }

    /// The sum of the weights of all peaks.
    pub(crate) fn weight(&self) -> f32 {
        self.weights.iter().sum()
    }

    /// The pairs that `choice` names, anchor and target.
    pub(crate) fn pairs(&self, choice: Choice) -> Vec<(Point, Point)> {
        let start = self.densest_start(choice.n_frames_max);
        let span = start..start + choice.n_frames_max;
        let chosen =
            self.points.iter().zip(&self.ranks).filter(|(p, rank)| **rank < choice.quota && span.contains(&p.frame));
        let points: Vec<Point> = chosen.map(|(p, _)| *p).collect();
        let mut pairs = Vec::new();
        for_each_pair(&points, choice.fan_out, |anchor, target| pairs.push((points[anchor], points[target])));
        pairs
    }

    /// Where the `n_frames` with the greatest weight begin, in half seconds.
    fn densest_start(&self, n_frames: f32) -> f32 {
        let mut best = (0.0, 0.0);
        let mut start = 0.0;
        while start == 0.0 || start + n_frames <= self.n_frames + HALF_SECOND as f32 {
            let inside =
                self.points.iter().zip(&self.weights).filter(|(p, _)| (start..start + n_frames).contains(&p.frame));
            let weight: f32 = inside.map(|(_, w)| w).sum();
            if weight > best.1 {
                best = (start, weight);
            }
            start += HALF_SECOND as f32;
        }
        best.0
    }
}
