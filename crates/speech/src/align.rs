//! Times for speech that came without: those of the built-in voice, laid onto what is loud.

use crate::said::{Said, Sound};

/// The length of the pieces whose loudness is measured, in seconds.
const FRAME: f64 = 0.01;

/// What is this much quieter than the loudest piece is silence: 34 dB.
const SILENCE: f32 = 0.02;

/// A shorter silence is part of the speech around it: the closure of a stop, say.
const PAUSE_MIN: f64 = 0.12;

/// A span of time in seconds.
pub(crate) type Span = (f64, f64);

/// Returns the sounds of `reference`, which says the same words, with the times they have in `samples`.
///
/// Where both have the same number of stretches of speech between pauses, each stretch is laid onto its counterpart; otherwise
/// the whole onto the whole.
pub(crate) fn aligned(reference: &Said, samples: &[f32], rate: u32) -> Vec<Sound> {
    let own = loud_stretches(samples, rate);
    let spans: Vec<Span> = reference.sounds.iter().map(|sound| (sound.start, sound.end)).collect();
    let theirs = stretches_of(&spans);
    let (Some(own_first), Some(own_last)) = (own.first(), own.last()) else { return Vec::new() };
    let (Some(first), Some(last)) = (theirs.first(), theirs.last()) else { return Vec::new() };
    let pairs: Vec<(Span, Span)> = if own.len() == theirs.len() {
        theirs.iter().copied().zip(own.iter().copied()).collect()
    } else {
        vec![((first.0, last.1), (own_first.0, own_last.1))]
    };
    let at = |time: f64| {
        let inside = pairs.iter().find(|((_, end), _)| time <= *end + 1e-9).or(pairs.last());
        inside.map_or(time, |((start, end), (own_start, own_end))| {
            let part = ((time - start) / (end - start).max(1e-6)).clamp(0.0, 1.0);
            own_start + part * (own_end - own_start)
        })
    };
    reference.sounds.iter().map(|sound| Sound { start: at(sound.start), end: at(sound.end), ..sound.clone() }).collect()
}

/// Returns the stretches in which somebody is heard.
pub(crate) fn loud_stretches(samples: &[f32], rate: u32) -> Vec<Span> {
    stretches_of(&loud_spans(samples, rate))
}

/// Returns the pieces of 10 ms that are not silent.
fn loud_spans(samples: &[f32], rate: u32) -> Vec<Span> {
    let n_frame = ((f64::from(rate) * FRAME) as usize).max(1);
    let energy =
        |frame: &[f32]| libm::sqrtf(frame.iter().map(|sample| sample * sample).sum::<f32>() / frame.len() as f32);
    let levels: Vec<f32> = samples.chunks(n_frame).map(energy).collect();
    let threshold = levels.iter().fold(0.0f32, |most, level| most.max(*level)) * SILENCE;
    let loud = levels.iter().enumerate().filter(|(_, level)| **level > threshold.max(1e-6));
    loud.map(|(idx, _)| (idx as f64 * FRAME, (idx + 1) as f64 * FRAME)).collect()
}

/// Joins spans with no pause between.
fn stretches_of(spans: &[Span]) -> Vec<Span> {
    let mut stretches: Vec<Span> = Vec::new();
    for (start, end) in spans {
        match stretches.last_mut() {
            Some(last) if start - last.1 < PAUSE_MIN => last.1 = last.1.max(*end),
            _ => stretches.push((*start, *end)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(times: &[(f64, f64)]) -> Said {
        let mut said = Said::new(1000);
        let sound = |(idx, (start, end)): (usize, &(f64, f64))| Sound {
            symbol: "a".into(),
            start: *start,
            end: *end,
            word: idx,
            stressed: false,
        };
        said.sounds = times.iter().enumerate().map(sound).collect();
        said
    }

    fn speech(loud: &[(usize, usize)], n_ms: usize) -> Vec<f32> {
        let mut samples = vec![0.0; n_ms];
        loud.iter().for_each(|(start, end)| samples[*start..*end].fill(0.5));
        samples
    }

    #[test]
    fn stretches_are_laid_onto_each_other() {
        let reference = reference(&[(0.0, 0.2), (0.2, 0.4), (0.8, 1.0)]);
        let sounds = aligned(&reference, &speech(&[(100, 500), (1000, 1400)], 1600), 1000);
        let times: Vec<(u32, u32)> = sounds
            .iter()
            .map(|sound| ((sound.start * 1000.0).round() as u32, (sound.end * 1000.0).round() as u32))
            .collect();
        assert_eq!(times, [(100, 300), (300, 500), (1000, 1400)]);
    }

    #[test]
    fn the_whole_is_laid_onto_the_whole_when_pauses_differ() {
        let reference = reference(&[(0.0, 0.5), (0.5, 1.0)]);
        let sounds = aligned(&reference, &speech(&[(0, 400), (1600, 2000)], 2000), 1000);
        assert!((sounds[0].end - 1.0).abs() < 0.01 && (sounds[1].end - 2.0).abs() < 0.01);
        assert!(aligned(&reference, &[0.0; 100], 1000).is_empty());
    }
}
