//! How a recording is scanned.

use std::sync::Arc;

use fingerprint::{Fingerprint, SearchOptions};
use recognizer::{Found, Recognizer, ScanOptions};

use super::bucket::existing_buckets;
use super::container::ScanPolicy;
use super::hearing::HearingError;
use super::identify::searched;
use super::listing::index_bucket;
use super::scan::{Scan, ScanId, ScanSpan, recording_fingerprint};
use super::work::Made;
use crate::blobs::BlobKey;
use crate::job::{Failure, FailureCode, Job};
use crate::work::{Pulse, WorkError};
use crate::{Engine, Error, Result};

/// Most stretches that are reported of one recording.
const SPANS_MAX: usize = 20_000;
/// The share of the work that listening is, in percent; the rest is searching.
const LISTENING_PERCENT: f64 = 80.0;
/// Windows that the traversal of a whole recording works in, in milliseconds: shorter ones have too little in them, longer ones blur the ends.
const WINDOW_MS_MIN: u64 = 4_000;
const WINDOW_MS_MAX: u64 = 12_000;
/// How far two windows of the same file may be from one line to count as one stretch, in milliseconds.
const LINE_SLACK_MS: u64 = 1_500;

impl Engine {
    pub(crate) async fn fetch_recording(&self, job: &Job, id: &ScanId) -> Result<Made, WorkError> {
        let Some(scan) = self.store().read().await?.scan(&job.account_id, id).await? else {
            return Ok(Made::Nothing);
        };
        let upload = self.download(&scan.url).await?;
        let source = self.inspect(upload.path()).await?;
        let asset_id = self.store_asset(&upload, source.media_type).await?;
        Ok(Made::Recorded {
            scan_id: id.clone(),
            asset_id,
            n_bytes: i64::try_from(upload.n_bytes()).unwrap_or(i64::MAX),
            duration_ms: source.duration_us / 1000,
        })
    }

    pub(crate) async fn scan_recording(&self, job: &Job, id: &ScanId, pulse: &Arc<Pulse>) -> Result<Made, WorkError> {
        let mut tx = self.store().read().await?;
        let Some(scan) = tx.scan(&job.account_id, id).await? else {
            return Ok(Made::Nothing);
        };
        let Some(container) = tx.container(&job.account_id, scan.container_id).await? else {
            return Ok(Made::Nothing);
        };
        let buckets = existing_buckets(tx.as_mut(), &job.account_id, &container.bucket_ids).await?;
        drop(tx);
        let (key, recording) = self.recording(&scan, pulse).await?;
        let duration_ms = recording.duration_ms();
        let names: Vec<String> = searched(&buckets).map(index_bucket).collect();
        let found = if names.is_empty() {
            Vec::new()
        } else {
            let (index, pulse) = (self.current_index().await?, Arc::clone(pulse));
            let searched = tokio::task::spawn_blocking(move || {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                timeline(&index, &names, &recording, container.policy, &pulse)
            });
            searched.await.map_err(|panic| Error::from(HearingError::new("search", panic)))??
        };
        let files =
            self.found_files(&job.account_id, &buckets, found.iter().map(|stretch| stretch.name.as_str())).await?;
        let spans = found.into_iter().filter_map(|stretch| {
            let file = files.get(&stretch.name)?.clone();
            Some(ScanSpan {
                file_id: file.id,
                bucket_id: file.bucket_id,
                acr_id: file.acr_id,
                title: file.title,
                audio_id: file.audio_id,
                user_defined: file.user_defined,
                file_duration_ms: file.duration_us / 1000,
                score: f64::from(stretch.score),
                recording_ms: stretch.recording_ms,
                file_ms: stretch.file_ms,
            })
        });
        let spans = spans.take(SPANS_MAX).collect();
        let duration_ms = i64::try_from(duration_ms).unwrap_or(i64::MAX);
        Ok(Made::Scanned { scan_id: id.clone(), fingerprint: key, duration_ms, spans })
    }

    /// Returns what a recording sounds like: as it was heard before, or listens to it now.
    async fn recording(&self, scan: &Scan, pulse: &Arc<Pulse>) -> Result<(BlobKey, Fingerprint), WorkError> {
        if let Some(key) = &scan.fingerprint
            && let Some(fingerprint) = self.kept_fingerprint(key).await?
        {
            return Ok((key.clone(), fingerprint));
        }
        let asset_id = scan.asset_id.as_ref();
        let asset_id = asset_id.ok_or_else(|| Failure::new(FailureCode::BadSource, "the recording was removed"))?;
        let heard = self.listen_to_asset(asset_id, pulse, LISTENING_PERCENT).await?;
        let key = recording_fingerprint(&scan.id);
        self.keep_fingerprint(&heard.fingerprint, &key).await?;
        Ok((key, heard.fingerprint))
    }
}

