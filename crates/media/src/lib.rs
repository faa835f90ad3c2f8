//! Audio and picture files in, MP4 and WAV files out.
//!
//! A pure crate: files, samples and pixels in; files and values out.
//! It knows no network, clock, database or async runtime.

mod error;
mod packet;

pub use error::{Error, ErrorKind, Result};
pub use packet::{AudioCodec, AudioTrackSpec, Packet, PacketSource};
