//! Follows the tags of a text and collects its words.

use std::collections::BTreeSet;

use super::dictionary::Dictionary;
use super::markup::Piece;
use super::script::{Emphasis, Item, Passage, Say, Script, Style, Token};
use super::{DEPTH_MAX, prosody, say_as, sentences};
use crate::error::{Error, Result};

/// A longer sentence is cut.
const SENTENCE_MAX_CHARS: usize = 400;

/// Tags that mean nothing here and are no surprise.
const SILENT_TAGS: [&str; 22] = [
    "speak",
    "span",
    "div",
    "b",
    "i",
    "u",
    "em",
    "strong",
    "small",
    "font",
    "a",
    "ul",
    "ol",
    "w",
    "token",
    "mark",
    "metadata",
    "html",
    "body",
    "strike",
    "sup",
    "amazon:domain",
];

/// Tags that begin and end a sentence, by whether they end a paragraph.
const BLOCK_TAGS: [(&str, bool); 10] = [
    ("p", true),
    ("s", false),
    ("li", false),
    ("h1", true),
    ("h2", true),
    ("h3", true),
    ("div", true),
    ("br", false),
    ("tr", false),
    ("paragraph", true),
];

/// What applies inside one tag.
#[derive(Debug, Clone, Default)]
struct Level {
    name: String,
    style: Style,
    /// The content is replaced by this.
    content: Option<Content>,
}

/// What is said instead of a tag's content.
#[derive(Debug, Clone)]
enum Content {
    Alias(String),
    Ipa(String),
    SayAs { interpret_as: String, format: String },
}

