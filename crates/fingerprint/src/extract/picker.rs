//! Levels in, peaks out.
//!
//! A peak is the loudest point of its neighborhood that also stands out over the mean of a wider one. Ranking by that *prominence*, not by
//! level, is what makes the choice survive equalizers, phones and loudness. Everything here is integer arithmetic.

#![expect(
    clippy::needless_range_loop,
    reason = "adapters of iterators are compiled as functions of their own, without the vector unit"
)]

use std::collections::VecDeque;

use libm::log2;

use super::fft::WINDOW_LEN;
use super::lanes::LANES;
use super::resample::RATE_HZ;
use super::spectrum::{FREQ_MIN_HZ, LEVELS_PER_OCTAVE, Levels, N_BANDS, Spectrum};
use crate::Peak;
use crate::peak::{PITCH_MAX, PITCH_PER_OCTAVE};

/// A peak is the maximum of this many frames and bands to either side.
const MAX_FRAMES: usize = 5;
const MAX_BANDS: usize = 3;
/// Its prominence is taken over the mean of this many to either side.
const MEAN_FRAMES: usize = 16;
const MEAN_BANDS: usize = 10;
/// Least prominence: 3.5 dB.
const PROMINENCE_MIN: i32 = 590;
/// Levels below this are the noise of 16-bit rounding: about 95 dB under full scale.
const LEVEL_MIN: i16 = -6_700;
/// Peaks this far below the loudest point of the neighborhood are not heard: 48 dB.
const BELOW_LOUDEST_MAX: i32 = 16 * LEVELS_PER_OCTAVE as i32;
/// Prominence is kept in steps of an eighth of an octave of power: 0.38 dB.
const PROMINENCE_STEP: i32 = LEVELS_PER_OCTAVE as i32 / 8;

/// Rows of levels kept: the widest neighborhood, and one batch.
const N_ROWS: usize = 64;
const _: () = assert!(N_ROWS >= 2 * MEAN_FRAMES + 1 + LANES && MEAN_FRAMES >= MAX_FRAMES);

type Row = [i16; N_BANDS];

/// Finds peaks in the order of their frames.
#[derive(Debug)]
pub(crate) struct Picker {
    /// Levels by band, and the maxima over neighboring bands, of the last frames; frame `t` stands at `t % N_ROWS`.
    levels: Vec<Row>,
    maxima: Vec<Row>,
    loudest: Vec<i16>,
    /// The last batches, for interpolation between bins; the first one begins at frame `first_batch`.
    batches: VecDeque<Levels>,
    first_batch: usize,
    /// Sums over the frames `mean_start..n_frames` by band.
    sums: [i32; N_BANDS],
    mean_start: usize,
    n_frames: usize,
    /// The next frame to look for peaks in.
    next: usize,
}

impl Picker {
    pub(crate) fn new() -> Self {
        Self {
            levels: vec![[0; N_BANDS]; N_ROWS],
            maxima: vec![[0; N_BANDS]; N_ROWS],
            loudest: vec![0; N_ROWS],
            batches: VecDeque::new(),
            first_batch: 0,
            sums: [0; N_BANDS],
            mean_start: 0,
            n_frames: 0,
            next: 0,
        }
    }

    /// Takes the first `n_frames` lanes of `batch` and appends the peaks that are certain by now.
    #[inline(always)]
    pub(crate) fn push(&mut self, spectrum: &Spectrum, batch: Levels, n_frames: usize, out: &mut Vec<Peak>) {
        let rows = batch.bands;
        self.batches.push_back(batch);
        for row in &rows[..n_frames] {
            let slot = self.n_frames % N_ROWS;
            self.levels[slot] = *row;
            self.maxima[slot] = band_maxima(row);
            self.loudest[slot] = row.iter().copied().fold(i16::MIN, i16::max);
            for band in 0..N_BANDS {
                self.sums[band] += i32::from(row[band]);
            }
            self.n_frames += 1;
            if self.n_frames > self.next + MEAN_FRAMES {
                self.pick_next(spectrum, out);
            }
        }
    }

    /// Appends the peaks of the last frames.
    pub(crate) fn finish(&mut self, spectrum: &Spectrum, out: &mut Vec<Peak>) {
        while self.next < self.n_frames {
            self.pick_next(spectrum, out);
        }
    }

