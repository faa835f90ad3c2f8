//! Texts in shapes and cells, laid out paragraph by paragraph.

use roxmltree::Node;
use stage::document::{Align, ColorRef, Layer, LayerKind, VerticalAlign};
use stage::text::{Fonts, TextBlock, TextSpec};

use super::color::Colors;
use super::shape::Place;
use super::style::{Bullet, Cascade, ParagraphStyle, Space, ThemeFonts, paragraph_style};
use super::xml::{attr, child, is, number};

/// EMU of a hundredth of a point.
const EMU: f64 = 127.0;
/// Room between a shape's edge and its text, when nothing is said: left and right, top and bottom.
const INSET: (f64, f64) = (91_440.0, 45_720.0);
/// Most paragraphs and letters of a text.
const PARAGRAPHS_MAX: usize = 300;
const CHARS_MAX: usize = 4_900;
/// Texts that are to shrink into their shape do so in steps, down to a share of their size.
const SHRINK_STEP: f64 = 0.95;
const SHRINK_MIN: f64 = 0.4;
/// Added to the width of texts that are not to be wrapped.
const UNWRAPPED: f64 = 40.0;

/// What texts of a slide are drawn with.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) colors: &'a Colors,
    pub(super) theme_fonts: &'a ThemeFonts,
    /// Pixels per EMU.
    pub(super) scale: f64,
    pub(super) canvas: (f64, f64),
}

/// A paragraph with its looks.
struct Paragraph {
    text: String,
    mark: String,
    style: ParagraphStyle,
}

