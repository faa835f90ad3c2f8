//! `identify`: which track a clip is, and where in it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Args;
use fingerprint::{Fingerprint, SearchOptions};
use recognizer::Found;
use serde_json::{Value, json};

use super::csv::Csv;
use super::files::{gather, in_order, in_parallel};
use super::library::{Library, custom_file, title};
use super::{Db, Ending, Heard, clock, complain, explain, hear, microphone, milliseconds, percent, progress_bar};
use crate::cli::Global;
use crate::cli::output::Format;

/// `phonoscope identify`
#[derive(Debug, Args)]
pub(in crate::cli) struct IdentifyArgs {
    /// Audio files or fingerprint files
    #[arg(required_unless_present_any = ["list", "mic"], conflicts_with = "mic", value_name = "CLIP")]
    clips: Vec<PathBuf>,
    /// File with one more clip to a line
    #[arg(long, value_name = "FILE", conflicts_with = "mic")]
    list: Option<PathBuf>,
    /// Write a row per match, and one per clip without, to this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mic", "json"])]
    csv: Option<PathBuf>,
    /// Listen to the microphone, through arecord, parecord, pw-record, rec or ffmpeg
    #[arg(long)]
    mic: bool,
    /// Draw a picture of the clip, its peaks and the best match, and why it is one or not; for one clip
    #[arg(long, value_name = "PNG", conflicts_with_all = ["mic", "csv", "list"])]
    explain: Option<PathBuf>,
    #[command(flatten)]
    microphone: microphone::Options,
    #[command(flatten)]
    query: Query,
    /// Clips at a time; more than one makes the measured times longer
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
    #[command(flatten)]
    format: Format,
}

/// Where and how to search.
#[derive(Debug, Args)]
pub(super) struct Query {
    #[command(flatten)]
    pub(super) db: Db,
    /// Search this bucket, and others if given again [default: all]
    #[arg(long = "bucket", value_name = "NAME")]
    buckets: Vec<String>,
    /// Least score of a match, 0 to 100 [default: so that a false match is very rare]
    #[arg(long, value_name = "SCORE", value_parser = parse_score)]
    threshold: Option<f32>,
    /// Tracks at a time at most; looking for more than one takes longer [default: 1 for a clip, 2 for a scan]
    #[arg(long, value_name = "N")]
    matches: Option<usize>,
}

impl Query {
    /// The options of a search: what was asked for, else as in `defaults`.
    pub(super) fn options(&self, defaults: &SearchOptions) -> SearchOptions {
        SearchOptions {
            threshold: self.threshold.unwrap_or(defaults.threshold),
            n_matches_max: self.matches.unwrap_or(defaults.n_matches_max),
        }
    }

    /// The buckets to search; `None` for all.
    pub(super) fn buckets(&self) -> Option<Vec<&str>> {
        (!self.buckets.is_empty()).then(|| self.buckets.iter().map(String::as_str).collect())
    }

    /// Searches the index.
    pub(super) fn search(&self, library: &Library, clip: &Fingerprint) -> Vec<Found> {
        library.identify(self.buckets().as_deref(), clip, &self.options(&SearchOptions::default()))
    }
}

fn parse_score(text: &str) -> Result<f32, String> {
    let score: f32 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=100.0).contains(&score) { Ok(score) } else { Err("expected 0 to 100".to_owned()) }
}

/// What a clip was recognized as.
pub(super) struct Identified {
    pub(super) clip: String,
    pub(super) duration_ms: u64,
    pub(super) found: Vec<Found>,
    pub(super) front_end: Duration,
    pub(super) search: Duration,
}

/// Identifies clips, or what the microphone hears.
pub(in crate::cli) fn run(global: &Global, args: &IdentifyArgs) -> Result<()> {
    let library = args.query.db.library(global)?;
    if args.mic {
        let found = microphone::identify(&args.microphone, &library, &args.query)?;
        return show(args.format, &[found]);
    }
    let clips = gather(&args.clips, args.list.as_deref())?;
    ensure!(!clips.is_empty(), "there are no audio files in what was named");
    if let Some(picture) = &args.explain {
        let [clip] = clips.as_slice() else { bail!("--explain draws one clip, not {}", clips.len()) };
        return draw(args, &library, clip, picture);
    }
    match &args.csv {
        Some(csv) => write_csv(args, &library, &clips, csv),
        None => print(args, &library, &clips),
    }
}

fn identify(library: &Library, query: &Query, clip: &Path) -> Result<Identified> {
    let Heard { fingerprint, front_end } = hear(clip)?;
    let begun = Instant::now();
    let found = query.search(library, &fingerprint);
    let search = begun.elapsed();
    let duration_ms = fingerprint.duration_ms();
    Ok(Identified { clip: clip.to_string_lossy().into_owned(), duration_ms, found, front_end, search })
}

/// Identifies a clip, draws the best candidate, and prints the matches.
fn draw(args: &IdentifyArgs, library: &Library, clip: &Path, picture: &Path) -> Result<()> {
    explain::check_target(picture, clip)?;
    let (Heard { fingerprint, front_end }, spectrogram) = explain::hear(clip)?;
    let begun = Instant::now();
    let found = args.query.search(library, &fingerprint);
    let search = begun.elapsed();
    let clip = clip.to_string_lossy().into_owned();
    let options = args.query.options(&SearchOptions::default());
    // However unlikely the best candidate is.
    let any = SearchOptions { threshold: 0.0, ..options };
    let best = library.explain(args.query.buckets().as_deref(), &fingerprint, &any);
    let subject = explain::Subject {
        clip: &clip,
        fingerprint: &fingerprint,
        spectrogram: spectrogram.as_ref(),
        best: best.as_ref(),
        threshold: options.threshold,
    };
    explain::write(picture, &subject)?;
    let duration_ms = fingerprint.duration_ms();
    show(args.format, &[Identified { clip, duration_ms, found, front_end, search }])
}

