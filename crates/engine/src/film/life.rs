//! The life of a film: draft, queued, running, and one of done, failed and cancelled.

use serde_json::Value;
use stage::document::Project;

use super::batch::BatchId;
use super::row::{
    Film, FilmDay, FilmDayFilter, FilmEvent, FilmFilter, FilmId, FilmKind, FilmOrigin, FilmState, Output,
};
use super::sources::remote_names;
use super::webhook::WebhookId;
use crate::access::{Api, Caller, Door};
use crate::credit::ChargeState;
use crate::ids::{AccountId, JobId, TraceId};
use crate::job::{Failure, Job, JobKind};
use crate::recognition::Listed;
use crate::signals::Signal;
use crate::store::{StoreError, Transaction};
use crate::{Engine, Error, MediaKind, Result};

/// The API that rendering a film is priced as.
const RENDER_API: &str = "films";

/// Whether a new film is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At once.
    Now,
    /// Not until it is asked for.
    Later,
}

/// A film to be made.
#[derive(Debug, Clone)]
pub struct NewFilm {
    /// The door that it comes through.
    pub door: Door,
    /// What it is to that door's clients.
    pub kind: FilmKind,
    /// What people call it.
    pub name: String,
    /// The door's own document, kept as it is.
    pub document: Value,
    /// The scene document; none for what cannot be rendered yet.
    pub project: Option<Project>,
    /// What it is rendered to.
    pub output: Output,
    /// Where it comes from and belongs.
    pub origin: FilmOrigin,
    /// Where to post what happens to it.
    pub webhook_url: Option<String>,
    /// What the door could not map, for people; shown with the film's own warnings.
    pub warnings: Vec<String>,
}

/// What changes about a film; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct FilmChange {
    /// What people call it.
    pub name: Option<String>,
    /// The door's own document.
    pub document: Option<Value>,
    /// The scene document.
    pub project: Option<Project>,
    /// What it is rendered to.
    pub output: Option<Output>,
    /// Where it comes from and belongs.
    pub origin: Option<FilmOrigin>,
    /// Where to post what happens to it; `Some(None)` for nowhere.
    pub webhook_url: Option<Option<String>>,
    /// What the door could not map.
    pub warnings: Option<Vec<String>>,
}

impl Engine {
    /// Makes a film: the row, and with [`Start::Now`] the job and the reservation, in one transaction.
    ///
    /// # Errors
    /// [`Error::Document`] for a scene document that cannot be rendered; [`Error::Invalid`] for a webhook URL that is none;
    /// [`Error::InsufficientBalance`]; [`Error::QueueFull`].
    pub async fn create_film(&self, caller: &Caller, new: NewFilm, start: Start) -> Result<Film> {
        let mut tx = self.store().write().await?;
        let film = self.insert_film(tx.as_mut(), caller, new, start, None).await?;
        tx.commit().await?;
        if film.job_id.is_some() {
            self.signals().publish(Signal::JobQueued);
        }
        Ok(film)
    }

    pub(crate) async fn insert_film(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        new: NewFilm,
        start: Start,
        batch_id: Option<BatchId>,
    ) -> Result<Film> {
        if let Some(url) = &new.webhook_url {
            self.check_url("webhook_url", url)?;
        }
        let mut film = self.new_film(tx, caller, new, batch_id).await?;
        if start == Start::Now {
            self.enqueue_film(tx, caller, &mut film).await?;
        }
        tx.insert_film(&film).await?;
        Ok(film)
    }

    /// Makes a film that has failed before anything was rendered, and tells of it.
    pub(crate) async fn insert_failed_film(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        new: NewFilm,
        failure: Failure,
        batch_id: Option<BatchId>,
    ) -> Result<Film> {
        let film = self.new_film(tx, caller, new, batch_id).await?;
        let finished_at = Some(film.created_at);
        let film = Film { state: FilmState::Failed, failure: Some(failure), finished_at, ..film };
        tx.insert_film(&film).await?;
        self.announce_film(tx, &film, FilmEvent::Failed).await?;
        Ok(film)
    }

