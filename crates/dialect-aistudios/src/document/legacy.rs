//! Documents of the API's second version, which people still send, written as ones of the third.
//!
//! There, places are shares of the canvas: 0 is its middle, half of it in either direction its edge, and they are meant for the middle of a
//! clip. What no page says is how large things are at scale 1; our choice: an avatar is as high as the canvas, pictures are put into
//! the whole of it.

use serde_json::{Value, json};

use super::{LONG_SIDE, SHORT_SIDE};
use crate::error::Result;
use crate::read::Node;

/// The proportions of an avatar.
const AVATAR_WIDTH_PER_HEIGHT: f64 = 679.0 / 2229.0;
/// Layers of clips that give none.
const AVATAR_LAYER: f64 = 300.0;
const CLIP_LAYER: f64 = 500.0;
/// The size of letters in points, for texts that give none; our choice.
const FONT_SIZE: f64 = 48.0;
/// The share of the canvas that a text is wrapped in.
const TEXT_WIDTH: f64 = 0.8;
const TEXT_HEIGHT: f64 = 0.12;

/// Tells whether a document is of the second version.
pub(crate) fn is_legacy(document: &Value) -> bool {
    let scenes = document.get("scenes").and_then(Value::as_array).into_iter().flatten();
    scenes.into_iter().any(|scene| {
        let clips = scene.get("clips").and_then(Value::as_array).into_iter().flatten();
        scene.get("AIModel").is_some() || clips.into_iter().any(|clip| clip.get("detail").is_some())
    })
}

/// Writes a document of the second version as one of the third. Other members stay as they are.
pub(crate) fn modern(document: &Value) -> Result<Value> {
    let root = Node::root(document);
    let is_tall = root.text("orientation")?.is_some_and(|orientation| orientation.eq_ignore_ascii_case("portrait"));
    let (long, short) = (f64::from(LONG_SIDE), f64::from(SHORT_SIDE));
    let canvas = if is_tall { (short, long) } else { (long, short) };
    let mut scenes = Vec::new();
    for (idx, scene) in root.list("scenes")?.iter().enumerate() {
        scenes.push(scene_of(idx, scene, canvas)?);
    }
    let mut modern = document.clone();
    modern["scenes"] = Value::Array(scenes);
    Ok(modern)
}

fn scene_of(idx: usize, scene: &Node<'_>, canvas: (f64, f64)) -> Result<Value> {
    let mut clips = Vec::new();
    let mut background =
        json!({"id": "background", "type": "background", "source_type": "color", "source_color": "#ffffff"});
    if let Some(model) = scene.get("AIModel") {
        clips.push(avatar(&model, canvas)?);
    }
    for clip in scene.list("clips")? {
        let kind = clip.required_text(&["type"])?;
        let detail = clip.get("detail").ok_or_else(|| clip.wrong_at("detail", "is required"))?;
        match kind.as_str() {
            "background" => {
                background["source_type"] = "image".into();
                background["source_url"] = detail.required_text(&["url"])?.into();
            }
            "image" => clips.push(picture(&detail, canvas)?),
            "text" => clips.push(text(&detail, canvas)?),
            _ => return Err(clip.wrong_at("type", "must be image, background or text")),
        }
    }
    Ok(json!({"sceneIdx": idx, "background": background, "watermark": false, "clips": clips, "thumbnailUrl": null}))
}

/// Places a clip by its middle.
fn placed(node: &Node<'_>, size: (f64, f64), canvas: (f64, f64), layer: f64) -> Result<Value> {
    let share = |key| Ok::<_, crate::error::ApiError>(node.number(key)?.unwrap_or(0.0) + 0.5);
    let left = canvas.0 * share("locationX")? - size.0 / 2.0;
    let top = canvas.1 * share("locationY")? - size.1 / 2.0;
    let layer = node.number("layer")?.unwrap_or(layer);
    Ok(json!({"layer": layer, "left": left, "top": top, "width": size.0, "height": size.1}))
}

fn avatar(model: &Node<'_>, canvas: (f64, f64)) -> Result<Value> {
    let height = canvas.1 * model.number("scale")?.unwrap_or(1.0);
    let mut clip = placed(model, (height * AVATAR_WIDTH_PER_HEIGHT, height), canvas, AVATAR_LAYER)?;
    clip["type"] = "aiModel".into();
    clip["model"] = json!({
        "ai_name": model.text("model")?, "emotion": model.text("clothes")?, "language": model.text("language")?,
    });
    let script = model.get("script").map_or(Value::Null, |script| script.value.clone());
    let script = script.get("org").cloned().unwrap_or(script);
    clip["script"] = json!({"org": script, "tts": null});
    Ok(clip)
}

fn picture(detail: &Node<'_>, canvas: (f64, f64)) -> Result<Value> {
    let scale = detail.number("scale")?.unwrap_or(1.0);
    let mut clip = placed(detail, (canvas.0 * scale, canvas.1 * scale), canvas, CLIP_LAYER)?;
    clip["type"] = "image".into();
    clip["source_url"] = detail.required_text(&["url"])?.into();
    clip["fit"] = "contain".into();
    Ok(clip)
}

fn text(detail: &Node<'_>, canvas: (f64, f64)) -> Result<Value> {
    let scale = detail.number("scale")?.unwrap_or(1.0);
    let size = (canvas.0 * TEXT_WIDTH, canvas.1 * TEXT_HEIGHT * scale);
    let mut clip = placed(detail, size, canvas, CLIP_LAYER)?;
    let font = detail.get("font").filter(|font| font.value.is_object());
    let of_font = |key| font.as_ref().map(|font| font.text(key)).transpose().map(Option::flatten);
    let points = font.as_ref().map(|font| font.number("size")).transpose()?.flatten().unwrap_or(FONT_SIZE);
    clip["type"] = "textImage".into();
    clip["text"] = detail.required_text(&["textSource"])?.into();
    clip["fill"] = of_font("color")?.unwrap_or_else(|| "#000000".to_owned()).into();
    clip["fontFamily"] = of_font("family")?.map_or(Value::Null, Value::String);
    clip["fontSize"] = json!(points * scale);
    clip["align"] = "center".into();
    clip["verticalAlign"] = "middle".into();
    Ok(clip)
}
