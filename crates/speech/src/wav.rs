//! Reads WAV files and bare PCM as speech servers send them.

use crate::error::{Error, Result};

/// The longest sound accepted: ten minutes of 48 kHz.
const SAMPLES_MAX: usize = 48_000 * 600;

/// Mono samples and their rate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sound {
    pub rate: u32,
    pub samples: Vec<f32>,
}

/// Reads a RIFF WAVE file with PCM of 8 to 32 bits or floats; channels are mixed.
///
/// The sizes in the header may be 0 or wrong, as servers that stream write them.
pub(crate) fn read_wav(bytes: &[u8]) -> Result<Sound> {
    let malformed = |reason: &str| Error::Malformed { what: "WAV answer".into(), reason: reason.to_owned() };
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err(malformed("it does not begin with RIFF and WAVE"));
    }
    let mut format = None;
    let mut at = 12;
    while let Some(header) = bytes.get(at..at + 8) {
        let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let body = &bytes[at + 8..];
        let chunk = &body[..size.min(body.len())];
        match &header[..4] {
            b"fmt " => format = Some(Format::read(chunk).ok_or_else(|| malformed("its format chunk is too short"))?),
            b"data" => {
                let format = format.ok_or_else(|| malformed("its data come before their format"))?;
                let data = if size == 0 { body } else { chunk };
                return format.decode(data);
            }
            _ => {}
        }
        at += 8 + size.saturating_add(size % 2).min(bytes.len());
    }
    Err(malformed("it has no data"))
}

/// Reads signed 16-bit little-endian mono samples.
pub(crate) fn read_pcm(bytes: &[u8], rate: u32) -> Result<Sound> {
    Format { kind: 1, channels: 1, rate, bits: 16 }.decode(bytes)
}

#[derive(Clone, Copy)]
struct Format {
    /// 1 is integers, 3 is floats.
    kind: u16,
    channels: u16,
    rate: u32,
    bits: u16,
}

impl Format {
    fn read(chunk: &[u8]) -> Option<Self> {
        let short = |at: usize| Some(u16::from_le_bytes([*chunk.get(at)?, *chunk.get(at + 1)?]));
        let rate = u32::from(short(4)?) | u32::from(short(6)?) << 16;
        let kind = short(0)?;
        // The extensible form has the kind further down.
        let kind = if kind == 0xfffe { short(24)? } else { kind };
        Some(Self { kind, channels: short(2)?, rate, bits: short(14)? })
    }

    fn decode(self, data: &[u8]) -> Result<Sound> {
        let unsupported = |reason: String| Error::Unsupported { what: "WAV answer".into(), reason };
        let decode: fn(&[u8]) -> f32 = match (self.kind, self.bits) {
            (1, 8) => |bytes| (f32::from(bytes[0]) - 128.0) / 128.0,
            (1, 16) => |bytes| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0,
            (1, 24) => |bytes| i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]) as f32 / 2_147_483_648.0,
            (1, 32) => |bytes| i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as f32 / 2_147_483_648.0,
            (3, 32) => |bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            (kind, bits) => return Err(unsupported(format!("coding {kind} with {bits} bits; 16-bit PCM would do"))),
        };
        if !(1..=8).contains(&self.channels) || !(8_000..=192_000).contains(&self.rate) {
            return Err(unsupported(format!("{} channels at {} Hz", self.channels, self.rate)));
        }
        let n_bytes = usize::from(self.bits / 8);
        let n_frame = n_bytes * usize::from(self.channels);
        let n_samples = data.len() / n_frame;
        if n_samples > SAMPLES_MAX {
            return Err(Error::Limit {
                what: "the answer's length in samples",
                actual: n_samples as u64,
                limit: SAMPLES_MAX as u64,
            });
        }
        let mix = |frame: &[u8]| {
            let sum: f32 = frame.chunks_exact(n_bytes).map(decode).sum();
            let sample = sum / f32::from(self.channels);
            if sample.is_finite() { sample.clamp(-8.0, 8.0) } else { 0.0 }
        };
        Ok(Sound { rate: self.rate, samples: data.chunks_exact(n_frame).map(mix).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(kind: u16, channels: u16, rate: u32, bits: u16, size: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"LIST\x03\0\0\0abc\0data");
        bytes.extend(size.to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn files_of_servers_are_read() {
        let sound = read_wav(&wav(1, 2, 24_000, 16, u32::MAX, &[0, 64, 0, 0, 0, 192, 0, 192])).unwrap();
        assert_eq!(sound, Sound { rate: 24_000, samples: vec![0.25, -0.5] });
        let sound = read_wav(&wav(3, 1, 48_000, 32, 0, &[&1.0f32.to_le_bytes()[..], &f32::NAN.to_le_bytes()].concat()))
            .unwrap();
        assert_eq!(sound.samples, [1.0, 0.0]);
    }

    #[test]
    fn broken_files_are_errors() {
        for bytes in [
            b"".to_vec(),
            b"RIFF".to_vec(),
            wav(1, 0, 48_000, 16, 0, &[]),
            wav(2, 1, 48_000, 4, 0, &[]),
            wav(1, 1, 1, 16, 0, &[]),
        ] {
            assert!(read_wav(&bytes).is_err());
        }
        let whole = wav(1, 1, 48_000, 16, 4, &[0; 4]);
        for n_bytes in 0..whole.len() {
            // Any beginning of a file is an error or a shorter sound, never a panic.
            read_wav(&whole[..n_bytes]).ok();
        }
    }
}
