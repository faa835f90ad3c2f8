//! Sound: reads any audio file, converts it, encodes AAC, writes WAV.
//!
//! An *audio frame* is one sample of every channel at one instant; counts of audio frames are always at the rate
//! named beside them. Blocks of samples are interleaved `f32` in `-1.0..=1.0`, channels in WAVE order.
//! The bytes decide what a file is, its name never does.

mod aac_config;
mod aac_encode;
mod amr;
mod codec;
mod convert;
mod copy;
mod decode;
mod demux;
mod ffmpeg;
mod mp4_edit;
mod open;
mod opus_head;
mod probe;
mod sniff;
mod source;
mod trim;
pub mod wav;
mod waveform;

pub use aac_encode::{AacEncoder, AacOptions, AacSource, PacketWindow, UNIT_FRAMES};
pub use convert::Converter;
pub use copy::CopySource;
pub use decode::{DecodeOptions, Decoder, Spec};
pub use open::{AudioMode, Chosen, open_audio};
pub use probe::{Art, Probe, Tags, probe};
pub use waveform::waveform;

/// Largest number of channels accepted unless [`DecodeOptions`] says less.
pub const CHANNELS_MAX: u16 = 64;
/// Lowest sample rate accepted, in Hz.
pub const SAMPLE_RATE_MIN: u32 = 1_000;
/// Highest sample rate accepted, in Hz.
pub const SAMPLE_RATE_MAX: u32 = 768_000;
/// Longest audio accepted unless [`DecodeOptions`] says otherwise, in seconds.
pub const DURATION_S_MAX: u64 = 24 * 3600;

/// Runs library code on hostile bytes and turns a panic inside it into a [`crate::Error::Malformed`].
///
/// Why: the decoders are memory-safe and fuzzed, but an index out of bounds in one of them must not take the
/// worker down with it.
pub(crate) fn guard<T>(format: &str, work: impl FnOnce() -> crate::Result<T>) -> crate::Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_panic| Err(crate::Error::malformed(format, "the decoder gave up on these bytes")))
}

/// Returns the usual name of what `demuxer` holds, with its profile.
pub(crate) fn codec_title(demuxer: &demux::Demuxer) -> &'static str {
    match &demuxer.aac {
        Some((config, _)) => config.name(),
        None => demux::codec_name(&demuxer.params),
    }
}
