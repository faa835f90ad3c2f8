//! What is wrong with a document, and where.

use std::fmt;

/// How many faults are told at most.
pub(super) const N_ISSUES_MAX: usize = 20;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The way to the value, such as `scenes[0].layers[2].font_size`; empty for the document as a whole.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// Why a document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    Malformed(String),
    /// It is larger than [`DOCUMENT_BYTES_MAX`](super::limits::DOCUMENT_BYTES_MAX).
    #[error("the document has {n_bytes} bytes; at most {max} are read")]
    TooLarge {
        /// Its size.
        n_bytes: usize,
        /// The limit.
        max: usize,
    },
    /// It is of a version that this program does not know.
    #[error("version: version {found} is not known; this program reads version {known}")]
    Version {
        /// What the document says.
        found: String,
        /// What can be read.
        known: u32,
    },
    /// Values in it are wrong.
    #[error("{}", show(.0))]
    Invalid(Vec<Issue>),
}

impl DocumentError {
    /// The faults, if the document could be read at all.
    pub fn issues(&self) -> &[Issue] {
        match self {
            Self::Invalid(issues) => issues,
            _ => &[],
        }
    }
}

fn show(issues: &[Issue]) -> String {
    let lines: Vec<String> = issues.iter().map(Issue::to_string).collect();
    lines.join("\n")
}
