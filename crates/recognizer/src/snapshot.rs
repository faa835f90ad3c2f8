//! What queries see: segments and what is removed of them, unchanging.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use fingerprint::{Explanation, Fingerprint, Match, SearchOptions, Searchable, Searcher, Segment, Source, Track};

use crate::bitmap::Bitmap;
use crate::manifest::Run;
use crate::memory::MemoryPart;
use crate::{Found, TrackInfo};

/// A segment with what the recognizer knows of it.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) body: Body,
    pub(crate) removed: Arc<Bitmap>,
}

/// Where the tracks are.
#[derive(Clone)]
pub(crate) enum Body {
    /// In memory, in order of arrival.
    Memory(Arc<MemoryPart>),
    /// On disk, ordered by bucket and name.
    Disk(Arc<DiskPart>),
}

/// A segment on disk.
pub(crate) struct DiskPart {
    pub(crate) segment: Segment,
    pub(crate) number: u64,
    pub(crate) runs: Arc<[Run]>,
}

impl DiskPart {
    fn run(&self, bucket: &str) -> Option<&Run> {
        let at = self.runs.binary_search_by(|run| (*run.bucket).cmp(bucket)).ok()?;
        Some(&self.runs[at])
    }

    /// Finds a track, removed or not.
    pub(crate) fn find(&self, bucket: &str, name: &str) -> Option<u32> {
        let Run { start, end, .. } = *self.run(bucket)?;
        let (mut low, mut high) = (start, end);
        while low < high {
            let middle = low + (high - low) / 2;
            let is_before = self.segment.track(middle)?.name.as_str() < name;
            if is_before { low = middle + 1 } else { high = middle }
        }
        (low < end && self.segment.track(low)?.name == name).then_some(low)
    }
}

impl Part {
    pub(crate) fn n_tracks(&self) -> u32 {
        match &self.body {
            Body::Memory(part) => part.buckets.len() as u32,
            Body::Disk(part) => part.segment.n_tracks(),
        }
    }

    pub(crate) fn n_live(&self) -> u32 {
        self.n_tracks() - self.removed.len()
    }

    pub(crate) fn bucket(&self, ordinal: u32) -> &Arc<str> {
        match &self.body {
            Body::Memory(part) => &part.buckets[ordinal as usize],
            Body::Disk(part) => &part.runs[part.runs.partition_point(|run| run.end <= ordinal)].bucket,
        }
    }

    /// The track of an ordinal that is in range.
    pub(crate) fn track(&self, ordinal: u32) -> Track {
        let track = match &self.body {
            Body::Memory(part) => part.segment.track(ordinal).cloned(),
            Body::Disk(part) => part.segment.track(ordinal),
        };
        debug_assert!(track.is_some(), "ordinal {ordinal} of {}", self.n_tracks());
        track.unwrap_or_default()
    }

    /// The stored peaks of a track.
    pub(crate) fn fingerprint(&self, ordinal: u32) -> Fingerprint {
        let fingerprint = match &self.body {
            Body::Memory(part) => part.segment.fingerprint(ordinal),
            Body::Disk(part) => part.segment.fingerprint(ordinal),
        };
        fingerprint.unwrap_or_default()
    }

    /// The ordinals that are not removed.
    pub(crate) fn live(&self) -> impl Iterator<Item = u32> {
        (0..self.n_tracks()).filter(|&ordinal| !self.removed.contains(ordinal))
    }

    pub(crate) fn info(&self, ordinal: u32) -> TrackInfo {
        let Track { key, name, duration_ms } = self.track(ordinal);
        TrackInfo { bucket: Arc::clone(self.bucket(ordinal)), name, key, duration_ms }
    }

    fn searchable(&self) -> &dyn Searchable {
        match &self.body {
            Body::Memory(part) => &part.segment,
            Body::Disk(part) => &part.segment,
        }
    }

