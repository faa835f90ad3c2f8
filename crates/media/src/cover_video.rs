//! One still picture and one audio track become an MP4 file.

use std::ops::ControlFlow;
use std::path::Path;

use crate::cover::CoverFrame;
use crate::h264::{STILL_QP, encode_still};
use crate::mp4::{Mp4Options, Mp4Report, Mp4Tags, write_still_video};
use crate::{PacketSource, Result};

/// Encodes `frame` once and writes it to `out`, held as long as `audio` sounds.
///
/// See [`write_still_video`] for progress, cancellation and what is left behind on errors.
///
/// # Errors
///
/// Those of [`encode_still`] and [`write_still_video`].
pub fn write_cover_video(
    out: &Path,
    audio: &mut dyn PacketSource,
    frame: &CoverFrame,
    tags: &Mp4Tags,
    progress: &mut dyn FnMut(u64, Option<u64>) -> ControlFlow<()>,
) -> Result<Mp4Report> {
    let video = encode_still(frame, STILL_QP)?;
    write_still_video(out, audio, &video, tags, &Mp4Options::default(), progress)
}
