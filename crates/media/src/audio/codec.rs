//! One packet in, interleaved samples out: symphonia's decoders, syom for AAC, ropus for Opus.

use symphonia::core::audio::{Channels, GenericAudioBufferRef};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;

use super::aac_config::AacConfig;
use super::decode::Spec;
use super::demux::{Coding, Demuxer, codec_name, from_symphonia};
use super::guard;
use super::opus_head::OpusHead;
use crate::{Error, Result};

/// Packets decoded to learn whether an AAC stream has SBR that its configuration does not mention.
const SBR_LOOK_PACKETS: usize = 4;
/// The longest Opus packet, 120 ms, in audio frames at 48 kHz.
const OPUS_FRAMES_MAX: usize = 5760;

/// Speaker positions by channel count in WAVE order (`dwChannelMask` bits), for streams that name none.
pub(crate) fn default_mask(channels: u16) -> u32 {
    match channels {
        1 => 0x4,
        2 => 0x3,
        3 => 0x7,
        4 => 0x33,
        5 => 0x37,
        6 => 0x3f,
        7 => 0x70f,
        8 => 0x63f,
        _ => 0,
    }
}

/// A decoder of one of three families.
pub(crate) enum Codec {
    /// symphonia.
    Symphonia { decoder: Box<dyn AudioDecoder>, name: &'static str },
    /// AAC by syom, rebuilt from its configuration after an error.
    Aac { decoder: Box<syom::Decoder>, config: Vec<u8> },
    /// Opus by ropus.
    Opus { decoder: Box<ropus::OpusMSDecoder>, head: OpusHead, pcm: Vec<i16>, order: Vec<usize>, gain: f32 },
}

impl Codec {
    /// Makes the decoder for `demuxer`'s track; for AAC this looks into the first packets.
    pub(crate) fn open(demuxer: &mut Demuxer) -> Result<Self> {
        match demuxer.coding {
            Coding::Aac => {
                look_for_sbr(demuxer)?;
                let (_, config) = demuxer.aac.clone().ok_or_else(|| Error::malformed("AAC", "no configuration"))?;
                Ok(Self::Aac { decoder: Box::new(aac_decoder(&config)?), config })
            }
            Coding::Opus => open_opus(demuxer),
            coding => {
                let name = codec_name(&demuxer.params);
                // The MP3 demuxer trims by an estimated length when the file has no Xing header; we trim ourselves.
                let options = AudioDecoderOptions::default().gapless(coding != Coding::Mp3);
                let params = &demuxer.params;
                let decoder = guard(name, || {
                    symphonia::default::get_codecs()
                        .make_audio_decoder(params, &options)
                        .map_err(|error| from_symphonia(name, &error))
                })?;
                Ok(Self::Symphonia { decoder, name })
            }
        }
    }