/// A stretch in which a track of the index plays.
#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    name: String,
    score: f32,
    recording_ms: std::ops::Range<u64>,
    file_ms: std::ops::Range<u64>,
}

/// Searches a recording as a container's policy says.
fn timeline(
    index: &Recognizer,
    buckets: &[&str],
    recording: &Fingerprint,
    policy: ScanPolicy,
    pulse: &Pulse,
) -> Result<Vec<Stretch>, WorkError> {
    let total_ms = recording.duration_ms().max(1);
    let report = |done_ms: u64| {
        let share = done_ms.min(total_ms) as f64 / total_ms as f64;
        pulse.progress((LISTENING_PERCENT + share * (99.0 - LISTENING_PERCENT)) as u8)
    };
    match policy {
        ScanPolicy::Traverse { interval: 0, rec_length } => {
            let window_ms = (u64::from(rec_length) * 1000).clamp(WINDOW_MS_MIN, WINDOW_MS_MAX);
            let options = ScanOptions { window_ms, hop_ms: window_ms * 4 / 9, ..ScanOptions::default() };
            let mut is_stopped = false;
            let spans = index.scan(Some(buckets), recording, options, &mut |ms| is_stopped |= report(ms).is_break());
            if is_stopped {
                return Err(WorkError::Stopped);
            }
            let stretch = |span: recognizer::Span| Stretch {
                name: span.track.name,
                score: span.score,
                recording_ms: span.query_ms,
                file_ms: span.track_ms,
            };
            Ok(spans.into_iter().map(stretch).collect())
        }
        ScanPolicy::Traverse { interval, rec_length } => {
            let (len_ms, hop_ms) = (u64::from(rec_length) * 1000, u64::from(rec_length + interval) * 1000);
            let starts = (0..).map(|n| n * hop_ms).take_while(|start| *start < recording.duration_ms());
            windows(index, buckets, recording, starts, len_ms, report)
        }
        ScanPolicy::Points { points, rec_length } => {
            let len_ms = u64::from(rec_length) * 1000;
            let last_ms = recording.duration_ms().saturating_sub(len_ms);
            let between = u64::from(points.max(2)) - 1;
            let starts = (0..u64::from(points)).map(|n| if points == 1 { last_ms / 2 } else { last_ms * n / between });
            windows(index, buckets, recording, starts, len_ms, report)
        }
    }
}

/// Tails shorter than this are not listened to.
const TAIL_MS_MIN: u64 = 2_000;

/// Searches windows one by one, and joins those in which the same file goes on.
fn windows(
    index: &Recognizer,
    buckets: &[&str],
    recording: &Fingerprint,
    starts: impl Iterator<Item = u64>,
    len_ms: u64,
    report: impl Fn(u64) -> std::ops::ControlFlow<()>,
) -> Result<Vec<Stretch>, WorkError> {
    let options = SearchOptions { n_matches_max: 3, ..SearchOptions::default() };
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut newest: Vec<usize> = Vec::new();
    for start_ms in starts {
        if report(start_ms).is_break() {
            return Err(WorkError::Stopped);
        }
        let window = recording.slice(start_ms..start_ms + len_ms);
        if window.duration_ms() < TAIL_MS_MIN.min(len_ms) {
            continue;
        }
        let mut now = Vec::new();
        for found in index.identify(Some(buckets), &window, &options) {
            let stretch = stretch_of(found, start_ms);
            match newest.iter().copied().find(|&at| goes_on(&stretches[at], &stretch)) {
                Some(at) => {
                    let earlier = &mut stretches[at];
                    earlier.recording_ms.end = stretch.recording_ms.end.max(earlier.recording_ms.end);
                    earlier.file_ms.end = stretch.file_ms.end.max(earlier.file_ms.end);
                    earlier.score = earlier.score.max(stretch.score);
                    now.push(at);
                }
                None => {
                    now.push(stretches.len());
                    stretches.push(stretch);
                }
            }
        }
        newest = now;
    }
    Ok(stretches)
}

fn stretch_of(found: Found, start_ms: u64) -> Stretch {
    let query_ms = found.hit.query_ms;
    Stretch {
        name: found.track.name,
        score: found.hit.score,
        recording_ms: query_ms.start + start_ms..query_ms.end + start_ms,
        file_ms: found.hit.track_ms,
    }
}

/// Tells whether `later` is the same file on the same line of time.
fn goes_on(earlier: &Stretch, later: &Stretch) -> bool {
    let offset = |stretch: &Stretch| stretch.recording_ms.start as i64 - stretch.file_ms.start as i64;
    earlier.name == later.name && offset(earlier).abs_diff(offset(later)) <= LINE_SLACK_MS
}
