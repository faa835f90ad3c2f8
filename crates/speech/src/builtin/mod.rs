//! The built-in synthesizer: more than 90 languages, no download.
//!
//! The words become sounds by the pure-Rust port of espeak-ng with its dictionaries and sound tables ([`words`], [`phones`],
//! [`frames`]); the voice that says them is our own ([`wave`]), so that every sound's time is known to the sample.

mod clause;
mod data;
mod frames;
mod language;
pub(crate) mod languages;
mod phones;
mod voices;
mod wave;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clause::{Delivery, Ending, SoundTime, Stress};
use language::LanguageData;
use languages::{LANGUAGES, Language};
use phones::{Kind, PRIMARY};
pub(crate) use voices::{BuiltinVoice, all};

use crate::error::Result;
use crate::said::{Said, Sound};
use crate::sound::fade_edges;
use crate::text::{Emphasis, Say, Token, is_clause_mark};
use crate::voice::{fallbacks, language_score};

/// The sample rate of what the synthesizer says.
pub(crate) const RATE: u32 = 22_050;

/// A word longer than this is said in pieces; no language has longer ones.
const WORD_MAX_CHARS: usize = 40;

/// The silence at a comma and at a stop inside a sentence, at the normal rate.
const COMMA_MS: f32 = 160.0;
const STOP_MS: f32 = 280.0;

/// How words are said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// 2 is twice as fast.
    pub rate: f32,
    /// 2 is an octave higher.
    pub pitch: f32,
    /// Whether the sentence ends with the last word.
    pub ends_sentence: bool,
}

/// The synthesizer and the languages it has read so far.
pub(crate) struct Builtin {
    root: PathBuf,
    languages: Mutex<BTreeMap<&'static str, Arc<LanguageData>>>,
}

impl Builtin {
    /// Returns a synthesizer that unpacks its data below `root` as languages are needed.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), languages: Mutex::default() }
    }

    fn language(&self, language: &'static Language) -> Result<Arc<LanguageData>> {
        // A thread that died holding the lock left whole entries.
        if let Some(known) = self.languages.lock().unwrap_or_else(PoisonError::into_inner).get(language.data) {
            return Ok(Arc::clone(known));
        }
        // Not under the lock: others may speak meanwhile. Reading a language twice does no harm.
        let data = Arc::new(LanguageData::load(&self.root, language)?);
        self.languages.lock().unwrap_or_else(PoisonError::into_inner).insert(language.data, Arc::clone(&data));
        Ok(data)
    }

    /// Says words in one breath, with the sounds of each.
    pub(crate) fn say(&self, voice: &BuiltinVoice, tokens: &[Token], manner: Manner) -> Result<Said> {
        let language = self.language(voice.language)?;
        let words: Vec<String> = tokens.iter().map(|token| spoken_form(token, &language)).collect();
        let clauses = words::clauses_of(&language, &words)?;
        let stresses: Vec<Stress> = tokens.iter().map(|token| stress_of(token.style.emphasis)).collect();
        let mut said = Said::new(RATE);
        let n_clauses = clauses.len();
        for (idx, clause) in clauses.into_iter().enumerate() {
            let is_last = idx + 1 == n_clauses;
            let ending = if is_last && !manner.ends_sentence { Ending::Continues } else { clause.ending };
            let delivery = Delivery {
                voice: voice.timbre,
                language: &language,
                ending,
                rate: manner.rate,
                pitch: manner.pitch,
                stresses: &stresses,
            };
            let steps = phones::phones_of(&clause.codes, &language);
            let mut rendered = clause::render(&steps, &delivery);
            fade_edges(&mut rendered.samples, RATE);
            said.extend(&rendered.samples, sounds_of(&rendered.times, &language));
            if !is_last {
                let pause_ms = if clause.ending == Ending::Continues { COMMA_MS } else { STOP_MS };
                said.silence(pause_ms / manner.rate);
            }
        }
        Ok(said)
    }

    /// Returns the language's sounds of some words in IPA, each word's apart.
    pub(crate) fn ipa_of(&self, voice: &BuiltinVoice, tokens: &[Token]) -> Result<Vec<String>> {
        let language = self.language(voice.language)?;
        let words: Vec<String> = tokens.iter().map(|token| spoken_form(token, &language)).collect();
        let mut ipa = vec![String::new(); tokens.len()];
        for clause in words::clauses_of(&language, &words)? {
            for step in phones::phones_of(&clause.codes, &language) {
                let phones::Step::Phone(phone) = step else { continue };
                let Some(word) = ipa.get_mut(phone.word) else { continue };
                match phone.stress {
                    stress if phone.kind == Kind::Vowel && stress >= 6 => word.push('ˈ'),
                    stress if phone.kind == Kind::Vowel && stress >= 3 => word.push('ˌ'),
                    _ => {}
                }
                word.push_str(&language.symbol(phone.code, phone.foreign));
                if phone.lengthened {
                    word.push('ː');
                }
            }
        }
        Ok(ipa)
    }
}

