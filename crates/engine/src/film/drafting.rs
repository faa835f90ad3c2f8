//! Drafts: scenes made of texts, by the structure that the texts have themselves.
//!
//! Plain text, Markdown, HTML and DOCX become *blocks* (headings, paragraphs, items of lists), blocks become scenes: a heading
//! begins one, and what is below it is cut into stretches of a few sentences. No word is added and none is rewritten.

mod docx;
mod html;
mod markdown;
mod project;
mod sentences;

use unicode_width::UnicodeWidthStr as _;

use super::material::MaterialId;
use sentences::sentences_of;

pub use docx::draft_docx;
pub use html::{Article, draft_html, text_of_html};
pub use project::{Cast, draft_project};

/// Most scenes of a draft; what comes after is left out.
pub const DRAFT_SCENES_MAX: usize = 200;
/// Longest text that is read, in bytes; what comes after is left out.
pub const DRAFT_BYTES_MAX: usize = 2 << 20;
/// Most sentences of a scene.
const SENTENCES_MAX: usize = 4;
/// A scene with this much text takes no more: about 15 seconds of speech.
const WIDTH_ENOUGH: usize = 200;
/// Most text of a scene. Widths are counted in Latin letters; a Chinese character, which takes as long to say as some of them, is two.
const WIDTH_MAX: usize = 400;
/// Longest title, and the most of the first words that are taken as one.
const TITLE_WIDTH_MAX: usize = 90;
const TITLE_WORDS_MAX: usize = 7;
const TITLE_OF_WORDS_WIDTH_MAX: usize = 48;

/// One scene of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftScene {
    /// What it is about.
    pub title: String,
    /// What is said.
    pub text: String,
    /// The picture that is shown, if it was drafted from a page.
    pub picture: Option<MaterialId>,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    /// What is above other blocks.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// An item of a list.
    Item(String),
}

impl Block {
    /// Makes a block of a text with any spaces; nothing of an empty one.
    fn new(kind: fn(String) -> Self, text: &str) -> Option<Self> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then(|| kind(text))
    }
}

/// Cuts a text into scenes: plain text, Markdown, or HTML, which is told by its tags.
pub fn draft_text(text: &str) -> Vec<DraftScene> {
    if html::looks_like_html(text) { draft_html(text) } else { scenes_of(&markdown::blocks_of(within(text))) }
}

/// Returns the beginning of a text that is read.
fn within(text: &str) -> &str {
    &text[..text.floor_char_boundary(DRAFT_BYTES_MAX)]
}

/// Makes scenes of blocks.
fn scenes_of(blocks: &[Block]) -> Vec<DraftScene> {
    let mut draft = Draft::default();
    for block in blocks {
        match block {
            Block::Heading(heading) => draft.begin_section(heading),
            Block::Paragraph(text) => draft.add(text, Joint::Paragraph),
            Block::Item(text) => draft.add(text, Joint::Item),
        }
        if draft.scenes.len() >= DRAFT_SCENES_MAX {
            break;
        }
    }
    draft.finish()
}

/// What a text is a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    Paragraph,
    Item,
}

/// Scenes in the making.
#[derive(Default)]
struct Draft {
    scenes: Vec<DraftScene>,
    /// The heading of the section, and whether a scene has it.
    heading: String,
    is_used: bool,
    sentences: Vec<String>,
    width: usize,
}

impl Draft {
    fn begin_section(&mut self, heading: &str) {
        self.end_scene();
        if !self.heading.is_empty() && !self.is_used {
            // A heading with nothing but other headings below it is said by itself.
            self.push_sentence(spoken(&self.heading));
            self.end_scene();
        }
        heading.clone_into(&mut self.heading);
        self.is_used = false;
    }

