//! What is answered: the files that a sample was recognized as, best first, in the vendor's two lists.

use engine::Timestamp;
use engine::recognition::{Hit, Identification};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::entry;
use crate::bucket_names;
use crate::status::{Status, StatusBody};
use crate::time;

/// What came of an identification; always sent with status 200.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentifyAnswer {
    /// How it ended.
    status: StatusBody,
    /// Seconds it took; with a match only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.213)]
    cost_time: Option<f64>,
    /// Always 0; with a match only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    result_type: Option<u8>,
    /// What was recognized; with a match only.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
}

/// What was recognized.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Metadata {
    /// When, in UTC.
    #[schema(example = "2026-01-02 03:04:05")]
    timestamp_utc: String,
    /// Files of buckets, the surest first; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<entry::CustomFile>)]
    custom_files: Vec<Map<String, Value>>,
    /// Files of music buckets, the surest first; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<entry::Music>)]
    music: Vec<Map<String, Value>>,
}

impl IdentifyAnswer {
    /// Says that nothing was recognized, or why.
    pub(super) fn without_result(status: Status) -> Self {
        Self { status: status.body(), cost_time: None, result_type: None, metadata: None }
    }

    /// Lists what was recognized.
    pub(super) fn with_hits(found: &Identification, now: Timestamp, cost_s: f64) -> Self {
        let is_music = |hit: &&Hit| {
            let bucket = found.buckets.iter().find(|bucket| bucket.id == hit.file.bucket_id);
            bucket.is_some_and(bucket_names::is_music)
        };
        let (music, custom): (Vec<&Hit>, Vec<&Hit>) = found.hits.iter().partition(is_music);
        Self {
            status: Status::Success.body(),
            cost_time: Some((cost_s * 1000.0).round() / 1000.0),
            result_type: Some(0),
            metadata: Some(Metadata {
                timestamp_utc: time::blank(now),
                custom_files: custom.into_iter().map(entry::custom_file).collect(),
                music: music.into_iter().map(entry::music).collect(),
            }),
        }
    }
}
