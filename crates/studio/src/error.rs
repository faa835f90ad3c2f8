//! What can go wrong with a render, told apart by what the caller can do about it.

use std::path::{Path, PathBuf};

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a document was not rendered.
///
/// What is missing (a picture, a voice, an avatar) never ends a render: there is a stand-in and a warning in the report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document breaks a rule; the text names the path in it.
    #[error("the document cannot be rendered")]
    Document(#[source] stage::document::DocumentError),
    /// A file operation of our own was refused.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, as an infinitive.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Encoding or writing failed.
    #[error("cannot make the file")]
    Media(#[from] media::Error),
    /// A scene could not be drawn.
    #[error("cannot draw scene {scene}")]
    Stage {
        /// The scene's number, from 1.
        scene: usize,
        /// The stage's reason.
        #[source]
        source: stage::StageError,
    },
    /// The request asks for what the document does not have.
    #[error("{0}")]
    Request(String),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// Our fault.
    #[error("the render failed: {0}")]
    Internal(String),
}

/// The classes of [`Error`] that callers branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The document or the request is wrong; trying again changes nothing.
    Invalid,
    /// The document asks for more than is allowed.
    Limit,
    /// A file could not be read or written; trying again may help.
    Io,
    /// The caller asked to stop.
    Cancelled,
    /// Our fault.
    Internal,
}

impl Error {
    /// Returns the class of this error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Document(_) | Self::Request(_) => ErrorKind::Invalid,
            Self::Io { .. } => ErrorKind::Io,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Media(error) => match error.kind() {
                media::ErrorKind::Io => ErrorKind::Io,
                media::ErrorKind::Malformed | media::ErrorKind::Unsupported => ErrorKind::Invalid,
                media::ErrorKind::Limit => ErrorKind::Limit,
                media::ErrorKind::Cancelled => ErrorKind::Cancelled,
                media::ErrorKind::Internal => ErrorKind::Internal,
            },
            Self::Stage { .. } | Self::Internal(_) => ErrorKind::Internal,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}
