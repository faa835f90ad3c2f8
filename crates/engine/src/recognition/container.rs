//! Containers: recordings to scan, and how.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::number::{BucketId, ContainerId, Listed, Sequence};
use super::scan::ScanFilter;
use super::text::check_name;
use crate::ids::AccountId;
use crate::store::Page;
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// Which parts of a recording are listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ScanPolicy {
    /// Window after window.
    Traverse {
        /// Seconds passed over between two windows.
        interval: u32,
        /// Seconds of a window.
        rec_length: u32,
    },
    /// Some windows, evenly spread.
    Points {
        /// How many.
        points: u32,
        /// Seconds of a window.
        rec_length: u32,
    },
}

impl Default for ScanPolicy {
    fn default() -> Self {
        Self::Traverse { interval: 0, rec_length: 10 }
    }
}

/// A collection of recordings to scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// Identifier.
    pub id: ContainerId,
    /// The tenant.
    pub account_id: AccountId,
    /// Its name for people.
    pub name: String,
    /// Where the caller said it should be; kept and given back.
    pub region: String,
    /// The vendor's word for how recordings are made.
    pub audio_type: String,
    /// The vendor's number for what is looked for.
    pub engine: i64,
    /// Which parts are listened to.
    pub policy: ScanPolicy,
    /// Where the end of a scan is told.
    pub callback_url: Option<String>,
    /// The vendor's further switches; kept and given back.
    pub options: Map<String, Value>,
    /// What is searched; ids of buckets that no longer exist may remain, and are passed over.
    pub bucket_ids: Vec<BucketId>,
    /// Recordings in it.
    pub n_scans: i64,
    /// Bytes of what was uploaded to it.
    pub n_bytes: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A container to make.
#[derive(Debug, Clone, Default)]
pub struct NewContainer {
    /// Its name for people.
    pub name: String,
    /// Where it should be.
    pub region: String,
    /// The vendor's word for how recordings are made.
    pub audio_type: String,
    /// The vendor's number for what is looked for.
    pub engine: i64,
    /// Which parts are listened to.
    pub policy: ScanPolicy,
    /// Where the end of a scan is told.
    pub callback_url: Option<String>,
    /// The vendor's further switches.
    pub options: Map<String, Value>,
    /// What is searched.
    pub bucket_ids: Vec<BucketId>,
}

/// What to change of a container; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ContainerChange {
    /// Its name for people.
    pub name: Option<String>,
    /// The vendor's word for how recordings are made.
    pub audio_type: Option<String>,
    /// The vendor's number for what is looked for.
    pub engine: Option<i64>,
    /// Which parts are listened to.
    pub policy: Option<ScanPolicy>,
    /// Where the end of a scan is told; `Some(None)` nowhere.
    pub callback_url: Option<Option<String>>,
    /// The vendor's further switches; those named replace earlier ones.
    pub options: Map<String, Value>,
    /// What is searched, in place of all earlier ones.
    pub bucket_ids: Option<Vec<BucketId>>,
}

/// Which containers to list.
#[derive(Debug, Clone)]
pub struct ContainerFilter {
    /// In this region only.
    pub region: Option<String>,
    /// With this in their name, whatever its case; empty for all.
    pub name: String,
    /// The stretch of the list.
    pub page: Page,
}

/// Longest window that is listened to, in seconds, and longest time passed over.
const WINDOW_S_MAX: u32 = 600;
const INTERVAL_S_MAX: u32 = 24 * 3600;
/// Most windows of a recording that are spread over it.
const POINTS_MAX: u32 = 1000;

impl ScanPolicy {
    fn check(self) -> Result<()> {
        let invalid = |reason: String| Err(Error::Invalid { field: "policy", reason });
        let (Self::Traverse { rec_length, .. } | Self::Points { rec_length, .. }) = self;
        if !(2..=WINDOW_S_MAX).contains(&rec_length) {
            return invalid(format!("`rec_length` must be from 2 to {WINDOW_S_MAX} seconds"));
        }
        match self {
            Self::Traverse { interval, .. } if interval > INTERVAL_S_MAX => {
                invalid(format!("`interval` must be at most {INTERVAL_S_MAX} seconds"))
            }
            Self::Points { points, .. } if !(1..=POINTS_MAX).contains(&points) => {
                invalid(format!("`points` must be from 1 to {POINTS_MAX}"))
            }
            Self::Traverse { .. } | Self::Points { .. } => Ok(()),
        }
    }
}

