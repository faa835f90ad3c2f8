//! The matcher: proposes alignments by landmarks, verifies them by single peaks, and says how sure it is.
//!
//! A pair of peaks survives noise only if both peaks do; it serves to *find* an alignment. Once there is one, every single peak of the track around
//! it is evidence for or against. Cheap proposals come first, and the search ends at the first alignment that leaves no doubt.

pub(crate) mod align;
mod plan;
pub(crate) mod query;
pub(crate) mod score;
mod vote;

use std::ops::Range;

use crate::Fingerprint;
use crate::index::{Searchable, Shard};
use crate::landmark::Point;
use crate::peak::{FRAME_CENTER_MS, FRAME_MS, PITCH_PER_OCTAVE};
use align::{Aligner, Alignment, OFFSET_SLACK};
use plan::Plan;
use query::Query;
use score::{Evidence, N_BESIDE, Scorer};
use vote::{Candidate, Votes, probes};

/// One segment to search, and which of its tracks count.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The segment.
    pub segment: &'a dyn Searchable,
    /// Whether a track, by ordinal, may be found; `None` allows all.
    pub allowed: Filter<'a>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// What to report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchOptions {
    /// Matches with a lower score are not reported.
    pub threshold: f32,
    /// How many tracks to report at most. Beyond one, the peaks that a match explains are set aside and the rest is searched again, so that songs
    /// that sound at once or after each other are found.
    pub n_matches_max: usize,
}

/// The score from which on a match is reported, by default.
///
/// Above the highest score of thousands of false alignments that the score was fitted to. The benchmark in `bench/recognition` says how many of
/// 2,100 other clips that were in no index are reported.
pub const DEFAULT_THRESHOLD: f32 = 70.0;

impl Default for SearchOptions {
    fn default() -> Self {
        Self { threshold: DEFAULT_THRESHOLD, n_matches_max: 1 }
    }
}

/// A track that was recognized.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Which of the sources it is in.
    pub source: usize,
    /// Its ordinal in that segment.
    pub track: u32,
    /// The probability that it is right, in percent.
    pub score: f32,
    /// The part of the query that matches.
    pub query_ms: Range<u64>,
    /// The part of the track that it matches.
    pub track_ms: Range<u64>,
    /// Milliseconds of the track per millisecond of the query: 1.05 when the query plays 5 % faster.
    pub time_factor: f64,
    /// Frequencies of the query over those of the track.
    pub pitch_factor: f64,
    /// The time in the track at the query's time 0, in milliseconds; negative when the query begins before the track.
    pub offset_ms: f64,
    /// Peaks of the track within the query's time, and how much of them was found again.
    pub n_reference_peaks: usize,
    /// The worth of the peaks that coincide; a peak counts 1 at most.
    pub n_matched_peaks: f32,
}

impl Match {
    /// The time in the track at a time of the query, in milliseconds. It may lie before the track's start or after its end.
    #[must_use]
    pub fn track_time_ms(&self, query_time_ms: f64) -> f64 {
        self.offset_ms + self.time_factor * query_time_ms
    }
}

/// Searches segments; keeps its work space from one query to the next. One for each thread.
#[derive(Debug)]
pub struct Searcher {
    votes: Votes,
    aligner: Aligner,
    scorer: Scorer,
    candidates: Vec<Candidate>,
    reference: Vec<Point>,
}

/// Longer queries are cut into windows of this length, one after the other.
const WINDOW_MS: u64 = 12_000;
/// A query up to this long is searched as one.
const QUERY_MS_MAX: u64 = 15_000;
/// Windows of a long query that are searched, evenly spread.
const N_WINDOWS_MAX: u64 = 8;

/// The windows that a query is searched in, each from a whole frame on, as `slice` has them.
pub(crate) fn windows(query_ms: u64) -> impl Iterator<Item = Range<u64>> {
    let n_windows = if query_ms <= QUERY_MS_MAX { 1 } else { (query_ms / WINDOW_MS).min(N_WINDOWS_MAX) };
    let len_ms = if n_windows == 1 { query_ms } else { WINDOW_MS };
    (0..n_windows).map(move |window| {
        let start_ms = (query_ms - len_ms) / (n_windows - 1).max(1) * window;
        let start_ms = start_ms / FRAME_MS * FRAME_MS;
        start_ms..start_ms + len_ms
    })
}

