//! A container in the vendor's words.

use engine::recognition::{Container, ScanPolicy};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::bucket_names::BucketName;
use crate::scans::shape::policy_name;
use crate::time;

/// The vendor's further switches. Nothing is done for them here.
pub(super) const SWITCHES: [&str; 3] = ["deepright", "music_detection", "ai_detection"];

/// A collection of recordings, and how they are scanned.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContainerBody {
    /// Identifier.
    #[schema(example = 10005)]
    id: i64,
    /// The account.
    #[schema(example = 1)]
    uid: i64,
    /// Its name for people.
    #[schema(example = "shows")]
    name: String,
    /// Where the caller said it should be.
    #[schema(example = "eu-west-1")]
    region: String,
    /// `linein` or `recorded`.
    #[schema(example = "linein")]
    audio_type: String,
    /// What is searched.
    buckets: Vec<BucketName>,
    /// What is looked for: 1, or 3.
    #[schema(example = 1)]
    engine: i64,
    /// Which parts of a recording are listened to.
    policy: PolicyBody,
    /// Where the end of a scan is told; empty for nowhere.
    #[schema(example = "https://example.com/scans")]
    callback_url: String,
    /// As it was sent.
    #[schema(example = 0)]
    deepright: i64,
    /// As it was sent.
    #[schema(example = 0)]
    music_detection: i64,
    /// As it was sent.
    #[schema(example = 0)]
    ai_detection: i64,
    /// Always 1.
    #[schema(example = 1)]
    state: i64,
    /// Recordings in it.
    #[schema(example = 12)]
    num: i64,
    /// Bytes of what was uploaded to it.
    #[schema(example = 20971520)]
    size: i64,
    /// When it was made.
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    created_at: String,
    /// When it last changed.
    #[schema(example = "2026-01-02T03:04:05.000000Z")]
    updated_at: String,
}

/// Which parts of a recording are listened to.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyBody {
    /// `traverse` or `points`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "traverse")]
    name: &'static str,
    /// With `traverse`: seconds passed over between two windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    interval: Option<u32>,
    /// With `points`: how many windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<u32>,
    /// Seconds of a window.
    #[schema(example = 10)]
    rec_length: u32,
}

impl PolicyBody {
    fn new(policy: ScanPolicy) -> Self {
        let name = policy_name(policy);
        match policy {
            ScanPolicy::Traverse { interval, rec_length } => {
                Self { name, interval: Some(interval), points: None, rec_length }
            }
            ScanPolicy::Points { points, rec_length } => {
                Self { name, interval: None, points: Some(points), rec_length }
            }
        }
    }
}

impl ContainerBody {
    /// Describes a container. `buckets` are at least its own; one that is gone is left out.
    pub(super) fn new(uid: i64, container: &Container, buckets: &[BucketName]) -> Self {
        let switch = |name: &str| container.options.get(name).and_then(Value::as_i64).unwrap_or(0);
        let [deepright, music_detection, ai_detection] = SWITCHES.map(switch);
        Self {
            id: container.id.0,
            uid,
            name: container.name.clone(),
            region: container.region.clone(),
            audio_type: container.audio_type.clone(),
            buckets: BucketName::picked(buckets, &container.bucket_ids),
            engine: container.engine,
            policy: PolicyBody::new(container.policy),
            callback_url: container.callback_url.clone().unwrap_or_default(),
            deepright,
            music_detection,
            ai_detection,
            state: 1,
            num: container.n_scans,
            size: container.n_bytes,
            created_at: time::zulu(container.created_at),
            updated_at: time::zulu(container.updated_at),
        }
    }
}
