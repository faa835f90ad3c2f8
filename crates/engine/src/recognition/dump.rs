//! Dumps: all rows of a bucket as a file, made in the background, once a day.

use std::time::Duration;

use super::bucket::missing_bucket;
use super::number::{BucketId, FileId};
use crate::blobs::LocalFile;
use crate::ids::{AccountId, JobId};
use crate::job::{Failure, FailureCode, Job, JobKind};
use crate::library::MediaLink;
use crate::secret::Secret;
use crate::signals::Signal;
use crate::store::Transaction;
use crate::time::Timestamp;
use crate::work::WorkError;
use crate::{BlobKey, Engine, Error, Result};

/// A dump of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// 10 letters and digits; whoever knows them may fetch the file.
    pub task_id: String,
    /// The tenant.
    pub account_id: AccountId,
    /// The bucket.
    pub bucket_id: BucketId,
    /// The bucket's name, when it was asked for.
    pub bucket_name: String,
    /// The day, UTC, as `YYYY-MM-DD`.
    pub day: String,
    /// The file, once it is made.
    pub blob: Option<BlobKey>,
    /// Its size.
    pub n_bytes: i64,
    /// What makes it.
    pub job_id: JobId,
    /// When it was asked for.
    pub created_at: Timestamp,
}

impl Engine {
    /// Asks for a bucket's dump of today: a new one, or the one that was asked for before.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::QueueFull`].
    pub async fn request_dump(&self, account: &AccountId, bucket: BucketId) -> Result<Dump> {
        let now = self.now();
        let day = now.day();
        let mut tx = self.store().write().await?;
        let found = tx.lock_bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        if let Some(dump) = tx.dump(account, bucket, &day).await? {
            return Ok(dump);
        }
        let task_id = Secret::random_letters(TASK_ID_CHARS, self.entropy()).expose().to_owned();
        let kind = JobKind::DumpBucket { bucket_id: bucket, task_id: task_id.clone() };
        let job_id = self.queue_own_job(tx.as_mut(), account, kind).await?;
        let dump = Dump {
            task_id,
            account_id: account.clone(),
            bucket_id: bucket,
            bucket_name: found.name,
            day,
            blob: None,
            n_bytes: 0,
            job_id,
            created_at: now,
        };
        tx.insert_dump(&dump).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(dump)
    }

    /// Follows the link of a dump, which needs no credential but its task id; the file is CSV.
    ///
    /// # Errors
    /// [`Error::NotFound`], also while it is being made.
    pub async fn dump_file(&self, bucket: BucketId, task_id: &str) -> Result<MediaLink> {
        let missing = || Error::NotFound { what: "dump", id: task_id.to_owned() };
        let dump = self.store().read().await?.linked_dump(bucket, task_id).await?.ok_or_else(missing)?;
        let blob = dump.blob.ok_or_else(missing)?;
        let n_bytes = self.blobs().size(&blob).await?.ok_or_else(missing)?;
        Ok(MediaLink { blob, n_bytes, media_type: "text/csv; charset=utf-8".to_owned() })
    }

    /// Writes all rows of a bucket to a file, a page at a time.
    pub(crate) async fn make_dump(&self, job: &Job, bucket: BucketId) -> Result<Option<(BlobKey, i64)>, WorkError> {
        let words = self.words()?;
        let number = self.account_number(&job.account_id).await?;
        if self.store().read().await?.bucket(&job.account_id, bucket).await?.is_none() {
            return Ok(None);
        }
        let out = LocalFile::copy(self.blobs().scratch("csv"));
        let file = std::fs::File::create(out.path()).map_err(|error| failed(&error))?;
        let mut csv = csv::Writer::from_writer(file);
        csv.write_record(words.dump_columns).map_err(|error| failed(&error))?;
        let mut after = FileId(0);
        loop {
            let files = self.store().read().await?.files_after(bucket, after, ROWS_AT_A_TIME).await?;
            let Some(last) = files.last() else { break };
            after = last.id;
            for file in &files {
                csv.write_record((words.dump_row)(number, file)).map_err(|error| failed(&error))?;
            }
        }
        csv.flush().map_err(|error| failed(&error))?;
        drop(csv);
        let n_bytes = std::fs::metadata(out.path()).map_err(|error| failed(&error))?.len();
        let key = BlobKey::output(&job.id, job.epoch, "csv");
        self.blobs().put(&key, out.path()).await?;
        Ok(Some((key, i64::try_from(n_bytes).unwrap_or(i64::MAX))))
    }

    /// Removes a dump with its file.
    pub(crate) async fn discard_dump(&self, tx: &mut dyn Transaction, dump: &Dump) -> Result<()> {
        if let Some(blob) = &dump.blob {
            tx.throw_away(blob, self.now()).await?;
        }
        tx.delete_dump(&dump.task_id).await?;
        Ok(())
    }

    /// Removes dumps that were made two days ago or earlier; today's and yesterday's links work.
    pub(crate) async fn sweep_dumps(&self) -> Result<()> {
        let mut tx = self.store().write().await?;
        for dump in tx.old_dumps(self.now().saturating_sub(KEEP_FOR), 100).await? {
            self.discard_dump(tx.as_mut(), &dump).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Letters and digits in a task id: 59 bits, for a link that works for two days.
const TASK_ID_CHARS: usize = 10;
/// Rows of a dump that are in memory at a time.
const ROWS_AT_A_TIME: u32 = 1000;
/// How long a dump is kept.
const KEEP_FOR: Duration = Duration::from_secs(48 * 3600);

fn failed(error: &(dyn std::error::Error + 'static)) -> WorkError {
    tracing::error!(error, "cannot write a dump");
    WorkError::Retry(Failure::new(FailureCode::Internal, "cannot write the dump"))
}
