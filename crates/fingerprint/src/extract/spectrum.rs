//! Windows of samples in, levels of bins and bands out.

#![expect(
    clippy::needless_range_loop,
    reason = "adapters of iterators are compiled as functions of their own, without the vector unit"
)]

use libm::{cos, exp2};

use super::fft::{N_POINTS, Transform, WINDOW_LEN};
use super::lanes::{LANES, Lanes};
use super::resample::RATE_HZ;

/// Samples from one window to the next: 16 ms.
pub(crate) const HOP_LEN: usize = 256;
/// Bands of a twenty-fourth of an octave from 200 Hz to 5.6 kHz.
pub(crate) const N_BANDS: usize = 116;
/// The center of the lowest band.
pub(crate) const FREQ_MIN_HZ: f64 = 200.0;
const BANDS_PER_OCTAVE: f64 = 24.0;
/// Levels are logarithms of power to base 2, in steps of 1/512: 0.006 dB.
pub(crate) const LEVELS_PER_OCTAVE: f32 = 512.0;

/// Levels of eight audio frames.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    /// By bin counted from [`Spectrum::first_bin`]; eight lanes each.
    pub(crate) bins: Vec<[i16; LANES]>,
    /// By lane, then by band: the loudest bin of the band.
    pub(crate) bands: [[i16; N_BANDS]; LANES],
}

/// The fixed tables of the front end and its work space.
#[derive(Debug)]
pub(crate) struct Spectrum {
    transform: Transform,
    window: Vec<f32>,
    /// Where each band begins and ends, as bins.
    bands: Vec<std::ops::Range<usize>>,
    re: Vec<Lanes>,
    im: Vec<Lanes>,
    /// `hops[i][h]` is sample `i` of hop `h`: the samples of neighboring windows side by side.
    hops: Vec<[f32; HOPS_PER_ROW]>,
}

const HOPS_PER_WINDOW: usize = WINDOW_LEN / HOP_LEN;
const HOPS_PER_ROW: usize = 2 * LANES;
/// Samples that eight windows read.
pub(crate) const BATCH_LEN: usize = (LANES - 1) * HOP_LEN + WINDOW_LEN;

impl Spectrum {
    pub(crate) fn new() -> Self {
        let angle = |i: usize| 2.0 * std::f64::consts::PI * i as f64 / WINDOW_LEN as f64;
        Self {
            transform: Transform::new(),
            window: (0..WINDOW_LEN).map(|i| (0.5 - 0.5 * cos(angle(i))) as f32).collect(),
            bands: (0..N_BANDS).map(band_bins).collect(),
            re: vec![Lanes::default(); N_POINTS],
            im: vec![Lanes::default(); N_POINTS],
            hops: vec![[0.0; HOPS_PER_ROW]; HOP_LEN],
        }
    }

    /// The lowest bin of [`Levels::bins`]: one below the lowest band, for the sake of interpolation.
    pub(crate) fn first_bin(&self) -> usize {
        self.bands[0].start - 1
    }

    /// The bins of a band.
    pub(crate) fn band(&self, band: usize) -> std::ops::Range<usize> {
        self.bands[band].clone()
    }

    /// Measures the eight windows that begin at every [`HOP_LEN`]-th of `samples`, [`BATCH_LEN`] in all.
    #[inline(always)]
    pub(crate) fn measure(&mut self, samples: &[f32]) -> Levels {
        self.load(samples);
        self.transform.run(&mut self.re, &mut self.im);
        let first_bin = self.first_bin();
        let mut bins = vec![[0; LANES]; self.bands[N_BANDS - 1].end + 1 - first_bin];
        for i in 0..bins.len() {
            bins[i] = levels(self.transform.power(&self.re, &self.im, first_bin + i));
        }
        let mut bands = [[0; N_BANDS]; LANES];
        for (band, range) in self.bands.iter().enumerate() {
            let first = range.start - self.first_bin();
            let mut loudest = bins[first];
            for level in &bins[first + 1..first + range.len()] {
                for lane in 0..LANES {
                    loudest[lane] = loudest[lane].max(level[lane]);
                }
            }
            for lane in 0..LANES {
                bands[lane][band] = loudest[lane];
            }
        }
        Levels { bins, bands }
    }

