//! The manifest: which segments are in use, what of them is removed, and how much of the changelog they hold.
//!
//! It is small, and replaced as a whole. All numbers are little-endian; a text is a `u16` length and that many bytes of UTF-8.
//!
//! 1. 8 bytes: `PHONOMAN`.
//! 2. `u16`: version, 1.
//! 3. `u16`: 0.
//! 4. `u32`: number of segments.
//! 5. `u64`: changes up to this sequence number are in the segments; the changelog goes on from there.
//! 6. `u64`: number of the next segment. Numbers are not used twice.
//! 7. Each segment:
//!    1. `u64`: its number; its file is `segments/NUMBER.seg`, in 10 digits or more.
//!    2. `u32`: number of tracks.
//!    3. `u32`: number of runs.
//!    4. Each run, by name of bucket: the text of the bucket's name, `u32` number of tracks. The tracks of a segment are ordered by
//!       bucket and then by name, as bytes; the runs say where each bucket ends.
//!    5. `u32`: number of removed tracks.
//!    6. Each removed track, in order: the ordinal as LEB128, counted from the one after the removed track before.
//! 8. `u32`: CRC-32 (ISO-HDLC) of everything before.

use std::sync::Arc;

use crate::bitmap::Bitmap;
use crate::bytes::{Reader, put_leb128, put_text};
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"PHONOMAN";
/// Tracks of a segment, at most: what is removed is a bitmap of 8 MiB then, which no small file may ask for more than.
const N_TRACKS_MAX: u32 = 1 << 26;
const VERSION: u16 = 1;
const WHAT: &str = "manifest";
const RUN_LEN_MIN: usize = 6;
const SEGMENT_LEN_MIN: usize = 20;

/// What the manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Changes up to this sequence number are in the segments.
    pub absorbed: u64,
    /// The number of the next segment.
    pub next_segment: u64,
    /// The segments in use.
    pub segments: Vec<SegmentEntry>,
}

/// A segment in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentEntry {
    /// The number its file is named by.
    pub number: u64,
    /// Its number of tracks, removed ones included.
    pub n_tracks: u32,
    /// Which of its tracks are in which bucket.
    pub(crate) runs: Arc<[Run]>,
    /// Which of its tracks are removed.
    pub(crate) removed: Arc<Bitmap>,
}

/// Neighboring tracks of one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The bucket.
    pub(crate) bucket: Arc<str>,
    /// The ordinal of the first track.
    pub(crate) start: u32,
    /// The ordinal after the last.
    pub(crate) end: u32,
}

/// Writes a manifest.
#[must_use]
pub fn encode(manifest: &Manifest) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out.extend((manifest.segments.len() as u32).to_le_bytes());
    out.extend(manifest.absorbed.to_le_bytes());
    out.extend(manifest.next_segment.to_le_bytes());
    for segment in &manifest.segments {
        out.extend(segment.number.to_le_bytes());
        out.extend(segment.n_tracks.to_le_bytes());
        out.extend((segment.runs.len() as u32).to_le_bytes());
        for run in &*segment.runs {
            put_text(&mut out, &run.bucket);
            out.extend((run.end - run.start).to_le_bytes());
        }
        out.extend(segment.removed.len().to_le_bytes());
        let mut next = 0;
        for ordinal in segment.removed.iter() {
            put_leb128(&mut out, ordinal - next);
            next = ordinal + 1;
        }
    }
    out.extend(crc32fast::hash(&out).to_le_bytes());
    out
}

/// Reads a manifest.
///
/// # Errors
/// Bytes that are of another format, of a later version, or damaged.
pub fn decode(bytes: &[u8]) -> Result<Manifest> {
    let damaged = |reason| Error::Damaged { what: WHAT, reason };
    if !bytes.starts_with(MAGIC) {
        return Err(Error::Foreign { what: WHAT });
    }
    let version = bytes.get(8..10).map(|v| u16::from_le_bytes([v[0], v[1]])).ok_or(damaged("it ends too early"))?;
    if version != VERSION {
        return Err(Error::Version { what: WHAT, version, newest: VERSION });
    }
    let (body, crc) = bytes.split_last_chunk::<4>().ok_or(damaged("it ends too early"))?;
    if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
        return Err(damaged("its checksum is wrong"));
    }
    let mut reader = Reader::new(body.get(12..).ok_or(damaged("it ends too early"))?);
    let manifest = read_body(&mut reader).ok_or(damaged("a segment's entry breaks the rules"))?;
    if !reader.is_empty() {
        return Err(damaged("it has more segments than it says"));
    }
    if manifest.segments.iter().any(|s| s.number >= manifest.next_segment) {
        return Err(damaged("a segment has a number that is not given out yet"));
    }
    if manifest.absorbed == u64::MAX || manifest.next_segment == u64::MAX {
        return Err(damaged("its numbers leave none for what comes next"));
    }
    Ok(manifest)
}

