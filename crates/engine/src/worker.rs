//! The workers: claim a job, keep its lease, do it, end it once, in one transaction with everything that follows from it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use media::audio::AudioMode;
use media::cover::Canvas;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::blobs::{BlobError, BlobKey, LocalFile};
use crate::credit::ChargeState;
use crate::ids::{JobId, TrackId, VideoId};
use crate::job::{Failure, FailureCode, Job, JobKind, Lane};
use crate::library::{Track, VideoState};
use crate::recognition::work::Made;
use crate::render::{self, CoverVideo};
use crate::signals::Signal;
use crate::store::{StoreError, Transaction};
use crate::task::Outcome;
use crate::work::{Pulse, WorkError};
use crate::{Engine, Error, Result, film, uploads, wav};

/// How long an idle worker trusts in signals before it looks for itself.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How long after a stop is asked for running work may go on before it is given back.
const DRAIN_FOR: Duration = Duration::from_secs(20);
/// How long work has to notice that it should stop.
const STOP_WITHIN: Duration = Duration::from_secs(2);
/// Jobs that wait for other servers at a time; they need no processor of their own.
const NETWORK_WORKERS: usize = 8;
/// Claims after which a job counts as one that kills its worker.
const CLAIMS_MAX: i64 = 100;
/// How often it is noted how far a film is.
const FILM_BEAT: Duration = Duration::from_secs(1);

/// What a job put out, not yet known to any row.
#[derive(Debug)]
enum Product {
    Video { video_id: VideoId, track_id: TrackId, blob: BlobKey, n_bytes: i64 },
    Wav { track: Track, blob: BlobKey },
    Track(Track),
    Recognition(Made),
    Film(film::work::Made),
    Delivered,
}

impl Product {
    fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Video { video_id, track_id, .. } => {
                Some(Outcome::Video { video_id: video_id.clone(), track_id: track_id.clone() })
            }
            Self::Wav { track, .. } => Some(wav::wav_outcome(track)),
            Self::Track(track) => Some(uploads::track_outcome(track)),
            Self::Recognition(_) | Self::Film(_) | Self::Delivered => None,
        }
    }
}

impl Engine {
    /// Takes over what a dead process left behind; to be called once, before the workers start.
    ///
    /// # Errors
    /// The store's.
    pub async fn recover(&self) -> Result<u64> {
        let mut tx = self.store().write().await?;
        let now = self.now();
        let n_jobs = if self.store().is_shared() { tx.expire_leases(now).await? } else { tx.void_leases(now).await? };
        tx.commit().await?;
        Ok(n_jobs)
    }

    /// Runs `n_workers` workers for media, some for the network, and their housekeeping until `stop`; returns when all of them have ended.
    pub async fn work(self: &Arc<Self>, n_workers: usize, stop: CancellationToken) {
        let mut running = tokio::task::JoinSet::new();
        let n_scanners = if self.hearing().is_ok() { n_workers.div_ceil(2) } else { 0 };
        let lanes = [
            (Lane::Media, n_workers),
            (Lane::Network, NETWORK_WORKERS),
            (Lane::Sources, NETWORK_WORKERS),
            (Lane::Delivery, NETWORK_WORKERS),
            (Lane::Hearing, n_scanners),
        ];
        for (lane, n_workers) in lanes {
            for _ in 0..n_workers {
                let (engine, stop) = (Arc::clone(self), stop.clone());
                running.spawn(async move { engine.run_worker(lane, &stop).await });
            }
        }
        let (engine, house_stop) = (Arc::clone(self), stop.clone());
        running.spawn(async move { engine.keep_house(&house_stop).await });
        let engine = Arc::clone(self);
        running.spawn(async move { engine.keep_following(&stop).await });
        while let Some(ended) = running.join_next().await {
            if let Err(error) = ended {
                tracing::error!(error = &error as &dyn std::error::Error, "a worker died");
            }
        }
    }

