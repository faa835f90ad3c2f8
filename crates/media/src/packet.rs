//! Encoded audio between whoever makes it (a demuxer, an encoder) and whoever stores it (the MP4 writer).

use crate::Result;

/// An audio coding that an MP4 file can carry, with the decoder's set-up data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioCodec {
    /// AAC of any profile; the bytes of its `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    Aac {
        /// `AudioSpecificConfig`.
        config: Vec<u8>,
    },
    /// MPEG-1/2 Layer III; needs no set-up data.
    Mp3,
    /// Apple Lossless; the `ALACSpecificConfig` (24 bytes, without box or version header).
    Alac {
        /// `ALACSpecificConfig`.
        config: Vec<u8>,
    },
    /// FLAC; the 34 bytes of its STREAMINFO block.
    Flac {
        /// STREAMINFO without the metadata block header.
        stream_info: Vec<u8>,
    },
    /// Opus; the `OpusHead` packet of RFC 7845 without its 8-byte magic.
    Opus {
        /// `OpusHead` from the version byte on, little-endian as in Ogg.
        head: Vec<u8>,
    },
}

/// What is known of an encoded audio track before its first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioTrackSpec {
    /// The coding.
    pub codec: AudioCodec,
    /// Audio frames per second after decoding; also the unit of every count below.
    pub sample_rate: u32,
    /// Channels after decoding.
    pub channels: u16,
    /// Audio frames that the decoder puts out before the first one that should be heard.
    pub priming: u32,
    /// An estimate of the audible audio frames, used only to reserve space; `None` when unknown.
    pub frames_estimate: Option<u64>,
    /// Average bits per second if known, else 0.
    pub bit_rate: u32,
}

/// One encoded access unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packet {
    /// The bytes, without any framing of the source container (no ADTS header, no Ogg page).
    pub data: Vec<u8>,
    /// Audio frames this packet decodes to.
    pub duration: u32,
}

/// A stream of encoded audio, pulled one packet at a time so that memory does not grow with duration.
pub trait PacketSource {
    /// Returns what is known before the first packet.
    fn spec(&self) -> &AudioTrackSpec;

    /// Replaces `packet` by the next one; returns `false` at the end of the stream.
    fn next_packet(&mut self, packet: &mut Packet) -> Result<bool>;

    /// Returns the number of audible audio frames, priming and end padding excluded.
    ///
    /// Exact once [`Self::next_packet`] has returned `false`; before that, what has been delivered so far.
    fn audible_frames(&self) -> u64;
}
