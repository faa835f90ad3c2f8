//! Shapes paragraphs, breaks them into lines and takes the outlines of their glyphs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parley::fontique::{Blob, Collection, CollectionOptions, FontInfoOverride, SourceCache};
use parley::style::{FontFamily, FontFamilyName, FontStyle, FontWeight, OverflowWrap, TextStyle};
use parley::{
    Alignment, AlignmentOptions, BaseDirection, FontContext, GlyphRun, Layout, LayoutContext, LineHeight,
    PositionedLayoutItem,
};
use skrifa::instance::{LocationRef, NormalizedCoord, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use vello_cpu::kurbo::{Affine, BezPath, Point, Rect};

use super::catalog::{Catalog, Wish};
use super::emoji::{self, Art};
use super::prepare::Paragraph;

/// How much wider synthetic bold makes a letter, in parts of the type size.
const BOLDER_EM: f64 = 1.0 / 22.0;

/// What a glyph is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Ink {
    part: u32,
    /// One more than the number of the stretch that is an emoji, 0 for text.
    emoji: u32,
}

/// What shapes; not to be shared between threads.
pub(super) struct Engine {
    fonts: FontContext,
    layouts: LayoutContext<Ink>,
    registered: BTreeSet<usize>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("registered", &self.registered).finish_non_exhaustive()
    }
}

/// How paragraphs are set. Lengths are in pixels of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) faces: &'a [usize],
    pub(super) wish: Wish,
    pub(super) size: f64,
    pub(super) line_pitch: f64,
    pub(super) width: Option<f64>,
    pub(super) alignment: Alignment,
    pub(super) direction: BaseDirection,
    /// Lines that are kept.
    pub(super) lines_max: usize,
}

/// The outlines of one part of the text.
#[derive(Debug, Clone, Default)]
pub(super) struct PartInk {
    pub(super) outline: BezPath,
    /// What of the outline is to be made bolder by a line of this width around it.
    pub(super) bold: BezPath,
    pub(super) bolder_by: f64,
}

/// A line of the block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LaidLine {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) baseline: f64,
    /// Where a line below the words goes, from its upper to its lower edge.
    pub(super) underline: (f64, f64),
}

/// What is drawn, with the upper left corner of the first line at the origin.
#[derive(Debug, Clone, Default)]
pub(super) struct Laid {
    pub(super) lines: Vec<LaidLine>,
    pub(super) parts: BTreeMap<u32, PartInk>,
    /// Emoji, and where their baselines begin.
    pub(super) emoji: Vec<(Arc<Art>, Point)>,
    pub(super) is_cut: bool,
}

impl Engine {
    pub(super) fn new() -> Self {
        let collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
        Self {
            fonts: FontContext { collection, source_cache: SourceCache::default() },
            layouts: LayoutContext::new(),
            registered: BTreeSet::new(),
        }
    }

    /// Sets `paragraphs` one below the other.
    pub(super) fn set(&mut self, catalog: &Catalog, paragraphs: &[Paragraph], setting: &Setting<'_>) -> Laid {
        for &face in setting.faces {
            self.register(catalog, face);
        }
        let mut layouts = Vec::new();
        let mut n_lines = 0;
        let mut is_cut = false;
        for paragraph in paragraphs {
            if n_lines >= setting.lines_max {
                is_cut = true;
                break;
            }
            let mut layout = self.shape(catalog, paragraph, setting);
            layout.break_all_lines(setting.width.map(|width| width as f32));
            n_lines += layout.len().max(1);
            layouts.push(layout);
        }
        if setting.width.is_none() {
            // Lines are aligned to the longest of them.
            let longest = layouts.iter().map(Layout::width).fold(0.0, f32::max);
            for layout in &mut layouts {
                layout.break_all_lines(Some(longest + 1.0));
            }
        }
        let mut laid = Laid { is_cut, ..Laid::default() };
        for (layout, paragraph) in layouts.iter_mut().zip(paragraphs) {
            layout.align(setting.alignment, AlignmentOptions::default());
            place(layout, paragraph, setting, &mut laid);
        }
        laid
    }

    fn register(&mut self, catalog: &Catalog, face: usize) {
        if !self.registered.insert(face) {
            return;
        }
        if let Some(bytes) = catalog.face(face).bytes() {
            let name = face_name(face);
            let named = FontInfoOverride { family_name: Some(&name), ..FontInfoOverride::default() };
            self.fonts.collection.register_fonts(Blob::new(Arc::new(bytes)), Some(named));
        }
    }

    fn shape(&mut self, catalog: &Catalog, paragraph: &Paragraph, setting: &Setting<'_>) -> Layout<Ink> {
        let names: Vec<FontFamilyName<'_>> =
            setting.faces.iter().map(|&face| FontFamilyName::Named(face_name(face).into())).collect();
        let size = setting.size as f32;
        let text_style: TextStyle<'_, '_, Ink> = TextStyle {
            font_family: FontFamily::List(names.as_slice().into()),
            font_size: size,
            font_style: if setting.wish.is_italic { FontStyle::Italic } else { FontStyle::Normal },
            font_weight: FontWeight::new(f32::from(setting.wish.weight)),
            line_height: LineHeight::Absolute(setting.line_pitch as f32),
            locale: setting.wish.language.tag().and_then(|tag| tag.parse().ok()),
            overflow_wrap: OverflowWrap::BreakWord,
            ..TextStyle::default()
        };
        let empty_advance = setting.faces.first().map_or(0.0, |&face| missing_glyph_advance(catalog, face, size));
        let mut builder = self.layouts.style_run_builder(&mut self.fonts, &paragraph.text, 1.0, false);
        builder.set_base_direction(setting.direction);
        for (idx, stretch) in paragraph.stretches.iter().enumerate() {
            let mut style = text_style.clone();
            style.brush.part = stretch.part;
            if stretch.art.is_some() {
                style.brush.emoji = idx as u32 + 1;
                // No font has the placeholder: it is as wide as the empty box plus what is missing to an emoji.
                style.letter_spacing = emoji::ADVANCE_EM as f32 * size - empty_advance;
            }
            let style = builder.push_style(style);
            builder.push_style_run(style, stretch.range.clone());
        }
        if paragraph.stretches.is_empty() {
            builder.push_style(text_style);
        }
        builder.build(&paragraph.text)
    }
}

