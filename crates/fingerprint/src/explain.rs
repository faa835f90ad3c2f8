//! Why a match is a match: the peaks that coincide, and how far the alignment stands out. For pictures and for people who doubt.

use std::ops::Range;

use crate::extract::FREQ_MIN_HZ;
use crate::landmark::Point;
use crate::peak::{FRAME_CENTER_MS, FRAME_MS, PITCH_PER_OCTAVE};
use crate::search::align::{Aligner, Alignment};
use crate::search::query::Query;
use crate::search::score::{Evidence, N_BESIDE, Scorer};
use crate::search::windows;
use crate::{Fingerprint, Match, Peak, Source};

/// Peaks less than this many frames from where they should be coincide, as in the span of a match.
const SHARED_FRAMES: f32 = 2.0;

/// Where a peak stands in a picture of the query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// The time in the query.
    pub time_ms: f64,
    /// The frequency in the query.
    pub freq_hz: f64,
    /// Whether the other side, the track or the query, has a peak there too.
    pub is_shared: bool,
}

/// What a [`Match`] rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The part of the query that was weighed: all of it, or of a long one the window that speaks most for the match.
    pub query_ms: Range<u64>,
    /// The peaks of that part, in order of time.
    pub query: Vec<Mark>,
    /// The peaks of the track where the part lies on it, at the query's tempo and pitch, in order of time.
    pub reference: Vec<Mark>,
    /// The worth of the coincidences by offset from the alignment, in steps that [`Self::profile_ms`] gives; the alignment is in the middle.
    pub profile: Vec<f32>,
    /// The worth at the alignment.
    pub worth: f32,
    /// The worth that chance brings about, which the score compares with.
    pub chance: f32,
}

impl Explanation {
    /// Explains a match that a [`crate::Searcher`] found for `query` in `source`.
    ///
    /// All peaks of the query take part; of a match beyond the first, the search had set aside those that the ones before it explain.
    #[must_use]
    pub fn of(source: &Source<'_>, query: &Fingerprint, found: &Match) -> Self {
        let mut best: Option<(f32, Self)> = None;
        for window in windows(query.duration_ms()) {
            let (evidence, explanation) = explain_window(source, query, found, window);
            if best.as_ref().is_none_or(|(logit, _)| *logit < evidence.logit) {
                best = Some((evidence.logit, explanation));
            }
        }
        best.map(|(_, explanation)| explanation).unwrap_or_default()
    }

    /// How much later in the track, in milliseconds, than the alignment says a place of [`Self::profile`] is.
    #[must_use]
    pub fn profile_ms(idx: usize) -> f64 {
        (idx as f64 - N_BESIDE as f64) * FRAME_MS as f64
    }
}

impl Peak {
    /// When: the middle of the window in which the peak was found.
    #[must_use]
    pub fn time_ms(&self) -> f64 {
        time_ms(self.frame as f32)
    }

    /// How high.
    #[must_use]
    pub fn freq_hz(&self) -> f64 {
        freq_hz(f32::from(self.pitch))
    }
}

fn time_ms(frame: f32) -> f64 {
    f64::from(frame) * FRAME_MS as f64 + FRAME_CENTER_MS as f64
}

fn freq_hz(pitch: f32) -> f64 {
    FREQ_MIN_HZ * libm::exp2(f64::from(pitch) / f64::from(PITCH_PER_OCTAVE))
}

