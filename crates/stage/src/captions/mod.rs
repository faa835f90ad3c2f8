//! Captions: from spoken words to lines that can be read, as files and in the picture.

mod breaks;
mod cue;
mod files;
mod pieces;
mod split;
mod track;

pub use cue::{Cue, CueRules, CueWord, cues};
pub use files::{to_json, to_srt, to_vtt};
pub use track::{CaptionKey, CaptionLook, CaptionTrack};

/// How much of the width of the canvas captions may take.
const WIDTH_MAX: f64 = 0.88;
