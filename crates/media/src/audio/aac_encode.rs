//! Any audio file as AAC-LC packets.

use std::collections::VecDeque;
use std::path::Path;

use super::convert::Converter;
use super::decode::{DecodeOptions, Decoder, Spec};
use crate::{AudioCodec, AudioTrackSpec, Error, Packet, PacketSource, Result};

/// Audio frames per access unit.
pub const UNIT_FRAMES: u32 = 1024;
/// Audio frames the encoder's output is late.
const PRIMING: u32 = 1024;
/// Most bits one channel may take per access unit (ISO/IEC 14496-3, 4.5.3.1).
const UNIT_BITS_MAX: u32 = 6144;
/// Lowest bit rate accepted per channel.
const BIT_RATE_MIN: u32 = 16_000;

/// How to encode.
#[derive(Debug, Clone)]
pub struct AacOptions {
    /// Limits of the decoder in front.
    pub decode: DecodeOptions,
    /// Bits per second for stereo; clamped to what the format allows.
    pub bit_rate_stereo: u32,
    /// Bits per second for mono; clamped to what the format allows.
    pub bit_rate_mono: u32,
}

impl Default for AacOptions {
    fn default() -> Self {
        Self { decode: DecodeOptions::default(), bit_rate_stereo: 192_000, bit_rate_mono: 96_000 }
    }
}

/// Encodes samples as AAC-LC, mono or stereo.
pub struct AacEncoder {
    encoder: syom::Encoder,
    spec: AudioTrackSpec,
    units: VecDeque<Vec<u8>>,
    planes: [Vec<f32>; 2],
    audible: u64,
}

impl AacEncoder {
    /// Prepares for interleaved samples of one or two channels; the bit rate is clamped to what the format allows.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when the encoder refuses the sample rate or the channels.
    pub fn new(source: Spec, bit_rate: u32) -> Result<Self> {
        let bit_rate = allowed_bit_rate(bit_rate, source);
        let settings = syom::EncodeOptions::raw().with_bitrate_bps(bit_rate).with_lookahead(true);
        let encoder =
            syom::Encoder::new(source.sample_rate, usize::from(source.channels), &settings).map_err(internal)?;
        let spec = AudioTrackSpec {
            codec: AudioCodec::Aac { config: encoder.asc().to_vec() },
            sample_rate: source.sample_rate,
            channels: source.channels,
            priming: PRIMING,
            frames_estimate: None,
            bit_rate,
        };
        Ok(Self { encoder, spec, units: VecDeque::new(), planes: [Vec::new(), Vec::new()], audible: 0 })
    }

    /// Returns what the packets are.
    pub fn spec(&self) -> &AudioTrackSpec {
        &self.spec
    }

    /// Returns the audio frames that have been pushed.
    pub fn audible_frames(&self) -> u64 {
        self.audible
    }

    /// Takes interleaved samples; what is not a number between -1 and 1 is made one.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when the encoder fails.
    pub fn push(&mut self, block: &[f32]) -> Result<()> {
        if block.is_empty() {
            return Ok(());
        }
        let channels = usize::from(self.spec.channels);
        for (at, plane) in self.planes.iter_mut().enumerate().take(channels) {
            plane.clear();
            plane.extend(block.iter().skip(at).step_by(channels).map(|&sample| bounded(sample)));
        }
        self.audible += self.planes[0].len() as u64;
        let units = &mut self.units;
        let planes: Vec<&[f32]> = self.planes.iter().take(channels).map(Vec::as_slice).collect();
        self.encoder
            .feed(&planes, |frame| {
                units.push_back(frame.payload.to_vec());
                Ok(())
            })
            .map_err(internal)
            .map(|_| ())
    }

    /// Encodes what is left; call it once, after the last block.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when the encoder fails.
    pub fn finish(&mut self) -> Result<()> {
        let units = &mut self.units;
        self.encoder
            .finish(|frame| {
                units.push_back(frame.payload.to_vec());
                Ok(())
            })
            .map_err(internal)
            .map(|_| ())
    }

    /// Moves the next finished packet into `packet`, if there is one.
    pub fn next_packet(&mut self, packet: &mut Packet) -> bool {
        let Some(unit) = self.units.pop_front() else {
            return false;
        };
        packet.data = unit;
        packet.duration = UNIT_FRAMES;
        true
    }
}

