//! SVG pictures: read without ever following a reference to the outside, and refused where drawing them would take too long.
//!
//! What is read is the static part of SVG 1.1 and some of 2, as resvg does. Scripts, animations, pictures within the picture and text are not
//! drawn. A file can grow without bound while it is drawn: `<use>` of `<use>`, patterns of patterns, groups within groups. So the size that
//! it would have with every reference written out is counted first, and the area that it paints afterwards.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use resvg::tiny_skia;
use resvg::usvg::roxmltree::{Document, Node, NodeId, ParsingOptions};
use resvg::usvg::{self, ImageHrefResolver};

use crate::error::StageError;

/// The bytes of a file.
pub const SVG_BYTES_MAX: usize = 8 << 20;
/// The elements and attributes as they stand in the file.
pub const SVG_NODES_MAX: u32 = 100_000;
/// The elements with all references written out.
pub const SVG_ELEMENTS_MAX: u64 = 100_000;
/// How deep elements are within each other, with all references written out.
pub const SVG_DEPTH_MAX: u32 = 128;
/// How many times its own area a picture may paint.
pub const SVG_OVERDRAW_MAX: u64 = 400;

/// The filters whose cost does not grow with what they are asked for.
const CHEAP_FILTERS: [&str; 13] = [
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feOffset",
];

/// A picture of lines and areas.
pub struct Vector {
    tree: usvg::Tree,
    /// What was drawn last: scenes with one background draw it alike, and each of their workers, too.
    last: Mutex<Option<Drawn>>,
}

/// A drawing that is kept.
struct Drawn {
    matrix: [f64; 6],
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Vector {
    /// Reads an SVG file.
    ///
    /// # Errors
    /// It is broken, uses what is never drawn, or would take too long to draw.
    pub fn parse(bytes: &[u8]) -> Result<Self, StageError> {
        if bytes.len() > SVG_BYTES_MAX {
            return Err(limit("bytes", bytes.len() as u64, SVG_BYTES_MAX as u64));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| StageError::SvgMalformed(error.to_string()))?;
        check_depth(text)?;
        let options = ParsingOptions { allow_dtd: true, nodes_limit: SVG_NODES_MAX, ..ParsingOptions::default() };
        let document =
            Document::parse_with_options(text, options).map_err(|it| StageError::SvgMalformed(it.to_string()))?;
        Census::new(&document).check(&document)?;
        let tree = usvg::Tree::from_xmltree(&document, &closed_options())
            .map_err(|error| StageError::SvgMalformed(error.to_string()))?;
        check_overdraw(&tree)?;
        Ok(Self { tree, last: Mutex::default() })
    }

    /// The width and height that the file asks for.
    pub fn size(&self) -> (f64, f64) {
        (self.tree.size().width().into(), self.tree.size().height().into())
    }

    /// Draws the picture into `pixels`, `width` × `height` premultiplied RGBA, which are transparent before.
    ///
    /// `matrix` maps the picture to pixels: a, b, c, d, e, f as in `transform="matrix(…)"`.
    pub(crate) fn draw(&self, matrix: [f64; 6], pixels: &mut [u8], width: u32, height: u32) {
        // Held while drawing: a worker that needs the same waits for it rather than drawing it as well.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(drawn) = last.as_ref().filter(|it| it.matrix == matrix && (it.width, it.height) == (width, height))
        {
            pixels.copy_from_slice(&drawn.pixels);
            return;
        }
        let [a, b, c, d, e, f] = matrix.map(|it| it as f32);
        let transform = tiny_skia::Transform::from_row(a, b, c, d, e, f);
        if let Some(mut pixmap) = tiny_skia::PixmapMut::from_bytes(pixels, width, height) {
            resvg::render(&self.tree, transform, &mut pixmap);
            *last = Some(Drawn { matrix, width, height, pixels: pixels.to_vec() });
        }
    }
}

impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vector").field("size", &self.size()).finish_non_exhaustive()
    }
}

fn limit(what: &'static str, found: u64, max: u64) -> StageError {
    StageError::SvgLimit { what, found, max }
}

/// Options under which nothing outside the file is looked at.
fn closed_options() -> usvg::Options<'static> {
    usvg::Options {
        resources_dir: None,
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    }
}

/// Refuses deep nesting before a recursive reader sees it. Counts tags, and may count those in comments, too.
fn check_depth(text: &str) -> Result<(), StageError> {
    let mut depth: u32 = 0;
    let bytes = text.as_bytes();
    for (idx, _) in text.match_indices('<') {
        match bytes.get(idx + 1) {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                let end = bytes[idx..].iter().position(|byte| *byte == b'>').map_or(bytes.len(), |it| idx + it);
                if bytes[end - 1] != b'/' {
                    depth += 1;
                }
            }
        }
        if depth > 8 * SVG_DEPTH_MAX {
            return Err(limit("elements within elements", depth.into(), SVG_DEPTH_MAX.into()));
        }
    }
    Ok(())
}

