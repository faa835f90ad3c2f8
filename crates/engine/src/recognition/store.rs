//! What this domain asks of a database; see [`crate::store`] for the rules.

use async_trait::async_trait;

use super::bucket::{Bucket, BucketFilter};
use super::container::{Container, ContainerFilter};
use super::dedup::DedupEntry;
use super::dump::Dump;
use super::file::{BucketFile, FileFilter, FileState};
use super::number::{BucketId, ContainerId, FileId, FileRef, OfflineDbId, ProjectId, Sequence};
use super::offline::OfflineDb;
use super::project::{Project, ProjectFilter};
use super::scan::{Scan, ScanFilter, ScanId};
use super::upload::HeldUpload;
use super::usage::DayUsage;
use crate::blobs::BlobKey;
use crate::ids::AccountId;
use crate::store::{Page, StoreError};
use crate::time::Timestamp;

type Result<T> = std::result::Result<T, StoreError>;

/// Numbers that are handed out.
#[async_trait]
pub trait Numbers {
    /// Takes `count` numbers of a sequence and returns the first; the first of all is 1. With 0 it only waits its turn.
    ///
    /// Others that take from the sequence wait until this transaction ends, so numbers become visible in their order.
    async fn take_numbers(&mut self, sequence: Sequence, count: u32) -> Result<i64>;
    /// Returns the last number that was taken or set, 0 if none was.
    async fn last_number(&mut self, sequence: Sequence) -> Result<i64>;
    /// Sets the last number of a sequence, unless it is greater already.
    async fn raise_number(&mut self, sequence: Sequence, to: i64) -> Result<()>;
    /// Finds the number of an account.
    async fn account_number(&mut self, account: &AccountId) -> Result<Option<i64>>;
    /// Gives an account a number, unless it has one.
    async fn set_account_number(&mut self, account: &AccountId, number: i64) -> Result<()>;
    /// Returns the random name of this database, and gives it `candidate` if it has none.
    async fn database_name(&mut self, candidate: &str) -> Result<String>;
}

/// Buckets.
#[async_trait]
pub trait Buckets {
    /// Adds a bucket.
    async fn insert_bucket(&mut self, bucket: &Bucket) -> Result<()>;
    /// Finds an account's bucket.
    async fn bucket(&mut self, account: &AccountId, id: BucketId) -> Result<Option<Bucket>>;
    /// Finds an account's bucket and keeps other writers off it until the transaction ends.
    async fn lock_bucket(&mut self, account: &AccountId, id: BucketId) -> Result<Option<Bucket>>;
    /// Lists an account's buckets by id.
    async fn buckets(&mut self, account: &AccountId, filter: &BucketFilter) -> Result<Vec<Bucket>>;
    /// Counts the buckets that the filter lets through, whatever its page.
    async fn count_buckets(&mut self, account: &AccountId, filter: &BucketFilter) -> Result<i64>;
    /// Writes name, labels, template and time of change back.
    async fn update_bucket(&mut self, bucket: &Bucket) -> Result<()>;
    /// Adds to a bucket's counts of files, of files that are ready and of files that failed.
    async fn count_in_bucket(&mut self, id: BucketId, n_files: i64, n_ready: i64, n_failed: i64) -> Result<()>;
    /// Removes a bucket.
    async fn delete_bucket(&mut self, account: &AccountId, id: BucketId) -> Result<bool>;
}

/// Files in buckets.
#[async_trait]
pub trait Files {
    /// Adds a file.
    async fn insert_file(&mut self, file: &BucketFile) -> Result<()>;
    /// Finds an account's file, in whatever bucket it is.
    async fn file(&mut self, account: &AccountId, id: &FileRef) -> Result<Option<BucketFile>>;
    /// Finds a file for a job that names it.
    async fn any_file(&mut self, id: FileId) -> Result<Option<BucketFile>>;
    /// Finds those of some files of an account that exist, in no order.
    async fn files_by_refs(&mut self, account: &AccountId, refs: &[FileRef]) -> Result<Vec<BucketFile>>;
    /// Finds the newest file that has a track among those that the account calls so.
    async fn file_by_audio_id(&mut self, account: &AccountId, audio_id: &str) -> Result<Option<BucketFile>>;
    /// Lists an account's files with this ISRC in `user_defined`, oldest first.
    async fn files_by_isrc(&mut self, account: &AccountId, isrc: &str, limit: u32) -> Result<Vec<BucketFile>>;
    /// Lists an account's files with this in their title, whatever its case, oldest first.
    async fn files_by_title(&mut self, account: &AccountId, text: &str, limit: u32) -> Result<Vec<BucketFile>>;
    /// Lists a bucket's files.
    async fn files(&mut self, bucket: BucketId, filter: &FileFilter) -> Result<Vec<BucketFile>>;
    /// Counts the files of a bucket with this in their title (not empty), whatever its case, in this state or in any.
    async fn count_files(&mut self, bucket: BucketId, search: &str, state: Option<FileState>) -> Result<i64>;
    /// Lists a bucket's files by id, those after `after`.
    async fn files_after(&mut self, bucket: BucketId, after: FileId, limit: u32) -> Result<Vec<BucketFile>>;
    /// Writes everything back but the account and the time of creation.
    async fn update_file(&mut self, file: &BucketFile) -> Result<()>;
    /// Removes some of an account's files and returns those that were there.
    async fn delete_files(&mut self, account: &AccountId, ids: &[FileId]) -> Result<Vec<FileId>>;
}

