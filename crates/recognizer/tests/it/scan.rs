//! Long recordings.

use std::ops::Range;

use fingerprint::{Extractor, Fingerprint};
use recognizer::{Options, Recognizer, ScanOptions, Scanner, Span};

use crate::support::{RATE_HZ, fingerprint_of, music};

fn library(folder: &std::path::Path, seeds: Range<u32>) -> Recognizer {
    let recognizer = Recognizer::open(folder, Options::default()).unwrap();
    for seed in seeds {
        recognizer.add("songs", &format!("{seed}"), fingerprint_of(&music(seed, 60))).unwrap();
    }
    recognizer
}

fn cut(seed: u32, seconds: Range<u32>) -> Vec<f32> {
    music(seed, seconds.end)[(seconds.start * RATE_HZ) as usize..].to_vec()
}

fn assert_span(span: &Span, name: &str, query_s: Range<u64>, track_s: Range<u64>, slack_ms: u64) {
    assert_eq!(span.track.name, name);
    for (found_ms, expected_s) in [
        (span.query_ms.start, query_s.start),
        (span.query_ms.end, query_s.end),
        (span.track_ms.start, track_s.start),
        (span.track_ms.end, track_s.end),
    ] {
        assert!(found_ms.abs_diff(expected_s * 1000) <= slack_ms, "{found_ms} ms, expected {expected_s} s");
    }
    assert!((span.time_factor - 1.0).abs() < 0.01, "{}", span.time_factor);
}

/// 10 s of 1, 20 s of something unknown, 40 s of 2, 30 s of 3 with 2 again over its end.
fn recording() -> Vec<f32> {
    let mut samples = [cut(1, 5..15), cut(99, 0..20), cut(2, 10..50), cut(3, 0..30)].concat();
    let over = samples.len() - (20 * RATE_HZ) as usize;
    for (sample, more) in samples[over..].iter_mut().zip(cut(2, 0..20)) {
        *sample += more;
    }
    samples
}

fn check(spans: &[Span]) {
    assert_eq!(spans.len(), 4, "{spans:#?}");
    assert_span(&spans[0], "1", 0..10, 5..15, 700);
    assert_span(&spans[1], "2", 30..70, 10..50, 700);
    // Two tracks at once hide each other's ends.
    assert_span(&spans[2], "3", 70..100, 0..30, 4_000);
    assert_span(&spans[3], "2", 80..100, 0..20, 4_000);
}

#[test]
fn a_recording_becomes_a_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = library(folder.path(), 0..6);
    let mut last_ms = 0;
    let whole = fingerprint_of(&recording());
    let spans = recognizer.scan(Some(&["songs"]), &whole, ScanOptions::default(), &mut |ms| {
        assert!(ms >= last_ms);
        last_ms = ms;
    });
    check(&spans);
    assert_eq!(last_ms, 100_000);
    assert!(recognizer.scan(Some(&["others"]), &whole, ScanOptions::default(), &mut |_| ()).is_empty());
}

#[test]
fn a_stream_becomes_the_same_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = library(folder.path(), 0..6);
    let mut scanner = Scanner::new(&recognizer, None, ScanOptions::default());
    let mut extractor = Extractor::new(RATE_HZ, 1).unwrap();
    let mut spans = Vec::new();
    for block in recording().chunks(5_000) {
        extractor.push(block);
        spans.extend(scanner.push(&extractor.take_peaks()));
    }
    assert!(!spans.is_empty(), "spans come while the stream goes on");
    let rest = extractor.finish();
    spans.extend(scanner.push(rest.peaks()));
    spans.extend(scanner.finish(rest.duration_ms()));
    check(&spans);
}

#[test]
fn silence_and_strangers_have_no_spans() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = library(folder.path(), 0..3);
    for quiet in
        [Fingerprint::default(), fingerprint_of(&vec![0.0; 60 * RATE_HZ as usize]), fingerprint_of(&music(50, 60))]
    {
        assert!(recognizer.scan(None, &quiet, ScanOptions::default(), &mut |_| ()).is_empty());
    }
    let day_ms = 24 * 3_600_000;
    let silence = Fingerprint::from_peaks(Vec::new(), day_ms);
    assert!(recognizer.scan(None, &silence, ScanOptions::default(), &mut |_| ()).is_empty());
    let short = fingerprint_of(&cut(1, 20..25));
    assert_eq!(recognizer.scan(None, &short, ScanOptions::default(), &mut |_| ()).len(), 1);
}