impl Default for Searcher {
    fn default() -> Self {
        Self::new()
    }
}

/// An alignment that was weighed.
#[derive(Clone, Copy, Debug)]
struct Weighed {
    shard: usize,
    /// Within the shard.
    track: u32,
    at: Alignment,
    evidence: Evidence,
}

/// One pass of one query over the index.
struct Pass<'a> {
    shards: &'a Shards<'a>,
    query: &'a Query,
    /// The query with fewer peaks.
    thinned: &'a Query,
    step: &'a plan::Step,
}

/// Keeps the better alignment of a track.
fn add_weighed(found: &mut Vec<Weighed>, weighed: Weighed) {
    match found.iter_mut().find(|f| (f.shard, f.track) == (weighed.shard, weighed.track)) {
        Some(known) if known.evidence.logit < weighed.evidence.logit => *known = weighed,
        Some(_) => {}
        None => found.push(weighed),
    }
}

/// Whether a track, by ordinal, may be found.
type Filter<'a> = Option<&'a (dyn Fn(u32) -> bool + Sync)>;

/// The shards of all sources, in one row.
struct Shards<'a> {
    /// The source, a shard of it, and the source's filter.
    shards: Vec<(usize, Shard<'a>, Filter<'a>)>,
    n_postings: u64,
}

impl<'a> Shards<'a> {
    fn of(sources: &[Source<'a>]) -> Self {
        let mut shards = Vec::new();
        for (i, source) in sources.iter().enumerate() {
            shards.extend((0..source.segment.n_shards()).map(|s| (i, source.segment.shard(s), source.allowed)));
        }
        let n_postings = shards.iter().map(|(_, shard, _)| u64::from(shard.n_postings())).sum();
        Self { shards, n_postings }
    }
}

impl Searcher {
    /// Makes a searcher.
    #[must_use]
    pub fn new() -> Self {
        Self {
            votes: Votes::new(),
            aligner: Aligner::new(),
            scorer: Scorer::default(),
            candidates: Vec::new(),
            reference: Vec::new(),
        }
    }

