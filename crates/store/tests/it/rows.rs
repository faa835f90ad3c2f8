//! Rows of hearing to put in databases, with odd values wherever a value may be odd.

use engine::recognition::{
    AcrId, Bucket, BucketFile, BucketId, BuildState, Container, ContainerId, DedupEntry, DedupId, Dump, FileId,
    FileState, HeldUpload, IndexEntry, OfflineDb, OfflineDbId, Project, ProjectId, Reach, Scan, ScanId, ScanPolicy,
    ScanSpan, ScanState, Sequence, UserDefined,
};
use engine::{AccountId, BlobKey, JobId, Page, SystemEntropy, TrackId};
use serde_json::json;
use store::Database;

use crate::support::{NOW, later, write};

/// More rows than any test makes.
pub(crate) const ALL: Page = Page { limit: 10_000, offset: 0 };

/// Text that quoting, encoding, patterns and JSON each have their trouble with.
pub(crate) const ODD: &str = "O'Brien \"100%\" \\_ ΟΔΟΣ ẞ 音楽\u{1F3B5}\n\t$1 ?é";

/// Takes the next number of a sequence.
pub(crate) async fn number(store: &Database, sequence: Sequence) -> i64 {
    let mut tx = write(store).await;
    let number = tx.take_numbers(sequence, 1).await.unwrap();
    tx.commit().await.unwrap();
    number
}

pub(crate) fn values() -> UserDefined {
    let json = json!({
        "artist": ODD, "year": 1999, "big": i64::MIN, "huge": u64::MAX, "share": 0.1 + 0.2, "tiny": 5e-324, "none": null,
        "yes": true, "list": [1, "two", {"three": [] }], "": "", "nul": "\u{1}", "isrc": "usRC17607839",
    });
    let serde_json::Value::Object(map) = json else { unreachable!("it is one") };
    UserDefined(map)
}

pub(crate) fn bucket(account: &AccountId, id: i64) -> Bucket {
    Bucket {
        id: BucketId(id),
        account_id: account.clone(),
        name: format!("{ODD} {id}"),
        region: "eu-west-1".to_owned(),
        reach: Reach::Both,
        labels: vec![ODD.to_owned(), String::new()],
        metadata_template: Some(ODD.to_owned()),
        n_files: 0,
        n_ready: 0,
        n_failed: 0,
        created_at: NOW,
        updated_at: later(1),
    }
}

/// Adds a bucket of the account.
pub(crate) async fn stored_bucket(store: &Database, account: &AccountId) -> Bucket {
    let bucket = bucket(account, number(store, Sequence::Bucket).await);
    let mut tx = write(store).await;
    tx.insert_bucket(&bucket).await.unwrap();
    tx.commit().await.unwrap();
    bucket
}

pub(crate) fn file(bucket: &Bucket, id: i64) -> BucketFile {
    let acr_id = AcrId::random(&SystemEntropy);
    BucketFile {
        id: FileId(id),
        account_id: bucket.account_id.clone(),
        bucket_id: bucket.id,
        state: FileState::Ready,
        failure: String::new(),
        title: format!("{ODD} {id}"),
        audio_id: format!("{ODD} {id}"),
        duration_us: i64::MAX,
        user_defined: values(),
        track_id: Some(acr_id.track_id()),
        fingerprint: Some(BlobKey::from_text(format!("fingerprints/{acr_id}"))),
        acr_id,
        created_at: NOW,
        updated_at: later(1),
    }
}

pub(crate) fn bare_file(bucket: &Bucket, id: i64, title: &str) -> BucketFile {
    BucketFile {
        title: title.to_owned(),
        state: FileState::Processing,
        audio_id: String::new(),
        user_defined: UserDefined::default(),
        track_id: None,
        fingerprint: None,
        ..file(bucket, id)
    }
}

pub(crate) fn entry(name: &str, change: i64) -> IndexEntry {
    IndexEntry {
        bucket: "files/1".to_owned(),
        name: name.to_owned(),
        fingerprint: Some(BlobKey::from_text(format!("fingerprints/{name}"))),
        change,
        changed_at: later(change.unsigned_abs()),
    }
}

pub(crate) fn dump(bucket: &Bucket, task_id: &str, day: &str) -> Dump {
    Dump {
        task_id: task_id.to_owned(),
        account_id: bucket.account_id.clone(),
        bucket_id: bucket.id,
        bucket_name: ODD.to_owned(),
        day: day.to_owned(),
        blob: None,
        n_bytes: 0,
        job_id: JobId::random(&SystemEntropy),
        created_at: NOW,
    }
}

