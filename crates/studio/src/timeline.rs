//! When each scene begins and ends, and what is said when.
//!
//! Scenes follow each other without gaps, each a whole number of frames long.

use stage::document::{Layer, LayerKind, Project, Scene, Source};
use stage::utterance::{MouthCue, Utterance, WordCue};

use crate::assets::Lengths;
use crate::mix::SAMPLE_RATE;
use crate::speak::Speeches;

/// Length of a scene in which nothing happens.
const EMPTY_SCENE_MS: u32 = 5_000;
/// Silence before the first word of a scene.
const LEAD_MS: u32 = 120;
/// Silence after the last word of a scene, or words would be cut off by the next picture.
const TAIL_MS: u32 = 380;

/// The times of a whole video.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timeline {
    /// Frames per second.
    pub(crate) fps: u32,
    /// The scenes, in order.
    pub(crate) scenes: Vec<SceneTime>,
    /// Frames of the whole video.
    pub(crate) n_frames: u64,
}

/// The times of one scene.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SceneTime {
    /// Frames before it.
    pub(crate) first_frame: u64,
    /// Its length.
    pub(crate) n_frames: u32,
    /// What is said, with times from the beginning of the scene.
    pub(crate) utterances: Vec<Utterance>,
    /// For each utterance, which speech it is.
    pub(crate) speeches: Vec<usize>,
}

impl Timeline {
    /// Lays out a project whose narrations have been spoken; `speeches` are in the order of the document.
    pub(crate) fn new(project: &Project, speeches: &Speeches<'_>, lengths: &Lengths) -> Self {
        let fps = project.canvas.fps;
        let mut scenes = Vec::with_capacity(project.scenes.len());
        let (mut first_frame, mut first_speech) = (0, 0);
        for scene in &project.scenes {
            let utterances = utterances(scene, speeches, first_speech);
            let numbers = (first_speech..first_speech + scene.narration.len()).collect();
            first_speech += scene.narration.len();
            let duration_ms = scene.duration_ms.unwrap_or_else(|| natural_duration_ms(scene, &utterances, lengths));
            let n_frames = frames_of(duration_ms, fps).max(1);
            scenes.push(SceneTime { first_frame, n_frames, utterances, speeches: numbers });
            first_frame += u64::from(n_frames);
        }
        Self { fps, scenes, n_frames: first_frame }
    }

    /// Returns the audio frame at the beginning of a frame, which is exact.
    pub(crate) fn audio_at(&self, frame: u64) -> u64 {
        frame * u64::from(SAMPLE_RATE / self.fps)
    }

    /// Returns the audio frame at some milliseconds after the beginning of a scene.
    pub(crate) fn audio_in(&self, scene: &SceneTime, ms: u32) -> u64 {
        self.audio_at(scene.first_frame) + u64::from(ms) * u64::from(SAMPLE_RATE) / 1000
    }

    /// Returns the scene of a frame, and the frame's number in it.
    pub(crate) fn scene_at(&self, frame: u64) -> (usize, u32) {
        let scene = self.scenes.partition_point(|scene| scene.first_frame <= frame).saturating_sub(1);
        let first_frame = self.scenes.get(scene).map_or(0, |scene| scene.first_frame);
        (scene, u32::try_from(frame - first_frame).unwrap_or(u32::MAX))
    }

    /// Returns the milliseconds at the beginning of a frame, rounded to the nearest.
    pub(crate) fn ms_at(&self, frame: u64) -> u64 {
        (frame * 1000 + u64::from(self.fps) / 2) / u64::from(self.fps)
    }
}

/// Returns the frames that cover some milliseconds.
fn frames_of(ms: u32, fps: u32) -> u32 {
    u32::try_from((u64::from(ms) * u64::from(fps)).div_ceil(1000)).unwrap_or(u32::MAX)
}

fn utterances(scene: &Scene, speeches: &Speeches<'_>, first_speech: usize) -> Vec<Utterance> {
    let mut at_ms = LEAD_MS;
    let mut utterances = Vec::with_capacity(scene.narration.len());
    for (number, narration) in scene.narration.iter().enumerate() {
        at_ms = at_ms.saturating_add(narration.pause_before_ms);
        let speech = speeches.get(first_speech + number);
        let start_ms = at_ms;
        let end_ms = start_ms.saturating_add(speech.duration_ms);
        let word = |word: &WordCue| WordCue {
            start_ms: word.start_ms.saturating_add(start_ms),
            end_ms: word.end_ms.saturating_add(start_ms),
            ..word.clone()
        };
        let cue = |cue: &MouthCue| MouthCue {
            start_ms: cue.start_ms.saturating_add(start_ms),
            end_ms: cue.end_ms.saturating_add(start_ms),
            ..*cue
        };
        utterances.push(Utterance {
            speaker: narration.speaker.clone(),
            emotion: narration.emotion,
            start_ms,
            end_ms,
            words: speech.words.iter().map(word).collect(),
            mouth: speech.mouth.iter().map(cue).collect(),
        });
        at_ms = end_ms.saturating_add(narration.pause_after_ms);
    }
    utterances
}

/// Returns how long a scene is that does not say so: the longest of what is said, shown moving, and animated.
fn natural_duration_ms(scene: &Scene, utterances: &[Utterance], lengths: &Lengths) -> u32 {
    let pause_ms = scene.narration.last().map_or(0, |narration| narration.pause_after_ms);
    let said = utterances.last().map_or(0, |last| last.end_ms.saturating_add(pause_ms).saturating_add(TAIL_MS));
    let has_speech = !utterances.is_empty();
    let shown = scene.layers.iter().map(|layer| layer_duration_ms(layer, has_speech, lengths)).max().unwrap_or(0);
    match said.max(shown) {
        0 => EMPTY_SCENE_MS,
        duration_ms => duration_ms,
    }
}

fn layer_duration_ms(layer: &Layer, has_speech: bool, lengths: &Lengths) -> u32 {
    let lasts = match &layer.kind {
        LayerKind::Video { video, looped: false, trim_start_ms, .. } => {
            lengths.of(video).saturating_sub(*trim_start_ms)
        }
        // Sound under speech is a backdrop, and does not make the scene longer.
        LayerKind::Audio { audio, looped: false, .. } if !has_speech => lengths.of(audio),
        _ => 0,
    };
    let enters = layer.enter.as_ref().map_or(0, |enter| enter.delay_ms.saturating_add(enter.duration_ms));
    let leaves = layer.leave.as_ref().map_or(0, |leave| leave.delay_ms.saturating_add(leave.duration_ms));
    let moves = lasts.max(enters.saturating_add(leaves));
    let ends = if moves == 0 { 0 } else { layer.start_ms.saturating_add(moves) };
    ends.max(layer.end_ms.unwrap_or(0))
}

/// Tells whether somebody is heard in a narration: recordings without a transcript may be anything, and count, too.
pub(crate) fn is_speech(source: &Source) -> bool {
    match source {
        Source::Text { text, .. } => !text.trim().is_empty(),
        Source::Audio { .. } => true,
    }
}
