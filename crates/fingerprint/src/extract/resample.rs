//! Any sample rate and channel count in, 16 kHz mono out, the same on every machine and for every chunk size.
//!
//! A polyphase filter with an exact rational ratio. It passes what the fingerprint reads (up to 5.8 kHz) and stops what would
//! fold onto that, no more: the transition band is wide, so the filter is short.

use libm::{sin, sqrt};

use super::lanes::{LANES, Lanes};
use crate::{Error, Result};

/// Samples per second the front end works at.
pub(crate) const RATE_HZ: u32 = 16_000;
/// Lowest and highest rate accepted.
pub(crate) const SAMPLE_RATE_HZ: std::ops::RangeInclusive<u32> = 4_000..=384_000;
const N_CHANNELS_MAX: usize = 64;
/// The highest frequency that must come through unharmed.
const PASS_HZ: f64 = 5_800.0;
const STOP_DB: f64 = 50.0;
/// Louder than full scale by this much is taken for damage: 24 dB.
const AMPLITUDE_MAX: f32 = 16.0;

/// Turns interleaved samples into 16 kHz mono.
#[derive(Debug)]
pub(crate) struct Resampler {
    n_channels: usize,
    /// `None` when the input already has the right rate.
    filter: Option<Polyphase>,
    mono: Vec<f32>,
}

impl Resampler {
    pub(crate) fn new(sample_rate_hz: u32, n_channels: usize) -> Result<Self> {
        if !SAMPLE_RATE_HZ.contains(&sample_rate_hz) {
            return Err(Error::SampleRate(sample_rate_hz));
        }
        if n_channels == 0 || n_channels > N_CHANNELS_MAX {
            return Err(Error::ChannelCount(n_channels));
        }
        let filter = (sample_rate_hz != RATE_HZ).then(|| Polyphase::new(sample_rate_hz));
        Ok(Self { n_channels, filter, mono: Vec::new() })
    }

    pub(crate) fn n_channels(&self) -> usize {
        self.n_channels
    }

    /// Appends to `out` what `interleaved` (whole audio frames) allows to compute.
    #[inline(always)]
    pub(crate) fn push(&mut self, interleaved: &[f32], out: &mut Vec<f32>) {
        let Some(filter) = &mut self.filter else {
            mix_down(interleaved, self.n_channels, out);
            return;
        };
        mix_down(interleaved, self.n_channels, &mut self.mono);
        filter.run(&mut self.mono, out);
    }

    /// Appends the last samples, as if silence followed.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) {
        if let Some(filter) = &mut self.filter {
            self.mono.resize(self.mono.len() + filter.n_taps / 2, 0.0);
            filter.run(&mut self.mono, out);
        }
    }
}

/// Plain loops over slices: iterator adapters are compiled as functions of their own, without the wide vector unit.
#[inline(always)]
fn mix_down(interleaved: &[f32], n_channels: usize, out: &mut Vec<f32>) {
    let start = out.len();
    let n_audio_frames = interleaved.len() / n_channels;
    out.resize(start + n_audio_frames, 0.0);
    let out = &mut out[start..];
    match n_channels {
        1 => out.copy_from_slice(&interleaved[..n_audio_frames]),
        2 => {
            let interleaved = &interleaved[..2 * n_audio_frames];
            for i in 0..n_audio_frames {
                out[i] = (interleaved[2 * i] + interleaved[2 * i + 1]) * 0.5;
            }
        }
        n => {
            let scale = 1.0 / n as f32;
            for i in 0..n_audio_frames {
                let mut sum = 0.0;
                for sample in &interleaved[i * n..(i + 1) * n] {
                    sum += sample;
                }
                out[i] = sum * scale;
            }
        }
    }
    for sample in out {
        *sample = sane(*sample);
    }
}

/// Not-a-number becomes silence and the absurdly loud is cut, so that one broken sample spoils one window only.
#[inline(always)]
fn sane(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-AMPLITUDE_MAX, AMPLITUDE_MAX) }
}

#[derive(Debug)]
struct Polyphase {
    /// Input samples that make up `n_phases` output samples.
    step: usize,
    n_phases: usize,
    /// A multiple of [`LANES`].
    n_taps: usize,
    /// `n_phases` rows of `n_taps` factors.
    taps: Vec<f32>,
    /// The phase of the next output sample; its first input sample is the first one kept.
    phase: usize,
}

