//! What has been rendered: lengths, times and warnings, for people and for the services in front.

use serde::{Deserialize, Serialize};
use stage::captions::{self, Cue, CueRules};

use crate::render::Prepared;

/// What has been rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The size of the file.
    pub file_bytes: u64,
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// Frames of the whole video.
    pub n_frames: u64,
    /// Length of the video.
    pub duration_ms: u64,
    /// The scenes, in order.
    pub scenes: Vec<SceneReport>,
    /// Pieces of picture that the video consists of.
    pub n_segments: usize,
    /// Those that were there already.
    pub n_segments_cached: usize,
    /// What was missing or is not as the document says.
    pub warnings: Vec<String>,
    /// The captions, with times in the video.
    #[serde(skip)]
    pub captions: Vec<Cue>,
}

/// When a scene is seen, and what is said in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneReport {
    /// The scene's id in the document; its number without one.
    pub id: String,
    /// Its beginning.
    pub start_ms: u64,
    /// Its length.
    pub duration_ms: u64,
    /// What is said.
    pub narration: Vec<NarrationReport>,
}

/// When something is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NarrationReport {
    /// The id of the layer that speaks, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// Its beginning in the video.
    pub start_ms: u64,
    /// Its end.
    pub end_ms: u64,
    /// The words in order.
    pub words: Vec<WordReport>,
}

/// When a word is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordReport {
    /// The word as it is written.
    pub text: String,
    /// Its beginning in the video.
    pub start_ms: u64,
    /// Its end.
    pub end_ms: u64,
}

impl Report {
    /// Returns the captions as SubRip.
    pub fn srt(&self) -> String {
        captions::to_srt(&self.captions)
    }

    /// Returns the captions as WebVTT.
    pub fn vtt(&self) -> String {
        captions::to_vtt(&self.captions)
    }

    pub(crate) fn new(
        prepared: &Prepared<'_>,
        file_bytes: u64,
        n_segments: usize,
        n_segments_cached: usize,
        mut warnings: Vec<String>,
    ) -> Self {
        let mut seen = std::collections::BTreeSet::new();
        warnings.retain(|warning| seen.insert(warning.clone()));
        let timeline = &prepared.timeline;
        Self {
            file_bytes,
            width: prepared.encoding.width,
            height: prepared.encoding.height,
            fps: timeline.fps,
            n_frames: timeline.n_frames,
            duration_ms: timeline.ms_at(timeline.n_frames),
            scenes: scenes(prepared),
            captions: cues(prepared),
            n_segments,
            n_segments_cached,
            warnings,
        }
    }
}

pub(crate) fn scenes(prepared: &Prepared<'_>) -> Vec<SceneReport> {
    let timeline = &prepared.timeline;
    let scenes = prepared.project.scenes.iter().zip(&timeline.scenes).enumerate();
    scenes
        .map(|(number, (scene, time))| {
            let start_ms = timeline.ms_at(time.first_frame);
            let end_ms = timeline.ms_at(time.first_frame + u64::from(time.n_frames));
            let at = |ms: u32| start_ms + u64::from(ms);
            let word = |word: &stage::utterance::WordCue| WordReport {
                text: word.text.clone(),
                start_ms: at(word.start_ms),
                end_ms: at(word.end_ms),
            };
            let narration = time.utterances.iter().map(|utterance| NarrationReport {
                speaker: utterance.speaker.clone(),
                start_ms: at(utterance.start_ms),
                end_ms: at(utterance.end_ms),
                words: utterance.words.iter().map(word).collect(),
            });
            let id = if scene.id.is_empty() { (number + 1).to_string() } else { scene.id.clone() };
            SceneReport { id, start_ms, duration_ms: end_ms - start_ms, narration: narration.collect() }
        })
        .collect()
}

/// Makes captions of everything that is said, broken as those in the picture are.
fn cues(prepared: &Prepared<'_>) -> Vec<Cue> {
    let project = &prepared.project;
    let style = project.captions.as_ref().map(|captions| captions.style.clone()).unwrap_or_default();
    let rules = CueRules::for_style(&style, &project.canvas);
    let mut all = Vec::new();
    for time in &prepared.timeline.scenes {
        let start_ms = u32::try_from(prepared.timeline.ms_at(time.first_frame)).unwrap_or(u32::MAX);
        for mut cue in captions::cues(&time.utterances, &rules) {
            cue.shift(start_ms);
            all.push(cue);
        }
    }
    all
}