    /// Describes a film as a draft; the caller writes the row.
    async fn new_film(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        mut new: NewFilm,
        batch_id: Option<BatchId>,
    ) -> Result<Film> {
        let now = self.now();
        new.name = without_nul(new.name);
        new.origin.correlation_id = without_nul(new.origin.correlation_id);
        Ok(Film {
            id: FilmId::random(self.entropy()),
            number: tx.take_numbers(new.kind.sequence(), 1).await?,
            account_id: caller.account_id.clone(),
            application_id: caller.application.id.clone(),
            door: new.door,
            kind: new.kind,
            name: new.name,
            state: FilmState::Draft,
            progress: 0,
            document: new.document,
            project: new.project.as_ref().map(|project| self.checked(project)).transpose()?,
            output: new.output,
            origin: new.origin,
            webhook_url: new.webhook_url,
            batch_id,
            sources: std::collections::BTreeMap::new(),
            warnings: new.warnings,
            job_id: None,
            charge_id: None,
            credits: 0,
            product: None,
            failure: None,
            created_at: now,
            updated_at: now,
            finished_at: None,
        })
    }

    /// Checks a scene document and writes it down.
    fn checked(&self, project: &Project) -> Result<Value> {
        project.validate(&self.limits().document).map_err(Error::Document)?;
        serde_json::to_value(project).map_err(|error| StoreError::new("write a scene document", error).into())
    }

    /// Reserves what a film costs and queues its first job; the caller writes the row.
    async fn enqueue_film(&self, tx: &mut dyn Transaction, caller: &Caller, film: &mut Film) -> Result<()> {
        let project = self.project_of(film)?;
        // What is fetched is fetched anew for a film that is rendered once more; what the account has is held from now on.
        film.sources = self.held_sources(tx, &film.account_id, &project).await?;
        self.check_queue(tx, &caller.account_id).await?;
        let api = Api { door: film.door, name: RENDER_API };
        let trace_id = TraceId::from_text(film.id.as_str());
        film.charge_id = self.reserve(tx, caller, api, &trace_id).await?;
        let price = tx.price(api.door.name(), api.name).await?.unwrap_or_default();
        film.credits = if film.charge_id.is_some() { price.0 } else { 0 };
        let film_id = film.id.clone();
        // The job that renders ends the reservation.
        let (kind, charge_id) = if remote_names(&project, &self.settings().public_url).is_empty() {
            (JobKind::RenderFilm { film_id, warnings: Vec::new() }, film.charge_id.clone())
        } else {
            (JobKind::FetchSources { film_id }, None)
        };
        film.job_id = Some(self.queue_paid_follow_up(tx, &film.account_id, kind, charge_id).await?);
        (film.state, film.progress, film.failure, film.finished_at) = (FilmState::Queued, 0, None, None);
        Ok(())
    }

    /// Renders a film that is a draft, or once more one that has ended; one that is under way goes on as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for a film without a scene document; as [`Self::create_film`].
    pub async fn start_film(&self, caller: &Caller, door: Door, id: &FilmId, change: FilmChange) -> Result<Film> {
        let mut tx = self.store().write().await?;
        let mut film = self.lock_film(tx.as_mut(), &caller.account_id, door, id).await?;
        if film.state.is_under_way() {
            return Ok(film);
        }
        self.apply(&mut film, change)?;
        self.discard_product(tx.as_mut(), &mut film).await?;
        self.enqueue_film(tx.as_mut(), caller, &mut film).await?;
        film.updated_at = self.now();
        tx.update_film(&film).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(film)
    }

    /// Changes a film. A change of the scene document stops a render under way and makes the film a draft without a file.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Document`]; [`Error::Invalid`].
    pub async fn change_film(&self, account: &AccountId, door: Door, id: &FilmId, change: FilmChange) -> Result<Film> {
        let mut tx = self.store().write().await?;
        let mut film = self.lock_film(tx.as_mut(), account, door, id).await?;
        let is_other = change.project.is_some();
        self.apply(&mut film, change)?;
        if is_other {
            self.stop_work(tx.as_mut(), &mut film).await?;
            self.discard_product(tx.as_mut(), &mut film).await?;
            (film.state, film.progress, film.failure, film.finished_at) = (FilmState::Draft, 0, None, None);
            self.end_row(tx.as_mut(), &film).await?;
        }
        film.updated_at = self.now();
        tx.update_film(&film).await?;
        tx.commit().await?;
        Ok(film)
    }