pub(crate) fn project(account: &AccountId, id: i64) -> Project {
    Project {
        id: ProjectId(id),
        account_id: account.clone(),
        name: ODD.to_owned(),
        region: "eu-west-1".to_owned(),
        kind: "AVR".to_owned(),
        audio_type: "linein".to_owned(),
        external_ids: vec!["spotify".to_owned(), ODD.to_owned()],
        access_key: format!("{id:032x}"),
        sealed_secret: vec![0, 255, 39],
        day_limit: 10,
        total_limit: i64::MAX,
        bucket_ids: vec![BucketId(3), BucketId(1), BucketId(i64::MAX)],
        created_at: NOW,
        updated_at: later(1),
    }
}

pub(crate) fn container(account: &AccountId, id: i64) -> Container {
    let options = json!({"ai_detection": 1, "nested": {"ω": [0.1, null]}});
    let serde_json::Value::Object(options) = options else { unreachable!("it is one") };
    Container {
        id: ContainerId(id),
        account_id: account.clone(),
        name: format!("{ODD} {id}"),
        region: "eu-west-1".to_owned(),
        audio_type: "recorded".to_owned(),
        engine: 3,
        policy: ScanPolicy::Points { points: 7, rec_length: u32::MAX },
        callback_url: Some("https://example.com/?a=%20'".to_owned()),
        options,
        bucket_ids: vec![BucketId(2)],
        n_scans: 0,
        n_bytes: 0,
        created_at: NOW,
        updated_at: later(1),
    }
}

/// Adds a container of the account.
pub(crate) async fn stored_container(store: &Database, account: &AccountId) -> Container {
    let container = container(account, number(store, Sequence::Container).await);
    let mut tx = write(store).await;
    tx.insert_container(&container).await.unwrap();
    tx.commit().await.unwrap();
    container
}

pub(crate) fn span() -> ScanSpan {
    ScanSpan {
        file_id: FileId(i64::MAX),
        bucket_id: BucketId(1),
        acr_id: AcrId::random(&SystemEntropy),
        title: ODD.to_owned(),
        audio_id: String::new(),
        user_defined: values(),
        file_duration_ms: 180_000,
        score: 97.300_000_000_000_01,
        recording_ms: 0..u64::MAX,
        file_ms: 1..2,
    }
}

pub(crate) fn scan(container: &Container, n_seconds: u64) -> Scan {
    Scan {
        id: ScanId::random(&SystemEntropy),
        account_id: container.account_id.clone(),
        container_id: container.id,
        name: ODD.to_owned(),
        uri: format!("audio:{ODD}.mp3"),
        url: "https://example.com/".to_owned(),
        data_type: "audio_url".to_owned(),
        state: ScanState::Processing,
        progress: 0,
        failure: String::new(),
        duration_ms: 0,
        asset_id: None,
        fingerprint: None,
        spans: Vec::new(),
        job_id: JobId::random(&SystemEntropy),
        n_bytes: 5,
        created_at: later(n_seconds),
        updated_at: later(n_seconds),
    }
}

pub(crate) fn held_upload(container: &Container, key: &str) -> HeldUpload {
    HeldUpload {
        key: key.to_owned(),
        account_id: container.account_id.clone(),
        container_id: container.id,
        name: ODD.to_owned(),
        asset_id: None,
        n_bytes: 0,
        expires_at: later(10),
    }
}

pub(crate) fn dedup(bucket: &Bucket, id: i64, caller_id: &str) -> DedupEntry {
    let acr_id = AcrId::random(&SystemEntropy);
    DedupEntry {
        id: DedupId(id),
        account_id: bucket.account_id.clone(),
        bucket_id: bucket.id,
        caller_id: caller_id.to_owned(),
        duplicates: vec![ODD.to_owned()],
        fingerprint: BlobKey::from_text(format!("fingerprints/{acr_id}")),
        acr_id,
        duration_ms: 1500,
        created_at: NOW,
        updated_at: later(1),
    }
}

pub(crate) fn offline_db(account: &AccountId, id: i64) -> OfflineDb {
    OfflineDb {
        id: OfflineDbId(id),
        account_id: account.clone(),
        name: ODD.to_owned(),
        region: "eu-west-1".to_owned(),
        audio_type: "linein".to_owned(),
        bucket_ids: vec![BucketId(9), BucketId(2)],
        state: BuildState::Building,
        failure: String::new(),
        job_id: JobId::random(&SystemEntropy),
        blob: None,
        n_bytes: 0,
        n_files: 0,
        created_at: NOW,
        updated_at: later(1),
    }
}

pub(crate) fn a_track() -> Option<TrackId> {
    Some(TrackId::random(&SystemEntropy))
}