    fn add(&mut self, text: &str, joint: Joint) {
        let sentences: Vec<String> = match joint {
            Joint::Paragraph => sentences_of(text, WIDTH_MAX),
            Joint::Item => sentences_of(&spoken(text), WIDTH_MAX),
        };
        let width: usize = sentences.iter().map(|it| it.width()).sum();
        // A paragraph stays together if it can; a short one joins the one before it.
        let is_whole = width <= WIDTH_MAX && sentences.len() <= SENTENCES_MAX;
        if is_whole && !self.has_room(sentences.len(), width) {
            self.end_scene();
        }
        for sentence in sentences {
            if !is_whole && !self.has_room(1, sentence.width()) {
                self.end_scene();
            }
            self.push_sentence(sentence);
        }
    }

    fn has_room(&self, n_sentences: usize, width: usize) -> bool {
        let is_long = self.width >= WIDTH_ENOUGH || self.width + width > WIDTH_MAX;
        self.sentences.is_empty() || (self.sentences.len() + n_sentences <= SENTENCES_MAX && !is_long)
    }

    fn push_sentence(&mut self, sentence: String) {
        self.width += sentence.width();
        self.sentences.push(sentence);
    }

    fn end_scene(&mut self) {
        if self.sentences.is_empty() || self.scenes.len() >= DRAFT_SCENES_MAX {
            return;
        }
        let text = joined(&std::mem::take(&mut self.sentences));
        self.width = 0;
        let title = if self.heading.is_empty() { first_words(&text) } else { cut_title(&self.heading) };
        self.is_used = true;
        self.scenes.push(DraftScene { title, text, picture: None });
    }

    fn finish(mut self) -> Vec<DraftScene> {
        // Ends the last section as if another one began.
        self.begin_section("");
        self.scenes
    }
}

/// Puts sentences together; scripts without spaces have none between sentences either.
fn joined(sentences: &[String]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        let is_spaced = text.chars().next_back().is_none_or(|last| !matches!(last, '。' | '！' | '？' | '」' | '』'));
        if !text.is_empty() && is_spaced {
            text.push(' ');
        }
        text.push_str(sentence);
    }
    text
}

/// Ends a text with a full stop, so that a voice pauses there.
fn spoken(text: &str) -> String {
    let text = text.trim_end_matches([',', ';', ':', ' ']);
    let is_ended = text.chars().next_back().is_none_or(|last| !last.is_alphanumeric() && last != '%');
    if is_ended { text.to_owned() } else { format!("{text}.") }
}

/// Returns the first words of a text as its title.
fn first_words(text: &str) -> String {
    let sentence = sentences_of(text, WIDTH_MAX).into_iter().next().unwrap_or_default();
    let sentence = sentence.trim_end_matches(['.', '!', '。', '！', ' ', ':']);
    if sentence.width() <= TITLE_OF_WORDS_WIDTH_MAX {
        return sentence.to_owned();
    }
    let mut title = String::new();
    for word in sentence.split(' ').take(TITLE_WORDS_MAX) {
        if title.width() + word.width() >= TITLE_OF_WORDS_WIDTH_MAX {
            break;
        }
        title.push_str(if title.is_empty() { "" } else { " " });
        title.push_str(word);
    }
    if title.is_empty() {
        title = sentences::clipped(sentence, TITLE_OF_WORDS_WIDTH_MAX).to_owned();
    }
    title.trim_end_matches([',', ';', ':', '-', ' ']).to_owned() + "\u{2026}"
}

