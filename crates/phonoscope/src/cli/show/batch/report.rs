//! `report.csv`: what became of each row.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

/// The report's name in the folder of the videos.
const FILE: &str = "report.csv";
const HEADER: [&str; 5] = ["row", "state", "file", "seconds", "error"];
/// Time between two writes of the report while the batch is going on.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its video was rendered.
    Done,
    /// Its video was there.
    Unchanged,
    /// There is no video of it.
    Failed,
    /// The batch was stopped before its turn.
    Stopped,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// What is told of a row.
pub(super) struct Outcome {
    pub(super) state: State,
    /// The video's name without ending, if it has one.
    pub(super) name: Option<String>,
    pub(super) took: Duration,
    pub(super) error: String,
}

/// The report in memory.
pub(super) struct Report {
    path: PathBuf,
    n_rows: usize,
    told: BTreeMap<usize, Outcome>,
    saved: Instant,
}

impl Report {
    pub(super) fn begin(folder: &Path, n_rows: usize) -> Result<Self> {
        let report = Self { path: folder.join(FILE), n_rows, told: BTreeMap::new(), saved: Instant::now() };
        crate::cli::show::check_target(&report.path)?;
        Ok(report)
    }

    /// Adds a row, by its number from 1, and writes the report now and then.
    pub(super) fn add(&mut self, row: usize, outcome: Outcome) -> Result<()> {
        self.told.insert(row, outcome);
        if self.saved.elapsed() >= SAVE_EVERY { self.save() } else { Ok(()) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Returns how many rows have been told of.
    pub(super) fn n_told(&self) -> usize {
        self.told.len()
    }

    pub(super) fn count(&self, state: State) -> usize {
        match state {
            State::Stopped => self.n_rows - self.told.len(),
            _ => self.told.values().filter(|outcome| outcome.state == state).count(),
        }
    }

    /// Writes the report, whole or not at all. Rows that were not told of are `stopped`.
    pub(super) fn save(&mut self) -> Result<()> {
        self.saved = Instant::now();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER)?;
        for row in 1..=self.n_rows {
            let number = row.to_string();
            match self.told.get(&row) {
                Some(Outcome { state, name, took, error }) => {
                    let has_file = *state != State::Failed;
                    let file = name.as_ref().filter(|_| has_file).map(|name| format!("{name}.mp4")).unwrap_or_default();
                    let seconds = format!("{:.2}", took.as_secs_f64());
                    writer.write_record([number.as_str(), state.word(), &file, &seconds, error])?;
                }
                None => writer.write_record([number.as_str(), State::Stopped.word(), "", "", ""])?,
            }
        }
        crate::cli::show::write(&self.path, &writer.into_inner()?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, Report, State};

    #[test]
    fn the_report_has_a_line_for_each_row() {
        let folder = tempfile::tempdir().unwrap();
        let mut report = Report::begin(folder.path(), 3).unwrap();
        let took = Duration::from_millis(1500);
        let error = "a, \"b\"\nc".to_owned();
        report.add(3, Outcome { state: State::Failed, name: None, took, error }).unwrap();
        report
            .add(1, Outcome { state: State::Done, name: Some("Ada".to_owned()), took, error: String::new() })
            .unwrap();
        assert_eq!([State::Done, State::Failed, State::Stopped].map(|state| report.count(state)), [1, 1, 1]);
        report.save().unwrap();
        let text = std::fs::read_to_string(folder.path().join("report.csv")).unwrap();
        let lines =
            "row,state,file,seconds,error\n1,done,Ada.mp4,1.50,\n2,stopped,,,\n3,failed,,1.50,\"a, \"\"b\"\"\nc\"\n";
        assert_eq!(text, lines);
    }
}
