//! Text laid out, ready to be drawn at any place, angle and scale.

use parley::{Alignment, BaseDirection};
use vello_cpu::RenderContext;
use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Cap, Join, Rect, RoundedRect, Shape as _, Stroke, Vec2};
use vello_cpu::peniko::{BlendMode, Compose, Fill};

use super::catalog::{Wish, guarded};
use super::fonts::{Choice, Fonts};
use super::names::Language;
use super::prepare::{Part, describe_missing, prepare, remove_missing};
use super::shape::{Engine, Laid, PartInk, Setting, united};
use super::spec::{TextShadow, TextSpec, TextStroke};
use super::{emoji, shadow};
use crate::document::{Align, Color, VerticalAlign};

/// Lines of one text that are drawn.
pub(super) const LINES_MAX: usize = 1_000;
/// How exactly curves are followed when a line is drawn around them, in pixels.
const TOLERANCE: f64 = 0.1;

/// Text laid out in the frame of its layer: the frame's upper left corner is the origin, a pixel of the picture the unit.
///
/// Lines that don't fit the height of the frame go on below it; they are not cut off, as no vendor does.
#[derive(Debug, Clone)]
pub struct TextBlock {
    laid: Laid,
    /// How far the lines are moved down from the frame's upper edge.
    top: f64,
    height: f64,
    size: f64,
    color: Color,
    underline: bool,
    stroke: Option<TextStroke>,
    background: Option<(RoundedRect, Color)>,
    shadow: Option<TextShadow>,
    soft_shadow: Option<shadow::Soft>,
    bounds: Rect,
    warnings: Vec<String>,
}

impl TextBlock {
    /// Lays `spec` out for a picture that has `scale` pixels per canvas pixel.
    pub fn layout(fonts: &Fonts, spec: &TextSpec, scale: f64) -> Self {
        Self::layout_in(fonts, spec, &[(&spec.text, 0)], scale, BaseDirection::Auto)
    }

