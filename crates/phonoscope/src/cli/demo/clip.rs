//! A clip as a telephone in a noisy room would record it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use media::audio::wav::Writer;
use media::audio::{DecodeOptions, Decoder, Spec};

/// Length of the clip, in seconds.
const CLIP_S: usize = 10;
/// The clip begins after this share of the file.
const BEGIN: f64 = 0.4;
/// Volume of the noise, as a share of that of the music: 8 dB below.
const NOISE: f32 = 0.4;
const BIT_DEPTH: u16 = 16;

/// Cuts a clip out of `file`, adds noise, and writes it as mono WAV; returns its path and where it begins, in seconds.
pub(super) fn write_into(folder: &Path, file: &Path) -> Result<(PathBuf, f64)> {
    let cannot = || format!("cannot cut a clip of `{}`", file.display());
    let mut decoder = Decoder::open(file, &DecodeOptions::default()).with_context(cannot)?;
    let spec = decoder.spec();
    let (channels, rate) = (usize::from(spec.channels), spec.sample_rate as usize);
    let mut mono: Vec<f32> = Vec::new();
    let mut block = Vec::new();
    while decoder.next_block(&mut block).with_context(cannot)? > 0 {
        mono.extend(block.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
    }
    let n_samples = (CLIP_S * rate).min(mono.len());
    let begin = ((mono.len() as f64 * BEGIN) as usize).min(mono.len() - n_samples);
    let mut clip = mono.split_off(begin);
    clip.truncate(n_samples);
    add_noise(&mut clip);
    let path = folder.join("noisy clip.wav");
    let write = || {
        let mut writer = Writer::create(&path, Spec { channels: 1, mask: 0, ..spec }, BIT_DEPTH)?;
        writer.push(&clip)?;
        writer.finish()
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok((path, begin as f64 / rate as f64))
}

/// Adds white noise in proportion to how loud the clip is.
fn add_noise(clip: &mut [f32]) {
    let power = clip.iter().map(|sample| sample * sample).sum::<f32>() / clip.len().max(1) as f32;
    // Uniform noise of amplitude 1 has a power of 1/3.
    let volume = NOISE * (3.0 * power).sqrt();
    let mut state = 1_u32;
    for sample in clip {
        // Numerical Recipes' generator: noise needs no better one, and the demo sounds the same every time.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample += volume * ((state >> 8) as f32 / (1 << 23) as f32 - 1.0);
    }
}
