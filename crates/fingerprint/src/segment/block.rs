//! A block: the landmarks and peaks of up to 74 hours, searchable by itself.
//!
//! All numbers are little-endian; every part begins where the one before ends.
//!
//! 1. Tracks, for each: `u32` its first cell, `u32` its first block of peaks. One more entry ends the last track.
//! 2. Bases: a `u32` for each block of peaks. See `peaks`.
//! 3. Words: 64 `u16` for each block of peaks.
//! 4. Directory, for each 16 keys: `u32` the bit where their lists begin; 16 × `u8` how many postings each has.
//! 5. Lists: postings of `cell_bits` bits each, in order of key and then of cell; 8 bytes of zeros.
//!
//! A posting is the cell in which its landmark's anchor lies. Cells are sixteen frames long; the tracks of a block lie end to end on one
//! line of cells, with a gap between them. Fixed-width postings are a tenth larger than Elias–Fano lists would be, and are read without a chain
//! of dependent steps; reading is what a search spends its time on.

use std::ops::Range;

use super::bytes::{bits_at, u32_at, u64_at};
use super::peaks::{BLOCK_LEN, for_each, partition_point};
use crate::index::{CELL_FRAMES, Lists};
use crate::landmark::N_KEYS;

/// Keys to one entry of the directory.
pub(crate) const GROUP_LEN: u32 = 16;
pub(crate) const GROUP_BYTES: usize = 4 + GROUP_LEN as usize;
pub(crate) const N_GROUPS: usize = N_KEYS.div_ceil(GROUP_LEN) as usize;
/// Longer lists than a directory can count are left out: landmarks that common tell nothing.
pub(crate) const LIST_LEN_MAX: usize = u8::MAX as usize;

/// What a block's parts are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BlockShape {
    /// The ordinal of its first track in the segment.
    pub(crate) first_track: u32,
    pub(crate) n_tracks: u32,
    pub(crate) n_peak_blocks: u32,
    pub(crate) n_cells: u32,
    pub(crate) cell_bits: u32,
    pub(crate) n_postings: u32,
}

impl BlockShape {
    /// Where the parts 1 to 5 begin and the last one ends. The sizes of damaged shapes may be large but never overflow.
    fn parts(&self, len: usize) -> [usize; 6] {
        let tracks = 8 * (self.n_tracks as usize + 1);
        let bases = tracks + 4 * self.n_peak_blocks as usize;
        let words = bases + 2 * BLOCK_LEN * self.n_peak_blocks as usize;
        let directory = words + N_GROUPS * GROUP_BYTES;
        [0, tracks, bases, words, directory, len.max(directory)]
    }

    /// The bytes of a block of this shape.
    pub(crate) fn len_bytes(&self) -> usize {
        let lists = (u64::from(self.n_postings) * u64::from(self.cell_bits)).div_ceil(8) as usize + 8;
        self.parts(0)[4] + lists
    }
}

/// A block, read in place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    shape: BlockShape,
    tracks: &'a [u8],
    bases: &'a [u8],
    words: &'a [u8],
    directory: &'a [u8],
    lists: &'a [u8],
}

impl<'a> Block<'a> {
    /// Views `bytes`; parts that are missing are empty.
    pub(crate) fn new(shape: BlockShape, bytes: &'a [u8]) -> Self {
        let at = shape.parts(bytes.len());
        let part = |i: usize| bytes.get(at[i]..at[i + 1]).unwrap_or(&[]);
        Self { shape, tracks: part(0), bases: part(1), words: part(2), directory: part(3), lists: part(4) }
    }

    /// Bases and words of a track of this block.
    fn peak_blocks(&self, track: u32) -> (&'a [u8], &'a [u8]) {
        let entry = |t: u32| u32_at(self.tracks, 8 * t as usize + 4) as usize;
        let (first, end) = (entry(track), entry(track + 1));
        let bases = self.bases.get(4 * first..4 * end).unwrap_or(&[]);
        let words = self.words.get(2 * BLOCK_LEN * first..2 * BLOCK_LEN * end).unwrap_or(&[]);
        (bases, words)
    }
}

/// What a search asks; see [`crate::index::Shard`].
impl Block<'_> {
    pub(crate) fn shape(&self) -> BlockShape {
        self.shape
    }

    #[inline]
    pub(crate) fn lists(&self, keys: Range<u32>) -> Lists {
        let count = |key: u32| {
            let at = (key / GROUP_LEN) as usize * GROUP_BYTES + 4 + (key % GROUP_LEN) as usize;
            u32::from(self.directory.get(at).copied().unwrap_or(0))
        };
        let group_start = keys.start - keys.start % GROUP_LEN;
        let n_before: u32 = (group_start..keys.start).map(count).sum();
        let group_at = u32_at(self.directory, (keys.start / GROUP_LEN) as usize * GROUP_BYTES);
        let at = u64::from(group_at) + u64::from(n_before) * u64::from(self.shape.cell_bits);
        Lists { at, n_keys: keys.len() as u32, n: keys.map(count).sum() }
    }

    #[inline(always)]
    pub(crate) fn for_each_cell(&self, lists: Lists, mut each: impl FnMut(u32)) {
        let bits = self.shape.cell_bits;
        let mask = (1u64 << bits) - 1;
        let mut at = lists.at;
        // Two to a load: a cell has 21 bits at most.
        for _ in 0..lists.n / 2 {
            let word = u64_at(self.lists, (at >> 3) as usize) >> (at & 7);
            each((word & mask) as u32);
            each((word >> bits & mask) as u32);
            at += 2 * u64::from(bits);
        }
        if lists.n % 2 == 1 {
            each(bits_at(self.lists, at, bits));
        }
    }

    /// Reads one byte of lists, so that they are on their way to the cache when they are read in earnest.
    #[inline(always)]
    pub(crate) fn touch(&self, lists: Lists) -> u8 {
        self.lists.get((lists.at >> 3) as usize).copied().unwrap_or(0)
    }

    pub(crate) fn track_at(&self, cell: u32) -> (u32, u32) {
        let first_cell = |t: usize| u32_at(self.tracks, 8 * t);
        let track = partition_point(self.shape.n_tracks as usize, |t| first_cell(t) <= cell).saturating_sub(1);
        // A damaged table may begin a track anywhere.
        (track as u32, first_cell(track).wrapping_mul(CELL_FRAMES))
    }

    pub(crate) fn peaks(&self, track: u32, frames: Range<u32>, each: impl FnMut(u32, u16)) {
        let (bases, words) = self.peak_blocks(track);
        for_each(bases, words, frames, each);
    }
}