/// Counts what a file amounts to with every reference written out.
struct Census<'a, 'input> {
    by_id: HashMap<&'a str, Node<'a, 'input>>,
    /// What was counted: the elements and the depth of each. `None` while it is being counted: a reference to itself.
    counted: HashMap<NodeId, Option<(u64, u32)>>,
}

impl<'a, 'input> Census<'a, 'input> {
    fn new(document: &'a Document<'input>) -> Self {
        let elements = document.descendants().filter(Node::is_element);
        let by_id = elements.filter_map(|node| Some((node.attribute("id")?, node))).collect();
        Self { by_id, counted: HashMap::new() }
    }

    fn check(&mut self, document: &'a Document<'input>) -> Result<(), StageError> {
        for node in document.descendants().filter(Node::is_element) {
            let name = node.tag_name().name();
            if name.starts_with("fe") && !CHEAP_FILTERS.contains(&name) && name != "feMergeNode" {
                return Err(StageError::SvgUnsupported(format!("the filter `{name}`")));
            }
        }
        let (n_elements, _) = self.count(document.root_element(), 0)?;
        if n_elements > SVG_ELEMENTS_MAX {
            return Err(limit("elements with all references written out", n_elements, SVG_ELEMENTS_MAX));
        }
        Ok(())
    }

    fn count(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<(u64, u32), StageError> {
        if let Some(known) = self.counted.get(&node.id()) {
            // What contains itself is cut off where it is drawn, too.
            let (n_elements, height) = known.unwrap_or((0, 0));
            return if depth + height > SVG_DEPTH_MAX {
                Err(too_deep(depth + height))
            } else {
                Ok((n_elements, height))
            };
        }
        if depth > SVG_DEPTH_MAX {
            return Err(too_deep(depth));
        }
        self.counted.insert(node.id(), None);
        let (mut n_elements, mut height) = (1_u64, 0);
        let targets: Vec<Node<'a, 'input>> = self.targets(node).collect();
        for child in node.children().filter(Node::is_element).chain(targets) {
            let (n_below, height_below) = self.count(child, depth + 1)?;
            n_elements = n_elements.saturating_add(n_below);
            height = height.max(height_below + 1);
        }
        self.counted.insert(node.id(), Some((n_elements, height)));
        Ok((n_elements, height))
    }

    /// The elements that an element refers to, by `href` or `url(#…)`.
    fn targets(&self, node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
        let texts = node.attributes().map(|it| (it.name() == "href", it.value()));
        texts.flat_map(|(is_href, text)| references(is_href, text)).filter_map(|id| self.by_id.get(id).copied())
    }
}

fn too_deep(depth: u32) -> StageError {
    limit("elements within elements", depth.into(), SVG_DEPTH_MAX.into())
}

fn references(is_href: bool, text: &str) -> Vec<&str> {
    if is_href {
        return text.trim().strip_prefix('#').into_iter().collect();
    }
    let starts = text.split("url(").skip(1);
    let inner = starts.filter_map(|rest| rest.split(')').next());
    inner.filter_map(|it| it.trim().trim_matches(['"', '\'']).strip_prefix('#')).collect()
}

/// Adds up what is painted, as multiples of the picture's area.
fn check_overdraw(tree: &usvg::Tree) -> Result<(), StageError> {
    let whole = tree.size().to_rect(0.0, 0.0).unwrap_or_else(unit_rect);
    let mut painted = 0.0;
    add_painted(tree.root(), &whole, &mut painted);
    let found = painted / (f64::from(whole.width()) * f64::from(whole.height()));
    if found > SVG_OVERDRAW_MAX as f64 {
        return Err(limit("layers over its whole area", found.min(1e15) as u64, SVG_OVERDRAW_MAX));
    }
    Ok(())
}

fn unit_rect() -> tiny_skia::Rect {
    tiny_skia::Rect::from_xywh(0.0, 0.0, 1.0, 1.0).expect("one by one is a rectangle")
}

fn add_painted(group: &usvg::Group, whole: &tiny_skia::Rect, painted: &mut f64) {
    /// A group with opacity, a mask or filters is drawn aside, copied, and may be blurred.
    const ISOLATED_COST: f64 = 4.0;
    if group.should_isolate() {
        *painted += ISOLATED_COST * visible_area(&group.abs_layer_bounding_box().to_rect(), whole);
    }
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => add_painted(group, whole, painted),
            _ => *painted += visible_area(&node.abs_stroke_bounding_box(), whole),
        }
        node.subroots(|group| add_painted(group, whole, painted));
    }
}

fn visible_area(bounds: &tiny_skia::Rect, whole: &tiny_skia::Rect) -> f64 {
    let width = f64::from(bounds.right().min(whole.right())) - f64::from(bounds.left().max(whole.left()));
    let height = f64::from(bounds.bottom().min(whole.bottom())) - f64::from(bounds.top().max(whole.top()));
    width.max(0.0) * height.max(0.0)
}
