//! AMR and AMR-WB speech files (RFC 4867, 5): what telephones record.

use std::fs::File;
use std::io::{BufReader, ErrorKind as IoErrorKind, Read};
use std::path::Path;

use codec_core::codecs::amr::{AmrMode, AmrVariant, nb, wb};

use super::decode::Spec;
use super::guard;
use super::source::Head;
use crate::{Error, Result};

const MAGIC: &[u8] = b"#!AMR\n";
const MAGIC_WIDE: &[u8] = b"#!AMR-WB\n";
/// Bytes of a frame by its type (RFC 4867, 5.3; 3GPP TS 26.101 and 26.201): speech at each rate, and the description of a silence.
const FRAME_BYTES: [usize; 9] = [12, 13, 15, 17, 19, 20, 26, 31, 5];
const FRAME_BYTES_WIDE: [usize; 10] = [17, 23, 32, 36, 40, 46, 50, 58, 60, 5];
/// Frame types from here on carry nothing: lost, or not sent.
const EMPTY_TYPE_MIN: usize = 14;
/// A frame is 20 ms.
const FRAMES_PER_S: u32 = 50;

/// A file that is being decoded.
pub(crate) struct Amr {
    input: BufReader<File>,
    decoder: Decoder,
    n_frames: u64,
}

enum Decoder {
    Narrow(Box<nb::decoder::Decoder>),
    Wide(Box<wb::decoder::Decoder>),
}

impl Amr {
    /// Tells whether a file is one.
    pub(crate) fn is_amr(head: &Head) -> bool {
        head.bytes.starts_with(MAGIC) || head.bytes.starts_with(MAGIC_WIDE)
    }

    /// Opens a file that [`Self::is_amr`], counts its frames, and goes back to the first.
    pub(crate) fn open(path: &Path, head: &Head) -> Result<Self> {
        let is_wide = head.bytes.starts_with(MAGIC_WIDE);
        let open = || {
            let mut input = BufReader::new(File::open(path)?);
            let skipped = head.tag_bytes + if is_wide { MAGIC_WIDE.len() } else { MAGIC.len() } as u64;
            std::io::copy(&mut input.by_ref().take(skipped), &mut std::io::sink())?;
            Ok(input)
        };
        let io = |source| Error::io("read", path, source);
        let mut counting = open().map_err(io)?;
        let mut n_frames = 0;
        while next_frame(&mut counting, is_wide).map_err(io)?.is_some() {
            n_frames += 1;
        }
        let decoder = if is_wide { Decoder::Wide(Box::default()) } else { Decoder::Narrow(Box::default()) };
        Ok(Self { input: open().map_err(io)?, decoder, n_frames })
    }

    pub(crate) fn spec(&self) -> Spec {
        Spec { sample_rate: self.frame_samples() * FRAMES_PER_S, channels: 1, mask: 0 }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.decoder {
            Decoder::Narrow(_) => "AMR-NB",
            Decoder::Wide(_) => "AMR-WB",
        }
    }

    /// Returns the number of audio frames, each a sample.
    pub(crate) fn frames(&self) -> u64 {
        self.n_frames * u64::from(self.frame_samples())
    }

    fn frame_samples(&self) -> u32 {
        match self.decoder {
            Decoder::Narrow(_) => 160,
            Decoder::Wide(_) => 320,
        }
    }

    /// Replaces `block` by the next samples; `false` at the end. A file that is cut off ends with its last whole frame.
    pub(crate) fn next(&mut self, block: &mut Vec<f32>) -> Result<bool> {
        block.clear();
        let is_wide = matches!(self.decoder, Decoder::Wide(_));
        let read = next_frame(&mut self.input, is_wide);
        let Some((kind, payload)) = read.map_err(|source| Error::io("read", Path::new(self.name()), source))? else {
            return Ok(false);
        };
        let n_samples = self.frame_samples() as usize;
        let decoded = guard(self.name(), || Ok(self.decoder.decode(kind, &payload)))?;
        match decoded {
            Some(samples) => block.extend(samples.into_iter().map(|sample| f32::from(sample) / 32_768.0)),
            // What stands for a silence is one here: its noise is the receiver's own.
            None => block.resize(n_samples, 0.0),
        }
        Ok(true)
    }
}

