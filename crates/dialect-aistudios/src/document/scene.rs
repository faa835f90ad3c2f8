//! One scene of a document.

use std::collections::BTreeSet;

use stage::document::limits::{DURATION_MS_MAX, NAME_CHARS_MAX, NARRATION_CHARS_MAX};
use stage::document::{Layer, Narration, Scene, Source};

use super::speech::{self, Line};
use super::{Context, background, clip};
use crate::error::Result;
use crate::read::Node;

/// Longest name of a language or a voice that is looked for.
const SPOKEN_NAME_CHARS_MAX: usize = 100;

/// Reads a scene. `sceneIdx` is not looked at: scenes play in the order of the list, and a vendor sample has two with the same number.
pub(super) fn read(node: &Node<'_>, context: &mut Context) -> Result<Scene> {
    node.object()?;
    let mut layers: Vec<Layer> = Vec::new();
    let mut ids = BTreeSet::new();
    // For each clip: whether it is heard, and the id of its layer if it has one.
    let mut speakers = Vec::new();
    for (idx, clip_node) in node.list("clips")?.iter().enumerate() {
        let clip = clip::read(clip_node, context)?;
        let id = clip.layer.map(|mut layer| {
            layer.id = unique_id(clip_node, idx, &mut ids);
            layers.push(layer);
            layers[layers.len() - 1].id.clone()
        });
        speakers.push(clip.is_heard.then_some(id));
    }
    let mut narration = Vec::new();
    for line in speech::lines(node)? {
        let speaker = match line.clip {
            // A clip that is there no more says nothing.
            Some(idx) => match speakers.get(idx) {
                Some(Some(id)) => id.clone(),
                _ => continue,
            },
            None => None,
        };
        narration.push(spoken(line, speaker)?);
    }
    Ok(Scene {
        id: String::new(),
        background: background::read(node, context)?,
        layers,
        narration,
        duration_ms: duration_ms(node)?,
        transition: background::transition(node, context)?,
        watermark: node.switch("watermark")?.unwrap_or(false),
    })
}

/// Reads `duration`, our own word, in seconds: how long the scene is whatever happens in it.
fn duration_ms(node: &Node<'_>) -> Result<Option<u32>> {
    let seconds = node.number("duration")?.filter(|seconds| *seconds > 0.0);
    let longest = f64::from(DURATION_MS_MAX) / 1000.0;
    Ok(seconds.map(|seconds| ((seconds.min(longest) * 1000.0).round() as u32).max(1)))
}

/// Returns the id of a clip, or another one where it has none or somebody else has it already.
fn unique_id(clip: &Node<'_>, idx: usize, ids: &mut BTreeSet<String>) -> String {
    let own = clip.value.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
    let is_free = !own.is_empty() && own.chars().count() <= NAME_CHARS_MAX && !ids.contains(own);
    let mut id = if is_free { own.to_owned() } else { format!("clip-{idx}") };
    while ids.contains(&id) {
        id.push('+');
    }
    ids.insert(id.clone());
    id
}

fn spoken(line: Line, speaker: Option<String>) -> Result<Narration> {
    if line.text.chars().count() > NARRATION_CHARS_MAX {
        let reason = format!("at most {NARRATION_CHARS_MAX} characters are spoken");
        return Err(crate::error::ApiError::invalid(line.path, reason));
    }
    let short = |text: String| text.chars().take(SPOKEN_NAME_CHARS_MAX).collect::<String>();
    Ok(Narration {
        speaker,
        source: Source::Text {
            text: line.text,
            voice: line.voice.map(short),
            language: line.language.map(|language| short(language).replace('_', "-")),
            rate: 1.0,
            pitch: 0.0,
        },
        pause_before_ms: 0,
        pause_after_ms: 0,
        emotion: None,
        volume: 1.0,
    })
}