fn read_body(reader: &mut Reader<'_>) -> Option<Manifest> {
    let n_segments = reader.u32()? as usize;
    let (absorbed, next_segment) = (reader.u64()?, reader.u64()?);
    // A declared count never sizes an allocation by itself.
    let mut segments = Vec::with_capacity(n_segments.min(reader.len() / SEGMENT_LEN_MIN));
    for _ in 0..n_segments {
        segments.push(read_segment(reader)?);
    }
    Some(Manifest { absorbed, next_segment, segments })
}

fn read_segment(reader: &mut Reader<'_>) -> Option<SegmentEntry> {
    let (number, n_tracks, n_runs) = (reader.u64()?, reader.u32()?, reader.u32()? as usize);
    if n_tracks > N_TRACKS_MAX {
        return None;
    }
    let mut runs: Vec<Run> = Vec::with_capacity(n_runs.min(reader.len() / RUN_LEN_MIN));
    let mut start = 0u32;
    for _ in 0..n_runs {
        let bucket = reader.text()?;
        let n_tracks_of_run = reader.u32()?;
        let end = start.checked_add(n_tracks_of_run)?;
        let is_in_order = runs.last().is_none_or(|before| *before.bucket < *bucket);
        if !is_in_order || n_tracks_of_run == 0 {
            return None;
        }
        runs.push(Run { bucket: bucket.into(), start, end });
        start = end;
    }
    if start != n_tracks {
        return None;
    }
    let n_removed = reader.u32()?;
    let mut removed = Bitmap::default();
    let mut next = 0u32;
    for _ in 0..n_removed {
        let ordinal = next.checked_add(reader.leb128()?).filter(|&ordinal| ordinal < n_tracks)?;
        removed.insert(ordinal);
        next = ordinal + 1;
    }
    Some(SegmentEntry { number, n_tracks, runs: runs.into(), removed: Arc::new(removed) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        let run = |bucket: &str, start, end| Run { bucket: bucket.into(), start, end };
        let segment = |number, runs: Vec<Run>, removed: &[u32]| SegmentEntry {
            number,
            n_tracks: runs.last().map_or(0, |run| run.end),
            runs: runs.into(),
            removed: Arc::new(removed.iter().copied().collect()),
        };
        let segments = vec![
            segment(7, vec![run("", 0, 3), run("a", 3, 1000), run("ü", 1000, 1001)], &[0, 1, 500, 1000]),
            segment(9, vec![run("a", 0, 1)], &[]),
        ];
        Manifest { absorbed: 12, next_segment: 10, segments }
    }

    #[test]
    fn comes_back() {
        assert_eq!(decode(&encode(&sample())).unwrap(), sample());
        assert_eq!(decode(&encode(&Manifest::default())).unwrap(), Manifest::default());
    }

    #[test]
    fn a_segment_with_too_many_tracks_is_refused() {
        for (n_tracks, is_fine) in [(N_TRACKS_MAX, true), (N_TRACKS_MAX + 1, false)] {
            let runs: Vec<Run> = vec![Run { bucket: "a".into(), start: 0, end: n_tracks }];
            let segment = SegmentEntry { number: 1, n_tracks, runs: runs.into(), removed: Arc::default() };
            let manifest = Manifest { absorbed: 0, next_segment: 2, segments: vec![segment] };
            assert_eq!(decode(&encode(&manifest)).is_ok(), is_fine, "{n_tracks}");
        }
    }

    #[test]
    fn the_last_number_is_refused() {
        let manifest = |absorbed, next_segment| Manifest { absorbed, next_segment, segments: Vec::new() };
        for (manifest, is_fine) in [
            (manifest(u64::MAX - 1, 1), true),
            (manifest(u64::MAX, 1), false),
            (manifest(0, u64::MAX - 1), true),
            (manifest(0, u64::MAX), false),
        ] {
            assert_eq!(decode(&encode(&manifest)).is_ok(), is_fine, "{manifest:?}");
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = encode(&sample());
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&damaged).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len]).is_err(), "first {len} bytes");
        }
    }

    /// With a right checksum, too, no byte may lead to more than an error.
    #[test]
    fn rules_are_checked_behind_the_checksum() {
        let bytes = encode(&sample());
        for at in 12..bytes.len() - 4 {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = bytes[..bytes.len() - 4].to_vec();
                changed[at] = value;
                changed.extend(crc32fast::hash(&changed).to_le_bytes());
                if let Ok(manifest) = decode(&changed) {
                    assert_eq!(decode(&encode(&manifest)).unwrap(), manifest, "byte {at}");
                }
            }
        }
    }
}
