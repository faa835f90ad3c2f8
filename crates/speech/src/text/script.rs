//! What is to be spoken: sentences of words and pauses, each word with what is said for it and how.

use super::dictionary::Dictionary;
use super::markup::{Piece, pieces_of};
use super::tags::Reader;
use super::{PAUSE_MAX_MS, PAUSES_MAX_MS, TEXT_MAX_CHARS};
use crate::error::{Error, Result};

/// A whole text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Script {
    pub passages: Vec<Passage>,
    pub warnings: Vec<String>,
}

/// One sentence.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Passage {
    pub items: Vec<Item>,
    /// Whether a paragraph ends with it.
    pub ends_paragraph: bool,
}

/// A word or a pause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Word(Token),
    Pause { ms: u32 },
}

/// One written word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// As it is written, with its punctuation.
    pub text: String,
    pub say: Say,
    pub style: Style,
}

/// What is said for a written word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Say {
    /// The word.
    Written,
    /// Something else.
    Alias(String),
    /// These sounds, in IPA.
    Ipa(String),
    /// Nothing of its own: it shares what the word before says.
    Shared,
}

/// How much a word is stressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Emphasis {
    #[default]
    None,
    Moderate,
    Strong,
    Reduced,
}

/// How a word is said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Style {
    /// 2 is twice as fast.
    pub rate: f32,
    /// 2 is an octave higher.
    pub pitch: f32,
    pub gain_db: f32,
    pub emphasis: Emphasis,
    /// The id of another voice.
    pub voice: Option<String>,
    /// Another language, as a BCP 47 tag.
    pub language: Option<String>,
}

impl Default for Style {
    fn default() -> Self {
        Self { rate: 1.0, pitch: 1.0, gain_db: 0.0, emphasis: Emphasis::None, voice: None, language: None }
    }
}

impl Style {
    /// Whether two words can be said in one breath: all but the emphasis agrees.
    pub(crate) fn flows_into(&self, next: &Self) -> bool {
        let same_sound = self.rate == next.rate && self.pitch == next.pitch && self.gain_db == next.gain_db;
        same_sound && self.voice == next.voice && self.language == next.language
    }
}

impl Token {
    /// Returns the punctuation that the word ends with.
    pub(crate) fn trailing_punctuation(&self) -> &str {
        let word = self.text.trim_end_matches(is_clause_mark);
        &self.text[word.len()..]
    }
}

/// Whether a mark has a say in intonation and pauses.
pub(crate) fn is_clause_mark(letter: char) -> bool {
    matches!(
        letter,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '…'
            | '。'
            | '，'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '،'
            | '؛'
            | '؟'
            | '।'
    )
}

/// Reads a text in `language`, which tells how dates are said; with `markup` off, tags and marks are words like others.
///
/// # Errors
/// The text is too long, its tags are nested too deep, or its pauses are too long in sum.
pub(crate) fn script_of(text: &str, markup: bool, dictionary: &Dictionary, language: &str) -> Result<Script> {
    let n_chars = text.chars().take(TEXT_MAX_CHARS + 1).count();
    if n_chars > TEXT_MAX_CHARS {
        let actual = text.chars().count() as u64;
        return Err(Error::Limit { what: "the text's length in characters", actual, limit: TEXT_MAX_CHARS as u64 });
    }
    let text: String = text.chars().map(|letter| if is_unspeakable(letter) { ' ' } else { letter }).collect();
    let mut reader = Reader::new(dictionary, language);
    let pieces = if markup { pieces_of(&text) } else { vec![Piece::Text(text)] };
    for piece in pieces {
        reader.read(piece)?;
    }
    let mut script = reader.finish();
    limit_pauses(&mut script)?;
    Ok(script)
}

/// Control characters, which the synthesizer takes for commands; line ends are spaces of their own kind.
fn is_unspeakable(letter: char) -> bool {
    let is_direction =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) || is_direction
}

fn limit_pauses(script: &mut Script) -> Result<()> {
    let mut sum_ms = 0u64;
    let mut n_cut = 0;
    for item in script.passages.iter_mut().flat_map(|passage| &mut passage.items) {
        let Item::Pause { ms } = item else { continue };
        if *ms > PAUSE_MAX_MS {
            *ms = PAUSE_MAX_MS;
            n_cut += 1;
        }
        sum_ms += u64::from(*ms);
    }
    if n_cut > 0 {
        script.warnings.push(format!("a pause longer than {} s was shortened to that", PAUSE_MAX_MS / 1000));
    }
    if sum_ms > u64::from(PAUSES_MAX_MS) {
        return Err(Error::Limit {
            what: "the sum of the pauses in ms",
            actual: sum_ms,
            limit: u64::from(PAUSES_MAX_MS),
        });
    }
    Ok(())
}
