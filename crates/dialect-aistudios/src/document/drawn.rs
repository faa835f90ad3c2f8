//! What is drawn and says nothing: shapes, pictures, words.

use stage::document::limits::{FONT_SIZE_MAX, LAYER_TEXT_CHARS_MAX, NAME_CHARS_MAX, WIDTH_MAX};
use stage::document::{Align, ColorRef, Fit, LayerKind, ShapeName, VerticalAlign};

use super::{Context, asset, paint};
use crate::error::Result;
use crate::read::Node;

/// Canvas pixels of a typographic point. Quirk: `fontSize` is in points, everything else in pixels.
const PIXELS_PER_POINT: f64 = 4.0 / 3.0;
/// The smallest letters, in canvas pixels.
const FONT_SIZE_MIN: f64 = 0.5;
/// From one line to the next, as a multiple of the size, for clips that do not say so; our choice.
const LINE_HEIGHT: f64 = 1.25;

/// The vendor's shapes and ours.
const SHAPES: [(&str, ShapeName); 17] = [
    ("Line_v2", ShapeName::Line),
    ("Arrow_1_v2", ShapeName::Arrow),
    ("Arrow_2_v2", ShapeName::ArrowBlock),
    ("Circle", ShapeName::Circle),
    ("Triangle", ShapeName::Triangle),
    ("Square", ShapeName::Square),
    ("Parallelogram", ShapeName::Parallelogram),
    ("Drop_1", ShapeName::Drop),
    ("Polygon", ShapeName::Polygon),
    ("Pentagon", ShapeName::Pentagon),
    ("Oval_1", ShapeName::Oval),
    ("Oval_2", ShapeName::OvalTall),
    ("Hexagon_1", ShapeName::Hexagon),
    ("Hexagon_2", ShapeName::HexagonTall),
    ("Diamond", ShapeName::Diamond),
    ("Star", ShapeName::Star),
    ("Rectangle_corner0", ShapeName::Rectangle),
];

/// Reads a `shape`.
pub(super) fn shape(clip: &Node<'_>, context: &mut Context) -> Result<LayerKind> {
    let name = clip.required_text(&["shapeName"])?;
    let known = SHAPES.iter().find(|(vendor, _)| *vendor == name).map(|(_, shape)| *shape);
    if known.is_none() {
        context.warn(
            clip,
            format!("there is no shape `{}`; a rectangle stands in", name.chars().take(40).collect::<String>()),
        );
    }
    Ok(LayerKind::Shape {
        shape: known.unwrap_or(ShapeName::Rectangle),
        fill: paint::fill(clip, context)?,
        stroke: paint::stroke(clip, context)?,
        corner_radius: clip.number("strokeRadius")?.unwrap_or(0.0).clamp(0.0, WIDTH_MAX),
        shadow: paint::shadow(clip, context)?,
    })
}

/// Returns the vendor's name of a shape.
pub(super) fn vendor_shape(shape: ShapeName) -> &'static str {
    let known = SHAPES.iter().find(|(_, ours)| *ours == shape);
    known.map_or("Rectangle_corner0", |(vendor, _)| vendor)
}

/// Reads an `image`; nothing for one whose address cannot be fetched.
///
/// Quirk: the vendor's tutorial writes `resource_url` once where it replaces a picture.
pub(super) fn image(clip: &Node<'_>, context: &mut Context) -> Result<Option<LayerKind>> {
    let url = clip.required_text(&["source_url", "resource_url"])?;
    let Some(image) = asset::named(&url) else {
        context.warn(clip, "`source_url` names nothing that can be fetched; the picture is left out");
        return Ok(None);
    };
    // Our choice, for pages that were put in by their place alone: `contain` and `cover` keep the picture's proportions.
    let fit = match clip.text("fit")?.as_deref() {
        Some("contain") => Fit::Contain,
        Some("cover") => Fit::Cover,
        _ => Fit::Stretch,
    };
    Ok(Some(LayerKind::Image { image, fit }))
}

/// Reads a `textImage`. Letters grow with the clip.
pub(super) fn text(clip: &Node<'_>, context: &mut Context) -> Result<LayerKind> {
    let text = clip.get("text").map(|node| node.as_text()).transpose()?;
    let text = text.ok_or_else(|| clip.wrong_at("text", "is required"))?;
    if text.chars().count() > LAYER_TEXT_CHARS_MAX {
        return Err(clip.wrong_at("text", format!("at most {LAYER_TEXT_CHARS_MAX} characters are drawn")));
    }
    let points = clip.number("fontSize")?.ok_or_else(|| clip.wrong_at("fontSize", "is required"))?;
    let scale = clip.number("scaleY")?.unwrap_or(1.0).abs();
    let style = clip.text("fontStyle")?.unwrap_or_default();
    Ok(LayerKind::Text {
        text,
        font_family: clip.text("fontFamily")?.map(|family| family.chars().take(NAME_CHARS_MAX).collect()),
        font_size: (points * PIXELS_PER_POINT * scale).clamp(FONT_SIZE_MIN, FONT_SIZE_MAX),
        font_weight: weight(clip)?,
        italic: matches!(style.as_str(), "italic" | "oblique"),
        underline: clip.switch("underline")?.unwrap_or(false),
        align: align(clip)?,
        vertical_align: vertical_align(clip)?,
        line_height: clip.number("lineHeight")?.unwrap_or(LINE_HEIGHT).clamp(0.5, 10.0),
        color: paint::color(clip, "fill", context)?.map_or(ColorRef::BLACK, ColorRef::Color),
        stroke: paint::stroke(clip, context)?,
        background: paint::text_box(clip, context)?,
        shadow: paint::shadow(clip, context)?,
    })
}

fn weight(clip: &Node<'_>) -> Result<u16> {
    let weight = clip.text("fontWeight")?.unwrap_or_default().trim().to_ascii_lowercase();
    Ok(match weight.as_str() {
        "bold" | "bolder" => 700,
        "lighter" => 300,
        number => number.parse().unwrap_or(400u16).clamp(100, 900),
    })
}

fn align(clip: &Node<'_>) -> Result<Align> {
    let align = match clip.text("align")? {
        Some(align) => Some(align),
        None => clip.text("textAlign")?,
    };
    Ok(match align.as_deref() {
        Some("center") => Align::Center,
        Some("right") => Align::Right,
        Some("justify") => Align::Justify,
        // Our own word, for templates of this server: it follows the script.
        Some("start") => Align::Start,
        _ => Align::Left,
    })
}

/// Our choice: `verticalAlign` keeps what templates of this server have; the vendor's texts begin at the top.
fn vertical_align(clip: &Node<'_>) -> Result<VerticalAlign> {
    Ok(match clip.text("verticalAlign")?.as_deref() {
        Some("middle") => VerticalAlign::Middle,
        Some("bottom") => VerticalAlign::Bottom,
        _ => VerticalAlign::Top,
    })
}

/// Returns the size of letters in points.
pub(super) fn points(pixels: f64) -> f64 {
    pixels / PIXELS_PER_POINT
}
