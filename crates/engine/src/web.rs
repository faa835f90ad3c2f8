//! What the engine asks of the outside world: fetching a user's URL, delivering a callback.

use std::path::Path;

use async_trait::async_trait;
use url::Url;

/// The one way out. Implementations check the address they connect to, on every redirect.
#[async_trait]
pub trait Web: Send + Sync {
    /// Downloads `url` into the new file `into`, at most `bytes_max` bytes.
    async fn fetch(&self, url: &Url, into: &Path, bytes_max: u64) -> Result<Fetched, WebError>;

    /// Tells whether `url` may be posted to, as far as can be told without connecting.
    async fn check(&self, url: &Url) -> Result<(), WebError>;

    /// Posts `body` as JSON with more headers and returns the status; one outside 2xx is [`WebError::Status`].
    ///
    /// Redirects are not followed.
    async fn post_json(&self, url: &Url, body: String, headers: &[(&'static str, String)]) -> Result<u16, WebError>;
}

/// What a download brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The size of the file.
    pub n_bytes: u64,
    /// The lower-case hex SHA-256 of its bytes.
    pub sha256: String,
}

/// Why a request to the outside failed.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Outbound requests are switched off, or the address is one that users may not reach.
    #[error("address not allowed: {0}")]
    Refused(String),
    /// The server answered, but not with success.
    #[error("the server answered {0}")]
    Status(u16),
    /// The body is larger than allowed.
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    /// No connection, a broken one, or too slow a one.
    #[error("{0}")]
    Transport(String),
    /// The file could not be written.
    #[error("cannot write the downloaded file")]
    Io(#[source] std::io::Error),
}

impl WebError {
    /// Tells whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) | Self::TooLarge(_) => false,
            Self::Status(status) => *status >= 500 || *status == 429 || *status == 408,
            Self::Transport(_) | Self::Io(_) => true,
        }
    }
}
