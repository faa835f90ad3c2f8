//! Finds alignments that many landmarks agree on.
//!
//! A landmark found in a list says: if this is the same sound, the query begins in that cell. Every list votes into 8-bit counters of the cells
//! of one shard; the counters fit a core's cache. Only the fullest cells are looked at again.

use pulp::{Arch, Simd, WithSimd};

use super::query::Choice;
use crate::index::{CELL_FRAMES, GAP_CELLS, Lists, N_CELLS_MAX, Shard};
use crate::landmark::{Point, cells, keys};

/// How the pairs of a query are looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    pub(crate) choice: Choice,
    /// Reference seconds per query second.
    pub(crate) time_factor: f32,
    /// How near to the border of its cell an interval or a time must be for the neighbor to be looked up as well: 0 never, 0.5 always.
    pub(crate) reach: f32,
    /// The same for the anchor's pitch.
    pub(crate) anchor_reach: f32,
    /// The runs of cells around an anchor's own, first and last, that are looked up.
    pub(crate) anchors: Anchors,
    /// Longer lists, as a share of all postings, tell too little to be read.
    pub(crate) list_share_max: f32,
    /// Votes of a list for each e-fold that it is rarer than [`WEIGHT_OFFSET`] says. Many lists need small votes: the counters end at 255.
    pub(crate) votes_per_efold: f32,
    /// Alignments to come back with.
    pub(crate) n_candidates: usize,
}

/// Which anchors a query's anchor may be, as steps of 25 cents: one run or two.
pub(crate) type Anchors = [Option<(i32, i32)>; 2];

/// An alignment that got votes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) votes: u32,
    /// The ordinal of its track within the shard.
    pub(crate) track: u32,
    /// The track's frame at the query's start, give or take a cell. May lie before the track.
    pub(crate) offset: f32,
}

/// Keys to look up, and the cells from an anchor back to the query's start.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    keys: std::ops::Range<u32>,
    cells_back: i32,
}

/// The keys of a query at one stage; the same for every shard.
pub(crate) fn probes(pairs: &[(Point, Point)], stage: &Stage) -> Vec<Probe> {
    let mut probes = Vec::with_capacity(pairs.len());
    for (anchor, target) in pairs {
        let at = cells(*anchor, *target, stage.time_factor);
        let frames_back = (anchor.frame * stage.time_factor + 0.5) as i32;
        let cells_back = (frames_back - CELL_FRAMES as i32 / 2) >> CELL_FRAMES.trailing_zeros();
        let beside = at.anchor.neighbor(stage.anchor_reach);
        let runs = stage.anchors.into_iter().flatten();
        let runs =
            runs.map(|(first, last)| (at.anchor.index + first + beside.min(0), at.anchor.index + last + beside.max(0)));
        let both = |cell: crate::landmark::Cell| {
            let neighbor = cell.neighbor(stage.reach);
            [Some(cell.index), (neighbor != 0).then_some(cell.index + neighbor)]
        };
        for interval in both(at.interval).into_iter().flatten() {
            for time in both(at.time).into_iter().flatten() {
                let runs = runs.clone();
                probes.extend(runs.filter_map(|run| keys(run, interval, time)).map(|keys| Probe { keys, cells_back }));
            }
        }
    }
    probes
}

/// Work space.
#[derive(Debug)]
pub(crate) struct Votes {
    arch: Arch,
    counters: Vec<u8>,
    found: Vec<(Lists, u32, u8)>,
    maxima: Vec<u8>,
    full: Vec<(u32, u32)>,
}

/// Counters before the first cell: an alignment may begin before its track does.
const MARGIN: i32 = 256;
/// Counters are scanned in runs of this many.
const RUN: usize = 64;
/// Fewer votes than this are not worth a look: one list alone.
const VOTES_MIN: u8 = 4;
/// A list of a share `s` of the postings votes in proportion to `ln(1 / s) - 6`.
const WEIGHT_OFFSET: f32 = 6.0;
/// Lists up to this long are always read; a small index has no longer ones worth leaving out.
const LIST_LEN_MIN: f32 = 32.0;

impl Votes {
    pub(crate) fn new() -> Self {
        Self { arch: Arch::new(), counters: Vec::new(), found: Vec::new(), maxima: Vec::new(), full: Vec::new() }
    }

    /// Appends the candidates of one shard, the best first.
    pub(crate) fn count(
        &mut self,
        shard: &Shard<'_>,
        probes: &[Probe],
        stage: &Stage,
        allowed: &dyn Fn(u32) -> bool,
        out: &mut Vec<Candidate>,
    ) {
        self.look_up(shard, probes, stage);
        if self.found.is_empty() {
            return;
        }
        let n_cells = shard.n_cells().min(N_CELLS_MAX) as usize;
        let n_counters = (n_cells + 2 * MARGIN as usize + GAP_CELLS as usize).next_multiple_of(RUN);
        self.counters.clear();
        self.counters.resize(n_counters + RUN, 0);
        for &(lists, shift, weight) in &self.found {
            let counters = self.counters.as_mut_slice();
            // Moved, not borrowed: what the loop needs stays in registers.
            shard.for_each_cell(lists, move |cell| {
                if let Some(counter) = counters.get_mut(cell.wrapping_add(shift) as usize) {
                    *counter = counter.saturating_add(weight);
                }
            });
        }
        self.find_full(n_counters, stage.n_candidates);
        self.choose(shard, stage, allowed, out);
    }

