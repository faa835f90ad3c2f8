//! Web pages: what they are about, without all that is around it.

use std::collections::HashMap;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{ElementRef, Html, Node, Selector};

use super::{Block, DraftScene, scenes_of, within};

/// What is never said.
const SILENT: [&str; 30] = [
    "script", "style", "noscript", "template", "nav", "footer", "aside", "form", "button", "select", "option", "input",
    "textarea", "label", "iframe", "object", "svg", "math", "canvas", "video", "audio", "picture", "figure", "head",
    "menu", "dialog", "code", "pre", "sup", "address",
];
/// What begins and ends a paragraph.
const BLOCKS: [&str; 24] = [
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "body",
    "blockquote",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "tr",
    "hr",
    "br",
    "details",
    "summary",
    "figcaption",
    "center",
    "hgroup",
    "li",
    "fieldset",
];
/// Roles (WAI-ARIA) of what is around the content.
const SILENT_ROLES: [&str; 9] =
    ["navigation", "banner", "contentinfo", "complementary", "search", "menu", "dialog", "alert", "toolbar"];
/// An element has the content when it has this share of all that is in paragraphs.
const CONTENT_SHARE: f64 = 0.75;
/// A block outside of paragraphs is content when it is this long; else it is a label of something.
const LOOSE_CHARS_MIN: usize = 40;
/// A block of which this share is links leads elsewhere.
const LINK_SHARE_MAX: f64 = 0.6;

/// Elements within each other that are read: parsing takes time for each element times its depth.
const DEPTH_MAX: usize = 1_000;
/// Elements that have no end, or need none.
const ENDLESS: [&str; 26] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "p", "li",
    "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup", "path",
];

/// What a web page is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its title; empty if it has none.
    pub title: String,
    blocks: Vec<Block>,
}

impl Article {
    /// Returns all that is written in it, paragraphs apart by empty lines.
    pub fn text(&self) -> String {
        let text = self.blocks.iter().map(|block| match block {
            Block::Heading(text) | Block::Paragraph(text) | Block::Item(text) => text.as_str(),
        });
        text.collect::<Vec<_>>().join("\n\n")
    }
}

/// Tells whether a text is HTML rather than anything else.
pub(super) fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let start = start[..start.floor_char_boundary(2000)].to_ascii_lowercase();
    let tags = ["<p>", "<p ", "<div", "<body", "<article", "<h1", "<h2", "<ul>", "<span"];
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || (start.starts_with('<') && tags.iter().any(|tag| start.contains(tag)))
}

/// Cuts a web page into scenes.
pub fn draft_html(html: &str) -> Vec<DraftScene> {
    let article = text_of_html(html);
    let mut blocks = article.blocks;
    let has_title = blocks.iter().any(|block| matches!(block, Block::Heading(heading) if *heading == article.title));
    if !has_title && !article.title.is_empty() && matches!(blocks.first(), Some(Block::Paragraph(_) | Block::Item(_))) {
        blocks.insert(0, Block::Heading(article.title));
    }
    scenes_of(&blocks)
}

/// Reads a web page: its title, headings, paragraphs and lists, without menus, forms, programs and the like.
pub fn text_of_html(html: &str) -> Article {
    let page = Html::parse_document(shallow(within(html)));
    let content = content_of(&page);
    let mut reader = Reader::default();
    reader.read(content);
    Article { title: title_of(&page), blocks: reader.blocks }
}

