//! Color emoji, drawn as vectors so that they are sharp at every size.
//!
//! Why not a font: a color font of bitmaps is blurred in a title, and which of a machine's fonts wins would differ from
//! machine to machine. The drawings are Twemoji's (CC-BY-4.0), one SVG per sequence of UTS 51.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use resvg::usvg;
use twemoji_assets::svg::SvgTwemojiAsset;
use unicode_properties::{EmojiStatus, UnicodeEmoji};
use vello_cpu::RenderContext;
use vello_cpu::color::AlphaColor;
use vello_cpu::kurbo::{Affine, BezPath, Rect};
use vello_cpu::peniko::Fill;

/// The side of the square that every drawing fills.
const VIEW_BOX: f64 = 36.0;
/// How wide an emoji is with its margins, in parts of the type size.
pub(super) const ADVANCE_EM: f64 = 1.2;
/// The side of the drawn square, in parts of the type size.
const SIDE_EM: f64 = 1.1;
/// How far the drawing reaches below the baseline, in parts of the type size.
const DESCENT_EM: f64 = 0.2;
/// Asks for the text form of the character before it.
const TEXT_SELECTOR: char = '\u{fe0e}';
/// Asks for the emoji form of the character before it.
const EMOJI_SELECTOR: char = '\u{fe0f}';

/// One emoji as paths in a square of 36 units.
#[derive(Debug)]
pub(super) struct Art {
    steps: Vec<Step>,
}

/// What is done to draw.
#[derive(Debug)]
enum Step {
    Fill { path: BezPath, color: [u8; 4], rule: Fill },
    PushOpacity(f32),
    PushClip(BezPath),
    Pop,
}

impl Art {
    /// Draws with the left end of the baseline at the origin of `transform`.
    pub(super) fn draw(&self, ctx: &mut RenderContext, transform: Affine, size: f64) {
        ctx.set_transform(transform * Self::placement(size));
        for step in &self.steps {
            match step {
                Step::Fill { path, color: [r, g, b, a], rule } => {
                    ctx.set_paint(AlphaColor::from_rgba8(*r, *g, *b, *a));
                    ctx.set_fill_rule(*rule);
                    ctx.fill_path(path);
                }
                Step::PushOpacity(opacity) => ctx.push_opacity_layer(*opacity),
                Step::PushClip(path) => ctx.push_clip_layer(path),
                Step::Pop => ctx.pop_layer(),
            }
        }
        ctx.set_fill_rule(Fill::NonZero);
    }

    /// Fills everything that the drawing covers with the current paint.
    pub(super) fn draw_silhouette(&self, ctx: &mut RenderContext, transform: Affine, size: f64) {
        ctx.set_transform(transform * Self::placement(size));
        for step in &self.steps {
            if let Step::Fill { path, rule, .. } = step {
                ctx.set_fill_rule(*rule);
                ctx.fill_path(path);
            }
        }
        ctx.set_fill_rule(Fill::NonZero);
    }

    fn placement(size: f64) -> Affine {
        let margin = (ADVANCE_EM - SIDE_EM) / 2.0;
        Affine::translate((margin * size, (DESCENT_EM - SIDE_EM) * size)) * Affine::scale(SIDE_EM * size / VIEW_BOX)
    }
}

/// Returns what an emoji covers, from the left end of its baseline.
pub(super) fn bounds(size: f64) -> Rect {
    Art::placement(size).transform_rect_bbox(Rect::new(0.0, 0.0, VIEW_BOX, VIEW_BOX))
}

/// The emoji that were used so far.
#[derive(Debug, Default)]
pub(super) struct Emoji {
    drawn: Mutex<BTreeMap<String, Option<Arc<Art>>>>,
}

impl Emoji {
    /// Returns the drawings to show for `grapheme`, none if it is text.
    ///
    /// A sequence of joined emoji that nobody has drawn yet is shown as its members, as UTS 51 recommends.
    pub(super) fn find(&self, grapheme: &str, is_in_text_font: impl Fn(char) -> bool) -> Vec<Arc<Art>> {
        if !is_emoji(grapheme, is_in_text_font) {
            return Vec::new();
        }
        if let Some(art) = self.art(grapheme) {
            return vec![art];
        }
        grapheme.split('\u{200d}').filter_map(|member| self.art(member)).collect()
    }

    fn art(&self, sequence: &str) -> Option<Arc<Art>> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = drawn.get(sequence) {
            return known.clone();
        }
        let art = svg_of(sequence).and_then(parse).map(Arc::new);
        drawn.insert(sequence.to_owned(), art.clone());
        art
    }
}

/// Whether `grapheme` is to be shown as emoji. Characters that are usually text stay text where a text font has them.
fn is_emoji(grapheme: &str, is_in_text_font: impl Fn(char) -> bool) -> bool {
    let mut chars = grapheme.chars();
    let (Some(first), second) = (chars.next(), chars.next()) else {
        return false;
    };
    if second == Some(TEXT_SELECTOR) {
        return false;
    }
    match first.emoji_status() {
        EmojiStatus::EmojiPresentation
        | EmojiStatus::EmojiPresentationAndModifierBase
        | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
        | EmojiStatus::EmojiPresentationAndEmojiComponent => true,
        // Digits, `#` and `*`: emoji only as keycaps.
        EmojiStatus::EmojiOtherAndEmojiComponent => grapheme.contains('\u{20e3}'),
        EmojiStatus::EmojiOther | EmojiStatus::EmojiModifierBase => {
            let is_sequence =
                second.is_some_and(|c| matches!(c, EMOJI_SELECTOR | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}'));
            is_sequence || !is_in_text_font(first)
        }
        _ => false,
    }
}

/// Returns the drawing of a sequence, whose selectors may be missing or too many.
fn svg_of(sequence: &str) -> Option<&'static str> {
    let plain: String = sequence.chars().filter(|&c| c != EMOJI_SELECTOR).collect();
    let mut qualified = String::new();
    for c in plain.chars() {
        qualified.push(c);
        if matches!(c.emoji_status(), EmojiStatus::EmojiOther | EmojiStatus::EmojiModifierBase) {
            qualified.push(EMOJI_SELECTOR);
        }
    }
    [sequence, &plain, &qualified].into_iter().find_map(SvgTwemojiAsset::from_emoji).map(|asset| asset.data.0)
}

