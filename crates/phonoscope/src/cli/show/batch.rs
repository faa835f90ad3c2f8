//! `batch`: a video for each row of a table, from one template.
//!
//! Rows are read one after another and rendered by as many threads as there are cores, over one studio: what rows have in common is made once.
//! What has been finished is noted in the folder, so that a batch that was cut off goes on, and one whose table has changed makes what has changed.

mod journal;
mod report;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use stage::document::Template;
use studio::Studio;
use tokio::runtime::Handle;

use super::fetch::Downloads;
use super::render::{OutputSize, read, write_beside};
use crate::cli::Global;
use crate::cli::output::Format;
use journal::Journal;
use report::{Outcome, Report, State};
use table::{Row, Table};

/// What is below the help.
pub(in crate::cli) const AFTER_HELP: &str = "\
In the template, any string may hold placeholders such as {{name}}; the first row of the table has their names, each further row a value for
each. {{{{ stands for {{ itself. A row that fails does not stop the others; report.csv in the folder tells of each. Run again, the command
renders what is missing and what has changed.";

/// `phonoscope batch`
#[derive(Debug, Args)]
pub(in crate::cli) struct BatchArgs {
    /// The template: a scene document (JSON) with placeholders
    template: PathBuf,
    /// The table (CSV)
    table: PathBuf,
    /// The folder for the videos and report.csv
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// The column that the videos are named by [default: the number of the row]
    #[arg(long, value_name = "COLUMN")]
    name: Option<String>,
    /// What is between the columns of the table
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = parse_delimiter)]
    delimiter: u8,
    #[command(flatten)]
    size: OutputSize,
    /// Do not write the captions (.srt, .vtt) and the times of scenes and words (.times.json) beside the videos
    #[arg(long)]
    only_video: bool,
    /// Videos rendered at the same time [default: as many as cores]
    #[arg(long, value_name = "N")]
    workers: Option<NonZero<usize>>,
    #[command(flatten)]
    format: Format,
}

fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        &[byte] if !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(&byte) => Ok(byte),
        _ => Err("one character such as `,` or `;`, or `\\t`".to_owned()),
    }
}

/// Renders; Ctrl-C leaves only whole files behind.
pub(in crate::cli) async fn run(global: &Global, args: BatchArgs) -> Result<()> {
    let stop = super::stop_flag();
    let (text, beside) = read(&args.template)?;
    let template =
        Template::from_json(&text).with_context(|| format!("`{}` is no template", args.template.display()))?;
    let table = Table::open(&args.table, args.delimiter, args.name.as_deref())?;
    check_columns(&template, &table)?;
    std::fs::create_dir_all(&args.output).with_context(|| format!("cannot make `{}`", args.output.display()))?;
    let journal = Journal::open(&args.output)?;
    let (studio, config) = super::studio(global)?;
    let downloads = Downloads::new(&config)?;
    let runtime = Handle::current();
    let done = tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        let report = Report::begin(&args.output, table.n_rows())?;
        let constants = template.constants();
        let bar = progress_bar(table.n_rows());
        let (template, journal) = (&template, Mutex::new(journal));
        let batch = Batch {
            args: &args,
            template,
            constants,
            beside: &beside,
            studio: &studio,
            downloads: &downloads,
            runtime,
            journal,
            report: Mutex::new(report),
            bar,
            stop: &stop,
        };
        batch.run(&table)?;
        let report = batch.report.into_inner().unwrap_or_else(PoisonError::into_inner);
        batch.bar.finish_and_clear();
        conclude(report, begun.elapsed(), args.format)
    });
    done.await.context("the batch died")?
}

/// Refuses a table that lacks a column for a placeholder, with the places in the document.
fn check_columns(template: &Template, table: &Table) -> Result<()> {
    let columns = table.columns().map(|column| (column.to_owned(), String::new())).collect();
    let missing = template.fill_value(&columns).map(|_| ());
    missing.with_context(|| {
        let columns: Vec<&str> = table.columns().collect();
        format!("the table has the columns `{}`", columns.join("`, `"))
    })
}

/// Prints the sums, and fails if anything has.
fn conclude(mut report: Report, took: Duration, format: Format) -> Result<()> {
    report.save()?;
    let n = |state: State| report.count(state);
    let (n_failed, n_stopped) = (n(State::Failed), n(State::Stopped));
    format.one(&json!({
        "videos": report.n_rows(),
        "rendered": n(State::Done),
        "unchanged": n(State::Unchanged),
        "failed": n_failed,
        "seconds": (took.as_secs_f64() * 100.0).round() / 100.0,
        "report": report.path(),
    }))?;
    ensure!(n_stopped == 0, "stopped: {n_stopped} of {} videos are left", report.n_rows());
    ensure!(n_failed == 0, "{n_failed} of {} videos failed, see `{}`", report.n_rows(), report.path().display());
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
fn progress_bar(n_rows: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(n_rows as u64 * 100);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed}  {eta} left  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Everything that the threads share.
struct Batch<'a> {
    args: &'a BatchArgs,
    template: &'a Template,
    /// The strings that all documents have in common.
    constants: BTreeSet<&'a str>,
    /// The folder that names of files start from.
    beside: &'a Path,
    studio: &'a Studio,
    downloads: &'a Downloads,
    runtime: Handle,
    journal: Mutex<Journal>,
    report: Mutex<Report>,
    bar: ProgressBar,
    stop: &'a AtomicBool,
}

