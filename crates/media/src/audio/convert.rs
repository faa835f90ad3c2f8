//! Fewer channels and another sample rate, block by block, exactly as long as the source.
//!
//! Downmix coefficients follow ITU-R BS.775-3, table 2: center and surrounds enter at -3 dB, LFE is left out; the
//! matrix is scaled so that no input can clip.

use std::f32::consts::FRAC_1_SQRT_2;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler};

use super::decode::{Spec, scale};
use crate::{Error, Result};

/// Audio frames the resampler takes at a time, roughly.
const CHUNK_FRAMES: usize = 1024;

/// Converts interleaved samples of one [`Spec`] to one or two channels at another rate.
///
/// The output is `round(input frames * to / from)` audio frames long. The resampling filter has an even length, so
/// the sound may lie half an input sample (about 11 us) beside its exact place.
pub struct Converter {
    from: Spec,
    to: Spec,
    /// Per output channel the weight of every input channel; empty if channels stay as they are.
    matrix: Vec<Vec<f32>>,
    resampler: Option<Fft<f32>>,
    pending: Vec<f32>,
    scratch: Vec<f32>,
    /// Output audio frames still to drop, because the filter delays.
    delay: usize,
    /// Output audio frames still to leave out, because nobody wants to hear them.
    passed_over: u64,
    frames_in: u64,
    /// Output audio frames, those left out included.
    frames_out: u64,
}

impl Converter {
    /// Prepares a conversion to `channels` (1 or 2; 0 keeps them) at `sample_rate`.
    ///
    /// Errors with [`Error::Unsupported`] for other channel counts or rates the resampler refuses.
    pub fn new(from: Spec, sample_rate: u32, channels: u16) -> Result<Self> {
        if channels > 2 || sample_rate == 0 || from.channels == 0 {
            return Err(Error::unsupported("conversion", format!("to {channels} channels at {sample_rate} Hz")));
        }
        let keeps = channels == 0 || channels == from.channels;
        let channels = if keeps { from.channels } else { channels };
        let mask = if keeps { from.mask } else { super::codec::default_mask(channels) };
        let matrix = if keeps { Vec::new() } else { downmix(from, channels) };
        let to = Spec { sample_rate, channels, mask };
        let (resampler, delay) = if sample_rate == from.sample_rate {
            (None, 0)
        } else {
            let (rate_in, rate_out) = (from.sample_rate as usize, sample_rate as usize);
            let resampler = Fft::new(rate_in, rate_out, CHUNK_FRAMES, usize::from(channels), FixedSync::Both)
                .map_err(|error| Error::unsupported("resampling", error.to_string()))?;
            let delay = resampler.output_delay();
            (Some(resampler), delay)
        };
        Ok(Self {
            from,
            to,
            matrix,
            resampler,
            pending: Vec::new(),
            scratch: Vec::new(),
            delay,
            passed_over: 0,
            frames_in: 0,
            frames_out: 0,
        })
    }

    /// Returns what the output is.
    pub fn spec(&self) -> Spec {
        self.to
    }

    /// Leaves out the next `n_frames` audio frames of the output, without computing those of which nothing is heard.
    pub fn pass_over(&mut self, n_frames: u64) {
        self.passed_over = self.passed_over.saturating_add(n_frames);
    }

    /// Returns how many audio frames are still to be left out.
    pub fn left_to_pass_over(&self) -> u64 {
        self.passed_over
    }

    /// Returns how many audio frames have come out, those left out included.
    pub fn frames_out(&self) -> u64 {
        self.frames_out
    }

    /// Converts `block` and appends the result to `out`.
    pub fn push(&mut self, block: &[f32], out: &mut Vec<f32>) -> Result<()> {
        let n_channels = usize::from(self.from.channels);
        let n_frames = block.len() / n_channels;
        self.frames_in += n_frames as u64;
        if self.resampler.is_some() {
            mix(block, n_channels, &self.matrix, &mut self.pending);
            return self.resample(out);
        }
        let n_left_out = leave_out(&mut self.passed_over, n_frames);
        mix(&block[n_left_out * n_channels..], n_channels, &self.matrix, out);
        self.frames_out += n_frames as u64;
        Ok(())
    }

