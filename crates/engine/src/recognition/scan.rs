//! Scans: long recordings, and what plays in them when.

use std::collections::HashMap;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::container::missing_container;
use super::number::{AcrId, BucketId, ContainerId, FileId, Listed, UserDefined};
use super::text::check_text;
use super::upload::HeldUpload;
use crate::ids::{AccountId, AssetId, JobId};
use crate::job::JobKind;
use crate::signals::Signal;
use crate::store::{Page, Transaction};
use crate::time::Timestamp;
use crate::uploads::{UploadedFile, file_name_of, refusal};
use crate::{BlobKey, Engine, Error, Result};

pub use crate::ids::ScanId;

/// Where a scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanState {
    /// Not over.
    Processing,
    /// Something was found.
    Found,
    /// Nothing was found.
    NothingFound,
    /// The recording cannot be fetched or read.
    BadSource,
    /// Our fault.
    Failed,
}

impl ScanState {
    const ALL: [Self; 5] = [Self::Processing, Self::Found, Self::NothingFound, Self::BadSource, Self::Failed];

    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Found => "found",
            Self::NothingFound => "nothing_found",
            Self::BadSource => "bad_source",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for ScanState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| format!("unknown scan state `{text}`"))
    }
}

/// A stretch of a recording in which a file plays, as the file's row was when it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanSpan {
    /// The file.
    pub file_id: FileId,
    /// The bucket it was in.
    pub bucket_id: BucketId,
    /// The name of its sound.
    pub acr_id: AcrId,
    /// Its title.
    pub title: String,
    /// The caller's own name for it.
    pub audio_id: String,
    /// The caller's own values.
    pub user_defined: UserDefined,
    /// Its length.
    pub file_duration_ms: i64,
    /// How sure it is, in percent.
    pub score: f64,
    /// When it plays, in milliseconds of the recording.
    pub recording_ms: Range<u64>,
    /// Which part of it plays.
    pub file_ms: Range<u64>,
}

/// A recording to scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Identifier.
    pub id: ScanId,
    /// The tenant.
    pub account_id: AccountId,
    /// Where it is.
    pub container_id: ContainerId,
    /// Its name for people.
    pub name: String,
    /// The vendor's short form of where it came from, such as `audio:show.mp3`.
    pub uri: String,
    /// Where it was fetched from; empty for an upload.
    pub url: String,
    /// The vendor's word for the kind of source.
    pub data_type: String,
    /// Where it stands.
    pub state: ScanState,
    /// Share of the work done, 0–100.
    pub progress: i64,
    /// Why it failed; empty else.
    pub failure: String,
    /// Length, 0 while it is not known.
    pub duration_ms: i64,
    /// The uploaded recording, until it was listened to.
    pub asset_id: Option<AssetId>,
    /// What it sounds like, once it was listened to.
    pub fingerprint: Option<BlobKey>,
    /// What plays when, in order of time.
    pub spans: Vec<ScanSpan>,
    /// What scans or scanned it.
    pub job_id: JobId,
    /// Bytes of what was uploaded or fetched.
    pub n_bytes: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where a recording comes from.
#[derive(Debug)]
pub enum ScanSource {
    /// Audio that came with the request.
    Audio(UploadedFile),
    /// A fingerprint file that came with the request.
    Fingerprint(UploadedFile),
    /// Audio to be fetched.
    Url(String),
    /// What was uploaded to a pre-made address.
    Held(String),
}

/// A recording to add.
#[derive(Debug)]
pub struct NewScan {
    /// Its name for people; the source's own if not given.
    pub name: Option<String>,
    /// Where it comes from.
    pub source: ScanSource,
}

/// Which recordings of a container to list.
#[derive(Debug, Clone)]
pub struct ScanFilter {
    /// With this in their name or uri, whatever its case; empty for all.
    pub search: String,
    /// In this state only.
    pub state: Option<ScanState>,
    /// The stretch of the list.
    pub page: Page,
}

/// Most recordings that one call names.
const IDS_MAX: usize = 1000;

