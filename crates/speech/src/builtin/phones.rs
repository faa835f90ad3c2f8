//! From the translator's codes to sounds with what surrounds them.
//!
//! A clause comes as codes: stress marks, length marks, word ends and phonemes. What a phoneme sounds like and how long it
//! lasts depends on its neighbors, its stress and its place in word and clause; this module gathers that.

use espeak_ng::PhonemeData;
use espeak_ng::phoneme::{
    PHON_END_WORD, PHON_LENGTHEN, PHON_PAUSE, PHON_PAUSE_CLAUSE, PHON_PAUSE_LONG, PHON_PAUSE_NOLINK, PHON_PAUSE_SHORT,
    PHON_PAUSE_VSHORT, PHON_STRESS_P2, PHON_STRESS_PREV, PHON_STRESS_TONIC,
};
use espeak_ng::synthesize::setlengths;

use super::language::LanguageData;

/// What kind of sound a phoneme is: the types of espeak's phoneme tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Vowel,
    Liquid,
    Stop,
    VoicedStop,
    Fricative,
    VoicedFricative,
    Nasal,
    /// No sound of its own: a tone, a stress mark, a palatal mark.
    Mark,
}

/// The stress level from which a syllable is the stressed one of its word.
pub(super) const PRIMARY: u8 = 4;

/// One code of the translator, with the word it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    pub code: u8,
    /// Whether it ends a word rather than being a sound.
    pub ends_word: bool,
    /// Whether it is of the English tables.
    pub foreign: bool,
    /// The index of the written word.
    pub word: usize,
}

/// One sound and its surroundings.
#[derive(Debug, Clone)]
pub(super) struct Phone {
    pub code: u8,
    pub kind: Kind,
    pub stress: u8,
    pub lengthened: bool,
    /// Whether it is of the English tables.
    pub foreign: bool,
    /// The index of the written word.
    pub word: usize,
    /// The codes before and after; 0 beside a pause.
    pub prev: u8,
    pub next: u8,
    pub next2: u8,
    /// Whether this phone, the one before and the two after begin a word.
    pub starts_word: bool,
    pub prev_starts_word: bool,
    pub next_starts_word: bool,
    pub next2_starts_word: bool,
    /// Whether another vowel follows in the same word.
    pub more_syllables: bool,
    /// Whether this is the last word of the clause.
    pub in_last_word: bool,
    /// The tone in Chao's letters, 1 to 5, such as `[5, 1]`; empty in languages without tones.
    pub tone: Vec<u8>,
}

/// One step of a clause.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Silence inside a clause.
    Pause {
        ms: f32,
    },
    Phone(Box<Phone>),
}

/// Gathers the sounds of a clause.
pub(super) fn phones_of(codes: &[Code], language: &LanguageData) -> Vec<Step> {
    let last_word = codes.iter().filter(|code| !code.ends_word).map(|code| code.word).max().unwrap_or(0);
    let mut steps = Vec::new();
    let (mut stress, mut lengthened) = (0u8, false);
    let mut starts_word = true;
    for (idx, code) in codes.iter().enumerate() {
        let tables = language.tables(code.foreign);
        if code.ends_word || code.code == PHON_END_WORD {
            starts_word = true;
            continue;
        }
        if let Some(ms) = pause_ms(code.code) {
            steps.push(Step::Pause { ms });
            starts_word = true;
            continue;
        }
        match code.code {
            0 => {}
            PHON_STRESS_PREV => stress_previous(&mut steps),
            1..=PHON_STRESS_P2 => stress = code.code,
            PHON_STRESS_TONIC => stress = PHON_STRESS_P2,
            PHON_LENGTHEN => lengthened = true,
            _ => {
                let Some(kind) = kind_of(tables, code.code) else { continue };
                if kind == Kind::Mark {
                    set_tone(&mut steps, tables, code.code);
                    continue;
                }
                let mut phone = bare_phone(*code, kind);
                phone.stress = setlengths::stress_code_to_level(stress);
                phone.lengthened = std::mem::take(&mut lengthened);
                phone.starts_word = std::mem::take(&mut starts_word);
                phone.more_syllables = more_syllables(&codes[idx + 1..], tables);
                phone.in_last_word = code.word == last_word;
                // A mark of stress belongs to the syllable: the consonants before its vowel do not use it up.
                if kind == Kind::Vowel {
                    stress = 0;
                }
                steps.push(Step::Phone(Box::new(phone)));
            }
        }
    }
    link(&mut steps);
    steps
}

