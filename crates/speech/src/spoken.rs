//! What comes out: sound, and the time of every word, phoneme and viseme in it.

use serde::{Deserialize, Serialize};

use crate::viseme::Viseme;

/// The sample rate of everything this crate gives out, in Hz.
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples in a millisecond of output.
pub(crate) const SAMPLES_PER_MS: usize = SAMPLE_RATE as usize / 1000;

/// A text that has been spoken.
///
/// Times are in milliseconds from the first sample. `samples` is always a whole number of milliseconds long, so that
/// one utterance can follow another without any rounding.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// Always [`SAMPLE_RATE`].
    pub sample_rate: u32,
    /// Mono, -1.0 to 1.0.
    pub samples: Vec<f32>,
    /// The written words in order, each once.
    pub words: Vec<Word>,
    /// The sounds in order; they cover the whole duration without gaps, silence is a phoneme of its own.
    pub phonemes: Vec<Phoneme>,
    /// What was not as it was asked for: an unknown voice, a dropped tag.
    pub warnings: Vec<String>,
}

/// One word and its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as it is written, with its punctuation.
    pub text: String,
    /// Its beginning.
    pub start_ms: u32,
    /// Its end, not before `start_ms`; equal to it for what makes no sound, such as a lone dash.
    pub end_ms: u32,
    /// Whether the voice stresses it.
    pub stressed: bool,
    /// Whether a sentence ends with it.
    pub ends_sentence: bool,
}

/// One sound and its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phoneme {
    /// The sound in IPA; empty for silence.
    pub symbol: String,
    /// What the mouth does.
    pub viseme: Viseme,
    /// Its beginning.
    pub start_ms: u32,
    /// Its end.
    pub end_ms: u32,
    /// The word it belongs to, as an index into [`Spoken::words`]; `None` for silence.
    pub word_idx: Option<usize>,
}

/// One sentence of a text, as soon as it is ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// Its beginning, from the beginning of the text.
    pub start_ms: u32,
    /// The sentence with the pause after it; its own times begin at 0.
    pub spoken: Spoken,
}

impl Default for Spoken {
    fn default() -> Self {
        Self {
            sample_rate: SAMPLE_RATE,
            samples: Vec::new(),
            words: Vec::new(),
            phonemes: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Spoken {
    /// Returns the duration.
    pub fn duration_ms(&self) -> u32 {
        u32::try_from(self.samples.len() / SAMPLES_PER_MS).unwrap_or(u32::MAX)
    }

    /// Adds what is spoken next.
    pub fn append(&mut self, next: Self) {
        let shift_ms = self.duration_ms();
        let n_words = self.words.len();
        self.samples.extend(next.samples);
        self.words.extend(next.words.into_iter().map(|word| Word {
            start_ms: word.start_ms + shift_ms,
            end_ms: word.end_ms + shift_ms,
            ..word
        }));
        self.phonemes.extend(next.phonemes.into_iter().map(|phoneme| Phoneme {
            start_ms: phoneme.start_ms + shift_ms,
            end_ms: phoneme.end_ms + shift_ms,
            word_idx: phoneme.word_idx.map(|idx| idx + n_words),
            ..phoneme
        }));
        self.warnings.extend(next.warnings);
    }
}
