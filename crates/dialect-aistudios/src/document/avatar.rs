//! Avatars: who they are and how much of them is seen. What they say is in [`super::speech`].

use serde_json::Value;
use stage::document::limits::NAME_CHARS_MAX;
use stage::document::{Crop, Emotion, Frame, LayerKind};

use super::frame::DefaultBox;
use crate::error::Result;
use crate::read::Node;

/// The box of the vendor's own example, which stands in for an avatar's own where a clip has none.
const WIDTH: f64 = 679.0;
const HEIGHT: f64 = 2229.0;
/// The top edge of that box, as a share of the canvas.
const TOP: f64 = 144.597_904_238_542_4 / 1080.0;
/// The radius of a head crop as a multiple of the larger side of the head; our choice.
const HEAD_RADIUS: f64 = 0.9;
/// Who stands in where a clip names nobody.
const NOBODY: &str = "default";

/// Where a head is in the box of a clip, before scaling.
#[derive(Debug, Clone, Copy)]
struct Head {
    x: f64,
    y: f64,
    radius: f64,
}

/// Returns the box of an avatar that gives none.
pub(super) fn default_box(canvas: (f64, f64)) -> DefaultBox {
    DefaultBox { width: WIDTH, height: HEIGHT, top: Some(TOP * canvas.1) }
}

/// Returns the id of the avatar of a clip.
///
/// Programs in the wild put the model elsewhere than the vendor does: as text, or as members of the clip.
pub(crate) fn model_id(clip: &Value) -> Option<&str> {
    let model = clip.get("model");
    let named = [
        model.and_then(|model| model.get("ai_name")),
        clip.get("ai_name"),
        model,
        clip.get("modelId"),
        clip.get("aiName"),
    ];
    first_text(&named)
}

/// Returns the id of what an avatar wears. Quirk: the vendor calls it `emotion`.
pub(crate) fn cloth_id(clip: &Value) -> Option<&str> {
    let worn = [
        clip.get("model").and_then(|model| model.get("emotion")),
        clip.get("emotion"),
        clip.get("clothId"),
        clip.get("clothes"),
    ];
    first_text(&worn)
}

fn first_text<'v>(values: &[Option<&'v Value>]) -> Option<&'v str> {
    values.iter().flatten().find_map(|value| value.as_str()).map(str::trim).filter(|text| !text.is_empty())
}

/// Reads an `aiModel` and cuts its box to the head where only that is seen.
pub(super) fn read(clip: &Node<'_>, frame: &mut Frame) -> Result<LayerKind> {
    let is_head = is_head_only(clip)?;
    if is_head {
        *frame = head_frame(clip, frame)?;
    }
    // Our own word, in projects made from templates of this server, for what the vendor has no word for.
    let crop = match clip.text("crop")?.as_deref() {
        Some("half") if !is_head => Crop::Half,
        Some("head") if !is_head => Crop::Head,
        _ if is_head => Crop::Circle,
        _ => Crop::Full,
    };
    let short = |id: &str| id.chars().take(NAME_CHARS_MAX).collect::<String>();
    Ok(LayerKind::Avatar {
        avatar: short(model_id(clip.value).unwrap_or(NOBODY)),
        outfit: cloth_id(clip.value).map(short),
        crop,
        emotion: feeling(clip)?,
    })
}

/// Reads `feeling`, our own word, as the vendor's `emotion` is what somebody wears.
fn feeling(clip: &Node<'_>) -> Result<Emotion> {
    let word = clip.text("feeling")?.map(Value::String);
    Ok(word.and_then(|word| serde_json::from_value(word).ok()).unwrap_or_default())
}

/// Tells whether only the head is seen.
///
/// Our choice: `headOnly` decides where it is given, and the effect `head-only` where it is not. The vendor's samples carry the
/// effect together with `headOnly: null`, and no page says what it looks like.
fn is_head_only(clip: &Node<'_>) -> Result<bool> {
    match clip.get("headOnly") {
        Some(node) if node.value.is_object() => return Ok(true),
        Some(node) => return node.as_switch(),
        None => {}
    }
    let effects = clip.value.get("effects").and_then(Value::as_array).into_iter().flatten();
    Ok(effects.filter_map(|effect| effect.get("type")).any(|kind| kind == "head-only"))
}

/// Returns the square around the circle that a head is cut to, where the head is in the whole picture.
fn head_frame(clip: &Node<'_>, whole: &Frame) -> Result<Frame> {
    let Some(head) = head_of(clip)? else {
        // Our choice: without a head box it is looked for at the top.
        let side = whole.w.min(whole.h);
        return Ok(Frame { x: whole.x + (whole.w - side) / 2.0, w: side, h: side, ..*whole });
    };
    let scale_x = clip.number("scaleX")?.unwrap_or(1.0).abs();
    let scale_y = clip.number("scaleY")?.unwrap_or(1.0).abs();
    let side = 2.0 * head.radius * scale_x.max(scale_y);
    let middle = (whole.x + head.x * scale_x, whole.y + head.y * scale_y);
    Ok(Frame { x: middle.0 - side / 2.0, y: middle.1 - side / 2.0, w: side, h: side, ..*whole })
}

/// Reads where the head is: its box is in pixels of the full picture, of which the clip shows the tight part.
fn head_of(clip: &Node<'_>) -> Result<Option<Head>> {
    let Some(model) = clip.get("model") else { return Ok(None) };
    let Some(measures) = model.any(&["editor", "editorValue"]).filter(|node| node.value.is_object()) else {
        return Ok(None);
    };
    let (x, y) = (measures.number("headCenterX")?, measures.number("headCenterY")?);
    let (width, height) = (measures.number("headWidth")?, measures.number("headHeight")?);
    let (Some(x), Some(y), Some(width), Some(height)) = (x, y, width, height) else { return Ok(None) };
    let tight = (measures.number("modelTightX")?.unwrap_or(0.0), measures.number("modelTightY")?.unwrap_or(0.0));
    let radius = HEAD_RADIUS * width.max(height);
    let is_sound = (1.0..=10_000.0).contains(&radius) && x.abs() <= 20_000.0 && y.abs() <= 20_000.0;
    Ok(is_sound.then_some(Head { x: x - tight.0, y: y - tight.1, radius }))
}