fn parse(svg: &str) -> Option<Art> {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).ok()?;
    let mut steps = Vec::new();
    collect(tree.root(), &mut steps);
    Some(Art { steps })
}

fn collect(group: &usvg::Group, steps: &mut Vec<Step>) {
    let opacity = group.opacity().get();
    let mut n_pushed = 0;
    if let Some(clip) = group.clip_path() {
        let mut path = BezPath::new();
        collect_outline(clip.root(), &mut path);
        path.apply_affine(affine(group.abs_transform()));
        steps.push(Step::PushClip(path));
        n_pushed += 1;
    }
    if opacity < 1.0 {
        steps.push(Step::PushOpacity(opacity));
        n_pushed += 1;
    }
    for child in group.children() {
        match child {
            usvg::Node::Group(group) => collect(group, steps),
            usvg::Node::Path(path) => steps.extend(fill_step(path)),
            usvg::Node::Image(_) | usvg::Node::Text(_) => {}
        }
    }
    steps.extend((0..n_pushed).map(|_| Step::Pop));
}

fn collect_outline(group: &usvg::Group, outline: &mut BezPath) {
    for child in group.children() {
        match child {
            usvg::Node::Group(group) => collect_outline(group, outline),
            usvg::Node::Path(path) => outline.extend(outline_of(path)),
            usvg::Node::Image(_) | usvg::Node::Text(_) => {}
        }
    }
}

fn fill_step(path: &usvg::Path) -> Option<Step> {
    let fill = path.fill()?;
    let usvg::Paint::Color(color) = fill.paint() else {
        return None;
    };
    let rule = match fill.rule() {
        usvg::FillRule::NonZero => Fill::NonZero,
        usvg::FillRule::EvenOdd => Fill::EvenOdd,
    };
    let alpha = (fill.opacity().get() * 255.0).round() as u8;
    Some(Step::Fill { path: outline_of(path), color: [color.red, color.green, color.blue, alpha], rule })
}

fn outline_of(path: &usvg::Path) -> BezPath {
    use usvg::tiny_skia_path::PathSegment;

    let point = |p: usvg::tiny_skia_path::Point| (f64::from(p.x), f64::from(p.y));
    let mut outline = BezPath::new();
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(p) => outline.move_to(point(p)),
            PathSegment::LineTo(p) => outline.line_to(point(p)),
            PathSegment::QuadTo(a, p) => outline.quad_to(point(a), point(p)),
            PathSegment::CubicTo(a, b, p) => outline.curve_to(point(a), point(b), point(p)),
            PathSegment::Close => outline.close_path(),
        }
    }
    outline.apply_affine(affine(path.abs_transform()));
    outline
}

fn affine(transform: usvg::Transform) -> Affine {
    Affine::new([
        f64::from(transform.sx),
        f64::from(transform.ky),
        f64::from(transform.kx),
        f64::from(transform.sy),
        f64::from(transform.tx),
        f64::from(transform.ty),
    ])
}

#[cfg(test)]
mod tests {
    use unicode_properties::UnicodeEmoji;

    use super::{Emoji, is_emoji};

    fn n_drawings(grapheme: &str) -> usize {
        Emoji::default().find(grapheme, |c| c.is_ascii() || "\u{2764}\u{263a}".contains(c)).len()
    }

    #[test]
    fn sequences_have_one_drawing() {
        for emoji in ["😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷", "1️⃣", "❤️", "🧑🏿‍🚀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🕹", "🌶️", "☕"]
        {
            assert_eq!(n_drawings(emoji), 1, "{emoji}");
        }
    }

    #[test]
    fn text_stays_text() {
        for text in ["1", "#", "a", "❤", "☺\u{fe0e}", "😀\u{fe0e}", "漢", ""] {
            assert_eq!(n_drawings(text), 0, "{text}");
        }
    }

    #[test]
    fn unknown_joined_sequences_fall_apart() {
        assert_eq!(n_drawings("🍎\u{200d}🚗"), 2);
    }

    #[test]
    fn nearly_every_emoji_is_drawn() {
        let all = ('\u{80}'..'\u{1ffff}').filter(|c| c.is_emoji_char() && is_emoji(&c.to_string(), |_| false));
        let missing: Vec<char> = all.filter(|c| n_drawings(&format!("{c}\u{fe0f}")) == 0).collect();
        // Emoji 18, which nobody had drawn yet: they count as characters without a font.
        let undrawn = "\u{1f6d9}\u{1fa8b}\u{1fa8c}\u{1fa8d}\u{1facc}\u{1fadd}\u{1faeb}\u{1faf9}\u{1fafa}";
        assert_eq!(missing.into_iter().collect::<String>(), undrawn);
    }
}
