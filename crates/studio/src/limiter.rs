//! Keeps the sum of sounds below full scale without being heard: a limiter that looks ahead.
//!
//! The gain that each audio frame needs is held for the length of the window by a sliding minimum, then averaged over the
//! same length. So the gain falls and rises along a ramp and has arrived when the peak comes.

use std::collections::VecDeque;

/// The largest value put out: -1.5 dBFS, which leaves room for what a lossy coding adds.
const CEILING: f32 = 0.841;
/// Audio frames that it looks ahead, 5 ms at 48 kHz.
pub(crate) const LOOKAHEAD: usize = 240;

/// A gain of 1 as a whole number: with all the bits that an `f32` has.
const GAIN_ONE: u64 = 1 << 24;

/// A stereo limiter whose output comes [`LOOKAHEAD`] audio frames late.
///
/// An audio frame depends on those up to [`LOOKAHEAD`] before and after it, and on nothing else.
#[derive(Debug)]
pub(crate) struct Limiter {
    delayed: VecDeque<[f32; 2]>,
    /// Candidates of the sliding minimum: when each was seen, and the gain; both ascending.
    minima: VecDeque<(u64, f32)>,
    /// Gains in parts of [`GAIN_ONE`].
    averaged: VecDeque<u64>,
    /// In whole numbers, so that it is the same whatever came before the window.
    sum: u64,
    position: u64,
}

impl Limiter {
    pub(crate) fn new() -> Self {
        Self {
            delayed: VecDeque::from(vec![[0.0; 2]; LOOKAHEAD]),
            minima: VecDeque::new(),
            averaged: VecDeque::from(vec![GAIN_ONE; LOOKAHEAD]),
            sum: LOOKAHEAD as u64 * GAIN_ONE,
            position: 0,
        }
    }

    /// Takes one audio frame and returns the one from [`LOOKAHEAD`] before.
    pub(crate) fn next(&mut self, frame: [f32; 2]) -> [f32; 2] {
        let peak = frame[0].abs().max(frame[1].abs());
        let needed = if peak > CEILING { CEILING / peak } else { 1.0 };
        while self.minima.back().is_some_and(|&(_, gain)| gain >= needed) {
            self.minima.pop_back();
        }
        self.minima.push_back((self.position, needed));
        let oldest = self.position.saturating_sub(LOOKAHEAD as u64);
        while self.minima.front().is_some_and(|&(seen, _)| seen < oldest) {
            self.minima.pop_front();
        }
        let held = self.minima.front().map_or(1.0, |&(_, gain)| gain);
        self.position += 1;
        // Rounded down: the mean must not be above the gain that a peak needs.
        let held = (held * GAIN_ONE as f32) as u64;
        self.averaged.push_back(held);
        self.sum = self.sum + held - self.averaged.pop_front().unwrap_or(GAIN_ONE);
        let gain = (self.sum as f64 / (LOOKAHEAD as u64 * GAIN_ONE) as f64) as f32;
        self.delayed.push_back(frame);
        let [left, right] = self.delayed.pop_front().unwrap_or_default();
        [(left * gain).clamp(-CEILING, CEILING), (right * gain).clamp(-CEILING, CEILING)]
    }
}

#[cfg(test)]
mod tests {
    use super::{CEILING, LOOKAHEAD, Limiter};

    fn run(samples: &[f32]) -> Vec<f32> {
        let mut limiter = Limiter::new();
        let silence = std::iter::repeat_n(0.0, LOOKAHEAD);
        samples.iter().copied().chain(silence).map(|s| limiter.next([s, -s])[0]).skip(LOOKAHEAD).collect()
    }

    #[test]
    fn what_is_below_the_ceiling_passes_unchanged() {
        let samples: Vec<f32> = (0..2000).map(|i| (i % 100) as f32 / 125.0).collect();
        assert_eq!(run(&samples), samples);
    }

    #[test]
    fn what_is_further_away_than_it_looks_changes_nothing() {
        let samples: Vec<f32> = (0u32..6000).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as f32 / 1000.0).collect();
        let whole = run(&samples);
        for from in [1, 777, 3000] {
            assert_eq!(run(&samples[from..])[LOOKAHEAD..], whole[from + LOOKAHEAD..], "from {from}");
        }
    }

    #[test]
    fn nothing_gets_over_the_ceiling_and_the_gain_moves_slowly() {
        let mut samples = vec![0.5f32; 4000];
        samples[2000..2010].fill(3.0);
        let limited = run(&samples);
        assert!(limited.iter().all(|s| s.abs() <= CEILING));
        // Without the clamp: the ramp itself keeps the peak down.
        let steps = limited[..2000].windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.005, "the gain jumps");
        assert!((limited[1000] - 0.5).abs() < 1e-6 && (limited[3000] - 0.5).abs() < 1e-3);
    }
}
