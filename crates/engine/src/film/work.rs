//! The jobs of films: what they make, and how that ends.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use stage::document::Project;
use studio::{AlphaForm, Progress, RenderOptions, Report, Studio, scaled_size};

use super::delivery::Delivery;
use super::material::{MaterialId, Prepared};
use super::row::{Film, FilmEvent, FilmId, FilmProduct, FilmScene, FilmState, OutputForm};
use super::sources::{Fetched, FilmSources};
use crate::blobs::{BlobKey, LocalFile};
use crate::job::{Failure, FailureCode, Job, JobKind};
use crate::store::{StoreError, Transaction};
use crate::work::{Pulse, WorkError};
use crate::{ChargeState, Engine, Result};

/// The files that a render puts out.
pub(crate) const RENDER_EXTENSIONS: &[&str] = &["mp4", "mov", "jpg", "vtt", "srt", "json"];
/// Progress is announced whenever it passes a multiple of this, in percent.
const ANNOUNCED_STEP: i64 = 10;
/// Warnings that a film keeps.
const WARNINGS_MAX: usize = 100;

/// What a job of this domain made, not yet known to any row.
#[derive(Debug)]
pub(crate) enum Made {
    /// Nothing is left to do, because the row is gone or waits for another job.
    Nothing,
    /// What a document names is here.
    Fetched { film_id: FilmId, fetched: Fetched },
    /// A film is rendered.
    Rendered { film_id: FilmId, product: Box<FilmProduct> },
    /// A delivery was tried.
    Delivered(Box<Delivery>),
    /// A material was looked into.
    Prepared { material_id: MaterialId, prepared: Prepared },
}

impl Engine {
    /// Does a job of this domain.
    pub(crate) async fn do_film_job(&self, job: &Job, pulse: &Arc<Pulse>) -> Result<Made, WorkError> {
        match &job.kind {
            JobKind::FetchSources { film_id } => {
                let fetched = self.fetch_sources(job, film_id, pulse).await?;
                Ok(fetched.map_or(Made::Nothing, |fetched| Made::Fetched { film_id: film_id.clone(), fetched }))
            }
            JobKind::RenderFilm { film_id, warnings } => {
                let mut product = self.render_film(job, film_id, pulse).await?;
                if let Some(product) = &mut product {
                    product.warnings.splice(0..0, warnings.iter().cloned());
                }
                let made = |product| Made::Rendered { film_id: film_id.clone(), product: Box::new(product) };
                Ok(product.map_or(Made::Nothing, made))
            }
            JobKind::Deliver { delivery_id } => {
                let delivery = self.deliver(job, delivery_id).await?;
                Ok(delivery.map_or(Made::Nothing, |delivery| Made::Delivered(Box::new(delivery))))
            }
            JobKind::PrepareMaterial { material_id } => {
                let prepared = self.prepare_material(job, material_id, pulse).await?;
                let made = |prepared| Made::Prepared { material_id: material_id.clone(), prepared };
                Ok(prepared.map_or(Made::Nothing, made))
            }
            _ => Ok(Made::Nothing),
        }
    }

