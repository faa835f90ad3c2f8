//! Deduplicated collections: has this sound been seen before, and under which of the caller's ids?

use std::collections::HashMap;

use fingerprint::Fingerprint;
use recognizer::{Recognizer, ScanOptions};

use super::bucket::missing_bucket;
use super::hearing::HearingError;
use super::listen::read_fingerprint;
use super::listing::{put_entries, wait_turn};
use super::number::{AcrId, BucketId, DedupId, Listed, Sequence};
use super::text::check_name;
use crate::ids::AccountId;
use crate::job::{Failure, FailureCode};
use crate::render::work_error;
use crate::signals::Signal;
use crate::store::Page;
use crate::time::Timestamp;
use crate::uploads::{UploadedFile, refusal};
use crate::{BlobKey, Engine, Error, Result};

/// A sound in a deduplicated collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupEntry {
    /// Identifier.
    pub id: DedupId,
    /// The tenant.
    pub account_id: AccountId,
    /// The bucket that the collection belongs to.
    pub bucket_id: BucketId,
    /// The name of its sound.
    pub acr_id: AcrId,
    /// The caller's own id.
    pub caller_id: String,
    /// The caller's ids of earlier entries with the same sound.
    pub duplicates: Vec<String>,
    /// What it sounds like.
    pub fingerprint: BlobKey,
    /// Length.
    pub duration_ms: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A sound to look up.
#[derive(Debug)]
pub struct DedupRequest {
    /// The caller's own id.
    pub caller_id: String,
    /// A fingerprint file or audio.
    pub file: UploadedFile,
    /// Whether to store it if it is new.
    pub store_if_new: bool,
}

/// What came of looking a sound up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupVerdict {
    /// The name of the sound: that of the first earlier entry with it, else a new one.
    pub acr_id: AcrId,
    /// The caller's ids of earlier entries with the same sound, the surest first.
    pub duplicates: Vec<String>,
    /// Whether it was stored.
    pub is_stored: bool,
}

/// The share of the shorter of two recordings that must be heard in the other for both to be the same sound.
const SAME_SHARE: f64 = 0.6;
/// The share by which the lengths of two recordings of the same sound may differ.
const LENGTH_SHARE: f64 = 0.5;

impl Engine {
    /// Looks a sound up among those stored, and stores it if it is new.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket; [`Error::Invalid`] for an id (`id`) that is empty or too long; [`Error::Refused`] for what
    /// cannot be read.
    pub async fn dedup(&self, account: &AccountId, bucket: BucketId, request: DedupRequest) -> Result<DedupVerdict> {
        check_name("id", &request.caller_id)?;
        self.bucket(account, bucket).await?;
        let acr_id = AcrId::random(self.entropy());
        let fingerprint = self.hear_upload(&request.file).await?;
        // One at a time: of two equal sounds that come at once, the second has to find the first.
        let _turn = self.deduplicating().lock().await;
        let earlier = self.same_sounds(bucket, &fingerprint).await?;
        let duplicates: Vec<String> = earlier.iter().map(|entry| entry.caller_id.clone()).collect();
        if let Some(first) = earlier.first() {
            return Ok(DedupVerdict { acr_id: first.acr_id.clone(), duplicates, is_stored: false });
        }
        if request.store_if_new {
            self.store_dedup(account, bucket, request.caller_id, &acr_id, &fingerprint).await?;
        }
        Ok(DedupVerdict { acr_id, duplicates, is_stored: request.store_if_new })
    }

    async fn hear_upload(&self, file: &UploadedFile) -> Result<Fingerprint> {
        let mut head = [0; 8];
        let read = std::fs::File::open(file.path()).and_then(|mut opened| std::io::Read::read(&mut opened, &mut head));
        let n = read.map_err(|error| unreadable(&error))?;
        if Fingerprint::is_fingerprint(&head[..n]) {
            let bytes = tokio::fs::read(file.path()).await.map_err(|error| unreadable(&error))?;
            return read_fingerprint(&bytes).map_err(Error::Refused);
        }
        let heard = self.listen_aside(file.path(), self.limits().duration_max_s).await?;
        let heard = heard.map_err(|error| refusal(work_error(&error)))?;
        if heard.fingerprint.peaks().is_empty() {
            return Err(Error::Refused(Failure::new(
                FailureCode::BadSource,
                "there is nothing in it to recognize it by",
            )));
        }
        Ok(heard.fingerprint)
    }

    /// Finds earlier entries with the same sound, the surest first.
    async fn same_sounds(&self, bucket: BucketId, fingerprint: &Fingerprint) -> Result<Vec<DedupEntry>> {
        let index = self.current_index().await?;
        let name = index_bucket(bucket);
        let print = fingerprint.clone();
        let found = tokio::task::spawn_blocking(move || same_tracks(&index, &name, &print)).await;
        let mut entries = Vec::new();
        let mut tx = self.store().read().await?;
        for name in found.map_err(|panic| HearingError::new("search", panic))? {
            entries.extend(tx.dedup(bucket, &name).await?);
        }
        Ok(entries)
    }

