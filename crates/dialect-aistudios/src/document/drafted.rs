//! Projects of scenes that were drafted from a text or from pages.
//!
//! All of it is laid out by rules: the server has no language model, and does not pretend to have one.

use serde_json::{Value, json};

use super::asset::builtin_file;

/// Who speaks in a drafted project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presenter {
    /// The avatar's id.
    pub(crate) model: String,
    /// The id of what they wear.
    pub(crate) clothes: String,
    /// The language that they speak, as a BCP 47 tag.
    pub(crate) language: String,
}

/// A scene to lay out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftedScene {
    /// What is written in it.
    pub(crate) title: String,
    /// What is said in it.
    pub(crate) text: String,
    /// The link of the page that is shown in it.
    pub(crate) picture_url: Option<String>,
}

/// Lays out a project, one scene per part of the text or per page.
pub(crate) fn document(name: &str, orientation: &str, scenes: &[DraftedScene], presenter: &Presenter) -> Value {
    let canvas = if orientation == "portrait" { (1080.0, 1920.0) } else { (1920.0, 1080.0) };
    let scenes = scenes.iter().enumerate().map(|(idx, scene)| match &scene.picture_url {
        Some(url) => page(idx, scene, url, presenter, canvas),
        None => passage(idx, scene, presenter, canvas),
    });
    json!({"name": name, "orientation": orientation, "scenes": scenes.collect::<Vec<_>>()})
}

/// A page over all of the canvas, and a round picture of the speaker in its corner.
fn page(idx: usize, scene: &DraftedScene, url: &str, presenter: &Presenter, canvas: (f64, f64)) -> Value {
    let side = canvas.0.min(canvas.1) * 0.24;
    let margin = canvas.0.min(canvas.1) * 0.03;
    let place = (canvas.0 - side - margin, canvas.1 - side - margin, side, side);
    let page = json!({
        "id": format!("image-{idx}"), "type": "image", "layer": 1, "left": 0, "top": 0, "width": canvas.0, "height": canvas.1,
        "source_url": url, "fit": "contain",
    });
    let mut avatar = avatar(idx, &scene.text, presenter, place);
    avatar["headOnly"] = true.into();
    let background = json!({
        "id": "background", "type": "background", "source_type": "color", "source_color": "rgb(255,255,255)",
    });
    written(idx, &background, &[page, avatar])
}

/// The title beside the speaker.
fn passage(idx: usize, scene: &DraftedScene, presenter: &Presenter, canvas: (f64, f64)) -> Value {
    let is_tall = canvas.1 > canvas.0;
    let height = if is_tall { canvas.1 * 0.78 } else { canvas.1 * 1.3 };
    let width = height * 679.0 / 2229.0;
    let left = if is_tall { (canvas.0 - width) / 2.0 } else { canvas.0 * 0.72 - width / 2.0 };
    let avatar = avatar(idx, &scene.text, presenter, (left, canvas.1 * 0.22, width, height));
    let (text_width, align) = if is_tall { (canvas.0 * 0.86, "center") } else { (canvas.0 * 0.48, "left") };
    let title = json!({
        "id": format!("textImage-{idx}"), "type": "textImage", "tag": "title", "layer": 2, "left": canvas.0 * 0.07,
        "top": if is_tall { canvas.1 * 0.06 } else { canvas.1 * 0.3 }, "width": text_width, "height": canvas.1 * 0.15,
        "text": scene.title, "fill": "#ffffff", "fontSize": 48, "fontWeight": "700", "align": align,
    });
    let background = json!({
        "id": "background", "type": "background", "source_type": "image", "source_url": builtin_file("blue-gradient"),
        "source_color": "rgb(32,48,74)",
    });
    let clips = if scene.title.trim().is_empty() { vec![avatar] } else { vec![avatar, title] };
    written(idx, &background, &clips)
}

fn avatar(idx: usize, text: &str, presenter: &Presenter, (left, top, width, height): (f64, f64, f64, f64)) -> Value {
    json!({
        "id": format!("aiModel-{idx}"), "type": "aiModel", "layer": 1, "left": left, "top": top, "width": width, "height": height,
        "model": {"ai_name": presenter.model, "emotion": presenter.clothes, "language": presenter.language},
        "script": {"org": text, "tts": null},
    })
}

fn written(idx: usize, background: &Value, clips: &[Value]) -> Value {
    json!({"sceneIdx": idx, "background": background, "watermark": false, "clips": clips, "thumbnailUrl": null})
}

/// The green that an avatar stands before alone; our choice, as the vendor publishes no tone.
const CHROMA_KEY: &str = "#00B140";

/// Lays out a project of one avatar on one flat green.
pub(crate) fn on_green(name: &str, text: &str, presenter: &Presenter) -> Value {
    let width = 679.0;
    let avatar = avatar(0, text, presenter, ((1920.0 - width) / 2.0, 144.6, width, 2229.0));
    let background = json!({
        "id": "background", "type": "background", "source_type": "color", "source_color": CHROMA_KEY,
    });
    json!({"name": name, "orientation": "landscape", "scenes": [written(0, &background, &[avatar])]})
}
