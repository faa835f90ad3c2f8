//! SVG pictures: read without ever following a reference to the outside, and refused where drawing them would take too long.
//!
//! What is read is the static part of SVG 1.1 and some of 2, as resvg does. Scripts, animations, pictures within the picture and text are not
//! drawn. A file can grow without bound while it is drawn: `<use>` of `<use>`, patterns of patterns, groups within groups. So the size that
//! it would have with every reference written out is counted first, and the area that it paints afterwards.

mod census;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use resvg::tiny_skia;
use resvg::usvg::roxmltree::{Document, ParsingOptions};
use resvg::usvg::{self, ImageHrefResolver, filter};

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
/// How many times the picture's area one tile of a pattern may have: it is drawn whole, whatever is seen of it.
pub const SVG_TILE_MAX: u64 = 4;
/// The bytes of style sheets times the elements they are matched with.
pub const SVG_STYLING_MAX: u64 = 1 << 28;

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
        census::check(&document)?;
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
    let bytes = text.as_bytes();
    let mut depth: u32 = 0;
    // The end of the tag at hand; many tags without an end share one.
    let mut end = 0;
    for (idx, _) in text.match_indices('<') {
        match bytes.get(idx + 1) {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                if end <= idx {
                    end = bytes[idx..].iter().position(|byte| *byte == b'>').map_or(bytes.len(), |it| idx + it);
                }
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

/// Adds up what is painted, as multiples of the picture's area.
fn check_overdraw(tree: &usvg::Tree) -> Result<(), StageError> {
    let whole = tree.size().to_rect(0.0, 0.0).unwrap_or_else(unit_rect);
    let area = f64::from(whole.width()) * f64::from(whole.height());
    let mut sum = Painted { whole, area: 0.0, largest_tile: 0.0 };
    sum.add_group(tree.root(), 1.0);
    if sum.area > SVG_OVERDRAW_MAX as f64 * area {
        return Err(limit("layers over its whole area", (sum.area / area).min(1e15) as u64, SVG_OVERDRAW_MAX));
    }
    if sum.largest_tile > SVG_TILE_MAX as f64 * area {
        let found = (sum.largest_tile / area).min(1e15) as u64;
        return Err(limit("times its own area in the tile of a pattern", found, SVG_TILE_MAX));
    }
    Ok(())
}

fn unit_rect() -> tiny_skia::Rect {
    tiny_skia::Rect::from_xywh(0.0, 0.0, 1.0, 1.0).expect("one by one is a rectangle")
}

/// What is painted, in the picture's own units.
struct Painted {
    whole: tiny_skia::Rect,
    area: f64,
    largest_tile: f64,
}

impl Painted {
    /// Adds a group; within patterns, `scale` is by how much areas are larger than in their coordinates.
    fn add_group(&mut self, group: &usvg::Group, scale: f64) {
        /// A group with opacity, a mask or filters is drawn aside and copied.
        const ISOLATED_COST: f64 = 4.0;
        if group.should_isolate() {
            let n_steps: usize = group.filters().iter().flat_map(|it| it.primitives()).map(steps_of).sum();
            let area = self.visible_area(&group.abs_layer_bounding_box().to_rect());
            self.area += ISOLATED_COST * (1 + n_steps) as f64 * area;
        }
        for node in group.children() {
            match node {
                usvg::Node::Group(group) => self.add_group(group, scale),
                usvg::Node::Path(path) => self.add_path(path, scale),
                usvg::Node::Image(_) | usvg::Node::Text(_) => {}
            }
            if !matches!(node, usvg::Node::Path(_)) {
                node.subroots(|group| self.add_group(group, scale));
            }
        }
    }

    fn add_path(&mut self, path: &usvg::Path, scale: f64) {
        self.area += self.visible_area(&path.abs_stroke_bounding_box());
        let paints = [path.fill().map(usvg::Fill::paint), path.stroke().map(usvg::Stroke::paint)];
        for paint in paints.into_iter().flatten() {
            let usvg::Paint::Pattern(pattern) = paint else { continue };
            let (sx, sy) = path.abs_transform().pre_concat(pattern.transform()).get_scale();
            let scale = scale * f64::from(sx) * f64::from(sy);
            let tile = f64::from(pattern.rect().width()) * f64::from(pattern.rect().height()) * scale;
            self.area += tile;
            self.largest_tile = self.largest_tile.max(tile);
            self.add_group(pattern.root(), scale);
        }
    }

    fn visible_area(&self, bounds: &tiny_skia::Rect) -> f64 {
        let whole = &self.whole;
        let width = f64::from(bounds.right().min(whole.right())) - f64::from(bounds.left().max(whole.left()));
        let height = f64::from(bounds.bottom().min(whole.bottom())) - f64::from(bounds.top().max(whole.top()));
        width.max(0.0) * height.max(0.0)
    }
}

/// How often one step of a filter goes over its area.
fn steps_of(primitive: &filter::Primitive) -> usize {
    match primitive.kind() {
        filter::Kind::Merge(merge) => merge.inputs().len(),
        _ => 1,
    }
}