/// Reads the pieces of one text.
pub(super) struct Reader<'a> {
    dictionary: &'a Dictionary,
    /// The language of what no tag gives another.
    language: &'a str,
    levels: Vec<Level>,
    script: Script,
    passage: Passage,
    /// Whether the text before ended without a space, so that what follows belongs to the same word.
    glued: bool,
    unknown: BTreeSet<String>,
    /// The length of the sentence so far.
    n_chars: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(dictionary: &'a Dictionary, language: &'a str) -> Self {
        Self {
            dictionary,
            language,
            levels: vec![Level::default()],
            script: Script::default(),
            passage: Passage::default(),
            glued: false,
            unknown: BTreeSet::new(),
            n_chars: 0,
        }
    }

    pub(super) fn read(&mut self, piece: Piece) -> Result<()> {
        match piece {
            Piece::Text(text) => self.text(&text),
            Piece::Pause { ms } => self.pause(ms),
            Piece::Open { name, attributes, closed } => self.open(&name, &attributes, closed)?,
            Piece::Close { name } => self.close(&name),
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Script {
        self.end_sentence(true);
        if self.levels.len() > 1 {
            let open: Vec<&str> = self.levels[1..].iter().map(|level| level.name.as_str()).collect();
            self.script.warnings.push(format!("tags were never closed: {}", open.join(", ")));
        }
        if !self.unknown.is_empty() {
            let names: Vec<&str> = self.unknown.iter().map(String::as_str).take(10).collect();
            self.script.warnings.push(format!("tags that are not understood were left out: {}", names.join(", ")));
        }
        self.script
    }

    fn level(&self) -> &Level {
        // The outermost level is never taken away.
        &self.levels[self.levels.len() - 1]
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)], closed: bool) -> Result<()> {
        let get = |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        if let Some(ms) = get("data-pause").map(|value| prosody::break_ms(Some(value), None)) {
            self.pause(ms);
        }
        match name {
            "break" | "pause" => {
                self.pause(prosody::break_ms(get("time").or(get("duration")), get("strength")));
                return Ok(());
            }
            "br" => {
                self.end_sentence(false);
                return Ok(());
            }
            "hr" | "img" | "mark" | "audio" | "desc" => return Ok(()),
            _ => {}
        }
        if let Some((_, paragraph)) = BLOCK_TAGS.iter().find(|(tag, _)| *tag == name) {
            self.end_sentence(*paragraph);
        }
        if closed {
            return Ok(());
        }
        if self.levels.len() > DEPTH_MAX {
            let actual = self.levels.len() as u64;
            return Err(Error::Limit { what: "the depth of tags", actual, limit: DEPTH_MAX as u64 });
        }
        let level = self.level_of(name, &get);
        self.levels.push(level);
        Ok(())
    }

    /// Returns what applies inside a tag.
    fn level_of<'v>(&mut self, name: &str, get: &dyn Fn(&str) -> Option<&'v str>) -> Level {
        let mut level = Level { name: name.to_owned(), ..self.level().clone() };
        let style = &mut level.style;
        match name {
            "emphasis" | "em" | "strong" => {
                style.emphasis = match (name, get("level")) {
                    (_, Some("strong")) | ("strong", None) => Emphasis::Strong,
                    (_, Some("reduced")) => Emphasis::Reduced,
                    (_, Some("none")) => Emphasis::None,
                    _ => Emphasis::Moderate,
                };
            }
            "prosody" => self.prosody(style, get),
            "voice" => {
                style.voice = get("name").map(str::to_owned).or_else(|| style.voice.take());
                style.language =
                    get("xml:lang").or(get("language")).map(str::to_owned).or_else(|| style.language.take());
            }
            "lang" | "speak" => {
                style.language = get("xml:lang").or(get("lang")).map(str::to_owned).or_else(|| style.language.take());
            }
            "sub" => level.content = get("alias").map(|alias| Content::Alias(alias.to_owned())),
            "phoneme" => level.content = self.phoneme(get),
            "say-as" => level.content = self.say_as(get),
            name if SILENT_TAGS.contains(&name) || BLOCK_TAGS.iter().any(|(tag, _)| *tag == name) => {}
            name => {
                self.unknown.insert(name.to_owned());
            }
        }
        level
    }

    fn prosody<'v>(&mut self, style: &mut Style, get: &dyn Fn(&str) -> Option<&'v str>) {
        let mut read = |key: &str, parse: fn(&str) -> Option<f32>| {
            let value = get(key)?;
            let parsed = parse(value);
            if parsed.is_none() {
                self.script.warnings.push(format!("prosody {key} `{value}` is not understood"));
            }
            parsed
        };
        if let Some(rate) = read("rate", prosody::rate) {
            style.rate = (style.rate * rate).clamp(0.25, 4.0);
        }
        if let Some(pitch) = read("pitch", prosody::pitch) {
            style.pitch = (style.pitch * pitch).clamp(0.25, 4.0);
        }
        if let Some(db) = read("volume", prosody::volume) {
            style.gain_db = (style.gain_db + db).clamp(-120.0, 12.0);
        }
    }

    fn phoneme<'v>(&mut self, get: &dyn Fn(&str) -> Option<&'v str>) -> Option<Content> {
        let sounds = get("ph")?;
        match get("alphabet").unwrap_or("ipa") {
            "ipa" => Some(Content::Ipa(sounds.to_owned())),
            "x-sampa" | "xsampa" => Some(Content::Ipa(crate::ipa::of_xsampa(sounds))),
            other => {
                self.script.warnings.push(format!("phoneme alphabet `{other}` is not understood"));
                None
            }
        }
    }

    fn say_as<'v>(&mut self, get: &dyn Fn(&str) -> Option<&'v str>) -> Option<Content> {
        let interpret_as = get("interpret-as")?.to_lowercase();
        if !say_as::is_known(&interpret_as) {
            self.script.warnings.push(format!("say-as `{interpret_as}` is not understood"));
            return None;
        }
        let format = get("format").or(get("detail")).unwrap_or("").to_lowercase();
        let format = format.chars().filter(|letter| matches!(letter, 'd' | 'm' | 'y')).collect();
        Some(Content::SayAs { interpret_as, format })
    }

    fn close(&mut self, name: &str) {
        if let Some(idx) = self.levels.iter().rposition(|level| level.name == name).filter(|idx| *idx > 0) {
            self.levels.truncate(idx);
        }
        if let Some((_, paragraph)) = BLOCK_TAGS.iter().find(|(tag, _)| *tag == name) {
            self.end_sentence(*paragraph);
        }
    }

    fn pause(&mut self, ms: f32) {
        self.glued = false;
        let ms = ms.round().min(1e9) as u32;
        // At the beginning of a sentence a pause belongs to the end of the one before.
        let items = match self.script.passages.last_mut() {
            Some(before) if self.passage.items.is_empty() => &mut before.items,
            _ => &mut self.passage.items,
        };
        match items.last_mut() {
            Some(Item::Pause { ms: before }) => *before = before.saturating_add(ms),
            _ => items.push(Item::Pause { ms }),
        }
    }

    fn text(&mut self, text: &str) {
        for (idx, paragraph) in paragraphs_of(text).into_iter().enumerate() {
            if idx > 0 {
                self.end_sentence(true);
            }
            self.paragraph(paragraph);
        }
    }

    fn paragraph(&mut self, text: &str) {
        let mut words = sentences::words_of(text);
        let continues = self.glued && text.starts_with(|letter: char| !letter.is_whitespace());
        if continues && !words.is_empty() && self.append_to_word(words[0]) {
            words.remove(0);
        }
        if !text.is_empty() {
            self.glued = text.ends_with(|letter: char| !letter.is_whitespace());
        }
        match self.level().content.clone() {
            Some(content) => self.replaced(&words, &content),
            None => {
                for word in words {
                    self.word(word);
                }
            }
        }
    }

    /// Joins what stands right after a tag to the word before it, as the comma in `<sub>x</sub>, y`.
    fn append_to_word(&mut self, rest: &str) -> bool {
        let is_plain = self.level().content.is_none();
        let only_marks = rest.chars().all(|letter| !letter.is_alphanumeric());
        let Some(Item::Word(token)) = self.passage.items.last_mut() else { return false };
        let joins = only_marks || (is_plain && token.say == Say::Written);
        if joins {
            token.text.push_str(rest);
        }
        joins
    }

    /// Adds the words of a tag whose content is said differently: the first one says it, the others share its time.
    fn replaced(&mut self, words: &[&str], content: &Content) {
        let language = self.level().style.language.clone().unwrap_or_else(|| self.language.to_owned());
        let say = match content {
            Content::Alias(alias) => Say::Alias(alias.clone()),
            Content::Ipa(ipa) => Say::Ipa(ipa.clone()),
            Content::SayAs { interpret_as, format } => {
                let said = say_as::said_as(&words.join(" "), interpret_as, format, &language);
                said.map_or(Say::Written, Say::Alias)
            }
        };
        let reads_as_written = say == Say::Written;
        for (idx, word) in words.iter().enumerate() {
            let say = if idx == 0 || reads_as_written { say.clone() } else { Say::Shared };
            self.push(word, say);
        }
    }

    fn word(&mut self, word: &str) {
        self.end_sentence_before(word);
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let say = match self.dictionary.get(bare) {
            Some(pronunciation) => match pronunciation.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
                Some(ipa) => Say::Ipa(ipa.to_owned()),
                None => Say::Alias(pronunciation.to_owned()),
            },
            None => Say::Written,
        };
        self.push(word, say);
    }

    fn push(&mut self, word: &str, say: Say) {
        let style = self.level().style.clone();
        self.passage.items.push(Item::Word(Token { text: word.to_owned(), say, style }));
        self.n_chars += word.chars().count() + 1;
        // Nobody has breath for more; it also bounds what is held and spoken at once.
        let at_comma = word.ends_with([',', ';', ':', '，', '、', '؛', '،']);
        if self.n_chars > SENTENCE_MAX_CHARS || (at_comma && self.n_chars > SENTENCE_MAX_CHARS / 2) {
            self.end_sentence(false);
        }
    }

    /// Ends the sentence if the last word ended one, as the next word tells.
    fn end_sentence_before(&mut self, next: &str) {
        let last_word = self.passage.items.iter().rev().find_map(|item| match item {
            Item::Word(token) => Some(token),
            Item::Pause { .. } => None,
        });
        if last_word.is_some_and(|token| sentences::ends_sentence(&token.text, Some(next))) {
            self.end_sentence(false);
        }
    }

    fn end_sentence(&mut self, ends_paragraph: bool) {
        self.glued = false;
        self.n_chars = 0;
        let has_words = self.passage.items.iter().any(|item| matches!(item, Item::Word(_)));
        if has_words {
            self.passage.ends_paragraph = ends_paragraph;
            self.script.passages.push(std::mem::take(&mut self.passage));
        } else if let Some(before) = self.script.passages.last_mut() {
            before.ends_paragraph |= ends_paragraph;
        }
    }
}

/// Cuts a text at its blank lines.
fn paragraphs_of(text: &str) -> Vec<&str> {
    let mut paragraphs = Vec::new();
    let mut start = 0;
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let line_end = line_start + line.len();
        let is_blank = line.trim().is_empty() && line_start > 0 && line.ends_with('\n');
        if is_blank && line_start > start {
            paragraphs.push(&text[start..line_start]);
            start = line_end;
        }
        line_start = line_end;
    }
    paragraphs.push(&text[start..]);
    paragraphs
}
