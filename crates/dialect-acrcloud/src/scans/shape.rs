//! A scanned recording and its timeline in the vendor's words; the callback shows the same timeline.

use engine::recognition::{Container, Scan, ScanPolicy, ScanSpan, ScanState};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::time;

/// A recording in a container.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScanBody {
    /// Identifier, a UUID.
    #[schema(example = "9b2f6c1e-4f0a-4a53-9f77-2f7c5a0c1d11")]
    id: String,
    /// The account.
    uid: i64,
    /// The container.
    cid: i64,
    /// Its name for people.
    #[schema(example = "show.mp3")]
    name: String,
    /// Length in seconds, 0 while it is not known.
    #[schema(example = 1810)]
    duration: i64,
    /// Where it came from, in short.
    #[schema(example = "audio:show.mp3")]
    uri: String,
    /// Where it was fetched from; empty for an upload.
    url: String,
    /// The kind of source.
    #[schema(example = "audio")]
    data_type: String,
    /// What the container looks for.
    #[schema(example = 1)]
    engine: i64,
    /// Entries of the timeline.
    #[schema(example = 1)]
    count: usize,
    /// The same.
    #[schema(example = 1)]
    total: usize,
    /// 0 while it is scanned, 1 with results, -1 if nothing was found, -2 if the source is bad, -3 if the server failed.
    #[schema(example = 1)]
    state: i8,
    /// How far the scan is, as `"40 %"`; why it failed; else empty.
    detail: String,
    /// Whether there is music: always 2, for not looked at.
    #[schema(example = 2)]
    music_detected: u8,
    /// When it was added.
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    created_at: String,
    /// When it last changed.
    #[schema(example = "2026-01-02T03:05:05.000000Z")]
    updated_at: String,
    /// What plays when; empty where nothing was found, and in lists that were not asked for it.
    results: Results,
}

/// What plays when.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Results {
    /// The timeline, in order of time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_files: Vec<Entry>,
}

/// A stretch of the recording in which a file plays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// When it begins, in seconds of the recording.
    #[schema(example = 120)]
    offset: u64,
    /// How long it plays, in seconds.
    #[schema(example = 28)]
    played_duration: u64,
    /// The container's policy.
    #[schema(value_type = String, example = "traverse")]
    r#type: &'static str,
    /// The file.
    #[schema(value_type = ScanResult)]
    result: Map<String, Value>,
}

/// The file that plays. The caller's own values (`user_defined`) stand beside these members, which win where names clash.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the entry in the OpenAPI document")]
pub(crate) struct ScanResult {
    /// The file's `acr_id`.
    #[schema(example = "5f0c3b9a7e1d4c2684a6b8d0e2f41735")]
    acrid: String,
    /// The bucket, as text.
    #[schema(example = "7")]
    bucket_id: String,
    /// The file's title.
    title: String,
    /// The artist of `user_defined`, else empty.
    artist: Value,
    /// The caller's own id of it.
    audio_id: String,
    /// How sure it is, 70 to 100.
    score: i64,
    /// Length of the file.
    duration_ms: i64,
    /// The place in the file at the end of the stretch.
    play_offset_ms: i64,
    /// Where the match begins in the file.
    db_begin_time_offset_ms: u64,
    /// Where it ends in the file.
    db_end_time_offset_ms: u64,
    /// Always 0: the stretch itself is the sample.
    sample_begin_time_offset_ms: u64,
    /// Length of the stretch.
    sample_end_time_offset_ms: u64,
}

