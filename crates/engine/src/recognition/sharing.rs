//! One library under all doors: how a track is named, and how a file gets the sound of another.

use super::file::BucketFile;
use super::number::{AcrId, FileId, FileRef};
use super::work::Made;
use crate::blobs::BlobKey;
use crate::ids::{AccountId, TrackId};
use crate::job::{Failure, FailureCode};
use crate::library::Track;
use crate::store::{StoreError, Transaction};
use crate::work::WorkError;
use crate::{Engine, Result};

/// Finds the track that a caller means by an audio id: the track's own id, with or without hyphens (so the id of a file's sound, too), or
/// the `audio_id` that the caller gave to a file.
pub(crate) async fn find_track(
    tx: &mut dyn Transaction,
    account: &AccountId,
    audio_id: &str,
) -> Result<Option<Track>, StoreError> {
    if let Some(track) = tx.track(account, &TrackId::from_text(audio_id)).await? {
        return Ok(Some(track));
    }
    if let Some(acr_id) = AcrId::parse(audio_id)
        && let Some(track) = tx.track(account, &acr_id.track_id()).await?
    {
        return Ok(Some(track));
    }
    if audio_id.is_empty() {
        return Ok(None);
    }
    match tx.file_by_audio_id(account, audio_id).await?.and_then(|file| file.track_id) {
        Some(id) => tx.track(account, &id).await,
        None => Ok(None),
    }
}

impl Engine {
    /// Gives a new file the sound that `source` names.
    pub(crate) async fn copy_sound(&self, account: &AccountId, id: FileId, source: &str) -> Result<Made, WorkError> {
        let mut tx = self.store().read().await?;
        let Some(file) = tx.any_file(id).await? else {
            return Ok(Made::Nothing);
        };
        let original = match AcrId::parse(source) {
            Some(acr_id) => tx.file(account, &FileRef::Acr(acr_id)).await?,
            None => tx.file_by_audio_id(account, source).await?,
        };
        let track = find_track(tx.as_mut(), account, source).await?;
        drop(tx);
        match (original, track) {
            (original, Some(track)) => Ok(copied_track(&file, &track, original.map(|original| original.duration_us))),
            (Some(BucketFile { fingerprint: Some(key), duration_us, .. }), None) => {
                self.copied_fingerprint(&file, &key, duration_us).await
            }
            (Some(_), None) => Err(WorkError::Retry(unknown("the file that it names is not ready"))),
            (None, None) => Err(WorkError::Fail(unknown("no file or track of this account has this id"))),
        }
    }

    async fn copied_fingerprint(&self, file: &BucketFile, from: &BlobKey, duration_us: i64) -> Result<Made, WorkError> {
        let fingerprint =
            self.kept_fingerprint(from).await?.ok_or_else(|| unknown("the file that it names was removed"))?;
        let key = BlobKey::fingerprint(&file.acr_id);
        self.keep_fingerprint(&fingerprint, &key).await?;
        Ok(Made::Heard { file_id: file.id, fingerprint: key, duration_us })
    }
}

/// Describes a track of the file's own with the same audio; who removes one of them leaves the other alone.
fn copied_track(file: &BucketFile, track: &Track, duration_us: Option<i64>) -> Made {
    let duration_us = duration_us.unwrap_or(track.duration_ms.saturating_mul(1000));
    let track = Track { id: file.acr_id.track_id(), wav: None, ..track.clone() };
    Made::Fetched { file_id: file.id, track, duration_us }
}

fn unknown(message: &str) -> Failure {
    Failure::new(FailureCode::BadSource, message)
}