/// Returns all the text of a text body, a line for each paragraph.
pub(super) fn text_of(body: Node<'_, '_>) -> String {
    let paragraphs = body.children().filter(|node| is(*node, "p"));
    paragraphs.map(paragraph_text).filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn paragraph_text(paragraph: Node<'_, '_>) -> String {
    let mut text = String::new();
    for node in paragraph.children() {
        match node.tag_name().name() {
            "r" | "fld" => text.push_str(child(node, "t").and_then(|text| text.text()).unwrap_or_default()),
            "br" => text.push('\n'),
            _ => {}
        }
    }
    text.replace('\u{b}', "\n")
}

/// Lays out the text of a shape; `body_properties` say where it is in there, the nearest first.
pub(super) fn lay_out<'a, 'i>(
    desk: Desk<'_>,
    body: Node<'a, 'i>,
    body_properties: &[Node<'a, 'i>],
    cascade: &Cascade<'a, 'i>,
    place: &Place,
) -> Vec<Layer> {
    let mut paragraphs = read(desk, body, cascade);
    let has_words = paragraphs.iter().any(|paragraph| !paragraph.text.trim().is_empty());
    if !has_words {
        return Vec::new();
    }
    let length = |name, default| body_properties.iter().find_map(|node| number(*node, name)).unwrap_or(default);
    let (left, right) = (length("lIns", INSET.0), length("rIns", INSET.0));
    let (top, bottom) = (length("tIns", INSET.1), length("bIns", INSET.1));
    let room = ((place.w - left - right).max(1.0), (place.h - top - bottom).max(1.0));
    let is_wrapped = body_properties.iter().find_map(|node| attr(*node, "wrap")) != Some("none");
    let autofit = body_properties.iter().find_map(|node| child(*node, "normAutofit"));
    if let Some(autofit) = autofit {
        let said = number(autofit, "fontScale").map(|share| share / 100_000.0);
        shrink(desk, &mut paragraphs, room, said);
    }
    let height: f64 = height_of(desk, &paragraphs, room.0);
    let anchor = body_properties.iter().find_map(|node| attr(*node, "anchor")).unwrap_or("t");
    let mut y = top
        + match anchor {
            "ctr" => (room.1 - height) / 2.0,
            "b" => room.1 - height,
            _ => 0.0,
        };
    let mut layers = Vec::new();
    for (idx, paragraph) in paragraphs.iter().enumerate() {
        let block = paragraph.height(desk, room.0);
        y += if idx == 0 { 0.0 } else { paragraph.before() };
        let spread = if is_wrapped { 0.0 } else { UNWRAPPED * room.1.max(room.0) };
        paragraph.draw(desk, place, (left, y), room.0, block, spread, &mut layers);
        y += block + paragraph.after();
    }
    layers
}

fn read<'a, 'i>(desk: Desk<'_>, body: Node<'a, 'i>, cascade: &Cascade<'a, 'i>) -> Vec<Paragraph> {
    let mut n_chars = 0;
    let mut number = 0;
    let mut paragraphs = Vec::new();
    for node in body.children().filter(|node| is(*node, "p")).take(PARAGRAPHS_MAX) {
        let style = paragraph_style(node, cascade, desk.colors, desk.theme_fonts);
        let mut text: String = paragraph_text(node).chars().take(CHARS_MAX.saturating_sub(n_chars)).collect();
        n_chars += text.chars().count();
        if style.capitals {
            text = text.to_uppercase();
        }
        let has_words = !text.trim().is_empty();
        number = if style.bullet == Bullet::Number && has_words { number + 1 } else { 0 };
        let mark = match &style.bullet {
            Bullet::Mark(mark) if has_words => mark.clone(),
            Bullet::Number if has_words => format!("{number}."),
            _ => String::new(),
        };
        paragraphs.push(Paragraph { text, mark, style });
    }
    paragraphs
}

/// Makes letters smaller, by as much as the file says, or until the text has room.
fn shrink(desk: Desk<'_>, paragraphs: &mut [Paragraph], room: (f64, f64), said: Option<f64>) {
    let sizes: Vec<f64> = paragraphs.iter().map(|paragraph| paragraph.style.size).collect();
    let mut share = said.unwrap_or(1.0);
    loop {
        for (paragraph, size) in paragraphs.iter_mut().zip(&sizes) {
            paragraph.style.size = size * share;
        }
        if share * SHRINK_STEP < SHRINK_MIN || height_of(desk, paragraphs, room.0) <= room.1 {
            return;
        }
        share *= SHRINK_STEP;
    }
}

fn height_of(desk: Desk<'_>, paragraphs: &[Paragraph], width: f64) -> f64 {
    let between = paragraphs.iter().skip(1).map(Paragraph::before).sum::<f64>()
        + paragraphs.iter().rev().skip(1).map(Paragraph::after).sum::<f64>();
    between + paragraphs.iter().map(|paragraph| paragraph.height(desk, width)).sum::<f64>()
}

impl Paragraph {
    /// Returns how high a line is, in EMU.
    fn line(&self) -> f64 {
        self.style.size * EMU * self.style.line_height
    }

    fn before(&self) -> f64 {
        self.space(self.style.before)
    }

    fn after(&self) -> f64 {
        self.space(self.style.after)
    }

    fn space(&self, space: Space) -> f64 {
        match space {
            Space::Points(points) => points * EMU,
            Space::Lines(share) => share * self.line(),
        }
    }

    /// Returns the height in EMU when lines are wrapped at `width`.
    fn height(&self, desk: Desk<'_>, width: f64) -> f64 {
        if self.text.trim().is_empty() {
            return self.line();
        }
        let spec = TextSpec {
            text: self.text.clone(),
            family: self.style.family.clone(),
            size_px: self.style.size * EMU * desk.scale,
            weight: self.style.weight,
            italic: self.style.italic,
            line_height: self.style.line_height,
            width: Some(self.text_width(width) * desk.scale),
            ..TextSpec::default()
        };
        TextBlock::layout(desk.fonts, &spec, 1.0).lines().len().max(1) as f64 * self.line()
    }

    fn text_width(&self, width: f64) -> f64 {
        (width - self.style.margin).max(self.style.size * EMU)
    }

    #[expect(clippy::too_many_arguments, reason = "all are lengths of one place")]
    fn draw(
        &self,
        desk: Desk<'_>,
        place: &Place,
        (left, y): (f64, f64),
        width: f64,
        height: f64,
        spread: f64,
        layers: &mut Vec<Layer>,
    ) {
        let text_width = self.text_width(width);
        if !self.mark.is_empty() {
            let x = left + (self.style.margin + self.style.indent).max(0.0);
            let mark = place.inner(x, y, (-self.style.indent).max(self.style.size * EMU * 2.0), self.line());
            layers.extend(self.layer(desk, &mark, &self.mark, Align::Left));
        }
        if self.text.trim().is_empty() {
            return;
        }
        // What is not wrapped grows to the side that it is not held at.
        let x = left + self.style.margin;
        let (x, text_width) = match self.style.align {
            Align::Center => (x - spread / 2.0, text_width + spread),
            Align::Right => (x - spread, text_width + spread),
            _ => (x, text_width + spread),
        };
        let text = place.inner(x, y, text_width, height.max(1.0));
        layers.extend(self.layer(desk, &text, &self.text, self.style.align));
    }

    fn layer(&self, desk: Desk<'_>, place: &Place, text: &str, align: Align) -> Option<Layer> {
        let style = &self.style;
        let kind = LayerKind::Text {
            text: text.to_owned(),
            font_family: style.family.clone(),
            font_size: (style.size * EMU * desk.scale).clamp(1.0, 1000.0),
            font_weight: style.weight,
            italic: style.italic,
            underline: style.underline,
            align,
            vertical_align: VerticalAlign::Top,
            line_height: style.line_height,
            color: ColorRef::clone(&style.color),
            stroke: None,
            background: None,
            shadow: None,
        };
        Some(Layer::new(kind, Some(place.frame(desk.scale, desk.canvas)?)))
    }
}