fn face_name(face: usize) -> String {
    format!("face {face}")
}

fn missing_glyph_advance(catalog: &Catalog, face: usize, size: f32) -> f32 {
    let Some(bytes) = catalog.face(face).bytes() else {
        return 0.0;
    };
    let Ok(font) = FontRef::from_index(bytes.as_ref(), 0) else {
        return 0.0;
    };
    font.glyph_metrics(Size::new(size), LocationRef::default()).advance_width(GlyphId::NOTDEF).unwrap_or(0.0)
}

/// Appends the lines of one paragraph to `laid`.
fn place(layout: &Layout<Ink>, paragraph: &Paragraph, setting: &Setting<'_>, laid: &mut Laid) {
    for line in layout.lines() {
        if laid.lines.len() >= setting.lines_max {
            laid.is_cut = true;
            return;
        }
        let metrics = line.metrics();
        let top = laid.lines.len() as f64 * setting.line_pitch;
        let baseline = top + f64::from(metrics.baseline - metrics.block_min_coord);
        let mut extent: Option<(f64, f64)> = None;
        let mut underline = (baseline + setting.size * 0.1, baseline + setting.size * 0.16);
        for item in line.items() {
            let PositionedLayoutItem::GlyphRun(run) = item else { continue };
            let (left, right) = (f64::from(run.offset()), f64::from(run.offset() + run.advance()));
            extent = Some(extent.map_or((left, right), |(l, r)| (l.min(left), r.max(right))));
            let ink = run.style().brush;
            if let Some(stretch) = (ink.emoji as usize).checked_sub(1).and_then(|idx| paragraph.stretches.get(idx)) {
                laid.parts.entry(ink.part).or_default();
                laid.emoji.extend(stretch.art.clone().map(|art| (art, Point::new(left, baseline))));
                continue;
            }
            let font = run.run().font_metrics();
            if font.underline_size > 0.0 {
                let upper = baseline - f64::from(font.underline_offset);
                underline = (upper, upper + f64::from(font.underline_size));
            }
            outline_run(&run, baseline, laid.parts.entry(ink.part).or_default());
        }
        let (left, right) = extent.unwrap_or_default();
        let hanging = f64::from(metrics.hanging_advance);
        let (left, right) = if layout.is_rtl() { (left + hanging, right) } else { (left, right - hanging) };
        laid.lines.push(LaidLine { left, right: right.max(left), baseline, underline });
    }
    if layout.is_empty() {
        let baseline = laid.lines.len() as f64 * setting.line_pitch;
        laid.lines.push(LaidLine { left: 0.0, right: 0.0, baseline, underline: (baseline, baseline) });
    }
}

fn outline_run(run: &GlyphRun<'_, Ink>, baseline: f64, part: &mut PartInk) {
    let data = run.run().font();
    let Ok(font) = FontRef::from_index(data.data.data(), data.index) else {
        return;
    };
    let coords: Vec<NormalizedCoord> =
        run.run().normalized_coords().iter().map(|coord| NormalizedCoord::from_bits(coord.to_bits())).collect();
    let size = run.run().font_size();
    let synthesis = run.run().synthesis();
    let slant = synthesis.skew().map_or(0.0, |degrees| libm::tan(f64::from(degrees).to_radians()));
    let outlines = font.outline_glyphs();
    for glyph in run.positioned_glyphs().filter(|glyph| glyph.id != 0) {
        let Some(outline) = outlines.get(GlyphId::new(glyph.id)) else { continue };
        let y = f64::from(glyph.y) - f64::from(run.baseline()) + baseline;
        let map = Affine::new([1.0, 0.0, slant, -1.0, f64::from(glyph.x), y]);
        let mut pen = Pen { path: BezPath::new(), map };
        let settings = DrawSettings::unhinted(Size::new(size), LocationRef::new(&coords));
        if outline.draw(settings, &mut pen).is_err() {
            continue;
        }
        if synthesis.embolden() {
            part.bolder_by = BOLDER_EM * f64::from(size);
            part.bold.extend(pen.path.iter());
        }
        part.outline.extend(pen.path);
    }
}

struct Pen {
    path: BezPath,
    map: Affine,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> Point {
        self.map * Point::new(f64::from(x), f64::from(y))
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.at(x, y);
        self.path.move_to(to);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.at(x, y);
        self.path.line_to(to);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        let (over, to) = (self.at(cx0, cy0), self.at(x, y));
        self.path.quad_to(over, to);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let (first, second, to) = (self.at(cx0, cy0), self.at(cx1, cy1), self.at(x, y));
        self.path.curve_to(first, second, to);
    }

    fn close(&mut self) {
        self.path.close_path();
    }
}

/// Returns the rectangle that encloses both, of which empty ones count for nothing.
pub(super) fn united(a: Option<Rect>, b: Rect) -> Option<Rect> {
    if !(b.width() > 0.0 && b.height() > 0.0) {
        return a;
    }
    Some(a.map_or(b, |a| a.union(b)))
}
