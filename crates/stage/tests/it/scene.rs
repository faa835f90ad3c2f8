//! Frames of scenes.

mod assets;
mod behavior;
mod hostile;
mod pictures;

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use stage::avatar::Cast;
use stage::scene::{FrameBuffer, SceneRenderer, SceneSetup, Size};
use stage::text::Fonts;
use stage::utterance::{MouthCue, Utterance, Viseme, WordCue};
use stage::{Project, StageError};

static FONTS: LazyLock<Arc<Fonts>> = LazyLock::new(|| Arc::new(Fonts::bundled_only()));
static CAST: LazyLock<Cast> = LazyLock::new(Cast::builtin);

/// A project of one scene on a small canvas.
fn project(scene: &Value) -> Project {
    project_with(&json!({ "scenes": [scene] }))
}

/// A project on a small canvas, unless `rest` says otherwise.
fn project_with(rest: &Value) -> Project {
    let mut value = json!({
        "version": 1,
        "canvas": { "width": 320, "height": 180, "fps": 25 },
        "palette": { "ink": "#20304a", "sun": "#f2a33a", "leaf": "#3f9b6c", "rose": "#d9506b", "paper": "#f4efe6" }
    });
    let target = value.as_object_mut().unwrap();
    target.extend(rest.as_object().unwrap().clone());
    Project::from_value(value).unwrap()
}

/// A renderer of the first scene with two seconds.
fn renderer(project: &Project, utterances: &[Utterance]) -> SceneRenderer {
    let canvas = project.canvas;
    try_renderer(project, utterances, Size { width: canvas.width, height: canvas.height }, false).unwrap()
}

fn try_renderer(
    project: &Project,
    utterances: &[Utterance],
    output: Size,
    alpha: bool,
) -> Result<SceneRenderer, StageError> {
    SceneRenderer::new(SceneSetup {
        project,
        scene: &project.scenes[0],
        utterances,
        n_frames: 2 * project.canvas.fps,
        output,
        assets: &assets::TestAssets,
        fonts: &FONTS,
        cast: &CAST,
        alpha,
    })
}

/// One frame, drawn by itself.
fn frame_of(project: &Project, utterances: &[Utterance], frame_idx: u32) -> FrameBuffer {
    let mut frame = FrameBuffer::new(project.canvas.width, project.canvas.height);
    renderer(project, utterances).frame(frame_idx, &mut frame);
    frame
}

/// Two seconds of somebody who says four words.
fn said(speaker: &str) -> Vec<Utterance> {
    let words = ["Hello,", "here", "we", "are."].into_iter().enumerate().map(|(idx, text)| WordCue {
        text: text.to_owned(),
        start_ms: 200 + 400 * idx as u32,
        end_ms: 550 + 400 * idx as u32,
        stressed: idx == 0,
        ends_sentence: idx == 3,
    });
    let visemes = [Viseme::E, Viseme::Nn, Viseme::Oh, Viseme::Sil, Viseme::Ih, Viseme::Rr, Viseme::Ou, Viseme::Aa];
    let mouth = (0..16).map(|idx| MouthCue {
        viseme: visemes[idx % visemes.len()],
        start_ms: 200 + 100 * idx as u32,
        end_ms: 300 + 100 * idx as u32,
    });
    vec![Utterance {
        speaker: Some(speaker.to_owned()),
        emotion: None,
        start_ms: 200,
        end_ms: 1800,
        words: words.collect(),
        mouth: mouth.collect(),
    }]
}