    /// Finds the lists to read.
    fn look_up(&mut self, shard: &Shard<'_>, probes: &[Probe], stage: &Stage) {
        self.found.clear();
        let n_postings = shard.n_postings() as f32;
        let len_max = (n_postings * stage.list_share_max).max(LIST_LEN_MIN);
        let mut touched = 0;
        for probe in probes {
            let lists = shard.lists(probe.keys.clone());
            let n_keys = lists.n_keys as f32;
            let n = lists.n as f32;
            if lists.n == 0 || n > len_max * n_keys {
                continue;
            }
            let weight = (n_keys * n_postings / n).ln() - WEIGHT_OFFSET;
            if weight <= 0.5 {
                continue;
            }
            let weight = (weight * stage.votes_per_efold + 0.5).floor().max(1.0);
            let shift = MARGIN - probe.cells_back.min(MARGIN);
            // An anchor further back than the margin comes from a query longer than the stage reads.
            if probe.cells_back <= MARGIN {
                touched ^= shard.touch(lists);
                self.found.push((lists, shift as u32, weight as u8));
            }
        }
        std::hint::black_box(touched);
    }

    /// Collects the cells that have, with their right neighbor, the most votes.
    fn find_full(&mut self, n_counters: usize, n_wanted: usize) {
        let counters = &self.counters[..n_counters + 1];
        self.maxima.clear();
        self.maxima.resize(n_counters / RUN, 0);
        self.arch.dispatch(Maxima { counters, maxima: &mut self.maxima });
        let least = self.least_of_most(n_wanted);
        self.full.clear();
        for (run, most) in self.maxima.iter().enumerate() {
            if *most < least {
                continue;
            }
            for i in run * RUN..(run + 1) * RUN {
                let votes = u32::from(counters[i]) + u32::from(counters[i + 1]);
                if votes >= u32::from(least) {
                    self.full.push((votes, i as u32));
                }
            }
        }
        // Neighbors of a full cell are full as well, and are dropped later.
        let n_kept = 4 * n_wanted;
        if self.full.len() > n_kept {
            self.full.select_nth_unstable_by(n_kept, |a, b| b.cmp(a));
            self.full.truncate(n_kept);
        }
        self.full.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The number of votes that at least `n_wanted` runs reach, twice the weight of a good list at least.
    fn least_of_most(&self, n_wanted: usize) -> u8 {
        let mut n_runs = [0u32; 256];
        for most in &self.maxima {
            n_runs[usize::from(*most)] += 1;
        }
        let mut n = 0;
        let reached = (VOTES_MIN..=u8::MAX).rev().find(|votes| {
            n += n_runs[usize::from(*votes)];
            n as usize >= n_wanted
        });
        reached.unwrap_or(VOTES_MIN)
    }

    fn choose(&self, shard: &Shard<'_>, stage: &Stage, allowed: &dyn Fn(u32) -> bool, out: &mut Vec<Candidate>) {
        let first = out.len();
        for (votes, at) in &self.full {
            if out.len() - first == stage.n_candidates {
                break;
            }
            let cell = *at as i32 + 1 - MARGIN;
            // An alignment that begins in the gap after a track is one that begins before the next.
            let (track, start) = shard.track_at((cell + GAP_CELLS as i32).max(0) as u32);
            let offset = (cell * CELL_FRAMES as i32) as f32 - start as f32;
            let is_known =
                out[first..].iter().any(|c| c.track == track && (c.offset - offset).abs() <= 2.0 * CELL_FRAMES as f32);
            if !is_known && allowed(track) {
                out.push(Candidate { votes: *votes, track, offset });
            }
        }
    }
}

/// Finds, for each run of counters, the most votes of two neighbors, or 255.
struct Maxima<'a> {
    counters: &'a [u8],
    maxima: &'a mut [u8],
}

impl WithSimd for Maxima<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for run in 0..self.maxima.len() {
            let left = &self.counters[run * RUN..run * RUN + RUN];
            let right = &self.counters[run * RUN + 1..run * RUN + 1 + RUN];
            let mut most = [0u8; 32];
            for half in [0, 32] {
                for i in 0..32 {
                    most[i] = most[i].max(left[half + i].saturating_add(right[half + i]));
                }
            }
            let mut all = 0;
            for votes in most {
                all = all.max(votes);
            }
            self.maxima[run] = all;
        }
    }
}
