//! Gathers tracks into a block.

use super::block::{BlockShape, GROUP_LEN, LIST_LEN_MAX, N_GROUPS};
use super::bytes::BitWriter;
use super::peaks::{BLOCK_LEN, Packed, pack, stored_pitch};
use crate::index::{CELL_FRAMES, GAP_CELLS, N_CELLS_MAX};
use crate::landmark::{N_KEYS, Point, cells, for_each_pair, keys};
use crate::{Error, Fingerprint, Peak, Result};

/// Of each cell of peaks, how many a reference keeps.
pub(crate) const REFERENCE_QUOTA: u8 = 6;
/// Landmarks to an anchor in a reference.
const REFERENCE_FAN_OUT: usize = 5;

/// The peaks that an index keeps, as they will come back from it.
pub(crate) fn reference_peaks(fingerprint: &Fingerprint) -> Vec<Peak> {
    let peaks = fingerprint.peaks().iter().filter(|p| p.rank < REFERENCE_QUOTA);
    let mut peaks: Vec<Peak> =
        peaks.map(|p| Peak { pitch: stored_pitch(p.pitch), prominence: 0, rank: 0, ..*p }).collect();
    // Two pitches may round to one.
    peaks.dedup_by_key(|p| (p.frame, p.pitch));
    peaks
}

/// The cells that a track takes on the line.
///
/// # Errors
/// Tracks of more than 74 hours.
pub(crate) fn n_track_cells(peaks: &[Peak]) -> Result<u32> {
    let n_cells = peaks.last().map_or(0, |p| p.frame / CELL_FRAMES) + 1;
    if n_cells > N_CELLS_MAX - GAP_CELLS {
        Err(Error::Limit("a track is longer than 74 hours"))
    } else {
        Ok(n_cells + GAP_CELLS)
    }
}

/// Calls `each` with the key and the cell, counted from the start of the track, of the landmarks of a reference.
pub(crate) fn for_each_landmark(peaks: &[Peak], mut each: impl FnMut(u32, u32)) {
    let points: Vec<Point> = peaks.iter().map(|p| Point { frame: p.frame as f32, pitch: f32::from(p.pitch) }).collect();
    for_each_pair(&points, REFERENCE_FAN_OUT, |anchor, target| {
        let at = cells(points[anchor], points[target], 1.0);
        if let Some(key) = keys((at.anchor.index, at.anchor.index), at.interval.index, at.time.index) {
            each(key.start, peaks[anchor].frame / CELL_FRAMES);
        }
    });
}

/// A block in the making.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    first_track: u32,
    /// For each track its first cell and its first block of peaks.
    tracks: Vec<(u32, u32)>,
    peaks: Packed,
    n_cells: u32,
    /// Key in the upper half, cell in the lower.
    postings: Vec<u64>,
}

impl BlockBuilder {
    pub(crate) fn new(first_track: u32) -> Self {
        Self { first_track, tracks: Vec::new(), peaks: Packed::default(), n_cells: GAP_CELLS, postings: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Whether a track of `n_track_cells` still goes in.
    pub(crate) fn has_room(&self, n_track_cells: u32) -> bool {
        self.n_cells + n_track_cells <= N_CELLS_MAX
    }

    pub(crate) fn add(&mut self, peaks: &[Peak], n_track_cells: u32) {
        let first_cell = self.n_cells;
        self.tracks.push((first_cell, self.peaks.bases.len() as u32));
        for_each_landmark(peaks, |key, cell| self.postings.push(u64::from(key) << 32 | u64::from(first_cell + cell)));
        let packed = pack(peaks.iter().copied());
        self.peaks.words.extend(packed.words);
        self.peaks.bases.extend(packed.bases);
        self.n_cells += n_track_cells;
    }

    /// The finished block.
    pub(crate) fn finish(mut self) -> (BlockShape, Vec<u8>) {
        self.postings.sort_unstable();
        self.tracks.push((self.n_cells, self.peaks.bases.len() as u32));
        let cell_bits = u32::BITS - self.n_cells.leading_zeros();
        let (directory, lists, n_postings) = pack_lists(&self.postings, cell_bits);
        let shape = BlockShape {
            first_track: self.first_track,
            n_tracks: self.tracks.len() as u32 - 1,
            n_peak_blocks: self.peaks.bases.len() as u32,
            n_cells: self.n_cells,
            cell_bits,
            n_postings,
        };
        debug_assert_eq!(self.peaks.words.len(), self.peaks.bases.len() * BLOCK_LEN);
        let mut bytes = Vec::with_capacity(shape.len_bytes());
        for (cell, peak_block) in &self.tracks {
            bytes.extend(cell.to_le_bytes());
            bytes.extend(peak_block.to_le_bytes());
        }
        bytes.extend(self.peaks.bases.iter().flat_map(|b| b.to_le_bytes()));
        bytes.extend(self.peaks.words.iter().flat_map(|w| w.to_le_bytes()));
        bytes.extend(directory);
        bytes.extend(lists);
        debug_assert_eq!(bytes.len(), shape.len_bytes());
        (shape, bytes)
    }
}

/// Directory and lists of sorted postings, and how many were kept.
fn pack_lists(postings: &[u64], cell_bits: u32) -> (Vec<u8>, Vec<u8>, u32) {
    let mut directory = Vec::with_capacity(N_GROUPS * (4 + GROUP_LEN as usize));
    let mut lists = BitWriter::default();
    let mut n_kept = 0u32;
    let mut rest = postings;
    for group in 0..N_GROUPS as u32 {
        directory.extend((n_kept * cell_bits).to_le_bytes());
        for key in group * GROUP_LEN..(group + 1) * GROUP_LEN {
            let n = rest.iter().take_while(|p| (**p >> 32) as u32 == key).count();
            let (list, tail) = rest.split_at(n);
            rest = tail;
            let kept = if n > LIST_LEN_MAX { &[] } else { list };
            directory.push(kept.len() as u8);
            for posting in kept {
                lists.push(*posting as u32, cell_bits);
            }
            n_kept += kept.len() as u32;
        }
    }
    debug_assert!(rest.is_empty() && u64::from(N_KEYS) <= N_GROUPS as u64 * u64::from(GROUP_LEN));
    (directory, lists.finish(), n_kept)
}