fn print(args: &IdentifyArgs, library: &Library, clips: &[PathBuf]) -> Result<()> {
    let bar = progress_bar(clips.len() as u64, "{bar:40} {pos}/{len}  {elapsed}");
    let mut identified = Vec::new();
    let mut failures = Vec::new();
    in_parallel(
        clips,
        args.jobs.max(1),
        |clip| identify(library, &args.query, clip),
        |results| {
            in_order(results, |result| {
                bar.inc(1);
                match result {
                    Ok(one) => identified.push(one),
                    // Of a single clip this is the error of the command.
                    Err(error) if clips.len() == 1 => return Err(error),
                    Err(error) => {
                        complain(&bar, &error);
                        failures.push(error);
                    }
                }
                Ok(())
            })
        },
    )?;
    bar.finish_and_clear();
    let shown = show(args.format, &identified);
    if failures.is_empty() { shown } else { Err(Ending::Unusable { n_files: failures.len() }.into()) }
}

/// Prints the matches; without any there is an exit code of its own.
fn show(format: Format, identified: &[Identified]) -> Result<()> {
    if format.is_json() {
        let views: Vec<Value> = identified.iter().map(view).collect();
        format.list(&views, &[])?;
    } else {
        let rows: Vec<Value> = identified.iter().flat_map(rows).collect();
        let columns = ["clip", "track", "bucket", "from", "to", "score", "speed", "pitch"];
        let is_one_bucket = rows.windows(2).all(|two| two[0]["bucket"] == two[1]["bucket"]);
        let is_shown = |column: &&str| match *column {
            "clip" => identified.len() > 1,
            "bucket" => !is_one_bucket,
            _ => true,
        };
        if !rows.is_empty() {
            format.list(&rows, &columns.into_iter().filter(is_shown).collect::<Vec<_>>())?;
        }
    }
    if identified.iter().all(|one| one.found.is_empty()) { Err(Ending::NoMatch.into()) } else { Ok(()) }
}

/// What a script may want to know of a clip.
fn view(one: &Identified) -> Value {
    let matches: Vec<Value> = one.found.iter().map(match_view).collect();
    let custom_files: Vec<Value> = one.found.iter().filter_map(|found| custom_file(found, one.duration_ms)).collect();
    let mut view = json!({
        "query": one.clip,
        "duration_ms": one.duration_ms,
        "front_end_ms": milliseconds(one.front_end),
        "search_ms": milliseconds(one.search),
        "matches": matches,
    });
    if !custom_files.is_empty() {
        view["custom_files"] = custom_files.into();
    }
    view
}

fn match_view(found: &Found) -> Value {
    let (track, hit) = (&found.track, &found.hit);
    json!({
        "track": title(track),
        "bucket": *track.bucket,
        "key": track.key,
        "track_duration_ms": track.duration_ms,
        "score": hit.score,
        "query_from_ms": hit.query_ms.start,
        "query_to_ms": hit.query_ms.end,
        "track_from_ms": hit.track_ms.start,
        "track_to_ms": hit.track_ms.end,
        "time_factor": hit.time_factor,
        "pitch_factor": hit.pitch_factor,
    })
}

/// What a person wants to know of a clip.
fn rows(one: &Identified) -> Vec<Value> {
    let row = |found: &Found| {
        let (track, hit) = (&found.track, &found.hit);
        json!({
            "clip": one.clip,
            "track": title(track),
            "bucket": *track.bucket,
            "from": clock(hit.track_ms.start),
            "to": clock(hit.track_ms.end),
            "score": format!("{:.1}", hit.score),
            "speed": percent(hit.time_factor),
            "pitch": percent(hit.pitch_factor),
        })
    };
    if one.found.is_empty() { vec![json!({ "clip": one.clip })] } else { one.found.iter().map(row).collect() }
}

/// Writes the table of matches that benchmarks and spreadsheets read.
fn write_csv(args: &IdentifyArgs, library: &Library, clips: &[PathBuf], target: &Path) -> Result<()> {
    let mut csv = Csv::create(target)?;
    let bar = progress_bar(clips.len() as u64, "{bar:40} {pos}/{len}  {elapsed}, {eta} left");
    let mut n_unusable = 0;
    let work = |clip: &PathBuf| (clip.to_string_lossy().into_owned(), identify(library, &args.query, clip));
    in_parallel(clips, args.jobs.max(1), work, |results| {
        in_order(results, |(clip, result)| {
            bar.inc(1);
            match result {
                Ok(one) => csv.write(&one),
                Err(error) => {
                    complain(&bar, &error);
                    n_unusable += 1;
                    csv.write_unusable(&clip)
                }
            }
        })
    })?;
    bar.finish_and_clear();
    csv.finish()?;
    if n_unusable > 0 { Err(Ending::Unusable { n_files: n_unusable }.into()) } else { Ok(()) }
}