    /// Recognizes a query, the best match first.
    ///
    /// A query of more than 15 s is searched in up to eight windows of 12 s that are spread over it; what to do with hours is up to the caller.
    pub fn search(&mut self, sources: &[Source<'_>], query: &Fingerprint, options: &SearchOptions) -> Vec<Match> {
        let shards = Shards::of(sources);
        let mut matches: Vec<Match> = Vec::new();
        for window in windows(query.duration_ms()) {
            let start_ms = window.start;
            let part = query.slice(window);
            for found in self.search_window(&shards, &part, options) {
                add_match(&mut matches, found.later(start_ms));
            }
        }
        matches.sort_by(|a, b| b.score.total_cmp(&a.score));
        matches.truncate(options.n_matches_max);
        matches
    }

    fn search_window(&mut self, shards: &Shards<'_>, part: &Fingerprint, options: &SearchOptions) -> Vec<Match> {
        let mut query = Query::new(part);
        let mut matches = Vec::new();
        while matches.len() < options.n_matches_max {
            let mut found = self.find(shards, &query, options.n_matches_max);
            found.retain(|weighed| weighed.evidence.score() >= options.threshold);
            let mut explained = vec![false; query.points.len()];
            for weighed in &mut found {
                self.settle(shards, &query, weighed);
                add_match(&mut matches, self.report(shards, &query, weighed, part.duration_ms()));
                self.mark_explained(shards, &query, weighed, &mut explained);
            }
            if !explained.contains(&true) || matches.len() >= options.n_matches_max {
                break;
            }
            query = query.without(|i| explained[i]);
        }
        matches
    }

    /// The most probable alignments, at most one of a track, the best first. When one is wanted, the first that leaves no doubt ends the search.
    fn find(&mut self, shards: &Shards<'_>, query: &Query, n_max: usize) -> Vec<Weighed> {
        let plan = Plan::for_size(shards.n_postings);
        let thinned = query.thinned(plan::VERIFY_QUOTA);
        let mut found: Vec<Weighed> = Vec::new();
        let mut pairs = (None, Vec::new());
        for step in &plan.steps {
            let best = found.first().map_or(f32::NEG_INFINITY, |b| b.evidence.logit);
            if best >= step.skip_above {
                continue;
            }
            if pairs.0 != Some(step.stage.choice) {
                pairs = (Some(step.stage.choice), query.pairs(step.stage.choice));
            }
            let pass = Pass { shards, query, thinned: &thinned, step };
            for weighed in self.step(&pass, &pairs.1, n_max == 1) {
                add_weighed(&mut found, weighed);
            }
            found.sort_by(|a, b| b.evidence.logit.total_cmp(&a.evidence.logit));
            found.truncate(n_max);
        }
        found
    }

    /// The candidates of one step, weighed: those that looked best, or, if one is enough, the first that leaves no doubt.
    fn step(&mut self, pass: &Pass<'_>, pairs: &[(Point, Point)], one_is_enough: bool) -> Vec<Weighed> {
        let proposed = self.propose(pass, pairs);
        let mut found: Vec<(usize, u32, Alignment, f32)> = Vec::new();
        let mut sure = Vec::new();
        for (n, (shard, candidate)) in proposed.iter().copied().enumerate() {
            let Some((at, promise)) = self.verify(pass, shard, &candidate) else { continue };
            if promise >= plan::PROMISE_DECISIVE {
                let weighed = self.weigh(pass.shards, shard, pass.query, candidate.track, at);
                if weighed.evidence.logit >= plan::DECISIVE {
                    let is_rival = |c: &Candidate| {
                        c.track == candidate.track && c.votes as f32 >= plan::RIVAL_SHARE * candidate.votes as f32
                    };
                    let rivals = proposed[n + 1..].iter().filter(|(s, c)| *s == shard && is_rival(c));
                    let weighed = self.best_repeat(pass, weighed, rivals.map(|(_, c)| *c));
                    sure.push(weighed);
                    if one_is_enough {
                        return sure;
                    }
                    continue;
                }
            }
            found.push((shard, candidate.track, at, promise));
        }
        found.sort_by(|a, b| b.3.total_cmp(&a.3));
        found.truncate(pass.step.n_weighed);
        sure.extend(
            found.into_iter().map(|(shard, track, at, _)| self.weigh(pass.shards, shard, pass.query, track, at)),
        );
        sure
    }

    /// The candidates of all shards, those with the most votes first.
    fn propose(&mut self, pass: &Pass<'_>, pairs: &[(Point, Point)]) -> Vec<(usize, Candidate)> {
        let stage = &pass.step.stage;
        let probes = probes(pairs, stage);
        let mut proposed: Vec<(usize, Candidate)> = Vec::new();
        for (i, (_, shard, allowed)) in pass.shards.shards.iter().enumerate() {
            self.candidates.clear();
            let first_track = shard.first_track();
            let is_allowed = |track: u32| allowed.is_none_or(|allowed| allowed(first_track + track));
            self.votes.count(shard, &probes, stage, &is_allowed, &mut self.candidates);
            proposed.extend(self.candidates.iter().map(|c| (i, *c)));
        }
        proposed.sort_by_key(|(_, c)| std::cmp::Reverse(c.votes));
        proposed.truncate(stage.n_candidates);
        proposed
    }

    /// Of an alignment and others of the same track, the one with the most coincidences: music repeats itself, and votes are counted coarsely.
    fn best_repeat(&mut self, pass: &Pass<'_>, mut best: Weighed, rivals: impl Iterator<Item = Candidate>) -> Weighed {
        for rival in rivals {
            let Some((at, promise)) = self.verify(pass, best.shard, &rival) else { continue };
            if promise >= plan::PROMISE_DECISIVE {
                let weighed = self.weigh(pass.shards, best.shard, pass.query, best.track, at);
                if weighed.evidence.worth > best.evidence.worth {
                    best = weighed;
                }
            }
        }
        best
    }

    /// The best alignment near a proposed one, and how much it promises.
    fn verify(&mut self, pass: &Pass<'_>, shard: usize, candidate: &Candidate) -> Option<(Alignment, f32)> {
        let Pass { shards, thinned: query, step, .. } = *pass;
        let start = Alignment { offset: candidate.offset, time_factor: step.stage.time_factor, pitch_shift: 0.0 };
        let slack = OFFSET_SLACK + step.latitude.tempo * query.n_frames;
        self.load(&shards.shards[shard].1, query, candidate.track, start, slack);
        let (at, worth) = self.aligner.search(query, &self.reference, start, step.latitude)?;
        let n_reference = self.reference.len();
        let chance = 1.3 * score::random_worth(query, n_reference, start.time_factor) * plan::BOX_OVER_BELL;
        let share = worth / n_reference.min(query.points.len()).max(20) as f32;
        Some((at, score::poisson_tail(worth, chance) * share))
    }

    fn weigh(&mut self, shards: &Shards<'_>, shard_index: usize, query: &Query, track: u32, at: Alignment) -> Weighed {
        let shard = &shards.shards[shard_index].1;
        self.load(shard, query, track, at, N_BESIDE as f32 + 8.0);
        let at = self.aligner.refine(query, &self.reference, at);
        let evidence = self.scorer.weigh(&mut self.aligner, query, &self.reference, at);
        Weighed { shard: shard_index, track, at, evidence }
    }

    /// Loads the peaks of a track around an alignment.
    fn load(&mut self, shard: &Shard<'_>, query: &Query, track: u32, at: Alignment, slack: f32) {
        let start = (at.frame(0.0) - slack).max(0.0) as u32;
        let end = (at.frame(query.n_frames) + slack).max(0.0) as u32;
        let reference = &mut self.reference;
        reference.clear();
        shard.peaks(track, start..end, |frame, pitch| {
            reference.push(Point { frame: frame as f32, pitch: f32::from(pitch) });
        });
    }

    /// Looks for a better tempo near that of a bent alignment: one that is right for a part of the query may have been convincing enough.
    fn settle(&mut self, shards: &Shards<'_>, query: &Query, found: &mut Weighed) {
        if (found.at.time_factor - 1.0).abs() < plan::TEMPO_PLAIN {
            return;
        }
        let middle = query.n_frames / 2.0;
        self.load(&shards.shards[found.shard].1, query, found.track, found.at, 2.0 * OFFSET_SLACK);
        let mut best: Option<(Alignment, f32)> = None;
        for tempo in plan::TEMPI_AROUND {
            let time_factor = found.at.time_factor + tempo;
            let start = Alignment { time_factor, offset: found.at.frame(middle) - time_factor * middle, ..found.at };
            let other = self.aligner.search(query, &self.reference, start, plan::AROUND);
            if let Some(other) = other.filter(|other| best.is_none_or(|best| other.1 > best.1)) {
                best = Some(other);
            }
        }
        if let Some((at, _)) = best {
            let other = self.weigh(shards, found.shard, query, found.track, at);
            // Never for the worse: what is reported reaches the threshold.
            if other.evidence.worth > found.evidence.worth && other.evidence.logit >= found.evidence.logit {
                *found = other;
            }
        }
    }

    /// Marks the peaks of the query that an alignment explains.
    fn mark_explained(&mut self, shards: &Shards<'_>, query: &Query, found: &Weighed, explained: &mut [bool]) {
        self.load(&shards.shards[found.shard].1, query, found.track, found.at, 8.0);
        self.aligner.for_each_coincidence(query, &self.reference, found.at, 3.0, |i, _, _, _| explained[i] = true);
    }

    fn report(&mut self, shards: &Shards<'_>, query: &Query, best: &Weighed, query_ms: u64) -> Match {
        let (source, shard, _) = &shards.shards[best.shard];
        self.load(shard, query, best.track, best.at, 0.0);
        let mut matched: Vec<(u32, u32)> = Vec::new();
        self.aligner
            .for_each_coincidence(query, &self.reference, best.at, 2.0, |_, point, _, _| matched.push(place(point)));
        matched.sort_unstable();
        matched.dedup();
        let span =
            matching_span(&self.reference, &matched).unwrap_or(best.at.frame(0.0)..best.at.frame(query.n_frames));
        let frame_ms = FRAME_MS as f64;
        let center_ms = FRAME_CENTER_MS as f64;
        let time_factor = f64::from(best.at.time_factor);
        let query_span = best.at.query_frame(span.start)..best.at.query_frame(span.end);
        let to_ms = |frame: f32| (f64::from(frame.max(0.0)) * frame_ms + center_ms) as u64;
        Match {
            source: *source,
            track: shard.first_track() + best.track,
            score: best.evidence.score(),
            query_ms: to_ms(query_span.start).min(query_ms)..to_ms(query_span.end).min(query_ms),
            track_ms: to_ms(span.start)..to_ms(span.end),
            time_factor,
            pitch_factor: libm::exp2(-f64::from(best.at.pitch_shift) / f64::from(PITCH_PER_OCTAVE)),
            // Frames count from the start of a window; what is at a time is in its middle.
            offset_ms: f64::from(best.at.offset) * frame_ms + center_ms * (1.0 - time_factor),
            n_reference_peaks: best.evidence.n_reference,
            n_matched_peaks: best.evidence.worth,
        }
    }
}

impl Match {
    /// The match of a window, as one of the whole query.
    fn later(mut self, start_ms: u64) -> Self {
        self.query_ms = self.query_ms.start + start_ms..self.query_ms.end + start_ms;
        self.offset_ms -= self.time_factor * start_ms as f64;
        self
    }

