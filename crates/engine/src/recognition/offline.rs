//! Offline databases: the files of some buckets as one file that recognizes without a server.

use std::str::FromStr;

use fingerprint::{Fingerprint, SegmentWriter, Track};

use super::bucket::{Reach, existing_buckets};
use super::file::{BucketFile, FileState};
use super::number::{BucketId, FileId, Listed, OfflineDbId, Sequence};
use super::text::{check_name, check_text};
use super::words::Words;
use super::work::Made;
use crate::blobs::LocalFile;
use crate::ids::{AccountId, JobId};
use crate::job::{Failure, FailureCode, Job, JobKind};
use crate::library::MediaKind;
use crate::signals::Signal;
use crate::store::{Page, Transaction};
use crate::time::Timestamp;
use crate::work::WorkError;
use crate::{BlobKey, Engine, Error, Result};

/// Where an offline database stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildState {
    /// Being built; an earlier build can still be fetched.
    Building,
    /// Built.
    Ready,
    /// Could not be built.
    Failed,
}

impl BuildState {
    const ALL: [Self; 3] = [Self::Building, Self::Ready, Self::Failed];

    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for BuildState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| format!("unknown build state `{text}`"))
    }
}

/// An offline database.
#[derive(Debug, Clone, PartialEq)]
pub struct OfflineDb {
    /// Identifier.
    pub id: OfflineDbId,
    /// The tenant.
    pub account_id: AccountId,
    /// Its name for people.
    pub name: String,
    /// Where the caller said it should be; kept and given back.
    pub region: String,
    /// The vendor's word for how clips are recorded.
    pub audio_type: String,
    /// What it is built of; ids of buckets that no longer exist may remain, and are passed over.
    pub bucket_ids: Vec<BucketId>,
    /// Where it stands.
    pub state: BuildState,
    /// Why it could not be built; empty else.
    pub failure: String,
    /// What builds or built it.
    pub job_id: JobId,
    /// The newest build.
    pub blob: Option<BlobKey>,
    /// Its size.
    pub n_bytes: i64,
    /// Files in it.
    pub n_files: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// An offline database to make.
#[derive(Debug, Clone, Default)]
pub struct NewOfflineDb {
    /// Its name for people.
    pub name: String,
    /// Where it should be.
    pub region: String,
    /// The vendor's word for how clips are recorded.
    pub audio_type: String,
    /// What it is built of.
    pub bucket_ids: Vec<BucketId>,
}

/// What to change of an offline database; what is `None` stays. A change of the buckets builds it anew.
#[derive(Debug, Clone, Default)]
pub struct OfflineDbChange {
    /// Its name for people.
    pub name: Option<String>,
    /// The vendor's word for how clips are recorded.
    pub audio_type: Option<String>,
    /// What it is built of.
    pub bucket_ids: Option<Vec<BucketId>>,
}

impl Engine {
    /// Makes an offline database and begins to build it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name, and for buckets (`buckets`) that the account does not have or that are for online use only;
    /// [`Error::QueueFull`].
    pub async fn create_offline_db(&self, account: &AccountId, new: NewOfflineDb) -> Result<OfflineDb> {
        check_name("name", &new.name)?;
        check_text("region", &new.region)?;
        let now = self.now();
        let mut tx = self.store().write().await?;
        let bucket_ids = self.check_offline_buckets(tx.as_mut(), account, new.bucket_ids).await?;
        let id = OfflineDbId(tx.take_numbers(Sequence::OfflineDb, 1).await?);
        let job_id = self.queue_own_job(tx.as_mut(), account, JobKind::BuildOfflineDb { db_id: id }).await?;
        let db = OfflineDb {
            id,
            account_id: account.clone(),
            name: new.name,
            region: new.region,
            audio_type: new.audio_type,
            bucket_ids,
            state: BuildState::Building,
            failure: String::new(),
            job_id,
            blob: None,
            n_bytes: 0,
            n_files: 0,
            created_at: now,
            updated_at: now,
        };
        tx.insert_offline_db(&db).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(db)
    }

    async fn check_offline_buckets(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        ids: Vec<BucketId>,
    ) -> Result<Vec<BucketId>> {
        let invalid = |reason: String| Err(Error::Invalid { field: "buckets", reason });
        let ids = self.check_buckets(tx, account, ids).await?;
        if ids.is_empty() {
            return invalid("name at least one bucket".to_owned());
        }
        for bucket in existing_buckets(tx, account, &ids).await? {
            if bucket.reach == Reach::Online {
                return invalid(format!("bucket {} is for online use only (`net_type` 1)", bucket.id));
            }
        }
        Ok(ids)
    }

    /// Finds an offline database.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn offline_db(&self, account: &AccountId, id: OfflineDbId) -> Result<OfflineDb> {
        self.store().read().await?.offline_db(account, id).await?.ok_or_else(|| missing(id))
    }

    /// Lists offline databases, oldest first.
    pub async fn offline_dbs(&self, account: &AccountId, page: Page) -> Result<Listed<OfflineDb>> {
        let mut tx = self.store().read().await?;
        let rows = tx.offline_dbs(account, page).await?;
        Ok(Listed { rows, total: tx.count_offline_dbs(account).await? })
    }

    /// Changes an offline database.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of [`Self::create_offline_db`].
    pub async fn update_offline_db(
        &self,
        account: &AccountId,
        id: OfflineDbId,
        change: OfflineDbChange,
    ) -> Result<OfflineDb> {
        let mut tx = self.store().write().await?;
        let mut db = self.turn_of(tx.as_mut(), account, id).await?;
        if let Some(name) = change.name {
            check_name("name", &name)?;
            db.name = name;
        }
        db.audio_type = change.audio_type.unwrap_or(db.audio_type);
        if let Some(bucket_ids) = change.bucket_ids {
            let bucket_ids = self.check_offline_buckets(tx.as_mut(), account, bucket_ids).await?;
            if bucket_ids != db.bucket_ids {
                db.bucket_ids = bucket_ids;
                self.begin_build(tx.as_mut(), &mut db).await?;
            }
        }
        self.save(tx, db).await
    }