    async fn run_worker(&self, lane: Lane, stop: &CancellationToken) {
        let name = JobId::random(self.entropy()).to_string();
        let mut signals = self.signals().subscribe();
        while !stop.is_cancelled() {
            match self.claim(lane, &name).await {
                Ok(Some(job)) => self.run_job(job, stop).await,
                Ok(None) => wait_for_work(&mut signals, stop).await,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "cannot claim a job");
                    tokio::time::sleep(POLL_EVERY).await;
                }
            }
        }
    }

    async fn claim(&self, lane: Lane, worker: &str) -> Result<Option<Job>> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        let Some(job) = tx.claim_job(lane, worker, now, now.saturating_add(self.settings().lease)).await? else {
            return Ok(None);
        };
        tx.start_tasks(&job.id, now).await?;
        if let JobKind::RenderCover { video_id, .. } = &job.kind
            && let Some(mut video) = tx.video(&job.account_id, video_id).await?
        {
            video.state = VideoState::Running;
            video.updated_at = now;
            tx.update_video(&video).await?;
        }
        self.begin_film_job(tx.as_mut(), &job).await?;
        tx.commit().await?;
        Ok(Some(job))
    }

    async fn run_job(&self, job: Job, stop: &CancellationToken) {
        let begun = self.now();
        if let Err(error) = self.discard_outputs(&job).await {
            tracing::warn!(error = &error as &dyn std::error::Error, job.id = %job.id, "cannot remove an earlier attempt's output");
        }
        let result = if job.epoch > CLAIMS_MAX {
            Err(Failure::new(FailureCode::Internal, "the work ended its worker too often").into())
        } else {
            self.do_with_heartbeat(&job, stop).await
        };
        let verdict = match &result {
            Ok(_) => "done",
            Err(WorkError::Stopped) => "released",
            Err(_) => "failed",
        };
        if let Err(error) = self.end_job(&job, result).await {
            // The lease runs out and the job is done again.
            tracing::error!(error = &error as &dyn std::error::Error, job.id = %job.id, "cannot end a job");
        }
        if let Err(error) = self.follow_batch(&job).await {
            // Housekeeping looks after batches, too.
            tracing::warn!(error = &error as &dyn std::error::Error, job.id = %job.id, "cannot go on with a batch");
        }
        let elapsed = self.now().since(begun);
        metrics::counter!("phonoscope_jobs_total", "kind" => job.kind.name(), "result" => verdict).increment(1);
        metrics::histogram!("phonoscope_job_seconds", "kind" => job.kind.name()).record(elapsed.as_secs_f64());
        tracing::info!(
            job.id = %job.id, job.kind = job.kind.name(), job.epoch = job.epoch,
            duration_ms = elapsed.as_millis(), "{} job {verdict}", job.kind.name()
        );
    }

    async fn do_with_heartbeat(&self, job: &Job, stop: &CancellationToken) -> Result<Product, WorkError> {
        let pulse = Arc::new(Pulse::default());
        let work = self.do_job(job, &pulse);
        let heartbeat = self.keep_lease(job, &pulse);
        let deadline = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN_FOR).await;
            pulse.stop.store(true, Ordering::Relaxed);
            tokio::time::sleep(STOP_WITHIN).await;
        };
        tokio::select! {
            product = work => product,
            () = heartbeat => Err(WorkError::Stopped),
            // What does not listen, such as a download, is left alone; its job is done anew by another.
            () = deadline => Err(WorkError::Stopped),
        }
    }

    /// Prolongs the lease and notes progress for as long as it is polled; tells the work to stop if the lease is lost.
    async fn keep_lease(&self, job: &Job, pulse: &Pulse) {
        let is_watched = matches!(
            job.kind,
            JobKind::RenderFilm { .. } | JobKind::FetchSources { .. } | JobKind::PrepareMaterial { .. }
        );
        let lease_beat = self.settings().lease / 3;
        // Films are watched by people, and stop soon after they are cancelled.
        let mut every = tokio::time::interval(if is_watched { lease_beat.min(FILM_BEAT) } else { lease_beat });
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        every.tick().await;
        loop {
            every.tick().await;
            match self.beat(job, pulse.percent.load(Ordering::Relaxed)).await {
                Ok(true) => {}
                Ok(false) => pulse.stop.store(true, Ordering::Relaxed),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, job.id = %job.id, "cannot prolong a lease");
                }
            }
        }
    }

    async fn beat(&self, job: &Job, percent: i64) -> Result<bool, StoreError> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        let is_ours = tx.extend_lease(&job.lease(), now.saturating_add(self.settings().lease)).await?;
        if let JobKind::RenderCover { video_id, .. } = &job.kind {
            tx.set_video_progress(video_id, percent, now).await?;
        }
        let is_wanted =
            self.beat_scan(tx.as_mut(), job, percent).await? && self.beat_film(tx.as_mut(), job, percent).await?;
        tx.commit().await?;
        Ok(is_ours && is_wanted)
    }

    async fn do_job(&self, job: &Job, pulse: &Arc<Pulse>) -> Result<Product, WorkError> {
        match &job.kind {
            JobKind::Ingest { url } => Ok(Product::Track(self.ingest(job, url).await?)),
            JobKind::RenderCover { video_id, track_id } => {
                let track = self.track_of(job, track_id).await?;
                let (blob, n_bytes) = self.make_file(job, &track, "mp4", pulse).await?;
                Ok(Product::Video { video_id: video_id.clone(), track_id: track_id.clone(), blob, n_bytes })
            }
            JobKind::ConvertWav { track_id } => {
                let track = self.track_of(job, track_id).await?;
                let (blob, _) = self.make_file(job, &track, "wav", pulse).await?;
                Ok(Product::Wav { track, blob })
            }
            JobKind::Callback { task_id, url } => {
                self.deliver_callback(job, task_id, url).await?;
                Ok(Product::Delivered)
            }
            JobKind::Post { url, body } => {
                self.post(url, body.clone()).await?;
                Ok(Product::Delivered)
            }
            JobKind::ListenFile { .. }
            | JobKind::FetchFile { .. }
            | JobKind::CopyFile { .. }
            | JobKind::DumpBucket { .. }
            | JobKind::BuildOfflineDb { .. }
            | JobKind::FetchScan { .. }
            | JobKind::Scan { .. } => Ok(Product::Recognition(self.do_recognition_job(job, pulse).await?)),
            JobKind::FetchSources { .. }
            | JobKind::RenderFilm { .. }
            | JobKind::Deliver { .. }
            | JobKind::PrepareMaterial { .. } => Ok(Product::Film(self.do_film_job(job, pulse).await?)),
        }
    }

    async fn track_of(&self, job: &Job, id: &TrackId) -> Result<Track, WorkError> {
        let track = self.store().read().await?.track(&job.account_id, id).await?;
        Ok(track.ok_or_else(|| Failure::new(FailureCode::BadMedia, "the audio was removed"))?)
    }

    /// Turns a track's original into a file of the given kind, stored under this attempt's own key.
    async fn make_file(
        &self,
        job: &Job,
        track: &Track,
        extension: &'static str,
        pulse: &Arc<Pulse>,
    ) -> Result<(BlobKey, i64), WorkError> {
        let source = self.blobs().local(&BlobKey::asset(&track.asset_id)).await?;
        let out = LocalFile::copy(self.blobs().scratch(extension));
        let (pulse, track, duration_max_s) = (Arc::clone(pulse), track.clone(), self.limits().duration_max_s);
        let made = tokio::task::spawn_blocking(move || {
            let mut progress = |percent| pulse.progress(percent);
            if extension == "wav" {
                render::wav(source.path(), duration_max_s, out.path(), &mut progress)?;
            } else {
                let video = cover_video_of(&track, source.path(), duration_max_s);
                render::cover_video(&video, out.path(), &mut progress)?;
            }
            Ok::<_, WorkError>(out)
        });
        let out = made.await.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))??;
        let n_bytes = std::fs::metadata(out.path()).map_or(0, |metadata| metadata.len());
        let key = BlobKey::output(&job.id, job.epoch, extension);
        self.blobs().put(&key, out.path()).await?;
        Ok((key, i64::try_from(n_bytes).unwrap_or(i64::MAX)))
    }

    /// Removes what attempts that were cut off may have put out.
    async fn discard_outputs(&self, job: &Job) -> Result<(), BlobError> {
        for epoch in 1..job.epoch {
            self.discard_output(job, epoch).await?;
        }
        Ok(())
    }

    async fn discard_output(&self, job: &Job, epoch: i64) -> Result<(), BlobError> {
        let extensions: &[&str] = match job.kind {
            JobKind::RenderCover { .. } => &["mp4"],
            JobKind::ConvertWav { .. } => &["wav"],
            JobKind::DumpBucket { .. } => &["csv"],
            JobKind::BuildOfflineDb { .. } => &["phdb"],
            JobKind::RenderFilm { .. } => film::work::RENDER_EXTENSIONS,
            JobKind::PrepareMaterial { .. } => &["jpg", "png"],
            JobKind::Ingest { .. }
            | JobKind::Callback { .. }
            | JobKind::Post { .. }
            | JobKind::ListenFile { .. }
            | JobKind::FetchFile { .. }
            | JobKind::CopyFile { .. }
            | JobKind::FetchScan { .. }
            | JobKind::Scan { .. }
            | JobKind::FetchSources { .. }
            | JobKind::Deliver { .. } => return Ok(()),
        };
        for extension in extensions {
            self.blobs().delete(&BlobKey::output(&job.id, epoch, extension)).await?;
        }
        Ok(())
    }

    async fn end_job(&self, job: &Job, result: Result<Product, WorkError>) -> Result<()> {
        let attempt = job.failed_attempts + 1;
        let is_ours = match result {
            Ok(product) => match self.complete(job, product).await {
                Ok(is_ours) => is_ours,
                // The output stays: the commit may have come through before the answer was lost.
                Err(error) => return self.retry_or_fail(job, attempt, error).await.map(|_| ()),
            },
            Err(WorkError::Stopped) => self.give_back(job).await?,
            Err(WorkError::Fail(failure)) => self.fail(job, failure).await?,
            Err(WorkError::Retry(failure)) if attempt >= job.kind.attempts_max() => self.fail(job, failure).await?,
            Err(WorkError::Retry(failure)) => self.retry(job, attempt, &failure.message).await?,
            Err(WorkError::Engine(error)) => self.retry_or_fail(job, attempt, error).await?,
        };
        if !is_ours {
            // Another worker has the job now; what this one made is nobody's.
            self.discard_output(job, job.epoch).await?;
        }
        Ok(())
    }

    /// Counts an error of our own as a failed attempt.
    async fn retry_or_fail(&self, job: &Job, attempt: i64, error: Error) -> Result<bool> {
        tracing::error!(error = &error as &dyn std::error::Error, job.id = %job.id, "job failed");
        if attempt >= job.kind.attempts_max() {
            return self.fail(job, Failure::new(FailureCode::Internal, "internal error")).await;
        }
        self.retry(job, attempt, &error.to_string()).await
    }

    async fn complete(&self, job: &Job, product: Product) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        if let Product::Wav { track, .. } = &product {
            // The track before the job, as in `request_wav`; two orders would deadlock in PostgreSQL.
            tx.lock_track(&job.account_id, &track.id, now).await?;
        }
        if !tx.finish_job(&job.lease(), None, now).await? {
            return Ok(false);
        }
        let outcome = product.outcome();
        match product {
            Product::Video { video_id, blob, n_bytes, .. } => {
                let video = tx.video(&job.account_id, &video_id).await?;
                let mut video = video.ok_or_else(|| StoreError::broken("video of job", job.id.as_str()))?;
                video.state = VideoState::Done;
                video.progress = 100;
                video.blob = Some(blob);
                video.n_bytes = n_bytes;
                video.updated_at = now;
                tx.update_video(&video).await?;
            }
            Product::Wav { track, blob } => tx.set_track_wav(&track.id, &blob, now).await?,
            Product::Track(track) => tx.insert_track(&track).await?,
            Product::Recognition(made) => self.complete_recognition(tx.as_mut(), job, made).await?,
            Product::Film(made) => self.complete_film_job(tx.as_mut(), job, made).await?,
            Product::Delivered => {}
        }
        if let Some(outcome) = outcome {
            self.end_tasks(tx.as_mut(), job, &outcome).await?;
        }
        self.settle(tx.as_mut(), job, ChargeState::Settled).await?;
        tx.commit().await?;
        self.announce_end(job);
        Ok(true)
    }

    async fn fail(&self, job: &Job, failure: Failure) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        if !tx.finish_job(&job.lease(), Some(&failure.message), now).await? {
            return Ok(false);
        }
        if let JobKind::RenderCover { video_id, .. } = &job.kind
            && let Some(mut video) = tx.video(&job.account_id, video_id).await?
        {
            video.state = VideoState::Failed;
            video.updated_at = now;
            tx.update_video(&video).await?;
        }
        self.fail_recognition(tx.as_mut(), job, &failure).await?;
        self.fail_film_job(tx.as_mut(), job, &failure).await?;
        self.end_tasks(tx.as_mut(), job, &Outcome::Failed { failure }).await?;
        self.settle(tx.as_mut(), job, ChargeState::Released).await?;
        tx.commit().await?;
        self.announce_end(job);
        if let Err(error) = self.discard_output(job, job.epoch).await {
            tracing::warn!(error = &error as &dyn std::error::Error, job.id = %job.id, "cannot remove a failed job's output");
        }
        Ok(true)
    }

    async fn retry(&self, job: &Job, attempt: i64, reason: &str) -> Result<bool> {
        let run_at = self.now().saturating_add(job.kind.retry_delay(attempt));
        let mut tx = self.store().write().await?;
        let is_ours = tx.retry_job(&job.lease(), reason, run_at).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    async fn give_back(&self, job: &Job) -> Result<bool> {
        let mut tx = self.store().write().await?;
        let is_ours = tx.release_job(&job.lease(), self.now()).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(is_ours)
    }

    async fn end_tasks(&self, tx: &mut dyn Transaction, job: &Job, outcome: &Outcome) -> Result<(), StoreError> {
        for task in tx.finish_tasks(&job.id, outcome, self.now()).await? {
            self.queue_callback(tx, &task).await?;
        }
        Ok(())
    }

    async fn settle(&self, tx: &mut dyn Transaction, job: &Job, outcome: ChargeState) -> Result<(), StoreError> {
        match &job.charge_id {
            Some(charge_id) => self.close_charge(tx, charge_id, outcome).await,
            None => Ok(()),
        }
    }

    fn announce_end(&self, job: &Job) {
        self.signals().publish(Signal::JobFinished(job.id.clone()));
        self.announce_recognition(job);
        // A callback may have been queued with the end.
        self.signals().publish(Signal::JobQueued);
    }
}

/// Describes the cover video of a stored track.
fn cover_video_of<'a>(track: &'a Track, audio: &'a Path, duration_max_s: u64) -> CoverVideo<'a> {
    let text = |text: &'a str| (!text.is_empty()).then_some(text);
    CoverVideo {
        audio,
        cover: None,
        title: text(&track.title),
        fallback_title: None,
        artist: text(&track.artist),
        audio_mode: AudioMode::Auto,
        canvas: Canvas::default(),
        duration_max_s,
    }
}

async fn wait_for_work(signals: &mut broadcast::Receiver<Signal>, stop: &CancellationToken) {
    let queued = async {
        loop {
            match signals.recv().await {
                Ok(Signal::JobFinished(_) | Signal::IndexChanged) => {}
                Ok(Signal::JobQueued) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending::<()>().await,
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = queued => {}
        () = tokio::time::sleep(POLL_EVERY) => {}
    }
}
