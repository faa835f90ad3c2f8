//! The jobs of this domain: what they make, and how that ends.

use std::sync::Arc;

use super::file::FileState;
use super::listing::{list, wait_turn};
use super::number::{FileId, OfflineDbId};
use super::offline::BuildState;
use super::scan::{Scan, ScanId, ScanSpan, ScanState};
use super::words::Words;
use crate::blobs::BlobKey;
use crate::ids::AssetId;
use crate::job::{Failure, FailureCode, Job, JobKind};
use crate::library::Track;
use crate::signals::Signal;
use crate::store::{StoreError, Transaction};
use crate::work::{Pulse, WorkError};
use crate::{Engine, Error, Result};

/// What a job of this domain made, not yet known to any row.
#[derive(Debug)]
pub(crate) enum Made {
    /// Nothing is left to do, because the row is gone.
    Nothing,
    /// A file's fingerprint.
    Heard { file_id: FileId, fingerprint: BlobKey, duration_us: i64 },
    /// A file's audio, still to be listened to.
    Fetched { file_id: FileId, track: Track, duration_us: i64 },
    /// A bucket's dump.
    Dumped { task_id: String, blob: BlobKey, n_bytes: i64 },
    /// An offline database.
    Built { db_id: OfflineDbId, blob: BlobKey, n_bytes: i64, n_files: i64 },
    /// A recording, still to be scanned.
    Recorded { scan_id: ScanId, asset_id: AssetId, n_bytes: i64, duration_ms: i64 },
    /// What plays when in a recording.
    Scanned { scan_id: ScanId, fingerprint: BlobKey, duration_ms: i64, spans: Vec<ScanSpan> },
}

impl Engine {
    pub(crate) fn words(&self) -> Result<&Words, WorkError> {
        let none = || Failure::new(FailureCode::Internal, "no door of recognition is plugged in");
        Ok(self.adapters().words.as_ref().ok_or_else(none)?)
    }

    /// Does a job of this domain.
    pub(crate) async fn do_recognition_job(&self, job: &Job, pulse: &Arc<Pulse>) -> Result<Made, WorkError> {
        match &job.kind {
            JobKind::ListenFile { file_id } => self.listen_to_file(*file_id, pulse).await,
            JobKind::FetchFile { file_id, url } => self.fetch_file(job, *file_id, url).await,
            JobKind::CopyFile { file_id, source } => self.copy_sound(&job.account_id, *file_id, source).await,
            JobKind::DumpBucket { bucket_id, task_id } => {
                let made = self.make_dump(job, *bucket_id).await?;
                Ok(made.map_or(Made::Nothing, |(blob, n_bytes)| Made::Dumped {
                    task_id: task_id.clone(),
                    blob,
                    n_bytes,
                }))
            }
            JobKind::BuildOfflineDb { db_id } => self.build_offline_db(job, *db_id).await,
            JobKind::FetchScan { scan_id } => self.fetch_recording(job, scan_id).await,
            JobKind::Scan { scan_id } => self.scan_recording(job, scan_id, pulse).await,
            JobKind::Ingest { .. }
            | JobKind::RenderCover { .. }
            | JobKind::ConvertWav { .. }
            | JobKind::Callback { .. }
            | JobKind::Post { .. }
            | JobKind::FetchSources { .. }
            | JobKind::RenderFilm { .. }
            | JobKind::Deliver { .. }
            | JobKind::PrepareMaterial { .. } => Ok(Made::Nothing),
        }
    }

    async fn listen_to_file(&self, id: FileId, pulse: &Arc<Pulse>) -> Result<Made, WorkError> {
        let mut tx = self.store().read().await?;
        let Some(file) = tx.any_file(id).await? else {
            return Ok(Made::Nothing);
        };
        if let Some(fingerprint) = file.fingerprint {
            return Ok(Made::Heard { file_id: id, fingerprint, duration_us: file.duration_us });
        }
        let track = match &file.track_id {
            Some(track_id) => tx.track(&file.account_id, track_id).await?,
            None => None,
        };
        drop(tx);
        let track = track.ok_or_else(|| Failure::new(FailureCode::BadMedia, "the audio was removed"))?;
        let heard = self.listen_to_asset(&track.asset_id, pulse, 99.0).await?;
        if heard.fingerprint.peaks().is_empty() {
            let reason = if heard.is_silent {
                "the audio is silent"
            } else {
                "there is nothing in the audio to recognize it by"
            };
            return Err(Failure::new(FailureCode::BadMedia, reason).into());
        }
        let key = BlobKey::fingerprint(&file.acr_id);
        self.keep_fingerprint(&heard.fingerprint, &key).await?;
        Ok(Made::Heard { file_id: id, fingerprint: key, duration_us: heard.duration_us })
    }

