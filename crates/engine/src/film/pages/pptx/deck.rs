//! The parts of a presentation: slides in order, with their layouts, masters, themes and pictures.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::PagesError;
use super::super::package::{Package, parse};
use super::xml::{at, attr, child, flag, is, number};

/// Where the list of slides is.
const PRESENTATION: &str = "ppt/presentation.xml";
/// The size of slides that say none: 10 by 7.5 inches.
const SIZE_DEFAULT: (f64, f64) = (9_144_000.0, 6_858_000.0);
/// Most slides that are listed.
const SLIDES_MAX: usize = 10_000;
/// What links that nothing is loaded from are called at the end of their types.
const HYPERLINK: &str = "/hyperlink";
const WHAT: &str = "a PPTX file";

/// A presentation that is open.
pub(super) struct Deck {
    package: Package,
    /// The names of the parts with slides that are shown, in order.
    pub(super) slides: Vec<String>,
    /// Width and height of slides in EMU, of which an inch has 914,400.
    pub(super) size: (f64, f64),
    /// The part that says what texts look like where nothing else does.
    pub(super) presentation: String,
}

/// What a part refers to, by the ids that it uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Relations(BTreeMap<String, Relation>);

#[derive(Debug, Clone)]
struct Relation {
    kind: String,
    /// The name of the part, or the URL if it is external.
    target: String,
    is_external: bool,
}

/// A part that is XML, with what it refers to.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) relations: Relations,
}

impl Relations {
    /// Returns the name of the part with an id.
    pub(super) fn target(&self, id: &str) -> Option<&str> {
        self.0.get(id).filter(|relation| !relation.is_external).map(|relation| relation.target.as_str())
    }

    /// Returns the name of the first part of a kind, such as `slideLayout`.
    fn of_kind(&self, kind: &str) -> Option<&str> {
        let found = self.0.values().find(|it| !it.is_external && it.kind.rsplit('/').next() == Some(kind));
        found.map(|relation| relation.target.as_str())
    }

    fn loads_from_outside(&self) -> bool {
        self.0.values().any(|relation| relation.is_external && !relation.kind.ends_with(HYPERLINK))
    }
}

impl Deck {
    /// Opens a presentation.
    pub(super) fn open(path: &Path) -> Result<Self, PagesError> {
        let mut package = Package::open(path)?;
        let missing = || PagesError::malformed(WHAT, "it has no list of slides");
        let presentation = package.text(PRESENTATION)?.ok_or_else(missing)?;
        let relations = relations_of(&mut package, PRESENTATION)?;
        let document = parse(PRESENTATION, &presentation)?;
        let root = document.root_element();
        let size = child(root, "sldSz").and_then(|size| Some((number(size, "cx")?, number(size, "cy")?)));
        let size = size.filter(|(width, height)| *width > 0.0 && *height > 0.0).unwrap_or(SIZE_DEFAULT);
        let list = child(root, "sldIdLst");
        let ids = list.iter().flat_map(|list| list.children()).filter(|node| is(*node, "sldId"));
        // An entry has an id of its own, too; the one of the relationship has a namespace.
        let relation = |node: roxmltree::Node<'_, '_>| {
            let attribute =
                node.attributes().find(|attribute| attribute.name() == "id" && attribute.namespace().is_some());
            attribute.and_then(|attribute| relations.target(attribute.value()).map(str::to_owned))
        };
        let slides: Vec<String> = ids.filter_map(relation).take(SLIDES_MAX).collect();
        drop(document);
        let mut deck = Self { package, slides: Vec::new(), size, presentation };
        for slide in slides {
            if deck.is_shown(&slide)? {
                deck.slides.push(slide);
            }
        }
        if deck.slides.is_empty() {
            return Err(PagesError::malformed(WHAT, "it has no slides"));
        }
        Ok(deck)
    }

