//! `index add`: listening on all cores, adding as it goes.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use indicatif::ProgressBar;
use recognizer::{Change, Outcome, Recognizer};
use serde_json::json;

use super::files::{gather, in_parallel, n_cores};
use super::{Db, Ending, Heard, clock, complain, hear, progress_bar};
use crate::cli::Global;
use crate::cli::output::Format;

/// Tracks that are put on disk together at most.
const BATCH_MAX: usize = 32;

/// `phonoscope index add`
#[derive(Debug, Args)]
pub(in crate::cli) struct AddArgs {
    /// Audio files, fingerprint files, and folders to search for them
    #[arg(required_unless_present = "list", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// File with one more path to a line
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    #[command(flatten)]
    db: Db,
    /// Bucket to add to
    #[arg(long, value_name = "NAME", default_value = super::index::BUCKET)]
    bucket: String,
    /// Leave alone what is in the bucket already, instead of listening to it again
    #[arg(long)]
    new: bool,
    #[command(flatten)]
    format: Format,
}

/// What has been done so far.
#[derive(Default)]
struct Tally {
    n_added: u64,
    n_replaced: u64,
    n_unusable: usize,
    audio_ms: u64,
}

/// Adds the files. A track is called as its path is given; one of the same name is replaced.
pub(in crate::cli) fn run(global: &Global, args: &AddArgs) -> Result<()> {
    let mut files = gather(&args.paths, args.list.as_deref())?;
    let recognizer = args.db.make(global)?;
    let n_found = files.len();
    if args.new {
        files.retain(|file| file.to_str().is_none_or(|name| recognizer.track(&args.bucket, name).is_none()));
    }
    ensure!(n_found > 0, "there are no audio files in what was named");
    let begun = Instant::now();
    let bar = progress_bar(files.len() as u64, "{bar:30} {pos}/{len}  {msg}  {elapsed}, {eta} left");
    let mut tally = Tally::default();
    in_parallel(
        &files,
        n_cores(),
        |file| listen(file),
        |heard| {
            take(
                &recognizer,
                &args.bucket,
                heard,
                &mut tally,
                |tally, n_taken| {
                    bar.inc(n_taken);
                    let times = tally.audio_ms as f64 / 1000.0 / begun.elapsed().as_secs_f64().max(0.001);
                    bar.set_message(format!("{} of audio, {times:.0} × real time", clock(tally.audio_ms)));
                },
                &bar,
            )
        },
    )?;
    bar.finish_and_clear();
    let n_skipped = n_found - files.len();
    recognizer.close()?;
    report(args.format, &tally, n_skipped, begun)?;
    if tally.n_unusable > 0 { Err(Ending::Unusable { n_files: tally.n_unusable }.into()) } else { Ok(()) }
}

fn report(format: Format, tally: &Tally, n_skipped: usize, begun: Instant) -> Result<()> {
    let seconds = begun.elapsed().as_secs_f64();
    format.one(&json!({
        "added": tally.n_added,
        "replaced": tally.n_replaced,
        "skipped": n_skipped,
        "unusable": tally.n_unusable,
        "audio": clock(tally.audio_ms),
        "seconds": (seconds * 1000.0).round() / 1000.0,
        "times_real_time": (tally.audio_ms as f64 / 1000.0 / seconds.max(0.001)).round(),
    }))
}

/// Listens to a file; its name is the path as it was given.
fn listen(file: &Path) -> Result<(String, Heard)> {
    let name = file.to_str().with_context(|| format!("cannot use `{}`: its name is not UTF-8", file.display()))?;
    Ok((name.to_owned(), hear(file)?))
}

/// Adds what was heard, as much at a time as is there.
fn take(
    recognizer: &Recognizer,
    bucket: &str,
    heard: &mut dyn Iterator<Item = (usize, Result<(String, Heard)>)>,
    tally: &mut Tally,
    mut progress: impl FnMut(&Tally, u64),
    bar: &ProgressBar,
) -> Result<()> {
    let mut batch = Vec::new();
    let mut heard = heard.peekable();
    while let Some((_, result)) = heard.next() {
        match result {
            Ok((name, Heard { fingerprint, .. })) => {
                batch.push((fingerprint.duration_ms(), Change::Put { bucket: bucket.to_owned(), name, fingerprint }));
            }
            Err(error) => {
                complain(bar, &error);
                tally.n_unusable += 1;
                progress(tally, 1);
            }
        }
        if batch.len() >= BATCH_MAX || heard.peek().is_none() {
            let n_taken = batch.len() as u64;
            commit(recognizer, std::mem::take(&mut batch), tally, bar)?;
            progress(tally, n_taken);
        }
    }
    Ok(())
}

fn commit(recognizer: &Recognizer, batch: Vec<(u64, Change)>, tally: &mut Tally, bar: &ProgressBar) -> Result<()> {
    let (durations, changes): (Vec<u64>, Vec<Change>) = batch.into_iter().unzip();
    for (outcome, duration_ms) in recognizer.apply(changes)?.into_iter().zip(durations) {
        match outcome {
            Outcome::Refused(error) => {
                complain(bar, &error.into());
                tally.n_unusable += 1;
            }
            outcome => {
                tally.audio_ms += duration_ms;
                *(if matches!(outcome, Outcome::Replaced { .. }) {
                    &mut tally.n_replaced
                } else {
                    &mut tally.n_added
                }) += 1;
            }
        }
    }
    Ok(())
}
