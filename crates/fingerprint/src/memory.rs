//! The segment in memory: searchable from the moment a track is added.

use std::ops::Range;

use crate::index::{CELL_FRAMES, GAP_CELLS, Lists, N_CELLS_MAX, Sealed, Searchable, Shard};
use crate::landmark::N_KEYS;
use crate::segment::{for_each_landmark, n_track_cells, reference_peaks};
use crate::{Fingerprint, Peak, Result, Track};

/// A part of an index that grows. Removing is the caller's business: it searches with a filter.
#[derive(Clone, Debug, Default)]
pub struct MemorySegment {
    tracks: Vec<Track>,
    shards: Vec<MemoryShard>,
}

impl MemorySegment {
    /// Starts an empty segment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a track and gives its ordinal.
    ///
    /// # Errors
    /// Tracks of more than 74 hours.
    pub fn add(&mut self, track: Track, fingerprint: &Fingerprint) -> Result<u32> {
        let peaks = reference_peaks(fingerprint);
        let n_cells = n_track_cells(&peaks)?;
        let ordinal = self.tracks.len() as u32;
        let has_room = self.shards.last().is_some_and(|s| s.n_cells + n_cells <= N_CELLS_MAX);
        if !has_room {
            self.shards.push(MemoryShard::new(ordinal));
        }
        if let Some(shard) = self.shards.last_mut() {
            shard.add(peaks, n_cells);
        }
        self.tracks.push(track);
        Ok(ordinal)
    }

    /// How many tracks it holds; their ordinals are below this.
    #[must_use]
    pub fn n_tracks(&self) -> u32 {
        self.tracks.len() as u32
    }

    /// The track of an ordinal, or `None` past the last.
    #[must_use]
    pub fn track(&self, ordinal: u32) -> Option<&Track> {
        self.tracks.get(ordinal as usize)
    }

    /// The stored peaks of a track. Added to another segment they make the same landmarks.
    #[must_use]
    pub fn fingerprint(&self, ordinal: u32) -> Option<Fingerprint> {
        let track = self.track(ordinal)?;
        let shard = self.shards.partition_point(|s| s.first_track <= ordinal).checked_sub(1)?;
        let (_, peaks) = self.shards[shard].tracks.get((ordinal - self.shards[shard].first_track) as usize)?;
        Some(Fingerprint::new(peaks.clone(), track.duration_ms))
    }

    /// Landmarks to find alignments by.
    #[must_use]
    pub fn n_postings(&self) -> u64 {
        self.shards.iter().map(|s| u64::from(s.n_postings())).sum()
    }
}

impl Searchable for MemorySegment {}

impl Sealed for MemorySegment {
    fn n_shards(&self) -> usize {
        self.shards.len()
    }

    fn shard(&self, index: usize) -> Shard<'_> {
        Shard::Memory(&self.shards[index])
    }
}

const NONE: u32 = u32::MAX;

/// Lists as chains through one table, newest first: adding to a list never moves it.
#[derive(Clone, Debug)]
pub(crate) struct MemoryShard {
    first_track: u32,
    /// For each track its first cell, and its peaks.
    tracks: Vec<(u32, Vec<Peak>)>,
    n_cells: u32,
    /// By key: the last link of its chain and the length of that.
    heads: Vec<(u32, u32)>,
    /// A cell, and the link before.
    links: Vec<(u32, u32)>,
}

impl MemoryShard {
    fn new(first_track: u32) -> Self {
        Self {
            first_track,
            tracks: Vec::new(),
            n_cells: GAP_CELLS,
            heads: vec![(NONE, 0); N_KEYS as usize],
            links: Vec::new(),
        }
    }

    fn add(&mut self, peaks: Vec<Peak>, n_track_cells: u32) {
        let first_cell = self.n_cells;
        for_each_landmark(&peaks, |key, cell| {
            let (head, n) = &mut self.heads[key as usize];
            self.links.push((first_cell + cell, *head));
            (*head, *n) = (self.links.len() as u32 - 1, *n + 1);
        });
        self.tracks.push((first_cell, peaks));
        self.n_cells += n_track_cells;
    }

    pub(crate) fn n_cells(&self) -> u32 {
        self.n_cells
    }

    pub(crate) fn n_postings(&self) -> u32 {
        self.links.len() as u32
    }

    pub(crate) fn first_track(&self) -> u32 {
        self.first_track
    }

    pub(crate) fn lists(&self, keys: Range<u32>) -> Lists {
        let n = self.heads[keys.start as usize..keys.end as usize].iter().map(|(_, n)| n).sum();
        Lists { at: u64::from(keys.start), n, n_keys: keys.len() as u32 }
    }

    pub(crate) fn for_each_cell(&self, lists: Lists, mut each: impl FnMut(u32)) {
        for (head, _) in &self.heads[lists.at as usize..][..lists.n_keys as usize] {
            let mut link = *head;
            while link != NONE {
                let (cell, before) = self.links[link as usize];
                each(cell);
                link = before;
            }
        }
    }

    pub(crate) fn track_at(&self, cell: u32) -> (u32, u32) {
        let track = self.tracks.partition_point(|(first_cell, _)| *first_cell <= cell).saturating_sub(1);
        (track as u32, self.tracks.get(track).map_or(0, |t| t.0) * CELL_FRAMES)
    }

    pub(crate) fn peaks(&self, track: u32, frames: Range<u32>, mut each: impl FnMut(u32, u16)) {
        let peaks = self.tracks.get(track as usize).map_or(&[][..], |t| &t.1);
        let first = peaks.partition_point(|p| p.frame < frames.start);
        for peak in peaks[first..].iter().take_while(|p| p.frame < frames.end) {
            each(peak.frame, peak.pitch);
        }
    }
}