/// Returns a language's name in English, or its tag.
pub(crate) fn language_name(tag: &str) -> String {
    language_of(tag).map_or_else(|| tag.to_owned(), |language| language.name.to_owned())
}

/// Returns something to say in a language; English if the language is not known.
pub(crate) fn sample_of(tag: &str) -> String {
    language_of(tag).unwrap_or(&LANGUAGES[0]).sample.to_owned()
}

fn language_of(tag: &str) -> Option<&'static Language> {
    let wanted = fallbacks(tag);
    let score = |language: &&Language| language_score(language.tag, &wanted);
    // The first of the best, as the table is ordered.
    LANGUAGES.iter().rev().filter(|language| score(language) > 0).max_by_key(score)
}

/// Returns what the translator is given for a word.
fn spoken_form(token: &Token, language: &LanguageData) -> String {
    let marks = token.trailing_punctuation();
    match &token.say {
        Say::Written => plain(&token.text),
        Say::Alias(alias) if marks.is_empty() => lettered(&plain(alias), language),
        Say::Alias(alias) => format!("{}{marks}", lettered(plain(alias).trim_end_matches(is_clause_mark), language)),
        Say::Ipa(ipa) => {
            let (mnemonics, _) = language.mnemonics_of_ipa(ipa);
            format!("[[{mnemonics}]]{marks}")
        }
        Say::Shared => marks.to_owned(),
    }
}

/// Writes the letter A so that it is not taken for the English article.
fn lettered(alias: &str, language: &LanguageData) -> String {
    if !language.is_english {
        return alias.to_owned();
    }
    alias.split(' ').map(|word| if word == "A." { "[[eI]]" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Takes from a text what the translator would take for commands, and what would take it forever.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut last, mut n_same, mut n_unbroken) = (' ', 0, 0);
    for letter in text.chars() {
        n_same = if letter == last { n_same + 1 } else { 0 };
        n_unbroken = if letter.is_whitespace() { 0 } else { n_unbroken + 1 };
        let opens_command = letter == '[' && last == '[';
        last = letter;
        // "Nooooo" is said with three letters o; a row of 1000 is no word.
        if n_same >= 3 && !letter.is_ascii_digit() || opens_command || letter.is_control() {
            continue;
        }
        if n_unbroken > WORD_MAX_CHARS {
            plain.push(' ');
            n_unbroken = 1;
        }
        plain.push(letter);
    }
    plain
}

fn stress_of(emphasis: Emphasis) -> Stress {
    match emphasis {
        Emphasis::None => Stress::NONE,
        Emphasis::Moderate => Stress { pitch: 1.1, loudness: 1.25, length: 1.12 },
        Emphasis::Strong => Stress { pitch: 1.2, loudness: 1.45, length: 1.25 },
        Emphasis::Reduced => Stress { pitch: 0.94, loudness: 0.8, length: 0.92 },
    }
}

fn sounds_of(times: &[SoundTime], language: &LanguageData) -> Vec<Sound> {
    let symbol_of = |time: &SoundTime| {
        let symbol = language.symbol(time.phone.code, time.phone.foreign);
        if time.phone.lengthened && !symbol.is_empty() { symbol + "ː" } else { symbol }
    };
    let sound_of = |time: &SoundTime| Sound {
        symbol: symbol_of(time),
        start: time.start as f64 / f64::from(RATE),
        end: time.end as f64 / f64::from(RATE),
        word: time.phone.word,
        stressed: time.phone.kind == Kind::Vowel && time.phone.stress >= PRIMARY,
    };
    times.iter().map(sound_of).collect()
}
