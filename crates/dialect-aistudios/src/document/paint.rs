//! Colors, lines and shadows.

use serde_json::Value;
use stage::document::limits::{BLUR_MAX, WIDTH_MAX};
use stage::document::{Color, ColorRef, Gradient, Paint, Shadow, Stroke, TextBox};

use super::Context;
use crate::error::Result;
use crate::read::Node;

/// The greatest blur and offset of a shadow; more is brought down to it, as the vendor's editor has it.
const SHADOW_MAX: f64 = 10.0;
/// The offset of a shadow that gives none.
const SHADOW_OFFSET: f64 = 5.0;
/// The color of a shadow that gives none: `#00000060`.
const SHADOW_COLOR: Color = Color { r: 0, g: 0, b: 0, a: 0x60 };
/// How far a box behind words reaches beyond them, in canvas pixels; our choice.
const BOX_PADDING: f64 = 8.0;

/// Reads a color: `rgb(…)`, `#RRGGBB`, `#RRGGBBAA`, and what else CSS knows. Nothing for empty text, which means none.
pub(super) fn color(node: &Node<'_>, key: &str, context: &mut Context) -> Result<Option<Color>> {
    let Some(text) = node.text(key)? else { return Ok(None) };
    match text.parse() {
        Ok(color) => Ok(Some(color)),
        Err(_) => {
            context.warn(node, format!("`{key}` is no color: {}", text.chars().take(40).collect::<String>()));
            Ok(None)
        }
    }
}

/// Reads what an area is filled with. Our choice: an object is a gradient as scene documents have it.
pub(super) fn fill(clip: &Node<'_>, context: &mut Context) -> Result<Option<Paint>> {
    if let Some(Value::Object(_)) = clip.value.get("fill") {
        let gradient = clip.value.get("fill").and_then(gradient);
        if gradient.is_none() {
            context.warn(clip, "`fill` is neither a color nor a gradient");
        }
        return Ok(gradient.map(Paint::Gradient));
    }
    Ok(color(clip, "fill", context)?.map(|color| Paint::Color(ColorRef::Color(color))))
}

/// Reads a gradient, if it is a sound one.
pub(super) fn gradient(value: &Value) -> Option<Gradient> {
    let gradient: Gradient = serde_json::from_value(value.clone()).ok()?;
    let is_rising = gradient.stops.windows(2).all(|pair| pair[0].at <= pair[1].at);
    let is_plain =
        gradient.stops.iter().all(|stop| (0.0..=1.0).contains(&stop.at) && matches!(stop.color, ColorRef::Color(_)));
    let is_sound = (2..=16).contains(&gradient.stops.len()) && gradient.angle.abs() <= 360.0 && is_rising && is_plain;
    is_sound.then_some(gradient)
}

/// Reads the line around something: a color and a width above 0.
pub(super) fn stroke(clip: &Node<'_>, context: &mut Context) -> Result<Option<Stroke>> {
    let width = clip.number("strokeWidth")?.unwrap_or(0.0).min(WIDTH_MAX);
    let color = color(clip, "stroke", context)?;
    Ok(color.filter(|_| width > 0.0).map(|color| Stroke { color: color.into(), width }))
}

/// Reads a shadow; numbers out of the vendor's range are brought into it.
pub(super) fn shadow(clip: &Node<'_>, context: &mut Context) -> Result<Option<Shadow>> {
    let Some(node) = clip.get("shadow").filter(|node| node.value.is_object()) else { return Ok(None) };
    if node.switch("enabled")? == Some(false) {
        return Ok(None);
    }
    // Our own member, for templates of this server, whose shadows are larger than the vendor's.
    let most = if node.switch("isLarge")? == Some(true) { BLUR_MAX } else { SHADOW_MAX };
    let offset = |key| Ok::<_, crate::error::ApiError>(node.number(key)?.unwrap_or(SHADOW_OFFSET));
    Ok(Some(Shadow {
        color: color(&node, "color", context)?.unwrap_or(SHADOW_COLOR).into(),
        blur: node.number("blur")?.unwrap_or(0.0).clamp(0.0, most),
        dx: offset("offsetX")?.clamp(-most, most),
        dy: offset("offsetY")?.clamp(-most, most),
    }))
}

/// Reads the box behind words.
pub(super) fn text_box(clip: &Node<'_>, context: &mut Context) -> Result<Option<TextBox>> {
    let color = color(clip, "backgroundColor", context)?;
    // Our own members, for templates of this server.
    let padding = clip.number("backgroundPadding")?.unwrap_or(BOX_PADDING).clamp(0.0, WIDTH_MAX);
    let radius = clip.number("backgroundRadius")?.unwrap_or(0.0).clamp(0.0, WIDTH_MAX);
    Ok(color.map(|color| TextBox { color: color.into(), padding, radius }))
}