    async fn fetch_file(&self, job: &Job, id: FileId, url: &str) -> Result<Made, WorkError> {
        let Some(file) = self.store().read().await?.any_file(id).await? else {
            return Ok(Made::Nothing);
        };
        let upload = self.download(url).await?;
        let stored = self.store_audio(&job.account_id, upload, file.acr_id.track_id()).await?;
        Ok(Made::Fetched { file_id: id, track: stored.track, duration_us: stored.duration_us })
    }

    /// Writes what a job made into its rows.
    pub(crate) async fn complete_recognition(&self, tx: &mut dyn Transaction, job: &Job, made: Made) -> Result<()> {
        match made {
            Made::Nothing => Ok(()),
            Made::Heard { file_id, fingerprint, duration_us } => {
                self.finish_file(tx, file_id, fingerprint, duration_us).await
            }
            Made::Fetched { file_id, track, duration_us } => self.finish_fetch(tx, file_id, track, duration_us).await,
            Made::Dumped { task_id, blob, n_bytes } => {
                if !tx.finish_dump(&task_id, &blob, n_bytes).await? {
                    tx.throw_away(&blob, self.now()).await?;
                }
                Ok(())
            }
            Made::Built { db_id, blob, n_bytes, n_files } => {
                let Some(mut db) = tx.offline_db(&job.account_id, db_id).await? else {
                    return Ok(tx.throw_away(&blob, self.now()).await?);
                };
                if let Some(earlier) = db.blob.replace(blob) {
                    tx.throw_away(&earlier, self.now()).await?;
                }
                (db.n_bytes, db.n_files, db.updated_at) = (n_bytes, n_files, self.now());
                // Another build may have been asked for meanwhile.
                if db.job_id == job.id {
                    db.state = BuildState::Ready;
                    db.failure.clear();
                }
                Ok(tx.update_offline_db(&db).await?)
            }
            Made::Recorded { scan_id, asset_id, n_bytes, duration_ms } => {
                let Some(mut scan) = tx.scan(&job.account_id, &scan_id).await? else {
                    return Ok(());
                };
                tx.count_in_container(scan.container_id, 0, n_bytes - scan.n_bytes).await?;
                (scan.asset_id, scan.n_bytes, scan.duration_ms) = (Some(asset_id), n_bytes, duration_ms);
                scan.job_id = self.queue_follow_up(tx, &job.account_id, JobKind::Scan { scan_id }).await?;
                Ok(tx.update_scan(&scan).await?)
            }
            Made::Scanned { scan_id, fingerprint, duration_ms, spans } => {
                let Some(mut scan) = tx.scan(&job.account_id, &scan_id).await? else {
                    return Ok(tx.throw_away(&fingerprint, self.now()).await?);
                };
                scan.state = if spans.is_empty() { ScanState::NothingFound } else { ScanState::Found };
                (scan.progress, scan.duration_ms, scan.spans) = (100, duration_ms, spans);
                // The fingerprint is all that another scan needs.
                (scan.fingerprint, scan.asset_id) = (Some(fingerprint), None);
                self.end_scan(tx, scan).await
            }
        }
    }

    async fn finish_file(
        &self,
        tx: &mut dyn Transaction,
        id: FileId,
        fingerprint: BlobKey,
        duration_us: i64,
    ) -> Result<()> {
        let now = self.now();
        wait_turn(tx).await?;
        let Some(mut file) = tx.any_file(id).await? else {
            return Ok(tx.throw_away(&fingerprint, now).await?);
        };
        (file.state, file.fingerprint, file.duration_us) = (FileState::Ready, Some(fingerprint), duration_us);
        file.updated_at = now;
        tx.update_file(&file).await?;
        tx.count_in_bucket(file.bucket_id, 0, 1, 0).await?;
        list(tx, std::slice::from_ref(&file), now).await
    }

