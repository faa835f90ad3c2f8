//! Answers for people as text, for scripts as JSON.

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
    /// Prints one thing: all members for scripts, those that are set for people.
    pub(super) fn one(self, thing: &impl Serialize) -> Result<()> {
        let value = serde_json::to_value(thing)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&value)?);
            return Ok(());
        }
        let members = value.as_object().into_iter().flatten();
        let width = members.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, member) in members {
            println!("{name:width$}  {}", cell(member));
        }
        Ok(())
    }

    /// Prints a list: an array for scripts, a table of the given columns for people.
    pub(super) fn list(self, things: &impl Serialize, columns: &[&str]) -> Result<()> {
        let value = serde_json::to_value(things)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&value)?);
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(columns.iter().map(|column| column.replace('_', " ")));
        for thing in value.as_array().into_iter().flatten() {
            table.add_row(columns.iter().map(|column| cell(&thing[*column])));
        }
        println!("{}", table.trim_fmt());
        Ok(())
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
