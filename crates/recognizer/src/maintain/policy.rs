//! Which segments to merge.
//!
//! Size-tiered: four segments of about the same length make one of the next tier, so that a track is rewritten a few times in its life and
//! a query meets few segments. Buckets with much audio have segments of their own, which only merge among themselves; small ones share.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::open::Options;
use crate::snapshot::{Body, Part};

/// Segments of a tier that are merged.
const FAN_IN: usize = 4;
/// A segment with a greater part of removed tracks than one in this is written anew.
const REMOVED_ONE_IN: u32 = 4;

/// Segments of one bucket, or, without, those that are shared.
type Groups = BTreeMap<Option<Arc<str>>, Vec<usize>>;

/// Chooses what to merge next, if anything is due.
pub(super) fn due(disk: &[Part], options: &Options) -> Option<Vec<usize>> {
    if let Some(worn) = disk.iter().position(|part| part.removed.len() > part.n_tracks() / REMOVED_ONE_IN) {
        return Some(vec![worn]);
    }
    for members in groups(disk, options).values() {
        let mut tiers: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for &at in members {
            tiers.entry(tier(audio_ms(&disk[at]), options)).or_default().push(at);
        }
        for mut tier in tiers.into_values() {
            tier.truncate(FAN_IN);
            let total_ms: u64 = tier.iter().map(|&at| audio_ms(&disk[at])).sum();
            if tier.len() == FAN_IN && total_ms <= options.segment_audio_ms_max {
                return Some(tier);
            }
        }
    }
    None
}

/// Chooses the shared segments, unless there is nothing to gain.
pub(super) fn all_shared(disk: &[Part], options: &Options) -> Option<Vec<usize>> {
    groups(disk, options).remove(&None).filter(|members| is_worth_it(disk, members))
}

/// Chooses the segments of each bucket that has its own, unless there is nothing to gain.
pub(super) fn all_own(disk: &[Part], options: &Options) -> Vec<Vec<usize>> {
    let groups = groups(disk, options).into_iter();
    groups
        .filter(|(owner, members)| owner.is_some() && is_worth_it(disk, members))
        .map(|(_, members)| members)
        .collect()
}

fn is_worth_it(disk: &[Part], members: &[usize]) -> bool {
    members.len() > 1 || members.iter().any(|&at| !disk[at].removed.is_empty())
}

/// The buckets that have segments of their own.
pub(super) fn owners(disk: &[Part], options: &Options) -> HashSet<Arc<str>> {
    let large = disk.iter().filter(|part| audio_ms(part) >= options.own_segment_audio_ms);
    large.filter_map(only_bucket).cloned().collect()
}

fn groups(disk: &[Part], options: &Options) -> Groups {
    let owners = owners(disk, options);
    let mut groups = Groups::new();
    for (at, part) in disk.iter().enumerate() {
        let owner = only_bucket(part).filter(|bucket| owners.contains(*bucket));
        groups.entry(owner.cloned()).or_default().push(at);
    }
    groups
}

fn only_bucket(part: &Part) -> Option<&Arc<str>> {
    match &part.body {
        Body::Disk(disk) if disk.runs.len() == 1 => disk.runs.first().map(|run| &run.bucket),
        _ => None,
    }
}

fn audio_ms(part: &Part) -> u64 {
    match &part.body {
        Body::Disk(disk) => disk.segment.stats().audio_ms,
        Body::Memory(memory) => memory.audio_ms,
    }
}

/// Each tier is four times as long as the one before; what comes out of a full memory segment is in the middle of one.
fn tier(audio_ms: u64, options: &Options) -> u32 {
    let n_parts = audio_ms.saturating_mul(32) / options.flush_audio_ms.max(1);
    n_parts.saturating_add(1).ilog2() / 2
}