fn explain_window(
    source: &Source<'_>,
    query: &Fingerprint,
    found: &Match,
    window: Range<u64>,
) -> (Evidence, Explanation) {
    let part = query.slice(window.clone());
    let whole_ms = query.duration_ms();
    let query = Query::new(&part);
    let at = alignment(found, window.start);
    let reference = load(source, found.track, at, query.n_frames);
    let mut aligner = Aligner::new();
    // The alignment is exact where it was found; other windows of a long query lie so far away that its tempo must be.
    let n_refinements = if part.duration_ms() < whole_ms { 3 } else { 0 };
    let at = (0..n_refinements).fold(at, |at, _| aligner.refine(&query, &reference, at));
    let mut scorer = Scorer::default();
    let evidence = scorer.weigh(&mut aligner, &query, &reference, at);

    let mut is_shared = vec![false; query.points.len()];
    let mut shared: Vec<Point> = Vec::new();
    aligner.for_each_coincidence(&query, &reference, at, SHARED_FRAMES, |i, point, _, _| {
        is_shared[i] = true;
        shared.push(point);
    });
    let start_ms = window.start as f64;
    let mark = |point: Point, is_shared| Mark {
        time_ms: start_ms + time_ms(point.frame),
        freq_hz: freq_hz(point.pitch),
        is_shared,
    };
    let here = at.frame(0.0)..at.frame(query.n_frames) + 1.0;
    let as_heard = |p: &Point| Point { frame: at.query_frame(p.frame), pitch: p.pitch - at.pitch_shift };
    let explanation = Explanation {
        query_ms: window,
        query: query.points.iter().zip(is_shared).map(|(point, is_shared)| mark(*point, is_shared)).collect(),
        reference: reference
            .iter()
            .filter(|p| here.contains(&p.frame))
            .map(|p| mark(as_heard(p), shared.contains(p)))
            .collect(),
        profile: scorer.profile(),
        worth: evidence.worth,
        chance: evidence.chance,
    };
    (evidence, explanation)
}

/// The alignment that a match tells of, as frames of a window that begins at `start_ms`.
fn alignment(found: &Match, start_ms: u64) -> Alignment {
    let offset_ms = found.track_time_ms(start_ms as f64) - FRAME_CENTER_MS as f64 * (1.0 - found.time_factor);
    Alignment {
        offset: (offset_ms / FRAME_MS as f64) as f32,
        time_factor: found.time_factor as f32,
        pitch_shift: (-libm::log2(found.pitch_factor) * f64::from(PITCH_PER_OCTAVE)) as f32,
    }
}