    fn is_shown(&mut self, slide: &str) -> Result<bool, PagesError> {
        let Some(text) = self.package.text(slide)? else { return Ok(false) };
        // Only the beginning is looked at: one broken slide should not keep the others from being drawn.
        let start = text.find("<p:sld").map_or("", |at| &text[at..]);
        let tag = &start[..start.find('>').unwrap_or(0)];
        Ok(!tag.contains("show=\"0\"") && !tag.contains("show=\"false\""))
    }

    /// Reads a part with what it refers to.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Part>, PagesError> {
        let Some(text) = self.package.text(name)? else { return Ok(None) };
        let relations = relations_of(&mut self.package, name)?;
        Ok(Some(Part { name: name.to_owned(), text, relations }))
    }

    /// Reads the part of a kind that another one refers to; an empty one where there is none.
    pub(super) fn related(&mut self, part: &Part, kind: &str) -> Result<Part, PagesError> {
        let Some(name) = part.relations.of_kind(kind).map(str::to_owned) else { return Ok(Part::default()) };
        Ok(self.part(&name)?.unwrap_or_default())
    }

    /// Returns the bytes of a picture.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, PagesError> {
        self.package.bytes(name)
    }

    /// Tells whether something in the presentation is to be loaded from elsewhere.
    pub(super) fn loads_from_outside(&mut self) -> Result<bool, PagesError> {
        for name in self.package.names_ending_in(".rels") {
            let Some(text) = self.package.text(&name)? else { continue };
            if read_relations(&name, &text, "")?.loads_from_outside() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Reads what a part refers to.
fn relations_of(package: &mut Package, part: &str) -> Result<Relations, PagesError> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let name = format!("{folder}/_rels/{file}.rels");
    let Some(text) = package.text(&name)? else { return Ok(Relations::default()) };
    read_relations(&name, &text, folder)
}

fn read_relations(name: &str, text: &str, folder: &str) -> Result<Relations, PagesError> {
    let document = parse(name, text)?;
    let entries = document.root_element().children().filter(|node| is(*node, "Relationship"));
    let read = entries.filter_map(|node| {
        let is_external = attr(node, "TargetMode") == Some("External");
        let target = attr(node, "Target")?;
        let target = if is_external { target.to_owned() } else { resolved(folder, target) };
        let kind = attr(node, "Type").unwrap_or_default().to_owned();
        Some((attr(node, "Id")?.to_owned(), Relation { kind, target, is_external }))
    });
    Ok(Relations(read.collect()))
}

/// Returns the name of a part that another one in `folder` calls `target`.
fn resolved(folder: &str, target: &str) -> String {
    let (mut steps, target) = match target.strip_prefix('/') {
        Some(target) => (Vec::new(), target),
        None => (folder.split('/').filter(|step| !step.is_empty()).collect(), target),
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// Returns the shapes of a slide, layout or master.
pub(super) fn shape_tree<'a, 'i>(root: roxmltree::Node<'a, 'i>) -> Option<roxmltree::Node<'a, 'i>> {
    at(root, &["cSld", "spTree"])
}

/// Tells whether a slide or layout shows the shapes of what it is made from.
pub(super) fn shows_master_shapes(root: roxmltree::Node<'_, '_>) -> bool {
    flag(root, "showMasterSp").unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_resolved() {
        assert_eq!(resolved("ppt/slides", "../media/image1.png"), "ppt/media/image1.png");
        assert_eq!(resolved("ppt", "slides/slide1.xml"), "ppt/slides/slide1.xml");
        assert_eq!(resolved("ppt/slides", "/ppt/theme/theme1.xml"), "ppt/theme/theme1.xml");
        assert_eq!(resolved("ppt", "../../../etc/passwd"), "etc/passwd");
    }

    #[test]
    fn links_load_nothing_and_linked_pictures_do() {
        let relations = |kind: &str, mode: &str| {
            let xml = format!(
                "<R><Relationship Id='a' Type='http://x.example/{kind}' Target='http://y.example' TargetMode='{mode}'/></R>"
            );
            read_relations("a.rels", &xml, "").unwrap().loads_from_outside()
        };
        assert!(!relations("hyperlink", "External") && !relations("image", "Internal"));
        assert!(relations("image", "External"));
    }
}
