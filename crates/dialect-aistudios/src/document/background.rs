//! What is behind a scene.

use stage::document::{Background, Color, ColorRef, Transition, TransitionEffect, Wipe};

use super::{Context, asset, paint};
use crate::error::Result;
use crate::read::Node;

/// The color behind a scene that gives none; our choice.
const DEFAULT_COLOR: Color = Color::rgb(255, 255, 255);
/// The length of a transition that gives none, in seconds; our choice.
const TRANSITION_S: f64 = 0.5;
/// The longest transition, in seconds.
const TRANSITION_S_MAX: f64 = 60.0;

/// Reads `background`: a picture or a video that covers the canvas, and the color that is seen where there is none.
pub(super) fn read(scene: &Node<'_>, context: &mut Context) -> Result<Background> {
    let Some(node) = scene.get("background") else { return Ok(plain(DEFAULT_COLOR)) };
    node.object()?;
    let color = paint::color(&node, "source_color", context)?;
    let url = node.text("source_url")?;
    let kind = node.text("source_type")?.unwrap_or_else(|| if url.is_some() { "image" } else { "color" }.to_owned());
    if let Some(gradient) = node.get("source_gradient").and_then(|node| paint::gradient(node.value)) {
        return Ok(Background::Gradient { gradient });
    }
    let asset = match kind.as_str() {
        "image" | "video" => url.as_deref().and_then(asset::named),
        "color" => None,
        _ => return Err(node.wrong_at("source_type", "must be image, video or color")),
    };
    if asset.is_none() && kind != "color" {
        context.warn(&node, "`source_url` names nothing that can be fetched; the color is shown");
    }
    let beside = color.map(ColorRef::Color);
    Ok(match (kind.as_str(), asset) {
        ("video", Some(video)) => Background::Video { video, color: beside },
        (_, Some(image)) => Background::Image { image, color: beside },
        (_, None) => plain(color.unwrap_or(DEFAULT_COLOR)),
    })
}

fn plain(color: Color) -> Background {
    Background::Color { color: color.into() }
}

/// Reads `transition`. Our choice, as no public page has one: `{"type": "fade", "duration": 0.5}`, in seconds.
pub(super) fn transition(scene: &Node<'_>, context: &mut Context) -> Result<Option<Transition>> {
    let Some(node) = scene.get("transition") else { return Ok(None) };
    let (name, duration_s) = match node.value {
        serde_json::Value::String(name) => (Some(name.clone()), None),
        _ => (node.text("type")?, node.number("duration")?),
    };
    let effect = match name.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("none" | "cut") => return Ok(None),
        Some("fade") => TransitionEffect::Fade,
        Some("slide") => TransitionEffect::Slide,
        Some("wipe") => TransitionEffect::Wipe,
        Some(_) => {
            context.warn(&node, "this transition is not known; the scenes follow each other without one");
            return Ok(None);
        }
    };
    let duration_s = duration_s.unwrap_or(TRANSITION_S).clamp(0.0, TRANSITION_S_MAX);
    Ok(Some(Transition { effect, duration_ms: (duration_s * 1000.0).round() as u32, from: Wipe::default() }))
}
