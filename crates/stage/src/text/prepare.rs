//! From what was written to what can be shaped: no control characters, emoji set apart, nothing that no font has.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use unicode_script::UnicodeScript as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::emoji::{Art, Emoji};

/// Characters of one text that are drawn; no picture can show more so that they can be read.
pub(super) const TEXT_CHARS_MAX: usize = 20_000;
/// Paragraphs of one text that are drawn.
pub(super) const PARAGRAPHS_MAX: usize = 1_000;
/// Characters of one letter with its marks; more would grow over the lines above and cost time without end.
const GRAPHEME_CHARS_MAX: usize = 12;
/// Characters that a warning shows of a script without a font.
const SAMPLE_CHARS_MAX: usize = 6;
/// What stands for an emoji while lines are made: a character that breaks and orders like one, and that no font has,
/// for it is kept free for pictographs to come.
pub(super) const PLACEHOLDER: char = '\u{1fc00}';

/// A stretch of a paragraph that is drawn in one way.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub(super) range: Range<usize>,
    /// The caller's number for it.
    pub(super) part: u32,
    /// The drawing, where the stretch is one placeholder.
    pub(super) art: Option<Arc<Art>>,
}

/// A paragraph, ready to be shaped.
#[derive(Debug, Clone, Default)]
pub(super) struct Paragraph {
    pub(super) text: String,
    /// In order, covering the text.
    pub(super) stretches: Vec<Stretch>,
}

impl Paragraph {
    fn push(&mut self, text: &str, part: u32, art: Option<Arc<Art>>) {
        let start = self.text.len();
        self.text.push_str(text);
        let range = start..self.text.len();
        match self.stretches.last_mut() {
            Some(last) if last.part == part && last.art.is_none() && art.is_none() => last.range.end = range.end,
            _ => self.stretches.push(Stretch { range, part, art }),
        }
    }
}

/// A text in paragraphs.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) paragraphs: Vec<Paragraph>,
    /// Every character to be drawn with a font, once, in the order of first use.
    pub(super) chars: Vec<char>,
    /// Whether the text was longer than what is drawn.
    pub(super) is_cut: bool,
}

/// A stretch of the text as written, and the caller's number for it.
pub(crate) type Part<'a> = (&'a str, u32);

/// Splits `parts` into paragraphs and sets emoji apart.
pub(super) fn prepare(parts: &[Part<'_>], emoji: &Emoji, is_in_text_font: impl Fn(char) -> bool) -> Prepared {
    let mut prepared = Prepared { paragraphs: vec![Paragraph::default()], ..Prepared::default() };
    let mut seen = BTreeSet::new();
    let mut n_chars = 0;
    for &(text, part) in parts {
        for grapheme in text.graphemes(true) {
            n_chars += grapheme.chars().take(GRAPHEME_CHARS_MAX).count();
            if n_chars > TEXT_CHARS_MAX || prepared.paragraphs.len() > PARAGRAPHS_MAX {
                prepared.paragraphs.truncate(PARAGRAPHS_MAX);
                prepared.is_cut = true;
                return prepared;
            }
            if is_break(grapheme) {
                prepared.paragraphs.push(Paragraph::default());
                continue;
            }
            let Some(paragraph) = prepared.paragraphs.last_mut() else { break };
            let arts = emoji.find(grapheme, &is_in_text_font);
            if arts.is_empty() {
                let kept = drawable(grapheme);
                seen.extend_and_list(&kept, &mut prepared.chars);
                paragraph.push(&kept, part, None);
            }
            for art in arts {
                paragraph.push(PLACEHOLDER.encode_utf8(&mut [0; 4]), part, Some(art));
            }
        }
    }
    prepared
}

/// Takes out letters of which `missing` has a character.
pub(super) fn remove_missing(prepared: &mut Prepared, missing: &BTreeSet<char>) {
    if missing.is_empty() {
        return;
    }
    for paragraph in &mut prepared.paragraphs {
        let old = std::mem::take(paragraph);
        let is_kept = |c: char| !missing.contains(&c) && (c.is_alphanumeric() || c == PLACEHOLDER);
        if old.text.contains(|c| missing.contains(&c)) && !old.text.contains(is_kept) {
            // Punctuation alone says nothing.
            continue;
        }
        for stretch in &old.stretches {
            if let Some(art) = &stretch.art {
                paragraph.push(PLACEHOLDER.encode_utf8(&mut [0; 4]), stretch.part, Some(art.clone()));
                continue;
            }
            for grapheme in old.text[stretch.range.clone()].graphemes(true) {
                // A mark without a glyph leaves its letter readable; a letter without one takes its marks along.
                let mut chars = grapheme.chars();
                if chars.next().is_some_and(|first| missing.contains(&first)) {
                    continue;
                }
                let kept: String = grapheme.chars().filter(|c| !missing.contains(c)).collect();
                paragraph.push(&kept, stretch.part, None);
            }
        }
    }
}

/// Says which scripts have no font, naming some of their characters.
pub(super) fn describe_missing(missing: &BTreeSet<char>, in_order: &[char]) -> Vec<String> {
    let mut scripts: Vec<(&'static str, String)> = Vec::new();
    for &c in in_order.iter().filter(|c| missing.contains(c)) {
        let name = match c.script() {
            unicode_script::Script::Common | unicode_script::Script::Inherited => "symbols",
            unicode_script::Script::Unknown => "unknown characters",
            script => script.full_name(),
        };
        let is_visible = c.general_category() != GeneralCategory::PrivateUse && name != "unknown characters";
        let sample = if is_visible { c.to_string() } else { format!("U+{:04X} ", u32::from(c)) };
        match scripts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, samples)) if samples.chars().count() < SAMPLE_CHARS_MAX => samples.push_str(&sample),
            Some((_, samples)) if !samples.ends_with('…') => samples.push('…'),
            Some(_) => {}
            None => scripts.push((name, sample)),
        }
    }
    let warning = |(name, sample): (&str, String)| {
        format!("no font for {} ({}): add one to the fonts folder", name.replace('_', " "), sample.trim())
    };
    scripts.into_iter().map(warning).collect()
}

