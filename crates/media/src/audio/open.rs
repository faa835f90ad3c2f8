//! The one door for whoever needs encoded audio: copy what plays everywhere, encode the rest.

use std::path::Path;

use super::aac_encode::{AacOptions, AacSource};
use super::copy::CopySource;
use super::demux::{Coding, Demuxer, open_native};
use super::source::Head;
use crate::{ErrorKind, PacketSource, Result};

/// Whether to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudioMode {
    /// Copies AAC-LC, HE-AAC and MP3, which play in every browser, and encodes the rest.
    #[default]
    Auto,
    /// Copies, or refuses what an MP4 cannot carry.
    Copy,
    /// Encodes always.
    Aac,
}

/// What [`open_audio`] decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The packets are the source's own.
    pub is_copy: bool,
    /// Why, as half a sentence for a log or a person.
    pub reason: String,
}

/// Opens `path` as a stream of packets that an MP4 can carry.
///
/// Errors as [`CopySource::open`] and [`AacSource::open`] do.
pub fn open_audio(
    path: &Path,
    mode: AudioMode,
    options: &AacOptions,
) -> Result<(Box<dyn PacketSource + Send>, Chosen)> {
    let encode = |reason: String| -> Result<(Box<dyn PacketSource + Send>, Chosen)> {
        Ok((Box::new(AacSource::open(path, options)?), Chosen { is_copy: false, reason }))
    };
    let copy = |reason: String| -> Result<(Box<dyn PacketSource + Send>, Chosen)> {
        Ok((Box::new(CopySource::open(path, &options.decode)?), Chosen { is_copy: true, reason }))
    };
    match mode {
        AudioMode::Aac => encode("encoding was asked for".to_owned()),
        AudioMode::Copy => copy("copying was asked for".to_owned()),
        AudioMode::Auto => {
            let head = Head::read(path)?;
            match open_native(path, &head) {
                Ok(demuxer) if plays_everywhere(&demuxer) => {
                    let name = super::codec_title(&demuxer);
                    match copy(format!("{name} plays everywhere as it is")) {
                        Err(error) if error.kind() == ErrorKind::Unsupported => {
                            encode(format!("{name} cannot be copied: {error}"))
                        }
                        done => done,
                    }
                }
                Ok(demuxer) => encode(format!("{} does not play everywhere", super::codec_title(&demuxer))),
                Err(error) if error.kind() == ErrorKind::Unsupported => encode(error.to_string()),
                Err(error) => Err(error),
            }
        }
    }
}

fn plays_everywhere(demuxer: &Demuxer) -> bool {
    match demuxer.coding {
        Coding::Mp3 => true,
        Coding::Aac => demuxer.aac.as_ref().is_some_and(|(config, _)| config.plays_everywhere()),
        _ => false,
    }
}
