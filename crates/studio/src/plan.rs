//! Which stretches of picture there are to make, and what each depends on.
//!
//! A scene is cut into segments of a few seconds: they are made in parallel, and each is a place where players can start.
//! The frames of a transition are segments of their own, for they show the scene before, too. So after a change of one scene, only its segments
//! and the transition after it are made again.

use std::ops::Range;

use serde::Serialize;
use stage::document::{Project, Scene};

use crate::assets::{Library, assets_of};
use crate::cache::Key;
use crate::encode::Encoding;
use crate::timeline::{SceneTime, Timeline};

/// Changes when the same document is drawn or encoded differently.
const RENDER_VERSION: &str = concat!("render-1 ", env!("CARGO_PKG_VERSION"));

/// Longest segment, in seconds.
const SEGMENT_S_MAX: u32 = 5;

/// A stretch of a scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentPlan {
    /// The scene's index.
    pub(crate) scene: usize,
    /// Frames of the scene.
    pub(crate) frames: Range<u32>,
    /// Whether the scene before is seen, too.
    pub(crate) is_transition: bool,
    /// What all of it depends on.
    pub(crate) key: Key,
}

/// What everything drawn depends on beside the document.
pub(crate) struct Surroundings<'a> {
    pub(crate) library: &'a Library,
    /// Tells apart the sets of fonts and avatars that there may be.
    pub(crate) identity: Key,
    pub(crate) encoding: Encoding,
}

/// Lists the segments of a video in order.
pub(crate) fn segments(project: &Project, timeline: &Timeline, surroundings: &Surroundings<'_>) -> Vec<SegmentPlan> {
    let keys: Vec<Key> = project
        .scenes
        .iter()
        .zip(&timeline.scenes)
        .map(|(scene, time)| scene_key(project, scene, time, surroundings))
        .collect();
    let mut plans = Vec::new();
    for (scene, time) in timeline.scenes.iter().enumerate() {
        let n_transition = if scene == 0 { 0 } else { transition_frames(&project.scenes[scene], time, timeline.fps) };
        for frames in cut(0..n_transition, timeline.fps) {
            let key = segment_key(&[&keys[scene - 1], &keys[scene]], &frames);
            plans.push(SegmentPlan { scene, frames, is_transition: true, key });
        }
        for frames in cut(n_transition..time.n_frames, timeline.fps) {
            let key = segment_key(&[&keys[scene]], &frames);
            plans.push(SegmentPlan { scene, frames, is_transition: false, key });
        }
    }
    plans
}

/// Returns the frames of a scene that the scene before is seen in.
pub(crate) fn transition_frames(scene: &Scene, time: &SceneTime, fps: u32) -> u32 {
    let Some(transition) = &scene.transition else { return 0 };
    if transition.effect == stage::document::TransitionEffect::Cut {
        return 0;
    }
    let n_frames = u64::from(transition.duration_ms) * u64::from(fps) / 1000;
    u32::try_from(n_frames).unwrap_or(u32::MAX).min(time.n_frames)
}

/// Cuts frames into equal parts that are not too long.
fn cut(frames: Range<u32>, fps: u32) -> impl Iterator<Item = Range<u32>> {
    let n_frames = frames.end - frames.start;
    let n_parts = n_frames.div_ceil(SEGMENT_S_MAX * fps);
    let at = move |part: u32| frames.start + (u64::from(n_frames) * u64::from(part) / u64::from(n_parts.max(1))) as u32;
    (0..n_parts).map(move |part| at(part)..at(part + 1))
}

fn segment_key(scenes: &[&Key], frames: &Range<u32>) -> Key {
    let range = [frames.start.to_le_bytes(), frames.end.to_le_bytes()].concat();
    let mut parts: Vec<&[u8]> = scenes.iter().map(|key| key.as_bytes()).collect();
    parts.push(&range);
    Key::of(&parts)
}

/// Everything of a project that is seen in one of its scenes.
#[derive(Serialize)]
struct Seen<'a> {
    canvas: &'a stage::document::Canvas,
    palette: &'a std::collections::BTreeMap<String, stage::document::Color>,
    scene: Scene,
    captions: Option<&'a stage::document::Captions>,
    watermark: Option<&'a stage::document::Watermark>,
}

fn scene_key(project: &Project, scene: &Scene, time: &SceneTime, surroundings: &Surroundings<'_>) -> Key {
    // What is only heard, and how the scene is reached, does not change its pictures.
    let mut drawn = scene.clone();
    drawn.narration.clear();
    drawn.transition = None;
    drawn.duration_ms = None;
    drawn.layers.retain(|layer| !matches!(layer.kind, stage::document::LayerKind::Audio { .. }));
    let has_watermark = scene.watermark;
    let seen = Seen {
        canvas: &project.canvas,
        palette: &project.palette,
        scene: drawn,
        captions: project.captions.as_ref().filter(|captions| captions.burn_in),
        watermark: project.watermark.as_ref().filter(|_| has_watermark),
    };
    // Plain structures of strings and numbers; a number that is none was refused with the document.
    let document = serde_json::to_vec(&seen).unwrap_or_default();
    let said = format!("{:?} {}", time.utterances, time.n_frames);
    let mut parts = vec![
        RENDER_VERSION.as_bytes().to_vec(),
        surroundings.identity.as_bytes().to_vec(),
        format!("{:?}", surroundings.encoding).into_bytes(),
        document,
        said.into_bytes(),
    ];
    let alone = Project { scenes: vec![scene.clone()], ..without_scenes(project) };
    for used in assets_of(&alone) {
        let identity = surroundings.library.identity(used.name).map_or(&[][..], |key| key.as_bytes());
        parts.push(identity.to_vec());
    }
    if let Some(transition) = &scene.transition {
        parts.push(format!("{transition:?}").into_bytes());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Key::of(&parts)
}

fn without_scenes(project: &Project) -> Project {
    Project {
        version: project.version,
        name: String::new(),
        canvas: project.canvas,
        palette: std::collections::BTreeMap::new(),
        scenes: Vec::new(),
        soundtrack: None,
        captions: None,
        watermark: project.watermark.clone(),
        dictionary: std::collections::BTreeMap::new(),
    }
}