fn is_break(grapheme: &str) -> bool {
    matches!(grapheme, "\n" | "\r\n" | "\r" | "\u{b}" | "\u{c}" | "\u{85}" | "\u{2028}" | "\u{2029}")
}

/// Returns what of a grapheme is drawn.
fn drawable(grapheme: &str) -> String {
    if grapheme == "\t" {
        return "    ".to_owned();
    }
    grapheme.chars().filter(|c| !c.is_control()).take(GRAPHEME_CHARS_MAX).collect()
}

/// Whether a font need not have `c` for it to be drawn: spaces and what only controls shaping.
fn needs_no_glyph(c: char) -> bool {
    c.is_whitespace()
        || matches!(c.general_category(), GeneralCategory::Format)
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}')
}

trait Seen {
    fn extend_and_list(&mut self, text: &str, list: &mut Vec<char>);
}

impl Seen for BTreeSet<char> {
    fn extend_and_list(&mut self, text: &str, list: &mut Vec<char>) {
        for c in text.chars() {
            if !needs_no_glyph(c) && self.insert(c) {
                list.push(c);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Emoji, PARAGRAPHS_MAX, TEXT_CHARS_MAX, describe_missing, prepare, remove_missing};

    fn texts(text: &str) -> Vec<String> {
        let prepared = prepare(&[(text, 0)], &Emoji::default(), |c| c < '\u{3000}');
        prepared.paragraphs.into_iter().map(|paragraph| paragraph.text).collect()
    }

    #[test]
    fn every_kind_of_line_end_makes_a_paragraph() {
        assert_eq!(texts("a\nb\r\nc\rd\u{2029}e"), ["a", "b", "c", "d", "e"]);
        assert_eq!(texts(""), [""]);
    }

    #[test]
    fn control_characters_go_and_tabs_become_spaces() {
        assert_eq!(texts("a\u{0}\u{7}\tb\u{9f}"), ["a    b"]);
    }

    #[test]
    fn emoji_become_placeholders() {
        assert_eq!(texts("a👨‍👩‍👧b"), ["a\u{1fc00}b"]);
    }

    #[test]
    fn heaps_of_marks_are_bounded() {
        let zalgo = format!("a{}", "\u{301}".repeat(500));
        assert_eq!(texts(&zalgo)[0].chars().count(), super::GRAPHEME_CHARS_MAX);
    }

    #[test]
    fn texts_are_cut_at_the_limits_and_not_before() {
        for (text, is_cut) in [
            ("x".repeat(TEXT_CHARS_MAX), false),
            ("x".repeat(TEXT_CHARS_MAX + 1), true),
            ("\n".repeat(PARAGRAPHS_MAX - 1), false),
            ("\n".repeat(PARAGRAPHS_MAX + 1), true),
        ] {
            let prepared = prepare(&[(&text, 0)], &Emoji::default(), |_| true);
            assert_eq!(prepared.is_cut, is_cut);
            assert!(prepared.paragraphs.len() <= PARAGRAPHS_MAX);
        }
    }

    #[test]
    fn missing_letters_take_their_marks_along_and_are_named() {
        let mut prepared = prepare(&[("a क\u{93c}ि e\u{94d}", 0)], &Emoji::default(), |_| true);
        let missing: BTreeSet<char> = prepared.chars.iter().copied().filter(|&c| c > '\u{900}').collect();
        let warnings = describe_missing(&missing, &prepared.chars);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with("no font for Devanagari (क"), "{warnings:?}");
        remove_missing(&mut prepared, &missing);
        assert_eq!(prepared.paragraphs[0].text, "a  e");
    }

    #[test]
    fn punctuation_goes_with_the_last_letter() {
        let mut prepared = prepare(&[("漢字、(仮名)!\n漢字 ok!", 0)], &Emoji::default(), |_| true);
        let missing: BTreeSet<char> = prepared.chars.iter().copied().filter(|&c| c > '\u{4000}').collect();
        remove_missing(&mut prepared, &missing);
        let texts: Vec<&str> = prepared.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect();
        assert_eq!(texts, ["", " ok!"]);
    }
}