/// How an AAC packet is windowed: what its neighbor must match, so that what one leaves out the other makes up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketWindow(u8);

impl PacketWindow {
    /// Reads it from a packet of [`AacEncoder`]; none from packets of another form.
    ///
    /// ISO/IEC 14496-3, 4.4.2: a single channel or a pair with common windows, which begin with the fields looked at here.
    pub fn of(packet: &[u8]) -> Option<Self> {
        const SINGLE: u32 = 0;
        const PAIR: u32 = 1;
        let head = u32::from_be_bytes(*packet.first_chunk()?);
        // Which element, 3 bits; its number, 4 bits.
        let skipped = match head >> 29 {
            // The gain, and a reserved bit.
            SINGLE => 7 + 8 + 1,
            // Whether the windows are common, and a reserved bit.
            PAIR if head >> 24 & 1 == 1 => 7 + 1 + 1,
            _ => return None,
        };
        // The sequence, 2 bits; the shape, 1 bit.
        Some(Self((head >> (32 - 3 - skipped) & 0b111) as u8))
    }

    /// Returns the number that stands for it.
    pub fn code(self) -> u8 {
        self.0
    }
}

/// Decodes a file and encodes it as AAC-LC, mono or stereo, at 44.1 or 48 kHz.
pub struct AacSource {
    decoder: Decoder,
    converter: Converter,
    encoder: AacEncoder,
    block: Vec<f32>,
    converted: Vec<f32>,
    is_done: bool,
}

/// The rate to encode at: the CD family stays in it, all else becomes 48 kHz.
fn target_rate(source_rate: u32) -> u32 {
    if source_rate.is_multiple_of(11_025) { 44_100 } else { 48_000 }
}

impl AacSource {
    /// Opens `path` for encoding.
    ///
    /// Errors as [`Decoder::open`] does.
    pub fn open(path: &Path, options: &AacOptions) -> Result<Self> {
        let decoder = Decoder::open(path, &options.decode)?;
        let source = decoder.spec();
        let channels = source.channels.min(2);
        let converter = Converter::new(source, target_rate(source.sample_rate), channels)?;
        let target = converter.spec();
        let wanted = if channels == 1 { options.bit_rate_mono } else { options.bit_rate_stereo };
        let mut encoder = AacEncoder::new(target, wanted)?;
        encoder.spec.frames_estimate = decoder
            .frames_expected()
            .map(|frames| super::decode::scale(frames, target.sample_rate, source.sample_rate));
        Ok(Self { decoder, converter, encoder, block: Vec::new(), converted: Vec::new(), is_done: false })
    }

    /// Encodes one more block of the source, or what is left at its end.
    fn advance(&mut self) -> Result<()> {
        self.converted.clear();
        let n_frames = self.decoder.next_block(&mut self.block)?;
        if n_frames > 0 {
            self.converter.push(&self.block, &mut self.converted)?;
            return self.encoder.push(&self.converted);
        }
        self.converter.finish(&mut self.converted)?;
        self.is_done = true;
        self.encoder.push(&self.converted)?;
        // A source so short that resampling leaves nothing still becomes one audible audio frame.
        if self.encoder.audible_frames() == 0 {
            let silence = [0.0; 2];
            self.encoder.push(&silence[..usize::from(self.encoder.spec.channels)])?;
        }
        self.encoder.finish()
    }
}

/// The encoder refuses what is not a number between -1 and 1; lossy decoders overshoot.
fn bounded(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) }
}

fn allowed_bit_rate(wanted: u32, target: Spec) -> u32 {
    let channels = u32::from(target.channels);
    let most = UNIT_BITS_MAX * channels * (target.sample_rate / UNIT_FRAMES);
    wanted.clamp(BIT_RATE_MIN * channels, most)
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
fn internal(error: syom::AacError) -> Error {
    Error::Internal { step: "AAC encoding", reason: error.to_string() }
}

impl PacketSource for AacSource {
    fn spec(&self) -> &AudioTrackSpec {
        self.encoder.spec()
    }

    fn next_packet(&mut self, packet: &mut Packet) -> Result<bool> {
        loop {
            if self.encoder.next_packet(packet) {
                return Ok(true);
            }
            if self.is_done {
                return Ok(false);
            }
            self.advance()?;
        }
    }

    fn audible_frames(&self) -> u64 {
        self.encoder.audible_frames()
    }
}