    /// Decodes `packet` into `samples` (replaced); the spec says what they are.
    ///
    /// After an error the next packet may be decoded.
    pub(crate) fn decode(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Result<Spec> {
        samples.clear();
        match self {
            Self::Symphonia { decoder, name } => {
                let what = *name;
                guard(what, || {
                    let buffer = decoder.decode(packet).map_err(|error| from_symphonia(what, &error))?;
                    buffer.copy_to_vec_interleaved(samples);
                    Ok(spec_of(&buffer))
                })
            }
            Self::Aac { decoder, config } => {
                let decoded = guard("AAC", || decode_aac(decoder, &packet.data, samples));
                if decoded.is_err() {
                    **decoder = aac_decoder(config)?;
                }
                decoded
            }
            Self::Opus { decoder, head, pcm, order, gain } => {
                let n_frames = guard("Opus", || {
                    let length = i32::try_from(packet.data.len()).map_err(|_| bad_opus())?;
                    decoder
                        .decode(Some(&packet.data), length, pcm, OPUS_FRAMES_MAX as i32, false)
                        .map_err(|_code| bad_opus())
                })?;
                let trimmed = usize::try_from(packet.trim_end.get()).unwrap_or(usize::MAX);
                let n_frames = usize::try_from(n_frames).unwrap_or(0).saturating_sub(trimmed);
                let channels = usize::from(head.channels);
                for frame in pcm.chunks_exact(channels).take(n_frames) {
                    samples.extend(order.iter().map(|&from| f32::from(frame[from]) / 32768.0 * *gain));
                }
                let channels = u16::from(head.channels);
                Ok(Spec { sample_rate: 48_000, channels, mask: default_mask(channels) })
            }
        }
    }
}

fn bad_opus() -> Error {
    Error::malformed("Opus", "a packet is damaged")
}

fn spec_of(buffer: &GenericAudioBufferRef<'_>) -> Spec {
    let spec = buffer.spec();
    let channels = u16::try_from(spec.channels().count()).unwrap_or(u16::MAX);
    let mask = match spec.channels() {
        // The lower bits of symphonia's positions are those of WAVE.
        Channels::Positioned(positions) => u32::try_from(positions.bits() & 0x3_ffff).unwrap_or(0),
        _ => 0,
    };
    let mask = if mask.count_ones() == u32::from(channels) { mask } else { default_mask(channels) };
    Spec { sample_rate: spec.rate(), channels, mask }
}

fn aac_decoder(config: &[u8]) -> Result<syom::Decoder> {
    guard("AAC", || {
        syom::Decoder::from_asc(config, syom::DecodeOptions::unbounded()).map_err(|error| match error {
            syom::AacError::Unsupported(_) => Error::unsupported("AAC profile", error.to_string()),
            other => Error::malformed("AAC", other.to_string()),
        })
    })
}

fn decode_aac(decoder: &mut syom::Decoder, unit: &[u8], samples: &mut Vec<f32>) -> Result<Spec> {
    let mut spec = Spec { sample_rate: 0, channels: 0, mask: 0 };
    decoder
        .decode_au(unit, |frame| {
            let (order, mask) = wave_order(&frame);
            spec = Spec {
                sample_rate: frame.sample_rate,
                channels: u16::try_from(frame.planar.len()).unwrap_or(u16::MAX),
                mask,
            };
            interleave(&frame, &order, samples);
            Ok(())
        })
        .map_err(|error| Error::malformed("AAC", error.to_string()))?;
    Ok(spec)
}

fn interleave(frame: &syom::Frame<'_>, order: &[usize], samples: &mut Vec<f32>) {
    if let ([left, right], [0, 1]) = (frame.planar, order) {
        samples.extend(left.iter().zip(*right).flat_map(|(&l, &r)| [l, r]));
        return;
    }
    for at in 0..frame.samples {
        samples.extend(order.iter().map(|&plane| frame.planar[plane].get(at).copied().unwrap_or(0.0)));
    }
}

/// Returns the planes in WAVE order and the speaker mask; unlabelled planes keep their order.
fn wave_order(frame: &syom::Frame<'_>) -> (Vec<usize>, u32) {
    let n_planes = frame.planar.len();
    let mut labelled: Vec<(u32, usize)> =
        frame.meta.labels().take(n_planes).enumerate().map(|(plane, label)| (speaker_bit(label), plane)).collect();
    let mask = labelled.iter().fold(0, |mask, (bit, _)| mask | bit);
    let is_complete = labelled.len() == n_planes && mask.count_ones() as usize == n_planes;
    if n_planes < 2 || !is_complete {
        let channels = u16::try_from(n_planes).unwrap_or(u16::MAX);
        return ((0..n_planes).collect(), default_mask(channels));
    }
    labelled.sort_unstable();
    (labelled.into_iter().map(|(_, plane)| plane).collect(), mask)
}

fn speaker_bit(label: syom::Channel) -> u32 {
    match label {
        syom::Channel::FrontLeft => 0x1,
        syom::Channel::FrontRight => 0x2,
        syom::Channel::FrontCenter => 0x4,
        syom::Channel::Lfe => 0x8,
        syom::Channel::BackLeft => 0x10,
        syom::Channel::BackRight => 0x20,
        syom::Channel::BackCenter => 0x100,
        syom::Channel::SideLeft => 0x200,
        syom::Channel::SideRight => 0x400,
        _ => 0,
    }
}

/// Decodes a few packets on trial: SBR and parametric stereo may be in the stream without being announced.
///
/// Why not simply trust the decoder: its output rate doubles with the first packet that carries SBR, which need not
/// be the first packet of the stream.
fn look_for_sbr(demuxer: &mut Demuxer) -> Result<()> {
    let Some((config, bytes)) = demuxer.aac.clone() else {
        return Ok(());
    };
    if config.has_ps || !config.plays_everywhere() || config.channel_config == 0 {
        return Ok(());
    }
    let mut decoder = aac_decoder(&bytes)?;
    let (mut has_sbr, mut has_ps) = (config.has_sbr, false);
    let mut samples = Vec::new();
    for packet in demuxer.peek(SBR_LOOK_PACKETS) {
        samples.clear();
        let Ok(spec) = guard("AAC", || decode_aac(&mut decoder, &packet.data, &mut samples)) else {
            break;
        };
        has_sbr |= spec.sample_rate == 2 * config.core_rate;
        has_ps |= config.channel_config == 1 && spec.channels == 2;
    }
    let found = AacConfig { has_sbr, has_ps, ..config };
    if found != config {
        demuxer.aac = Some((found, found.to_bytes().unwrap_or(bytes)));
    }
    Ok(())
}

/// Vorbis channel order to WAVE order (RFC 7845, 5.1.1.2): the index is the WAVE channel, the value the Opus one.
fn vorbis_to_wave(channels: u8) -> Vec<usize> {
    match channels {
        3 => vec![0, 2, 1],
        5 => vec![0, 2, 1, 3, 4],
        6 => vec![0, 2, 1, 5, 3, 4],
        7 => vec![0, 2, 1, 6, 5, 3, 4],
        8 => vec![0, 2, 1, 7, 5, 6, 3, 4],
        n => (0..usize::from(n)).collect(),
    }
}

fn open_opus(demuxer: &Demuxer) -> Result<Codec> {
    let head = demuxer.params.extra_data.as_deref().and_then(OpusHead::parse);
    let head = head.ok_or_else(|| Error::malformed("Opus", "its header makes no sense"))?;
    let (streams, coupled, mapping) = match (head.family, head.mapping.as_slice()) {
        (0, _) if (1..=2).contains(&head.channels) => (1, i32::from(head.channels) - 1, vec![0, 1]),
        (1 | 255, [streams, coupled, mapping @ ..]) => (i32::from(*streams), i32::from(*coupled), mapping.to_vec()),
        _ => {
            return Err(Error::unsupported("Opus channel mapping", format!("family {}", head.family)));
        }
    };
    let mapping = &mapping[..usize::from(head.channels).min(mapping.len())];
    let decoder = guard("Opus", || {
        ropus::OpusMSDecoder::new(48_000, i32::from(head.channels), streams, coupled, mapping)
            .map_err(|_code| Error::malformed("Opus", "its channel mapping makes no sense"))
    })?;
    let order =
        if head.family == 1 { vorbis_to_wave(head.channels) } else { (0..usize::from(head.channels)).collect() };
    let gain = libm_pow10(f32::from(head.gain) / (20.0 * 256.0));
    let pcm = vec![0; OPUS_FRAMES_MAX * usize::from(head.channels)];
    Ok(Codec::Opus { decoder: Box::new(decoder), head, pcm, order, gain })
}

/// 10 to the power `x`, exact for the gain of nearly all files, 0 dB.
fn libm_pow10(x: f32) -> f32 {
    if x == 0.0 { 1.0 } else { 10.0_f32.powf(x) }
}
