//! Makes test audio: WAVs by the crate's own writer, everything else by `ffmpeg` where it is installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use media::audio::wav::Writer;
use media::audio::{DecodeOptions, Decoder, Spec};

/// A directory that is removed at the end of the test.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("media-it-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A small deterministic generator.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn sample(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

/// Interleaved music-like samples: gliding tones that correlate with nothing but themselves, different per channel.
pub(crate) fn song(rate: u32, channels: u16, n_frames: usize) -> Vec<f32> {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut samples = Vec::with_capacity(n_frames * usize::from(channels));
    for n in 0..n_frames {
        let t = n as f32 / rate as f32;
        for channel in 0..channels {
            let base = 200.0 + 130.0 * f32::from(channel);
            let glide = base * t + 90.0 * t * t + 20.0 * (3.0 * t).sin();
            let tone = (glide * std::f32::consts::TAU).sin() * 0.3;
            let beat = (1.0 - (t * 4.0).fract()) * noise.sample() * 0.1;
            samples.push(tone + beat);
        }
    }
    samples
}

pub(crate) fn spec(sample_rate: u32, channels: u16) -> Spec {
    let mask = match channels {
        1 => 4,
        2 => 3,
        6 => 0x3f,
        8 => 0x63f,
        _ => 0,
    };
    Spec { sample_rate, channels, mask }
}

pub(crate) fn wav(path: &Path, rate: u32, channels: u16, samples: &[f32]) {
    let mut writer = Writer::create(path, spec(rate, channels), 16).unwrap();
    writer.push(samples).unwrap();
    writer.finish().unwrap();
}

/// Runs ffmpeg; `false`, with the reason printed, if it cannot.
pub(crate) fn ffmpeg(input: &Path, arguments: &str, output: &Path) -> bool {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y", "-i"])
        .arg(input)
        .args(arguments.split_whitespace())
        .arg(output)
        .output();
    match status {
        Ok(done) if done.status.success() => true,
        Ok(done) => {
            eprintln!("skipped: ffmpeg {arguments}: {}", String::from_utf8_lossy(&done.stderr));
            false
        }
        Err(error) => {
            eprintln!("skipped: ffmpeg is not installed ({error})");
            false
        }
    }
}

pub(crate) fn native_only() -> DecodeOptions {
    DecodeOptions { ffmpeg: None, ..DecodeOptions::default() }
}

pub(crate) fn decode(path: &Path) -> media::Result<(Spec, Vec<f32>)> {
    decode_with(path, &native_only())
}

pub(crate) fn decode_with(path: &Path, options: &DecodeOptions) -> media::Result<(Spec, Vec<f32>)> {
    let mut decoder = Decoder::open(path, options)?;
    let (mut all, mut block) = (Vec::new(), Vec::new());
    while decoder.next_block(&mut block)? > 0 {
        all.extend_from_slice(&block);
    }
    Ok((decoder.spec(), all))
}

pub(crate) fn channel(samples: &[f32], channels: u16, at: usize) -> Vec<f32> {
    samples.iter().skip(at).step_by(usize::from(channels)).copied().collect()
}

/// Returns the shift in `-range..=range` at which `b` fits `a` best, and the correlation there.
pub(crate) fn best_shift(a: &[f32], b: &[f32], range: isize) -> (isize, f64) {
    let mut best = (0, -1.0);
    for shift in -range..=range {
        let from_a = usize::try_from(-shift).unwrap_or(0);
        let from_b = usize::try_from(shift).unwrap_or(0);
        let (a, b) = (&a[from_a.min(a.len())..], &b[from_b.min(b.len())..]);
        let (mut ab, mut aa, mut bb) = (0.0, 1e-12, 1e-12);
        for (&x, &y) in a.iter().zip(b).take(40_000) {
            let (x, y) = (f64::from(x), f64::from(y));
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        let correlation = ab / (aa * bb).sqrt();
        if correlation > best.1 {
            best = (shift, correlation);
        }
    }
    best
}
