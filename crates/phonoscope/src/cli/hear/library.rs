//! What is searched: an index, or an offline database.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use fingerprint::{Explanation, Fingerprint, Match, SearchOptions, Searcher, Segment, Source};
use recognizer::{Access, Found, Options, Recognizer, TrackInfo};
use serde_json::{Map, Value, json};

/// Something to search.
pub(super) enum Library {
    /// A folder that `index add` filled.
    Index(Recognizer),
    /// A file that a server built of some buckets.
    Offline(Box<Offline>),
}

/// An offline database: one segment, in which the name of a track is the JSON object that describes its file.
pub(super) struct Offline {
    segment: Segment,
    searchers: Mutex<Vec<Searcher>>,
}

impl Library {
    /// Opens the folder of an index, or the file of an offline database.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Ok(Self::Index(Recognizer::open(path, Options { access: Access::Read, ..Options::default() })?));
        }
        let segment = Segment::open(path);
        let segment = segment.with_context(|| format!("cannot open the offline database `{}`", path.display()))?;
        Ok(Self::Offline(Box::new(Offline { segment, searchers: Mutex::default() })))
    }

    /// Recognizes a clip; best match first.
    pub(super) fn identify(&self, buckets: Option<&[&str]>, clip: &Fingerprint, options: &SearchOptions) -> Vec<Found> {
        match self {
            Self::Index(recognizer) => recognizer.identify(buckets, clip, options),
            Self::Offline(offline) => offline.identify(buckets, clip, options),
        }
    }

    /// Recognizes a clip, and says what the best match rests on.
    pub(super) fn explain(
        &self,
        buckets: Option<&[&str]>,
        clip: &Fingerprint,
        options: &SearchOptions,
    ) -> Option<(Found, Explanation)> {
        match self {
            Self::Index(recognizer) => recognizer.explain(buckets, clip, options),
            Self::Offline(offline) => offline.explain(buckets, clip, options),
        }
    }
}

impl Offline {
    fn search(&self, buckets: Option<&[&str]>, clip: &Fingerprint, options: &SearchOptions) -> Vec<Match> {
        let is_allowed = |ordinal: u32| {
            let bucket = self.segment.name(ordinal).and_then(entry).and_then(|entry| text(&entry, "bucket_id"));
            buckets.is_none_or(|buckets| bucket.is_some_and(|bucket| buckets.contains(&bucket.as_str())))
        };
        let source = Source { segment: &self.segment, allowed: buckets.is_some().then_some(&is_allowed) };
        // A search that panicked took its searcher along.
        let lock = || self.searchers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut searcher = lock().pop().unwrap_or_default();
        let found = searcher.search(&[source], clip, options);
        lock().push(searcher);
        found
    }

    fn identify(&self, buckets: Option<&[&str]>, clip: &Fingerprint, options: &SearchOptions) -> Vec<Found> {
        let found = self.search(buckets, clip, options).into_iter();
        found.filter_map(|hit| self.found(hit)).collect()
    }

    fn explain(
        &self,
        buckets: Option<&[&str]>,
        clip: &Fingerprint,
        options: &SearchOptions,
    ) -> Option<(Found, Explanation)> {
        let best = self.search(buckets, clip, options).into_iter().next()?;
        let explanation = Explanation::of(&Source { segment: &self.segment, allowed: None }, clip, &best);
        Some((self.found(best)?, explanation))
    }

    fn found(&self, hit: Match) -> Option<Found> {
        let track = self.segment.track(hit.track)?;
        let bucket = entry(&track.name).and_then(|entry| text(&entry, "bucket_id")).unwrap_or_default();
        let track =
            TrackInfo { bucket: bucket.into(), name: track.name, key: track.key, duration_ms: track.duration_ms };
        Some(Found { track, hit })
    }
}

/// Reads the name of a track as the description of a file; `None` for a track of an index, which is named as people like.
fn entry(name: &str) -> Option<Map<String, Value>> {
    let entry: Map<String, Value> = serde_json::from_str(name).ok()?;
    entry.contains_key("acrid").then_some(entry)
}

fn text(entry: &Map<String, Value>, key: &str) -> Option<String> {
    Some(entry.get(key)?.as_str()?.to_owned())
}

/// Returns what people call a track.
pub(super) fn title(track: &TrackInfo) -> String {
    let title = entry(&track.name).and_then(|entry| text(&entry, "title"));
    title.unwrap_or_else(|| track.name.clone())
}

/// Describes a match of an offline database as the server's `custom_files` would; `None` for one of an index.
pub(super) fn custom_file(found: &Found, clip_ms: u64) -> Option<Value> {
    let mut entry = entry(&found.track.name)?;
    let hit = &found.hit;
    let play_ms = hit.track_time_ms(clip_ms as f64).round().clamp(0.0, found.track.duration_ms as f64);
    let matched = json!({
        "score": hit.score.round() as i64,
        "play_offset_ms": play_ms as i64,
        "db_begin_time_offset_ms": hit.track_ms.start,
        "db_end_time_offset_ms": hit.track_ms.end,
        "sample_begin_time_offset_ms": hit.query_ms.start,
        "sample_end_time_offset_ms": hit.query_ms.end,
    });
    if let Value::Object(matched) = matched {
        entry.extend(matched);
    }
    Some(Value::Object(entry))
}
