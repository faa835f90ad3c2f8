//! Why a use case was refused or failed; every door maps these to its own words in one `match`.

use std::time::Duration;

use crate::access::AuthFailure;
use crate::blobs::BlobError;
use crate::job::Failure;
use crate::recognition::HearingError;
use crate::store::StoreError;

/// The result of every use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller was not let in.
    #[error(transparent)]
    Auth(#[from] AuthFailure),
    /// The credential calls too often.
    #[error("too many requests")]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
    },
    /// The account has as many unfinished jobs as it may have.
    #[error("too many unfinished jobs, at most {limit} are allowed")]
    QueueFull {
        /// The limit.
        limit: i64,
    },
    /// A value in the request is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// The request's member, in the door's spelling.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// No such row, or not the caller's.
    #[error("no {what} `{id}`")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// A scene document cannot be rendered.
    #[error("{0}")]
    Document(stage::document::DocumentError),
    /// The change contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// No balance covers the price.
    #[error("the balance is not sufficient")]
    InsufficientBalance,
    /// The work did not end within the time a caller may wait; it goes on.
    #[error("the work is not finished yet")]
    TooSlow,
    /// The file given with the request cannot be used.
    #[error("{}", .0.message)]
    Refused(Failure),
    /// The index failed.
    #[error(transparent)]
    Hearing(#[from] HearingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// The classes of [`Error`] that callers branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller may not.
    Denied,
    /// The request is wrong.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// Something is in the way.
    Conflict,
    /// Too much, too often, too dear or too slow.
    Limit,
    /// Our fault.
    Internal,
}

impl Error {
    /// Returns the class of this error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Auth(_) => ErrorKind::Denied,
            Self::RateLimited { .. } | Self::QueueFull { .. } | Self::InsufficientBalance | Self::TooSlow => {
                ErrorKind::Limit
            }
            Self::Invalid { .. } | Self::Refused(_) | Self::Document(_) => ErrorKind::Invalid,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::Hearing(_) | Self::Store(_) | Self::Blob(_) => ErrorKind::Internal,
        }
    }
}
