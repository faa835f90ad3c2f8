//! Lips and sound in a finished video: what a viewer sees and hears is measured, knowing nothing of how it was made.

use std::path::Path;

use media::audio::{DecodeOptions, Decoder};
use media::video::{VideoLimits, VideoReader};

use crate::support::{Room, project};

const FPS: u32 = 30;
/// What an offset may be; people notice from some 45 ms on.
const OFFSET_MS_MAX: f64 = 20.0;
/// The resolution of what is measured, in milliseconds.
const STEP_MS: f64 = 2.0;
/// How far the picture is moved against the sound to find where they fit best.
const MOVED_MS_MAX: f64 = 160.0;

#[test]
fn lips_move_with_the_sound() {
    let room = Room::new();
    let document = project(
        r##"{ "version": 1, "canvas": { "width": 320, "height": 320, "fps": 30 }, "scenes": [{
            "background": { "type": "color", "color": "#ffffff" },
            "layers": [{ "id": "host", "type": "avatar", "avatar": "ingrid", "crop": "head" }],
            "narration": [{ "speaker": "host", "language": "en-US", "text":
                "Papa, mama, baba, papa, puppy, mommy, bobby, poppy, happy, copper, supper, mama, papa, baba, mama." }]
        }] }"##,
    );
    let (report, _) = room.render(&document, 2);
    let path = room.path("out.mp4");
    let duration_ms = report.duration_ms as f64;
    let seen = openings(&path, report.n_frames, duration_ms);
    let heard = levels(&path, duration_ms);
    let offset = best_offset(&seen, &heard);
    assert!(offset.abs() < OFFSET_MS_MAX, "lips are {offset} ms late");
    // The measure is worth something: it tells pictures that come two frames too late.
    let two_frames = (2000.0 / f64::from(FPS) / STEP_MS) as usize;
    let late: Vec<f64> = std::iter::repeat_n(seen[0], two_frames).chain(seen.iter().copied()).collect();
    let offset_late = best_offset(&late, &heard);
    assert!((offset_late - offset - 2000.0 / f64::from(FPS)).abs() < 8.0, "{offset} and, moved, {offset_late}");
}

/// Returns how much of a mouth's dark inside is seen over time. A frame stands for the middle of the time that it is shown.
fn openings(path: &Path, n_frames: u64, duration_ms: f64) -> Vec<f64> {
    let mut reader = VideoReader::open(path, &VideoLimits::default()).unwrap();
    let frame_ms = 1000.0 / f64::from(FPS);
    let mut opening = |frame: u64| {
        let picture = reader.frame_at((frame as f64 * frame_ms).ceil() as u64).unwrap();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let rows = picture.rgba().chunks_exact(width * 4).take(height * 9 / 10).skip(height / 2);
        let mouth = rows.flat_map(|row| row[width..width * 3 / 4 * 4].chunks_exact(4));
        mouth.filter(|pixel| pixel[0] < 120 && pixel[1] < 60 && pixel[0] > pixel[1] + 24).count() as f64
    };
    let frames: Vec<f64> = (0..n_frames).map(&mut opening).collect();
    let at = |time_ms: f64| {
        let place = (time_ms / frame_ms - 0.5).clamp(0.0, (frames.len() - 1) as f64);
        let (before, share) = (place.floor() as usize, place.fract());
        let after = (before + 1).min(frames.len() - 1);
        frames[before] + (frames[after] - frames[before]) * share
    };
    (0..(duration_ms / STEP_MS) as usize).map(|step| at(step as f64 * STEP_MS)).collect()
}

/// Returns how loud it is over time, low murmur left out, which closed lips let pass.
fn levels(path: &Path, duration_ms: f64) -> Vec<f64> {
    const WINDOW_MS: f64 = 20.0;
    let mut decoder = Decoder::open(path, &DecodeOptions::default()).unwrap();
    let (rate, n_channels) = (f64::from(decoder.spec().sample_rate), decoder.spec().channels as usize);
    let (mut block, mut samples) = (Vec::new(), Vec::new());
    while decoder.next_block(&mut block).unwrap() > 0 {
        samples.extend(block.iter().step_by(n_channels).copied());
    }
    let level = |time_ms: f64| {
        let index = |ms: f64| ((ms / 1000.0 * rate).max(0.0) as usize).min(samples.len());
        let window = &samples[index(time_ms - WINDOW_MS / 2.0)..index(time_ms + WINDOW_MS / 2.0)];
        let power: f64 = window.windows(2).map(|pair| f64::from(pair[1] - pair[0]).powi(2)).sum();
        // Loudness grows far slower than power.
        (power / window.len().max(1) as f64).powf(0.15)
    };
    (0..(duration_ms / STEP_MS) as usize).map(|step| level(step as f64 * STEP_MS)).collect()
}

/// Returns how many milliseconds later what is seen comes than what is heard: where the two curves are most alike.
fn best_offset(seen: &[f64], heard: &[f64]) -> f64 {
    let moved_max = (MOVED_MS_MAX / STEP_MS) as isize;
    let likeness = |moved: isize| {
        let pairs = (0..heard.len()).filter_map(|at| {
            let seen = seen.get(at.checked_add_signed(moved)?)?;
            Some((*seen, heard[at]))
        });
        correlation(&pairs.collect::<Vec<_>>())
    };
    let best = (-moved_max..=moved_max).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    best.unwrap() as f64 * STEP_MS
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let (mean_a, mean_b) =
        pairs.iter().fold((0.0, 0.0), |(sum_a, sum_b), (a, b)| (sum_a + a / count, sum_b + b / count));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a).powi(2);
        bb += (b - mean_b).powi(2);
    }
    ab / (aa * bb).sqrt()
}
