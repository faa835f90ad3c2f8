//! Any audio file as a stream of blocks, cut to exactly what should be heard.

use std::path::{Path, PathBuf};

use super::amr::Amr;
use super::codec::Codec;
use super::demux::{Demuxer, open_native};
use super::ffmpeg::Ffmpeg;
use super::source::Head;
use super::trim::Trim;
use super::{CHANNELS_MAX, DURATION_S_MAX, SAMPLE_RATE_MAX, SAMPLE_RATE_MIN};
use crate::{Error, ErrorKind, Result};

/// Undecodable packets in a row that end a file.
const BAD_IN_ROW_MAX: u32 = 200;
/// Undecodable packets that are forgiven before their share counts.
const BAD_FORGIVEN: u32 = 20;

/// What the samples of a decoder are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Audio frames per second.
    pub sample_rate: u32,
    /// Samples per audio frame.
    pub channels: u16,
    /// Speaker positions as in a WAVE header (`dwChannelMask`); 0 if unknown.
    pub mask: u32,
}

/// Limits and helpers of a [`Decoder`].
#[derive(Debug, Clone)]
pub struct DecodeOptions {
    /// Longest audio accepted, in seconds; one second more is an [`Error::Limit`].
    pub duration_s_max: u64,
    /// Most channels accepted.
    pub channels_max: u16,
    /// The program that reads what is not read natively, looked up as the system does; `None` to never run one.
    pub ffmpeg: Option<PathBuf>,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self { duration_s_max: DURATION_S_MAX, channels_max: CHANNELS_MAX, ffmpeg: Some(PathBuf::from("ffmpeg")) }
    }
}

/// Decodes an audio file block by block; memory does not grow with its length.
pub struct Decoder {
    backend: Backend,
    spec: Spec,
    /// The first block, decoded when opening.
    first: Vec<f32>,
    frames_out: u64,
    frames_max: u64,
    frames_expected: Option<u64>,
}

enum Backend {
    Native(Box<Native>),
    Amr(Box<Amr>),
    Ffmpeg(Box<Ffmpeg>),
}

impl Decoder {
    /// Opens `path` and decodes its first block.
    ///
    /// Errors: [`Error::Malformed`] for an empty or broken file or one without a single audible frame,
    /// [`Error::Unsupported`] naming the format if neither this crate nor `ffmpeg` reads it, [`Error::Limit`].
    pub fn open(path: &Path, options: &DecodeOptions) -> Result<Self> {
        let head = Head::read(path)?;
        if Amr::is_amr(&head) {
            return Self::start(Backend::Amr(Box::new(Amr::open(path, &head)?)), options);
        }
        match Native::open(path, &head) {
            Ok(native) => Self::start(Backend::Native(Box::new(native)), options),
            Err(native) if native.kind() == ErrorKind::Unsupported && !is_no_media(&head) => {
                match Ffmpeg::open(path, options.ffmpeg.as_deref()) {
                    Ok(pipe) => Self::start(Backend::Ffmpeg(Box::new(pipe)), options),
                    Err(_) => Err(native),
                }
            }
            Err(native) => Err(native),
        }
    }

    fn start(mut backend: Backend, options: &DecodeOptions) -> Result<Self> {
        let mut first = Vec::new();
        let has_audio = backend.next(&mut first)?;
        let spec = backend.spec();
        if !has_audio {
            return Err(Error::malformed(backend.name(), "no audio could be decoded"));
        }
        check_limit("number of channels", u64::from(spec.channels), u64::from(options.channels_max))?;
        check_limit("sample rate in Hz", u64::from(spec.sample_rate), u64::from(SAMPLE_RATE_MAX))?;
        if spec.channels == 0 || spec.sample_rate < SAMPLE_RATE_MIN {
            let rate = spec.sample_rate;
            return Err(Error::unsupported(format!("sample rate `{rate}`"), format!("at least {SAMPLE_RATE_MIN} Hz")));
        }
        let frames_expected = match &backend {
            Backend::Native(native) => native.frames_expected(),
            Backend::Amr(amr) => Some(amr.frames()),
            Backend::Ffmpeg(_) => None,
        };
        let frames_max = options.duration_s_max.saturating_mul(u64::from(spec.sample_rate));
        Ok(Self { backend, spec, first, frames_out: 0, frames_max, frames_expected })
    }

    /// Returns what the samples are.
    pub fn spec(&self) -> Spec {
        self.spec
    }

