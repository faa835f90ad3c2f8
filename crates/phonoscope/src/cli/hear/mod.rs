//! Recognition without a server: `fingerprint`, `index`, `identify`, `scan`.

mod add;
mod csv;
mod explain;
pub(super) mod files;
pub(super) mod identify;
pub(super) mod index;
mod library;
mod microphone;
pub(super) mod prints;
pub(super) mod scan;

use std::fmt;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use fingerprint::{Extractor, Fingerprint};
use indicatif::{ProgressBar, ProgressStyle};
use media::audio::{DecodeOptions, Decoder, Spec};
use recognizer::{Access, Options, Recognizer};

use super::Global;
use crate::config::Overrides;

/// What is not an error of the software, but has an exit code of its own.
#[derive(Debug)]
pub(super) enum Ending {
    /// The clip is no track of the index.
    NoMatch,
    /// Some files could not be used; the others were.
    Unusable { n_files: usize },
    /// Some tracks are not in the index.
    Absent { names: Vec<String> },
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMatch => write!(f, "no match"),
            Self::Unusable { n_files: 1 } => write!(f, "one file could not be used"),
            Self::Unusable { n_files } => write!(f, "{n_files} files could not be used"),
            Self::Absent { names } => write!(f, "not in the index: `{}`", names.join("`, `")),
        }
    }
}

impl std::error::Error for Ending {}

/// Which index.
#[derive(Debug, Clone, Args)]
pub(super) struct Db {
    /// Folder of the index; to identify, also the file of an offline database [default: `index` in the installation's folder, ./phonoscope-data/index]
    #[arg(long, value_name = "PATH")]
    db: Option<PathBuf>,
}

impl Db {
    /// Opens the index, or an offline database, to search it.
    fn library(&self, global: &Global) -> Result<library::Library> {
        library::Library::open(&self.folder(global)?)
    }

    /// Opens the index to read it.
    fn read(&self, global: &Global) -> Result<Recognizer> {
        let folder = self.folder(global)?;
        Ok(Recognizer::open(&folder, Options { access: Access::Read, ..Options::default() })?)
    }

    /// Opens the index to change it; it must be there.
    fn change(&self, global: &Global) -> Result<Recognizer> {
        let folder = self.folder(global)?;
        anyhow::ensure!(folder.join("manifest").exists(), recognizer::Error::NoIndex(folder));
        Ok(Recognizer::open(&folder, Options::default())?)
    }

    /// Opens the index to add to it, and makes it if need be.
    fn make(&self, global: &Global) -> Result<Recognizer> {
        let folder = self.folder(global)?;
        if self.db.is_none()
            && let Some(data) = folder.parent()
        {
            crate::installation::make_private(data)?;
        }
        Ok(Recognizer::open(&folder, Options::default())?)
    }

    fn folder(&self, global: &Global) -> Result<PathBuf> {
        match &self.db {
            Some(folder) => Ok(folder.clone()),
            None => Ok(global.load(&Overrides::default())?.data.join("index")),
        }
    }
}

/// A file that was listened to.
struct Heard {
    fingerprint: Fingerprint,
    /// What the front end took; decoding is not in it.
    front_end: Duration,
}

/// Reads the fingerprint of an audio file, or a fingerprint file.
fn hear(path: &Path) -> Result<Heard> {
    if let Some(fingerprint) = read_fingerprint(path)? {
        return Ok(Heard { fingerprint, front_end: Duration::ZERO });
    }
    let mut front_end = Duration::ZERO;
    let mut extractor = None;
    decode(path, &mut |_, _| (), &mut |block| {
        let begun = Instant::now();
        block.push_into(&mut extractor)?;
        front_end += begun.elapsed();
        Ok(())
    })?;
    let begun = Instant::now();
    let fingerprint = extractor.map(Extractor::finish).unwrap_or_default();
    front_end += begun.elapsed();
    Ok(Heard { fingerprint, front_end })
}

/// Some decoded sound.
struct Block<'a> {
    /// Interleaved samples.
    samples: &'a [f32],
    spec: Spec,
}

impl Block<'_> {
    /// Gives the sound to an extractor, which the first block makes.
    fn push_into<'e>(&self, extractor: &'e mut Option<Extractor>) -> Result<&'e mut Extractor> {
        let extractor = match extractor {
            Some(extractor) => extractor,
            None => extractor.insert(Extractor::new(self.spec.sample_rate, usize::from(self.spec.channels))?),
        };
        extractor.push(self.samples);
        Ok(extractor)
    }
}

/// Reads a fingerprint file; `None` for anything else, which may be audio.
fn read_fingerprint(path: &Path) -> Result<Option<Fingerprint>> {
    let cannot = || format!("cannot read `{}`", path.display());
    let mut head = [0; 8];
    let mut file = std::fs::File::open(path).with_context(cannot)?;
    let is_fingerprint = match std::io::Read::read_exact(&mut file, &mut head) {
        Ok(()) => Fingerprint::is_fingerprint(&head),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => false,
        Err(error) => return Err(error).with_context(cannot),
    };
    if !is_fingerprint {
        return Ok(None);
    }
    let bytes = std::fs::read(path).with_context(cannot)?;
    Ok(Some(Fingerprint::from_bytes(&bytes).with_context(cannot)?))
}

/// Decodes a file block by block. `progress` is told what share of the file was decoded, where that is known, and how many milliseconds.
fn decode(
    path: &Path,
    progress: &mut dyn FnMut(Option<f64>, u64),
    take: &mut dyn FnMut(Block<'_>) -> Result<()>,
) -> Result<()> {
    let cannot = || format!("cannot use `{}`", path.display());
    let mut decoder = Decoder::open(path, &DecodeOptions::default()).with_context(cannot)?;
    let spec = decoder.spec();
    let (mut samples, mut n_frames) = (Vec::new(), 0u64);
    loop {
        let n = decoder.next_block(&mut samples).with_context(cannot)?;
        if n == 0 {
            return Ok(());
        }
        take(Block { samples: &samples, spec }).with_context(cannot)?;
        n_frames += n as u64;
        let share = decoder.frames_expected().map(|all| n_frames as f64 / all.max(1) as f64);
        progress(share, n_frames * 1000 / u64::from(spec.sample_rate));
    }
}

/// Runs what keeps a core busy where it stops nothing else.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("the work died")?
}

/// A bar on a terminal, nothing elsewhere.
fn progress_bar(len: u64, template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(len);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Tells of a file that is passed over.
fn complain(bar: &ProgressBar, error: &anyhow::Error) {
    bar.suspend(|| eprintln!("warning: {error:#}"));
}

/// Shows a time as people write it, such as `1:02:03.4`.
fn clock(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
    let tenth = tenths % 10;
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenth}")
    } else {
        format!("{minutes}:{seconds:02}.{tenth}")
    }
}

/// Shows a factor as people think of it, such as `+2.0 %`; nothing where it is 1.
fn percent(factor: f64) -> String {
    let percent = (factor - 1.0) * 100.0;
    if percent.abs() < 0.15 { "as is".to_owned() } else { format!("{percent:+.1} %") }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_factors_read_well() {
        assert_eq!([0, 59_940, 59_950, 3_723_400].map(clock), ["0:00.0", "0:59.9", "1:00.0", "1:02:03.4"]);
        assert_eq!([1.0, 1.02, 0.95].map(percent), ["as is", "+2.0 %", "-5.0 %"]);
    }
}