    /// Builds an offline database anew from what is in its buckets now.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::QueueFull`].
    pub async fn rebuild_offline_db(&self, account: &AccountId, id: OfflineDbId) -> Result<OfflineDb> {
        let mut tx = self.store().write().await?;
        let mut db = self.turn_of(tx.as_mut(), account, id).await?;
        self.begin_build(tx.as_mut(), &mut db).await?;
        self.save(tx, db).await
    }

    /// Finds a database when nobody else is changing one.
    async fn turn_of(&self, tx: &mut dyn Transaction, account: &AccountId, id: OfflineDbId) -> Result<OfflineDb> {
        tx.take_numbers(Sequence::OfflineDb, 0).await?;
        tx.offline_db(account, id).await?.ok_or_else(|| missing(id))
    }

    async fn begin_build(&self, tx: &mut dyn Transaction, db: &mut OfflineDb) -> Result<()> {
        let kind = JobKind::BuildOfflineDb { db_id: db.id };
        db.job_id = self.queue_own_job(tx, &db.account_id, kind).await?;
        db.state = BuildState::Building;
        Ok(())
    }

    async fn save(&self, mut tx: Box<dyn Transaction>, mut db: OfflineDb) -> Result<OfflineDb> {
        db.updated_at = self.now();
        tx.update_offline_db(&db).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(db)
    }

    /// Removes an offline database.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_offline_db(&self, account: &AccountId, id: OfflineDbId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let db = self.turn_of(tx.as_mut(), account, id).await?;
        if let Some(blob) = &db.blob {
            tx.throw_away(blob, self.now()).await?;
        }
        tx.delete_offline_db(account, id).await?;
        Ok(tx.commit().await?)
    }

    /// Returns the link of the newest build, which needs no credential; `None` before the first.
    pub fn offline_db_url(&self, db: &OfflineDb) -> Option<String> {
        db.blob.as_ref().map(|_| self.media_url(MediaKind::OfflineDb, &db.id.to_string(), "phdb"))
    }

    /// Builds an offline database: one segment of the fingerprints of all files of its buckets that are ready.
    pub(crate) async fn build_offline_db(&self, job: &Job, id: OfflineDbId) -> Result<Made, WorkError> {
        let words = *self.words()?;
        let mut tx = self.store().read().await?;
        let Some(db) = tx.offline_db(&job.account_id, id).await? else {
            return Ok(Made::Nothing);
        };
        let buckets = existing_buckets(tx.as_mut(), &job.account_id, &db.bucket_ids).await?;
        drop(tx);
        let out = LocalFile::copy(self.blobs().scratch("phdb"));
        let mut segment = SegmentWriter::create(out.path()).map_err(|error| failed(&error))?;
        let mut n_files = 0;
        for bucket in buckets.iter().filter(|bucket| bucket.reach != Reach::Online) {
            let mut after = FileId(0);
            loop {
                let files = self.store().read().await?.files_after(bucket.id, after, FILES_AT_A_TIME).await?;
                let Some(last) = files.last() else { break };
                after = last.id;
                for file in files {
                    segment = match self.offline_track(&file, &words).await? {
                        Some((track, print)) => {
                            n_files += 1;
                            add_aside(segment, track, print).await?
                        }
                        None => segment,
                    };
                }
            }
        }
        finish_aside(segment).await?;
        let n_bytes = std::fs::metadata(out.path()).map_err(|error| failed(&error))?.len();
        let blob = BlobKey::output(&job.id, job.epoch, "phdb");
        self.blobs().put(&blob, out.path()).await?;
        Ok(Made::Built { db_id: id, blob, n_bytes: i64::try_from(n_bytes).unwrap_or(i64::MAX), n_files })
    }

    async fn offline_track(&self, file: &BucketFile, words: &Words) -> Result<Option<(Track, Fingerprint)>, WorkError> {
        let (FileState::Ready, Some(key)) = (file.state, &file.fingerprint) else {
            return Ok(None);
        };
        // Removed since the page was read.
        let Some(print) = self.kept_fingerprint(key).await? else {
            return Ok(None);
        };
        let key = u64::try_from(file.id.0).unwrap_or_default();
        let track = Track { key, name: (words.offline_entry)(file), duration_ms: print.duration_ms() };
        Ok(Some((track, print)))
    }
}

/// Files of a bucket that are in memory at a time.
const FILES_AT_A_TIME: u32 = 200;

async fn add_aside(mut segment: SegmentWriter, track: Track, print: Fingerprint) -> Result<SegmentWriter, WorkError> {
    let added = tokio::task::spawn_blocking(move || segment.add(&track, &print).map(|_| segment));
    let added = added.await.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))?;
    added.map_err(|error| failed(&error))
}

async fn finish_aside(segment: SegmentWriter) -> Result<(), WorkError> {
    let finished = tokio::task::spawn_blocking(move || segment.finish());
    let finished = finished.await.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))?;
    finished.map_err(|error| failed(&error))
}

fn failed(error: &(dyn std::error::Error + 'static)) -> WorkError {
    tracing::error!(error, "cannot build an offline database");
    WorkError::Retry(Failure::new(FailureCode::Internal, "cannot write the offline database"))
}

fn missing(id: OfflineDbId) -> Error {
    Error::NotFound { what: "offline database", id: id.to_string() }
}
