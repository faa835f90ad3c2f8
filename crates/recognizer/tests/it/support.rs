//! Sounds that are made here, and short ways to ask.

use std::path::{Path, PathBuf};

use fingerprint::{Extractor, Fingerprint, SearchOptions};
use recognizer::{Maintenance, Options, Recognizer};

pub(crate) const RATE_HZ: u32 = 8_000;

/// Notes that come and go; no two seeds sound alike.
pub(crate) fn music(seed: u32, seconds: u32) -> Vec<f32> {
    let mut random = Random::new(seed);
    let mut notes = [(0.0f32, 0.0f32); 5];
    let n_samples = seconds * RATE_HZ;
    let mut samples = Vec::with_capacity(n_samples as usize);
    for n in 0..n_samples {
        if n.is_multiple_of(RATE_HZ / 8) {
            let voice = random.below(5) as usize;
            notes[voice] = (250.0 * libm::powf(12.0, random.unit()), 0.2);
        }
        let mut sample = 0.002 * (random.unit() - 0.5);
        for (freq_hz, level) in &mut notes {
            sample += *level * libm::sinf(*freq_hz * (n as f32 / RATE_HZ as f32) * std::f32::consts::TAU);
            *level *= 1.0 - 3.0 / RATE_HZ as f32;
        }
        samples.push(sample);
    }
    samples
}

pub(crate) fn fingerprint_of(samples: &[f32]) -> Fingerprint {
    let mut extractor = Extractor::new(RATE_HZ, 1).unwrap();
    extractor.push(samples);
    extractor.finish()
}

/// The fingerprint of twelve seconds of music.
pub(crate) fn sound(seed: u32) -> Fingerprint {
    fingerprint_of(&music(seed, 12))
}

/// Numbers that look random and are the same every time.
pub(crate) struct Random(u32);

impl Random {
    pub(crate) fn new(seed: u32) -> Self {
        let mut random = Self(seed.wrapping_mul(2_654_435_761) ^ 0x9e37_79b9);
        random.next();
        random
    }

    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    pub(crate) fn unit(&mut self) -> f32 {
        self.next() as f32 / (1 << 24) as f32
    }

    pub(crate) fn below(&mut self, n: u32) -> u32 {
        self.next() % n
    }
}

/// Options that write segments after every five sounds, in the call that fills memory.
pub(crate) fn small() -> Options {
    Options { flush_audio_ms: 60_000, maintenance: Maintenance::Inline, ..Options::default() }
}

/// The names that a query finds, best first.
pub(crate) fn names(recognizer: &Recognizer, buckets: Option<&[&str]>, query: &Fingerprint) -> Vec<String> {
    let found = recognizer.identify(buckets, query, &SearchOptions::default());
    found.into_iter().map(|found| format!("{}/{}", found.track.bucket, found.track.name)).collect()
}

/// All tracks, in order.
pub(crate) fn listed(recognizer: &Recognizer) -> Vec<String> {
    let mut names: Vec<_> = recognizer.tracks().map(|track| format!("{}/{}", track.bucket, track.name)).collect();
    names.sort();
    names
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Copies an index without its lock.
pub(crate) fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&path, &target).unwrap();
    }
}
