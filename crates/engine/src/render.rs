//! The work itself: what `media` does for a job, in the engine's words.

use std::ops::ControlFlow;
use std::path::Path;

use crate::job::Failure;
use crate::worker::WorkError;

/// What a file turned out to be.
#[derive(Debug)]
pub(crate) struct SourceAudio {
    pub(crate) media_type: &'static str,
    pub(crate) extension: &'static str,
    pub(crate) title: Option<String>,
    pub(crate) artist: Option<String>,
    pub(crate) lyric: Option<String>,
    pub(crate) duration_ms: i64,
}

/// How a video is labelled.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The title.
    pub title: &'a str,
    /// The artist.
    pub artist: &'a str,
}

pub(crate) fn inspect(_path: &Path, _duration_max_s: u64) -> Result<SourceAudio, Failure> {
    Err(Failure::new(crate::FailureCode::BadSource, "pending merge"))
}

pub(crate) fn cover_video(
    _audio: &Path,
    _cover: Option<&Path>,
    _names: Names<'_>,
    _out: &Path,
    _progress: &mut dyn FnMut(u8) -> ControlFlow<()>,
) -> Result<(), WorkError> {
    Err(WorkError::Stopped)
}

pub(crate) fn wav(
    _audio: &Path,
    _out: &Path,
    _progress: &mut dyn FnMut(u8) -> ControlFlow<()>,
) -> Result<(), WorkError> {
    Err(WorkError::Stopped)
}
