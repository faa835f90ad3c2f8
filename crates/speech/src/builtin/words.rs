//! From written words to codes, each code with the word it belongs to.
//!
//! The translator reads a whole clause: numbers, units, abbreviations and liaisons depend on the words around. It says nothing
//! about which word a sound comes from, so every word gets a command in front that does nothing but pass through.
//! Where a command keeps the translator from reading two words together ("5 km"), its answer without commands is
//! spoken, and the two are aligned.

use espeak_ng::PhonemeCode;
use espeak_ng::translate::CodeMarker;

use super::clause::Ending;
use super::language::LanguageData;
use super::phones::Code;
use crate::error::{Error, Result};

/// A command letter that espeak accepts and the synthesizer ignores.
const MARK: char = 'U';

/// Aligning needs the product of the lengths; sentences are far shorter than this.
const ALIGNED_MAX: usize = 4_000_000;

/// What is said in one breath.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clause {
    pub codes: Vec<Code>,
    pub ending: Ending,
}

/// Translates words as they are to be spoken.
pub(super) fn clauses_of(language: &LanguageData, words: &[String]) -> Result<Vec<Clause>> {
    let plain = words.join(" ");
    let marked: Vec<String> = words.iter().enumerate().map(|(idx, word)| format!("\u{1}{idx}{MARK}{word}")).collect();
    let marked = translate(language, &marked.join(" "))?;
    let plain = translate(language, &plain)?;
    let marked = with_words(&marked, 0);
    let plain = with_words(&plain, 0);
    let same = marked.len() == plain.len() && marked.iter().zip(&plain).all(|(one, other)| one.sounds_like(other));
    let items = if same { marked } else { aligned(plain, &marked) };
    Ok(into_clauses(items))
}

fn translate(language: &LanguageData, text: &str) -> Result<Vec<PhonemeCode>> {
    language.translator.translate_to_codes(text).map_err(|error| Error::internal("translating a sentence", error))
}

/// One code, or the end of a clause.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Item {
    code: Code,
    clause_end: Option<char>,
}

impl Item {
    fn sounds_like(&self, other: &Self) -> bool {
        self.code.code == other.code.code
            && self.code.ends_word == other.code.ends_word
            && self.clause_end == other.clause_end
    }
}

/// Resolves the commands and the switches to English.
fn with_words(codes: &[PhonemeCode], first_word: usize) -> Vec<Item> {
    let (mut word, mut foreign) = (first_word, false);
    let mut items = Vec::with_capacity(codes.len());
    for code in codes {
        match &code.marker {
            Some(CodeMarker::Embedded(command)) if command.letter == MARK => {
                word = usize::try_from(command.value).unwrap_or(word);
                // The separator before a word stands after its command.
                continue;
            }
            Some(CodeMarker::LangSwitch(language)) => {
                foreign = language == "en" && !foreign;
                continue;
            }
            Some(_) => continue,
            None => {}
        }
        let clause_end = (code.code == 0 && code.is_boundary).then(|| code.clause_char.unwrap_or('.'));
        let ends_word = code.is_boundary && code.code != 0;
        items.push(Item { code: Code { code: code.code, ends_word, foreign, word }, clause_end });
    }
    items
}

/// Gives the codes of `plain` the words of the codes in `marked` that they agree with.
fn aligned(mut plain: Vec<Item>, marked: &[Item]) -> Vec<Item> {
    let (rows, columns) = (plain.len(), marked.len());
    if rows * columns > ALIGNED_MAX || columns == 0 {
        for (idx, item) in plain.iter_mut().enumerate() {
            item.code.word = marked.get(idx * columns / rows.max(1)).map_or(0, |other| other.code.word);
        }
        return plain;
    }
    let width = columns + 1;
    // The longest common subsequence of each pair of rests.
    let mut longest = vec![0u16; (rows + 1) * width];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let skipped = longest[(row + 1) * width + column].max(longest[row * width + column + 1]);
            let agrees = plain[row].sounds_like(&marked[column]);
            let taken = longest[(row + 1) * width + column + 1].saturating_add(1);
            longest[row * width + column] = if agrees { taken.max(skipped) } else { skipped };
        }
    }
    let (mut row, mut column, mut word) = (0, 0, marked[0].code.word);
    while row < rows {
        let rest = |row: usize, column: usize| longest[row * width + column];
        let agrees = column < columns && plain[row].sounds_like(&marked[column]);
        if agrees && rest(row, column) == rest(row + 1, column + 1).saturating_add(1) {
            word = marked[column].code.word;
            column += 1;
        } else if column < columns && rest(row, column + 1) >= rest(row + 1, column) {
            column += 1;
            continue;
        }
        plain[row].code.word = word;
        row += 1;
    }
    plain
}

fn into_clauses(items: Vec<Item>) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let mut codes = Vec::new();
    for item in items {
        let Some(end) = item.clause_end else {
            codes.push(item.code);
            continue;
        };
        if codes.iter().any(|code: &Code| !code.ends_word) {
            clauses.push(Clause { codes: std::mem::take(&mut codes), ending: ending_of(end) });
        }
        codes.clear();
    }
    if codes.iter().any(|code| !code.ends_word) {
        clauses.push(Clause { codes, ending: Ending::Statement });
    }
    clauses
}

fn ending_of(mark: char) -> Ending {
    match mark {
        '?' | '？' | '؟' | '\u{37e}' => Ending::Question,
        '!' | '！' => Ending::Exclamation,
        ',' | ';' | ':' | '，' | '、' | '；' | '：' | '،' | '؛' | '-' | '—' | '–' => Ending::Continues,
        _ => Ending::Statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::languages::LANGUAGES;

    fn words_of(tag: &str, text: &str) -> Vec<Clause> {
        let root = tempfile::tempdir().unwrap();
        let language = LANGUAGES.iter().find(|language| language.data == tag).unwrap();
        let language = LanguageData::load(root.path(), language).unwrap();
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        clauses_of(&language, &words).unwrap()
    }

    fn spoken_words(clauses: &[Clause]) -> Vec<usize> {
        let mut words: Vec<usize> = clauses
            .iter()
            .flat_map(|clause| &clause.codes)
            .filter(|code| !code.ends_word && code.code > 8)
            .map(|code| code.word)
            .collect();
        words.dedup();
        words
    }

    #[test]
    fn every_word_is_found_in_order() {
        let clauses = words_of("en-us", "In 2026 we paid $5.30, i.e. 12 km for Dr. Smith's U.S. trip.");
        assert_eq!(spoken_words(&clauses), (0..13).collect::<Vec<_>>());
    }

    #[test]
    fn words_that_are_read_together_are_aligned() {
        for text in ["It is 5 km away and 10 kg heavy.", "We ran 1 000 000 miles on 3 1/2 days."] {
            let clauses = words_of("en-us", text);
            let words = spoken_words(&clauses);
            assert!(words.windows(2).all(|pair| pair[0] < pair[1]), "{words:?}");
            assert_eq!(words.first(), Some(&0));
            assert_eq!(words.last(), Some(&(text.split_whitespace().count() - 1)));
        }
    }

    #[test]
    fn endings_follow_the_punctuation() {
        let clauses = words_of("en-us", "Well, is it true? Yes!");
        let endings: Vec<Ending> = clauses.iter().map(|clause| clause.ending).collect();
        assert_eq!(endings, [Ending::Continues, Ending::Question, Ending::Exclamation]);
    }
}
