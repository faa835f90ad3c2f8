//! To the one rate of the output.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

use crate::error::{Error, Result};
use crate::spoken::SAMPLE_RATE;

/// Samples the resampler takes at a time, roughly.
const CHUNK: usize = 1024;

/// Resamples a whole piece from `rate` to [`SAMPLE_RATE`], without delay.
///
/// # Errors
/// The resampler refuses the rate.
pub(crate) fn to_output_rate(samples: &[f32], rate: u32) -> Result<Vec<f32>> {
    if rate == SAMPLE_RATE || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let failed = |reason: String| Error::internal("resampling", reason);
    let (from, to) = (rate as usize, SAMPLE_RATE as usize);
    let mut resampler = Fft::<f32>::new(from, to, CHUNK, 1, FixedSync::Both)
        .map_err(|error| Error::Unsupported { what: format!("sample rate {rate}"), reason: error.to_string() })?;
    let input = InterleavedSlice::new(samples, 1, samples.len()).map_err(|error| failed(error.to_string()))?;
    let output = resampler.process_all(&input, samples.len(), None).map_err(|error| failed(error.to_string()))?;
    let mut samples_out = output.take_data();
    // The resampler rounds up, now and then by one too many.
    let n_exact = (samples.len() as u64 * u64::from(SAMPLE_RATE)).div_ceil(u64::from(rate));
    samples_out.truncate(usize::try_from(n_exact).unwrap_or(usize::MAX));
    Ok(samples_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_stays_where_it_is() {
        let mut samples = vec![0.0f32; 22_050];
        samples[11_025] = 1.0;
        let output = to_output_rate(&samples, 22_050).unwrap();
        assert_eq!(output.len(), 48_000);
        let peak = (0..output.len()).max_by(|a, b| output[*a].abs().total_cmp(&output[*b].abs())).unwrap();
        // Half an input sample is 1.1 output samples.
        assert!(peak.abs_diff(24_000) <= 2, "{peak}");
    }
}