    async fn finish_fetch(&self, tx: &mut dyn Transaction, id: FileId, track: Track, duration_us: i64) -> Result<()> {
        wait_turn(tx).await?;
        let Some(mut file) = tx.any_file(id).await? else {
            return Ok(());
        };
        tx.insert_track(&track).await?;
        (file.track_id, file.duration_us, file.updated_at) = (Some(track.id), duration_us, self.now());
        tx.update_file(&file).await?;
        self.queue_follow_up(tx, &file.account_id, JobKind::ListenFile { file_id: id }).await?;
        Ok(())
    }

    /// Notes in its rows that a job failed for good.
    pub(crate) async fn fail_recognition(&self, tx: &mut dyn Transaction, job: &Job, failure: &Failure) -> Result<()> {
        match &job.kind {
            JobKind::ListenFile { file_id }
            | JobKind::FetchFile { file_id, .. }
            | JobKind::CopyFile { file_id, .. } => {
                wait_turn(tx).await?;
                let Some(mut file) = tx.any_file(*file_id).await? else {
                    return Ok(());
                };
                (file.state, file.failure) = (FileState::Failed, failure.message.clone());
                file.updated_at = self.now();
                tx.update_file(&file).await?;
                Ok(tx.count_in_bucket(file.bucket_id, 0, 0, 1).await?)
            }
            // Asking again makes a new one.
            JobKind::DumpBucket { task_id, .. } => tx.delete_dump(task_id).await.map(|_| ()).map_err(Error::from),
            JobKind::BuildOfflineDb { db_id } => {
                let Some(mut db) = tx.offline_db(&job.account_id, *db_id).await?.filter(|db| db.job_id == job.id)
                else {
                    return Ok(());
                };
                (db.state, db.failure, db.updated_at) = (BuildState::Failed, failure.message.clone(), self.now());
                Ok(tx.update_offline_db(&db).await?)
            }
            JobKind::FetchScan { scan_id } | JobKind::Scan { scan_id } => {
                let Some(mut scan) = tx.scan(&job.account_id, scan_id).await? else {
                    return Ok(());
                };
                let is_ours = failure.code == FailureCode::Internal;
                scan.state = if is_ours { ScanState::Failed } else { ScanState::BadSource };
                scan.failure.clone_from(&failure.message);
                self.end_scan(tx, scan).await
            }
            JobKind::Ingest { .. }
            | JobKind::RenderCover { .. }
            | JobKind::ConvertWav { .. }
            | JobKind::Callback { .. }
            | JobKind::Post { .. }
            | JobKind::FetchSources { .. }
            | JobKind::RenderFilm { .. }
            | JobKind::Deliver { .. }
            | JobKind::PrepareMaterial { .. } => Ok(()),
        }
    }

    /// Writes the end of a scan, and tells the container's callback URL.
    async fn end_scan(&self, tx: &mut dyn Transaction, mut scan: Scan) -> Result<()> {
        scan.updated_at = self.now();
        tx.update_scan(&scan).await?;
        let container = tx.container(&scan.account_id, scan.container_id).await?;
        let container = container.ok_or_else(|| StoreError::broken("container of recording", scan.id.as_str()))?;
        if let Some(url) = &container.callback_url
            && let Some(words) = &self.adapters().words
        {
            let number = tx.account_number(&scan.account_id).await?.unwrap_or_default();
            let body = (words.scan_callback)(number, &scan, &container);
            self.queue_follow_up(tx, &scan.account_id, JobKind::Post { url: url.clone(), body }).await?;
        }
        Ok(())
    }

    /// Notes how far a scan is; `false` if it was removed, so that it need not go on.
    pub(crate) async fn beat_scan(
        &self,
        tx: &mut dyn Transaction,
        job: &Job,
        percent: i64,
    ) -> Result<bool, StoreError> {
        let JobKind::Scan { scan_id } = &job.kind else {
            return Ok(true);
        };
        tx.set_scan_progress(scan_id, percent).await?;
        Ok(tx.scan(&job.account_id, scan_id).await?.is_some())
    }

    /// Tells the index that a job changed what belongs into it.
    pub(crate) fn announce_recognition(&self, job: &Job) {
        if matches!(job.kind, JobKind::ListenFile { .. } | JobKind::CopyFile { .. }) {
            self.signals().publish(Signal::IndexChanged);
        }
    }
}