impl Engine {
    /// Adds a recording and begins to scan it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the container or what was uploaded; [`Error::Refused`] for what cannot be read; [`Error::Invalid`] for a URL
    /// (`url`) or name (`name`); [`Error::QueueFull`].
    pub async fn add_scan(&self, account: &AccountId, container: ContainerId, new: NewScan) -> Result<Scan> {
        check_text("name", new.name.as_deref().unwrap_or_default())?;
        self.container(account, container).await?;
        let now = self.now();
        let mut scan = Scan {
            id: ScanId::random(self.entropy()),
            account_id: account.clone(),
            container_id: container,
            name: String::new(),
            uri: String::new(),
            url: String::new(),
            data_type: String::new(),
            state: ScanState::Processing,
            progress: 0,
            failure: String::new(),
            duration_ms: 0,
            asset_id: None,
            fingerprint: None,
            spans: Vec::new(),
            job_id: JobId::random(self.entropy()),
            n_bytes: 0,
            created_at: now,
            updated_at: now,
        };
        let held = self.prepare_recording(&mut scan, new.source).await?;
        if let Some(name) = new.name.filter(|name| !name.trim().is_empty()) {
            scan.name = name;
        }
        let mut tx = self.store().write().await?;
        tx.lock_container(account, container).await?.ok_or_else(|| missing_container(container))?;
        if let Some(key) = held {
            // Used by another call meanwhile.
            tx.take_held_upload(&key).await?.ok_or_else(|| missing_upload(&key))?;
        }
        let is_here = scan.asset_id.is_some() || scan.fingerprint.is_some();
        let scan_id = scan.id.clone();
        let kind = if is_here { JobKind::Scan { scan_id } } else { JobKind::FetchScan { scan_id } };
        scan.job_id = self.queue_own_job(tx.as_mut(), account, kind).await?;
        tx.insert_scan(&scan).await?;
        tx.count_in_container(container, 1, scan.n_bytes).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(scan)
    }

