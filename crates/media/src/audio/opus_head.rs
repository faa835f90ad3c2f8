//! The header of an Opus stream, as Ogg, Matroska and MP4 carry it.

/// The header of an Opus stream (RFC 7845, 5.1), or its big-endian twin in MP4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpusHead {
    pub(crate) channels: u8,
    pub(crate) pre_skip: u16,
    pub(crate) input_rate: u32,
    /// Gain in 1/256 dB.
    pub(crate) gain: i16,
    pub(crate) family: u8,
    /// Streams, coupled streams and the channel mapping table, empty for family 0.
    pub(crate) mapping: Vec<u8>,
}

impl OpusHead {
    /// Parses `OpusHead` as symphonia hands it out: with its magic, version 1 from Ogg and Matroska, 0 from MP4.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let body: &[u8; 11] = bytes.strip_prefix(b"OpusHead")?.get(..11)?.try_into().ok()?;
        let [version, channels, a, b, c, d, e, f, g, h, family] = *body;
        let is_mp4 = version == 0;
        let (mut skip, mut rate, mut gain) = ([a, b], [c, d, e, f], [g, h]);
        if is_mp4 {
            skip.reverse();
            rate.reverse();
            gain.reverse();
        }
        let mapping = if family == 0 { &[] } else { bytes.get(19..21 + usize::from(channels))? };
        Some(Self {
            channels,
            pre_skip: u16::from_le_bytes(skip),
            input_rate: u32::from_le_bytes(rate),
            gain: i16::from_le_bytes(gain),
            family,
            mapping: mapping.to_vec(),
        })
    }

    /// Builds the little-endian bytes from the version on.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![1, self.channels];
        bytes.extend(self.pre_skip.to_le_bytes());
        bytes.extend(self.input_rate.to_le_bytes());
        bytes.extend(self.gain.to_le_bytes());
        bytes.push(self.family);
        bytes.extend(&self.mapping);
        bytes
    }
}
