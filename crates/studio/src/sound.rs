//! What is heard, as a plan for the mixer, and as one encoded track.
//!
//! The track is encoded in pieces of about two seconds, each kept under the hash of what is heard in it. So a change of one scene costs the
//! pieces that it is heard in, and all cores encode.

mod encode;
mod piece;
mod track;

use std::ops::Range;

use stage::document::{AssetRef, Layer, LayerKind, Project};

use crate::assets::Library;
use crate::mix::{DuckCurve, MixPlan, SAMPLE_RATE, SoundSource, Track, joined};
use crate::timeline::{SceneTime, Timeline, is_speech};

pub(crate) use encode::SoundWork;

/// Lists everything that is heard in a video.
pub(crate) fn plan(project: &Project, timeline: &Timeline, library: &Library) -> MixPlan {
    let mut tracks = Vec::new();
    let mut speech = Vec::new();
    for (scene, time) in project.scenes.iter().zip(&timeline.scenes) {
        let end = timeline.audio_at(time.first_frame + u64::from(time.n_frames));
        for ((narration, utterance), &number) in scene.narration.iter().zip(&time.utterances).zip(&time.speeches) {
            let start = timeline.audio_in(time, utterance.start_ms);
            let end = timeline.audio_in(time, utterance.end_ms).min(end);
            if is_speech(&narration.source) && start < end {
                speech.push(start..end);
            }
            tracks.push(Track { gain: narration.volume as f32, ..plain(SoundSource::Speech(number), start..end) });
        }
        for layer in &scene.layers {
            tracks.extend(layer_track(layer, timeline, time, library));
        }
    }
    let n_frames = timeline.audio_at(timeline.n_frames);
    tracks.extend(soundtrack(project, library, n_frames));
    MixPlan { tracks, speech: joined(speech), n_frames }
}

fn plain(source: SoundSource, span: Range<u64>) -> Track {
    Track { source, start: span.start, end: span.end, gain: 1.0, fade_in: 0, fade_out: 0, ducking: None }
}

fn frames(ms: u32) -> u64 {
    u64::from(ms) * u64::from(SAMPLE_RATE) / 1000
}

fn layer_track(layer: &Layer, timeline: &Timeline, time: &SceneTime, library: &Library) -> Option<Track> {
    let (name, volume, looped, skip_ms, fades) = match &layer.kind {
        LayerKind::Video { video, volume, looped, trim_start_ms, .. } if library.has_sound(video) => {
            (video, *volume, *looped, *trim_start_ms, (0, 0))
        }
        LayerKind::Audio { audio, volume, looped, fade_in_ms, fade_out_ms } => {
            (audio, *volume, *looped, 0, (*fade_in_ms, *fade_out_ms))
        }
        _ => return None,
    };
    let scene_end = timeline.audio_at(time.first_frame + u64::from(time.n_frames));
    let start = timeline.audio_in(time, layer.start_ms);
    let mut end = layer.end_ms.map_or(scene_end, |end_ms| timeline.audio_in(time, end_ms)).min(scene_end);
    if !looped {
        end = end.min(start + frames(library.lengths().of(name).saturating_sub(skip_ms)));
    }
    if volume <= 0.0 || start >= end {
        return None;
    }
    let track = plain(file(name, looped, frames(skip_ms), library)?, start..end);
    Some(Track { gain: volume as f32, fade_in: frames(fades.0), fade_out: frames(fades.1), ..track })
}

fn soundtrack(project: &Project, library: &Library, n_frames: u64) -> Option<Track> {
    let music = project.soundtrack.as_ref()?;
    let end = if music.looped { n_frames } else { n_frames.min(frames(library.lengths().of(&music.audio))) };
    let ducking = DuckCurve {
        level: music.ducking.level as f32,
        attack: frames(music.ducking.attack_ms),
        release: frames(music.ducking.release_ms),
    };
    Some(Track {
        gain: music.volume as f32,
        fade_in: frames(music.fade_in_ms),
        fade_out: frames(music.fade_out_ms),
        ducking: Some(ducking),
        ..plain(file(&music.audio, music.looped, 0, library)?, 0..end)
    })
}

fn file(name: &AssetRef, looped: bool, skip: u64, library: &Library) -> Option<SoundSource> {
    let path = library.path(name)?.to_owned();
    Some(SoundSource::File { path, name: name.0.clone(), looped, skip })
}