    /// Appends what is still inside to `out`; call once, at the end.
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let Some(resampler) = &self.resampler else {
            return Ok(());
        };
        let total = scale(self.frames_in, self.to.sample_rate, self.from.sample_rate);
        let channels = usize::from(self.to.channels);
        let silence = resampler.input_frames_next() * channels;
        let start = out.len();
        let (before, passed_over) = (self.frames_out, self.passed_over);
        while self.frames_out < total {
            self.pending.resize(self.pending.len() + silence, 0.0);
            self.resample(out)?;
        }
        // What came out after the end was there neither to be heard nor to be passed over.
        let n_left_out = (passed_over - self.passed_over).min(total.saturating_sub(before));
        self.passed_over = passed_over - n_left_out;
        let n_wanted = usize::try_from(total.saturating_sub(before) - n_left_out).unwrap_or(usize::MAX);
        out.truncate(start + n_wanted.saturating_mul(channels));
        self.frames_out = total;
        Ok(())
    }

    fn resample(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let Some(resampler) = &mut self.resampler else {
            return Ok(());
        };
        let channels = usize::from(self.to.channels);
        let failed = |reason: String| Error::Internal { step: "resampling", reason };
        let mut at = 0;
        loop {
            let n_in = resampler.input_frames_next();
            let Some(chunk) = self.pending.get(at..at + n_in * channels) else {
                break;
            };
            let n_out = resampler.output_frames_next();
            // What comes out of a chunk depends on the chunk before it, but on none before that.
            if self.delay == 0 && self.passed_over >= 2 * n_out as u64 {
                self.passed_over -= n_out as u64;
                self.frames_out += n_out as u64;
                at += n_in * channels;
                continue;
            }
            self.scratch.resize(n_out * channels, 0.0);
            let input = InterleavedSlice::new(chunk, channels, n_in).map_err(|e| failed(e.to_string()))?;
            let mut output =
                InterleavedSlice::new_mut(&mut self.scratch, channels, n_out).map_err(|e| failed(e.to_string()))?;
            let (_, written) = resampler
                .process_into_buffer(&input, &mut output, None::<&Indexing>)
                .map_err(|e| failed(e.to_string()))?;
            let delayed = self.delay.min(written);
            self.delay -= delayed;
            self.frames_out += (written - delayed) as u64;
            let n_left_out = leave_out(&mut self.passed_over, written - delayed);
            out.extend_from_slice(&self.scratch[(delayed + n_left_out) * channels..written * channels]);
            at += n_in * channels;
        }
        self.pending.drain(..at);
        Ok(())
    }
}

/// Takes what there is of `n_frames` off what is to be passed over, and returns how much that is.
fn leave_out(passed_over: &mut u64, n_frames: usize) -> usize {
    let n_left_out = usize::try_from(*passed_over).unwrap_or(usize::MAX).min(n_frames);
    *passed_over -= n_left_out as u64;
    n_left_out
}

