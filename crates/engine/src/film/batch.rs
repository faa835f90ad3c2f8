//! Batches: a film of every row of a table, a few at a time, so that thousands of rows keep nobody else waiting.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stage::document::Template;

use super::life::{NewFilm, Start};
use super::row::{Film, FilmId, FilmKind, FilmOrigin, FilmState, Output, hex_id, named};
use crate::access::{Api, Caller, Door, Presented};
use crate::ids::{AccountId, CredentialId};
use crate::job::{Failure, FailureCode};
use crate::signals::Signal;
use crate::store::{Page, Transaction};
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// Rows of one batch.
const ROWS_MAX: usize = 20_000;
/// Rows of which one must be fit for a film, or the whole table is refused at once.
const ROWS_CHECKED: usize = 100;
/// Rows that are begun, or fail at once, before others have their turn.
const ROWS_PER_FEED: usize = 1000;
/// Longest name of a batch, in characters.
const NAME_CHARS_MAX: usize = 400;
/// The API that credentials need for batches.
const BATCH_API: &str = "batches";
/// Rows that are written by one statement after another in one go.
const ROWS_PER_INSERT: usize = 500;

hex_id! {
    /// Names a batch.
    BatchId,
}

named! {
    /// How a row stands.
    BatchRowState {
        /// Not begun.
        Waiting = "waiting",
        /// Its film is under way.
        Running = "running",
        /// Its film is ready.
        Done = "done",
        /// It could not be made.
        Failed = "failed",
    }
}

/// A table that films are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Identifier.
    pub id: BatchId,
    /// The tenant.
    pub account_id: AccountId,
    /// The credential that ordered it, whose application pays.
    pub credential_id: CredentialId,
    /// The door whose words are used for webhooks.
    pub door: Door,
    /// What people call it.
    pub name: String,
    /// The scene document with placeholders.
    pub template: Value,
    /// What the films are rendered to.
    pub output: Output,
    /// Where to post how each film ends.
    pub webhook_url: Option<String>,
    /// Rows.
    pub n_rows: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last row ended.
    pub finished_at: Option<Timestamp>,
}

/// A row of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRow {
    /// The batch.
    pub batch_id: BatchId,
    /// Its place in the table, from 1.
    pub row: i64,
    /// Its values by column.
    pub variables: BTreeMap<String, String>,
    /// How it stands.
    pub state: BatchRowState,
    /// Its film, once begun.
    pub film_id: Option<FilmId>,
    /// Why it could not be made, for people.
    pub failure: String,
}

/// A batch to be made.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// The door whose words are used for webhooks.
    pub door: Door,
    /// What people call it.
    pub name: String,
    /// The scene document with placeholders.
    pub template: Value,
    /// What the films are rendered to.
    pub output: Output,
    /// Where to post how each film ends.
    pub webhook_url: Option<String>,
    /// The table.
    pub rows: Vec<BTreeMap<String, String>>,
}

impl Engine {
    /// Takes a table; its films are made a few at a time.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a table that is empty or too long, or a webhook URL that is none; [`Error::Document`] when none of its first
    /// rows fits the template. Otherwise a row that does not fit fails by itself.
    pub async fn create_batch(&self, caller: &Caller, new: NewBatch) -> Result<Batch> {
        if new.rows.is_empty() || new.rows.len() > ROWS_MAX {
            return Err(Error::Invalid { field: "rows", reason: format!("must be 1 to {ROWS_MAX} rows") });
        }
        if new.name.chars().count() > NAME_CHARS_MAX || new.name.chars().any(char::is_control) {
            return Err(Error::Invalid {
                field: "name",
                reason: format!("must have at most {NAME_CHARS_MAX} characters, and no control characters"),
            });
        }
        // Said at once, rather than by every row.
        self.check_template(&new)?;
        if let Some(url) = &new.webhook_url {
            self.check_post_url("webhook_url", url).await?;
        }
        let batch = Batch {
            id: BatchId::random(self.entropy()),
            account_id: caller.account_id.clone(),
            credential_id: caller.credential.id.clone(),
            door: new.door,
            name: new.name,
            template: new.template,
            output: new.output,
            webhook_url: new.webhook_url,
            n_rows: i64::try_from(new.rows.len()).unwrap_or(i64::MAX),
            created_at: self.now(),
            finished_at: None,
        };
        let rows: Vec<BatchRow> =
            (1..).zip(new.rows).map(|(row, variables)| waiting(&batch.id, row, variables)).collect();
        let mut tx = self.store().write().await?;
        tx.insert_batch(&batch).await?;
        for rows in rows.chunks(ROWS_PER_INSERT) {
            tx.insert_batch_rows(rows).await?;
        }
        tx.commit().await?;
        if let Err(error) = self.feed_batch(&batch).await {
            // The batch is there; housekeeping looks after it.
            tracing::warn!(error = &error as &dyn std::error::Error, batch.id = %batch.id, "cannot begin a batch");
        }
        Ok(batch)
    }