impl Decoder {
    /// Decodes a frame of speech; `None` for any other.
    fn decode(&mut self, kind: usize, payload: &[u8]) -> Option<Vec<i16>> {
        let index = u8::try_from(kind).ok()?;
        match self {
            Self::Narrow(decoder) if kind < FRAME_BYTES.len() - 1 => decoder.decode(index, payload).map(Vec::from),
            Self::Wide(decoder) if kind < FRAME_BYTES_WIDE.len() - 1 => {
                let mode = AmrMode::new(AmrVariant::WideBand, index).ok()?;
                decoder.decode(mode, payload).map(Vec::from)
            }
            Self::Narrow(_) | Self::Wide(_) => None,
        }
    }
}

/// Reads a frame: its type and what is in it; `None` at the end, and where what follows cannot be a frame.
fn next_frame(input: &mut impl Read, is_wide: bool) -> std::io::Result<Option<(usize, Vec<u8>)>> {
    let mut header = [0];
    if input.read(&mut header)? == 0 {
        return Ok(None);
    }
    let kind = usize::from(header[0] >> 3 & 15);
    let known = if is_wide { FRAME_BYTES_WIDE.get(kind) } else { FRAME_BYTES.get(kind) };
    let n_bytes = match known {
        Some(n_bytes) => *n_bytes,
        None if kind >= EMPTY_TYPE_MIN => 0,
        None => return Ok(None),
    };
    let mut payload = vec![0; n_bytes];
    match input.read_exact(&mut payload) {
        Ok(()) => Ok(Some((kind, payload))),
        Err(error) if error.kind() == IoErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use codec_core::codecs::amr::nb::enc::encoder::{NbEncoder, Rate};

    use super::*;
    use crate::audio::{DecodeOptions, probe};

    /// A second of a high voice's steady vowel.
    fn buzz() -> Vec<i16> {
        let sample = |n: i32| {
            let seconds = n as f32 / 8000.0;
            let wave: f32 = (1..5).map(|k| (seconds * 250.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
            (wave * 5000.0) as i16
        };
        (0..8000).map(sample).collect()
    }

    fn file() -> Vec<u8> {
        let mut encoder = NbEncoder::new();
        let rate = Rate::from_index(7).unwrap();
        let mut bytes = MAGIC.to_vec();
        for frame in buzz().chunks_exact(160) {
            bytes.push(7 << 3 | 4);
            bytes.extend(encoder.encode_frame(frame.try_into().unwrap(), rate));
        }
        bytes
    }

    fn decoded(bytes: &[u8]) -> Result<Vec<f32>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.amr");
        std::fs::write(&path, bytes).unwrap();
        let options = DecodeOptions { ffmpeg: None, ..DecodeOptions::default() };
        let mut decoder = crate::audio::Decoder::open(&path, &options)?;
        let (mut samples, mut block) = (Vec::new(), Vec::new());
        while decoder.next_block(&mut block)? > 0 {
            samples.extend_from_slice(&block);
        }
        assert_eq!(decoder.frames_expected(), Some(samples.len() as u64));
        assert_eq!(probe(&path, &options)?.duration_ms, Some(samples.len() as u64 / 8));
        Ok(samples)
    }

    #[test]
    fn speech_comes_back() {
        let (source, samples) = (buzz(), decoded(&file()).unwrap());
        assert_eq!(samples.len(), 8000);
        // The encoder looks ahead, and its filters delay what they pass.
        let correlation = |delay: usize| {
            let pairs = samples[delay..].iter().zip(&source).map(|(a, b)| (*a, f32::from(*b)));
            let (xy, xx, yy) = pairs.fold((0.0, 0.0, 0.0), |(xy, xx, yy), (x, y)| (xy + x * y, xx + x * x, yy + y * y));
            xy / (xx * yy).sqrt()
        };
        let best = (0..400).map(correlation).fold(0.0, f32::max);
        assert!(best > 0.8, "{best}");
    }

    #[test]
    fn what_is_cut_off_or_no_frame_ends_the_sound() {
        let whole = file();
        assert_eq!(decoded(&whole[..whole.len() - 1]).unwrap().len(), 8000 - 160);
        // A frame that was not sent, one that stands for a silence, one of a type that there is not, and more.
        let odd = [MAGIC, &[15 << 3], &[8 << 3, 1, 2, 3, 4, 5], &[10 << 3], &whole[6..]].concat();
        let samples = decoded(&odd).unwrap();
        assert_eq!(samples, vec![0.0; 320]);
        assert!(decoded(MAGIC).is_err());
    }
}
