//! What a search needs of an index, whether it lies in memory or on disk.

use std::ops::Range;

use crate::memory::MemoryShard;
use crate::segment::Block;

/// Frames to a cell: 256 ms, the grain in which landmarks vote for an alignment.
pub(crate) const CELL_FRAMES: u32 = 16;
/// Cells between two tracks, so that an alignment that begins before one, or ends after it, is not taken for its neighbor's.
pub(crate) const GAP_CELLS: u32 = 64;
/// Cells of a shard, at most: their counters fit the second-level cache of a core.
pub(crate) const N_CELLS_MAX: u32 = 1 << 20;

/// A segment that can be searched: [`crate::Segment`] or [`crate::MemorySegment`].
#[expect(private_bounds, reason = "sealed: what a search asks of a segment is no promise")]
pub trait Searchable: Sealed + Sync {}

pub(crate) trait Sealed {
    fn n_shards(&self) -> usize;
    fn shard(&self, index: usize) -> Shard<'_>;
}

/// A part of an index with a line of cells of its own.
///
/// A shard on disk may be damaged: it answers with wrong numbers then, and never panics.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shard<'a> {
    Block(Block<'a>),
    Memory(&'a MemoryShard),
}

/// The lists of neighboring keys: where they are, and how many postings they have together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lists {
    pub(crate) at: u64,
    pub(crate) n: u32,
    pub(crate) n_keys: u32,
}

impl Shard<'_> {
    /// The length of the line of cells.
    pub(crate) fn n_cells(&self) -> u32 {
        match self {
            Self::Block(block) => block.shape().n_cells,
            Self::Memory(memory) => memory.n_cells(),
        }
    }

    /// Postings in all lists.
    pub(crate) fn n_postings(&self) -> u32 {
        match self {
            Self::Block(block) => block.shape().n_postings,
            Self::Memory(memory) => memory.n_postings(),
        }
    }

    /// The ordinal, in the segment, of the shard's track 0.
    pub(crate) fn first_track(&self) -> u32 {
        match self {
            Self::Block(block) => block.shape().first_track,
            Self::Memory(memory) => memory.first_track(),
        }
    }

    /// Finds the lists of neighboring keys.
    #[inline]
    pub(crate) fn lists(&self, keys: Range<u32>) -> Lists {
        match self {
            Self::Block(block) => block.lists(keys),
            Self::Memory(memory) => memory.lists(keys),
        }
    }

    /// Brings lists nearer.
    #[inline(always)]
    pub(crate) fn touch(&self, lists: Lists) -> u8 {
        match self {
            Self::Block(block) => block.touch(lists),
            Self::Memory(_) => 0,
        }
    }

    /// Calls `each` with every posting of lists.
    #[inline(always)]
    pub(crate) fn for_each_cell(&self, lists: Lists, each: impl FnMut(u32)) {
        match self {
            Self::Block(block) => block.for_each_cell(lists, each),
            Self::Memory(memory) => memory.for_each_cell(lists, each),
        }
    }

    /// The track whose cells include `cell`, or the last one before, and the frame on the line at which that track begins.
    pub(crate) fn track_at(&self, cell: u32) -> (u32, u32) {
        match self {
            Self::Block(block) => block.track_at(cell),
            Self::Memory(memory) => memory.track_at(cell),
        }
    }

    /// Calls `each` with frame and pitch of the stored peaks of a track within `frames`, in order of frames.
    pub(crate) fn peaks(&self, track: u32, frames: Range<u32>, each: impl FnMut(u32, u16)) {
        match self {
            Self::Block(block) => block.peaks(track, frames, each),
            Self::Memory(memory) => memory.peaks(track, frames, each),
        }
    }
}
