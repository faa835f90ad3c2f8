//! The texts above: which track, where, how sure, how bent; and what the marks mean.

use media::drawing::{Align, Drawing, TextStyle};

use super::plot::label_style;
use super::{BRIGHT, FAINT, LEFT, RIGHT, SOFT, Subject, exact_clock, sound};
use crate::cli::hear::{clock, percent};

const TITLE_TOP: f32 = 40.0;
/// The distance of the columns of numbers at the right.
const COLUMN: f32 = 150.0;
const LEGEND_TOP: f32 = 124.0;

pub(super) fn draw(drawing: &mut Drawing, subject: &Subject<'_>) {
    let numbers = numbers(subject);
    let numbers_left = RIGHT - COLUMN * numbers.len() as f32;
    for (i, (caption, number)) in numbers.iter().enumerate() {
        let right = RIGHT - COLUMN * (numbers.len() - 1 - i) as f32;
        let ink = if subject.is_match() { BRIGHT } else { SOFT };
        let style = TextStyle { size: 28.0, is_bold: false, align: Align::Right, ink, width_max: COLUMN };
        drawing.text(caption, (right, TITLE_TOP - 16.0), label_style(Align::Right, FAINT));
        drawing.text(number, (right, TITLE_TOP + 6.0), style);
    }
    let width_max = numbers_left - LEFT;
    let (kind, title, below) = words(subject);
    let (kind_ink, title_ink) = if subject.is_match() { (subject.accent(), BRIGHT) } else { (BRIGHT, SOFT) };
    drawing.text(&kind, (LEFT, TITLE_TOP - 16.0), TextStyle { is_bold: true, ..label_style(Align::Left, kind_ink) });
    let style = TextStyle { size: 32.0, is_bold: true, align: Align::Left, ink: title_ink, width_max };
    drawing.text(&title, (LEFT, TITLE_TOP + 2.0), style);
    let style = TextStyle { width_max: RIGHT - LEFT, ..label_style(Align::Left, FAINT) };
    drawing.text(&below, (LEFT, TITLE_TOP + 46.0), style);
    legend(drawing, subject);
}

/// Returns what it is, the title, and a line below it.
fn words(subject: &Subject<'_>) -> (String, String, String) {
    let clip = base_name(subject.clip);
    let Some((found, _)) = subject.best else {
        let why = if subject.fingerprint.peaks().is_empty() {
            "The clip has no peaks to recognize it by."
        } else {
            "No track of the index comes near it."
        };
        return ("No match".to_owned(), clip, why.to_owned());
    };
    let track = base_name(&found.track.name);
    let below = format!("{clip}   in   {}", found.track.name);
    if subject.is_match() {
        return ("Match".to_owned(), track, below);
    }
    let kind = format!("No match: the best candidate stays below the threshold of {}", subject.threshold);
    (kind, track, below)
}

/// Returns the captions and numbers of the best candidate.
fn numbers(subject: &Subject<'_>) -> Vec<(&'static str, String)> {
    let Some((found, _)) = subject.best else { return Vec::new() };
    let hit = &found.hit;
    vec![
        ("place in the track", exact_clock(hit.track_ms.start as f64)),
        ("score", format!("{:.1}", hit.score)),
        ("speed", percent(hit.time_factor)),
        ("pitch", percent(hit.pitch_factor)),
    ]
}

/// Returns the last part of a path.
fn base_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// Says what the marks are, and how many of each there are.
fn legend(drawing: &mut Drawing, subject: &Subject<'_>) {
    let text_style = label_style(Align::Left, SOFT);
    let mut left = LEFT + 6.0;
    let middle = LEGEND_TOP + 10.0;
    let mut entry = |drawing: &mut Drawing, mark: &dyn Fn(&mut Drawing, (f32, f32)), text: &str| {
        mark(drawing, (left, middle));
        left += 14.0;
        left += drawing.text(text, (left, LEGEND_TOP), text_style) + 34.0;
    };
    let Some((_, explanation)) = subject.best else {
        let text = format!("{} peaks of the clip", subject.fingerprint.peaks().len());
        entry(drawing, &|drawing, at| sound::hollow(drawing, at), &text);
        return;
    };
    let accent = subject.accent();
    let n_shared = explanation.query.iter().filter(|mark| mark.is_shared).count();
    let n_only = explanation.reference.iter().filter(|mark| !mark.is_shared).count();
    let clip_only = format!("{} peaks only in the clip", explanation.query.len() - n_shared);
    let shared = format!("{n_shared} peaks that the track has there too");
    let track_only = format!("{n_only} peaks only in the track");
    entry(drawing, &|drawing, at| sound::filled(drawing, at, accent), &shared);
    entry(drawing, &|drawing, at| sound::hollow(drawing, at), &clip_only);
    entry(drawing, &|drawing, at| sound::cross(drawing, at), &track_only);
    entry(
        drawing,
        &|drawing, at| drawing.rect((at.0 - 9.0, at.1 - 7.0), (at.0 + 9.0, at.1 + 7.0), accent.with_opacity(70)),
        "  matched span",
    );
    let mut notes = Vec::new();
    if subject.spectrogram.is_none() {
        notes.push("a fingerprint file holds peaks, no sound".to_owned());
    }
    if explanation.query_ms.end + 1000 < subject.fingerprint.duration_ms() || explanation.query_ms.start > 0 {
        notes.push(format!("the part of {} that matches best", clock(subject.fingerprint.duration_ms())));
    }
    drawing.text(&notes.join("; "), (RIGHT, LEGEND_TOP), label_style(Align::Right, FAINT));
}
