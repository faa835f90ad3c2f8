//! The vendor's project document: read into a scene document, written from one, and kept true to itself.
//!
//! `map` reads a document scene by scene ([`scene`]), clip by clip ([`clip`] and one file per kind). [`speech`] holds the two places
//! that a speech can stand in together. [`unmap`] writes a scene document as one of the vendor's, [`drafted`] scenes that were
//! drafted from texts and pages, and [`legacy`] what the vendor's second version of the API had.
//!
//! What only the editor needs is kept and not drawn. Numbers that are out of range are brought into it: the vendor's editor clips
//! what runs off the canvas, and never refuses.

mod asset;
mod avatar;
mod background;
mod clip;
pub(crate) mod drafted;
mod drawn;
mod frame;
pub(crate) mod legacy;
mod paint;
mod scene;
mod sound;
pub(crate) mod speech;
pub(crate) mod unmap;

use std::collections::BTreeMap;

use serde_json::Value;
use stage::document::limits::{NAME_CHARS_MAX, VOLUME_MAX};
use stage::document::{AssetRef, Canvas, Project, Soundtrack, VERSION, Watermark};

use crate::error::Result;
use crate::read::Node;

pub(crate) use asset::builtin_name;

/// What the vendor calls a project without a name.
pub(crate) const DEFAULT_NAME: &str = "Default Template";
/// The longer side of the canvas. The vendor's numbers refer to it whatever the resolution of the file is.
pub(crate) const LONG_SIDE: u32 = 1920;
/// The shorter side of the canvas.
pub(crate) const SHORT_SIDE: u32 = 1080;
/// What is written over scenes that ask for a watermark; our choice.
const WATERMARK: &str = "Phonoscope";
/// How loud music under a whole project is, from 0 to 1; our choice.
const MUSIC_VOLUME: f64 = 0.3;

/// A document as what can be rendered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mapped {
    pub(crate) project: Project,
    /// What could not be taken over, for people.
    pub(crate) warnings: Vec<String>,
}

/// What a clip or a scene is read with.
#[derive(Debug)]
pub(super) struct Context {
    /// The size of the canvas.
    pub(super) canvas: (f64, f64),
    /// What could not be taken over.
    pub(super) warnings: Vec<String>,
}

impl Context {
    /// Notes what is not taken over as it stands.
    pub(super) fn warn(&mut self, at: &Node<'_>, what: impl std::fmt::Display) {
        self.warnings.push(format!("{}: {what}", at.path));
    }
}

/// Reads a document.
pub(crate) fn map(document: &Value) -> Result<Mapped> {
    let root = Node::root(document);
    let (width, height) = canvas_of(&root)?;
    let mut context = Context { canvas: (f64::from(width), f64::from(height)), warnings: Vec::new() };
    let Some(scenes) = root.get("scenes") else {
        return Err(root.wrong_at("scenes", "at least one scene is required"));
    };
    let nodes = scenes.items()?;
    if nodes.is_empty() {
        return Err(scenes.wrong("at least one scene is required"));
    }
    let mut scenes = Vec::new();
    for node in &nodes {
        scenes.push(scene::read(node, &mut context)?);
    }
    let has_watermark = scenes.iter().any(|scene| scene.watermark);
    let project = Project {
        version: VERSION,
        name: name_of(document).chars().take(NAME_CHARS_MAX).collect(),
        canvas: Canvas { width, height, ..Canvas::default() },
        palette: BTreeMap::new(),
        scenes,
        soundtrack: music_of(&root, &mut context)?,
        captions: None,
        watermark: has_watermark.then(watermark),
        dictionary: dictionary_of(&root),
    };
    Ok(Mapped { project, warnings: context.warnings })
}

/// Returns the name of a document.
pub(crate) fn name_of(document: &Value) -> String {
    let name = document.get("name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if name.is_empty() { DEFAULT_NAME.to_owned() } else { name.replace('\0', "") }
}

/// Reads the orientation. Our choice: `square` is understood, too.
fn canvas_of(root: &Node<'_>) -> Result<(u32, u32)> {
    let Some(orientation) = root.text("orientation")? else { return Ok((LONG_SIDE, SHORT_SIDE)) };
    match orientation.trim().to_ascii_lowercase().as_str() {
        "landscape" => Ok((LONG_SIDE, SHORT_SIDE)),
        "portrait" => Ok((SHORT_SIDE, LONG_SIDE)),
        "square" => Ok((SHORT_SIDE, SHORT_SIDE)),
        _ => Err(root.wrong_at("orientation", "must be landscape, portrait or square")),
    }
}

fn watermark() -> Watermark {
    Watermark {
        image: None,
        text: WATERMARK.to_owned(),
        corner: stage::document::Corner::default(),
        opacity: 0.6,
        size: 0.12,
    }
}

/// Reads music under the whole project, `backgroundAudio` of older documents: a URL, or an object like an `audio` clip.
fn music_of(root: &Node<'_>, context: &mut Context) -> Result<Option<Soundtrack>> {
    let Some(music) = root.get("backgroundAudio") else { return Ok(None) };
    let (url, volume) = match music.value {
        Value::String(url) => (Some(url.clone()), None),
        _ => (music.text("source_url")?, music.number("volume")?),
    };
    let Some(audio) = url.and_then(|url| asset::named(&url)) else {
        context.warn(&music, "names no sound that can be fetched");
        return Ok(None);
    };
    Ok(Some(soundtrack(audio, volume.map_or(MUSIC_VOLUME, |volume| (volume / 100.0).clamp(0.0, VOLUME_MAX)))))
}

fn soundtrack(audio: AssetRef, volume: f64) -> Soundtrack {
    Soundtrack {
        audio,
        volume,
        looped: true,
        fade_in_ms: 800,
        fade_out_ms: 1500,
        ducking: stage::document::Ducking::default(),
    }
}

/// Reads how words are spoken. The vendor's shape is unpublished; our choice: what is read instead of a word is text.
fn dictionary_of(root: &Node<'_>) -> BTreeMap<String, String> {
    let entries = root.value.get("dictionary").and_then(Value::as_object).into_iter().flatten();
    let entries = entries.filter_map(|(word, said)| Some((word.clone(), said.as_str()?.to_owned())));
    entries.filter(|(word, said)| !word.is_empty() && !said.is_empty()).take(MAX_DICTIONARY).collect()
}

/// The entries of a dictionary that are read.
const MAX_DICTIONARY: usize = stage::document::limits::N_DICTIONARY_MAX;

#[cfg(test)]
mod tests;