    /// Returns the expected number of audio frames in total; an estimate where the file does not tell.
    pub fn frames_expected(&self) -> Option<u64> {
        self.frames_expected
    }

    /// Returns the bits per sample of a lossless source, `None` for a lossy one.
    pub fn lossless_bits(&self) -> Option<u32> {
        match &self.backend {
            Backend::Native(native) => native.lossless_bits(),
            Backend::Amr(_) | Backend::Ffmpeg(_) => None,
        }
    }

    /// Replaces `block` by the next interleaved samples and returns the number of audio frames; 0 at the end.
    ///
    /// Errors with [`Error::Malformed`] if most of the file turns out to be garbage, with [`Error::Limit`] if it is
    /// too long.
    pub fn next_block(&mut self, block: &mut Vec<f32>) -> Result<usize> {
        block.clear();
        if self.first.is_empty() {
            self.backend.next(block)?;
        } else {
            std::mem::swap(block, &mut self.first);
        }
        let n_frames = block.len() / usize::from(self.spec.channels);
        self.frames_out += n_frames as u64;
        if self.frames_out > self.frames_max {
            let rate = u64::from(self.spec.sample_rate);
            check_limit("duration in seconds", self.frames_out.div_ceil(rate), self.frames_max / rate)?;
        }
        Ok(n_frames)
    }
}

fn is_no_media(head: &Head) -> bool {
    matches!(super::sniff::sniff(head), super::sniff::Kind::NotMedia(_))
}

fn check_limit(what: &'static str, actual: u64, limit: u64) -> Result<()> {
    if actual > limit {
        return Err(Error::Limit { what, actual, limit });
    }
    Ok(())
}

impl Backend {
    /// Replaces `block` by the next non-empty block; `false` at the end.
    fn next(&mut self, block: &mut Vec<f32>) -> Result<bool> {
        match self {
            Self::Native(native) => native.next(block),
            Self::Amr(amr) => amr.next(block),
            Self::Ffmpeg(pipe) => pipe.next(block),
        }
    }

    fn spec(&self) -> Spec {
        match self {
            Self::Native(native) => native.spec,
            Self::Amr(amr) => amr.spec(),
            Self::Ffmpeg(pipe) => pipe.spec(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Native(native) => native.demuxer.container,
            Self::Amr(amr) => amr.name(),
            Self::Ffmpeg(_) => "audio file",
        }
    }
}

/// The native way: demuxer, codec, and the cutting of what should not be heard.
pub(crate) struct Native {
    pub(crate) demuxer: Demuxer,
    codec: Codec,
    spec: Spec,
    cut: Cut,
    n_good: u32,
    n_bad: u32,
    n_bad_in_row: u32,
}

impl Native {
    pub(crate) fn open(path: &Path, head: &Head) -> Result<Self> {
        let mut demuxer = open_native(path, head)?;
        let codec = Codec::open(&mut demuxer)?;
        let spec = Spec { sample_rate: 0, channels: 0, mask: 0 };
        Ok(Self { demuxer, codec, spec, cut: Cut::default(), n_good: 0, n_bad: 0, n_bad_in_row: 0 })
    }

    /// Total audible audio frames as declared; valid once a packet has been decoded.
    fn frames_expected(&self) -> Option<u64> {
        let exact = self.demuxer.trim.keep.map(|keep| scale(keep, self.spec.sample_rate, self.demuxer.trim.rate));
        exact.or_else(|| self.demuxer.declared_s.map(|s| (s * f64::from(self.spec.sample_rate)).round() as u64))
    }

    fn lossless_bits(&self) -> Option<u32> {
        use super::demux::Coding;
        let params = &self.demuxer.params;
        let is_lossless = match self.demuxer.coding {
            Coding::Alac | Coding::Flac => true,
            Coding::Other => super::demux::codec_name(params) == "PCM",
            Coding::Aac | Coding::Mp3 | Coding::Opus => false,
        };
        is_lossless.then(|| params.bits_per_sample.or(params.bits_per_coded_sample).unwrap_or(24))
    }

