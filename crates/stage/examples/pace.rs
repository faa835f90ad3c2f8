//! Measures how fast a document is drawn, in CPU time, on Linux: `pace PROJECT.json [SCENE]`. Nothing outside the document is looked at.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use stage::Project;
use stage::assets::NoAssets;
use stage::avatar::Cast;
use stage::scene::{Damage, FrameBuffer, PixelRect, SceneRenderer, SceneSetup, Size};
use stage::text::Fonts;
use stage::utterance::{MouthCue, Utterance, Viseme, WordCue};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let path = args.first().ok_or("usage: pace PROJECT.json [SCENE]")?;
    let project = Project::from_json(&std::fs::read_to_string(path)?)?;
    let idx: usize = args.get(1).map_or(Ok(0), |it| it.parse())?;
    let scene = project.scenes.get(idx).ok_or("there is no such scene")?;
    let canvas = project.canvas;
    let output = Size { width: canvas.width, height: canvas.height };
    let (fonts, cast) = (Arc::new(Fonts::bundled_only()), Cast::builtin());
    let n_frames = scene.duration_ms.unwrap_or(5000) * canvas.fps / 1000;
    let utterances = [chatter(scene.layers.first().map(|it| it.id.clone()), n_frames * 1000 / canvas.fps)];
    let setup = SceneSetup {
        project: &project,
        scene,
        utterances: &utterances,
        n_frames,
        output,
        assets: &NoAssets,
        fonts: &fonts,
        cast: &cast,
        alpha: false,
    };
    let begun = cpu_time();
    let mut renderer = SceneRenderer::new(setup)?;
    report(&format!("setup {:?}", (cpu_time() - begun)));
    let mut frame = FrameBuffer::new(output.width, output.height);
    let mut times: Vec<(Duration, i64)> = Vec::new();
    for frame_idx in 0..n_frames {
        let begun = cpu_time();
        let damage = renderer.frame(frame_idx, &mut frame);
        times.push(((cpu_time() - begun), area(&damage, &frame)));
    }
    report(&format!("first frame {:?}", times[0].0));
    for (name, low, high) in
        [("still", -1, 0), ("up to 100k", 0, 100_000), ("up to 400k", 100_000, 400_000), ("more", 400_000, i64::MAX)]
    {
        let mut some: Vec<Duration> =
            times[1..].iter().filter(|(_, it)| *it > low && *it <= high).map(|it| it.0).collect();
        some.sort();
        if let (Some(median), Some(worst)) = (some.get(some.len() / 2), some.last()) {
            report(&format!("{name} pixels: {} frames, median {median:?}, worst {worst:?}", some.len()));
        }
    }
    let sum: Duration = times.iter().map(|it| it.0).sum();
    report(&format!("all: {:?} a frame", sum / n_frames.max(1)));
    Ok(())
}

fn area(damage: &Damage, frame: &FrameBuffer) -> i64 {
    match damage {
        Damage::None => 0,
        Damage::Rects(rects) => rects.iter().map(PixelRect::area).sum(),
        Damage::All => frame.rect().area(),
    }
}

/// What this thread has used of its processor: other programs do not matter then.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|it| it.parse().ok()).unwrap_or_default())
}

/// Somebody who does not stop talking.
fn chatter(speaker: Option<String>, until_ms: u32) -> Utterance {
    let words = (0..until_ms / 400).map(|idx| WordCue {
        text: ["something", "or", "other"][idx as usize % 3].to_owned(),
        start_ms: idx * 400,
        end_ms: idx * 400 + 380,
        stressed: idx % 3 == 0,
        ends_sentence: idx % 12 == 11,
    });
    let mouth = (0..until_ms / 80).map(|idx| MouthCue {
        viseme: Viseme::ALL[idx as usize * 7 % 15],
        start_ms: idx * 80,
        end_ms: idx * 80 + 80,
    });
    Utterance { speaker, emotion: None, start_ms: 0, end_ms: until_ms, words: words.collect(), mouth: mouth.collect() }
}

#[expect(clippy::print_stdout, reason = "it is a program")]
fn report(line: &str) {
    println!("{line}");
}