    /// Whether two matches are of one performance of one track.
    fn continues(&self, other: &Self) -> bool {
        let middle_ms = (other.query_ms.start + other.query_ms.end) as f64 / 2.0;
        let is_same_track = (self.source, self.track) == (other.source, other.track);
        is_same_track && (self.track_time_ms(middle_ms) - other.track_time_ms(middle_ms)).abs() < 500.0
    }
}

/// Adds a match, or lets it extend the one that it continues. Of several alignments of one track the best stays.
fn add_match(matches: &mut Vec<Match>, found: Match) {
    let same = matches.iter_mut().find(|m| (m.source, m.track) == (found.source, found.track));
    match same {
        Some(known) => {
            let span = |a: &Range<u64>, b: &Range<u64>| a.start.min(b.start)..a.end.max(b.end);
            let (query_ms, track_ms) = if known.continues(&found) {
                (span(&known.query_ms, &found.query_ms), span(&known.track_ms, &found.track_ms))
            } else if found.score > known.score {
                (found.query_ms.clone(), found.track_ms.clone())
            } else {
                (known.query_ms.clone(), known.track_ms.clone())
            };
            if found.score > known.score {
                *known = found;
            }
            (known.query_ms, known.track_ms) = (query_ms, track_ms);
        }
        None => matches.push(found),
    }
}

/// A stored peak as numbers that can be sorted.
fn place(point: Point) -> (u32, u32) {
    (point.frame as u32, point.pitch as u32)
}

/// The span of the track in which peaks were found again at more than half the overall rate; by the greatest sum of a run. `matched` is sorted.
fn matching_span(reference: &[Point], matched: &[(u32, u32)]) -> Option<Range<f32>> {
    let rate = (matched.len() as f32 / reference.len().max(1) as f32).min(1.0) / 2.0;
    let (mut sum, mut run_start) = (0.0, 0.0);
    let mut best: Option<(f32, Range<f32>)> = None;
    for peak in reference {
        if sum <= 0.0 {
            (sum, run_start) = (0.0, peak.frame);
        }
        let is_found = matched.binary_search(&place(*peak)).is_ok();
        sum += if is_found { 1.0 - rate } else { -rate };
        if best.as_ref().is_none_or(|b| sum > b.0) {
            best = Some((sum, run_start..peak.frame));
        }
    }
    // The peaks of a damaged index may be out of order.
    best.map(|(_, span)| span.start.min(span.end)..span.end.max(span.start))
}
