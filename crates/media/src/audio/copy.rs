//! Encoded audio lifted out of its container, bytes untouched.

use std::path::Path;

use super::decode::{DecodeOptions, Decoder, scale};
use super::demux::{Coding, Demuxer, codec_name, open_native};
use super::opus_head::OpusHead;
use super::source::Head;
use crate::{AudioCodec, AudioTrackSpec, Error, Packet, PacketSource, Result};

/// Bytes of an `ALACSpecificConfig`.
const ALAC_CONFIG_BYTES: usize = 24;
/// Bytes of a FLAC STREAMINFO block.
const STREAM_INFO_BYTES: usize = 34;

/// Takes the packets of a file that an MP4 can carry as they are: AAC, MP3, ALAC, FLAC, Opus.
pub struct CopySource {
    demuxer: Demuxer,
    spec: AudioTrackSpec,
    framing: Framing,
    /// Audible audio frames at most, where the file tells.
    keep: Option<u64>,
    /// Audio frames of padding at the end.
    tail: u64,
    delivered: u64,
    /// Longest that the caller accepts, in seconds; what a file declares about its length need not be true.
    duration_s_max: u64,
}

/// How to learn how many audio frames a packet decodes to.
#[derive(Debug, Clone, Copy)]
enum Framing {
    /// Always the same.
    Fixed(u32),
    /// The same, and every header must match this one in version, layer, rate and channel count.
    Mp3(Mp3Header),
    Flac,
    Opus,
    /// A full packet holds this many unless its header says fewer.
    Alac(u32),
}

impl CopySource {
    /// Opens `path` for copying; its first block is decoded on trial.
    ///
    /// Errors with [`Error::Unsupported`] if an MP4 cannot carry the coding, else as [`Decoder::open`] does.
    pub fn open(path: &Path, options: &DecodeOptions) -> Result<Self> {
        let head = Head::read(path)?;
        let mut demuxer = open_native(path, &head)?;
        let refused = |what: &str| Error::unsupported(what, "an MP4 file cannot carry it; it must be encoded");
        if demuxer.coding == Coding::Other {
            return Err(refused(codec_name(&demuxer.params)));
        }
        let decoder = Decoder::open(path, &DecodeOptions { ffmpeg: None, ..options.clone() })?;
        let heard = decoder.spec();
        // Learns about SBR that only shows in the packets.
        super::codec::Codec::open(&mut demuxer)?;
        let (codec, framing) = describe(&mut demuxer, heard.sample_rate)?.ok_or_else(|| {
            let name = codec_name(&demuxer.params);
            refused(&format!("{name} at {} Hz in {}", heard.sample_rate, demuxer.container))
        })?;
        let frames = |ticks| scale(ticks, heard.sample_rate, demuxer.trim.rate);
        let priming = u32::try_from(frames(demuxer.trim.skip))
            .map_err(|_| Error::malformed(demuxer.container, "its audio starts too late"))?;
        let spec = AudioTrackSpec {
            codec,
            sample_rate: heard.sample_rate,
            channels: heard.channels,
            priming,
            frames_estimate: decoder.frames_expected(),
            bit_rate: 0,
        };
        let (keep, tail) = (demuxer.trim.keep.map(frames), frames(demuxer.trim.tail));
        let duration_s_max = options.duration_s_max;
        Ok(Self { demuxer, spec, framing, keep, tail, delivered: 0, duration_s_max })
    }

    fn check_duration(&self) -> Result<()> {
        let seconds = self.audible_frames() / u64::from(self.spec.sample_rate.max(1));
        if seconds > self.duration_s_max {
            return Err(Error::Limit { what: "duration in seconds", actual: seconds, limit: self.duration_s_max });
        }
        Ok(())
    }

