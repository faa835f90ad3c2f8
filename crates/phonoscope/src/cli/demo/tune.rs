//! A short tune, made from sines, so that the demo needs no file.

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use media::audio::Spec;
use media::audio::wav::Writer;

const SAMPLE_RATE: u32 = 44_100;
const BEATS_PER_MINUTE: f32 = 96.0;
const BIT_DEPTH: u16 = 16;
/// Chords of the progression, as semitones above the key note: vi, IV, I, V.
const CHORDS: [[i32; 3]; 4] = [[9, 12, 16], [5, 9, 12], [0, 4, 7], [7, 11, 14]];
/// The melody, two notes a beat, as semitones above the key note; `-100` rests.
const MELODY: [i32; 32] = [
    24, 28, 26, 24, 21, -100, 24, 26, 21, 24, 21, 19, 17, -100, 19, 21, 24, 28, 31, 28, 26, -100, 24, 26, 23, 26, 23,
    21, 19, -100, 23, 26,
];
const REST: i32 = -100;
/// The key note, C3, in Hz.
const KEY_HZ: f32 = 130.81;
/// Times the progression is played.
const ROUNDS: usize = 3;

/// Writes the tune into `folder` and returns its path.
pub(super) fn write_into(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("Evening Loop.wav");
    let spec = Spec { sample_rate: SAMPLE_RATE, channels: 2, mask: 0 };
    let write = || {
        let mut writer = Writer::create(&path, spec, BIT_DEPTH)?;
        writer.push(&samples())?;
        writer.finish()
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(path)
}

/// Makes the whole tune, interleaved stereo.
fn samples() -> Vec<f32> {
    let beat = (SAMPLE_RATE as f32 * 60.0 / BEATS_PER_MINUTE) as usize;
    let bars = CHORDS.len() * ROUNDS;
    let mut mix = vec![0.0; (bars * 4 + 4) * beat * 2];
    for bar in 0..bars {
        let at = bar * 4 * beat;
        for (voice, semitone) in CHORDS[bar % CHORDS.len()].into_iter().enumerate() {
            let pan = 0.3 + 0.2 * voice as f32;
            pluck(&mut mix, at, 4 * beat, Note { semitone, volume: 0.10, pan, decay_s: 2.6 });
        }
        pluck(
            &mut mix,
            at,
            2 * beat,
            Note { semitone: CHORDS[bar % CHORDS.len()][0] - 12, volume: 0.2, pan: 0.5, decay_s: 1.4 },
        );
        for step in 0..8 {
            let semitone = MELODY[(bar * 8 + step) % MELODY.len()];
            let is_opening = bar < CHORDS.len() / 2;
            if semitone != REST && !is_opening {
                let pan = if step % 2 == 0 { 0.4 } else { 0.6 };
                pluck(&mut mix, at + step * beat / 2, 2 * beat, Note { semitone, volume: 0.13, pan, decay_s: 0.7 });
            }
        }
    }
    pluck(&mut mix, bars * 4 * beat, 4 * beat, Note { semitone: 0, volume: 0.2, pan: 0.5, decay_s: 1.8 });
    mix
}

#[derive(Clone, Copy)]
struct Note {
    semitone: i32,
    volume: f32,
    /// 0 left, 1 right.
    pan: f32,
    decay_s: f32,
}

/// Adds a note with a soft attack, three partials and an exponential decay.
fn pluck(mix: &mut [f32], at_frame: usize, n_frames: usize, note: Note) {
    let hz = KEY_HZ * 2.0_f32.powf(note.semitone as f32 / 12.0);
    for (index, frame) in mix[at_frame * 2..].chunks_exact_mut(2).take(n_frames).enumerate() {
        let seconds = index as f32 / SAMPLE_RATE as f32;
        let attack = (seconds / 0.008).min(1.0);
        let release = ((n_frames - index) as f32 / (0.02 * SAMPLE_RATE as f32)).min(1.0);
        let phase = TAU * hz * seconds;
        let wave = phase.sin() + 0.35 * (2.0 * phase).sin() * (-seconds * 3.0).exp() + 0.12 * (3.0 * phase).sin();
        let sample = note.volume * attack * release * (-seconds / note.decay_s).exp() * wave;
        frame[0] += sample * (1.0 - note.pan).sqrt();
        frame[1] += sample * note.pan.sqrt();
    }
}