    /// Gives a draft that has no scene document yet one; a film that has one by now, or was started, stays as it is.
    ///
    /// # Errors
    /// As [`Self::change_film`].
    pub async fn fill_draft(&self, account: &AccountId, door: Door, id: &FilmId, change: FilmChange) -> Result<Film> {
        let mut tx = self.store().write().await?;
        let mut film = self.lock_film(tx.as_mut(), account, door, id).await?;
        if film.state == FilmState::Draft && film.project.is_none() {
            self.apply(&mut film, change)?;
            film.updated_at = self.now();
            tx.update_film(&film).await?;
            tx.commit().await?;
        }
        Ok(film)
    }

    fn apply(&self, film: &mut Film, change: FilmChange) -> Result<()> {
        if let Some(Some(url)) = &change.webhook_url {
            self.check_url("webhook_url", url)?;
        }
        if let Some(project) = &change.project {
            film.project = Some(self.checked(project)?);
            film.sources.clear();
        }
        film.name = change.name.map(without_nul).unwrap_or(std::mem::take(&mut film.name));
        film.document = change.document.unwrap_or_else(|| film.document.take());
        film.output = change.output.unwrap_or(std::mem::take(&mut film.output));
        film.origin = change.origin.unwrap_or(std::mem::take(&mut film.origin));
        film.warnings = change.warnings.unwrap_or(std::mem::take(&mut film.warnings));
        film.webhook_url = change.webhook_url.unwrap_or(film.webhook_url.take());
        Ok(())
    }