    fn duration_of(&self, packet: &symphonia::core::packet::Packet) -> Option<u32> {
        match self.framing {
            Framing::Fixed(frames) => Some(frames),
            Framing::Mp3(first) => {
                Mp3Header::parse(&packet.data).filter(|header| *header == first).map(Mp3Header::frames)
            }
            Framing::Flac => flac_frames(&packet.data),
            Framing::Opus => opus_frames(&packet.data),
            Framing::Alac(full) => alac_frames(&packet.data, full),
        }
    }
}

impl PacketSource for CopySource {
    fn spec(&self) -> &AudioTrackSpec {
        &self.spec
    }

    fn next_packet(&mut self, packet: &mut Packet) -> Result<bool> {
        let needed = self.keep.map(|keep| keep.saturating_add(u64::from(self.spec.priming)));
        while needed.is_none_or(|needed| self.delivered < needed) {
            let Some(coded) = self.demuxer.next_packet()? else {
                break;
            };
            // A damaged packet is left out rather than handed to a player.
            let Some(duration) = self.duration_of(&coded).filter(|&frames| frames > 0) else {
                continue;
            };
            // Ogg tells the end padding on its last packet.
            if matches!(self.framing, Framing::Opus) {
                self.tail += coded.trim_end.get();
            }
            self.delivered += u64::from(duration);
            self.check_duration()?;
            packet.data = coded.data.into_vec();
            packet.duration = duration;
            return Ok(true);
        }
        Ok(false)
    }

    fn audible_frames(&self) -> u64 {
        let heard = self.delivered.saturating_sub(u64::from(self.spec.priming)).saturating_sub(self.tail);
        self.keep.map_or(heard, |keep| keep.min(heard))
    }
}

/// Returns the coding and framing, `None` if an MP4 cannot carry it.
fn describe(demuxer: &mut Demuxer, heard_rate: u32) -> Result<Option<(AudioCodec, Framing)>> {
    let extra = demuxer.params.extra_data.clone().unwrap_or_default();
    Ok(match demuxer.coding {
        Coding::Aac => demuxer.aac.clone().map(|(config, bytes)| {
            let doubling = heard_rate / config.core_rate.max(1);
            (AudioCodec::Aac { config: bytes }, Framing::Fixed(1024 * doubling.max(1)))
        }),
        Coding::Mp3 => {
            let first = demuxer.peek(1).front().and_then(|packet| Mp3Header::parse(&packet.data));
            let first = first.ok_or_else(|| Error::malformed("MP3", "its first packet has no header"))?;
            first.is_legal_in_mp4().then_some((AudioCodec::Mp3, Framing::Mp3(first)))
        }
        Coding::Alac => alac_config(&extra).map(|config| {
            let full = u32::from_be_bytes([config[0], config[1], config[2], config[3]]);
            (AudioCodec::Alac { config }, Framing::Alac(full))
        }),
        Coding::Flac => flac_stream_info(&extra).map(|stream_info| (AudioCodec::Flac { stream_info }, Framing::Flac)),
        Coding::Opus => OpusHead::parse(&extra).map(|head| (AudioCodec::Opus { head: head.to_bytes() }, Framing::Opus)),
        Coding::Other => None,
    })
}

/// Reads the length of an ALAC packet: behind 19 bits of element header a flag says that 32 bits of length follow.
fn alac_frames(data: &[u8], full: u32) -> Option<u32> {
    if data.get(2)? & 0x10 == 0 {
        return Some(full);
    }
    let bytes: [u8; 5] = data.get(2..7)?.try_into().ok()?;
    let bits = bytes.iter().fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte));
    u32::try_from((bits >> 1) & u64::from(u32::MAX)).ok().filter(|&frames| frames <= full)
}

/// Strips what older files put around the configuration.
fn alac_config(extra: &[u8]) -> Option<Vec<u8>> {
    let at = match extra.get(4..8) {
        Some(b"frma") => 24,
        _ => 0,
    };
    extra.get(at..at + ALAC_CONFIG_BYTES).map(<[u8]>::to_vec)
}