/// Weights of every input channel in the left and right output.
fn stereo_weights(from: Spec) -> Vec<[f32; 2]> {
    const HALF_POWER: f32 = FRAC_1_SQRT_2;
    if from.channels == 1 {
        return vec![[1.0, 1.0]];
    }
    let has_positions = from.mask.count_ones() == u32::from(from.channels);
    if !has_positions {
        // Unknown speakers: even ones left, odd ones right.
        return (0..from.channels).map(|at| if at % 2 == 0 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
    }
    (0..32)
        .filter(|bit| from.mask & (1 << bit) != 0)
        .map(|bit| match bit {
            0 | 6 => [1.0, 0.0],
            1 | 7 => [0.0, 1.0],
            2 => [HALF_POWER, HALF_POWER],
            3 => [0.0, 0.0],
            4 | 9 | 12 | 15 => [HALF_POWER, 0.0],
            5 | 10 | 14 | 17 => [0.0, HALF_POWER],
            _ => [0.5, 0.5],
        })
        .collect()
}

/// Builds the matrix to one or two channels; every row's weights sum to at most 1, so nothing clips.
fn downmix(from: Spec, channels: u16) -> Vec<Vec<f32>> {
    let weights = stereo_weights(from);
    let mut rows: Vec<Vec<f32>> = if channels == 1 {
        vec![weights.iter().map(|[left, right]| (left + right) / 2.0).collect()]
    } else {
        (0..2).map(|side| weights.iter().map(|weight| weight[side]).collect()).collect()
    };
    let largest = rows.iter().map(|row| row.iter().sum::<f32>()).fold(0.0, f32::max);
    // Only ever turned down, except that a lone LFE must not become silence.
    let gain = if largest > 1.0 { 1.0 / largest } else { 1.0 };
    for row in &mut rows {
        row.iter_mut().for_each(|weight| *weight *= gain);
    }
    rows
}

fn mix(block: &[f32], channels: usize, matrix: &[Vec<f32>], out: &mut Vec<f32>) {
    if matrix.is_empty() {
        out.extend_from_slice(block);
        return;
    }
    for frame in block.chunks_exact(channels) {
        out.extend(matrix.iter().map(|row| row.iter().zip(frame).map(|(weight, sample)| weight * sample).sum::<f32>()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(sample_rate: u32, channels: u16) -> Spec {
        Spec { sample_rate, channels, mask: super::super::codec::default_mask(channels) }
    }

    #[test]
    fn length_is_exact_for_odd_rates() {
        for (from, to) in [(8_000, 48_000), (192_000, 48_000), (44_100, 48_000), (11_025, 44_100), (44_101, 48_000)] {
            for n_frames in [1_usize, 100, 1023, 4096, 50_001] {
                let mut converter = Converter::new(spec(from, 1), to, 0).expect("valid rates");
                let mut out = Vec::new();
                for block in vec![0.25; n_frames].chunks(777) {
                    converter.push(block, &mut out).expect("resamples");
                }
                converter.finish(&mut out).expect("resamples");
                assert_eq!(out.len() as u64, scale(n_frames as u64, to, from), "{from} to {to}, {n_frames}");
            }
        }
    }

    #[test]
    fn resampling_does_not_shift() {
        let wave = |rate: f64| move |n: usize| ((n as f64 / rate * 440.0 * std::f64::consts::TAU).sin() * 0.5) as f32;
        let input: Vec<f32> = (0..44_100).map(wave(44_100.0)).collect();
        let mut converter = Converter::new(spec(44_100, 1), 48_000, 1).expect("valid rates");
        let mut out = Vec::new();
        converter.push(&input, &mut out).expect("resamples");
        converter.finish(&mut out).expect("resamples");
        let worst = out.iter().enumerate().skip(2000).take(40_000).map(|(n, s)| (s - wave(48_000.0)(n)).abs());
        let worst = worst.fold(0.0, f32::max);
        // Half an input sample of 440 Hz at half scale is 0.0157.
        assert!(worst < 0.016, "{worst}");
    }

    #[test]
    fn what_is_passed_over_changes_nothing_of_what_follows() {
        let input: Vec<f32> = (0..60_000_u64).map(|n| ((n * n / 7) % 1999) as f32 / 1000.0 - 1.0).collect();
        let convert = |from: u32, passed_over: &[(usize, u64)]| {
            let mut converter = Converter::new(spec(from, 2), 48_000, 2).expect("valid rates");
            let mut out = Vec::new();
            for (number, block) in input.chunks(2 * 777).enumerate() {
                for (_, n_frames) in passed_over.iter().filter(|(at, _)| *at == number) {
                    converter.pass_over(*n_frames);
                }
                converter.push(block, &mut out).expect("resamples");
            }
            converter.finish(&mut out).expect("resamples");
            (out, converter.left_to_pass_over(), converter.frames_out())
        };
        for from in [44_100, 48_000, 22_050, 96_000] {
            let (whole, _, n_frames) = convert(from, &[]);
            assert_eq!(n_frames, scale(30_000, 48_000, from));
            for passed in [0, 1, 1119, 1120, 5000, n_frames - 1, n_frames] {
                let (rest, left, n_out) = convert(from, &[(0, passed)]);
                assert!(rest == whole[2 * passed as usize..], "{from} Hz, {passed} passed over");
                assert_eq!((left, n_out), (0, n_frames));
            }
            let (rest, left, _) = convert(from, &[(0, n_frames + 10)]);
            assert_eq!((rest.len(), left > 0), (0, true), "{from} Hz");
            let (rest, ..) = convert(from, &[(0, 100), (10, 3000)]);
            assert_eq!(rest.len() as u64, 2 * (n_frames - 3100));
            assert!(rest.ends_with(&whole[whole.len() - 2000..]), "{from} Hz");
        }
    }

    #[test]
    fn full_scale_surround_does_not_clip() {
        for channels in 1..=8 {
            let mut converter = Converter::new(spec(48_000, channels), 48_000, 2).expect("valid");
            let mut out = Vec::new();
            converter.push(&vec![1.0; usize::from(channels)], &mut out).expect("mixes");
            assert!(out.iter().all(|sample| (0.3..=1.0).contains(sample)), "{channels}: {out:?}");
        }
    }
}