    /// Lays `parts` out, one after the other, instead of the text of `spec`; each can then have its own color.
    ///
    /// They are one text: all of its lines have the direction of the first letter.
    pub(crate) fn layout_parts(fonts: &Fonts, spec: &TextSpec, parts: &[Part<'_>], scale: f64) -> Self {
        let direction = direction_of(parts.iter().flat_map(|(text, _)| text.chars()));
        Self::layout_in(fonts, spec, parts, scale, direction)
    }

    fn layout_in(fonts: &Fonts, spec: &TextSpec, parts: &[Part<'_>], scale: f64, direction: BaseDirection) -> Self {
        let job = Job { spec, parts, scale, direction };
        let attempt = guarded(|| {
            let mut engine = fonts.take_engine();
            let set = set_with(&mut engine, fonts, &job, |family, wish, chars| fonts.choose(family, wish, chars));
            fonts.give_back(engine);
            set
        });
        let (laid, warnings) = attempt.unwrap_or_else(|| {
            // A font from outside that got through the checks, and broke a parser all the same.
            let shipped =
                |family: Option<&str>, wish, chars: &[char]| Choice::within(fonts.shipped(), family, wish, chars);
            let (laid, mut warnings) = set_with(&mut Engine::new(), fonts, &job, shipped);
            warnings.push("a font for this text is broken; built-in ones are used instead".to_owned());
            (laid, warnings)
        });
        Self::new(laid, warnings, spec, scale)
    }

    fn new(laid: Laid, warnings: Vec<String>, spec: &TextSpec, scale: f64) -> Self {
        let height = laid.lines.len() as f64 * spec.line_pitch() * scale;
        let room = spec.height.filter(|height| height.is_finite()).map_or(0.0, |frame| frame * scale - height);
        let top = match spec.vertical_align {
            _ if spec.height.is_none() => 0.0,
            VerticalAlign::Top => 0.0,
            VerticalAlign::Middle => room / 2.0,
            VerticalAlign::Bottom => room,
        };
        let mut block = Self {
            laid,
            top,
            height,
            size: spec.drawn_size() * scale,
            color: spec.color,
            underline: spec.underline,
            stroke: spec.stroke.filter(|stroke| stroke.width > 0.0 && stroke.color.a > 0),
            background: None,
            shadow: spec.shadow.filter(|shadow| shadow.color.a > 0),
            soft_shadow: None,
            bounds: Rect::ZERO,
            warnings,
        };
        if let Some(stroke) = &mut block.stroke {
            stroke.width = (stroke.width * scale).min(block.size);
        }
        if let Some(shadow) = &mut block.shadow {
            *shadow = shadow::scaled(*shadow, scale);
        }
        if let (Some(background), Some(lines)) = (spec.background, block.text_rect()) {
            let padding = length(background.padding, scale);
            let rect = lines.inflate(padding, padding);
            let radius = length(background.radius, scale).min(rect.width().min(rect.height()) / 2.0);
            block.background = Some((rect.to_rounded_rect(radius), background.color));
        }
        let ink = block.ink();
        block.bounds = block.measure(ink);
        if let (Some(shadow), Some(ink)) = (block.shadow.filter(|shadow| shadow.blur > 0.0), ink) {
            let silhouette = |ctx: &mut RenderContext, transform| block.draw_silhouette(ctx, transform, shadow.color);
            block.soft_shadow = shadow::Soft::new(&shadow, ink, silhouette);
        }
        block
    }

    /// Returns what drawing may touch: letters with their stroke and shadow, and the box. Empty if nothing is drawn.
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// Returns the rectangle of the lines, from the top of the first to the bottom of the last; none without words.
    pub fn text_rect(&self) -> Option<Rect> {
        let filled = self.laid.lines.iter().filter(|line| line.right > line.left);
        let (left, right) =
            filled.fold((f64::MAX, f64::MIN), |(left, right), line| (left.min(line.left), right.max(line.right)));
        (right > left).then(|| Rect::new(left, self.top, right, self.top + self.height))
    }

    /// Returns the left end, the right end and the baseline of each line.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = (f64, f64, f64)> {
        self.laid.lines.iter().map(|line| (line.left, line.right, self.top + line.baseline))
    }

    /// Returns what the person who wrote the text should know: scripts without a font, families that aren't there.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Draws with the frame's upper left corner at the origin of `transform`.
    ///
    /// The state of `ctx` is left as it was.
    pub fn draw(&self, ctx: &mut RenderContext, transform: Affine) {
        self.draw_parts(ctx, transform, |_| self.color);
    }

    /// Draws each part in the color that `color_of` says.
    pub(crate) fn draw_parts(&self, ctx: &mut RenderContext, transform: Affine, color_of: impl Fn(u32) -> Color) {
        let state = ctx.save_current_state();
        ctx.set_fill_rule(Fill::NonZero);
        if let Some((rect, color)) = &self.background {
            ctx.set_transform(transform);
            ctx.set_paint(paint(*color));
            ctx.fill_path(&rect.to_path(TOLERANCE));
        }
        let transform = transform * Affine::translate((0.0, self.top));
        if let Some(soft) = &self.soft_shadow {
            soft.draw(ctx, transform);
        } else if let Some(shadow) = &self.shadow {
            ctx.push_opacity_layer(f32::from(shadow.color.a) / 255.0);
            self.draw_silhouette(ctx, transform * Affine::translate((shadow.dx, shadow.dy)), shadow.color);
            ctx.pop_layer();
        }
        if let Some(stroke) = &self.stroke {
            self.draw_outer_stroke(ctx, transform, stroke);
        }
        for (&part, ink) in &self.laid.parts {
            let color = color_of(part);
            // Overlapping pieces must not show through each other.
            let is_layered = color.a < 255 && (self.underline || !ink.bold.is_empty());
            if is_layered {
                ctx.push_opacity_layer(f32::from(color.a) / 255.0);
            }
            ctx.set_paint(paint(if is_layered { Color { a: 255, ..color } } else { color }));
            ctx.set_transform(transform);
            fill_ink(ctx, ink);
            if self.underline {
                self.fill_underlines(ctx);
            }
            if is_layered {
                ctx.pop_layer();
            }
        }
        for (art, at) in &self.laid.emoji {
            art.draw(ctx, transform * Affine::translate(at.to_vec2()), self.size);
        }
        ctx.restore_state(state);
    }

    /// Draws the stroke, and takes it out again where the letters are: they may be translucent.
    fn draw_outer_stroke(&self, ctx: &mut RenderContext, transform: Affine, stroke: &TextStroke) {
        ctx.push_opacity_layer(f32::from(stroke.color.a) / 255.0);
        self.draw_stroke(ctx, transform, &TextStroke { color: Color { a: 255, ..stroke.color }, ..*stroke });
        if self.color.a < 255 {
            ctx.set_blend_mode(Compose::DestOut.into());
            ctx.set_paint(paint(Color::rgb(0, 0, 0)));
            self.fill_all(ctx);
            ctx.set_blend_mode(BlendMode::default());
        }
        ctx.pop_layer();
    }

    fn draw_stroke(&self, ctx: &mut RenderContext, transform: Affine, stroke: &TextStroke) {
        ctx.set_transform(transform);
        ctx.set_paint(paint(stroke.color));
        for ink in self.laid.parts.values() {
            // Half of the line is inside of the letter, where the letter covers it.
            ctx.set_stroke(outer_line(2.0 * stroke.width + ink.bolder_by));
            ctx.stroke_path(&ink.outline);
        }
        if self.underline {
            ctx.set_stroke(outer_line(2.0 * stroke.width));
            for rect in self.underlines() {
                ctx.stroke_path(&rect.to_path(TOLERANCE));
            }
        }
    }

    /// Draws all that is drawn, but the box, in one color.
    fn draw_silhouette(&self, ctx: &mut RenderContext, transform: Affine, color: Color) {
        let color = Color { a: 255, ..color };
        if let Some(stroke) = &self.stroke {
            self.draw_stroke(ctx, transform, &TextStroke { color, ..*stroke });
        }
        ctx.set_paint(paint(color));
        ctx.set_transform(transform);
        self.fill_all(ctx);
        for (art, at) in &self.laid.emoji {
            art.draw_silhouette(ctx, transform * Affine::translate(at.to_vec2()), self.size);
        }
    }

    /// Fills letters and underlines with the current paint.
    fn fill_all(&self, ctx: &mut RenderContext) {
        for ink in self.laid.parts.values() {
            fill_ink(ctx, ink);
        }
        if self.underline {
            self.fill_underlines(ctx);
        }
    }

    fn fill_underlines(&self, ctx: &mut RenderContext) {
        for rect in self.underlines() {
            ctx.fill_rect(&rect);
        }
    }

    fn underlines(&self) -> impl Iterator<Item = Rect> {
        let filled = self.laid.lines.iter().filter(|line| line.right > line.left);
        filled.map(|line| Rect::new(line.left, line.underline.0, line.right, line.underline.1))
    }

    /// Returns what letters, strokes and emoji cover, from the top of the first line.
    fn ink(&self) -> Option<Rect> {
        let mut ink = None;
        for part in self.laid.parts.values() {
            let margin = part.bolder_by / 2.0;
            ink = united(ink, bounds_of(&part.outline).inflate(margin, margin));
        }
        if self.underline {
            ink = self.underlines().fold(ink, united);
        }
        let margin = self.stroke.map_or(0.0, |stroke| stroke.width);
        let stroked = ink.map(|ink| ink.inflate(margin, margin));
        self.laid.emoji.iter().fold(stroked, |ink, (_, at)| united(ink, emoji::bounds(self.size) + at.to_vec2()))
    }

    fn measure(&self, ink: Option<Rect>) -> Rect {
        let mut all = ink;
        if let (Some(shadow), Some(ink)) = (&self.shadow, ink) {
            all = united(all, shadow::bounds(shadow, ink));
        }
        all = all.map(|all| all + Vec2::new(0.0, self.top));
        if let Some((rect, _)) = &self.background {
            all = united(all, rect.rect());
        }
        all.unwrap_or(Rect::ZERO)
    }
}

/// What is to be laid out.
struct Job<'a> {
    spec: &'a TextSpec,
    parts: &'a [Part<'a>],
    scale: f64,
    direction: BaseDirection,
}