    /// Checks a template by the first rows: one of them must be fit for a film.
    fn check_template(&self, new: &NewBatch) -> Result<()> {
        let template = Template::from_value(new.template.clone()).map_err(Error::Document)?;
        let mut first_error = None;
        for row in new.rows.iter().take(ROWS_CHECKED) {
            match template.fill(row).and_then(|project| project.validate(&self.limits().document)) {
                Ok(()) => return Ok(()),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        first_error.map_or(Ok(()), |error| Err(Error::Document(error)))
    }

    /// Stops a batch: rows that are not begun stay unmade, films under way are stopped; what is done stays.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn stop_batch(&self, account: &AccountId, id: &BatchId) -> Result<Batch> {
        let batch = self.batch(account, id).await?;
        self.give_up(&batch, "the batch was stopped").await?;
        let page = Page { limit: self.limits().page_rows_max, offset: 0 };
        for row in self.batch_rows(&batch, Some(BatchRowState::Running), page).await? {
            if let Some(film_id) = &row.film_id {
                self.cancel_film(account, batch.door, film_id).await?;
            }
        }
        self.batch(account, id).await
    }

    /// Finds an account's batch.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn batch(&self, account: &AccountId, id: &BatchId) -> Result<Batch> {
        let found = self.store().read().await?.batch(account, id).await?;
        found.ok_or_else(|| Error::NotFound { what: "batch", id: id.to_string() })
    }

    /// Lists an account's batches, newest first.
    pub async fn batches(&self, account: &AccountId, page: Page) -> Result<Vec<Batch>> {
        Ok(self.store().read().await?.batches(account, page).await?)
    }

    /// Counts a batch's rows by state.
    pub async fn batch_counts(&self, batch: &Batch) -> Result<Vec<(BatchRowState, i64)>> {
        Ok(self.store().read().await?.count_batch_rows(&batch.id).await?)
    }

    /// Lists a batch's rows in their order, of one state or of all.
    pub async fn batch_rows(&self, batch: &Batch, state: Option<BatchRowState>, page: Page) -> Result<Vec<BatchRow>> {
        Ok(self.store().read().await?.batch_rows(&batch.id, state, page).await?)
    }

    /// Feeds every batch that waits for its next rows; for whoever keeps house.
    pub(crate) async fn feed_batches(&self) -> Result<()> {
        let waiting = self.store().read().await?.unfinished_batches(self.limits().page_rows_max).await?;
        for batch in waiting {
            self.feed_batch(&batch).await?;
        }
        Ok(())
    }

    /// Begins as many rows as the window has room for, and ends the batch after the last.
    pub(crate) async fn feed_batch(&self, batch: &Batch) -> Result<()> {
        let Some(caller) = self.caller_of(batch).await? else {
            return self.give_up(batch, "the credential that ordered it no longer works").await;
        };
        let mut has_begun = false;
        // Rows that fail at once do not fill the window; others have their turn in between all the same.
        for _ in 0..ROWS_PER_FEED {
            let mut tx = self.store().write().await?;
            let Some(mut batch) = tx.lock_batch(&batch.id, self.now()).await? else { return Ok(()) };
            let counts: BTreeMap<_, _> = tx.count_batch_rows(&batch.id).await?.into_iter().collect();
            let n_in = |state| counts.get(&state).copied().unwrap_or_default();
            if n_in(BatchRowState::Waiting) == 0 {
                if n_in(BatchRowState::Running) == 0 && batch.finished_at.is_none() {
                    batch.finished_at = Some(self.now());
                    tx.update_batch(&batch).await?;
                    tx.commit().await?;
                }
                break;
            }
            if n_in(BatchRowState::Running) >= self.limits().batch_window {
                break;
            }
            let next = tx.batch_rows(&batch.id, Some(BatchRowState::Waiting), Page { limit: 1, offset: 0 }).await?;
            let Some(row) = next.into_iter().next() else { break };
            let Some(row) = self.begin_row(tx.as_mut(), &caller, &batch, row).await? else { break };
            tx.update_batch_row(&row).await?;
            tx.commit().await?;
            has_begun = true;
        }
        if has_begun {
            self.signals().publish(Signal::JobQueued);
        }
        Ok(())
    }

