//! WAV files: RIFF with 16 or 24 bits per sample, RF64 (EBU Tech 3306) beyond 4 GiB.
//!
//! Layout: 1. `RIFF` or `RF64`, size, `WAVE`; 2. `JUNK` or `ds64`, 28 bytes, reserved so that the header can become
//! RF64 in place; 3. `fmt `; 4. `data`.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::decode::{DecodeOptions, Decoder, Spec};
use crate::{Error, Result};

/// Bits per sample of lossy sources and of lossless ones that have no more.
const BITS_PLAIN: u16 = 16;
/// Bits per sample of lossless sources with more than 16.
const BITS_FINE: u16 = 24;
/// Bytes of the `ds64` chunk's body: three 64-bit sizes and an empty table.
const DS64_BYTES: u32 = 28;
/// Ends the GUID of a sample format in a WAVEFORMATEXTENSIBLE header (`KSDATAFORMAT_SUBTYPE_PCM`).
const PCM_GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Audio frames.
    pub frames: u64,
    /// Rate and channels.
    pub spec: Spec,
    /// 16 or 24.
    pub bits: u16,
}

/// Decodes `input` into the WAV file `output`, which is replaced.
///
/// `progress` gets the audio frames done and the expected total after every block; [`ControlFlow::Break`] stops with
/// [`Error::Cancelled`]. On any error `output` is removed. Samples are rounded to nearest, so equal input gives
/// equal bytes.
pub fn write(
    input: &Path,
    output: &Path,
    options: &DecodeOptions,
    mut progress: impl FnMut(u64, Option<u64>) -> ControlFlow<()>,
) -> Result<Written> {
    let mut decoder = Decoder::open(input, options)?;
    let total = decoder.frames_expected();
    let bits = if decoder.lossless_bits().is_some_and(|bits| bits > 16) { BITS_FINE } else { BITS_PLAIN };
    let mut writer = Writer::create(output, decoder.spec(), bits)?;
    let mut decode_all = || {
        let mut block = Vec::new();
        while decoder.next_block(&mut block)? > 0 {
            writer.push(&block)?;
            if progress(writer.frames, total).is_break() {
                return Err(Error::Cancelled);
            }
        }
        writer.finish()
    };
    match decode_all() {
        Ok(frames) => Ok(Written { frames, spec: decoder.spec(), bits }),
        Err(error) => {
            // The error says more than a failure to clean up after it would.
            let _ = std::fs::remove_file(output);
            Err(error)
        }
    }
}

/// Writes interleaved samples into a WAV file.
pub struct Writer {
    file: BufWriter<File>,
    path: std::path::PathBuf,
    spec: Spec,
    bits: u16,
    frames: u64,
    bytes: Vec<u8>,
}

impl Writer {
    /// Creates or replaces the file at `path`; `bits` is 16 or 24 per sample.
    pub fn create(path: &Path, spec: Spec, bits: u16) -> Result<Self> {
        if spec.channels == 0 || !(bits == BITS_PLAIN || bits == BITS_FINE) {
            return Err(Error::unsupported("WAV", format!("{} channels of {bits} bits", spec.channels)));
        }
        let file = File::create(path).map_err(|source| Error::io("create", path, source))?;
        let mut writer =
            Self { file: BufWriter::new(file), path: path.to_owned(), spec, bits, frames: 0, bytes: Vec::new() };
        writer.write_header()?;
        Ok(writer)
    }

    /// Appends interleaved samples; values beyond full scale are clipped.
    pub fn push(&mut self, block: &[f32]) -> Result<()> {
        self.bytes.clear();
        if self.bits == BITS_PLAIN {
            self.bytes.extend(block.iter().flat_map(|&sample| {
                let value = (sample * 32_768.0).round_ties_even().clamp(-32_768.0, 32_767.0);
                (value as i16).to_le_bytes()
            }));
        } else {
            self.bytes.extend(block.iter().flat_map(|&sample| {
                let value = (f64::from(sample) * 8_388_608.0).round_ties_even().clamp(-8_388_608.0, 8_388_607.0);
                let [a, b, c, _] = (value as i32).to_le_bytes();
                [a, b, c]
            }));
        }
        self.file.write_all(&self.bytes).map_err(|source| Error::io("write", &self.path, source))?;
        self.frames += (block.len() / usize::from(self.spec.channels)) as u64;
        Ok(())
    }

