//! `identify --explain`: a picture of a clip, its peaks, and what the best match rests on.
//!
//! Above, the clip as the front end sees it, with its peaks and those of the track laid over it; below, how far the alignment stands out
//! over all others nearby. Of a fingerprint file there are the peaks only.

mod header;
mod offsets;
mod plot;
mod sound;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use fingerprint::{Explanation, Extractor, Fingerprint, Spectrogram};
use media::cover::Canvas;
use media::drawing::{Drawing, Ink};
use recognizer::Found;

use super::{Heard, decode, read_fingerprint};
use plot::Plot;

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1000;
/// The edges of both plots.
const LEFT: f32 = 92.0;
const RIGHT: f32 = 1560.0;
/// What is shown of a clip that is not explained: as much as is searched at once.
const SHOWN_MS_MAX: u64 = 15_000;

const BACKGROUND: [u8; 3] = [11, 14, 21];
const PLOT_BACKGROUND: [u8; 3] = [15, 19, 29];
const BRIGHT: Ink = Ink::opaque([238, 242, 248]);
const SOFT: Ink = Ink::opaque([160, 172, 190]);
const FAINT: Ink = Ink::opaque([104, 116, 136]);
const AMBER: Ink = Ink::opaque([255, 186, 73]);
const GRAY: Ink = Ink::opaque([164, 170, 180]);

/// What is drawn.
pub(super) struct Subject<'a> {
    /// The clip, as it was named.
    pub(super) clip: &'a str,
    pub(super) fingerprint: &'a Fingerprint,
    /// None of a fingerprint file.
    pub(super) spectrogram: Option<&'a Spectrogram>,
    /// The best candidate, a match or not.
    pub(super) best: Option<&'a (Found, Explanation)>,
    /// The score of a match.
    pub(super) threshold: f32,
}

impl Subject<'_> {
    fn is_match(&self) -> bool {
        self.best.is_some_and(|(found, _)| found.hit.score >= self.threshold)
    }

    /// The color of what speaks for the candidate: gray where that is not enough.
    fn accent(&self) -> Ink {
        if self.is_match() { AMBER } else { GRAY }
    }

    /// The shown part of the clip in milliseconds.
    fn shown_ms(&self) -> (f64, f64) {
        let whole = 0..self.fingerprint.duration_ms().min(SHOWN_MS_MAX);
        let shown = self.best.map_or(whole, |(_, explanation)| explanation.query_ms.clone());
        (shown.start as f64, shown.end.max(shown.start + 500) as f64)
    }
}

/// Draws the picture, as PNG.
pub(super) fn draw(subject: &Subject<'_>) -> Result<Vec<u8>> {
    let track = subject.best.map_or("", |(found, _)| &found.track.name);
    let mut drawing = Drawing::new(Canvas::new(WIDTH, HEIGHT)?, BACKGROUND, &[subject.clip, track]);
    header::draw(&mut drawing, subject);
    let (start_ms, end_ms) = subject.shown_ms();
    let (low_hz, high_hz) = sound::FREQS_HZ;
    let bottom = if subject.best.is_some() { 702.0 } else { 920.0 };
    let upper =
        Plot { left: LEFT, right: RIGHT, top: 190.0, bottom, x: (start_ms, end_ms), y: (low_hz.ln(), high_hz.ln()) };
    sound::draw(&mut drawing, &upper, subject);
    if let Some((_, explanation)) = subject.best {
        offsets::draw(&mut drawing, (792.0, 940.0), explanation, subject.accent());
    }
    Ok(drawing.to_png()?)
}

/// Refuses to replace the clip, or what is no file.
pub(super) fn check_target(target: &Path, clip: &Path) -> Result<()> {
    let Ok(existing) = target.canonicalize() else { return Ok(()) };
    ensure!(existing.is_file(), "`{}` is not a regular file, nothing is written there", target.display());
    let is_clip = clip.canonicalize().is_ok_and(|clip| clip == existing);
    ensure!(!is_clip, "the picture would replace the clip `{}`", clip.display());
    Ok(())
}

/// Reads a clip as [`super::hear`] does, with the spectrogram of its first minute; none of a fingerprint file.
pub(super) fn hear(clip: &Path) -> Result<(Heard, Option<Spectrogram>)> {
    if let Some(fingerprint) = read_fingerprint(clip)? {
        return Ok((Heard { fingerprint, front_end: Duration::ZERO }, None));
    }
    let mut front_end = Duration::ZERO;
    let mut extractor: Option<Extractor> = None;
    decode(clip, &mut |_, _| (), &mut |block| {
        let begun = Instant::now();
        if extractor.is_none() {
            let mut first = Extractor::new(block.spec.sample_rate, usize::from(block.spec.channels))?;
            first.keep_spectrogram();
            extractor = Some(first);
        }
        block.push_into(&mut extractor)?;
        front_end += begun.elapsed();
        Ok(())
    })?;
    let begun = Instant::now();
    let (fingerprint, spectrogram) = extractor.map(Extractor::finish_with_spectrogram).unzip();
    front_end += begun.elapsed();
    Ok((Heard { fingerprint: fingerprint.unwrap_or_default(), front_end }, spectrogram))
}

/// Writes the picture.
pub(super) fn write(target: &Path, subject: &Subject<'_>) -> Result<()> {
    let png = draw(subject).context("cannot draw the explanation")?;
    std::fs::write(target, png).with_context(|| format!("cannot write `{}`", target.display()))
}

/// Shows a time exactly, such as `1:02.345`; times before the start are negative.
fn exact_clock(ms: f64) -> String {
    let sign = if ms < -0.5 { "-" } else { "" };
    let ms = ms.abs().round() as u64;
    format!("{sign}{}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
}

/// Shows a whole number of half seconds, such as `1:02` or `1:02.5`.
fn tick_clock(ms: f64) -> String {
    let exact = exact_clock(ms);
    exact.strip_suffix(".000").map_or_else(|| exact.trim_end_matches('0').to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!([0.0, 62_345.4, -1_500.0].map(exact_clock), ["0:00.000", "1:02.345", "-0:01.500"]);
        assert_eq!([0.0, 60_000.0, 500.0, 62_500.0].map(tick_clock), ["0:00", "1:00", "0:00.5", "1:02.5"]);
    }

    #[test]
    fn a_clip_without_peaks_or_sound_has_a_picture_too() {
        let fingerprint = Fingerprint::default();
        let subject = Subject { clip: "", fingerprint: &fingerprint, spectrogram: None, best: None, threshold: 65.0 };
        assert!(draw(&subject).unwrap().starts_with(b"\x89PNG"));
    }
}
