//! The table: a CSV file whose first row names its columns.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use csv::{Reader, ReaderBuilder, StringRecord};

/// Most characters of a video's name.
const NAME_CHARS_MAX: usize = 120;
/// What file systems do not allow in names, somewhere.
const NOT_IN_NAMES: &str = "/\\:*?\"<>|";

/// A table whose columns are known.
pub(super) struct Table {
    path: PathBuf,
    delimiter: u8,
    columns: StringRecord,
    /// The column that rows are named by.
    named_by: Option<usize>,
    n_rows: usize,
}

/// A row of a table.
pub(super) struct Row {
    /// From 1, without the row of names.
    pub(super) number: usize,
    /// The name of its video, without ending; or why it has none.
    pub(super) name: Result<String, String>,
    /// What stands in its columns; or why that cannot be told.
    pub(super) values: Result<BTreeMap<String, String>, String>,
}

impl Table {
    /// Reads the names of the columns and counts the rows.
    pub(super) fn open(path: &Path, delimiter: u8, named_by: Option<&str>) -> Result<Self> {
        let mut reader = open(path, delimiter)?;
        let columns = reader.headers().with_context(|| format!("cannot read `{}`", path.display()))?.clone();
        let columns: StringRecord = columns.iter().map(str::trim).collect();
        let mut seen = std::collections::BTreeSet::new();
        for column in &columns {
            ensure!(column.is_empty() || seen.insert(column), "the table has two columns `{column}`");
        }
        let named_by = named_by.map(|name| {
            let at = columns.iter().position(|column| column == name);
            at.with_context(|| {
                let known: Vec<&str> = columns.iter().collect();
                format!("the table has no column `{name}`, only `{}`", known.join("`, `"))
            })
        });
        let named_by = named_by.transpose()?;
        let n_rows = reader.byte_records().count();
        ensure!(n_rows > 0, "`{}` has no row below the names of its columns", path.display());
        Ok(Self { path: path.to_owned(), delimiter, columns, named_by, n_rows })
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|column| !column.is_empty())
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Reads the rows one by one; an error is one of the file, not of a row.
    pub(super) fn rows(&self) -> Result<impl Iterator<Item = Result<Row>>> {
        let records = open(&self.path, self.delimiter)?.into_records();
        let mut names = HashMap::new();
        Ok(records.zip(1..).map(move |(record, number)| {
            let values = match record {
                Ok(record) => self.values(&record),
                Err(error) if error.is_io_error() => {
                    return Err(error).with_context(|| format!("cannot read `{}`", self.path.display()));
                }
                Err(error) => Err(error.to_string()),
            };
            let name = self.name(number, values.as_ref().ok(), &mut names);
            Ok(Row { number, name, values })
        }))
    }

    fn values(&self, record: &StringRecord) -> Result<BTreeMap<String, String>, String> {
        if record.len() != self.columns.len() {
            return Err(format!("it has {} columns, not {}", record.len(), self.columns.len()));
        }
        let pairs = self.columns.iter().zip(record).filter(|(column, _)| !column.is_empty());
        Ok(pairs.map(|(column, value)| (column.to_owned(), value.to_owned())).collect())
    }

    fn name(
        &self,
        number: usize,
        values: Option<&BTreeMap<String, String>>,
        names: &mut HashMap<String, usize>,
    ) -> Result<String, String> {
        let name = match self.named_by {
            None => number.to_string(),
            Some(column) => {
                let value = values.and_then(|values| values.get(&self.columns[column]));
                file_name(value.map_or("", String::as_str))?
            }
        };
        // Some file systems take upper and lower case for the same.
        match names.insert(name.to_lowercase(), number) {
            None => Ok(name),
            Some(before) => {
                names.insert(name.to_lowercase(), before);
                Err(format!("its video would be called `{name}`, as that of row {before}"))
            }
        }
    }
}

fn open(path: &Path, delimiter: u8) -> Result<Reader<File>> {
    let reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_path(path);
    reader.with_context(|| format!("cannot read `{}`", path.display()))
}

/// Makes a name that every file system takes.
fn file_name(text: &str) -> Result<String, String> {
    let allowed = |c: char| if c.is_control() || NOT_IN_NAMES.contains(c) { '_' } else { c };
    let name: String = text.trim().chars().map(allowed).take(NAME_CHARS_MAX).collect();
    // Names that begin with a dot are hidden, and those that end with one lose it on some systems.
    let name = name.trim_matches(['.', ' ']);
    if name.is_empty() { Err("the column that videos are named by is empty".to_owned()) } else { Ok(name.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::{Row, Table, file_name};

    fn rows(text: &str, named_by: Option<&str>) -> Vec<Row> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, text).unwrap();
        let table = Table::open(&path, b',', named_by).unwrap();
        let rows: Vec<Row> = table.rows().unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), table.n_rows());
        rows
    }

    #[test]
    fn rows_have_the_values_of_their_columns() {
        let rows = rows("\u{feff}name, greeting\r\nAda,\"Hello, \"\"you\"\"\nthere\"\r\nBob,\r\n", None);
        let first = rows[0].values.as_ref().unwrap();
        assert_eq!((first["name"].as_str(), first["greeting"].as_str()), ("Ada", "Hello, \"you\"\nthere"));
        assert_eq!(rows[1].values.as_ref().unwrap()["greeting"], "");
        assert_eq!(rows[1].name.as_deref(), Ok("2"));
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_of_that_row() {
        let rows = rows("a,b\n1\n1,2\n1,2,3\n", None);
        let faults: Vec<bool> = rows.iter().map(|row| row.values.is_err()).collect();
        assert_eq!(faults, [true, false, true]);
    }

    #[test]
    fn names_are_fit_for_files_and_none_is_used_twice() {
        assert_eq!(file_name("  ../Ada/Lovelace. ").as_deref(), Ok("_Ada_Lovelace"));
        assert!(file_name(" .. ").is_err());
        let rows = rows("n\nAda\nada\n\"\"\nBob\nADA\n", Some("n"));
        let names: Vec<Option<&str>> = rows.iter().map(|row| row.name.as_deref().ok()).collect();
        assert_eq!(names, [Some("Ada"), None, None, Some("Bob"), None]);
        assert!(rows[4].name.as_ref().unwrap_err().contains("row 1"));
    }
}