    /// Completes the header and returns the number of audio frames.
    pub fn finish(&mut self) -> Result<u64> {
        let io = |source| Error::io("write", &self.path, source);
        if self.data_bytes() % 2 == 1 {
            self.file.write_all(&[0]).map_err(io)?;
        }
        self.file.seek(SeekFrom::Start(0)).map_err(io)?;
        self.write_header()?;
        self.file.flush().map_err(|source| Error::io("write", &self.path, source))?;
        Ok(self.frames)
    }

    fn data_bytes(&self) -> u64 {
        self.frames * u64::from(self.spec.channels) * u64::from(self.bits / 8)
    }

    fn write_header(&mut self) -> Result<()> {
        let header = header(self.spec, self.bits, self.frames, self.data_bytes());
        self.file.write_all(&header).map_err(|source| Error::io("write", &self.path, source))
    }
}

fn header(spec: Spec, bits: u16, frames: u64, data_bytes: u64) -> Vec<u8> {
    let is_extensible = spec.channels > 2;
    let fmt_bytes: u32 = if is_extensible { 40 } else { 16 };
    let riff_bytes = 4 + 8 + u64::from(DS64_BYTES) + 8 + u64::from(fmt_bytes) + 8 + data_bytes + data_bytes % 2;
    let is_small = u32::try_from(riff_bytes).is_ok_and(|size| size < u32::MAX);
    // Where the 32 bits do not suffice, `u32::MAX` sends the reader to `ds64`.
    let small = |size: u64| {
        if is_small { u32::try_from(size).unwrap_or(u32::MAX) } else { u32::MAX }
    };
    let mut out = Vec::with_capacity(128);
    out.extend(if is_small { b"RIFF" } else { b"RF64" });
    out.extend(small(riff_bytes).to_le_bytes());
    out.extend(b"WAVE");
    out.extend(if is_small { b"JUNK" } else { b"ds64" });
    out.extend(DS64_BYTES.to_le_bytes());
    for size in [riff_bytes, data_bytes, frames] {
        out.extend((if is_small { 0 } else { size }).to_le_bytes());
    }
    out.extend(0_u32.to_le_bytes());
    let frame_bytes = u32::from(spec.channels) * u32::from(bits / 8);
    out.extend(b"fmt ");
    out.extend(fmt_bytes.to_le_bytes());
    out.extend((if is_extensible { 0xfffe_u16 } else { 1 }).to_le_bytes());
    out.extend(spec.channels.to_le_bytes());
    out.extend(spec.sample_rate.to_le_bytes());
    out.extend(spec.sample_rate.saturating_mul(frame_bytes).to_le_bytes());
    out.extend(u16::try_from(frame_bytes).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(bits.to_le_bytes());
    if is_extensible {
        out.extend(22_u16.to_le_bytes());
        out.extend(bits.to_le_bytes());
        out.extend(spec.mask.to_le_bytes());
        out.extend(1_u16.to_le_bytes());
        out.extend(PCM_GUID_TAIL);
    }
    out.extend(b"data");
    out.extend(small(data_bytes).to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_beyond_32_bits_go_to_ds64() {
        let spec = Spec { sample_rate: 48_000, channels: 2, mask: 3 };
        let frames = 3_000_000_000_u64;
        let big = header(spec, 16, frames, frames * 4);
        assert_eq!(&big[..4], b"RF64");
        assert_eq!(&big[4..8], &[0xff; 4]);
        assert_eq!(&big[12..16], b"ds64");
        assert_eq!(&big[28..36], &(frames * 4).to_le_bytes());
        let little = header(spec, 16, 10, 40);
        assert_eq!((&little[..4], &little[12..16]), (&b"RIFF"[..], &b"JUNK"[..]));
        assert_eq!(little.len(), big.len());
    }
}
