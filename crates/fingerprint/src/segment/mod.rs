//! The segment: an immutable file of the index, read in place.
//!
//! All numbers are little-endian.
//!
//! 1. Header, 64 bytes: `PHONOSEG`; `u16` version, 1; `u16` 0; `u32` number of tracks; `u32` number of blocks; `u32` 0; `u64` peaks; `u64` postings;
//!    `u64` milliseconds of audio; `u64` where the tables begin; `u32` CRC-32 of the tables; `u32` CRC-32 of these 60 bytes.
//! 2. Blocks, see `block`, one after the other.
//! 3. Tables: for each block `u64` offset, 6 × `u32` shape (first track, tracks, blocks of peaks, cells, bits of a cell, postings), `u32` CRC-32;
//!    for each track `u64` key, `u64` duration in ms, `u32` end of its name; the names, UTF-8, end to end.
//!
//! Opening reads header and tables; [`Segment::verify`] reads everything.

mod block;
mod builder;
mod bytes;
mod peaks;
mod writer;

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

pub(crate) use block::{Block, BlockShape};
pub(crate) use builder::{for_each_landmark, n_track_cells, reference_peaks};
pub use writer::SegmentWriter;

use crate::index::{N_CELLS_MAX, Sealed, Searchable, Shard};
use crate::peak::FRAME_MS;
use crate::{Error, Fingerprint, Peak, Result};
use bytes::{u32_at, u64_at};

const MAGIC: &[u8; 8] = b"PHONOSEG";
const VERSION: u16 = 1;
const HEADER_LEN: usize = 64;
const BLOCK_ENTRY_LEN: usize = 36;
const TRACK_ENTRY_LEN: usize = 20;
const WHAT: &str = "segment";

/// A track, as the caller knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// The caller's number for it.
    pub key: u64,
    /// The caller's name for it; at most 64 KiB.
    pub name: String,
    /// The length of the audio.
    pub duration_ms: u64,
}

/// How large a segment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentStats {
    /// Tracks.
    pub n_tracks: u32,
    /// Peaks to verify alignments against.
    pub n_peaks: u64,
    /// Landmarks to find alignments by.
    pub n_postings: u64,
    /// Milliseconds of audio.
    pub audio_ms: u64,
    /// Bytes of the file.
    pub size_bytes: u64,
}

/// An immutable part of an index.
#[derive(Debug)]
pub struct Segment {
    bytes: Bytes,
    stats: SegmentStats,
    blocks: Vec<(BlockShape, std::ops::Range<usize>, u32)>,
    tables_at: usize,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

impl Segment {
    /// Maps a segment file into memory. Costs the same for every size but for the table of its tracks.
    ///
    /// The file must not be changed while the segment lives; [`SegmentWriter`] never changes one.
    ///
    /// # Errors
    /// Files that cannot be read, are of another format or a later version, or whose header or tables are damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let io = |source| Error::Io { doing: "open a segment", source };
        let file = File::open(path).map_err(io)?;
        #[expect(unsafe_code, reason = "mapping a file has no safe form")]
        // SAFETY: a segment is written under another name, synced, renamed and never written again.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        Self::from_map(Bytes::Mapped(map))
    }