/// The peaks of a track as far around an alignment as its profile reaches.
fn load(source: &Source<'_>, track: u32, at: Alignment, n_frames: f32) -> Vec<Point> {
    let slack = N_BESIDE as f32 + 8.0;
    let frames = (at.frame(0.0) - slack).max(0.0) as u32..(at.frame(n_frames) + slack).max(0.0) as u32;
    let shards = (0..source.segment.n_shards()).map(|i| source.segment.shard(i));
    let mut reference = Vec::new();
    if let Some(shard) = shards.take_while(|shard| shard.first_track() <= track).last() {
        shard.peaks(track - shard.first_track(), frames, |frame, pitch| {
            reference.push(Point { frame: frame as f32, pitch: f32::from(pitch) });
        });
    }
    reference
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemorySegment, PITCH_MAX, SearchOptions, Searcher, Track};

    /// Peaks strewn at random; no two seeds are alike.
    fn strewn(seed: u32, n_frames: u32) -> Vec<Peak> {
        let mut state = seed.wrapping_mul(2_654_435_761) ^ 0x9e37_79b9;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let mut peaks: Vec<Peak> = (0..n_frames / 3)
            .map(|_| Peak {
                frame: random(n_frames),
                pitch: random(u32::from(PITCH_MAX)) as u16,
                prominence: 40,
                rank: random(5) as u8,
            })
            .collect();
        peaks.sort_by_key(|p| (p.frame, p.pitch));
        peaks.dedup_by_key(|p| (p.frame, p.pitch));
        peaks
    }

    fn fingerprint(peaks: Vec<Peak>, n_frames: u32) -> Fingerprint {
        Fingerprint::from_peaks(peaks, u64::from(n_frames) * FRAME_MS)
    }

    /// Three tracks of a minute, and what a search finds of a query.
    fn explain(query: &Fingerprint) -> (Match, Explanation) {
        let mut segment = MemorySegment::new();
        for seed in 0..3 {
            let track = Track { key: seed, ..Track::default() };
            segment.add(track, &fingerprint(strewn(seed as u32, 3750), 3750)).unwrap();
        }
        let source = Source { segment: &segment, allowed: None };
        let found = Searcher::new().search(&[source], query, &SearchOptions::default()).remove(0);
        let explanation = Explanation::of(&source, query, &found);
        (found, explanation)
    }

    #[test]
    fn a_part_of_a_track_shares_its_peaks_and_stands_out() {
        let query = fingerprint(strewn(1, 3750), 3750).slice(16_000..24_000);
        let (found, explanation) = explain(&query);
        assert_eq!((found.track, explanation.query_ms.clone()), (1, 0..8_000));
        assert_eq!(explanation.query.len(), query.peaks().len());
        assert!(explanation.query.iter().all(|mark| mark.is_shared), "{:?}", explanation.query);
        assert!(explanation.reference.iter().all(|mark| mark.is_shared));
        assert!((explanation.query[0].time_ms - query.peaks()[0].time_ms()).abs() < 1e-3);
        assert!((explanation.query[0].freq_hz - query.peaks()[0].freq_hz()).abs() < 1e-3);
        let profile = &explanation.profile;
        let middle = profile.len() / 2;
        let highest = (0..profile.len()).max_by(|a, b| profile[*a].total_cmp(&profile[*b])).unwrap();
        assert!(highest.abs_diff(middle) <= 1, "{highest}");
        assert_eq!((Explanation::profile_ms(0), Explanation::profile_ms(middle)), (-3840.0, 0.0));
        assert!((explanation.worth - found.n_matched_peaks).abs() < 0.01, "as the search weighed it: {found:?}");
        assert!(profile[highest] <= explanation.worth + 0.01 && explanation.worth > 5.0 * explanation.chance);
    }

    #[test]
    fn what_only_one_side_has_is_not_shared() {
        let whole = fingerprint(strewn(1, 3750), 3750).slice(16_000..24_000);
        let is_kept = |p: &&Peak| !p.frame.is_multiple_of(3);
        let mut peaks: Vec<Peak> = whole.peaks().iter().filter(is_kept).copied().collect();
        let n_kept = peaks.len();
        peaks.extend(strewn(99, 500).into_iter().take(30));
        peaks.sort_by_key(|p| (p.frame, p.pitch));
        let (_, explanation) = explain(&fingerprint(peaks, 500));
        let n_shared = |marks: &[Mark]| marks.iter().filter(|mark| mark.is_shared).count();
        assert!(
            (n_kept..n_kept + 4).contains(&n_shared(&explanation.query)),
            "{} of {n_kept}",
            n_shared(&explanation.query)
        );
        assert_eq!(explanation.query.len(), n_kept + 30);
        assert!(n_shared(&explanation.reference) < explanation.reference.len());
    }

    #[test]
    fn the_track_is_shown_at_the_tempo_and_pitch_of_the_query() {
        let faster = |p: &Peak| Peak { frame: (p.frame as f32 / 1.02).round() as u32, pitch: p.pitch + 30, ..*p };
        let mut peaks: Vec<Peak> = strewn(2, 3750).iter().filter(|p| p.pitch < PITCH_MAX - 30).map(faster).collect();
        peaks.sort_by_key(|p| (p.frame, p.pitch));
        peaks.dedup_by_key(|p| (p.frame, p.pitch));
        let query = fingerprint(peaks, 3676).slice(20_000..30_000);
        let (found, explanation) = explain(&query);
        assert!((found.time_factor - 1.02).abs() < 0.003 && (found.pitch_factor - 1.0205).abs() < 0.003, "{found:?}");
        let mut n_near = 0;
        for mark in explanation.reference.iter().filter(|mark| mark.is_shared) {
            let is_near = |p: &&Peak| {
                (p.time_ms() - mark.time_ms).abs() < 40.0 && (p.freq_hz() / mark.freq_hz - 1.0).abs() < 0.015
            };
            n_near += usize::from(query.peaks().iter().any(|p| is_near(&p)));
        }
        assert!(
            n_near > 150 && n_near == explanation.reference.iter().filter(|mark| mark.is_shared).count(),
            "{n_near}"
        );
    }

    #[test]
    fn of_a_long_query_the_best_window_is_explained() {
        let mut peaks = strewn(50, 1250);
        peaks.extend(strewn(0, 3750).iter().filter(|p| p.frame < 1000).map(|p| Peak { frame: p.frame + 1250, ..*p }));
        let (found, explanation) = explain(&fingerprint(peaks, 2250));
        assert_eq!(found.track, 0);
        assert_eq!(explanation.query_ms, 24_000..36_000);
        assert!(explanation.query.iter().all(|mark| (24_000.0..36_100.0).contains(&mark.time_ms)));
        let n_shared = explanation.query.iter().filter(|mark| mark.is_shared).count();
        assert!(n_shared * 10 > explanation.query.len() * 9, "{n_shared} of {}", explanation.query.len());
    }
}
