//! Writing several segments as one, in order of bucket and name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fingerprint::{SegmentWriter, Track};

use crate::error::{Context as _, Doing as _, Error, Result};
use crate::manifest::{Run, SegmentEntry};
use crate::recognizer::Shared;
use crate::snapshot::{Body, Part};

/// Which buckets get segments of their own.
#[derive(Clone, Copy)]
pub(super) enum Split<'a> {
    /// None.
    No,
    /// Those that have some already, and those with enough audio for it.
    Buckets(&'a HashSet<Arc<str>>),
}

/// What came out.
pub(super) struct Merged {
    pub(super) segments: Vec<SegmentEntry>,
    /// For each part, where its tracks went; removed ones went nowhere.
    pub(super) targets: Vec<Vec<Option<Target>>>,
}

/// Where a track went.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) segment: u32,
    pub(super) ordinal: u32,
}

impl Shared {
    /// Writes the tracks of `parts` that are not removed to new segments.
    pub(super) fn write_merged(&self, parts: &[Part], split: Split<'_>) -> Result<Merged> {
        let own = self.own_buckets(parts, split);
        let mut targets: Vec<Vec<Option<Target>>> =
            parts.iter().map(|part| vec![None; part.n_tracks() as usize]).collect();
        let mut cursors: Vec<Cursor<'_>> = parts.iter().map(Cursor::new).collect();
        let mut outputs = Outputs { shared: self, segments: Vec::new(), common: None, own: None };
        // A background merge gives way when the index is closed; what it has written so far vanishes.
        while !self.stop.load(Ordering::Relaxed) {
            let next = (0..cursors.len()).filter(|&at| cursors[at].head.is_some()).min_by_key(|&at| cursors[at].key());
            let Some(at) = next else { return outputs.finish(targets) };
            let Some((ordinal, track)) = cursors[at].take() else { break };
            let bucket = parts[at].bucket(ordinal);
            let target = outputs.add(bucket, own.contains(bucket), &track, &parts[at], ordinal)?;
            targets[at][ordinal as usize] = Some(target);
        }
        outputs.discard();
        Err(Error::Failed)
    }

    fn own_buckets(&self, parts: &[Part], split: Split<'_>) -> HashSet<Arc<str>> {
        let Split::Buckets(owners) = split else { return HashSet::new() };
        let mut audio_ms: HashMap<&Arc<str>, u64> = HashMap::new();
        for part in parts {
            for ordinal in part.live() {
                *audio_ms.entry(part.bucket(ordinal)).or_default() += part.track(ordinal).duration_ms;
            }
        }
        let is_own =
            |(bucket, ms): &(&Arc<str>, u64)| owners.contains(*bucket) || *ms >= self.options.own_segment_audio_ms;
        audio_ms.into_iter().filter(is_own).map(|(bucket, _)| Arc::clone(bucket)).collect()
    }
}

/// Walks over the tracks of a part, by bucket and name.
struct Cursor<'a> {
    part: &'a Part,
    ordinals: std::vec::IntoIter<u32>,
    head: Option<(u32, Track)>,
}

impl<'a> Cursor<'a> {
    fn new(part: &'a Part) -> Self {
        let mut ordinals: Vec<u32> = part.live().collect();
        if matches!(part.body, Body::Memory(_)) {
            ordinals.sort_by_cached_key(|&ordinal| (Arc::clone(part.bucket(ordinal)), part.track(ordinal).name));
        }
        let mut cursor = Self { part, ordinals: ordinals.into_iter(), head: None };
        cursor.advance();
        cursor
    }

    fn key(&self) -> Option<(&str, &str)> {
        self.head.as_ref().map(|(ordinal, track)| (&**self.part.bucket(*ordinal), track.name.as_str()))
    }

    fn take(&mut self) -> Option<(u32, Track)> {
        let head = self.head.take();
        self.advance();
        head
    }

    fn advance(&mut self) {
        self.head = self.ordinals.next().map(|ordinal| (ordinal, self.part.track(ordinal)));
    }
}

/// The segments that are being written: one that buckets share, and one of the bucket whose turn it is.
struct Outputs<'a> {
    shared: &'a Shared,
    /// Finished ones, and places of those that are not.
    segments: Vec<Option<SegmentEntry>>,
    common: Option<Output>,
    own: Option<Output>,
}

struct Output {
    writer: SegmentWriter,
    number: u64,
    /// Its place among the segments.
    place: usize,
    runs: Vec<Run>,
    audio_ms: u64,
}

impl Outputs<'_> {
    fn add(&mut self, bucket: &Arc<str>, is_own: bool, track: &Track, part: &Part, ordinal: u32) -> Result<Target> {
        let mut output = if is_own { self.own.take() } else { self.common.take() };
        let max_ms = self.shared.options.segment_audio_ms_max;
        let is_done = output.as_ref().is_some_and(|output| {
            let is_other = is_own && output.runs.last().is_some_and(|run| run.bucket != *bucket);
            is_other || output.audio_ms + track.duration_ms > max_ms
        });
        if is_done && let Some(done) = output.take() {
            self.close(done)?;
        }
        let mut output = match output {
            Some(output) => output,
            None => self.begin()?,
        };
        let ordinal = output.writer.add(track, &part.fingerprint(ordinal)).doing("write a segment")?;
        output.audio_ms = output.audio_ms.saturating_add(track.duration_ms);
        match output.runs.last_mut() {
            Some(run) if run.bucket == *bucket => run.end = ordinal + 1,
            _ => output.runs.push(Run { bucket: Arc::clone(bucket), start: ordinal, end: ordinal + 1 }),
        }
        let target = Target { segment: output.place as u32, ordinal };
        *(if is_own { &mut self.own } else { &mut self.common }) = Some(output);
        Ok(target)
    }

    fn begin(&mut self) -> Result<Output> {
        let number = {
            let mut state = self.shared.state();
            state.next_segment += 1;
            state.next_segment - 1
        };
        let path = self.shared.layout.segment(number);
        let writer = SegmentWriter::create(&path).doing("write a segment").at(&path)?;
        self.segments.push(None);
        Ok(Output { writer, number, place: self.segments.len() - 1, runs: Vec::new(), audio_ms: 0 })
    }

    fn close(&mut self, output: Output) -> Result<()> {
        let path = self.shared.layout.segment(output.number);
        output.writer.finish().doing("write a segment").at(&path)?;
        let n_tracks = output.runs.last().map_or(0, |run| run.end);
        let (number, runs) = (output.number, output.runs.into());
        self.segments[output.place] = Some(SegmentEntry { number, n_tracks, runs, removed: Arc::default() });
        Ok(())
    }

    fn finish(mut self, targets: Vec<Vec<Option<Target>>>) -> Result<Merged> {
        for output in [self.common.take(), self.own.take()].into_iter().flatten() {
            if let Err(error) = self.close(output) {
                self.discard();
                return Err(error);
            }
        }
        Ok(Merged { segments: self.segments.into_iter().flatten().collect(), targets })
    }

    /// Removes what was finished, as nobody will speak of it.
    fn discard(self) {
        for segment in self.segments.into_iter().flatten() {
            let _ = std::fs::remove_file(self.shared.layout.segment(segment.number));
        }
    }
}