    /// Reads a segment that is in memory, such as one that an application carries with it.
    ///
    /// # Errors
    /// As [`Segment::open`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        Self::from_map(Bytes::Owned(bytes))
    }

    fn from_map(bytes: Bytes) -> Result<Self> {
        if !bytes.starts_with(MAGIC) {
            return Err(Error::Foreign { what: WHAT });
        }
        let header = bytes.get(..HEADER_LEN).ok_or(damaged("it ends within its header"))?;
        let version = u16::from_le_bytes([header[8], header[9]]);
        if version != VERSION {
            return Err(Error::Version { what: WHAT, version, newest: VERSION });
        }
        if crc32fast::hash(&header[..60]) != u32_at(header, 60) {
            return Err(damaged("the checksum of its header is wrong"));
        }
        let stats = SegmentStats {
            n_tracks: u32_at(header, 12),
            n_peaks: u64_at(header, 24),
            n_postings: u64_at(header, 32),
            audio_ms: u64_at(header, 40),
            size_bytes: bytes.len() as u64,
        };
        let tables_at = usize::try_from(u64_at(header, 48)).unwrap_or(usize::MAX);
        let tables = bytes.get(tables_at..).ok_or(damaged("it ends before its tables"))?;
        if crc32fast::hash(tables) != u32_at(header, 56) {
            return Err(damaged("the checksum of its tables is wrong"));
        }
        let blocks = read_blocks(tables, u32_at(header, 16) as usize, tables_at, stats.n_tracks)?;
        let segment = Self { stats, blocks, tables_at, bytes };
        segment.check_tracks()?;
        Ok(segment)
    }

    /// How large it is.
    #[must_use]
    pub fn stats(&self) -> SegmentStats {
        self.stats
    }

    /// How many tracks it holds; their ordinals are below this.
    #[must_use]
    pub fn n_tracks(&self) -> u32 {
        self.stats.n_tracks
    }

    /// The track of an ordinal, or `None` past the last.
    #[must_use]
    pub fn track(&self, ordinal: u32) -> Option<Track> {
        if ordinal >= self.n_tracks() {
            return None;
        }
        let entry = self.track_entry(ordinal);
        let name = self.name(ordinal)?.to_owned();
        Some(Track { key: u64_at(entry, 0), name, duration_ms: u64_at(entry, 8) })
    }

    /// The name of a track, or `None` past the last or when it is damaged.
    #[must_use]
    pub fn name(&self, ordinal: u32) -> Option<&str> {
        if ordinal >= self.n_tracks() {
            return None;
        }
        let start = if ordinal == 0 { 0 } else { u32_at(self.track_entry(ordinal - 1), 16) };
        let name = self.names().get(start as usize..u32_at(self.track_entry(ordinal), 16) as usize)?;
        std::str::from_utf8(name).ok()
    }

    /// The stored peaks of a track. Added to another segment they make the same landmarks.
    #[must_use]
    pub fn fingerprint(&self, ordinal: u32) -> Option<Fingerprint> {
        let track = self.track(ordinal)?;
        let shard = self.blocks.partition_point(|(shape, ..)| shape.first_track <= ordinal).checked_sub(1)?;
        let block = self.block(shard);
        let mut peaks = Vec::new();
        block.peaks(ordinal - block.shape().first_track, 0..u32::MAX, |frame, pitch| {
            peaks.push(Peak { frame, pitch, prominence: 0, rank: 0 });
        });
        peaks.sort_by_key(|p| (p.frame, p.pitch));
        let last_ms = peaks.last().map_or(0, |p| u64::from(p.frame) * FRAME_MS);
        Some(Fingerprint::new(peaks, track.duration_ms.max(last_ms)))
    }

    /// Reads all of it and checks every checksum.
    ///
    /// # Errors
    /// The first damage that is found.
    pub fn verify(&self) -> Result<()> {
        for (_, range, crc) in &self.blocks {
            if crc32fast::hash(&self.bytes[range.clone()]) != *crc {
                return Err(damaged("the checksum of a block is wrong"));
            }
        }
        Ok(())
    }

    fn block(&self, index: usize) -> Block<'_> {
        let (shape, range, _) = &self.blocks[index];
        Block::new(*shape, &self.bytes[range.clone()])
    }

    fn track_entry(&self, ordinal: u32) -> &[u8] {
        let at = self.tables_at + self.blocks.len() * BLOCK_ENTRY_LEN + ordinal as usize * TRACK_ENTRY_LEN;
        self.bytes.get(at..at + TRACK_ENTRY_LEN).unwrap_or(&[])
    }

    fn names(&self) -> &[u8] {
        let at = self.tables_at + self.blocks.len() * BLOCK_ENTRY_LEN + self.n_tracks() as usize * TRACK_ENTRY_LEN;
        self.bytes.get(at..).unwrap_or(&[])
    }

    fn check_tracks(&self) -> Result<()> {
        let mut end = 0;
        for ordinal in 0..self.n_tracks() {
            let entry = self.track_entry(ordinal);
            if entry.is_empty() {
                return Err(damaged("its table of tracks is cut short"));
            }
            if u32_at(entry, 16) < end {
                return Err(damaged("a name ends before it begins"));
            }
            end = u32_at(entry, 16);
        }
        if end as usize != self.names().len() {
            return Err(damaged("the names do not end with the file"));
        }
        if std::str::from_utf8(self.names()).is_err() {
            return Err(damaged("a name is not text"));
        }
        Ok(())
    }
}

impl Searchable for Segment {}

impl Sealed for Segment {
    fn n_shards(&self) -> usize {
        self.blocks.len()
    }

    fn shard(&self, index: usize) -> Shard<'_> {
        Shard::Block(self.block(index))
    }
}

fn damaged(reason: &'static str) -> Error {
    Error::Damaged { what: WHAT, reason }
}

fn read_blocks(
    tables: &[u8],
    n_blocks: usize,
    end: usize,
    n_tracks: u32,
) -> Result<Vec<(BlockShape, std::ops::Range<usize>, u32)>> {
    let mut blocks = Vec::new();
    let mut at = HEADER_LEN;
    let mut next_track = 0u32;
    for entry in tables.chunks_exact(BLOCK_ENTRY_LEN).take(n_blocks) {
        let field = |i: usize| u32_at(entry, 8 + 4 * i);
        let shape = BlockShape {
            first_track: field(0),
            n_tracks: field(1),
            n_peak_blocks: field(2),
            n_cells: field(3),
            cell_bits: field(4),
            n_postings: field(5),
        };
        let in_order = shape.first_track == next_track && u64_at(entry, 0) == at as u64;
        let in_range =
            shape.n_cells <= N_CELLS_MAX && shape.cell_bits <= 21 && shape.len_bytes() <= end.saturating_sub(at);
        if !in_order || !in_range {
            return Err(damaged("a block is out of place"));
        }
        next_track = next_track.checked_add(shape.n_tracks).ok_or(damaged("a block is out of place"))?;
        blocks.push((shape, at..at + shape.len_bytes(), field(6)));
        at += shape.len_bytes();
    }
    let whole = blocks.len() == n_blocks && at == end && next_track == n_tracks;
    if whole { Ok(blocks) } else { Err(damaged("its blocks do not fill it")) }
}