    /// Says which tracks are in the asked buckets; `None` where none is.
    fn asked(&self, buckets: Option<&HashSet<&str>>) -> Option<Asked> {
        let Some(buckets) = buckets else { return (self.n_live() > 0).then_some(Asked::All) };
        match &self.body {
            Body::Memory(part) => {
                let is_asked: Vec<bool> = part.buckets.iter().map(|bucket| buckets.contains(&**bucket)).collect();
                is_asked.contains(&true).then_some(Asked::Each(is_asked))
            }
            Body::Disk(part) => {
                let mut ranges: Vec<_> =
                    buckets.iter().filter_map(|bucket| part.run(bucket)).map(|r| r.start..r.end).collect();
                ranges.sort_unstable_by_key(|range| range.start);
                let n_asked: u32 = ranges.iter().map(|range| range.end - range.start).sum();
                match n_asked {
                    0 => None,
                    _ if n_asked == self.n_tracks() => Some(Asked::All),
                    _ => Some(Asked::Ranges(ranges)),
                }
            }
        }
    }
}

/// Which tracks of a part are asked for.
enum Asked {
    All,
    Each(Vec<bool>),
    Ranges(Vec<Range<u32>>),
}

impl Asked {
    fn contains(&self, ordinal: u32) -> bool {
        match self {
            Self::All => true,
            Self::Each(is_asked) => is_asked.get(ordinal as usize) == Some(&true),
            Self::Ranges(ranges) => {
                let at = ranges.partition_point(|range| range.end <= ordinal);
                ranges.get(at).is_some_and(|range| range.contains(&ordinal))
            }
        }
    }
}

/// All that queries see at one time.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) parts: Vec<Part>,
}

impl Snapshot {
    /// Searches the asked buckets, best match first.
    pub(crate) fn search(
        &self,
        searcher: &mut Searcher,
        buckets: Option<&[&str]>,
        query: &Fingerprint,
        options: &SearchOptions,
    ) -> Vec<Found> {
        self.with_sources(buckets, |parts, sources| {
            let matches = searcher.search(sources, query, options);
            matches.into_iter().map(|hit| found(parts[hit.source], hit)).collect()
        })
    }

    /// Searches the asked buckets and explains the best match.
    pub(crate) fn explain(
        &self,
        searcher: &mut Searcher,
        buckets: Option<&[&str]>,
        query: &Fingerprint,
        options: &SearchOptions,
    ) -> Option<(Found, Explanation)> {
        self.with_sources(buckets, |parts, sources| {
            let hit = searcher.search(sources, query, options).into_iter().next()?;
            let explanation = Explanation::of(&sources[hit.source], query, &hit);
            Some((found(parts[hit.source], hit), explanation))
        })
    }

    /// Gives the parts with tracks of the asked buckets, and each as a source.
    fn with_sources<R>(&self, buckets: Option<&[&str]>, search: impl FnOnce(&[&Part], &[Source<'_>]) -> R) -> R {
        let buckets = buckets.map(|buckets| buckets.iter().copied().collect::<HashSet<_>>());
        let asked: Vec<_> = self.parts.iter().filter_map(|part| Some((part, part.asked(buckets.as_ref())?))).collect();
        let is_allowed: Vec<_> = asked
            .iter()
            .map(|(part, asked)| move |ordinal: u32| asked.contains(ordinal) && !part.removed.contains(ordinal))
            .collect();
        let sources: Vec<_> = asked
            .iter()
            .zip(&is_allowed)
            .map(|((part, asked), is_allowed)| {
                let is_whole = matches!(asked, Asked::All) && part.removed.is_empty();
                let allowed = (!is_whole).then_some(is_allowed as &(dyn Fn(u32) -> bool + Sync));
                Source { segment: part.searchable(), allowed }
            })
            .collect();
        let parts: Vec<&Part> = asked.iter().map(|(part, _)| *part).collect();
        search(&parts, &sources)
    }
}

fn found(part: &Part, hit: Match) -> Found {
    Found { track: part.info(hit.track), hit }
}