/// Shapes the text with the faces that `choose` returns.
fn set_with<'f>(
    engine: &mut Engine,
    fonts: &'f Fonts,
    job: &Job<'_>,
    choose: impl FnOnce(Option<&str>, Wish, &[char]) -> Choice<'f>,
) -> (Laid, Vec<String>) {
    let Job { spec, parts, scale, direction } = *job;
    let mut prepared = prepare(parts, &fonts.emoji, |c| fonts.is_shipped(c));
    let whole: String = prepared.chars.iter().collect();
    let wish = Wish { weight: spec.weight.clamp(1, 1000), is_italic: spec.italic, language: Language::of(&whole) };
    let Choice { catalog, selection, warning } = choose(spec.family.as_deref(), wish, &prepared.chars);
    let mut warnings: Vec<String> = warning.into_iter().collect();
    warnings.extend(describe_missing(&selection.missing, &prepared.chars));
    remove_missing(&mut prepared, &selection.missing);
    let setting = Setting {
        faces: &selection.faces,
        wish,
        size: spec.drawn_size() * scale,
        line_pitch: spec.line_pitch() * scale,
        width: spec.width.filter(|width| width.is_finite()).map(|width| width.max(0.0) * scale),
        alignment: alignment(spec.align),
        direction,
        lines_max: LINES_MAX,
    };
    let laid = engine.set(catalog, &prepared.paragraphs, &setting);
    if prepared.is_cut || laid.is_cut {
        warnings.push("the text is too long to be shown; its end is left out".to_owned());
    }
    (laid, warnings)
}

