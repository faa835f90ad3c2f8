//! What can go wrong.

/// The result of an operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The front end reads 4 to 384 kHz.
    #[error("unsupported sample rate `{0}` Hz: expected 4000 to 384000")]
    SampleRate(u32),
    /// The front end mixes 1 to 64 channels.
    #[error("unsupported channel count `{0}`: expected 1 to 64")]
    ChannelCount(usize),
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
    /// More than the format can hold.
    #[error("too large: {0}")]
    Limit(&'static str),
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
