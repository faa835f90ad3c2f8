//! Any audio file as AAC-LC packets.

use std::path::Path;

use super::convert::Converter;
use super::decode::{DecodeOptions, Decoder, Spec};
use crate::{AudioCodec, AudioTrackSpec, Error, Packet, PacketSource, Result};

/// Audio frames per access unit.
const UNIT_FRAMES: u32 = 1024;
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

/// Decodes a file and encodes it as AAC-LC, mono or stereo, at 44.1 or 48 kHz.
pub struct AacSource {
    decoder: Decoder,
    converter: Converter,
    encoder: syom::Encoder,
    spec: AudioTrackSpec,
    units: std::collections::VecDeque<Vec<u8>>,
    block: Vec<f32>,
    converted: Vec<f32>,
    planes: [Vec<f32>; 2],
    audible: u64,
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
        let bit_rate = allowed_bit_rate(wanted, target);
        let settings = syom::EncodeOptions::raw().with_bitrate_bps(bit_rate).with_lookahead(true);
        let encoder = syom::Encoder::new(target.sample_rate, usize::from(channels), &settings).map_err(internal)?;
        let frames_estimate = decoder
            .frames_expected()
            .map(|frames| super::decode::scale(frames, target.sample_rate, source.sample_rate));
        let spec = AudioTrackSpec {
            codec: AudioCodec::Aac { config: encoder.asc().to_vec() },
            sample_rate: target.sample_rate,
            channels,
            priming: PRIMING,
            frames_estimate,
            bit_rate,
        };
        Ok(Self {
            decoder,
            converter,
            encoder,
            spec,
            units: std::collections::VecDeque::new(),
            block: Vec::new(),
            converted: Vec::new(),
            planes: [Vec::new(), Vec::new()],
            audible: 0,
            is_done: false,
        })
    }

    /// Encodes one more block of the source, or what is left at its end.
    fn advance(&mut self) -> Result<()> {
        self.converted.clear();
        let n_frames = self.decoder.next_block(&mut self.block)?;
        if n_frames > 0 {
            self.converter.push(&self.block, &mut self.converted)?;
        } else {
            self.converter.finish(&mut self.converted)?;
            self.is_done = true;
        }
        self.encode()?;
        if self.is_done {
            // A source so short that resampling leaves nothing still becomes one audible audio frame.
            if self.audible == 0 {
                self.converted.resize(usize::from(self.spec.channels), 0.0);
                self.encode()?;
            }
            let units = &mut self.units;
            self.encoder
                .finish(|frame| {
                    units.push_back(frame.payload.to_vec());
                    Ok(())
                })
                .map_err(internal)?;
        }
        Ok(())
    }

    fn encode(&mut self) -> Result<()> {
        if self.converted.is_empty() {
            return Ok(());
        }
        let channels = usize::from(self.spec.channels);
        for (at, plane) in self.planes.iter_mut().enumerate().take(channels) {
            plane.clear();
            plane.extend(self.converted.iter().skip(at).step_by(channels).map(|&sample| bounded(sample)));
        }
        self.audible += self.planes[0].len() as u64;
        let units = &mut self.units;
        let planes: Vec<&[f32]> = self.planes.iter().take(channels).map(Vec::as_slice).collect();
        self.encoder
            .feed(&planes, |frame| {
                units.push_back(frame.payload.to_vec());
                Ok(())
            })
            .map_err(internal)?;
        Ok(())
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
        &self.spec
    }

    fn next_packet(&mut self, packet: &mut Packet) -> Result<bool> {
        while self.units.is_empty() && !self.is_done {
            self.advance()?;
        }
        let Some(unit) = self.units.pop_front() else {
            return Ok(false);
        };
        packet.data = unit;
        packet.duration = UNIT_FRAMES;
        Ok(true)
    }

    fn audible_frames(&self) -> u64 {
        self.audible
    }
}
