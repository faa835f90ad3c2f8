//! Documents of word processors (ECMA-376, Office Open XML): their headings, paragraphs and lists.

use std::collections::HashMap;
use std::path::Path;

use roxmltree::Node;

use super::super::pages::PagesError;
use super::super::pages::package::{Package, parse};
use super::{Block, DRAFT_BYTES_MAX, DraftScene, scenes_of};

/// Where the text is.
const DOCUMENT: &str = "word/document.xml";
/// Where the names of styles are.
const STYLES: &str = "word/styles.xml";
/// The names of styles of headings begin so, whatever language the program speaks.
const HEADING: &str = "heading";

/// Cuts a document into scenes.
///
/// # Errors
/// What is not a DOCX file, or a hostile one.
pub fn draft_docx(path: &Path) -> Result<Vec<DraftScene>, PagesError> {
    Ok(scenes_of(&blocks_of(&mut Package::open(path)?)?))
}

fn blocks_of(package: &mut Package) -> Result<Vec<Block>, PagesError> {
    let text = package.text(DOCUMENT)?.ok_or_else(|| PagesError::malformed("a DOCX file", "it has no text"))?;
    let styles = package.text(STYLES)?.unwrap_or_default();
    let headings = headings_of(&styles);
    let document = parse(DOCUMENT, &text)?;
    let mut blocks = Vec::new();
    let mut n_bytes = 0;
    for paragraph in document.descendants().filter(|node| is(node, "p")) {
        let text = text_of(paragraph);
        n_bytes += text.len();
        if n_bytes > DRAFT_BYTES_MAX {
            break;
        }
        blocks.extend(Block::new(kind_of(paragraph, &headings), &text));
    }
    Ok(blocks)
}

/// Names of elements are told without their namespace: strict and transitional files have different ones.
fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| is(child, name))
}

fn value<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

/// Returns which styles, by id, are headings.
fn headings_of(styles: &str) -> HashMap<String, bool> {
    let Ok(document) = parse(STYLES, styles) else { return HashMap::new() };
    let styles = document.descendants().filter(|node| is(node, "style"));
    let named = styles.filter_map(|style| {
        let name = value(child(style, "name")?, "val")?.to_lowercase();
        Some((value(style, "styleId")?.to_owned(), name.starts_with(HEADING) || name == "title"))
    });
    named.collect()
}

fn kind_of(paragraph: Node<'_, '_>, headings: &HashMap<String, bool>) -> fn(String) -> Block {
    let Some(properties) = child(paragraph, "pPr") else { return Block::Paragraph };
    let style = child(properties, "pStyle").and_then(|style| value(style, "val")).unwrap_or_default();
    let by_id = || {
        let id = style.to_lowercase();
        id.starts_with(HEADING) || id == "title"
    };
    let outline = child(properties, "outlineLvl").and_then(|level| value(level, "val"));
    if outline.is_some_and(|level| level != "9") || headings.get(style).copied().unwrap_or_else(by_id) {
        return Block::Heading;
    }
    let is_item = child(properties, "numPr").is_some() || style.to_lowercase().starts_with("list");
    if is_item { Block::Item } else { Block::Paragraph }
}

/// Collects the text of a paragraph, without what was removed and without what is in other paragraphs (text boxes).
fn text_of(paragraph: Node<'_, '_>) -> String {
    let mut text = String::new();
    for node in paragraph.descendants().filter(Node::is_element) {
        match node.tag_name().name() {
            "t" if node.ancestors().find(|it| is(it, "p")) == Some(paragraph) => {
                text.push_str(node.text().unwrap_or(""));
            }
            "tab" | "br" | "cr" => text.push(' '),
            "noBreakHyphen" => text.push('-'),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::super::pages::package::tests::zip_of;
    use super::*;

    #[test]
    fn headings_are_known_by_the_names_of_their_styles() {
        let styles = r#"<w:styles xmlns:w="w"><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
            <w:style w:styleId="Heading9x"><w:name w:val="Body"/></w:style></w:styles>"#;
        let document = r#"<w:document xmlns:w="w"><w:body>
            <w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>Die Bienen</w:t></w:r></w:p>
            <w:p><w:r><w:t xml:space="preserve">Sie tanzen</w:t><w:tab/><w:t>gern.</w:t></w:r><w:del><w:r><w:delText>nicht</w:delText></w:r></w:del></w:p>
            <w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>Im Kreis</w:t></w:r></w:p>
            <w:p><w:pPr><w:pStyle w:val="Heading9x"/></w:pPr><w:r><w:t>Kein Titel.</w:t></w:r></w:p>
            </w:body></w:document>"#;
        let file = zip_of(&[(DOCUMENT, document.as_bytes()), (STYLES, styles.as_bytes())]);
        let scenes = draft_docx(file.path()).unwrap();
        assert_eq!(scenes.len(), 1);
        assert_eq!(scenes[0].title, "Die Bienen");
        assert_eq!(scenes[0].text, "Sie tanzen gern. Im Kreis. Kein Titel.");
    }

    #[test]
    fn files_of_another_kind_are_refused() {
        let refused = |file: &tempfile::NamedTempFile| draft_docx(file.path()).unwrap_err().to_string();
        assert!(refused(&zip_of(&[("a.txt", b"x")])).contains("it has no text"));
        assert!(refused(&zip_of(&[(DOCUMENT, b"<a><b></a>")])).contains("word/document.xml"));
    }
}
