//! What can go wrong.

use std::path::{Path, PathBuf};

/// The result of an operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory holds no index.
    #[error("there is no index in `{}`", .0.display())]
    NoIndex(PathBuf),
    /// Another process writes to the index.
    #[error("another process writes to the index in `{}`", .0.display())]
    Locked(PathBuf),
    /// The index was opened for reading.
    #[error("the index was opened for reading only")]
    ReadOnly,
    /// An earlier write failed half way; what was acknowledged is safe.
    #[error("an earlier write to the index failed, open it again")]
    Failed,
    /// A name that no track or bucket can have.
    #[error("the name of a {what} must have 1 to {len_max} bytes")]
    Name {
        /// Whose name.
        what: &'static str,
        /// The longest name.
        len_max: usize,
    },
    /// The bytes are not of the format they are read as.
    #[error("not a {what} file")]
    Foreign {
        /// The format that was expected.
        what: &'static str,
    },
    /// Written by a later version of this software.
    #[error("a {what} file of version {version}: this version reads up to {newest}")]
    Version {
        /// The format.
        what: &'static str,
        /// The version that was found.
        version: u16,
        /// The newest version that can be read.
        newest: u16,
    },
    /// The file breaks the rules of its format.
    #[error("damaged {what} file: {reason}")]
    Damaged {
        /// The format.
        what: &'static str,
        /// Which rule.
        reason: &'static str,
    },
    /// More than a format can hold.
    #[error("too large: {0}")]
    Limit(&'static str),
    /// A file of the index cannot be used.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<Error>,
    },
    /// A fingerprint or a segment cannot be used.
    #[error("cannot {doing}")]
    Fingerprint {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: fingerprint::Error,
    },
    /// Reading or writing failed.
    #[error("cannot {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}

/// What a caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such index.
    NotFound,
    /// The caller asked for something that cannot be.
    Invalid,
    /// Somebody else is at it.
    Conflict,
    /// It is too much.
    Limit,
    /// The files are not what they should be.
    Damaged,
    /// The disk or the system refused.
    Io,
}

impl Error {
    /// Says what a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoIndex(_) => ErrorKind::NotFound,
            Self::Locked(_) => ErrorKind::Conflict,
            Self::ReadOnly | Self::Name { .. } => ErrorKind::Invalid,
            Self::Foreign { .. } | Self::Version { .. } | Self::Damaged { .. } => ErrorKind::Damaged,
            Self::Limit(_) => ErrorKind::Limit,
            Self::File { source, .. } => source.kind(),
            Self::Fingerprint { source, .. } => match source {
                fingerprint::Error::Io { .. } => ErrorKind::Io,
                fingerprint::Error::Limit(_) => ErrorKind::Limit,
                _ => ErrorKind::Damaged,
            },
            Self::Failed | Self::Io { .. } => ErrorKind::Io,
        }
    }

    /// Says whether a file was not there.
    pub(crate) fn is_missing_file(&self) -> bool {
        match self {
            Self::File { source, .. } => source.is_missing_file(),
            Self::Io { source, .. } | Self::Fingerprint { source: fingerprint::Error::Io { source, .. }, .. } => {
                source.kind() == std::io::ErrorKind::NotFound
            }
            _ => false,
        }
    }
}

/// Adds what was done, and to which file.
pub(crate) trait Context<T> {
    /// Names the file.
    fn at(self, path: &Path) -> Result<T>;
}

impl<T> Context<T> for Result<T> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|source| Error::File { path: path.to_owned(), source: Box::new(source) })
    }
}

/// Says what was being done when the system refused.
pub(crate) trait Doing<T> {
    /// Completes "cannot …".
    fn doing(self, doing: &'static str) -> Result<T>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T> {
        self.map_err(|source| Error::Io { doing, source })
    }
}

impl<T> Doing<T> for fingerprint::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T> {
        self.map_err(|source| Error::Fingerprint { doing, source })
    }
}