    async fn store_dedup(
        &self,
        account: &AccountId,
        bucket: BucketId,
        caller_id: String,
        acr_id: &AcrId,
        fingerprint: &Fingerprint,
    ) -> Result<()> {
        let now = self.now();
        let key = BlobKey::fingerprint(acr_id);
        self.keep_fingerprint(fingerprint, &key).await?;
        let mut tx = self.store().write().await?;
        wait_turn(tx.as_mut()).await?;
        tx.lock_bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        let entry = DedupEntry {
            id: DedupId(tx.take_numbers(Sequence::Dedup, 1).await?),
            account_id: account.clone(),
            bucket_id: bucket,
            acr_id: acr_id.clone(),
            caller_id,
            duplicates: Vec::new(),
            fingerprint: key.clone(),
            duration_ms: i64::try_from(fingerprint.duration_ms()).unwrap_or(i64::MAX),
            created_at: now,
            updated_at: now,
        };
        tx.insert_dedup(&entry).await?;
        put_entries(tx.as_mut(), vec![((index_bucket(bucket), acr_id.to_string()), Some(key))], now).await?;
        tx.commit().await?;
        self.signals().publish(Signal::IndexChanged);
        Ok(())
    }

    /// Lists the entries of a collection, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket.
    pub async fn dedup_entries(&self, account: &AccountId, bucket: BucketId, page: Page) -> Result<Listed<DedupEntry>> {
        let mut tx = self.store().read().await?;
        tx.bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        let rows = tx.dedups(bucket, page).await?;
        Ok(Listed { rows, total: tx.count_dedups(bucket).await? })
    }

    /// Finds an entry by number, by sound, or by the caller's id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn dedup_entry(&self, account: &AccountId, bucket: BucketId, id: &str) -> Result<DedupEntry> {
        let mut tx = self.store().read().await?;
        tx.bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        tx.dedup(bucket, id).await?.ok_or_else(|| missing(id))
    }

    /// Removes those of some entries that exist, and returns how many.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket, and where none of the entries exists.
    pub async fn delete_dedup_entries(
        &self,
        account: &AccountId,
        bucket: BucketId,
        acr_ids: &[AcrId],
    ) -> Result<usize> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        wait_turn(tx.as_mut()).await?;
        tx.bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        let mut n_removed = 0;
        for id in acr_ids {
            let Some(entry) = tx.dedup(bucket, id.as_str()).await?.filter(|entry| entry.acr_id == *id) else {
                continue;
            };
            tx.delete_dedup(&entry).await?;
            put_entries(tx.as_mut(), vec![((index_bucket(bucket), id.to_string()), None)], now).await?;
            tx.throw_away(&entry.fingerprint, now).await?;
            n_removed += 1;
        }
        if n_removed == 0 {
            return Err(missing(acr_ids.first().map_or("", AcrId::as_str)));
        }
        tx.commit().await?;
        self.signals().publish(Signal::IndexChanged);
        Ok(n_removed)
    }
}

/// Finds the tracks that are the same sound from beginning to end, not only alike in a part.
fn same_tracks(index: &Recognizer, bucket: &str, print: &Fingerprint) -> Vec<String> {
    let spans = index.scan(Some(&[bucket]), print, ScanOptions::default(), &mut |_| ());
    let mut heard: HashMap<String, (u64, f32, u64)> = HashMap::new();
    for span in spans {
        let (ms, score, _) = heard.entry(span.track.name).or_insert((0, 0.0, span.track.duration_ms));
        *ms += span.track_ms.end - span.track_ms.start;
        *score = score.max(span.score);
    }
    let mut same: Vec<(String, f32)> = heard
        .into_iter()
        .filter(|(_, (ms, _, track_ms))| {
            let (shorter, longer) = (print.duration_ms().min(*track_ms), print.duration_ms().max(*track_ms));
            *ms as f64 >= shorter as f64 * SAME_SHARE && shorter as f64 >= longer as f64 * LENGTH_SHARE
        })
        .map(|(name, (_, score, _))| (name, score))
        .collect();
    same.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    same.into_iter().map(|(name, _)| name).collect()
}

/// Names the part of the index that holds a bucket's deduplicated collection.
fn index_bucket(id: BucketId) -> String {
    format!("dedup/{id}")
}

fn missing(id: &str) -> Error {
    Error::NotFound { what: "file", id: id.to_owned() }
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::Refused(Failure::new(FailureCode::Internal, format!("cannot read the upload: {error}")))
}
