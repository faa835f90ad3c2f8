//! `fingerprint`: fingerprint files of audio files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use fingerprint::FILE_EXTENSION;
use serde_json::{Value, json};

use super::files::{in_order, in_parallel, n_cores};
use super::{Ending, Heard, clock, complain, hear, milliseconds, progress_bar};
use crate::cli::output::Format;

/// `phonoscope fingerprint`
#[derive(Debug, Args)]
pub(in crate::cli) struct FingerprintArgs {
    /// Audio files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The fingerprint to write, or a folder for all of them [default: FILE.phfp beside each file]
    #[arg(short, long, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// Writes the fingerprints; files that cannot be used are passed over.
pub(in crate::cli) fn run(args: &FingerprintArgs) -> Result<()> {
    let is_folder = args.output.as_deref().is_some_and(Path::is_dir);
    ensure!(
        args.files.len() == 1 || args.output.is_none() || is_folder,
        "-o must be a folder that is there, for more than one file"
    );
    let bar = progress_bar(args.files.len() as u64, "{bar:40} {pos}/{len}  {elapsed}");
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    let work = |file: &PathBuf| write_one(file, args.output.as_deref());
    in_parallel(&args.files, n_cores(), work, |results| {
        in_order(results, |result| {
            bar.inc(1);
            match result {
                Ok(row) => rows.push(row),
                // Of a single file this is the error of the command.
                Err(error) if args.files.len() == 1 => return Err(error),
                Err(error) => {
                    complain(&bar, &error);
                    failures.push(error);
                }
            }
            Ok(())
        })
    })?;
    bar.finish_and_clear();
    args.format.list(&rows, &["file", "output", "duration", "peaks", "bytes"])?;
    if failures.is_empty() { Ok(()) } else { Err(Ending::Unusable { n_files: failures.len() }.into()) }
}

fn write_one(file: &Path, output: Option<&Path>) -> Result<Value> {
    let output = target(file, output)?;
    let Heard { fingerprint, front_end } = hear(file)?;
    let bytes = fingerprint.to_bytes();
    std::fs::write(&output, &bytes).with_context(|| format!("cannot write `{}`", output.display()))?;
    Ok(json!({
        "file": file,
        "output": output,
        "duration": clock(fingerprint.duration_ms()),
        "duration_ms": fingerprint.duration_ms(),
        "peaks": fingerprint.peaks().len(),
        "bytes": bytes.len(),
        "front_end_ms": milliseconds(front_end),
    }))
}

/// Says where the fingerprint of a file goes, and refuses to replace the file by it.
fn target(file: &Path, output: Option<&Path>) -> Result<PathBuf> {
    let mut name = file.file_name().with_context(|| format!("`{}` is no file", file.display()))?.to_owned();
    name.push(".");
    name.push(FILE_EXTENSION);
    let target = match output {
        None => file.with_file_name(name),
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(output) => output.to_owned(),
    };
    let is_same = target.canonicalize().is_ok_and(|target| file.canonicalize().is_ok_and(|file| file == target));
    ensure!(!is_same, "the output would replace the input `{}`", file.display());
    Ok(target)
}
