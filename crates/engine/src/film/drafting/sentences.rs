//! Where sentences end.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Words whose full stop ends no sentence, in lower case and without it.
const ABBREVIATIONS: [&str; 40] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "e.g", "i.e", "approx", "fig", "gen", "gov", "ltd", "no",
    "nr", "vol", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "z.b", "d.h",
    "bzw", "ca", "hr", "fr", "sra", "dra", "p",
];

/// Cuts a text into its sentences (UAX #29, and some abbreviations more); what is wider than `width_max` is cut further,
/// after a comma or between words.
pub(super) fn sentences_of(text: &str, width_max: usize) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let mut is_open = false;
    for piece in text.unicode_sentences() {
        match sentences.last_mut() {
            Some(last) if is_open => last.push_str(piece),
            _ => sentences.push(piece.to_owned()),
        }
        is_open = ends_in_abbreviation(piece);
    }
    // What has no letter is no sentence, but may stand between two that have.
    let trimmed = sentences.iter().map(|sentence| sentence.trim()).filter(|sentence| !sentence.is_empty());
    trimmed.flat_map(|sentence| cut(sentence, width_max)).collect()
}

fn ends_in_abbreviation(piece: &str) -> bool {
    let piece = piece.trim_end();
    let Some(rest) = piece.strip_suffix('.') else { return false };
    let word = rest.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // "3. Mai", "1. Januar": a lone number with a stop is an ordinal, or a list's.
    let is_ordinal = !word.is_empty() && word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    is_initial || is_ordinal || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Cuts what is too wide.
fn cut(sentence: &str, width_max: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = sentence;
    while rest.width() > width_max {
        let head = clipped(rest, width_max);
        // A clause should not be much shorter than it could be.
        let clause =
            head.rfind([',', ';', ':', '、', '，']).map(|at| at + head[at..].chars().next().map_or(1, char::len_utf8));
        let clause = clause.filter(|at| *at > head.len() / 2);
        let end = clause.or_else(|| head.rfind(' ')).filter(|at| *at > 0).unwrap_or(head.len());
        parts.push(rest[..end].trim().to_owned());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts
}

/// Returns as much of a text as is `width_max` wide; never nothing of something.
pub(super) fn clipped(text: &str, width_max: usize) -> &str {
    let mut width = 0;
    for (at, letter) in text.char_indices() {
        width += letter.width().unwrap_or(0);
        if width > width_max && at > 0 {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_of_abbreviations_and_numbers_end_nothing() {
        let sentences = sentences_of("Dr. Smith met J. Doe at 3.5 km, on the 3. May. It rained! \"Really?\" Yes.", 400);
        assert_eq!(sentences, ["Dr. Smith met J. Doe at 3.5 km, on the 3. May.", "It rained!", "\"Really?\"", "Yes."]);
    }

    #[test]
    fn wide_sentences_are_cut_at_commas_or_spaces() {
        assert_eq!(sentences_of("One two three, four five six seven", 20), ["One two three,", "four five six seven"]);
        assert_eq!(sentences_of("one two three four five six seven", 20), ["one two three four", "five six seven"]);
        assert_eq!(sentences_of(&"x".repeat(45), 20).iter().map(String::len).collect::<Vec<_>>(), [20, 20, 5]);
        let chinese = sentences_of(&"天地玄黄，宇宙洪荒，".repeat(4), 24);
        assert!(chinese.iter().all(|it| it.ends_with('，') && it.width() <= 24), "{chinese:?}");
    }
}