    async fn render_film(
        &self,
        job: &Job,
        film_id: &FilmId,
        pulse: &Arc<Pulse>,
    ) -> Result<Option<FilmProduct>, WorkError> {
        let film = self.store().read().await?.film(&job.account_id, film_id).await?;
        let Some(film) = film.filter(|film| Self::is_current(film, job)) else { return Ok(None) };
        let project = self.project_of(&film)?;
        let sources = self.open_sources(&film, &project).await?;
        let files = ScratchFiles::new(|extension| self.blobs().scratch(extension));
        let rendering = Rendering {
            studio: Arc::clone(self.studio()?),
            project,
            sources,
            form: film.output.form,
            short_side: film.output.short_side,
            files,
            cores: self.rendering().enter(),
        };
        let pulse = Arc::clone(pulse);
        let done = tokio::task::spawn_blocking(move || rendering.run(&pulse)).await;
        let (report, files) = done.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))??;
        let mut kept = BTreeMap::new();
        for (extension, file) in &files.made {
            let key = BlobKey::output(&job.id, job.epoch, extension);
            self.blobs().put(&key, file.path()).await?;
            kept.insert((*extension).to_owned(), key);
        }
        Ok(Some(product(&report, kept)))
    }

    /// Marks the film of a job that was claimed as being worked on.
    pub(crate) async fn begin_film_job(&self, tx: &mut dyn Transaction, job: &Job) -> Result<(), StoreError> {
        let Some(film_id) = film_of(job) else { return Ok(()) };
        let film = tx.lock_film(&job.account_id, film_id, self.now()).await?;
        if let Some(mut film) = film.filter(|film| film.state == FilmState::Queued && Self::is_current(film, job)) {
            (film.state, film.updated_at) = (FilmState::Running, self.now());
            tx.update_film(&film).await?;
        }
        Ok(())
    }

    /// Notes how far a render is; `false` when nobody wants it any more.
    pub(crate) async fn beat_film(
        &self,
        tx: &mut dyn Transaction,
        job: &Job,
        percent: i64,
    ) -> Result<bool, StoreError> {
        let Some(film_id) = film_of(job) else { return Ok(true) };
        let film = tx.film(&job.account_id, film_id).await?;
        let Some(film) = film.filter(|film| Self::is_current(film, job)) else { return Ok(false) };
        // 100 is for films that are done.
        let percent = percent.min(99);
        if percent > film.progress {
            tx.set_film_progress(film_id, percent, self.now()).await?;
            if percent / ANNOUNCED_STEP > film.progress / ANNOUNCED_STEP {
                self.announce_film(tx, &Film { progress: percent, ..film }, FilmEvent::Progress).await?;
            }
        }
        Ok(true)
    }

    /// Writes what a job made into its rows.
    pub(crate) async fn complete_film_job(&self, tx: &mut dyn Transaction, job: &Job, made: Made) -> Result<()> {
        match made {
            Made::Nothing => Ok(()),
            Made::Fetched { film_id, fetched } => self.complete_fetch(tx, job, &film_id, fetched).await,
            Made::Rendered { film_id, product } => self.complete_render(tx, job, &film_id, *product).await,
            Made::Delivered(delivery) => Ok(self.finish_delivery(tx, &delivery).await?),
            Made::Prepared { material_id, prepared } => {
                self.complete_material(tx, &job.account_id, &material_id, prepared).await
            }
        }
    }

    async fn complete_fetch(
        &self,
        tx: &mut dyn Transaction,
        job: &Job,
        film_id: &FilmId,
        fetched: Fetched,
    ) -> Result<()> {
        let film = tx.lock_film(&job.account_id, film_id, self.now()).await?;
        let Some(mut film) = film.filter(|film| Self::is_current(film, job)) else { return Ok(()) };
        film.sources.extend(fetched.sources);
        let mut warnings = fetched.warnings;
        warnings.truncate(WARNINGS_MAX);
        let kind = JobKind::RenderFilm { film_id: film.id.clone(), warnings };
        let charge_id = film.charge_id.clone();
        film.job_id = Some(self.queue_paid_follow_up(tx, &film.account_id, kind, charge_id).await?);
        film.updated_at = self.now();
        Ok(tx.update_film(&film).await?)
    }

    async fn complete_render(
        &self,
        tx: &mut dyn Transaction,
        job: &Job,
        film_id: &FilmId,
        mut product: FilmProduct,
    ) -> Result<()> {
        let now = self.now();
        let film = tx.lock_film(&job.account_id, film_id, self.now()).await?;
        let Some(mut film) = film.filter(|film| Self::is_current(film, job)) else {
            // Cancelled, changed or removed in the last moment.
            for key in product.files.values() {
                tx.throw_away(key, now).await?;
            }
            return Ok(());
        };
        product.warnings.splice(0..0, film.warnings.iter().cloned());
        product.warnings.truncate(WARNINGS_MAX);
        (film.state, film.progress, film.product) = (FilmState::Done, 100, Some(product));
        (film.updated_at, film.finished_at) = (now, Some(now));
        tx.update_film(&film).await?;
        if film.batch_id.is_none() {
            let duration_ms = film.product.as_ref().map_or(0, |product| product.duration_ms);
            tx.count_film_day(&film, i64::try_from(duration_ms).unwrap_or(i64::MAX)).await?;
        }
        self.end_row(tx, &film).await?;
        Ok(self.announce_film(tx, &film, FilmEvent::Done).await?)
    }

    /// Writes a job's failure into its rows.
    pub(crate) async fn fail_film_job(&self, tx: &mut dyn Transaction, job: &Job, failure: &Failure) -> Result<()> {
        if let JobKind::PrepareMaterial { material_id } = &job.kind {
            return Ok(self.fail_material(tx, &job.account_id, material_id, failure).await?);
        }
        if let JobKind::Deliver { delivery_id } = &job.kind {
            return self.fail_delivery(tx, &job.account_id, delivery_id, failure).await;
        }
        let Some(film_id) = film_of(job) else { return Ok(()) };
        let film = tx.lock_film(&job.account_id, film_id, self.now()).await?;
        let Some(mut film) = film.filter(|film| Self::is_current(film, job)) else { return Ok(()) };
        if let Some(charge_id) = &film.charge_id {
            self.close_charge(tx, charge_id, ChargeState::Released).await?;
        }
        (film.state, film.failure) = (FilmState::Failed, Some(failure.clone()));
        (film.updated_at, film.finished_at) = (self.now(), Some(self.now()));
        tx.update_film(&film).await?;
        self.end_row(tx, &film).await?;
        Ok(self.announce_film(tx, &film, FilmEvent::Failed).await?)
    }

    /// Begins the next rows of the batch that a job's film belongs to.
    pub(crate) async fn follow_batch(&self, job: &Job) -> Result<()> {
        let Some(film_id) = film_of(job) else { return Ok(()) };
        let mut tx = self.store().read().await?;
        let Some(film) = tx.film(&job.account_id, film_id).await? else { return Ok(()) };
        let Some(batch_id) = film.batch_id.filter(|_| film.state.is_final()) else { return Ok(()) };
        let batch = tx.batch(&job.account_id, &batch_id).await?;
        drop(tx);
        match batch {
            Some(batch) => self.feed_batch(&batch).await,
            None => Ok(()),
        }
    }
}