impl Polyphase {
    fn new(sample_rate_hz: u32) -> Self {
        let divisor = gcd(sample_rate_hz, RATE_HZ);
        let n_phases = (RATE_HZ / divisor) as usize;
        let step = (sample_rate_hz / divisor) as usize;
        let rate_hz = f64::from(sample_rate_hz);
        let pass_hz = PASS_HZ.min(0.45 * rate_hz);
        let stop_hz = (f64::from(RATE_HZ) - PASS_HZ).min(rate_hz - pass_hz);
        // Kaiser's estimate of the length of a filter.
        let width = 2.0 * std::f64::consts::PI * (stop_hz - pass_hz) / rate_hz;
        let n_taps = (((STOP_DB - 8.0) / (2.285 * width)) as usize + 1).next_multiple_of(LANES);
        let beta = 0.1102 * (STOP_DB - 8.7);
        let cutoff = (pass_hz + stop_hz) / 2.0 / rate_hz;
        let center = (n_taps / 2) as f64 - 1.0;
        let mut taps = Vec::with_capacity(n_phases * n_taps);
        for phase in 0..n_phases {
            let shift = phase as f64 / n_phases as f64;
            let row: Vec<f64> = (0..n_taps)
                .map(|tap| {
                    let x = tap as f64 - center - shift;
                    let edge = x / (n_taps as f64 / 2.0);
                    let window = bessel_i0(beta * sqrt((1.0 - edge * edge).max(0.0))) / bessel_i0(beta);
                    2.0 * cutoff * sinc(2.0 * cutoff * x) * window
                })
                .collect();
            let gain: f64 = row.iter().sum();
            taps.extend(row.iter().map(|tap| (tap / gain) as f32));
        }
        Self { step, n_phases, n_taps, taps, phase: 0 }
    }

    /// Filters what is in `input` and leaves there what the next output samples need.
    #[inline(always)]
    fn run(&mut self, input: &mut Vec<f32>, out: &mut Vec<f32>) {
        let (whole, part) = (self.step / self.n_phases, self.step % self.n_phases);
        let start = out.len();
        out.resize(start + input.len() * self.n_phases / self.step + 1, 0.0);
        let mut first = 0;
        let mut n_out = start;
        while first + self.n_taps <= input.len() {
            let row = &self.taps[self.phase * self.n_taps..][..self.n_taps];
            out[n_out] = dot(row, &input[first..first + self.n_taps]);
            n_out += 1;
            first += whole;
            self.phase += part;
            if self.phase >= self.n_phases {
                self.phase -= self.n_phases;
                first += 1;
            }
        }
        out.truncate(n_out);
        let done = first.min(input.len());
        debug_assert_eq!(first, done, "a step is never longer than the filter");
        input.drain(..done);
    }
}

#[inline(always)]
fn dot(taps: &[f32], samples: &[f32]) -> f32 {
    let mut sum = Lanes::splat(0.0);
    let mut at = 0;
    while at + LANES <= taps.len() {
        sum = sum + Lanes::load(&taps[at..at + LANES]) * Lanes::load(&samples[at..at + LANES]);
        at += LANES;
    }
    // Halves, quarters, pairs: the order in which a vector unit folds.
    let s = sum.0;
    let mut fold = [0.0; LANES / 2];
    for i in 0..LANES / 2 {
        fold[i] = s[i] + s[i + LANES / 2];
    }
    (fold[0] + fold[2]) + (fold[1] + fold[3])
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x.abs() < 1e-9 { 1.0 } else { sin(x) / x }
}

/// The modified Bessel function of the first kind, of order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..40 {
        let factor = x / (2.0 * f64::from(k));
        term *= factor * factor;
        sum += term;
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, freq_hz: f64) -> Vec<f32> {
        (0..rate_hz)
            .map(|n| (2.0 * std::f64::consts::PI * freq_hz * f64::from(n) / f64::from(rate_hz)).sin() as f32)
            .collect()
    }

    fn level_after(rate_hz: u32, freq_hz: f64) -> f32 {
        let mut resampler = Resampler::new(rate_hz, 1).unwrap();
        let mut out = Vec::new();
        resampler.push(&tone(rate_hz, freq_hz), &mut out);
        resampler.finish(&mut out);
        let middle = &out[out.len() / 4..out.len() * 3 / 4];
        (middle.iter().map(|s| s * s).sum::<f32>() / middle.len() as f32 * 2.0).sqrt()
    }

    #[test]
    fn passes_what_is_read_and_stops_what_would_fold() {
        for rate_hz in [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
            for freq_hz in [250.0, 1_000.0, 3_500.0] {
                let level = level_after(rate_hz, freq_hz);
                assert!((level - 1.0).abs() < 0.02, "{freq_hz} Hz at {rate_hz}: {level}");
            }
        }
        for (rate_hz, freq_hz) in [(44_100, 10_500.0), (44_100, 15_000.0), (48_000, 12_000.0), (192_000, 31_000.0)] {
            let level = level_after(rate_hz, freq_hz);
            assert!(level < 0.004, "{freq_hz} Hz at {rate_hz}: {level}");
        }
    }

    #[test]
    fn makes_16_000_samples_of_every_second() {
        for rate_hz in [4_000, 8_000, 22_050, 44_100, 44_101, 48_000, 384_000] {
            let mut resampler = Resampler::new(rate_hz, 2).unwrap();
            let mut out = Vec::new();
            resampler.push(&vec![0.1; 2 * rate_hz as usize], &mut out);
            resampler.finish(&mut out);
            assert!(out.len().abs_diff(16_000) < 100, "{rate_hz}: {}", out.len());
        }
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        assert!(matches!(Resampler::new(3_999, 1), Err(Error::SampleRate(3_999))));
        assert!(matches!(Resampler::new(384_001, 1), Err(Error::SampleRate(384_001))));
        assert!(matches!(Resampler::new(8_000, 0), Err(Error::ChannelCount(0))));
        assert!(matches!(Resampler::new(8_000, 65), Err(Error::ChannelCount(65))));
    }
}
