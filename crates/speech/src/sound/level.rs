//! Loudness after EBU R 128, and a limiter.

use ebur128::{EbuR128, Mode};

use crate::error::{Error, Result};
use crate::spoken::SAMPLE_RATE;

/// How loud speech is to be.
pub(crate) const LOUDNESS_LUFS: f32 = -16.0;

/// The highest sample, -2 dBFS: 0.5 dB below the allowed true peak of -1.5 dBTP. Speech here has nothing above 11 kHz, so
/// that between two samples at 48 kHz hardly more can hide.
const PEAK: f32 = 0.794;

/// How far ahead the limiter looks, 2 ms.
const LOOKAHEAD: usize = 96;

/// Returns the integrated loudness of samples at [`SAMPLE_RATE`], or `None` for silence and what is too short to tell.
///
/// Measured as the one channel that it is, as every tool measures a mono file; the same sound on two loudspeakers counts 3 dB more.
pub(crate) fn loudness(samples: &[f32]) -> Result<Option<f32>> {
    let failed = |error: ebur128::Error| Error::internal("measuring loudness", error);
    let mut meter = EbuR128::new(1, SAMPLE_RATE, Mode::I).map_err(failed)?;
    meter.add_frames_f32(samples).map_err(failed)?;
    let lufs = meter.loudness_global().map_err(failed)?;
    Ok(lufs.is_finite().then_some(lufs as f32))
}

/// Returns the factor that brings one loudness to another.
pub(crate) fn gain_to(target_lufs: f32, measured_lufs: f32) -> f32 {
    libm::powf(10.0, (target_lufs - measured_lufs) / 20.0)
}

/// Holds all samples within [`PEAK`], turning down 2 ms ahead of each peak and back up over about 60 ms.
pub(crate) fn limit(samples: &mut [f32]) {
    if samples.iter().all(|sample| sample.abs() <= PEAK) {
        return;
    }
    let release = 1.0 / (0.06 * SAMPLE_RATE as f32);
    // The least gain within the next 2 ms, with a slow return.
    let needed = |sample: f32| if sample.abs() > PEAK { PEAK / sample.abs() } else { 1.0 };
    let mut gains = vec![1.0f32; samples.len()];
    let mut hold = std::collections::VecDeque::<(usize, f32)>::new();
    let mut gain = 1.0f32;
    for ahead in 0..samples.len() + LOOKAHEAD {
        let wanted = samples.get(ahead).map_or(1.0, |sample| needed(*sample));
        while hold.back().is_some_and(|(_, gain)| *gain >= wanted) {
            hold.pop_back();
        }
        hold.push_back((ahead, wanted));
        let Some(at) = ahead.checked_sub(LOOKAHEAD) else { continue };
        while hold.front().is_some_and(|(idx, _)| *idx < at) {
            hold.pop_front();
        }
        let least = hold.front().map_or(1.0, |(_, gain)| *gain);
        gain = least.min(gain + (1.0 - gain) * release);
        gains[at] = gain;
    }
    smooth_and_apply(samples, &gains);
}

/// Applies the mean of the last 2 ms of gains: the gain arrives at its least exactly with the peak.
fn smooth_and_apply(samples: &mut [f32], gains: &[f32]) {
    let mut sum = LOOKAHEAD as f64;
    for (at, sample) in samples.iter_mut().enumerate() {
        let leaving = at.checked_sub(LOOKAHEAD).map_or(1.0, |idx| gains[idx]);
        sum += f64::from(gains[at]) - f64::from(leaving);
        *sample = (*sample * (sum / LOOKAHEAD as f64) as f32).clamp(-PEAK, PEAK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f32, n_samples: usize) -> Vec<f32> {
        (0..n_samples).map(|idx| amplitude * libm::sinf(idx as f32 * 0.1309)).collect()
    }

    #[test]
    fn a_sine_has_the_loudness_of_the_standard() {
        // EBU Tech 3341: 1 kHz at -23 dBFS on two loudspeakers is -23 LUFS; on one it is 3 dB less.
        let samples = tone(libm::powf(10.0, -23.0 / 20.0), 10 * 48_000);
        let lufs = loudness(&samples).unwrap().unwrap();
        assert!((lufs + 26.0).abs() < 0.1, "{lufs}");
        assert_eq!(loudness(&[0.0; 48_000]).unwrap(), None);
    }

    #[test]
    fn peaks_are_held_and_the_rest_is_left_alone() {
        let mut samples = tone(0.5, 48_000);
        samples[20_000] = 2.0;
        let before = samples.clone();
        limit(&mut samples);
        assert!(samples.iter().all(|sample| sample.abs() <= PEAK));
        assert!((samples[1000] - before[1000]).abs() < 1e-4);
        assert!((samples[47_000] - before[47_000]).abs() < 0.01);
        // Turned down ahead of the peak, not cut.
        assert!(samples[19_990].abs() < before[19_990].abs());
    }
}