fn film_of(job: &Job) -> Option<&FilmId> {
    match &job.kind {
        JobKind::FetchSources { film_id } | JobKind::RenderFilm { film_id, .. } => Some(film_id),
        _ => None,
    }
}

fn product(report: &Report, files: BTreeMap<String, BlobKey>) -> FilmProduct {
    let scenes = report.scenes.iter();
    FilmProduct {
        files,
        n_bytes: report.file_bytes,
        width: report.width,
        height: report.height,
        duration_ms: report.duration_ms,
        scenes: scenes.map(|scene| FilmScene { start_ms: scene.start_ms, duration_ms: scene.duration_ms }).collect(),
        warnings: report.warnings.clone(),
    }
}

/// Shares the cores among the renders of this process.
#[derive(Debug, Default)]
pub(crate) struct Renders(Arc<AtomicUsize>);

impl Renders {
    fn enter(&self) -> CoreShare {
        let n_renders = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let n_cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let n_workers = NonZero::new(n_cores / n_renders).unwrap_or(NonZero::<usize>::MIN);
        CoreShare { renders: Arc::clone(&self.0), n_workers }
    }
}

/// A render's part of the cores.
struct CoreShare {
    renders: Arc<AtomicUsize>,
    n_workers: NonZero<usize>,
}

impl Drop for CoreShare {
    fn drop(&mut self) {
        self.renders.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Temporary files, removed on drop unless they were stored.
struct ScratchFiles {
    paths: BTreeMap<&'static str, PathBuf>,
    made: Vec<(&'static str, LocalFile)>,
}

impl ScratchFiles {
    fn new(scratch: impl Fn(&str) -> PathBuf) -> Self {
        let paths = RENDER_EXTENSIONS.iter().map(|extension| (*extension, scratch(extension)));
        Self { paths: paths.collect(), made: Vec::new() }
    }

    /// Returns the path of a file that is about to be made.
    fn make(&mut self, extension: &'static str) -> PathBuf {
        let path = self.paths.get(extension).cloned().unwrap_or_default();
        self.made.push((extension, LocalFile::copy(path.clone())));
        path
    }

    fn write(&mut self, extension: &'static str, bytes: &[u8]) -> Result<(), WorkError> {
        let path = self.make(extension);
        std::fs::write(&path, bytes).map_err(|error| cannot_write(&path, &error))
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> WorkError {
    WorkError::Retry(Failure::new(FailureCode::Internal, format!("cannot write `{}`: {error}", path.display())))
}

/// All that a render needs, on a thread of its own.
struct Rendering {
    studio: Arc<Studio>,
    project: Project,
    sources: FilmSources,
    form: OutputForm,
    short_side: Option<u32>,
    files: ScratchFiles,
    cores: CoreShare,
}

impl Rendering {
    fn run(mut self, pulse: &Pulse) -> Result<(Report, ScratchFiles), WorkError> {
        let options = RenderOptions {
            size: self.short_side.map(|side| scaled_size(&self.project.canvas, side)),
            n_workers: Some(self.cores.n_workers),
            ..RenderOptions::default()
        };
        let report = self.video(&options, pulse)?;
        let poster =
            self.studio.poster(&self.project, &self.sources, &options).map_err(|error| render_error(&error))?;
        self.files.write("jpg", &poster)?;
        if !report.captions.is_empty() {
            self.files.write("vtt", report.vtt().as_bytes())?;
            self.files.write("srt", report.srt().as_bytes())?;
        }
        let times = serde_json::to_vec(&report).map_err(|error| StoreError::new("write the times of a film", error))?;
        self.files.write("json", &times)?;
        Ok((report, self.files))
    }

    fn video(&mut self, options: &RenderOptions, pulse: &Pulse) -> Result<Report, WorkError> {
        let mut progress = |progress: Progress| -> ControlFlow<()> { pulse.progress(progress.percent()) };
        let report = match self.form {
            OutputForm::Mp4 => {
                let out = self.files.make("mp4");
                self.studio.render(&self.project, &self.sources, options, &out, &mut progress)
            }
            OutputForm::Mov => {
                let out = self.files.make("mov");
                let form = AlphaForm::PngInMov;
                self.studio.render_alpha(&self.project, &self.sources, options, form, &out, &mut progress)
            }
        };
        report.map_err(|error| render_error(&error))
    }
}

fn render_error(error: &studio::Error) -> WorkError {
    let message = match error {
        studio::Error::Document(reason) => format!("{error}: {reason}"),
        other => other.to_string(),
    };
    match error.kind() {
        studio::ErrorKind::Cancelled => WorkError::Stopped,
        studio::ErrorKind::Invalid | studio::ErrorKind::Limit => Failure::new(FailureCode::BadMedia, message).into(),
        studio::ErrorKind::Io | studio::ErrorKind::Internal => {
            tracing::error!(error = error as &dyn std::error::Error, "a render failed");
            WorkError::Retry(Failure::new(FailureCode::Internal, message))
        }
    }
}
