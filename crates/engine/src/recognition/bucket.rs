//! Buckets: collections of files, the unit that searches name.

use std::collections::HashSet;

use super::file::FileState;
use super::number::{BucketId, Listed, Sequence};
use super::text::{check_name, check_text, check_texts};
use crate::ids::AccountId;
use crate::store::{Page, Transaction};
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// Where the files of a bucket can be recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// On this server and in offline databases.
    Both,
    /// On this server.
    #[default]
    Online,
    /// In offline databases only.
    Offline,
}

impl Reach {
    /// Returns the number used in the database.
    pub const fn number(self) -> i64 {
        match self {
            Self::Both => 0,
            Self::Online => 1,
            Self::Offline => 2,
        }
    }

    /// Reads the number used in the database.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Both),
            1 => Some(Self::Online),
            2 => Some(Self::Offline),
            _ => None,
        }
    }
}

/// A collection of files.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Identifier.
    pub id: BucketId,
    /// The tenant.
    pub account_id: AccountId,
    /// Its name for people.
    pub name: String,
    /// Where the caller said it should be; kept and given back.
    pub region: String,
    /// Where its files can be recognized.
    pub reach: Reach,
    /// Words to sort buckets by.
    pub labels: Vec<String>,
    /// Names of the columns of `user_defined`, if the caller set some.
    pub metadata_template: Option<String>,
    /// Files in it.
    pub n_files: i64,
    /// Files in it that can be recognized.
    pub n_ready: i64,
    /// Files in it that never will be.
    pub n_failed: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Bucket {
    /// Returns how many of its files are in a state, or in any.
    pub fn n_in_state(&self, state: Option<FileState>) -> i64 {
        match state {
            None => self.n_files,
            Some(FileState::Ready) => self.n_ready,
            Some(FileState::Failed) => self.n_failed,
            Some(FileState::Processing) => self.n_files - self.n_ready - self.n_failed,
        }
    }
}

/// A bucket to make.
#[derive(Debug, Clone, Default)]
pub struct NewBucket {
    /// Its name for people.
    pub name: String,
    /// Where it should be.
    pub region: String,
    /// Where its files can be recognized.
    pub reach: Reach,
    /// Words to sort buckets by.
    pub labels: Vec<String>,
    /// Names of the columns of `user_defined`.
    pub metadata_template: Option<String>,
}

/// What to change of a bucket; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct BucketChange {
    /// Its name for people.
    pub name: Option<String>,
    /// Words to sort buckets by.
    pub labels: Option<Vec<String>>,
    /// Names of the columns of `user_defined`; `Some(None)` removes them.
    pub metadata_template: Option<Option<String>>,
}

/// Which buckets to list.
#[derive(Debug, Clone)]
pub struct BucketFilter {
    /// In this region only.
    pub region: Option<String>,
    /// With this in their name, whatever its case; empty for all.
    pub search: String,
    /// The stretch of the list.
    pub page: Page,
}

impl Engine {
    /// Makes a bucket.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is empty or too long.
    pub async fn create_bucket(&self, account: &AccountId, new: NewBucket) -> Result<Bucket> {
        check_name("name", &new.name)?;
        check_name("region", &new.region)?;
        check_texts("labels", &new.labels)?;
        check_text("metadata_template", new.metadata_template.as_deref().unwrap_or_default())?;
        let now = self.now();
        let mut tx = self.store().write().await?;
        let bucket = Bucket {
            id: BucketId(tx.take_numbers(Sequence::Bucket, 1).await?),
            account_id: account.clone(),
            name: new.name,
            region: new.region,
            reach: new.reach,
            labels: new.labels,
            metadata_template: new.metadata_template,
            n_files: 0,
            n_ready: 0,
            n_failed: 0,
            created_at: now,
            updated_at: now,
        };
        tx.insert_bucket(&bucket).await?;
        tx.commit().await?;
        Ok(bucket)
    }

    /// Finds a bucket.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn bucket(&self, account: &AccountId, id: BucketId) -> Result<Bucket> {
        self.store().read().await?.bucket(account, id).await?.ok_or_else(|| missing_bucket(id))
    }

    /// Finds those of some buckets that exist, in the order asked for.
    pub async fn buckets_by_ids(&self, account: &AccountId, ids: &[BucketId]) -> Result<Vec<Bucket>> {
        existing_buckets(self.store().read().await?.as_mut(), account, ids).await
    }

    /// Lists buckets, oldest first.
    pub async fn buckets(&self, account: &AccountId, filter: &BucketFilter) -> Result<Listed<Bucket>> {
        let mut tx = self.store().read().await?;
        let rows = tx.buckets(account, filter).await?;
        Ok(Listed { rows, total: tx.count_buckets(account, filter).await? })
    }

    /// Changes a bucket.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`].
    pub async fn update_bucket(&self, account: &AccountId, id: BucketId, change: BucketChange) -> Result<Bucket> {
        let mut tx = self.store().write().await?;
        let mut bucket = tx.lock_bucket(account, id).await?.ok_or_else(|| missing_bucket(id))?;
        if let Some(name) = change.name {
            check_name("name", &name)?;
            bucket.name = name;
        }
        if let Some(labels) = change.labels {
            check_texts("labels", &labels)?;
            bucket.labels = labels;
        }
        if let Some(template) = change.metadata_template {
            check_text("metadata_template", template.as_deref().unwrap_or_default())?;
            bucket.metadata_template = template;
        }
        bucket.updated_at = self.now();
        tx.update_bucket(&bucket).await?;
        tx.commit().await?;
        Ok(bucket)
    }

    /// Removes an empty bucket; projects and containers that name it search one bucket less.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while there are files in it.
    pub async fn delete_bucket(&self, account: &AccountId, id: BucketId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let bucket = tx.lock_bucket(account, id).await?.ok_or_else(|| missing_bucket(id))?;
        let n_dedups = tx.count_dedups(id).await?;
        if bucket.n_files + n_dedups > 0 {
            let n_files = bucket.n_files + n_dedups;
            return Err(Error::Conflict(format!("the bucket holds {n_files} files; delete or move them first")));
        }
        let dumps = tx.bucket_dumps(id).await?;
        for dump in dumps {
            self.discard_dump(tx.as_mut(), &dump).await?;
        }
        tx.delete_bucket(account, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads the ids of buckets in a request: each must be the account's, and none is named twice.
    pub(crate) async fn check_buckets(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        mut ids: Vec<BucketId>,
    ) -> Result<Vec<BucketId>> {
        let invalid = |reason: String| Error::Invalid { field: "buckets", reason };
        if ids.len() > BUCKETS_MAX {
            return Err(invalid(format!("at most {BUCKETS_MAX} buckets can be searched together")));
        }
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        for id in &ids {
            if tx.bucket(account, *id).await?.is_none() {
                return Err(invalid(format!("there is no bucket {id}")));
            }
        }
        Ok(ids)
    }
}

/// Most buckets that are searched together.
const BUCKETS_MAX: usize = 100;

/// Finds those of some buckets that exist, in the order asked for.
pub(crate) async fn existing_buckets(
    tx: &mut dyn Transaction,
    account: &AccountId,
    ids: &[BucketId],
) -> Result<Vec<Bucket>> {
    let mut found = Vec::new();
    for id in ids.iter().take(BUCKETS_MAX) {
        found.extend(tx.bucket(account, *id).await?);
    }
    Ok(found)
}

pub(crate) fn missing_bucket(id: BucketId) -> Error {
    Error::NotFound { what: "bucket", id: id.to_string() }
}
