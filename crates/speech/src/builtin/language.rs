//! What the synthesizer has read of one language.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use espeak_ng::synthesize::bytecode::Neighbours;
use espeak_ng::translate::phoneme_ipa::write_ph_mnemonic_ipa;
use espeak_ng::translate::select_phoneme_table;
use espeak_ng::{PhonemeData, Translator, voices};

use super::data;
use super::languages::Language;
use super::phones::{Kind, kind_of};
use crate::error::{Error, Result};

/// One language, ready to speak; shared by all threads.
pub(crate) struct LanguageData {
    pub translator: Translator,
    pub tables: PhonemeData,
    /// The tables for foreign words in Latin letters, which the translator reads as English.
    pub english: PhonemeData,
    pub stress_lengths: Option<[u32; 8]>,
    pub tempo: f32,
    pub is_english: bool,
    pub intonation_group: usize,
    ipa: OnceLock<BTreeMap<String, String>>,
}

impl LanguageData {
    /// Reads a language; its files go to `root`.
    pub(crate) fn load(root: &Path, language: &Language) -> Result<Self> {
        let name = language.data;
        let folder = data::folder_of(root, name)?;
        let translator =
            Translator::new(name, Some(&folder)).map_err(|error| Error::internal("loading a language", error))?;
        let stress_lengths = voices::voice_stress_length(&folder, name).and_then(|lengths| {
            let lengths: Vec<u32> = lengths.into_iter().map(|length| u32::try_from(length).unwrap_or(0)).collect();
            <[u32; 8]>::try_from(lengths).ok()
        });
        Ok(Self {
            translator,
            tables: tables_of(&folder, name)?,
            english: tables_of(&folder, "en")?,
            stress_lengths: stress_lengths.or(language.stress_lengths),
            tempo: language.tempo,
            is_english: name.starts_with("en"),
            intonation_group: voices::voice_intonation(&folder, name).map_or(1, usize::from),
            ipa: OnceLock::new(),
        })
    }

    /// Returns the tables a sound is looked up in.
    pub(crate) fn tables(&self, foreign: bool) -> &PhonemeData {
        if foreign { &self.english } else { &self.tables }
    }

    /// Returns the IPA symbol of a sound, without marks of stress.
    pub(crate) fn symbol(&self, code: u8, foreign: bool) -> String {
        write_ph_mnemonic_ipa(self.tables(foreign), code, &Neighbours { this: code, ..Neighbours::default() })
    }

    /// Writes IPA in the language's own phoneme names, as the translator reads them between `[[` and `]]`.
    ///
    /// Returns them with the number of letters that no sound of the language matches.
    pub(crate) fn mnemonics_of_ipa(&self, ipa: &str) -> (String, usize) {
        let known = self.ipa.get_or_init(|| self.known_ipa());
        let letters: Vec<char> = ipa.chars().collect();
        let (mut mnemonics, mut n_unknown, mut at) = (String::new(), 0, 0);
        while at < letters.len() {
            if let Some(mark) = mark_of(letters[at]) {
                mnemonics.push_str(mark);
                at += 1;
                continue;
            }
            let longest = (1..=4.min(letters.len() - at)).rev().find_map(|n_letters| {
                let symbol: String = letters[at..at + n_letters].iter().collect();
                known.get(&symbol).or_else(|| known.get(similar(&symbol)?)).map(|mnemonic| (mnemonic, n_letters))
            });
            match longest {
                Some((mnemonic, n_letters)) => {
                    // A divider, lest two names be read as one.
                    mnemonics.push_str(mnemonic);
                    mnemonics.push('|');
                    at += n_letters;
                }
                None => {
                    n_unknown += usize::from(letters[at].is_alphabetic());
                    at += 1;
                }
            }
        }
        (mnemonics, n_unknown)
    }

    /// Returns the names of all sounds of the language by their IPA symbols.
    fn known_ipa(&self) -> BTreeMap<String, String> {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for code in 0..=u8::MAX {
            if !matches!(kind_of(&self.tables, code), Some(kind) if kind != Kind::Mark) {
                continue;
            }
            let Some(phoneme) = self.tables.get(code) else { continue };
            let symbol = self.symbol(code, false);
            let mnemonic = phoneme.mnemonic_str();
            // Several sounds may share a symbol; the one with the shortest name is the plain one.
            let shorter = known.get(&symbol).is_none_or(|other| mnemonic.len() < other.len());
            if !symbol.is_empty() && shorter {
                known.insert(symbol, mnemonic);
            }
        }
        known
    }
}

/// Returns what a mark of the IPA is called by the translator; empty for marks that need no name.
fn mark_of(letter: char) -> Option<&'static str> {
    match letter {
        'ˈ' | '\'' => Some("'"),
        'ˌ' => Some(","),
        ' ' | '.' => Some(" "),
        '/' | '[' | ']' | '‿' | '\u{361}' => Some(""),
        _ => None,
    }
}

/// Returns another symbol for nearly the same sound.
fn similar(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "g" => "ɡ",
        "r" => "ɹ",
        "ɹ" | "ʁ" => "r",
        "a" | "ɑ" => "ɑː",
        "e" => "ɛ",
        "ɛ" => "e",
        "o" | "ɒ" => "ɔ",
        "ɔ" => "ɔː",
        "i" => "iː",
        "u" => "uː",
        "əʊ" => "oʊ",
        "oʊ" => "əʊ",
        "ɜː" => "ɜ",
        "ɝ" => "ɜː",
        "ɚ" => "ə",
        "ʌ" => "ɐ",
        "æ" => "a",
        "ɫ" => "l",
        _ => return None,
    })
}

fn tables_of(folder: &Path, name: &str) -> Result<PhonemeData> {
    let mut tables = PhonemeData::load(folder).map_err(|error| Error::internal("loading sounds", error))?;
    select_phoneme_table(&mut tables, folder, name).map_err(|error| Error::internal("loading sounds", error))?;
    Ok(tables)
}