fn flac_stream_info(extra: &[u8]) -> Option<Vec<u8>> {
    let at = if extra.starts_with(b"fLaC") { 8 } else { 0 };
    extra.get(at..at + STREAM_INFO_BYTES).map(<[u8]>::to_vec)
}

/// Reads the block size from a FLAC frame header (RFC 9639, 9.1).
fn flac_frames(data: &[u8]) -> Option<u32> {
    let &[0xff, second, third, _, lead, ..] = data else {
        return None;
    };
    if second & 0xfc != 0xf8 {
        return None;
    }
    // The frame number is coded like UTF-8; its first byte tells its length.
    let number_bytes = match lead.leading_ones() {
        0 => 1,
        n @ 2..=7 => n as usize,
        _ => return None,
    };
    let at = 4 + number_bytes;
    match third >> 4 {
        1 => Some(192),
        n @ 2..=5 => Some(576 << (n - 2)),
        6 => data.get(at).map(|&size| u32::from(size) + 1),
        7 => Some(u32::from(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?])) + 1),
        n @ 8..=15 => Some(256 << (n - 8)),
        _ => None,
    }
}

/// Reads the length of an Opus packet in 48 kHz audio frames (RFC 6716, 3.1 and 3.2).
pub(crate) fn opus_frames(data: &[u8]) -> Option<u32> {
    let &toc = data.first()?;
    let config = u32::from(toc >> 3);
    let frame = match config {
        0..12 => [480, 960, 1920, 2880][config as usize % 4],
        12..16 => [480, 960][config as usize % 2],
        _ => [120, 240, 480, 960][config as usize % 4],
    };
    let n_frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(data.get(1)? & 0x3f),
    };
    Some(frame * n_frames)
}

/// The fields of an MPEG audio header that matter here (ISO/IEC 11172-3, 2.4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mp3Header {
    /// 3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5.
    version: u8,
    /// 1 is Layer III.
    layer: u8,
    rate_index: u8,
    is_mono: bool,
}

impl Mp3Header {
    pub(crate) fn parse(data: &[u8]) -> Option<Self> {
        let &[0xff, second, third, fourth, ..] = data else {
            return None;
        };
        let header = Self {
            version: (second >> 3) & 3,
            layer: (second >> 1) & 3,
            rate_index: (third >> 2) & 3,
            is_mono: fourth >> 6 == 3,
        };
        (second & 0xe0 == 0xe0 && header.version != 1 && header.rate_index != 3).then_some(header)
    }

    /// Audio frames per packet.
    pub(crate) fn frames(self) -> u32 {
        match (self.layer, self.version) {
            (3, _) => 384,
            (1, 0 | 2) => 576,
            _ => 1152,
        }
    }

    /// Layer III of MPEG-1 or MPEG-2; the low rates of MPEG-2.5 have no object type (ISO/IEC 14496-1).
    fn is_legal_in_mp4(self) -> bool {
        self.layer == 1 && self.version != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_lengths_are_read_from_their_headers() {
        assert_eq!(opus_frames(&[0xfc]), Some(960));
        assert_eq!(opus_frames(&[0x03, 0x03]), Some(1440));
        assert_eq!(flac_frames(&[0xff, 0xf8, 0xc9, 0x18, 0x00, 0xc2]), Some(4096));
        assert_eq!(Mp3Header::parse(&[0xff, 0xfb, 0x90, 0x64]).map(Mp3Header::frames), Some(1152));
        assert_eq!(Mp3Header::parse(&[0xff, 0xf3, 0x90, 0x64]).map(Mp3Header::frames), Some(576));
    }

    #[test]
    fn the_low_rates_of_mpeg_2_5_are_not_for_mp4() {
        let header = Mp3Header::parse(&[0xff, 0xe3, 0x18, 0xc4]).expect("valid");
        assert!(!header.is_legal_in_mp4());
    }
}
