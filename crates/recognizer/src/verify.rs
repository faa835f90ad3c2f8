//! What is in an index, and whether all of it can be read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fingerprint::Fingerprint;

use crate::changelog::{self, Entry};
use crate::error::{Context as _, Doing as _, Error, Result};
use crate::open;
use crate::recognizer::{Recognizer, lock};
use crate::snapshot::{Body, DiskPart, Part};

/// What an index holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Tracks.
    pub n_tracks: u64,
    /// Tracks that were removed or replaced and wait for a merge.
    pub n_removed: u64,
    /// The length of all tracks.
    pub audio_ms: u64,
    /// Segments on disk.
    pub n_segments: u64,
    /// Tracks in memory, not in a segment yet.
    pub n_in_memory: u64,
    /// Landmarks in the segments on disk.
    pub n_postings: u64,
    /// Peaks in the segments on disk.
    pub n_peaks: u64,
    /// Bytes of the segments on disk.
    pub segment_bytes: u64,
    /// Bytes of the changelog.
    pub changelog_bytes: u64,
    /// Each bucket that has tracks.
    pub buckets: BTreeMap<Arc<str>, BucketStats>,
    /// Why the last maintenance in the background failed.
    pub problem: Option<String>,
}

/// What a bucket holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketStats {
    /// Tracks.
    pub n_tracks: u64,
    /// The length of all of them.
    pub audio_ms: u64,
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Segments that were read.
    pub n_segments: u64,
    /// Changes of the changelog that were read.
    pub n_changes: u64,
    /// What is wrong; empty where all is well.
    pub problems: Vec<Error>,
}

impl Recognizer {
    /// Counts what is in the index.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for part in &self.shared.snapshot().parts {
            stats.n_removed += u64::from(part.removed.len());
            match &part.body {
                Body::Memory(_) => stats.n_in_memory += u64::from(part.n_live()),
                Body::Disk(disk) => {
                    let segment = disk.segment.stats();
                    stats.n_segments += 1;
                    stats.n_postings += segment.n_postings;
                    stats.n_peaks += segment.n_peaks;
                    stats.segment_bytes += segment.size_bytes;
                }
            }
            for ordinal in part.live() {
                let duration_ms = part.track(ordinal).duration_ms;
                let bucket = stats.buckets.entry(Arc::clone(part.bucket(ordinal))).or_default();
                bucket.n_tracks += 1;
                bucket.audio_ms = bucket.audio_ms.saturating_add(duration_ms);
                stats.n_tracks += 1;
                stats.audio_ms = stats.audio_ms.saturating_add(duration_ms);
            }
        }
        stats.changelog_bytes = folder_bytes(&self.shared.layout.changelog);
        stats.problem = lock(&self.shared.problem).as_ref().map(chain);
        stats
    }

    /// Reads everything on disk and checks every checksum and rule. `progress` is told how many of how many segments are done.
    #[must_use]
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> Verified {
        let mut verified = Verified::default();
        let snapshot = self.shared.snapshot();
        let disk: Vec<(&Part, &DiskPart)> =
            snapshot.parts.iter().filter_map(|part| Some((part, on_disk(part)?))).collect();
        for (part, segment) in &disk {
            let path = self.shared.layout.segment(segment.number);
            verified.problems.extend(verify_segment(part, segment).at(&path).err());
            verified.n_segments += 1;
            progress(verified.n_segments, disk.len() as u64);
        }
        match self.verify_log() {
            Ok(n_changes) => verified.n_changes = n_changes,
            Err(error) => verified.problems.push(error),
        }
        verified
    }

    /// Reads manifest and changelog anew, and counts the changes.
    fn verify_log(&self) -> Result<u64> {
        // Neither a change nor a merge may replace what is being read.
        let _alone = lock(&self.shared.maintenance);
        let _still = self.shared.state();
        let manifest = open::read_manifest(&self.shared.layout)?;
        let mut n_changes = 0;
        changelog::read_chain(&self.shared.layout.changelog, manifest.absorbed + 1, |_, entry| {
            n_changes += 1;
            match entry {
                Entry::Put { fingerprint, .. } | Entry::Move { fingerprint, .. } => {
                    Fingerprint::from_bytes(fingerprint).doing("read a fingerprint of the changelog").map(drop)
                }
                Entry::Remove { .. } => Ok(()),
            }
        })?;
        Ok(n_changes)
    }
}

fn on_disk(part: &Part) -> Option<&DiskPart> {
    match &part.body {
        Body::Disk(disk) => Some(disk),
        Body::Memory(_) => None,
    }
}

/// Checks a segment by itself, and that its tracks are in the order that finding them by name relies on.
fn verify_segment(part: &Part, disk: &DiskPart) -> Result<()> {
    disk.segment.verify().doing("read the segment")?;
    for run in &*disk.runs {
        let mut before: Option<String> = None;
        for ordinal in run.start..run.end {
            let name = part.track(ordinal).name;
            if before.is_some_and(|before| before >= name) {
                return Err(Error::Damaged { what: "segment", reason: "its tracks are not in order" });
            }
            before = Some(name);
        }
    }
    Ok(())
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