/// What belongs into the index under a name of a bucket, or that nothing does any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The index's bucket.
    pub bucket: String,
    /// The name in it.
    pub name: String,
    /// The fingerprint file; `None` where it was removed.
    pub fingerprint: Option<BlobKey>,
    /// The number of the change, from [`Sequence::IndexChange`].
    pub change: i64,
    /// When it changed.
    pub changed_at: Timestamp,
}

/// What belongs into the index, in the order in which it changed.
#[async_trait]
pub trait IndexFeed {
    /// Notes a change, in place of the earlier one of the same bucket and name.
    async fn put_index_entry(&mut self, entry: &IndexEntry) -> Result<()>;
    /// Lists changes after a number, in order.
    async fn index_entries(&mut self, after: i64, limit: u32) -> Result<Vec<IndexEntry>>;
    /// Forgets removals before a point in time, up to `limit` of them, and returns the greatest number forgotten, 0 for none.
    async fn forget_index_removals(&mut self, before: Timestamp, limit: u32) -> Result<i64>;
}

/// Dumps.
#[async_trait]
pub trait Dumps {
    /// Adds a dump; `false`, and no change, if the bucket has one of that day.
    async fn insert_dump(&mut self, dump: &Dump) -> Result<bool>;
    /// Finds a bucket's dump of a day.
    async fn dump(&mut self, account: &AccountId, bucket: BucketId, day: &str) -> Result<Option<Dump>>;
    /// Finds a dump by a link whose task id is the secret.
    async fn linked_dump(&mut self, bucket: BucketId, task_id: &str) -> Result<Option<Dump>>;
    /// Notes the file of a dump; `false` if the dump is gone.
    async fn finish_dump(&mut self, task_id: &str, blob: &BlobKey, n_bytes: i64) -> Result<bool>;
    /// Lists all dumps of a bucket.
    async fn bucket_dumps(&mut self, bucket: BucketId) -> Result<Vec<Dump>>;
    /// Lists dumps made before a point in time.
    async fn old_dumps(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Dump>>;
    /// Removes a dump.
    async fn delete_dump(&mut self, task_id: &str) -> Result<bool>;
}

/// Projects and their usage.
#[async_trait]
pub trait Projects {
    /// Adds a project.
    async fn insert_project(&mut self, project: &Project) -> Result<()>;
    /// Finds an account's project.
    async fn project(&mut self, account: &AccountId, id: ProjectId) -> Result<Option<Project>>;
    /// Finds the project that an access key belongs to.
    async fn project_by_key(&mut self, access_key: &str) -> Result<Option<Project>>;
    /// Lists an account's projects by id.
    async fn projects(&mut self, account: &AccountId, filter: &ProjectFilter) -> Result<Vec<Project>>;
    /// Counts the projects that the filter lets through, whatever its page.
    async fn count_projects(&mut self, account: &AccountId, filter: &ProjectFilter) -> Result<i64>;
    /// Writes back everything that can change.
    async fn update_project(&mut self, project: &Project) -> Result<()>;
    /// Removes a project with its usage.
    async fn delete_project(&mut self, account: &AccountId, id: ProjectId) -> Result<bool>;
    /// Adds to a project's usage of a day.
    async fn add_usage(&mut self, id: ProjectId, usage: &DayUsage) -> Result<()>;
    /// Lists a project's usage from one day to another, both included, oldest first, at most `limit` days.
    async fn usage(&mut self, id: ProjectId, from_day: &str, to_day: &str, limit: u32) -> Result<Vec<DayUsage>>;
    /// Returns a project's searches on a day, and ever.
    async fn usage_totals(&mut self, id: ProjectId, day: &str) -> Result<(i64, i64)>;
}

/// Containers.
#[async_trait]
pub trait Containers {
    /// Adds a container.
    async fn insert_container(&mut self, container: &Container) -> Result<()>;
    /// Finds an account's container.
    async fn container(&mut self, account: &AccountId, id: ContainerId) -> Result<Option<Container>>;
    /// Finds an account's container and keeps other writers off it until the transaction ends.
    async fn lock_container(&mut self, account: &AccountId, id: ContainerId) -> Result<Option<Container>>;
    /// Lists an account's containers by id.
    async fn containers(&mut self, account: &AccountId, filter: &ContainerFilter) -> Result<Vec<Container>>;
    /// Counts the containers that the filter lets through, whatever its page.
    async fn count_containers(&mut self, account: &AccountId, filter: &ContainerFilter) -> Result<i64>;
    /// Writes back everything that can change, but the counts.
    async fn update_container(&mut self, container: &Container) -> Result<()>;
    /// Adds to a container's counts of recordings and bytes.
    async fn count_in_container(&mut self, id: ContainerId, n_scans: i64, n_bytes: i64) -> Result<()>;
    /// Removes a container; its recordings have to be gone.
    async fn delete_container(&mut self, account: &AccountId, id: ContainerId) -> Result<bool>;
}

/// Recordings to scan.
#[async_trait]
pub trait Scans {
    /// Adds a recording.
    async fn insert_scan(&mut self, scan: &Scan) -> Result<()>;
    /// Finds an account's recording.
    async fn scan(&mut self, account: &AccountId, id: &ScanId) -> Result<Option<Scan>>;
    /// Finds those of some recordings that are in a container, in no order.
    async fn scans_by_ids(&mut self, container: ContainerId, ids: &[ScanId]) -> Result<Vec<Scan>>;
    /// Lists a container's recordings, newest first.
    async fn scans(&mut self, container: ContainerId, filter: &ScanFilter) -> Result<Vec<Scan>>;
    /// Counts the recordings that the filter lets through, whatever its page.
    async fn count_scans(&mut self, container: ContainerId, filter: &ScanFilter) -> Result<i64>;
    /// Writes back everything that can change.
    async fn update_scan(&mut self, scan: &Scan) -> Result<()>;
    /// Notes how far a scan is, as long as it is not over.
    async fn set_scan_progress(&mut self, id: &ScanId, progress: i64) -> Result<()>;
    /// Removes a recording and returns it.
    async fn delete_scan(&mut self, container: ContainerId, id: &ScanId) -> Result<Option<Scan>>;
}

/// Uploads to pre-made addresses.
#[async_trait]
pub trait Uploads {
    /// Adds one.
    async fn insert_held_upload(&mut self, upload: &HeldUpload) -> Result<()>;
    /// Finds one.
    async fn held_upload(&mut self, key: &str) -> Result<Option<HeldUpload>>;
    /// Notes the file; `false` if there is no such upload.
    async fn set_held_file(&mut self, upload: &HeldUpload) -> Result<bool>;
    /// Removes one and returns it.
    async fn take_held_upload(&mut self, key: &str) -> Result<Option<HeldUpload>>;
    /// Removes those that ended before a point in time.
    async fn forget_held_uploads(&mut self, before: Timestamp) -> Result<u64>;
}

/// Deduplicated collections.
#[async_trait]
pub trait Dedups {
    /// Adds an entry.
    async fn insert_dedup(&mut self, entry: &DedupEntry) -> Result<()>;
    /// Finds an entry of a bucket by number, sound or, last, the caller's id (the oldest of that id).
    async fn dedup(&mut self, bucket: BucketId, id: &str) -> Result<Option<DedupEntry>>;
    /// Lists a bucket's entries by id.
    async fn dedups(&mut self, bucket: BucketId, page: Page) -> Result<Vec<DedupEntry>>;
    /// Counts a bucket's entries.
    async fn count_dedups(&mut self, bucket: BucketId) -> Result<i64>;
    /// Removes an entry.
    async fn delete_dedup(&mut self, entry: &DedupEntry) -> Result<bool>;
}

/// Offline databases.
#[async_trait]
pub trait OfflineDbs {
    /// Adds an offline database.
    async fn insert_offline_db(&mut self, db: &OfflineDb) -> Result<()>;
    /// Finds an account's offline database.
    async fn offline_db(&mut self, account: &AccountId, id: OfflineDbId) -> Result<Option<OfflineDb>>;
    /// Finds an offline database by a link whose signature was checked.
    async fn linked_offline_db(&mut self, id: OfflineDbId) -> Result<Option<OfflineDb>>;
    /// Lists an account's offline databases by id.
    async fn offline_dbs(&mut self, account: &AccountId, page: Page) -> Result<Vec<OfflineDb>>;
    /// Counts an account's offline databases.
    async fn count_offline_dbs(&mut self, account: &AccountId) -> Result<i64>;
    /// Writes back everything that can change.
    async fn update_offline_db(&mut self, db: &OfflineDb) -> Result<()>;
    /// Removes an offline database.
    async fn delete_offline_db(&mut self, account: &AccountId, id: OfflineDbId) -> Result<bool>;
}

/// Files of which nothing may be left, until they are gone.
#[async_trait]
pub trait Trash {
    /// Notes that a file is not wanted any more.
    async fn throw_away(&mut self, key: &BlobKey, now: Timestamp) -> Result<()>;
    /// Lists files thrown away before a point in time, the longest ago first.
    async fn trash(&mut self, before: Timestamp, limit: u32) -> Result<Vec<BlobKey>>;
    /// Notes that a file is gone.
    async fn forget_trash(&mut self, key: &BlobKey) -> Result<()>;
}
