//! What can go wrong with speech, told apart by what the caller can do about it.

use std::path::{Path, PathBuf};

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a text could not be spoken or a voice could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused a file operation.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, as an infinitive: "read", "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A voice file or an answer is not what it claims to be.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// What was read, such as "voice.onnx".
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The input is valid, but nothing here can use it.
    #[error("unsupported {what}: {reason}")]
    Unsupported {
        /// What was met.
        what: String,
        /// What would help.
        reason: String,
    },
    /// The input exceeds a limit that protects the machine.
    #[error("{what} is {actual}, more than the allowed {limit}")]
    Limit {
        /// What was measured, with its unit.
        what: &'static str,
        /// The value found.
        actual: u64,
        /// The largest value accepted.
        limit: u64,
    },
    /// A setting is outside its range.
    #[error("{what} is {actual}, outside of {range}")]
    OutOfRange {
        /// The setting.
        what: &'static str,
        /// Its value, as text.
        actual: String,
        /// The values accepted.
        range: &'static str,
    },
    /// A server that speaks for us did not answer, or refused.
    #[error("the speech server failed: {reason}")]
    Unavailable {
        /// Its words, or ours about it.
        reason: String,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// A library that should always succeed on what we gave it did not.
    #[error("{step} failed: {reason}")]
    Internal {
        /// The step, such as "resampling".
        step: &'static str,
        /// The library's words.
        reason: String,
    },
}

/// The classes of [`Error`] that callers branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// The input is broken.
    Malformed,
    /// The input is of a form that is not understood here.
    Unsupported,
    /// The input is too large.
    Limit,
    /// A setting is out of range.
    Invalid,
    /// A server could not be reached, or refused.
    Unavailable,
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
            Self::OutOfRange { .. } => ErrorKind::Invalid,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// Wraps the system's refusal of a file operation.
    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), source }
    }

    /// Wraps a library's failure.
    pub(crate) fn internal(step: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Internal { step, reason: reason.to_string() }
    }
}
