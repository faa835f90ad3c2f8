//! Words as pieces that fit a line each, and how good it is to break between them.

use unicode_script::{Script, UnicodeScript as _};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

use super::breaks::{TORN, WORDS, break_cost};
use super::cue::CueWord;
use crate::utterance::WordCue;

/// How wide a character is that takes two columns, in parts of a Latin one: 16 of them are as much to read as 42.
const WIDE: f64 = 2.6;
/// What may not begin a line in Chinese and Japanese.
const NO_BEGINNING: &str = "、。，．！？：；）」』】》〉”’…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?)";
/// What ends a part of a sentence in Chinese and Japanese.
const PUNCTUATION: &str = "、。，．！？：；」』";

/// A word, or a part of one, with what decides about a break after it.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) word: CueWord,
    pub(super) width: f64,
    /// How bad it is to break after it.
    pub(super) break_cost: f64,
    pub(super) ends_sentence: bool,
}

/// How much room a text takes, in Latin characters.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(|c| if c.width() == Some(2) { WIDE } else { f64::from(c.width().unwrap_or(0) as u32) }).sum()
}

/// Turns words into pieces that fit a line each.
pub(super) fn pieces(words: &[WordCue], line_width: f64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (idx, word) in words.iter().enumerate() {
        let text: String = word.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            continue;
        }
        let is_glued = pieces.last().is_some_and(|last| is_written_together(&last.word.text, &text));
        let next = words.get(idx + 1).map(|word| word.text.as_str());
        let cost = break_cost(&text, next, word.ends_sentence);
        let parts = parts_of(&text, line_width);
        let whole = text.chars().count().max(1) as u64;
        let duration = u64::from(word.end_ms.saturating_sub(word.start_ms));
        let at = |n_chars: u64| word.start_ms.saturating_add((duration * n_chars / whole) as u32);
        let mut n_before = 0;
        for (part_idx, part) in parts.iter().enumerate() {
            let n_after = n_before + part.text.chars().count() as u64;
            let is_last = part_idx + 1 == parts.len();
            pieces.push(Piece {
                word: CueWord {
                    text: part.text.clone(),
                    start_ms: at(n_before),
                    end_ms: at(n_after),
                    is_glued: is_glued || part_idx > 0,
                },
                width: width(&part.text),
                break_cost: if is_last { cost } else { part.break_cost },
                ends_sentence: if is_last { word.ends_sentence } else { part.break_cost == 0.0 },
            });
            n_before = n_after;
        }
    }
    pieces
}

/// A part of a text without spaces.
#[derive(Debug, PartialEq)]
struct Part {
    text: String,
    break_cost: f64,
}

/// Cuts a text that is too long for a line: after punctuation, where a phrase of Japanese begins, or where it must be.
fn parts_of(text: &str, line_width: f64) -> Vec<Part> {
    if width(text) <= line_width {
        return vec![Part { text: text.to_owned(), break_cost: 0.0 }];
    }
    // A few characters a part, so that lines of about equal length can be made of them.
    let part_width = line_width / 4.0;
    let mut parts: Vec<Part> = Vec::new();
    let mut part = String::new();
    for grapheme in text.graphemes(true) {
        let may_begin = !NO_BEGINNING.contains(grapheme);
        let is_too_wide = width(&part) + width(grapheme) > line_width;
        let is_full = width(&part) + width(grapheme) > part_width;
        let is_phrase = begins_phrase(&part, grapheme);
        if !part.is_empty() && (is_too_wide || (may_begin && (is_phrase || is_full))) {
            let break_cost = if is_phrase { break_cost(&part, None, false) } else { TORN };
            parts.push(Part { text: std::mem::take(&mut part), break_cost });
        }
        part.push_str(grapheme);
    }
    parts.push(Part { text: part, break_cost: WORDS });
    parts
}

/// Whether a phrase ends with `before` and one begins with `next`.
///
/// In Japanese, particles and endings are written in Hiragana, and what follows them in other letters begins a phrase.
fn begins_phrase(before: &str, next: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next_back(), next.chars().next()) else {
        return false;
    };
    PUNCTUATION.contains(last) || (last.script() == Script::Hiragana && first.script() != Script::Hiragana)
}

/// Whether two words are written without a space between them.
fn is_written_together(before: &str, after: &str) -> bool {
    use Script::{Bopomofo, Han, Hiragana, Katakana, Khmer, Lao, Myanmar, Thai};
    let is_spaceless = |c: char| {
        matches!(c.script(), Han | Hiragana | Katakana | Bopomofo | Thai | Lao | Khmer | Myanmar)
            || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
    };
    before.chars().next_back().is_some_and(is_spaceless) && after.chars().next().is_some_and(is_spaceless)
}

#[cfg(test)]
mod tests {
    use super::{parts_of, width};

    #[test]
    fn wide_characters_count_for_more() {
        assert!((width("ab") - 2.0).abs() < 1e-9);
        assert!((width("漢字") - 5.2).abs() < 1e-9);
        assert!((width("e\u{301}") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn japanese_is_cut_where_phrases_begin() {
        let text = "文章を入力するだけで、動画が自動的に作られ、字幕も付きます。とても便利です。";
        let parts: Vec<String> = parts_of(text, 42.0).into_iter().map(|part| part.text).collect();
        assert_eq!(parts.concat(), text);
        assert_eq!(parts[..6], ["文章を", "入力する", "だけで、", "動画が", "自動的に", "作られ、"]);
    }

    #[test]
    fn texts_that_fit_stay_whole() {
        assert_eq!(parts_of("文章を入力するだけで、", 42.0).len(), 1);
        assert_eq!(parts_of(&"x".repeat(42), 42.0).len(), 1);
        assert_eq!(parts_of(&"x".repeat(43), 42.0).len(), 5);
    }
}
