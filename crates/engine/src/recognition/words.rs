//! How the door of this domain words what the engine sends or writes by itself.

use super::container::Container;
use super::file::BucketFile;
use super::scan::Scan;

/// A door's words. Accounts are named by their number.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The body that tells a callback URL how a scan ended.
    pub scan_callback: fn(account_number: i64, scan: &Scan, container: &Container) -> String,
    /// The first line of a dump.
    pub dump_columns: &'static [&'static str],
    /// A file's line in a dump.
    pub dump_row: fn(account_number: i64, file: &BucketFile) -> Vec<String>,
    /// A file's entry in an offline database: JSON, at most 64 KiB of it.
    pub offline_entry: fn(file: &BucketFile) -> String,
}