fn bare_phone(code: Code, kind: Kind) -> Phone {
    Phone {
        code: code.code,
        kind,
        stress: 0,
        lengthened: false,
        foreign: code.foreign,
        word: code.word,
        prev: 0,
        next: 0,
        next2: 0,
        starts_word: false,
        prev_starts_word: false,
        next_starts_word: false,
        next2_starts_word: false,
        more_syllables: false,
        in_last_word: false,
        tone: Vec::new(),
    }
}

/// Tells every phone its neighbors; a pause is a neighbor without a code.
fn link(steps: &mut [Step]) {
    let seen: Vec<(u8, bool, bool)> = steps
        .iter()
        .map(|step| match step {
            Step::Pause { .. } => (0, true, false),
            Step::Phone(phone) => (phone.code, phone.starts_word, phone.foreign),
        })
        .collect();
    for (idx, step) in steps.iter_mut().enumerate() {
        let Step::Phone(phone) = step else { continue };
        // The codes of another language's tables mean nothing here.
        let at = |idx: Option<usize>| match idx.and_then(|idx| seen.get(idx)) {
            Some((code, starts_word, foreign)) if *foreign == phone.foreign => (*code, *starts_word),
            _ => (0, true),
        };
        let (before, after, second) = (at(idx.checked_sub(1)), at(Some(idx + 1)), at(Some(idx + 2)));
        (phone.prev, phone.prev_starts_word) = before;
        (phone.next, phone.next_starts_word) = after;
        (phone.next2, phone.next2_starts_word) = second;
    }
}

/// Moves the main stress to the vowel before, as the mark asks.
fn stress_previous(steps: &mut [Step]) {
    let vowel = steps.iter_mut().rev().find_map(|step| match step {
        Step::Phone(phone) if phone.kind == Kind::Vowel => Some(phone),
        _ => None,
    });
    if let Some(phone) = vowel {
        phone.stress = setlengths::stress_code_to_level(espeak_ng::phoneme::PHON_STRESS_P);
    }
}

/// Gives the last vowel its tone, when the mark is one: its name is made of Chao's letters.
fn set_tone(steps: &mut [Step], tables: &PhonemeData, code: u8) {
    let name = tables.get(code).map(espeak_ng::PhonemeTab::mnemonic_str).unwrap_or_default();
    let tone: Vec<u8> = name.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let is_tone = tone.len() == name.len() && tone.len() >= 2 && tone.iter().all(|level| (1..=5).contains(level));
    let vowel = steps.iter_mut().rev().find_map(|step| match step {
        Step::Phone(phone) if phone.kind == Kind::Vowel => Some(phone),
        _ => None,
    });
    if let (true, Some(phone)) = (is_tone, vowel) {
        phone.tone = tone;
    }
}

/// Whether a vowel comes before the end of the word.
fn more_syllables(rest: &[Code], tables: &PhonemeData) -> bool {
    rest.iter()
        .take_while(|code| !code.ends_word && code.code != 0 && code.code != PHON_END_WORD)
        .any(|code| kind_of(tables, code.code) == Some(Kind::Vowel))
}

fn pause_ms(code: u8) -> Option<f32> {
    Some(match code {
        PHON_PAUSE => 60.0,
        PHON_PAUSE_SHORT | PHON_PAUSE_NOLINK => 30.0,
        PHON_PAUSE_VSHORT => 15.0,
        PHON_PAUSE_LONG | PHON_PAUSE_CLAUSE => 120.0,
        _ => return None,
    })
}

/// Returns the kind of a phoneme of the selected table.
pub(super) fn kind_of(tables: &PhonemeData, code: u8) -> Option<Kind> {
    let phoneme = tables.get(code)?;
    Some(match phoneme.typ {
        2 => Kind::Vowel,
        3 => Kind::Liquid,
        4 => Kind::Stop,
        5 => Kind::VoicedStop,
        6 => Kind::Fricative,
        7 => Kind::VoicedFricative,
        8 => Kind::Nasal,
        _ => Kind::Mark,
    })
}
