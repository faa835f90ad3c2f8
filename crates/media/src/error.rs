//! What can go wrong with media, told apart by what the caller can do about it.

use std::path::{Path, PathBuf};

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a file could not be read, decoded, drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused a file operation.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, as an infinitive: "open", "read", "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are not a valid file of the format they claim to be.
    #[error("malformed {format}: {reason}")]
    Malformed {
        /// The format's usual name, such as "MP3".
        format: String,
        /// What is wrong with the bytes.
        reason: String,
    },
    /// The format is valid or unknown, but nothing here reads it.
    #[error("unsupported {what}: {reason}")]
    Unsupported {
        /// The format's usual name, as far as it was recognized.
        what: String,
        /// What would help.
        reason: String,
    },
    /// The file exceeds a limit that protects the machine.
    #[error("{what} is {actual}, more than the allowed {limit}")]
    Limit {
        /// What was measured, with its unit.
        what: &'static str,
        /// The value found.
        actual: u64,
        /// The largest value accepted.
        limit: u64,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// A library that should always succeed on what we gave it did not.
    #[error("{step} failed: {reason}")]
    Internal {
        /// The step, such as "H.264 encoding".
        step: &'static str,
        /// The library's words.
        reason: String,
    },
}

/// The classes of [`Error`] that callers branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file could not be opened, read or written.
    Io,
    /// The input is broken.
    Malformed,
    /// The input is of a format that is not read here.
    Unsupported,
    /// The input is too large.
    Limit,
    /// The caller asked to stop.
    Cancelled,
    /// Our fault.
    Internal,
}

impl Error {
    /// Returns the class of this error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::Io,
            Self::Malformed { .. } => ErrorKind::Malformed,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Limit { .. } => ErrorKind::Limit,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// Wraps an I/O error with what was tried on which file.
    pub fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// Describes broken input.
    pub fn malformed(format: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Malformed { format: format.into(), reason: reason.into() }
    }

    /// Describes input of a format that is not read here.
    pub fn unsupported(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), reason: reason.into() }
    }
}
