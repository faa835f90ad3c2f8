//! The levels that the front end measures on its way to the peaks, for those who want to look at them.

use super::fft::WINDOW_LEN;
use super::lanes::LANES;
use super::resample::RATE_HZ;
use super::spectrum::{LEVELS_PER_OCTAVE, Levels};
use crate::peak::{FRAME_CENTER_MS, FRAME_MS};

/// Frames that are kept: a minute. The rest of the audio goes unseen, so that memory stays bounded.
const N_FRAMES_MAX: usize = 60 * 1000 / FRAME_MS as usize;
/// What twice the power is in decibels: ten times the logarithm of 2.
const DB_PER_OCTAVE: f32 = 3.010_3;
/// The power of a sine of full scale, in decibels: the square of 1,024, the sum of the window's values, as the transform leaves it.
const FULL_SCALE_DB: f32 = 60.21;

/// The spectrogram of the first minute of some audio, from [`crate::Extractor::finish_with_spectrogram`].
#[derive(Clone, Debug)]
pub struct Spectrogram {
    /// Levels, frame after frame, by bin.
    levels: Vec<i16>,
    n_bins: usize,
    first_bin: usize,
}

impl Spectrogram {
    pub(crate) fn new(first_bin: usize) -> Self {
        Self { levels: Vec::new(), n_bins: 0, first_bin }
    }

    /// Takes the first `n_frames` lanes of a batch.
    pub(crate) fn push(&mut self, batch: &Levels, n_frames: usize) {
        self.n_bins = batch.bins.len();
        for lane in 0..n_frames.min(LANES) {
            if self.n_frames() < N_FRAMES_MAX {
                self.levels.extend(batch.bins.iter().map(|bin| bin[lane]));
            }
        }
    }

    /// Frames of 16 ms, 3,750 at most.
    #[must_use]
    pub fn n_frames(&self) -> usize {
        self.levels.len() / self.n_bins.max(1)
    }

    /// The frame whose window has its middle at a time, as a fraction, for [`Self::level_db`].
    #[must_use]
    pub fn frame_at(&self, time_ms: f64) -> f64 {
        (time_ms - FRAME_CENTER_MS as f64) / FRAME_MS as f64
    }

    /// The greatest level of a frame between two frequencies, in decibels, 0 for a sine of full scale; between the
    /// bins of the transform, which are 7.8 Hz apart, on a straight line. `None` outside of what was measured: after
    /// the end or the first minute, below 195 Hz and above 5.6 kHz.
    #[must_use]
    pub fn level_db(&self, frame: usize, freqs_hz: std::ops::Range<f64>) -> Option<f32> {
        let row = self.levels.chunks_exact(self.n_bins.max(1)).nth(frame)?;
        let bin_hz = f64::from(RATE_HZ) / WINDOW_LEN as f64;
        let bin = |freq_hz: f64| freq_hz / bin_hz - self.first_bin as f64;
        let (low, high) = (bin(freqs_hz.start), bin(freqs_hz.end));
        let is_inside = 0.0 <= low && low <= high && high <= (self.n_bins as f64) - 1.0;
        if !is_inside {
            return None;
        }
        let between = |at: f64| {
            let (below, part) = (at as usize, at.fract() as f32);
            let above = (below + 1).min(self.n_bins - 1);
            f32::from(row[below]) * (1.0 - part) + f32::from(row[above]) * part
        };
        let inside = row[low.ceil() as usize..(high.floor() as usize + 1).max(low.ceil() as usize)].iter();
        let loudest = inside.map(|level| f32::from(*level)).fold(between(low).max(between(high)), f32::max);
        Some(loudest / LEVELS_PER_OCTAVE * DB_PER_OCTAVE - FULL_SCALE_DB)
    }
}

#[cfg(test)]
mod tests {
    use crate::Extractor;

    #[test]
    fn a_tone_is_where_it_sounds() {
        let freq_hz = 1250.0;
        let tone: Vec<f32> =
            (0..32_000).map(|n| 0.5 * libm::sinf(freq_hz * n as f32 / 16_000.0 * std::f32::consts::TAU)).collect();
        let mut extractor = Extractor::new(16_000, 1).unwrap();
        extractor.keep_spectrogram();
        for chunk in tone.chunks(777) {
            extractor.push(chunk);
        }
        let (fingerprint, spectrogram) = extractor.finish_with_spectrogram();
        assert_eq!(fingerprint.duration_ms(), 2000);
        assert_eq!(spectrogram.n_frames(), (32_000 - 2048) / 256 + 1);
        let level = |low: f64, high: f64| spectrogram.level_db(50, low..high).unwrap();
        assert!(level(1245.0, 1255.0) > level(300.0, 1200.0) + 40.0);
        assert!((level(1245.0, 1255.0) + 6.02).abs() < 0.1, "{} dB at half of full scale", level(1245.0, 1255.0));
        assert!((level(200.0, 5600.0) - level(1240.0, 1260.0)).abs() < 0.01, "a range shows its loudest bin");
        assert_eq!(spectrogram.level_db(118, 200.0..300.0), None, "after the end");
        assert_eq!(spectrogram.level_db(50, 100.0..300.0), None, "below the lowest band");
        assert_eq!(spectrogram.level_db(50, 300.0..6000.0), None, "above the highest band");
        assert!((spectrogram.frame_at(864.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn only_the_first_minute_is_kept_and_only_when_asked() {
        let mut extractor = Extractor::new(4_000, 1).unwrap();
        extractor.keep_spectrogram();
        extractor.push(&vec![0.1; 4_000 * 62]);
        assert_eq!(extractor.finish_with_spectrogram().1.n_frames(), 3_750);
        let mut extractor = Extractor::new(4_000, 1).unwrap();
        extractor.push(&vec![0.1; 4_000 * 2]);
        let (_, spectrogram) = extractor.finish_with_spectrogram();
        assert_eq!((spectrogram.n_frames(), spectrogram.level_db(0, 300.0..301.0)), (0, None));
    }
}
