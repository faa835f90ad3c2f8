//! From spoken words to captions that can be read: what is shown together, and where its lines break.
//!
//! The limits are those of the usual style guides for subtitles: two lines of 42 Latin or 16 Chinese, Japanese or Korean
//! characters, at least a second and at most seven on the screen.

use unicode_script::{Script, UnicodeScript as _};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

use super::breaks::break_cost;
use crate::utterance::{Utterance, WordCue};

/// How wide a character is that takes two columns, in parts of a Latin one: 16 of them are as much to read as 42.
const WIDE: f64 = 2.6;

/// What captions must keep to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CueRules {
    /// Latin characters in a line; about a third as many of Chinese, Japanese and Korean.
    pub line_chars: u32,
    /// Lines at a time, 1 or 2.
    pub lines: u32,
    /// The shortest time a caption stays, where the next one leaves room for it.
    pub shortest_ms: u32,
    /// The longest time a caption stays, unless it is a single word.
    pub longest_ms: u32,
    /// Captions with a shorter gap between them follow each other without one, so that they don't flicker.
    pub gap_ms: u32,
    /// How long a caption stays after its last word.
    pub linger_ms: u32,
}

impl Default for CueRules {
    fn default() -> Self {
        Self { line_chars: 42, lines: 2, shortest_ms: 1_000, longest_ms: 7_000, gap_ms: 500, linger_ms: 300 }
    }
}

/// A word, or a piece of one that is too long for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CueWord {
    /// What is written.
    pub text: String,
    /// When it begins to be said.
    pub start_ms: u32,
    /// When it has been said.
    pub end_ms: u32,
    /// Whether it follows the word before it without a space.
    pub is_glued: bool,
}

/// Something that is shown for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When it appears.
    pub start_ms: u32,
    /// When it disappears.
    pub end_ms: u32,
    /// What is shown, line by line.
    pub lines: Vec<Vec<CueWord>>,
}

impl Cue {
    /// Returns the words of all lines.
    pub fn words(&self) -> impl Iterator<Item = &CueWord> {
        self.lines.iter().flatten()
    }

    /// Returns line `idx` as it is written.
    pub fn line_text(&self, idx: usize) -> String {
        self.lines.get(idx).map(|line| joined(line)).unwrap_or_default()
    }

    /// Moves the cue to a later time, such as from the time of its scene to that of the video.
    pub fn shift(&mut self, by_ms: u32) {
        self.start_ms = self.start_ms.saturating_add(by_ms);
        self.end_ms = self.end_ms.saturating_add(by_ms);
        for word in self.lines.iter_mut().flatten() {
            word.start_ms = word.start_ms.saturating_add(by_ms);
            word.end_ms = word.end_ms.saturating_add(by_ms);
        }
    }
}

/// Writes words one after the other, with spaces where they belong.
pub(super) fn joined(words: &[CueWord]) -> String {
    let mut text = String::new();
    for (idx, word) in words.iter().enumerate() {
        if idx > 0 && !word.is_glued {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Makes captions of what is said, in the order of time, none overlapping another.
pub fn cues(utterances: &[Utterance], rules: &CueRules) -> Vec<Cue> {
    let rules = CueRules { line_chars: rules.line_chars.max(1), lines: rules.lines.clamp(1, 2), ..*rules };
    let mut in_order: Vec<&Utterance> = utterances.iter().collect();
    in_order.sort_by_key(|utterance| utterance.start_ms);
    let mut cues: Vec<Cue> = Vec::new();
    for utterance in in_order {
        let words = pieces(&utterance.words, f64::from(rules.line_chars));
        cues.extend(super::split::split(&words, &rules));
    }
    // Two who speak at a time take turns in the captions.
    cues.sort_by_key(|cue| cue.start_ms);
    set_times(&mut cues, &rules);
    cues
}

/// How much room a text takes, in Latin characters.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(|c| if c.width() == Some(2) { WIDE } else { f64::from(c.width().unwrap_or(0) as u32) }).sum()
}

/// A word with what decides about breaks after it.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) word: CueWord,
    pub(super) width: f64,
    /// How bad it is to break after it.
    pub(super) break_cost: f64,
    pub(super) ends_sentence: bool,
}

/// Turns words into pieces that fit a line each.
fn pieces(words: &[WordCue], line_width: f64) -> Vec<Piece> {
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
        let whole: usize = text.chars().count().max(1);
        let duration = u64::from(word.end_ms.saturating_sub(word.start_ms));
        let mut n_before = 0;
        for (part_idx, part) in parts.iter().enumerate() {
            let at = |n_chars: usize| word.start_ms.saturating_add((duration * n_chars as u64 / whole as u64) as u32);
            let n_after = n_before + part.chars().count();
            let is_last = part_idx + 1 == parts.len();
            pieces.push(Piece {
                word: CueWord {
                    text: part.clone(),
                    start_ms: at(n_before),
                    end_ms: at(n_after),
                    is_glued: if part_idx == 0 { is_glued } else { true },
                },
                width: width(part),
                // Chinese and Japanese may be broken nearly anywhere; letters of one word should not be.
                break_cost: if is_last { cost } else { 8.0 },
                ends_sentence: is_last && word.ends_sentence,
            });
            n_before = n_after;
        }
    }
    pieces
}