impl Batch<'_> {
    fn run(&self, table: &Table) -> Result<()> {
        let n_cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let n_threads = self.args.workers.map_or(n_cores, NonZero::get).min(table.n_rows()).max(1);
        // Few rows share the cores.
        let n_workers = NonZero::new((n_cores / n_threads).max(1));
        let mut rows = table.rows()?;
        // Until one video has been rendered, one at a time on all cores: what it has in common with the others is then there.
        for row in &mut rows {
            if self.is_stopped() || self.make(row?, None)? == State::Done {
                break;
            }
        }
        // Short, so that memory does not grow with the table.
        let (sender, receiver) = mpsc::sync_channel::<Row>(n_threads * 2);
        let receiver = Mutex::new(receiver);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(|| self.make_all(&receiver, n_workers))).collect();
            let mut read = Ok(());
            for row in rows {
                match row {
                    Ok(row) => {
                        if self.is_stopped() || sender.send(row).is_err() {
                            break;
                        }
                    }
                    Err(error) => {
                        read = Err(error);
                        break;
                    }
                }
            }
            drop(sender);
            for thread in threads {
                thread.join().unwrap_or_else(|_| bail!("a thread died"))?;
            }
            read
        })
    }

    /// Makes the videos of rows until no more come. After an error it still takes them, for whoever sends waits for that.
    fn make_all(&self, rows: &Mutex<mpsc::Receiver<Row>>, n_workers: Option<NonZero<usize>>) -> Result<()> {
        let mut result = Ok(());
        loop {
            let next = rows.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(row) = next else { return result };
            if let Err(error) = self.make(row, n_workers) {
                // The others end, too.
                self.stop.store(true, Ordering::Relaxed);
                result = Err(error);
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Makes the video of a row, unless it is there; an error only when the batch cannot go on.
    fn make(&self, row: Row, n_workers: Option<NonZero<usize>>) -> Result<State> {
        if self.is_stopped() {
            return Ok(State::Stopped);
        }
        let begun = Instant::now();
        let (number, name) = (row.number, row.name.as_ref().ok().cloned());
        let mut shown = 0;
        let outcome = match self.render(row, n_workers, &mut shown) {
            Ok(state) => Outcome { state, name, took: begun.elapsed(), error: String::new() },
            Err(_) if self.is_stopped() => return Ok(State::Stopped),
            Err(error) => {
                let error = format!("{error:#}");
                self.bar.suspend(|| eprintln!("row {number}: {error}"));
                Outcome { state: State::Failed, name, took: begun.elapsed(), error }
            }
        };
        self.bar.inc(100_u64.saturating_sub(shown));
        let state = outcome.state;
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.add(number, outcome)?;
        let (n_done, n_failed) = (report.n_told(), report.count(State::Failed));
        self.bar.set_message(format!("{n_done} of {} videos, {n_failed} failed", report.n_rows()));
        Ok(state)
    }

    /// Renders a row; `shown` is how many percent the bar has been told of.
    fn render(&self, row: Row, n_workers: Option<NonZero<usize>>, shown: &mut u64) -> Result<State> {
        let values: BTreeMap<String, String> = row.values.map_err(anyhow::Error::msg)?;
        let name = row.name.map_err(anyhow::Error::msg)?;
        let project = self.template.fill(&values)?;
        let sources = self.runtime.block_on(self.downloads.fetch(&project, self.beside, &self.constants))?;
        let options = studio::RenderOptions { n_workers, ..self.args.size.options(&project) };
        let video = self.args.output.join(format!("{name}.mp4"));
        let key = journal::key(&project, &sources, &options, self.args.only_video);
        if self.journal.lock().unwrap_or_else(PoisonError::into_inner).is_made(&name, &key, &video) {
            return Ok(State::Unchanged);
        }
        super::check_target(&video)?;
        let mut progress = |progress: studio::Progress| {
            let percent = u64::from(progress.percent()).max(*shown);
            self.bar.inc(percent - *shown);
            *shown = percent;
            if self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let made = self.studio.render(&project, &sources, &options, &video, &mut progress)?;
        for warning in &made.warnings {
            self.bar.suspend(|| eprintln!("row {}: warning: {warning}", row.number));
        }
        if !self.args.only_video {
            write_beside(&video, &made)?;
        }
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).note(&name, &key, made.file_bytes)?;
        Ok(State::Done)
    }
}