    #[inline(always)]
    fn load(&mut self, samples: &[f32]) {
        assert_eq!(samples.len(), BATCH_LEN);
        for (hop, samples) in samples.chunks_exact(HOP_LEN).enumerate() {
            for (row, sample) in self.hops.iter_mut().zip(samples) {
                row[hop] = *sample;
            }
        }
        for hop in 0..HOPS_PER_WINDOW {
            for pair in 0..HOP_LEN / 2 {
                let i = hop * HOP_LEN + 2 * pair;
                let even = Lanes::load(&self.hops[2 * pair][hop..hop + LANES]);
                let odd = Lanes::load(&self.hops[2 * pair + 1][hop..hop + LANES]);
                self.re[i / 2] = even * Lanes::splat(self.window[i]);
                self.im[i / 2] = odd * Lanes::splat(self.window[i + 1]);
            }
        }
    }
}

/// The bins nearest to a band, one at least.
fn band_bins(band: usize) -> std::ops::Range<usize> {
    let bin_hz = f64::from(RATE_HZ) / WINDOW_LEN as f64;
    let edge = |at: f64| (FREQ_MIN_HZ * exp2(at / BANDS_PER_OCTAVE) / bin_hz).round() as usize;
    let start = edge(band as f64 - 0.5);
    start..edge(band as f64 + 0.5).max(start + 1)
}

/// Added to power: what 16-bit rounding leaves in a window of silence, so that silence has no peaks.
const POWER_FLOOR: f32 = 4e-7;

/// Power to level; the same bits everywhere, unlike a platform's logarithm. Off by less than one step.
#[inline(always)]
fn levels(power: Lanes) -> [i16; LANES] {
    let mut out = [0; LANES];
    for lane in 0..LANES {
        let bits = (power.0[lane] + POWER_FLOOR).to_bits();
        let exponent = (bits >> 23) as i32 - 127;
        let m = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000) - 1.0;
        // Least-squares fit of log2(1 + m) on 0..1, error below 3e-5.
        let log = m * (1.441_825_9 + m * (-0.708_682_9 + m * (0.415_424_7 + m * (-0.194_426_4 + m * 0.045_887_2))));
        // Neither not-a-number nor out of range: the power of sane samples is below 2^40.
        out[lane] = ((exponent as f32 + log) * LEVELS_PER_OCTAVE) as i32 as i16;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_logarithms() {
        for exponent in -20..20 {
            for step in 0..64 {
                let power = 2f32.powi(exponent) * (1.0 + step as f32 / 64.0);
                let want = (power + POWER_FLOOR).log2() * LEVELS_PER_OCTAVE;
                let got = levels(Lanes::splat(power))[3];
                assert!((f32::from(got) - want).abs() < 1.2, "{power}: {got} instead of {want}");
            }
        }
    }

    #[test]
    fn a_tone_is_loudest_in_its_band() {
        let mut spectrum = Spectrum::new();
        for band in [5, 40, 110] {
            let freq_hz = FREQ_MIN_HZ * 2f64.powf(band as f64 / 24.0);
            let samples: Vec<f32> = (0..BATCH_LEN)
                .map(|n| (2.0 * std::f64::consts::PI * freq_hz * n as f64 / f64::from(RATE_HZ)).sin() as f32)
                .collect();
            let levels = spectrum.measure(&samples);
            for row in levels.bands {
                let loudest = (0..N_BANDS).max_by_key(|b| row[*b]).unwrap();
                assert!(loudest.abs_diff(band) <= 1, "{loudest} instead of {band}");
            }
        }
    }
}