/// Cuts a text into parts that fit a line; in Chinese and Japanese, which have no spaces, at punctuation too.
fn parts_of(text: &str, line_width: f64) -> Vec<String> {
    if width(text) <= line_width {
        return vec![text.to_owned()];
    }
    // A few characters a part, so that lines of about equal length can be made of them.
    let part_width = line_width / 4.0;
    let mut parts = vec![String::new()];
    for grapheme in text.graphemes(true) {
        let Some(part) = parts.last_mut() else { break };
        let may_not_begin = "、。，．！？：；）」』】》…".contains(grapheme) || grapheme == ",";
        let is_full = !part.is_empty() && width(part) + width(grapheme) > part_width;
        let is_too_wide = !part.is_empty() && width(part) + width(grapheme) > line_width;
        if (is_full && !may_not_begin) || is_too_wide {
            parts.push(grapheme.to_owned());
        } else {
            part.push_str(grapheme);
        }
    }
    parts
}

/// Whether two words are written without a space between them.
fn is_written_together(before: &str, after: &str) -> bool {
    let is_spaceless = |c: char| {
        matches!(
            c.script(),
            Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Bopomofo
                | Script::Thai
                | Script::Lao
                | Script::Khmer
        ) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
    };
    before.chars().next_back().is_some_and(is_spaceless) && after.chars().next().is_some_and(is_spaceless)
}

/// Gives cues, which are in order, times that can be read and don't overlap.
fn set_times(cues: &mut [Cue], rules: &CueRules) {
    let mut earliest = 0;
    for idx in 0..cues.len() {
        let next = cues.get(idx + 1).map(|next| next.start_ms);
        let cue = &mut cues[idx];
        let start = cue.start_ms.max(earliest);
        let said = cue.end_ms.max(start.saturating_add(1));
        let mut end = said.saturating_add(rules.linger_ms).max(start.saturating_add(rules.shortest_ms));
        if let Some(next) = next {
            let closes_gap = next > end && next - end < rules.gap_ms;
            end = if closes_gap { next } else { end.min(next.max(start.saturating_add(1))) };
        }
        cue.start_ms = start;
        cue.end_ms = end.max(start.saturating_add(1));
        earliest = cue.end_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::{CueRules, cues, width};
    use crate::utterance::{Utterance, WordCue};

    /// Says `text` at 300 ms a word.
    pub(crate) fn said(text: &str, start_ms: u32) -> Utterance {
        let mut at = start_ms;
        let words = text
            .split_whitespace()
            .map(|word| {
                let ends_sentence = word.ends_with(['.', '!', '?', '。']);
                let cue =
                    WordCue { text: word.to_owned(), start_ms: at, end_ms: at + 280, stressed: false, ends_sentence };
                at += if ends_sentence { 700 } else { 300 };
                cue
            })
            .collect();
        Utterance { start_ms, end_ms: at, words, ..Utterance::default() }
    }

    fn shown(text: &str) -> Vec<String> {
        let cues = cues(&[said(text, 0)], &CueRules::default());
        cues.iter()
            .map(|cue| (0..cue.lines.len()).map(|line| cue.line_text(line)).collect::<Vec<_>>().join(" / "))
            .collect()
    }

    #[test]
    fn a_short_sentence_is_one_line() {
        assert_eq!(shown("Hello and welcome to the show."), ["Hello and welcome to the show."]);
    }

    #[test]
    fn lines_break_at_commas_and_before_conjunctions() {
        assert_eq!(
            shown("When the rain had stopped at last, we went for a walk."),
            ["When the rain had stopped at last, / we went for a walk."]
        );
        assert_eq!(
            shown("She opened the heavy wooden door and stepped into the garden."),
            ["She opened the heavy wooden door / and stepped into the garden."]
        );
    }

    #[test]
    fn cues_end_with_sentences() {
        assert_eq!(
            shown("The first sentence is as long as a line. The second one is a little longer than that, I think."),
            ["The first sentence is as long as a line.", "The second one is a little longer / than that, I think."]
        );
    }

    #[test]
    fn wide_characters_count_for_more() {
        assert!((width("ab") - 2.0).abs() < 1e-9);
        assert!((width("漢字") - 5.2).abs() < 1e-9);
        assert!((width("e\u{301}") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn chinese_without_spaces_is_broken_and_glued_again() {
        let text = "今天我们要介绍一个全新的产品，它可以把文字变成视频，并且支持多种语言和不同的声音，非常方便。";
        let cues = cues(&[said(text, 0)], &CueRules::default());
        let whole: String = cues.iter().flat_map(|cue| (0..cue.lines.len()).map(|line| cue.line_text(line))).collect();
        assert_eq!(whole, text);
        for cue in &cues {
            for line in 0..cue.lines.len() {
                assert!(cue.line_text(line).chars().count() <= 16, "{}", cue.line_text(line));
                assert!(!cue.line_text(line).starts_with(['，', '。']));
            }
        }
    }

    #[test]
    fn captions_stay_long_enough_and_close_small_gaps() {
        let cues = cues(&[said("Yes.", 0), said("No.", 1200), said("Perhaps.", 5000)], &CueRules::default());
        let times: Vec<(u32, u32)> = cues.iter().map(|cue| (cue.start_ms, cue.end_ms)).collect();
        assert_eq!(times, [(0, 1200), (1200, 2200), (5000, 6000)]);
    }
}
