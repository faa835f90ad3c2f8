//! Answers for people as text, for scripts as JSON.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use comfy_table::Table;
use serde::Serialize;
use serde_json::Value;

/// How a command prints its answer.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Format {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Format {
    /// Says whether a script reads the answer.
    pub(super) fn is_json(self) -> bool {
        self.json
    }

    /// Prints one thing: all members for scripts, those that are set for people.
    pub(super) fn one(self, thing: &impl Serialize) -> Result<()> {
        let value = serde_json::to_value(thing)?;
        if self.json {
            return print(&serde_json::to_string_pretty(&value)?);
        }
        let members = value.as_object().into_iter().flatten();
        let width = members.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
        let lines: Vec<String> = members.map(|(name, member)| format!("{name:width$}  {}", cell(member))).collect();
        print(&lines.join("\n"))
    }

    /// Prints a list: an array for scripts, a table of the given columns for people.
    pub(super) fn list(self, things: &impl Serialize, columns: &[&str]) -> Result<()> {
        let value = serde_json::to_value(things)?;
        if self.json {
            return print(&serde_json::to_string_pretty(&value)?);
        }
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(columns.iter().map(|column| column.replace('_', " ")));
        for thing in value.as_array().into_iter().flatten() {
            table.add_row(columns.iter().map(|column| cell(&thing[*column])));
        }
        print(&table.trim_fmt())
    }
}

/// Prints as `println!` does, except that a reader that went away, as `head` does, is no panic.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::output::print(&format!($($text)*))
    };
}

pub(super) use say;

/// Prints text with a line end; a reader that went away, as `head` does, is no error.
pub(super) fn print(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
