//! The fingerprint file, `.phfp`: open, small, and free of audio.
//!
//! All numbers are little-endian.
//!
//! 1. 8 bytes: `PHONOFPR`.
//! 2. `u16`: version, 1.
//! 3. `u16`: 0.
//! 4. `u32`: number of peaks.
//! 5. `u64`: duration in ms.
//! 6. Each peak, in order of frame and pitch:
//!    frames since the peak before (the first: since 0) as LEB128 of at most 5 bytes; `u16` pitch; `u8` prominence; `u8` rank. See [`Peak`].
//! 7. `u32`: CRC-32 (ISO-HDLC) of everything before.

use crate::peak::{CELL_FRAMES, FRAME_MS, N_CELLS, PITCH_MAX, QUOTA_MAX};
use crate::{Error, Fingerprint, Peak, Result};

/// The ending of a fingerprint file's name.
pub const FILE_EXTENSION: &str = "phfp";
const MAGIC: &[u8; 8] = b"PHONOFPR";
const VERSION: u16 = 1;
const HEADER_LEN: usize = 24;
const CRC_LEN: usize = 4;
const PEAK_LEN_MIN: usize = 5;
const WHAT: &str = "fingerprint";
/// Frames are numbered with 32 bits; the last one's window ends a little later.
const DURATION_MS_MAX: u64 = (u32::MAX as u64 + 9) * FRAME_MS;

impl Fingerprint {
    /// Whether `bytes` begin as a fingerprint file does. Eight bytes are enough.
    #[must_use]
    pub fn is_fingerprint(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// Writes the fingerprint as a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_LEN + self.peaks().len() * PEAK_LEN_MIN + CRC_LEN);
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend(0u16.to_le_bytes());
        out.extend((self.peaks().len() as u32).to_le_bytes());
        out.extend(self.duration_ms().to_le_bytes());
        let mut frame = 0;
        for peak in self.peaks() {
            write_leb128(&mut out, peak.frame - frame);
            out.extend(peak.pitch.to_le_bytes());
            out.extend([peak.prominence, peak.rank]);
            frame = peak.frame;
        }
        out.extend(crc32fast::hash(&out).to_le_bytes());
        out
    }

    /// Reads a fingerprint file.
    ///
    /// # Errors
    /// Bytes that are of another format, of a later version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if !Self::is_fingerprint(bytes) {
            return Err(Error::Foreign { what: WHAT });
        }
        let damaged = |reason| Error::Damaged { what: WHAT, reason };
        let header = bytes.get(..HEADER_LEN).ok_or(damaged("it ends within its header"))?;
        let version = u16::from_le_bytes([header[8], header[9]]);
        if version != VERSION {
            return Err(Error::Version { what: WHAT, version, newest: VERSION });
        }
        let n_peaks = u32::from_le_bytes([header[12], header[13], header[14], header[15]]) as usize;
        let mut duration = [0; 8];
        duration.copy_from_slice(&header[16..24]);
        let duration_ms = u64::from_le_bytes(duration);
        let (body, crc) = bytes.split_last_chunk::<CRC_LEN>().ok_or(damaged("it ends within its header"))?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return Err(damaged("its checksum is wrong"));
        }
        let mut rest = body.get(HEADER_LEN..).ok_or(damaged("it ends within its header"))?;
        if n_peaks > rest.len() / PEAK_LEN_MIN {
            return Err(damaged("it has fewer peaks than it says"));
        }
        let mut peaks = Vec::with_capacity(n_peaks);
        let mut before: Option<Peak> = None;
        for _ in 0..n_peaks {
            let peak = read_peak(&mut rest, before.map_or(0, |p| p.frame)).ok_or(damaged("a peak is out of range"))?;
            if before.is_some_and(|b| (b.frame, b.pitch) >= (peak.frame, peak.pitch)) {
                return Err(damaged("its peaks are out of order"));
            }
            before = Some(peak);
            peaks.push(peak);
        }
        // Wherever frames are counted from, half a second touches two rows of cells at most.
        let n_max = 2 * N_CELLS * usize::from(QUOTA_MAX);
        if peaks.windows(n_max + 1).any(|w| w[n_max].frame - w[0].frame < CELL_FRAMES) {
            return Err(damaged("it has more peaks in half a second than an extractor finds"));
        }
        if !rest.is_empty() {
            return Err(damaged("it has more peaks than it says"));
        }
        if duration_ms > DURATION_MS_MAX {
            return Err(damaged("it lasts longer than its frames can count"));
        }
        if before.is_some_and(|last| u64::from(last.frame) * FRAME_MS > duration_ms) {
            return Err(damaged("it has peaks after its end"));
        }
        Ok(Self::new(peaks, duration_ms))
    }
}

fn read_peak(rest: &mut &[u8], frame_before: u32) -> Option<Peak> {
    let frame = frame_before.checked_add(read_leb128(rest)?)?;
    let (fields, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    let pitch = u16::from_le_bytes([fields[0], fields[1]]);
    (pitch <= PITCH_MAX).then_some(Peak { frame, pitch, prominence: fields[2], rank: fields[3] })
}

fn write_leb128(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_leb128(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Fingerprint {
        let peak = |frame, pitch| Peak { frame, pitch, prominence: 9, rank: 3 };
        Fingerprint::new(vec![peak(0, 5), peak(0, 9), peak(130, PITCH_MAX), peak(70_000, 0)], 1_200_000)
    }

    #[test]
    fn comes_back() {
        assert_eq!(Fingerprint::from_bytes(&sample().to_bytes()).unwrap(), sample());
        assert_eq!(Fingerprint::from_bytes(&Fingerprint::default().to_bytes()).unwrap(), Fingerprint::default());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = sample().to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Fingerprint::from_bytes(&damaged).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(Fingerprint::from_bytes(&bytes[..len]).is_err(), "first {len} bytes");
        }
    }

    #[test]
    fn a_slice_of_the_densest_can_be_read() {
        let row = |frame| (0..36).map(move |pitch| Peak { frame, pitch, prominence: 0, rank: 0 });
        let densest = Fingerprint::new(row(30).chain(row(31)).collect(), 2_000);
        for fingerprint in [densest.clone(), densest.slice(256..2_000)] {
            assert_eq!(Fingerprint::from_bytes(&fingerprint.to_bytes()).unwrap(), fingerprint);
        }
        let too_dense = Fingerprint::new(row(30).chain(row(31)).chain(row(32)).collect(), 2_000);
        assert!(Fingerprint::from_bytes(&too_dense.to_bytes()).is_err());
    }

    #[test]
    fn a_duration_beyond_all_frames_is_refused() {
        for (duration_ms, is_fine) in [(DURATION_MS_MAX, true), (DURATION_MS_MAX + 1, false)] {
            let bytes = Fingerprint::new(Vec::new(), duration_ms).to_bytes();
            assert_eq!(Fingerprint::from_bytes(&bytes).is_ok(), is_fine);
        }
    }

    #[test]
    fn tells_foreign_from_newer() {
        assert!(matches!(Fingerprint::from_bytes(b"ID3\x04 a song"), Err(Error::Foreign { .. })));
        let mut newer = sample().to_bytes();
        newer[8] = 2;
        assert!(matches!(Fingerprint::from_bytes(&newer), Err(Error::Version { version: 2, newest: 1, .. })));
    }
}
