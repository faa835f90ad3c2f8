//! From spoken words to captions that can be read: what is shown together, and where its lines break.
//!
//! The limits are those of the usual style guides for subtitles: two lines of 42 Latin or 16 Chinese, Japanese or Korean
//! characters, at least a second and at most seven on the screen.

use super::WIDTH_MAX;
use super::pieces::pieces;
use super::track::letter_size;
use crate::document::{Canvas, CaptionStyle};
use crate::utterance::Utterance;

/// How wide letters are that are a little wider than usual, in parts of the type size.
const CHAR_WIDTH_EM: f64 = 0.54;

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

impl CueRules {
    /// Returns rules whose lines fit a canvas in a style.
    pub fn for_style(style: &CaptionStyle, canvas: &Canvas) -> Self {
        Self::for_canvas(canvas.width.into(), letter_size(style.font_size, canvas))
    }

    /// Returns rules whose lines fit a canvas of this width with letters of this size, both in canvas pixels.
    pub fn for_canvas(width: f64, font_size: f64) -> Self {
        let fitting = WIDTH_MAX * width / (CHAR_WIDTH_EM * font_size);
        Self { line_chars: fitting.clamp(8.0, 42.0) as u32, ..Self::default() }
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
    use super::{CueRules, cues};
    use crate::utterance::{Utterance, WordCue};

    /// Says `text` at 300 ms a word.
    fn said(text: &str, start_ms: u32) -> Utterance {
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