impl ScanBody {
    /// Describes a recording. `account_number` is the account as clients know it.
    pub(crate) fn new(account_number: i64, container: &Container, scan: &Scan, with_results: bool) -> Self {
        // What an earlier scan found is not shown while the next one is under way.
        let count = if scan.state == ScanState::Found { scan.spans.len() } else { 0 };
        Self {
            id: scan.id.to_string(),
            uid: account_number,
            cid: scan.container_id.0,
            name: scan.name.clone(),
            duration: (scan.duration_ms + 500) / 1000,
            uri: scan.uri.clone(),
            url: scan.url.clone(),
            data_type: scan.data_type.clone(),
            engine: container.engine,
            count,
            total: count,
            state: state_number(scan.state),
            detail: detail(scan),
            music_detected: 2,
            created_at: time::zulu(scan.created_at),
            updated_at: time::zulu(scan.updated_at),
            results: if with_results { Results::new(scan, container.policy) } else { Results::default() },
        }
    }
}

impl Results {
    /// Describes what a scan found. While it is under way, and after it failed, that is nothing.
    pub(crate) fn new(scan: &Scan, policy: ScanPolicy) -> Self {
        if scan.state != ScanState::Found {
            return Self::default();
        }
        Self { custom_files: scan.spans.iter().map(|span| Entry::new(span, policy)).collect() }
    }
}

impl Entry {
    fn new(span: &ScanSpan, policy: ScanPolicy) -> Self {
        let (begin, end) = (span.recording_ms.start, span.recording_ms.end);
        // Both ends are rounded, so that stretches that do not overlap still do not.
        let (offset, end_s) = (whole_seconds(begin), whole_seconds(end));
        Self {
            offset,
            played_duration: end_s.saturating_sub(offset),
            r#type: policy_name(policy),
            result: result(span, end.saturating_sub(begin)),
        }
    }
}

fn result(span: &ScanSpan, played_ms: u64) -> Map<String, Value> {
    let mut entry = span.user_defined.0.clone();
    let duration_ms = span.file_duration_ms.max(0);
    let end_ms = i64::try_from(span.file_ms.end).unwrap_or(i64::MAX);
    entry.entry("artist").or_insert_with(|| Value::from(""));
    let ours: [(&str, Value); 11] = [
        ("acrid", span.acr_id.as_str().into()),
        ("bucket_id", span.bucket_id.to_string().into()),
        ("title", span.title.as_str().into()),
        ("audio_id", span.audio_id.as_str().into()),
        ("score", (span.score.round() as i64).into()),
        ("duration_ms", duration_ms.into()),
        ("play_offset_ms", end_ms.clamp(0, duration_ms).into()),
        ("db_begin_time_offset_ms", span.file_ms.start.into()),
        ("db_end_time_offset_ms", span.file_ms.end.into()),
        ("sample_begin_time_offset_ms", 0.into()),
        ("sample_end_time_offset_ms", played_ms.into()),
    ];
    entry.extend(ours.into_iter().map(|(name, value)| (name.to_owned(), value)));
    entry
}

/// Returns the vendor's number of a state.
pub(crate) const fn state_number(state: ScanState) -> i8 {
    match state {
        ScanState::Processing => 0,
        ScanState::Found => 1,
        ScanState::NothingFound => -1,
        ScanState::BadSource => -2,
        ScanState::Failed => -3,
    }
}

/// Finds the state that has a number.
pub(crate) fn state_of_number(number: i64) -> Option<ScanState> {
    use ScanState::{BadSource, Failed, Found, NothingFound, Processing};
    let all = [Processing, Found, NothingFound, BadSource, Failed];
    all.into_iter().find(|state| i64::from(state_number(*state)) == number)
}

/// Returns the vendor's word for a policy.
pub(crate) const fn policy_name(policy: ScanPolicy) -> &'static str {
    match policy {
        ScanPolicy::Traverse { .. } => "traverse",
        ScanPolicy::Points { .. } => "points",
    }
}

fn detail(scan: &Scan) -> String {
    match scan.state {
        ScanState::Processing => format!("{} %", scan.progress),
        ScanState::Found | ScanState::NothingFound => String::new(),
        ScanState::BadSource | ScanState::Failed => scan.failure.clone(),
    }
}

const fn whole_seconds(ms: u64) -> u64 {
    (ms + 500) / 1000
}
