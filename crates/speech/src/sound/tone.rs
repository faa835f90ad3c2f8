//! Filters over whole sentences.

use crate::spoken::SAMPLE_RATE;

/// A filter of second order.
struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl Biquad {
    /// A high-pass without a hump, after R. Bristow-Johnson's cookbook.
    fn high_pass(hz: f32) -> Self {
        let angle = std::f32::consts::TAU * hz / SAMPLE_RATE as f32;
        let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
        let alpha = sin / std::f32::consts::SQRT_2;
        let a0 = 1.0 + alpha;
        let edge = (1.0 + cos) / 2.0 / a0;
        Self { b: [edge, -2.0 * edge, edge], a: [-2.0 * cos / a0, (1.0 - alpha) / a0], state: [0.0; 2] }
    }

    fn run(&mut self, samples: &mut [f32]) {
        for sample in samples {
            let input = *sample;
            let output = self.b[0] * input + self.state[0];
            self.state[0] = self.b[1] * input - self.a[0] * output + self.state[1];
            self.state[1] = self.b[2] * input - self.a[1] * output;
            *sample = output;
        }
    }
}

/// Takes away what lies below the voice: a constant offset and rumble.
pub(crate) fn without_rumble(samples: &mut [f32]) {
    Biquad::high_pass(55.0).run(samples);
}

/// Fades the first and last 4 ms of a piece of speech at `rate`, so that it comes from silence without a step.
pub(crate) fn fade_edges(samples: &mut [f32], rate: u32) {
    let n_fade = (rate as usize / 250).min(samples.len() / 2);
    let n_samples = samples.len();
    for idx in 0..n_fade {
        // A raised cosine, so that the slope has no step either.
        let gain = 0.5 - 0.5 * libm::cosf(std::f32::consts::PI * (idx as f32 + 0.5) / n_fade as f32);
        samples[idx] *= gain;
        samples[n_samples - 1 - idx] *= gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_goes_and_the_voice_stays() {
        let mut samples: Vec<f32> = (0..48_000).map(|idx| 0.2 + 0.5 * libm::sinf(idx as f32 * 0.0262)).collect();
        without_rumble(&mut samples);
        let end = &samples[24_000..];
        let mean = end.iter().sum::<f32>() / end.len() as f32;
        let peak = end.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        assert!(mean.abs() < 1e-3, "{mean}");
        assert!((peak - 0.5).abs() < 0.03, "{peak}");
    }

    #[test]
    fn edges_begin_and_end_at_nothing() {
        let mut samples = vec![1.0; 4800];
        fade_edges(&mut samples, SAMPLE_RATE);
        assert!(samples[0] < 0.001 && samples[4799] < 0.001 && samples[2400] == 1.0);
        assert!(samples.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.01));
        fade_edges(&mut [], SAMPLE_RATE);
    }
}
