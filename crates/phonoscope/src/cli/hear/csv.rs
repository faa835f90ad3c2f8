//! `identify --csv`: a table with a row per match, and one per clip without.
//!
//! `query,matched,track,ref_time_s,query_time_s,score,ms`: the clip as it was named; 1 or 0; the track as it was named when it was added; the track's
//! time at `query_time_s` of the clip, which is the middle of what matched; the score; the time beside decoding.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::identify::Identified;
use super::milliseconds;

const HEADER: &str = "query,matched,track,ref_time_s,query_time_s,score,ms";

/// The table.
pub(super) struct Csv {
    out: BufWriter<File>,
    path: PathBuf,
}

impl Csv {
    /// Begins a table.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
        let mut csv = Self { out: BufWriter::new(file), path: path.to_owned() };
        csv.line(HEADER)?;
        Ok(csv)
    }

    /// Writes the rows of a clip.
    pub(super) fn write(&mut self, one: &Identified) -> Result<()> {
        let ms = milliseconds(one.front_end + one.search);
        for found in &one.found {
            let span_ms = &found.hit.query_ms;
            let middle_ms = (span_ms.start + span_ms.end) as f64 / 2.0;
            self.line(&format!(
                "{},1,{},{:.3},{:.3},{:.2},{ms:.3}",
                quoted(&one.clip),
                quoted(&found.track.name),
                found.hit.track_time_ms(middle_ms) / 1000.0,
                middle_ms / 1000.0,
                found.hit.score,
            ))?;
        }
        if one.found.is_empty() {
            self.line(&format!("{},0,,,,,{ms:.3}", quoted(&one.clip)))?;
        }
        Ok(())
    }

    /// Writes the row of a clip that could not be read.
    pub(super) fn write_unusable(&mut self, clip: &str) -> Result<()> {
        self.line(&format!("{},0,,,,,", quoted(clip)))
    }

    /// Ends the table.
    pub(super) fn finish(mut self) -> Result<()> {
        self.out.flush().with_context(|| format!("cannot write `{}`", self.path.display()))
    }

    fn line(&mut self, line: &str) -> Result<()> {
        writeln!(self.out, "{line}").with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}

/// Quotes a field as RFC 4180 does, where it must be.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(["a b.mp3", "a,b", "say \"ah\"\n"].map(quoted), ["a b.mp3", "\"a,b\"", "\"say \"\"ah\"\"\n\""]);
    }
}
