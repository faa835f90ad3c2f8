//! What is done to every voice's samples: resampling, tone, level.

mod level;
mod resample;
mod tone;

pub(crate) use level::{LOUDNESS_LUFS, gain_to, limit, loudness};
pub(crate) use resample::to_output_rate;
pub(crate) use tone::{fade_edges, without_rumble};