/// Tells the direction by the first letter.
fn direction_of(mut chars: impl Iterator<Item = char>) -> BaseDirection {
    let is_from_right = |c: char| {
        // Hebrew to Arabic Extended-A, their presentation forms, and the right-to-left blocks beyond the first plane.
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    match chars.find(|c| c.is_alphabetic()) {
        Some(c) if is_from_right(c) => BaseDirection::Rtl,
        Some(_) => BaseDirection::Ltr,
        None => BaseDirection::Auto,
    }
}

fn alignment(align: Align) -> Alignment {
    match align {
        Align::Start => Alignment::Start,
        Align::Left => Alignment::Left,
        Align::Center => Alignment::Center,
        Align::Right => Alignment::Right,
        Align::Justify => Alignment::Justify,
    }
}

/// Returns a length that may come from anywhere in pixels, within reason.
pub(super) fn length(value: f64, scale: f64) -> f64 {
    if value.is_finite() { (value * scale).clamp(0.0, 4096.0) } else { 0.0 }
}

fn bounds_of(path: &BezPath) -> Rect {
    if path.is_empty() { Rect::ZERO } else { path.bounding_box() }
}

/// Fills letters with the current paint, bolder than their font has them where that was asked for.
fn fill_ink(ctx: &mut RenderContext, ink: &PartInk) {
    ctx.fill_path(&ink.outline);
    if !ink.bold.is_empty() {
        ctx.set_stroke(outer_line(ink.bolder_by));
        ctx.stroke_path(&ink.bold);
    }
}

fn outer_line(width: f64) -> Stroke {
    Stroke::new(width).with_join(Join::Round).with_caps(Cap::Round)
}

fn paint(color: Color) -> AlphaColor<Srgb> {
    AlphaColor::from_rgba8(color.r, color.g, color.b, color.a)
}
