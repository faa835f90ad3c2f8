//! How sure an alignment is.
//!
//! The worth of all coincidences at the alignment is compared with what it is at other offsets of the same track, at the same tempo and pitch:
//! music of the same key and meter coincides by chance, and loops coincide with themselves, so no formula knows the chance but the track does.
//! The tail of a Poisson distribution, the share of the track's peaks that were found again, and whether tempo and pitch had to be bent go into a
//! logistic function that was fitted to the outcome of thousands of queries, true and false.

use libm::{expf, logf};

use super::align::{Aligner, Alignment};
use super::query::Query;
use crate::landmark::Point;

/// Offsets up to this many frames away are compared with.
pub(crate) const N_BESIDE: usize = 240;
/// Except those that touch the alignment itself.
const N_TOUCHING: usize = 8;
/// The share of the other offsets that is below the one compared with.
const QUANTILE: f32 = 0.99;

/// The logistic function. The weights were fitted to 2,464 true and 4,319 false alignments under 14 conditions, at 3, 5 and 10 s; the intercept puts the
/// highest false one of these and of 2,100 further clips, pieces at the tempo and with the drums of another, at 65.
const INTERCEPT: f32 = 2.3;
const TAIL_WEIGHT: f32 = 2.37;
const SHARE_WEIGHT: f32 = 2.75;
const BENT_WEIGHT: f32 = -4.4;
/// A bent tempo or pitch counts fully from here on: 2 %, 40 cents.
const TEMPO_BENT: f32 = 0.02;
const PITCH_BENT: f32 = 34.1;

/// What speaks for an alignment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence {
    /// Worth of the coincidences.
    pub(crate) worth: f32,
    /// Worth by chance.
    pub(crate) chance: f32,
    /// The track's peaks that the query could have found.
    pub(crate) n_reference: usize,
    /// Logarithm of the odds.
    pub(crate) logit: f32,
}

impl Evidence {
    /// The probability that the alignment is true, in percent.
    pub(crate) fn score(&self) -> f32 {
        100.0 / (1.0 + expf(-self.logit))
    }
}

/// `-log10` of the chance to see `worth` or more where `chance` is expected; Chernoff's bound for a Poisson distribution.
pub(crate) fn poisson_tail(worth: f32, chance: f32) -> f32 {
    if worth <= chance {
        return 0.0;
    }
    (worth * logf(worth / chance) - worth + chance) / std::f32::consts::LN_10
}

/// The worth that peaks strewn at random would have.
pub(crate) fn random_worth(query: &Query, n_reference: usize, time_factor: f32) -> f32 {
    // Coincidences count within 2.5 frames and, weighted, sqrt(pi) times their width in pitch; peaks are spread over 4.83 octaves.
    let density = n_reference as f32 / (time_factor * query.n_frames + 1.0);
    query.weight() * density * 2.5 * (1.77 * 7.68 / 4950.0)
}

/// Work space.
#[derive(Debug, Default)]
pub(crate) struct Scorer {
    profile: Vec<f32>,
    beside: Vec<f32>,
}

impl Scorer {
    /// Weighs an alignment. `reference` holds the track's peaks around it, [`N_BESIDE`] frames more to either side.
    pub(crate) fn weigh(
        &mut self,
        aligner: &mut Aligner,
        query: &Query,
        reference: &[Point],
        at: Alignment,
    ) -> Evidence {
        self.measure_profile(aligner, query, reference, at);
        let profile = &self.profile;
        let value = |i: usize| value(profile, i);
        let middle = N_BESIDE + 2;
        let worth = value(middle).max(value(middle - 1)).max(value(middle + 1));
        self.beside.clear();
        let others = (2..2 * N_BESIDE + 2).step_by(2).filter(|i| i.abs_diff(middle) > N_TOUCHING);
        self.beside.extend(others.map(value));
        let rank = ((self.beside.len() - 1) as f32 * QUANTILE) as usize;
        let (_, beside, _) = self.beside.select_nth_unstable_by(rank, f32::total_cmp);

        let span = at.frame(0.0)..at.frame(query.n_frames);
        let n_reference = reference.iter().filter(|p| span.contains(&p.frame)).count();
        let chance = beside.max(1.3 * random_worth(query, n_reference, at.time_factor)).max(1.0);
        // A few peaks may coincide by chance; a clip with less than 12 a second has to convince by their number.
        let n_both = (n_reference.min(query.points.len()) as f32).max(0.2 * query.n_frames).max(20.0);
        let share = worth / n_both;
        let bent = ((at.time_factor - 1.0).abs() / TEMPO_BENT).max(at.pitch_shift.abs() / PITCH_BENT).min(1.0);
        let logit = INTERCEPT
            + TAIL_WEIGHT * poisson_tail(worth, chance).sqrt()
            + SHARE_WEIGHT * logf(share + 0.02)
            + BENT_WEIGHT * bent;
        Evidence { worth, chance, n_reference, logit }
    }

    /// The worth at each offset up to [`N_BESIDE`] frames before and after the alignment that was weighed last.
    pub(crate) fn profile(&self) -> Vec<f32> {
        (2..self.profile.len().saturating_sub(3)).map(|i| value(&self.profile, i)).collect()
    }

    /// The worth of coincidences by offset from the alignment, in frames; the alignment itself is in the middle.
    fn measure_profile(&mut self, aligner: &mut Aligner, query: &Query, reference: &[Point], at: Alignment) {
        let middle = (N_BESIDE + 2) as f32;
        self.profile.clear();
        self.profile.resize(2 * N_BESIDE + 6, 0.0);
        let profile = &mut self.profile;
        aligner.for_each_coincidence(query, reference, at, middle, |i, _, apart, pitch_worth| {
            let place = apart + middle;
            let bin = place as usize;
            let part = place - bin as f32;
            let worth = query.weights[i] * pitch_worth;
            profile[bin] += worth * (1.0 - part);
            profile[bin + 1] += worth * part;
        });
    }
}

/// The worth at an offset with what just misses it.
fn value(profile: &[f32], i: usize) -> f32 {
    profile[i] + 0.75 * (profile[i - 1] + profile[i + 1])
}
