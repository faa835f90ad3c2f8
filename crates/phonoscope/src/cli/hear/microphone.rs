//! `identify --mic`: sound from a recorder that is installed, and the answer as soon as there is one.
//!
//! An external program records, because a library for sound cards needs headers to build that not every machine has.

use std::io::{self, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use fingerprint::{Extractor, Fingerprint, Peak};
use indicatif::ProgressBar;

use super::identify::{Identified, Query};
use super::library::Library;
use super::progress_bar;

const RATE_HZ: u32 = 16_000;
/// Samples read at a time: a tenth of a second.
const BLOCK_LEN: usize = RATE_HZ as usize / 10;
/// From this much sound on it is worth searching, and again after each further step.
const FIRST_SEARCH_MS: u64 = 3_000;
const SEARCH_STEP_MS: u64 = 1_000;
/// Programs that write 16-bit mono samples at 16 kHz to their standard output, in order of preference.
const RECORDERS: &[&str] = &[
    "arecord -q -t raw -f S16_LE -r 16000 -c 1",
    "parecord --raw --format=s16le --rate=16000 --channels=1",
    "pw-record --raw --format s16 --rate 16000 --channels 1 -",
    "rec -q -t raw -e signed -b 16 -r 16000 -c 1 -",
    if cfg!(target_os = "macos") {
        "ffmpeg -loglevel error -f avfoundation -i :default -f s16le -ar 16000 -ac 1 -"
    } else {
        "ffmpeg -loglevel error -f alsa -i default -f s16le -ar 16000 -ac 1 -"
    },
];

/// Options of the microphone.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Seconds to listen for at most
    #[arg(long, value_name = "SECONDS", default_value_t = 30, requires = "mic")]
    seconds: u32,
    /// Command that writes 16-bit little-endian mono samples at 16 kHz to its standard output
    #[arg(long, value_name = "COMMAND", requires = "mic")]
    recorder: Option<String>,
}

/// Listens until something is recognized or the time is up.
pub(super) fn identify(options: &Options, library: &Library, query: &Query) -> Result<Identified> {
    let mut recorder = Recorder::start(options.recorder.as_deref())?;
    let bar = progress_bar(u64::from(options.seconds), "{msg}  {pos}/{len} s");
    let mut clip = Clip::new()?;
    let mut next_search_ms = FIRST_SEARCH_MS;
    let mut identified = clip.search(library, query);
    while clip.n_ms() < u64::from(options.seconds) * 1000 && identified.found.is_empty() {
        let block = recorder.next()?;
        if block.is_empty() {
            break;
        }
        clip.push(&block);
        show_level(&bar, &block);
        bar.set_position(clip.n_ms() / 1000);
        if clip.n_ms() >= next_search_ms {
            next_search_ms += SEARCH_STEP_MS;
            identified = clip.search(library, query);
        }
    }
    if identified.found.is_empty() {
        // What came after the last search.
        identified = clip.search(library, query);
    }
    bar.finish_and_clear();
    Ok(identified)
}

/// What was heard so far.
struct Clip {
    extractor: Extractor,
    peaks: Vec<Peak>,
    n_samples: u64,
    front_end: Duration,
}

impl Clip {
    fn new() -> Result<Self> {
        Ok(Self { extractor: Extractor::new(RATE_HZ, 1)?, peaks: Vec::new(), n_samples: 0, front_end: Duration::ZERO })
    }

    fn n_ms(&self) -> u64 {
        self.n_samples * 1000 / u64::from(RATE_HZ)
    }

    fn push(&mut self, block: &[f32]) {
        let begun = Instant::now();
        self.extractor.push(block);
        self.peaks.extend(self.extractor.take_peaks());
        self.n_samples += block.len() as u64;
        self.front_end += begun.elapsed();
    }

    fn search(&self, library: &Library, query: &Query) -> Identified {
        let begun = Instant::now();
        let clip = Fingerprint::from_peaks(self.peaks.clone(), self.n_ms());
        let found = query.search(library, &clip);
        let search = begun.elapsed();
        Identified { clip: "microphone".to_owned(), duration_ms: self.n_ms(), found, front_end: self.front_end, search }
    }
}

/// A running recorder; ended when it is dropped.
struct Recorder {
    child: Child,
    out: ChildStdout,
    command: String,
    /// Samples that were read to see whether there are any.
    first: Vec<f32>,
}

impl Recorder {
    /// Starts the given recorder, or the first that is installed and hears something.
    fn start(command: Option<&str>) -> Result<Self> {
        let commands = command.as_slice();
        let mut silent = Vec::new();
        for &command in if commands.is_empty() { RECORDERS } else { commands } {
            let started = Self::spawn(command).with_context(|| format!("cannot start `{command}`"))?;
            let Some(mut recorder) = started else { continue };
            // A program for a sound system that does not run ends at once.
            recorder.first = recorder.read()?;
            if !recorder.first.is_empty() {
                return Ok(recorder);
            }
            silent.push(command);
        }
        if !silent.is_empty() {
            bail!("nothing was recorded by `{}`", silent.join("`, `"));
        }
        match command {
            Some(command) => bail!("there is no program of that name: `{command}`"),
            None => {
                let names: Vec<&str> = RECORDERS.iter().filter_map(|command| command.split(' ').next()).collect();
                bail!("no recorder is installed: install one of {}, or name one with --recorder", names.join(", "))
            }
        }
    }

    /// Starts a program; `None` where it is not installed.
    fn spawn(command: &str) -> io::Result<Option<Self>> {
        let mut words = command.split_whitespace();
        let Some(program) = words.next() else { return Ok(None) };
        let spawned = Command::new(program).args(words).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = match spawned {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            spawned => spawned?,
        };
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Some(Self { child, out, command: command.to_owned(), first: Vec::new() }))
    }

    /// Returns the next samples, none at the end.
    fn next(&mut self) -> Result<Vec<f32>> {
        if self.first.is_empty() { self.read() } else { Ok(std::mem::take(&mut self.first)) }
    }

    fn read(&mut self) -> Result<Vec<f32>> {
        let mut bytes = Vec::with_capacity(2 * BLOCK_LEN);
        let read = self.out.by_ref().take(2 * BLOCK_LEN as u64).read_to_end(&mut bytes);
        read.with_context(|| format!("cannot read from `{}`", self.command))?;
        Ok(bytes.as_chunks().0.iter().map(|two| f32::from(i16::from_le_bytes(*two)) / 32_768.0).collect())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Shows how loud the sound is, so that a silent microphone is noticed.
fn show_level(bar: &ProgressBar, block: &[f32]) {
    let peak = block.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    bar.set_message(format!("listening {:<20}", "▮".repeat(level(peak))));
}

/// Steps of 3 dB below full scale, of 20.
fn level(peak: f32) -> usize {
    let below_db = -20.0 * peak.max(1e-6).log10();
    (20.0 - below_db / 3.0).clamp(0.0, 20.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_goes_from_silence_to_full_scale() {
        assert_eq!([0.0, 0.001, 0.5, 1.0].map(level), [0, 0, 17, 20]);
    }
}