impl Engine {
    /// Makes a container.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name, a policy (`policy`), a URL (`callback_url`), and buckets (`buckets`) that the account does not have.
    pub async fn create_container(&self, account: &AccountId, new: NewContainer) -> Result<Container> {
        let now = self.now();
        let mut container = Container {
            id: ContainerId(0),
            account_id: account.clone(),
            name: new.name,
            region: new.region,
            audio_type: new.audio_type,
            engine: new.engine,
            policy: new.policy,
            callback_url: new.callback_url,
            options: new.options,
            bucket_ids: new.bucket_ids,
            n_scans: 0,
            n_bytes: 0,
            created_at: now,
            updated_at: now,
        };
        self.check_container(&container)?;
        let mut tx = self.store().write().await?;
        container.bucket_ids = self.check_buckets(tx.as_mut(), account, container.bucket_ids).await?;
        container.id = ContainerId(tx.take_numbers(Sequence::Container, 1).await?);
        tx.insert_container(&container).await?;
        tx.commit().await?;
        Ok(container)
    }

    fn check_container(&self, container: &Container) -> Result<()> {
        check_name("name", &container.name)?;
        check_name("region", &container.region)?;
        container.policy.check()?;
        if let Some(url) = &container.callback_url {
            self.check_url("callback_url", url)?;
        }
        Ok(())
    }

    /// Finds a container.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn container(&self, account: &AccountId, id: ContainerId) -> Result<Container> {
        self.store().read().await?.container(account, id).await?.ok_or_else(|| missing_container(id))
    }

    /// Lists containers, oldest first.
    pub async fn containers(&self, account: &AccountId, filter: &ContainerFilter) -> Result<Listed<Container>> {
        let mut tx = self.store().read().await?;
        let rows = tx.containers(account, filter).await?;
        Ok(Listed { rows, total: tx.count_containers(account, filter).await? })
    }

    /// Changes a container; scans that ended keep their results.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of [`Self::create_container`].
    pub async fn update_container(
        &self,
        account: &AccountId,
        id: ContainerId,
        change: ContainerChange,
    ) -> Result<Container> {
        let mut tx = self.store().write().await?;
        let mut container = tx.lock_container(account, id).await?.ok_or_else(|| missing_container(id))?;
        container.name = change.name.unwrap_or(container.name);
        container.audio_type = change.audio_type.unwrap_or(container.audio_type);
        container.engine = change.engine.unwrap_or(container.engine);
        container.policy = change.policy.unwrap_or(container.policy);
        container.callback_url = change.callback_url.unwrap_or(container.callback_url);
        container.options.extend(change.options);
        if let Some(bucket_ids) = change.bucket_ids {
            container.bucket_ids = self.check_buckets(tx.as_mut(), account, bucket_ids).await?;
        }
        self.check_container(&container)?;
        container.updated_at = self.now();
        tx.update_container(&container).await?;
        tx.commit().await?;
        Ok(container)
    }

    /// Removes a container with all of its recordings.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_container(&self, account: &AccountId, id: ContainerId) -> Result<()> {
        self.container(account, id).await?;
        let page = Page { limit: 100, offset: 0 };
        let all = ScanFilter { search: String::new(), state: None, page };
        loop {
            let mut tx = self.store().write().await?;
            // Whoever adds a recording meanwhile waits, and then finds no container.
            tx.lock_container(account, id).await?.ok_or_else(|| missing_container(id))?;
            let scans = tx.scans(id, &all).await?;
            for scan in &scans {
                self.discard_scan(tx.as_mut(), scan).await?;
            }
            if scans.is_empty() {
                tx.delete_container(account, id).await?;
                return Ok(tx.commit().await?);
            }
            // A container of many recordings goes page by page, so that others get to write.
            tx.commit().await?;
        }
    }
}

pub(crate) fn missing_container(id: ContainerId) -> Error {
    Error::NotFound { what: "container", id: id.to_string() }
}