    fn next(&mut self, block: &mut Vec<f32>) -> Result<bool> {
        loop {
            let Some(packet) = self.demuxer.next_packet()? else {
                return Ok(false);
            };
            if !self.decode(&packet, block)? {
                continue;
            }
            let channels = usize::from(self.spec.channels);
            if self.cut.apply(block, channels) {
                return Ok(false);
            }
            if !block.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Decodes one packet into `block`; `false` if it was damaged and is skipped.
    pub(crate) fn decode(&mut self, packet: &symphonia::core::packet::Packet, block: &mut Vec<f32>) -> Result<bool> {
        let decoded = self.codec.decode(packet, block).and_then(|spec| self.accept(spec, block));
        match decoded {
            Ok(()) => {
                self.n_good += 1;
                self.n_bad_in_row = 0;
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unsupported) => {
                block.clear();
                self.n_bad += 1;
                self.n_bad_in_row += 1;
                let is_garbage = self.n_bad > BAD_FORGIVEN && self.n_bad / 2 > self.n_good;
                if is_garbage || self.n_bad_in_row > BAD_IN_ROW_MAX {
                    return Err(error);
                }
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the spec of the first block for all; later blocks are bent to it or refused.
    fn accept(&mut self, spec: Spec, block: &mut Vec<f32>) -> Result<()> {
        if block.is_empty() || spec.channels == 0 || spec == self.spec {
            return Ok(());
        }
        if self.spec.channels == 0 {
            self.spec = spec;
            self.cut = Cut::new(self.demuxer.trim, spec);
            return Ok(());
        }
        if spec.sample_rate != self.spec.sample_rate {
            return Err(Error::malformed(self.demuxer.container, "its sample rate changes midway"));
        }
        let (from, to) = (usize::from(spec.channels), usize::from(self.spec.channels));
        if from != to {
            let bent: Vec<f32> = block
                .chunks_exact(from)
                .flat_map(|frame| (0..to).map(|at| frame[if from == 1 { 0 } else { at.min(from - 1) }]))
                .collect();
            *block = bent;
        }
        Ok(())
    }
}

/// Converts a count of ticks at one rate to another, rounding to nearest.
pub(crate) fn scale(ticks: u64, to: u32, from: u32) -> u64 {
    let from = u128::from(from.max(1));
    u64::try_from((u128::from(ticks) * u128::from(to) + from / 2) / from).unwrap_or(u64::MAX)
}

/// Drops what is before and behind the audible audio frames.
#[derive(Default)]
struct Cut {
    skip: u64,
    keep: Option<u64>,
    /// Audio frames always held back, because the last ones are padding.
    tail: usize,
    held: Vec<f32>,
}

impl Cut {
    fn new(trim: Trim, spec: Spec) -> Self {
        let frames = |ticks| scale(ticks, spec.sample_rate, trim.rate);
        Self {
            skip: frames(trim.skip),
            keep: trim.keep.map(frames),
            tail: usize::try_from(frames(trim.tail)).unwrap_or(0),
            held: Vec::new(),
        }
    }

    /// Cuts `block` in place; `true` once everything audible has been put out before.
    fn apply(&mut self, block: &mut Vec<f32>, channels: usize) -> bool {
        if self.keep == Some(0) {
            return true;
        }
        let n_frames = block.len() / channels.max(1);
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(n_frames);
        self.skip -= skipped as u64;
        block.drain(..skipped * channels);
        if self.tail > 0 {
            self.held.append(block);
            let n_ready = (self.held.len() / channels).saturating_sub(self.tail);
            block.extend(self.held.drain(..n_ready * channels));
        }
        if let Some(keep) = &mut self.keep {
            let n_kept = usize::try_from(*keep).unwrap_or(usize::MAX).min(block.len() / channels);
            block.truncate(n_kept * channels);
            *keep -= n_kept as u64;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_drops_start_and_tail_across_blocks() {
        let trim = Trim { rate: 48_000, skip: 3, keep: None, tail: 2 };
        let mut cut = Cut::new(trim, Spec { sample_rate: 48_000, channels: 1, mask: 4 });
        let mut heard = Vec::new();
        for start in [0_u8, 2, 4, 6, 8] {
            let mut block = vec![f32::from(start), f32::from(start + 1)];
            assert!(!cut.apply(&mut block, 1));
            heard.extend(block);
        }
        assert_eq!(heard, [3.0, 4.0, 5.0, 6.0, 7.0]);
    }

    #[test]
    fn ticks_are_rounded_to_nearest() {
        assert_eq!(scale(1024, 44_100, 22_050), 2048);
        assert_eq!(scale(1, 48_000, 1000), 48);
        assert_eq!(scale(u64::MAX, 2, 1), u64::MAX);
    }
}