fn title_of(page: &Html) -> String {
    let first = |selector: &str| Selector::parse(selector).ok().and_then(|selector| page.select(&selector).next());
    let headline = first("article h1, main h1, h1").map(|it| it.text().collect::<String>());
    let shared = || first(r#"meta[property="og:title"]"#).and_then(|it| it.attr("content").map(str::to_owned));
    let title = || first("title").map(|it| it.text().collect::<String>());
    let found = headline.filter(|text| !text.trim().is_empty()).or_else(shared).or_else(title);
    found.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Finds the element that has the content: the article, or the innermost one with most of what is in paragraphs.
fn content_of(page: &Html) -> NodeRef<'_, Node> {
    let marked = Selector::parse(r#"article, main, [role="main"]"#).ok();
    let marked = marked.iter().flat_map(|selector| page.select(selector));
    let body = page.root_element();
    let counts = paragraph_chars(*body);
    // What is never said was not counted.
    let n_chars = |element: &ElementRef<'_>| counts.get(&element.id()).copied().unwrap_or(0);
    let mut content: ElementRef<'_> = match marked.max_by_key(n_chars) {
        // Pages mark each of their teasers as an article, too.
        Some(element) if n_chars(&element) * 2 > n_chars(&body) => element,
        _ => body,
    };
    let least = n_chars(&content).max(1) as f64 * CONTENT_SHARE;
    while let Some(child) = content.child_elements().max_by_key(n_chars) {
        if (n_chars(&child) as f64) < least || child.value().name() == "p" {
            break;
        }
        content = child;
    }
    *content
}

/// Counts the characters in paragraphs below each node.
fn paragraph_chars(root: NodeRef<'_, Node>) -> HashMap<NodeId, usize> {
    let mut counts = HashMap::new();
    let (mut n_chars, mut n_paragraphs, mut silent) = (0, 0_usize, None);
    // How many characters there were before each of the nodes that are open.
    let mut open = Vec::new();
    let is_paragraph = |node: &NodeRef<'_, Node>| node.value().as_element().is_some_and(|it| it.name() == "p");
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) if silent.is_none() => {
                open.push(n_chars);
                match node.value() {
                    Node::Element(element) if is_silent(element) => silent = Some(node.id()),
                    Node::Element(_) => n_paragraphs += usize::from(is_paragraph(&node)),
                    Node::Text(text) if n_paragraphs > 0 => n_chars += text.trim().chars().count(),
                    _ => {}
                }
            }
            Edge::Close(node) if silent == Some(node.id()) => {
                open.pop();
                silent = None;
            }
            Edge::Close(node) if silent.is_none() => {
                n_paragraphs -= usize::from(is_paragraph(&node));
                counts.insert(node.id(), n_chars - open.pop().unwrap_or(n_chars));
            }
            _ => {}
        }
    }
    counts
}

/// Returns a page up to where its elements are within too many others.
fn shallow(html: &str) -> &str {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        let rest = &html[start + 1..];
        at = start + 1;
        if let Some(comment) = rest.strip_prefix("!--") {
            at += comment.find("-->").map_or(rest.len(), |end| end + 6);
            continue;
        }
        if rest.starts_with('/') {
            depth = depth.saturating_sub(1);
            continue;
        }
        let name = &rest[..rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len())];
        let name = name.to_ascii_lowercase();
        if name.is_empty() || ENDLESS.contains(&name.as_str()) {
            continue;
        }
        if name == "script" || name == "style" {
            // What looks like a tag in there is none.
            at += rest.find(&format!("</{name}")).unwrap_or(rest.len());
        }
        depth += 1;
        if depth > DEPTH_MAX {
            return &html[..start];
        }
    }
    html
}

fn is_silent(element: &Element) -> bool {
    let is_hidden = element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || element.attr("style").is_some_and(|style| style.replace(' ', "").contains("display:none"));
    let has_role = element.attr("role").is_some_and(|role| SILENT_ROLES.contains(&role));
    is_hidden || has_role || SILENT.contains(&element.name())
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    text: String,
    n_link_chars: usize,
    n_links: usize,
    n_paragraphs: usize,
    n_items: usize,
}

impl Reader {
    fn read(&mut self, content: NodeRef<'_, Node>) {
        let mut silent = None;
        for edge in content.traverse() {
            match edge {
                Edge::Open(node) if silent.is_none() => match node.value() {
                    Node::Element(element) if is_silent(element) => silent = Some(node.id()),
                    Node::Element(element) => self.open(element.name()),
                    Node::Text(text) => self.push(text),
                    _ => {}
                },
                Edge::Close(node) if silent == Some(node.id()) => silent = None,
                Edge::Close(node) if silent.is_none() => {
                    if let Node::Element(element) = node.value() {
                        self.close(element.name());
                    }
                }
                _ => {}
            }
        }
        self.end();
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        if self.n_links > 0 {
            self.n_link_chars += text.trim().chars().count();
        }
    }

    fn open(&mut self, name: &str) {
        match name {
            "a" => self.n_links += 1,
            "p" => self.n_paragraphs += 1,
            _ if is_heading(name) || BLOCKS.contains(&name) => {}
            _ => return,
        }
        if name != "a" {
            // Where a paragraph begins, what stood before it belongs to none.
            self.n_paragraphs -= usize::from(name == "p");
            self.end();
            self.n_paragraphs += usize::from(name == "p");
            self.n_items += usize::from(name == "li");
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "a" => self.n_links = self.n_links.saturating_sub(1),
            "td" | "th" => self.text.push_str(", "),
            _ if is_heading(name) => {
                let text = std::mem::take(&mut self.text);
                self.n_link_chars = 0;
                self.blocks.extend(Block::new(Block::Heading, &text));
            }
            _ if BLOCKS.contains(&name) => {
                self.end();
                self.n_paragraphs = self.n_paragraphs.saturating_sub(usize::from(name == "p"));
                self.n_items = self.n_items.saturating_sub(usize::from(name == "li"));
            }
            _ => {}
        }
    }

