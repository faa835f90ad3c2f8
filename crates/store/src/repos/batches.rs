//! Batches and their rows.

use async_trait::async_trait;
use engine::film::{Batch, BatchId, BatchRow, BatchRowState, Batches, FilmId};
use engine::{AccountId, CredentialId, Page, StoreError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, json, micros, opt_time, parsed, time, to_json};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_BATCH = "INSERT INTO batches (id, account_id, credential_id, door, name, template, output, webhook_url, n_rows, \
        created_at, updated_at, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)";
    INSERT_ROW = "INSERT INTO batch_rows (batch_id, position, variables, state, film_id, failure) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    BATCH = "SELECT * FROM batches WHERE account_id = $1 AND id = $2";
    LOCK_BATCH = "UPDATE batches SET updated_at = $2 WHERE id = $1 RETURNING *";
    BATCHES = "SELECT * FROM batches WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3";
    UNFINISHED_BATCHES = "SELECT * FROM batches WHERE finished_at IS NULL ORDER BY created_at LIMIT $1";
    UPDATE_BATCH = "UPDATE batches SET finished_at = $2 WHERE id = $1";
    BATCH_ROWS = "SELECT * FROM batch_rows WHERE batch_id = $1 AND ($2 = '' OR state = $2) \
        ORDER BY position LIMIT $3 OFFSET $4";
    COUNT_ROWS = "SELECT state, COUNT(*) AS n FROM batch_rows WHERE batch_id = $1 GROUP BY state";
    ROW_OF_FILM = "SELECT * FROM batch_rows WHERE batch_id = $1 AND film_id = $2";
    UPDATE_ROW = "UPDATE batch_rows SET state = $3, film_id = $4, failure = $5 WHERE batch_id = $1 AND position = $2";
}

#[async_trait]
impl Batches for SqlTransaction {
    async fn insert_batch(&mut self, batch: &Batch) -> Result<()> {
        const ACTION: &str = "add a batch";
        let statement = query(INSERT_BATCH)
            .bind(batch.id.as_str())
            .bind(batch.account_id.as_str())
            .bind(batch.credential_id.as_str())
            .bind(batch.door.name())
            .bind(batch.name.as_str())
            .bind(to_json(ACTION, &batch.template)?)
            .bind(to_json(ACTION, &batch.output)?)
            .bind(batch.webhook_url.as_deref())
            .bind(batch.n_rows)
            .bind(batch.created_at.as_micros())
            .bind(micros(batch.finished_at));
        self.run(ACTION, statement).await.map(|_| ())
    }

    async fn insert_batch_rows(&mut self, rows: &[BatchRow]) -> Result<()> {
        const ACTION: &str = "add a row of a batch";
        for row in rows {
            let statement = query(INSERT_ROW)
                .bind(row.batch_id.as_str())
                .bind(row.row)
                .bind(to_json(ACTION, &row.variables)?)
                .bind(row.state.name())
                .bind(row.film_id.as_ref().map(FilmId::as_str))
                .bind(row.failure.as_str());
            self.run(ACTION, statement).await?;
        }
        Ok(())
    }

    async fn batch(&mut self, account: &AccountId, id: &BatchId) -> Result<Option<Batch>> {
        self.one("read a batch", query(BATCH).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn lock_batch(&mut self, id: &BatchId, now: Timestamp) -> Result<Option<Batch>> {
        self.one("lock a batch", query(LOCK_BATCH).bind(id.as_str()).bind(now.as_micros())).await
    }

    async fn batches(&mut self, account: &AccountId, page: Page) -> Result<Vec<Batch>> {
        let statement = query(BATCHES).bind(account.as_str()).bind(i64::from(page.limit)).bind(i64::from(page.offset));
        self.all("list batches", statement).await
    }

    async fn update_batch(&mut self, batch: &Batch) -> Result<()> {
        let statement = query(UPDATE_BATCH).bind(batch.id.as_str()).bind(micros(batch.finished_at));
        self.run("change a batch", statement).await.map(|_| ())
    }

    async fn batch_rows(&mut self, id: &BatchId, state: Option<BatchRowState>, page: Page) -> Result<Vec<BatchRow>> {
        let statement = query(BATCH_ROWS)
            .bind(id.as_str())
            .bind(state.map_or("", BatchRowState::name))
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset));
        self.all("list the rows of a batch", statement).await
    }

    async fn count_batch_rows(&mut self, id: &BatchId) -> Result<Vec<(BatchRowState, i64)>> {
        let counts: Vec<StateCount> =
            self.all("count the rows of a batch", query(COUNT_ROWS).bind(id.as_str())).await?;
        Ok(counts.into_iter().map(|count| (count.state, count.n_rows)).collect())
    }

    async fn batch_row_of_film(&mut self, id: &BatchId, film: &FilmId) -> Result<Option<BatchRow>> {
        self.one("read a row of a batch", query(ROW_OF_FILM).bind(id.as_str()).bind(film.as_str())).await
    }

    async fn update_batch_row(&mut self, row: &BatchRow) -> Result<()> {
        let statement = query(UPDATE_ROW)
            .bind(row.batch_id.as_str())
            .bind(row.row)
            .bind(row.state.name())
            .bind(row.film_id.as_ref().map(FilmId::as_str))
            .bind(row.failure.as_str());
        self.run("change a row of a batch", statement).await.map(|_| ())
    }

    async fn unfinished_batches(&mut self, limit: u32) -> Result<Vec<Batch>> {
        self.all("list batches", query(UNFINISHED_BATCHES).bind(i64::from(limit))).await
    }
}

struct StateCount {
    state: BatchRowState,
    n_rows: i64,
}

impl FromAnyRow for StateCount {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self { state: parsed(row, "state")?, n_rows: row.try_get("n")? })
    }
}

impl FromAnyRow for Batch {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: BatchId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            credential_id: CredentialId::from_text(row.try_get::<String, _>("credential_id")?),
            door: parsed(row, "door")?,
            name: row.try_get("name")?,
            template: json(row, "template")?,
            output: json(row, "output")?,
            webhook_url: row.try_get("webhook_url")?,
            n_rows: row.try_get("n_rows")?,
            created_at: time(row, "created_at")?,
            finished_at: opt_time(row, "finished_at")?,
        })
    }
}

impl FromAnyRow for BatchRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            batch_id: BatchId::from_text(row.try_get::<String, _>("batch_id")?),
            row: row.try_get("position")?,
            variables: json(row, "variables")?,
            state: parsed(row, "state")?,
            film_id: row.try_get::<Option<String>, _>("film_id")?.map(FilmId::from_text),
            failure: row.try_get("failure")?,
        })
    }
}