fn cut_title(title: &str) -> String {
    let title = title.trim().trim_end_matches(':');
    if title.width() <= TITLE_WIDTH_MAX {
        return title.to_owned();
    }
    let clipped = sentences::clipped(title, TITLE_WIDTH_MAX);
    clipped.rsplit_once(' ').map_or(clipped, |(words, _)| words).to_owned() + "\u{2026}"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Vec<(String, String)> {
        draft_text(text).into_iter().map(|scene| (scene.title, scene.text)).collect()
    }

    fn pair(title: &str, text: &str) -> (String, String) {
        (title.to_owned(), text.to_owned())
    }

    #[test]
    fn headings_begin_scenes_and_give_titles() {
        let text = "# Bees\n\nBees live in hives. They make honey.\n\n## The queen\n\nThere is one queen.\n\n* She lays eggs\n* Nobody else does\n";
        let expected = [
            pair("Bees", "Bees live in hives. They make honey."),
            pair("The queen", "There is one queen. She lays eggs. Nobody else does."),
        ];
        assert_eq!(outline(text), expected);
    }

    #[test]
    fn plain_text_is_cut_at_paragraphs_and_titled_by_its_first_words() {
        let first =
            "The harbor lies where the river meets the sea, and has done so for as long as there have been maps. "
                .repeat(3);
        let text = format!("{first}\n\nShips come in the morning.\n\n{first}");
        let scenes = outline(&text);
        assert_eq!(scenes.len(), 2, "{scenes:#?}");
        assert_eq!(scenes[0].0, "The harbor lies where the river meets\u{2026}");
        assert!(scenes[1].1.starts_with("Ships come in the morning. The harbor"), "{scenes:#?}");
    }

    #[test]
    fn a_heading_with_only_headings_below_it_is_said_by_itself() {
        let text = "# The whole story\n\n## Part one\n\nIt began.\n\n## Part two";
        let expected =
            [pair("The whole story", "The whole story."), pair("Part one", "It began."), pair("Part two", "Part two.")];
        assert_eq!(outline(text), expected);
    }

    #[test]
    fn no_scene_is_long_and_no_word_is_lost() {
        let words: Vec<String> = (0..3000).map(|n| format!("word{n}")).collect();
        let sentences: Vec<String> = words.chunks(13).map(|chunk| format!("{}.", chunk.join(" "))).collect();
        let text = sentences.join(" ");
        let scenes = draft_text(&text);
        assert!(scenes.len() > 50);
        for scene in &scenes {
            assert!(scene.text.width() <= WIDTH_MAX + SENTENCES_MAX, "{}", scene.text);
            assert!(scene.title.width() <= TITLE_OF_WORDS_WIDTH_MAX + 1);
        }
        let said: Vec<&str> = scenes.iter().map(|scene| scene.text.as_str()).collect();
        assert_eq!(said.join(" "), text);
    }

    #[test]
    fn a_sentence_without_end_is_cut_between_words() {
        let text = "and so on ".repeat(400);
        let scenes = draft_text(&text);
        assert!(scenes.len() >= 10 && scenes.iter().all(|scene| scene.text.width() <= WIDTH_MAX));
        assert_eq!(scenes.iter().flat_map(|scene| scene.text.split(' ')).count(), 1200);
    }

    #[test]
    fn scripts_without_spaces_are_cut_at_their_sentences() {
        let text = "港は川が海に出会う場所にあります。毎朝、船が入ってきます。".repeat(30);
        let scenes = draft_text(&text);
        assert!(scenes.len() > 5 && scenes.iter().all(|scene| scene.text.ends_with('。')), "{scenes:#?}");
        assert_eq!(scenes.iter().map(|scene| scene.text.as_str()).collect::<String>(), text);
    }

    #[test]
    fn there_is_an_end_to_scenes() {
        let text = "# A\n\nB.\n\n".repeat(DRAFT_SCENES_MAX + 50);
        assert_eq!(draft_text(&text).len(), DRAFT_SCENES_MAX);
        assert_eq!(draft_text("# A\n\nB.\n\n".repeat(DRAFT_SCENES_MAX).as_str()).len(), DRAFT_SCENES_MAX);
        assert!(draft_text("").is_empty() && draft_text(" \n\t\n").is_empty());
    }

    #[test]
    fn long_titles_are_cut() {
        let heading = "Heading ".repeat(40);
        let scenes = draft_text(&format!("# {heading}\n\nText."));
        assert!(scenes[0].title.ends_with("Heading\u{2026}") && scenes[0].title.width() <= TITLE_WIDTH_MAX + 1);
    }
}
