//! Why a body was not read.

/// Why a body was not read; every door maps these to its own words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The content type is no form's, or names no boundary.
    #[error("the content type names no boundary")]
    NoBoundary,
    /// The body breaks the rules of its format, or ends too early.
    #[error("the body is malformed or was cut short")]
    Malformed {
        /// The part of the form that was being read.
        part: Option<String>,
    },
    /// The client was silent for too long.
    #[error("the body arrives too slowly")]
    TooSlow {
        /// The part of the form that was being read.
        part: Option<String>,
    },
    /// The form has too many parts.
    #[error("the form has more than {n_max} parts")]
    TooManyParts {
        /// The limit.
        n_max: usize,
    },
    /// A file was sent twice.
    #[error("the form has more than one part `{part}`")]
    Repeated {
        /// The name of the part.
        part: String,
    },
    /// A part that is text is too long.
    #[error("the part `{part}` is longer than {n_bytes_max} bytes")]
    TextTooLong {
        /// The name of the part.
        part: String,
        /// The limit.
        n_bytes_max: usize,
    },
    /// A part that should be text is not UTF-8.
    #[error("the part `{part}` is not UTF-8 text")]
    NotText {
        /// The name of the part.
        part: String,
    },
    /// A file is too large.
    #[error("the file `{part}` is larger than {n_bytes_max} bytes")]
    FileTooLarge {
        /// The name of the part.
        part: String,
        /// The limit.
        n_bytes_max: u64,
    },
    /// The body as a whole is too large.
    #[error("the body is larger than {n_bytes_max} bytes")]
    BodyTooLarge {
        /// The part of the form that was being read.
        part: Option<String>,
        /// The limit.
        n_bytes_max: u64,
    },
    /// The scratch file could not be written.
    #[error("cannot write an uploaded file")]
    Disk(#[from] std::io::Error),
}

impl Error {
    /// Returns the part of the form that is to blame, if one is.
    pub fn part(&self) -> Option<&str> {
        match self {
            Self::Malformed { part } | Self::TooSlow { part } | Self::BodyTooLarge { part, .. } => part.as_deref(),
            Self::Repeated { part }
            | Self::TextTooLong { part, .. }
            | Self::NotText { part }
            | Self::FileTooLarge { part, .. } => Some(part),
            Self::NoBoundary | Self::TooManyParts { .. } | Self::Disk(_) => None,
        }
    }
}