    #[inline(always)]
    fn pick_next(&mut self, spectrum: &Spectrum, out: &mut Vec<Peak>) {
        let frame = self.next;
        self.next += 1;
        while self.mean_start + MEAN_FRAMES < frame {
            let row = &self.levels[self.mean_start % N_ROWS];
            for band in 0..N_BANDS {
                self.sums[band] -= i32::from(row[band]);
            }
            self.mean_start += 1;
        }
        while self.first_batch + LANES <= frame {
            self.batches.pop_front();
            self.first_batch += LANES;
        }

        let around = frame.saturating_sub(MAX_FRAMES)..(frame + MAX_FRAMES + 1).min(self.n_frames);
        let mut maxima = self.maxima[frame % N_ROWS];
        for t in around {
            for (max, other) in maxima.iter_mut().zip(&self.maxima[t % N_ROWS]) {
                *max = (*max).max(*other);
            }
        }
        let loudest = (self.mean_start..self.n_frames).map(|t| self.loudest[t % N_ROWS]).fold(i16::MIN, i16::max);
        let level_min = i32::from(LEVEL_MIN).max(i32::from(loudest) - BELOW_LOUDEST_MAX);
        let row = &self.levels[frame % N_ROWS];
        let n_mean_frames = (self.n_frames - self.mean_start) as i32;
        for band in 0..N_BANDS {
            let level = i32::from(row[band]);
            if row[band] != maxima[band] || level < level_min {
                continue;
            }
            let mean_bands = band.saturating_sub(MEAN_BANDS)..(band + MEAN_BANDS + 1).min(N_BANDS);
            let n_mean = mean_bands.len() as i32 * n_mean_frames;
            let mean = self.sums[mean_bands].iter().sum::<i32>() / n_mean;
            if level - mean < PROMINENCE_MIN || !self.is_first_of_equals(frame, band) {
                continue;
            }
            if let Some(pitch) = self.pitch(spectrum, frame, band) {
                let prominence = ((level - mean) / PROMINENCE_STEP).min(255) as u8;
                out.push(Peak { frame: frame as u32, pitch, prominence, rank: 0 });
            }
        }
    }

    /// Of equally loud neighbors only the earliest and lowest is a peak.
    fn is_first_of_equals(&self, frame: usize, band: usize) -> bool {
        let level = self.levels[frame % N_ROWS][band];
        let bands = band.saturating_sub(MAX_BANDS)..(band + MAX_BANDS + 1).min(N_BANDS);
        let earlier_frames = frame.saturating_sub(MAX_FRAMES)..frame;
        let lower_bands = bands.start..band;
        !earlier_frames.into_iter().any(|t| self.levels[t % N_ROWS][bands.clone()].contains(&level))
            && !self.levels[frame % N_ROWS][lower_bands].contains(&level)
    }

    /// The frequency of the loudest bin of a band, by a parabola through its neighbors, as a pitch; `None` below the lowest.
    fn pitch(&self, spectrum: &Spectrum, frame: usize, band: usize) -> Option<u16> {
        let batch = &self.batches[(frame - self.first_batch) / LANES];
        let lane = frame % LANES;
        let level = |bin: usize| f64::from(batch.bins[bin - spectrum.first_bin()][lane]);
        let mut bin = spectrum.band(band).start;
        for other in spectrum.band(band) {
            if level(other) > level(bin) {
                bin = other;
            }
        }
        let (below, here, above) = (level(bin - 1), level(bin), level(bin + 1));
        let curvature = below - 2.0 * here + above;
        let shift = if curvature < -0.5 { 0.5 * (below - above) / curvature } else { 0.0 };
        let shift = if shift.abs() > 0.6 { 0.0 } else { shift };
        let freq_hz = (bin as f64 + shift) * f64::from(RATE_HZ) / WINDOW_LEN as f64;
        let pitch = log2(freq_hz / FREQ_MIN_HZ) * f64::from(PITCH_PER_OCTAVE);
        (pitch >= 0.0).then(|| pitch.round().min(f64::from(PITCH_MAX)) as u16)
    }
}

/// The maximum over [`MAX_BANDS`] to either side.
#[inline(always)]
fn band_maxima(row: &Row) -> Row {
    let mut padded = [i16::MIN; N_BANDS + 2 * MAX_BANDS];
    padded[MAX_BANDS..MAX_BANDS + N_BANDS].copy_from_slice(row);
    let mut maxima = *row;
    for shift in 0..=2 * MAX_BANDS {
        for (max, other) in maxima.iter_mut().zip(&padded[shift..shift + N_BANDS]) {
            *max = (*max).max(*other);
        }
    }
    maxima
}
