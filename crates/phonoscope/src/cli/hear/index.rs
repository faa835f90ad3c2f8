//! `index`: what is in an index, and changing it.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use indicatif::HumanBytes;
use recognizer::{Change, Outcome, Stats};
use serde_json::{Value, json};

use super::add::{self, AddArgs};
use super::files::read_list;
use super::{Db, Ending, clock, progress_bar};
use crate::cli::Global;
use crate::cli::output::Format;

/// The bucket of those who need no buckets.
pub(super) const BUCKET: &str = "default";

/// `phonoscope index …`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum IndexCommand {
    /// Add audio files, fingerprint files, or whole folders
    Add(AddArgs),
    /// Remove tracks
    Remove(RemoveArgs),
    /// Move tracks to another bucket
    Move(MoveArgs),
    /// List the tracks
    List(ListArgs),
    /// Show how large the index is
    Stats(ShowArgs),
    /// Read everything and check every checksum
    Verify(ShowArgs),
    /// Merge all segments and drop what was removed
    Merge(ShowArgs),
    /// Write all tracks into one portable file
    Export(ExportArgs),
    /// Add all tracks of an exported file
    Import(ImportArgs),
}

/// `phonoscope index remove`
#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArgs {
    #[command(flatten)]
    tracks: Tracks,
    #[command(flatten)]
    format: Format,
}

/// `phonoscope index move`
#[derive(Debug, Args)]
pub(in crate::cli) struct MoveArgs {
    #[command(flatten)]
    tracks: Tracks,
    /// Bucket to move to
    #[arg(long, value_name = "NAME")]
    to: String,
    #[command(flatten)]
    format: Format,
}

/// Tracks by name.
#[derive(Debug, Args)]
struct Tracks {
    /// Names of tracks: their paths as they were given to `index add`
    #[arg(required_unless_present = "list", value_name = "NAME")]
    names: Vec<String>,
    /// File with one more name to a line
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    #[command(flatten)]
    db: Db,
    /// Bucket they are in
    #[arg(long, value_name = "NAME", default_value = BUCKET)]
    bucket: String,
}

/// `phonoscope index list`
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    db: Db,
    /// Only this bucket
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// `phonoscope index stats`, `verify`, `merge`
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    #[command(flatten)]
    db: Db,
    #[command(flatten)]
    format: Format,
}

/// `phonoscope index export`
#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    db: Db,
    #[command(flatten)]
    format: Format,
}

/// `phonoscope index import`
#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// An exported file
    file: PathBuf,
    #[command(flatten)]
    db: Db,
    #[command(flatten)]
    format: Format,
}

/// Runs one of the commands.
pub(in crate::cli) fn run(global: &Global, command: &IndexCommand) -> Result<()> {
    match command {
        IndexCommand::Add(args) => add::run(global, args),
        IndexCommand::Remove(args) => remove(global, args),
        IndexCommand::Move(args) => move_tracks(global, args),
        IndexCommand::List(args) => list(global, args),
        IndexCommand::Stats(args) => args.format.one(&view(&args.db.read(global)?.stats())),
        IndexCommand::Verify(args) => verify(global, args),
        IndexCommand::Merge(args) => {
            let recognizer = args.db.change(global)?;
            recognizer.merge()?;
            args.format.one(&view(&recognizer.stats()))
        }
        IndexCommand::Export(args) => export(global, args),
        IndexCommand::Import(args) => import(global, args),
    }
}

fn remove(global: &Global, args: &RemoveArgs) -> Result<()> {
    let bucket = &args.tracks.bucket;
    let n_done = args.tracks.change(global, |name| Change::Remove { bucket: bucket.clone(), name })?;
    args.format.one(&json!({ "removed": n_done.0 }))?;
    n_done.1.map_or(Ok(()), |absent| Err(absent.into()))
}

fn move_tracks(global: &Global, args: &MoveArgs) -> Result<()> {
    let bucket = &args.tracks.bucket;
    let change = |name| Change::Move { bucket: bucket.clone(), name, to: args.to.clone() };
    let n_done = args.tracks.change(global, change)?;
    args.format.one(&json!({ "moved": n_done.0 }))?;
    n_done.1.map_or(Ok(()), |absent| Err(absent.into()))
}

impl Tracks {
    /// Makes a change of each track; says how many were changed and which are not there.
    fn change(&self, global: &Global, change: impl Fn(String) -> Change) -> Result<(usize, Option<Ending>)> {
        let mut names = self.names.clone();
        if let Some(list) = &self.list {
            names.extend(read_list(list)?);
        }
        let recognizer = self.db.change(global)?;
        let outcomes = recognizer.apply(names.iter().cloned().map(change).collect())?;
        let mut absent = Vec::new();
        for (outcome, name) in outcomes.into_iter().zip(names.iter()) {
            match outcome {
                Outcome::Absent => absent.push(name.clone()),
                Outcome::Refused(error) => return Err(error.into()),
                _ => {}
            }
        }
        recognizer.close()?;
        let n_done = names.len() - absent.len();
        Ok((n_done, (!absent.is_empty()).then_some(Ending::Absent { names: absent })))
    }
}

