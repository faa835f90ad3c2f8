//! `scan`: what plays when in a long recording.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use fingerprint::Extractor;
use indicatif::ProgressBar;
use recognizer::{Recognizer, ScanOptions, Scanner, Span};
use serde_json::{Value, json};

use super::identify::Query;
use super::{clock, decode, percent, progress_bar, read_fingerprint};
use crate::cli::Global;
use crate::cli::output::Format;

/// Steps of the progress bar.
const N_STEPS: u64 = 1000;

/// `phonoscope scan`
#[derive(Debug, Args)]
pub(in crate::cli) struct ScanArgs {
    /// Audio file or fingerprint file of any length
    file: PathBuf,
    #[command(flatten)]
    query: Query,
    #[command(flatten)]
    format: Format,
}

/// Prints the timeline of a recording.
pub(in crate::cli) fn run(global: &Global, args: &ScanArgs) -> Result<()> {
    let recognizer = args.query.db.read(global)?;
    let bar = progress_bar(N_STEPS, "{bar:30} {percent:>3} %  {msg}  {elapsed}, {eta} left");
    let begun = Instant::now();
    let timeline = timeline(args, &recognizer, &bar);
    bar.finish_and_clear();
    let (mut spans, duration_ms) = timeline?;
    spans.sort_by_key(|span| span.query_ms.start);
    let seconds = begun.elapsed().as_secs_f64();
    if args.format.is_json() {
        let spans: Vec<Value> = spans.iter().map(view).collect();
        return args
            .format
            .one(&json!({ "file": args.file, "duration_ms": duration_ms, "seconds": seconds, "spans": spans }));
    }
    let rows: Vec<Value> = spans.iter().map(row).collect();
    args.format.list(&rows, &["from", "to", "track", "track_from", "track_to", "score", "speed", "pitch"])
}

fn timeline(args: &ScanArgs, recognizer: &Recognizer, bar: &ProgressBar) -> Result<(Vec<Span>, u64)> {
    let defaults = ScanOptions::default();
    let options = ScanOptions { search: args.query.options(&defaults.search), ..defaults };
    let buckets = args.query.buckets();
    if let Some(recording) = read_fingerprint(&args.file)? {
        let duration_ms = recording.duration_ms();
        let mut progress = |ms| bar.set_position(ms * N_STEPS / duration_ms.max(1));
        return Ok((recognizer.scan(buckets.as_deref(), &recording, options, &mut progress), duration_ms));
    }
    let mut scanner = Scanner::new(recognizer, buckets.as_deref(), options);
    let mut extractor = None;
    let mut spans = Vec::new();
    let mut progress = |share: Option<f64>, ms| {
        bar.set_position(share.map_or(0, |share| (share * N_STEPS as f64) as u64));
        bar.set_message(clock(ms));
    };
    decode(&args.file, &mut progress, &mut |block| {
        let peaks = block.push_into(&mut extractor)?.take_peaks();
        spans.extend(scanner.push(&peaks));
        Ok(())
    })?;
    let rest = extractor.map(Extractor::finish).unwrap_or_default();
    spans.extend(scanner.push(rest.peaks()));
    spans.extend(scanner.finish(rest.duration_ms()));
    Ok((spans, rest.duration_ms()))
}

/// What a script may want to know of a span.
fn view(span: &Span) -> Value {
    json!({
        "track": span.track.name,
        "bucket": *span.track.bucket,
        "key": span.track.key,
        "score": span.score,
        "from_ms": span.query_ms.start,
        "to_ms": span.query_ms.end,
        "track_from_ms": span.track_ms.start,
        "track_to_ms": span.track_ms.end,
        "time_factor": span.time_factor,
        "pitch_factor": span.pitch_factor,
        "windows": span.n_windows,
    })
}

/// What a person wants to know of a span.
fn row(span: &Span) -> Value {
    json!({
        "from": clock(span.query_ms.start),
        "to": clock(span.query_ms.end),
        "track": span.track.name,
        "track_from": clock(span.track_ms.start),
        "track_to": clock(span.track_ms.end),
        "score": format!("{:.1}", span.score),
        "speed": percent(span.time_factor),
        "pitch": percent(span.pitch_factor),
    })
}