    /// Ends a block, and keeps it if it is content.
    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        let n_link_chars = std::mem::take(&mut self.n_link_chars);
        let n_chars = text.split_whitespace().map(|word| word.chars().count() + 1).sum::<usize>();
        let is_loose = self.n_paragraphs == 0 && self.n_items == 0;
        let leads_elsewhere = n_link_chars as f64 > n_chars as f64 * LINK_SHARE_MAX;
        if leads_elsewhere || (is_loose && n_chars < LOOSE_CHARS_MIN) {
            return;
        }
        let kind = if self.n_items > 0 { Block::Item } else { Block::Paragraph };
        self.blocks.extend(Block::new(kind, text.trim().trim_end_matches(',')));
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name.as_bytes(), [b'h', b'1'..=b'6'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!DOCTYPE html><html><head><title>Bees - The Garden Site</title><style>p { color: red }</style></head><body>
        <header><a href="/">Home</a> <div>The Garden Site</div></header>
        <nav><ul><li><a href="/a">Flowers of all kinds that grow in gardens</a></li></ul></nav>
        <div id="page"><div class="text">
            <h1>Why bees <em>dance</em></h1>
            <p>Bees dance to tell each other where flowers&nbsp;are.<script>alert(1)</script> They learned it long ago.</p>
            <p hidden>Not to be seen.</p>
            <h2>The round dance</h2>
            <ul><li>It means that flowers are near</li><li>It says <b>nothing</b> of the direction</li></ul>
            <p>Read more in <a href="/b">the article about the tail-wagging dance of bees and what it tells</a>.</p>
            <pre>let bee = 1;</pre>
        </div></div>
        <aside><p>Subscribe to our letter, which comes every week and costs nothing at all.</p></aside>
        <footer><p>All rights reserved by the people who made this page, whoever they are.</p></footer>
        </body></html>"#;

    #[test]
    fn the_content_is_read_without_what_is_around_it() {
        let article = text_of_html(PAGE);
        assert_eq!(article.title, "Why bees dance");
        let expected = "Why bees dance\n\nBees dance to tell each other where flowers are. They learned it long ago.\n\n\
            The round dance\n\nIt means that flowers are near\n\nIt says nothing of the direction";
        assert_eq!(article.text(), expected);
        let scenes = draft_html(PAGE);
        assert_eq!(
            scenes.iter().map(|scene| scene.title.as_str()).collect::<Vec<_>>(),
            ["Why bees dance", "The round dance"]
        );
        assert_eq!(scenes[1].text, "It means that flowers are near. It says nothing of the direction.");
    }

    #[test]
    fn an_article_is_found_among_teasers() {
        let page = "<body><article><p>A teaser that is short.</p></article><article><p>The real text of the page, which is much \
            longer than any teaser could be. It goes on and on, and then a bit more.</p></article></body>";
        assert_eq!(text_of_html(page).text().lines().count(), 1);
        assert!(text_of_html(page).text().starts_with("The real text"));
        let page = "<body><div><h3>One</h3><article><p>Teaser one.</p></article><article><p>Teaser two.</p></article>\
            <article><p>Teaser six.</p></article></div></body>";
        assert_eq!(text_of_html(page).text(), "One\n\nTeaser one.\n\nTeaser two.\n\nTeaser six.");
    }

    #[test]
    fn the_title_heads_a_page_without_headings() {
        let scenes = draft_html("<html><title>My page</title><body><p>It has one paragraph.</p></body></html>");
        assert_eq!((scenes[0].title.as_str(), scenes[0].text.as_str()), ("My page", "It has one paragraph."));
    }

    #[test]
    fn html_is_told_from_text() {
        assert!(looks_like_html(PAGE) && looks_like_html("<div><p>Hi</p></div>") && looks_like_html("\u{feff}<html>"));
        assert!(!looks_like_html("a < b and <p> is a tag") && !looks_like_html("# Markdown\n\n<div>x</div>"));
    }

    #[test]
    fn broken_and_deep_pages_are_read() {
        let page = |depth: usize| format!("<p>Above.</p>{}<p>At the bottom.", "<div>".repeat(depth));
        assert_eq!(text_of_html(&page(DEPTH_MAX)).text(), "Above.\n\nAt the bottom.");
        assert_eq!(text_of_html(&page(DEPTH_MAX + 1)).text(), "Above.");
        assert_eq!(text_of_html(&page(300_000)).text(), "Above.");
        for broken in ["", "<", "<p", "<!--", "</p></p>", "<p><p><table><p>x</table>", "\0<p>\u{fffd}"] {
            draft_html(broken);
        }
    }
}