    /// Brings a new recording as far as can be done while the caller waits; returns the key of the held upload that it uses.
    async fn prepare_recording(&self, scan: &mut Scan, source: ScanSource) -> Result<Option<String>> {
        match source {
            ScanSource::Audio(upload) => {
                let source = self.inspect(upload.path()).await.map_err(refusal)?;
                scan.asset_id = Some(self.store_asset(&upload, source.media_type).await?);
                scan.duration_ms = source.duration_us / 1000;
                scan.n_bytes = i64::try_from(upload.n_bytes()).unwrap_or(i64::MAX);
                scan.name = upload.base_name().to_owned();
                (scan.uri, scan.data_type) = (format!("audio:{}", scan.name), "audio".to_owned());
            }
            ScanSource::Fingerprint(upload) => {
                let key = recording_fingerprint(&scan.id);
                let fingerprint = self.store_fingerprint(&upload, &key).await?;
                scan.duration_ms = i64::try_from(fingerprint.duration_ms()).unwrap_or(i64::MAX);
                scan.fingerprint = Some(key);
                scan.n_bytes = i64::try_from(upload.n_bytes()).unwrap_or(i64::MAX);
                scan.name = upload.base_name().to_owned();
                (scan.uri, scan.data_type) = (format!("fingerprint:{}", scan.name), "fingerprint".to_owned());
            }
            ScanSource::Url(text) => {
                let url = self.check_url("url", &text)?;
                scan.name = file_name_of(&url);
                scan.uri = format!("audio_url:{}", url.path());
                scan.data_type = "audio_url".to_owned();
                scan.url = text;
            }
            ScanSource::Held(key) => {
                let held = self.store().read().await?.held_upload(&key).await?;
                let is_ours =
                    |held: &HeldUpload| held.account_id == scan.account_id && held.container_id == scan.container_id;
                let held = held.filter(is_ours).ok_or_else(|| missing_upload(&key))?;
                scan.asset_id = Some(held.asset_id.ok_or_else(|| missing_upload(&key))?);
                scan.n_bytes = held.n_bytes;
                scan.name = held.name;
                (scan.uri, scan.data_type) = (format!("audio:{}", scan.name), "audio".to_owned());
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Lists a container's recordings, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the container.
    pub async fn scans(
        &self,
        account: &AccountId,
        container: ContainerId,
        filter: &ScanFilter,
    ) -> Result<Listed<Scan>> {
        let mut tx = self.store().read().await?;
        tx.container(account, container).await?.ok_or_else(|| missing_container(container))?;
        let rows = tx.scans(container, filter).await?;
        Ok(Listed { rows, total: tx.count_scans(container, filter).await? })
    }

    /// Finds those of some recordings that are in the container, in the order asked for.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the container, and where none of them is in it.
    pub async fn scans_by_ids(&self, account: &AccountId, container: ContainerId, ids: &[ScanId]) -> Result<Vec<Scan>> {
        find(self.store().read().await?.as_mut(), account, container, ids).await
    }

    /// Removes those of some recordings that are in the container, and returns how many; a scan that is under way ends.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the container, and where none of them is in it.
    pub async fn delete_scans(&self, account: &AccountId, container: ContainerId, ids: &[ScanId]) -> Result<usize> {
        let mut tx = self.store().write().await?;
        tx.lock_container(account, container).await?.ok_or_else(|| missing_container(container))?;
        let found = find(tx.as_mut(), account, container, ids).await?;
        for scan in &found {
            self.discard_scan(tx.as_mut(), scan).await?;
        }
        tx.commit().await?;
        Ok(found.len())
    }

    /// Removes a recording with what was kept of it; its upload goes when nobody else wants it.
    pub(crate) async fn discard_scan(&self, tx: &mut dyn Transaction, scan: &Scan) -> Result<()> {
        let Some(removed) = tx.delete_scan(scan.container_id, &scan.id).await? else {
            return Ok(());
        };
        if let Some(key) = &removed.fingerprint {
            tx.throw_away(key, self.now()).await?;
        }
        tx.count_in_container(removed.container_id, -1, -removed.n_bytes).await?;
        Ok(())
    }

    /// Scans recordings again, in today's buckets; those that are being scanned go on. Returns those that exist.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the container, and where none of them is in it; [`Error::QueueFull`].
    pub async fn rescan(&self, account: &AccountId, container: ContainerId, ids: &[ScanId]) -> Result<Vec<Scan>> {
        let mut tx = self.store().write().await?;
        tx.lock_container(account, container).await?.ok_or_else(|| missing_container(container))?;
        let mut found = find(tx.as_mut(), account, container, ids).await?;
        for scan in found.iter_mut().filter(|scan| scan.state != ScanState::Processing) {
            let is_here = scan.asset_id.is_some() || scan.fingerprint.is_some();
            let scan_id = scan.id.clone();
            let kind = if is_here { JobKind::Scan { scan_id } } else { JobKind::FetchScan { scan_id } };
            scan.job_id = self.queue_own_job(tx.as_mut(), account, kind).await?;
            (scan.state, scan.progress, scan.updated_at) = (ScanState::Processing, 0, self.now());
            scan.failure.clear();
            scan.spans.clear();
            tx.update_scan(scan).await?;
        }
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(found)
    }
}

async fn find(
    tx: &mut dyn Transaction,
    account: &AccountId,
    container: ContainerId,
    ids: &[ScanId],
) -> Result<Vec<Scan>> {
    tx.container(account, container).await?.ok_or_else(|| missing_container(container))?;
    if ids.len() > IDS_MAX {
        return Err(Error::Invalid { field: "file_ids", reason: format!("must name at most {IDS_MAX} files") });
    }
    let found = tx.scans_by_ids(container, ids).await?;
    let mut found: HashMap<ScanId, Scan> = found.into_iter().map(|scan| (scan.id.clone(), scan)).collect();
    let ordered: Vec<Scan> = ids.iter().filter_map(|id| found.remove(id)).collect();
    if ordered.is_empty() {
        let ids: Vec<&str> = ids.iter().take(10).map(ScanId::as_str).collect();
        return Err(Error::NotFound { what: "file", id: ids.join(",") });
    }
    Ok(ordered)
}

fn missing_upload(key: &str) -> Error {
    Error::NotFound { what: "upload", id: key.to_owned() }
}

/// Names what a recording sounds like.
pub(crate) fn recording_fingerprint(id: &ScanId) -> BlobKey {
    BlobKey::from_text(format!("recordings/{id}.phfp"))
}
