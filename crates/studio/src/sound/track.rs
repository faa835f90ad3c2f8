//! Encoded pieces in the cache, and all of them as one track.

use media::audio::{PacketWindow, UNIT_FRAMES};
use media::{AudioCodec, AudioTrackSpec, Packet, PacketSource};
use serde::{Deserialize, Serialize};

use crate::cache::{Key, Session};
use crate::mix::SAMPLE_RATE;
use crate::{Error, Result};

/// Packets that were encoded in one go.
///
/// In the cache:
/// 1. 4 bytes: length of the description
/// 2. the description as JSON
/// 3. the packets
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    description: Description,
    bytes: Vec<u8>,
    /// Where the packets begin in `bytes`.
    first: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Description {
    /// How to set a decoder up.
    config: Vec<u8>,
    priming: u32,
    bit_rate: u32,
    /// Where each packet ends.
    ends: Vec<u32>,
    /// How the packet after the last would be windowed; none after the end of the track.
    next_window: Option<u8>,
    /// What could not be heard.
    warnings: Vec<String>,
}

impl Encoded {
    pub(super) fn new(
        config: Vec<u8>,
        priming: u32,
        bit_rate: u32,
        next: Option<PacketWindow>,
        warnings: Vec<String>,
    ) -> Self {
        let next_window = next.map(PacketWindow::code);
        let description = Description { config, priming, bit_rate, ends: Vec::new(), next_window, warnings };
        Self { description, bytes: Vec::new(), first: 0 }
    }

    pub(super) fn push(&mut self, packet: &[u8]) {
        self.bytes.extend_from_slice(packet);
        // Two seconds of sound are far from 4 GB.
        self.description.ends.push((self.bytes.len() - self.first) as u32);
    }

    pub(super) fn n_packets(&self) -> usize {
        self.description.ends.len()
    }

    /// Returns a packet, unless the description tells of more bytes than there are.
    pub(super) fn packet(&self, at: usize) -> Option<&[u8]> {
        let end = *self.description.ends.get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| self.description.ends[before]);
        self.bytes.get(self.first + start as usize..self.first + end as usize)
    }

    /// Returns what could not be heard.
    pub(super) fn warnings(&self) -> &[String] {
        &self.description.warnings
    }

    /// Whether its first packet is windowed as the encoder of `before` would have done.
    pub(super) fn follows(&self, before: &Self) -> bool {
        let first = self.packet(0).and_then(PacketWindow::of).map(PacketWindow::code);
        first.is_some() && first == before.description.next_window
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Strings and numbers can always be written.
        let description = serde_json::to_vec(&self.description).unwrap_or_default();
        let mut bytes = (description.len() as u32).to_le_bytes().to_vec();
        bytes.extend_from_slice(&description);
        bytes.extend_from_slice(&self.bytes[self.first..]);
        bytes
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let description = serde_json::from_slice(rest.get(..length)?).ok()?;
        Some(Self { description, first: 4 + length, bytes })
    }

    /// Reads a piece that a session holds.
    pub(super) fn read(session: &Session<'_>, key: &Key) -> Result<Self> {
        let bytes =
            session.get(key).ok_or_else(|| Error::Internal("a piece of sound has left the cache".to_owned()))?;
        let unknown = || Error::Internal("a piece of sound in the cache is of another kind".to_owned());
        Self::from_bytes(bytes).ok_or_else(unknown)
    }
}

/// The sound of a video packet by packet, one piece in memory at a time.
pub(crate) struct SoundTrack<'a> {
    session: &'a Session<'a>,
    spec: AudioTrackSpec,
    n_frames: u64,
    waiting: std::vec::IntoIter<Key>,
    current: Option<(Encoded, usize)>,
    warnings: Vec<String>,
}

impl<'a> SoundTrack<'a> {
    pub(super) fn new(
        session: &'a Session<'a>,
        pieces: Vec<Key>,
        any: &Encoded,
        n_frames: u64,
        warnings: Vec<String>,
    ) -> Self {
        let Description { config, priming, bit_rate, .. } = &any.description;
        let spec = AudioTrackSpec {
            codec: AudioCodec::Aac { config: config.clone() },
            sample_rate: SAMPLE_RATE,
            channels: 2,
            priming: *priming,
            frames_estimate: Some(n_frames),
            bit_rate: *bit_rate,
        };
        Self { session, spec, n_frames, waiting: pieces.into_iter(), current: None, warnings }
    }

    /// Returns what could not be heard.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

impl PacketSource for SoundTrack<'_> {
    fn spec(&self) -> &AudioTrackSpec {
        &self.spec
    }

    fn next_packet(&mut self, packet: &mut Packet) -> media::Result<bool> {
        loop {
            if let Some((piece, at)) = &mut self.current
                && *at < piece.n_packets()
            {
                let data = piece.packet(*at).ok_or_else(|| media::Error::Malformed {
                    format: "cached sound".to_owned(),
                    reason: "it is shorter than it says".to_owned(),
                })?;
                packet.data.clear();
                packet.data.extend_from_slice(data);
                packet.duration = UNIT_FRAMES;
                *at += 1;
                return Ok(true);
            }
            let Some(key) = self.waiting.next() else { return Ok(false) };
            let piece = Encoded::read(self.session, &key)
                .map_err(|error| media::Error::Internal { step: "joining sound", reason: error.to_string() })?;
            self.current = Some((piece, 0));
        }
    }

    fn audible_frames(&self) -> u64 {
        self.n_frames
    }
}