    /// Stops a film that is under way; one that has ended, or never began, stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cancel_film(&self, account: &AccountId, door: Door, id: &FilmId) -> Result<Film> {
        let mut tx = self.store().write().await?;
        let mut film = self.lock_film(tx.as_mut(), account, door, id).await?;
        if film.state.is_under_way() {
            self.stop_work(tx.as_mut(), &mut film).await?;
            film.state = FilmState::Cancelled;
            (film.updated_at, film.finished_at) = (self.now(), Some(self.now()));
            tx.update_film(&film).await?;
            self.end_row(tx.as_mut(), &film).await?;
            tx.commit().await?;
        }
        Ok(film)
    }

    /// Removes a film with its files; a render under way ends.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_film(&self, account: &AccountId, door: Door, id: &FilmId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let mut film = self.lock_film(tx.as_mut(), account, door, id).await?;
        self.stop_work(tx.as_mut(), &mut film).await?;
        self.discard_product(tx.as_mut(), &mut film).await?;
        self.end_row(tx.as_mut(), &film).await?;
        if !film.origin.webhook_id.is_empty() {
            // It was made for this film alone, unless it listens to others, too.
            let id = WebhookId::from_text(film.origin.webhook_id.as_str());
            if tx.webhook(account, &id).await?.is_some_and(|webhook| webhook.events.is_empty()) {
                tx.delete_webhook(account, &id).await?;
            }
        }
        tx.delete_film(account, id).await?;
        Ok(tx.commit().await?)
    }

    /// Gives the reservation back and forgets the job, whose worker finds out at its next beat.
    async fn stop_work(&self, tx: &mut dyn Transaction, film: &mut Film) -> Result<(), StoreError> {
        if film.state.is_under_way()
            && let Some(charge_id) = film.charge_id.take()
        {
            self.close_charge(tx, &charge_id, ChargeState::Released).await?;
        }
        film.job_id = None;
        Ok(())
    }

    /// Throws away the files of an earlier render.
    pub(crate) async fn discard_product(&self, tx: &mut dyn Transaction, film: &mut Film) -> Result<(), StoreError> {
        for key in film.product.take().iter().flat_map(|product| product.files.values()) {
            tx.throw_away(key, self.now()).await?;
        }
        Ok(())
    }

    async fn lock_film(&self, tx: &mut dyn Transaction, account: &AccountId, door: Door, id: &FilmId) -> Result<Film> {
        let found = tx.lock_film(account, id, self.now()).await?.filter(|film| film.door == door);
        found.ok_or_else(|| missing_film(id.as_str()))
    }

    /// Finds an account's film.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn film(&self, account: &AccountId, door: Door, id: &FilmId) -> Result<Film> {
        let found = self.store().read().await?.film(account, id).await?.filter(|film| film.door == door);
        found.ok_or_else(|| missing_film(id.as_str()))
    }

    /// Finds an account's film by its number.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn numbered_film(&self, account: &AccountId, door: Door, kind: FilmKind, number: i64) -> Result<Film> {
        let found = self.store().read().await?.numbered_film(account, door, kind, number).await?;
        found.ok_or_else(|| missing_film(&number.to_string()))
    }

    /// Lists an account's films, newest first.
    pub async fn films(&self, account: &AccountId, filter: &FilmFilter) -> Result<Listed<Film>> {
        let mut tx = self.store().read().await?;
        let rows = tx.films(account, filter).await?;
        Ok(Listed { rows, total: tx.count_films(account, filter).await? })
    }

    /// Reads a film's scene document.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a film that has none.
    pub fn project_of(&self, film: &Film) -> Result<Project> {
        let project =
            film.project.clone().ok_or_else(|| Error::Conflict("there is nothing to render yet".to_owned()))?;
        serde_json::from_value(project).map_err(|error| StoreError::new("read a scene document", error).into())
    }

    /// Returns the absolute link of one of a film's files by its extension (`mp4`, `jpg`, `vtt`, `srt`, `json`), once there is one.
    ///
    /// `mp4` stands for the video in whatever form it is.
    pub fn film_url(&self, film: &Film, extension: &str) -> Option<String> {
        let product = film.product.as_ref()?;
        let extension = if extension == "mp4" { product.video_extension() } else { extension };
        product.files.contains_key(extension).then(|| self.media_url(MediaKind::Film, film.id.as_str(), extension))
    }

    /// Makes a film and a draft with the same document, in one transaction; the film names the draft in its origin.
    ///
    /// # Errors
    /// As [`Self::create_film`].
    pub async fn create_film_with_draft(&self, caller: &Caller, mut new: NewFilm) -> Result<(Film, Film)> {
        let mut tx = self.store().write().await?;
        let draft = NewFilm { kind: FilmKind::Draft, webhook_url: None, ..new.clone() };
        let draft = self.insert_film(tx.as_mut(), caller, draft, Start::Later, None).await?;
        new.origin.draft_id = draft.id.to_string();
        let film = self.insert_film(tx.as_mut(), caller, new, Start::Now, None).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok((film, draft))
    }

    /// Counts finished films by the UTC day on which they were ordered, for days that have any, in order; removed films still count.
    pub async fn film_days(&self, account: &AccountId, filter: &FilmDayFilter) -> Result<Vec<FilmDay>> {
        Ok(self.store().read().await?.film_days(account, filter).await?)
    }

    /// Returns the absolute link of the page on which a film can be watched, from its creation on.
    pub fn watch_url(&self, id: &FilmId) -> String {
        format!("{}{}", self.settings().public_url, self.watch_path(id))
    }

    fn watch_path(&self, id: &FilmId) -> String {
        format!("/watch/{}/{id}", self.key().sign_link(&format!("watch/{id}")))
    }

    /// Follows a link made by [`Self::watch_url`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for a wrong signature as for a missing film.
    pub async fn watched_film(&self, signature: &str, id: &str) -> Result<Film> {
        let not_found = || missing_film(id);
        if !self.key().verifies_link(&format!("watch/{id}"), signature) {
            return Err(not_found());
        }
        self.store().read().await?.linked_film(&FilmId::from_text(id)).await?.ok_or_else(not_found)
    }

    /// Tells whether a job is still the one that its film waits for.
    pub(crate) fn is_current(film: &Film, job: &Job) -> bool {
        film.state.is_under_way() && film.job_id.as_ref() == Some(&job.id)
    }

    /// Queues work that follows from accepted work and is paid by its reservation.
    pub(crate) async fn queue_paid_follow_up(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        kind: JobKind,
        charge_id: Option<crate::ids::ChargeId>,
    ) -> Result<JobId, StoreError> {
        let job = self.new_job(JobId::random(self.entropy()), account, kind, charge_id);
        tx.insert_job(&job, None, job.created_at).await?;
        Ok(job.id)
    }
}

/// Takes out what PostgreSQL does not keep in a text.
pub(super) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

fn missing_film(id: &str) -> Error {
    Error::NotFound { what: "video", id: id.to_owned() }
}
