//! Markdown and plain text, which is Markdown without marks.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::Block;

/// Reads blocks. Programs, pictures and HTML are left out: they cannot be said.
pub(super) fn blocks_of(text: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, options) {
        reader.read(event);
    }
    reader.end(Block::Paragraph);
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    text: String,
    /// Whether what is read is left out.
    is_silent: bool,
    /// How deep in items of lists.
    n_items: usize,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(&tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Code(text) if !self.is_silent => self.text.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Rule => self.end(Block::Paragraph),
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag {
            // What is only set in is code in Markdown, and a paragraph in plain text.
            Tag::Heading { .. }
            | Tag::Paragraph
            | Tag::Table(_)
            | Tag::List(_)
            | Tag::CodeBlock(CodeBlockKind::Indented) => self.end(self.kind()),
            Tag::Item => {
                self.end(self.kind());
                self.n_items += 1;
            }
            Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_) | Tag::Image { .. } => self.is_silent = true,
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.end(Block::Heading),
            TagEnd::Paragraph | TagEnd::TableRow | TagEnd::TableHead => self.end(self.kind()),
            TagEnd::TableCell => self.text.push_str(", "),
            TagEnd::Item => {
                self.end(self.kind());
                self.n_items = self.n_items.saturating_sub(1);
            }
            TagEnd::CodeBlock => {
                self.is_silent = false;
                self.end(self.kind());
            }
            TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) | TagEnd::Image => self.is_silent = false,
            _ => {}
        }
    }

    fn kind(&self) -> fn(String) -> Block {
        if self.n_items > 0 { Block::Item } else { Block::Paragraph }
    }

    fn end(&mut self, kind: fn(String) -> Block) {
        let text = std::mem::take(&mut self.text);
        self.blocks.extend(Block::new(kind, text.trim_end_matches([' ', ','])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<String> {
        let show = |block| match block {
            Block::Heading(text) => format!("# {text}"),
            Block::Paragraph(text) => text,
            Block::Item(text) => format!("* {text}"),
        };
        blocks_of(text).into_iter().map(show).collect()
    }

    #[test]
    fn marks_are_read_and_code_is_left_out() {
        let text = "---\ntitle: x\n---\nTitle\n=====\n\nSome *bold* `words`\nand [a link](http://x.example).\n\n```rust\nfn main() {}\n```\n\n1. One\n2. Two\n   * Inner\n\n![alt](a.png)\n\n| a | b |\n| - | - |\n| 1 | 2 |\n";
        let expected = ["# Title", "Some bold words and a link.", "* One", "* Two", "* Inner", "a, b", "1, 2"];
        assert_eq!(blocks(text), expected);
    }

    #[test]
    fn plain_text_that_is_set_in_is_read() {
        assert_eq!(blocks("First line\nof two.\n\n    Set in.\n\nLast."), ["First line of two.", "Set in.", "Last."]);
    }
}
