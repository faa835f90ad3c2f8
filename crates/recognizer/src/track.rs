//! Tracks, and what is found of them.

use std::sync::Arc;

use fingerprint::Match;

use crate::error::{Error, Result};

/// The longest name of a track, in bytes: the longest path of common systems.
pub const NAME_LEN_MAX: usize = 4096;
/// The longest name of a bucket, in bytes.
pub const BUCKET_LEN_MAX: usize = 255;

/// A track of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackInfo {
    /// The bucket it is in.
    pub bucket: Arc<str>,
    /// What it is called; no other track of its bucket is called the same.
    pub name: String,
    /// What this version of it is known by: stays when it moves, changes when it is replaced.
    pub key: u64,
    /// How long it is.
    pub duration_ms: u64,
}

/// A track that a query was recognized as.
#[derive(Clone, Debug)]
pub struct Found {
    /// The track.
    pub track: TrackInfo,
    /// Where and how well it matched; `source` and `track` are of no use outside.
    pub hit: Match,
}

pub(crate) fn check_bucket(bucket: &str) -> Result<()> {
    check("bucket", bucket, BUCKET_LEN_MAX)
}

pub(crate) fn check_name(name: &str) -> Result<()> {
    check("track", name, NAME_LEN_MAX)
}

fn check(what: &'static str, name: &str, len_max: usize) -> Result<()> {
    if name.is_empty() || name.len() > len_max { Err(Error::Name { what, len_max }) } else { Ok(()) }
}