fn list(global: &Global, args: &ListArgs) -> Result<()> {
    let recognizer = args.db.read(global)?;
    let mut tracks: Vec<_> =
        recognizer.tracks().filter(|t| args.bucket.as_deref().is_none_or(|b| *b == *t.bucket)).collect();
    tracks.sort_by(|a, b| (&a.bucket, &a.name).cmp(&(&b.bucket, &b.name)));
    let row = |track: recognizer::TrackInfo| {
        json!({
            "bucket": *track.bucket,
            "track": track.name,
            "duration": clock(track.duration_ms),
            "duration_ms": track.duration_ms,
            "key": track.key,
        })
    };
    let rows: Vec<Value> = tracks.into_iter().map(row).collect();
    args.format.list(&rows, &["bucket", "track", "duration"])
}

fn verify(global: &Global, args: &ShowArgs) -> Result<()> {
    let recognizer = args.db.read(global)?;
    let bar = progress_bar(0, "{bar:40} {pos}/{len} segments  {elapsed}");
    let verified = recognizer.verify(&mut |n_done, n_all| {
        bar.set_length(n_all);
        bar.set_position(n_done);
    });
    bar.finish_and_clear();
    let problems: Vec<String> =
        verified.problems.into_iter().map(|problem| format!("{:#}", anyhow::Error::from(problem))).collect();
    let n_problems = problems.len();
    args.format
        .one(&json!({ "segments": verified.n_segments, "changes": verified.n_changes, "problems": problems }))?;
    if n_problems > 0 {
        bail!("the index is damaged");
    }
    Ok(())
}

fn view(stats: &Stats) -> Value {
    let buckets: serde_json::Map<String, Value> = stats
        .buckets
        .iter()
        .map(|(name, bucket)| ((**name).to_owned(), json!({ "tracks": bucket.n_tracks, "audio_ms": bucket.audio_ms })))
        .collect();
    let hours = stats.audio_ms as f64 / 3_600_000.0;
    json!({
        "tracks": stats.n_tracks,
        "audio": clock(stats.audio_ms),
        "audio_ms": stats.audio_ms,
        "removed": stats.n_removed,
        "segments": stats.n_segments,
        "in_memory": stats.n_in_memory,
        "landmarks": stats.n_postings,
        "peaks": stats.n_peaks,
        "size": HumanBytes(stats.segment_bytes).to_string(),
        "segment_bytes": stats.segment_bytes,
        "changelog_bytes": stats.changelog_bytes,
        "bytes_per_hour": if hours > 0.0 { (stats.segment_bytes as f64 / hours).round() } else { 0.0 },
        "buckets": buckets,
    })
}

fn export(global: &Global, args: &ExportArgs) -> Result<()> {
    let recognizer = args.db.read(global)?;
    let cannot = || format!("cannot write `{}`", args.output.display());
    let draft = draft_of(&args.output);
    let file = File::create(&draft).with_context(cannot)?;
    let written = recognizer.export(BufWriter::new(&file)).map_err(anyhow::Error::from);
    let written = written.and_then(|n_tracks| {
        file.sync_all()?;
        std::fs::rename(&draft, &args.output)?;
        Ok(n_tracks)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    let n_tracks = written.with_context(cannot)?;
    let bytes = file.metadata().with_context(cannot)?.len();
    args.format.one(&json!({ "output": args.output, "tracks": n_tracks, "bytes": bytes }))
}

/// Says where a file is written before it gets its name, so that half of one never has it.
fn draft_of(path: &Path) -> PathBuf {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".draft");
    draft.into()
}

fn import(global: &Global, args: &ImportArgs) -> Result<()> {
    let cannot = || format!("cannot import `{}`", args.file.display());
    let file = File::open(&args.file).with_context(cannot)?;
    let len = file.metadata().with_context(cannot)?.len();
    let recognizer = args.db.make(global)?;
    let bar = progress_bar(len, "{bar:40} {percent:>3} %  {msg}  {elapsed}");
    let input = bar.wrap_read(BufReader::new(file));
    let n_tracks = recognizer.import(input, &mut |n| bar.set_message(format!("{n} tracks"))).with_context(cannot)?;
    bar.finish_and_clear();
    recognizer.close()?;
    args.format.one(&json!({ "imported": n_tracks }))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_has_a_name_of_its_own() {
        assert_eq!(draft_of(Path::new("a/b.tar")), Path::new("a/b.tar.draft"));
    }
}
