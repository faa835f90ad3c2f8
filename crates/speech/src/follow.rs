//! Recordings of people: when the words of a transcript are said in them, and what the mouth does.
//!
//! The built-in voice reads the transcript, and its times are laid onto what is loud in the recording. Without a transcript
//! nobody knows the words; while somebody is heard, the mouth then moves as in speech, in an order that is always the same.

use crate::align::{aligned, loud_stretches};
use crate::error::Result;
use crate::library::{Library, Synthesizer as _};
use crate::request::Request;
use crate::said::{Said, Sound};
use crate::spoken::{Phoneme, SAMPLE_RATE, SAMPLES_PER_MS, Spoken, Word};
use crate::viseme::Viseme;

/// What a mouth does that says nobody knows what, and for how long each.
const BABBLE: [Viseme; 8] =
    [Viseme::E, Viseme::Dd, Viseme::Aa, Viseme::Nn, Viseme::Ih, Viseme::Ss, Viseme::Oh, Viseme::Kk];
const BABBLE_MS: u32 = 90;

impl Library {
    /// Returns a recording of speech, mono at [`SAMPLE_RATE`], with the times of what is said in it.
    ///
    /// # Errors
    /// The transcript is over a limit, or its language's voice fails.
    pub fn follow(&self, mut samples: Vec<f32>, transcript: &str, language: Option<&str>) -> Result<Spoken> {
        samples.resize(samples.len().next_multiple_of(SAMPLES_PER_MS), 0.0);
        if transcript.trim().is_empty() {
            let phonemes = babble(&samples);
            return Ok(Spoken { samples, phonemes, ..Spoken::default() });
        }
        let voice = self.for_language(language.unwrap_or("en-US"), None).id.clone();
        let reference = self.speak_all(&Request { language, ..Request::new(transcript, &voice) })?;
        let sounds = aligned(&as_said(&reference), &samples, SAMPLE_RATE);
        Ok(laid_out(samples, &reference, &sounds))
    }
}

fn seconds(ms: u32) -> f64 {
    f64::from(ms) / 1000.0
}

fn milliseconds(seconds: f64, end_ms: u32) -> u32 {
    ((seconds * 1000.0).round().max(0.0) as u32).min(end_ms)
}

/// Returns the sounds of what was spoken, silence left out.
fn as_said(spoken: &Spoken) -> Said {
    let mut said = Said::new(SAMPLE_RATE);
    for phoneme in &spoken.phonemes {
        let Some(word) = phoneme.word_idx else { continue };
        let (start, end) = (seconds(phoneme.start_ms), seconds(phoneme.end_ms));
        said.sounds.push(Sound { symbol: phoneme.symbol.clone(), start, end, word, stressed: false });
    }
    said
}

/// Gives the words and sounds of `reference` the times of `sounds`, which are in the same order.
fn laid_out(samples: Vec<f32>, reference: &Spoken, sounds: &[Sound]) -> Spoken {
    let mut spoken = Spoken { samples, warnings: reference.warnings.clone(), ..Spoken::default() };
    let end_ms = spoken.duration_ms();
    let visemes = reference.phonemes.iter().filter(|phoneme| phoneme.word_idx.is_some()).map(|phoneme| phoneme.viseme);
    let mut at_ms = 0;
    for (sound, viseme) in sounds.iter().zip(visemes) {
        let start_ms = milliseconds(sound.start, end_ms).max(at_ms);
        let sound_end_ms = milliseconds(sound.end, end_ms).max(start_ms);
        silence(&mut spoken.phonemes, at_ms, start_ms);
        spoken.phonemes.push(Phoneme {
            symbol: sound.symbol.clone(),
            viseme,
            start_ms,
            end_ms: sound_end_ms,
            word_idx: Some(sound.word),
        });
        at_ms = sound_end_ms;
    }
    silence(&mut spoken.phonemes, at_ms, end_ms);
    let mut last_ms = 0;
    for (idx, word) in reference.words.iter().enumerate() {
        let of_word = spoken.phonemes.iter().filter(|phoneme| phoneme.word_idx == Some(idx));
        let start_ms = of_word.clone().map(|phoneme| phoneme.start_ms).min().unwrap_or(last_ms);
        last_ms = of_word.map(|phoneme| phoneme.end_ms).max().unwrap_or(start_ms);
        spoken.words.push(Word { start_ms, end_ms: last_ms, ..word.clone() });
    }
    spoken
}

fn silence(phonemes: &mut Vec<Phoneme>, start_ms: u32, end_ms: u32) {
    if start_ms < end_ms {
        phonemes.push(Phoneme { symbol: String::new(), viseme: Viseme::Sil, start_ms, end_ms, word_idx: None });
    }
}

fn babble(samples: &[f32]) -> Vec<Phoneme> {
    let end_ms = u32::try_from(samples.len() / SAMPLES_PER_MS).unwrap_or(u32::MAX);
    let mut phonemes = Vec::new();
    let mut at_ms = 0;
    for (start, end) in loud_stretches(samples, SAMPLE_RATE) {
        let (start_ms, stretch_end_ms) = (milliseconds(start, end_ms), milliseconds(end, end_ms));
        silence(&mut phonemes, at_ms, start_ms);
        at_ms = start_ms.max(at_ms);
        for viseme in BABBLE.iter().cycle() {
            if at_ms >= stretch_end_ms {
                break;
            }
            let sound_end_ms = (at_ms + BABBLE_MS).min(stretch_end_ms);
            let (symbol, word_idx) = (String::new(), None);
            phonemes.push(Phoneme { symbol, viseme: *viseme, start_ms: at_ms, end_ms: sound_end_ms, word_idx });
            at_ms = sound_end_ms;
        }
    }
    silence(&mut phonemes, at_ms, end_ms);
    phonemes
}