    /// Makes the film of a row, one that has failed at once if there can be no other; nothing for a row that has to wait.
    async fn begin_row(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        batch: &Batch,
        mut row: BatchRow,
    ) -> Result<Option<BatchRow>> {
        let new = NewFilm {
            door: batch.door,
            kind: FilmKind::Video,
            name: batch.name.clone(),
            document: serde_json::json!({ "variables": row.variables }),
            project: None,
            output: batch.output.clone(),
            origin: FilmOrigin { correlation_id: row.row.to_string(), ..FilmOrigin::default() },
            webhook_url: batch.webhook_url.clone(),
            warnings: Vec::new(),
        };
        let filled = Template::from_value(batch.template.clone()).and_then(|template| template.fill(&row.variables));
        let made = match filled {
            Ok(project) => {
                let new = NewFilm { name: project.name.clone(), project: Some(project), ..new.clone() };
                self.insert_film(tx, caller, new, Start::Now, Some(batch.id.clone())).await
            }
            Err(reason) => Err(Error::Document(reason)),
        };
        match made {
            Ok(film) => {
                (row.state, row.film_id) = (BatchRowState::Running, Some(film.id));
                Ok(Some(row))
            }
            Err(error @ (Error::Store(_) | Error::Blob(_))) => Err(error),
            // Both pass: the queue gets shorter, and the operator grants credits.
            Err(Error::QueueFull { .. } | Error::InsufficientBalance) => Ok(None),
            Err(error) => {
                let failure = Failure::new(FailureCode::BadMedia, error.to_string());
                let film = self.insert_failed_film(tx, caller, new, failure, Some(batch.id.clone())).await?;
                row.film_id = Some(film.id);
                Ok(Some(failed(row, error.to_string())))
            }
        }
    }

    /// Notes how the film of a row ended.
    pub(crate) async fn end_row(&self, tx: &mut dyn Transaction, film: &Film) -> Result<()> {
        let Some(batch_id) = &film.batch_id else { return Ok(()) };
        let Some(mut row) = tx.batch_row_of_film(batch_id, &film.id).await? else { return Ok(()) };
        row.state = if film.state == FilmState::Done { BatchRowState::Done } else { BatchRowState::Failed };
        row.failure = match film.state {
            FilmState::Done => String::new(),
            FilmState::Failed => film.failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default(),
            FilmState::Draft | FilmState::Queued | FilmState::Running | FilmState::Cancelled => {
                "the video was stopped or removed".to_owned()
            }
        };
        Ok(tx.update_batch_row(&row).await?)
    }

    async fn give_up(&self, batch: &Batch, reason: &str) -> Result<()> {
        let mut tx = self.store().write().await?;
        let Some(mut batch) = tx.lock_batch(&batch.id, self.now()).await? else { return Ok(()) };
        if batch.finished_at.is_some() {
            return Ok(());
        }
        loop {
            let page = Page { limit: self.limits().page_rows_max, offset: 0 };
            let rows = tx.batch_rows(&batch.id, Some(BatchRowState::Waiting), page).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                tx.update_batch_row(&failed(row, reason)).await?;
            }
        }
        batch.finished_at = Some(self.now());
        tx.update_batch(&batch).await?;
        Ok(tx.commit().await?)
    }

    /// Finds who ordered a batch, as long as they may.
    async fn caller_of(&self, batch: &Batch) -> Result<Option<Caller>> {
        let mut tx = self.store().read().await?;
        let Some(credential) = tx.any_credential(&batch.credential_id).await? else { return Ok(None) };
        let presented = Presented { secret: "", origin_host: None };
        match self.admit(tx.as_mut(), credential, presented, Api { door: batch.door, name: BATCH_API }).await {
            Ok(caller) => Ok(Some(caller)),
            Err(Error::Auth(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn waiting(batch_id: &BatchId, row: i64, variables: BTreeMap<String, String>) -> BatchRow {
    BatchRow {
        batch_id: batch_id.clone(),
        row,
        variables,
        state: BatchRowState::Waiting,
        film_id: None,
        failure: String::new(),
    }
}

fn failed(mut row: BatchRow, reason: impl Into<String>) -> BatchRow {
    (row.state, row.failure) = (BatchRowState::Failed, reason.into());
    row
}
