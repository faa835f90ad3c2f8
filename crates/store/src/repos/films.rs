//! Films.

use async_trait::async_trait;
use engine::film::{BatchId, Film, FilmDay, FilmDayFilter, FilmFilter, FilmId, FilmKind, FilmState, Films};
use engine::{AccountId, ApplicationId, ChargeId, Door, JobId, StoreError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, json, micros, opt_json, opt_time, parsed, time, to_json};
use crate::text::list_of;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The films that a filter lets through; `$4` lists states between commas.
macro_rules! filtered {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM films WHERE account_id = $1 AND door = $2 AND kind = $3 \
             AND ($4 = '' OR $4 LIKE '%,' || state || ',%') AND created_at >= $5 AND created_at < $6 \
             AND ($7 = '' OR correlation_id = $7)",
            $end
        )
    };
}

statements! {
    INSERT_FILM = "INSERT INTO films (id, name, state, progress, document, project, output, origin, correlation_id, \
        webhook_url, sources, warnings, job_id, charge_id, credits, product, failure, updated_at, finished_at, number, \
        account_id, application_id, door, kind, batch_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
        $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)";
    FILM = "SELECT * FROM films WHERE account_id = $1 AND id = $2";
    LOCK_FILM = "UPDATE films SET updated_at = $3 WHERE account_id = $1 AND id = $2 RETURNING *";
    NUMBERED_FILM = "SELECT * FROM films WHERE account_id = $1 AND door = $2 AND kind = $3 AND number = $4";
    LINKED_FILM = "SELECT * FROM films WHERE id = $1";
    FILMS = filtered!("*", " ORDER BY created_at DESC, number DESC LIMIT $8 OFFSET $9");
    OLDEST_FILMS = filtered!("*", " ORDER BY created_at, number LIMIT $8 OFFSET $9");
    COUNT_DAY = "INSERT INTO film_days (account_id, door, day, correlation_id, n_films, duration_ms) \
        VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (account_id, door, day, correlation_id) \
        DO UPDATE SET n_films = film_days.n_films + 1, duration_ms = film_days.duration_ms + excluded.duration_ms";
    FILM_DAYS = "SELECT day, CAST(SUM(n_films) AS BIGINT) AS n_films, CAST(SUM(duration_ms) AS BIGINT) AS duration_ms \
        FROM film_days WHERE account_id = $1 AND door = $2 AND day >= $3 AND day < $4 \
        AND ($5 = '' OR correlation_id = $5) GROUP BY day ORDER BY day LIMIT 4000";
    COUNT_FILMS = filtered!("COUNT(*)", "");
    UPDATE_FILM = "UPDATE films SET name = $2, state = $3, progress = $4, document = $5, project = $6, output = $7, \
        origin = $8, correlation_id = $9, webhook_url = $10, sources = $11, warnings = $12, job_id = $13, charge_id = $14, \
        credits = $15, product = $16, failure = $17, updated_at = $18, finished_at = $19 WHERE id = $1";
    SET_PROGRESS = "UPDATE films SET progress = $2, updated_at = $3 WHERE id = $1 AND state = 'running'";
    DELETE_FILM = "DELETE FROM films WHERE account_id = $1 AND id = $2";
}

#[async_trait]
impl Films for SqlTransaction {
    async fn insert_film(&mut self, film: &Film) -> Result<()> {
        let statement = bind_changing(INSERT_FILM, film)?
            .bind(film.number)
            .bind(film.account_id.as_str())
            .bind(film.application_id.as_str())
            .bind(film.door.name())
            .bind(film.kind.name())
            .bind(film.batch_id.as_ref().map(BatchId::as_str))
            .bind(film.created_at.as_micros());
        self.run("add a film", statement).await.map(|_| ())
    }

    async fn film(&mut self, account: &AccountId, id: &FilmId) -> Result<Option<Film>> {
        self.one("read a film", query(FILM).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn lock_film(&mut self, account: &AccountId, id: &FilmId, now: Timestamp) -> Result<Option<Film>> {
        let statement = query(LOCK_FILM).bind(account.as_str()).bind(id.as_str()).bind(now.as_micros());
        self.one("lock a film", statement).await
    }

    async fn numbered_film(
        &mut self,
        account: &AccountId,
        door: Door,
        kind: FilmKind,
        number: i64,
    ) -> Result<Option<Film>> {
        let statement = query(NUMBERED_FILM).bind(account.as_str()).bind(door.name()).bind(kind.name()).bind(number);
        self.one("read a film", statement).await
    }

    async fn linked_film(&mut self, id: &FilmId) -> Result<Option<Film>> {
        self.one("read a film", query(LINKED_FILM).bind(id.as_str())).await
    }

    async fn films(&mut self, account: &AccountId, filter: &FilmFilter) -> Result<Vec<Film>> {
        let sql = if filter.oldest_first { OLDEST_FILMS } else { FILMS };
        let statement =
            bind_filter(sql, account, filter).bind(i64::from(filter.page.limit)).bind(i64::from(filter.page.offset));
        self.all("list films", statement).await
    }

    async fn count_films(&mut self, account: &AccountId, filter: &FilmFilter) -> Result<i64> {
        self.count("count films", bind_filter(COUNT_FILMS, account, filter)).await
    }

    async fn update_film(&mut self, film: &Film) -> Result<()> {
        self.run("change a film", bind_changing(UPDATE_FILM, film)?).await.map(|_| ())
    }

    async fn set_film_progress(&mut self, id: &FilmId, progress: i64, now: Timestamp) -> Result<bool> {
        let statement = query(SET_PROGRESS).bind(id.as_str()).bind(progress).bind(now.as_micros());
        Ok(self.run("note a film's progress", statement).await? == 1)
    }

    async fn count_film_day(&mut self, film: &Film, duration_ms: i64) -> Result<()> {
        let statement = query(COUNT_DAY)
            .bind(film.account_id.as_str())
            .bind(film.door.name())
            .bind(film.created_at.day())
            .bind(film.origin.correlation_id.as_str())
            .bind(duration_ms);
        self.run("count a film", statement).await.map(|_| ())
    }

    async fn film_days(&mut self, account: &AccountId, filter: &FilmDayFilter) -> Result<Vec<FilmDay>> {
        let statement = query(FILM_DAYS)
            .bind(account.as_str())
            .bind(filter.door.name())
            .bind(filter.from.day())
            .bind(filter.to.day())
            .bind(filter.correlation_id.as_deref().unwrap_or_default());
        self.all("list days of films", statement).await
    }

    async fn delete_film(&mut self, account: &AccountId, id: &FilmId) -> Result<bool> {
        let statement = query(DELETE_FILM).bind(account.as_str()).bind(id.as_str());
        Ok(self.run("remove a film", statement).await? == 1)
    }
}

fn bind_filter(sql: &'static str, account: &AccountId, filter: &FilmFilter) -> Statement<'static> {
    query(sql)
        .bind(account.as_str().to_owned())
        .bind(filter.door.name())
        .bind(filter.kind.name())
        .bind(list_of(filter.states.iter().map(|state| state.name())))
        .bind(micros(filter.created_min).unwrap_or(i64::MIN))
        .bind(micros(filter.created_max).unwrap_or(i64::MAX))
        .bind(filter.correlation_id.clone().unwrap_or_default())
}

/// Binds the id and all that can change, which both statements name first.
fn bind_changing<'q>(sql: &'static str, film: &'q Film) -> Result<Statement<'q>> {
    const ACTION: &str = "write a film";
    let optional = |value: &Option<serde_json::Value>| value.as_ref().map(|value| to_json(ACTION, value)).transpose();
    Ok(query(sql)
        .bind(film.id.as_str())
        .bind(film.name.as_str())
        .bind(film.state.name())
        .bind(film.progress)
        .bind(to_json(ACTION, &film.document)?)
        .bind(optional(&film.project)?)
        .bind(to_json(ACTION, &film.output)?)
        .bind(to_json(ACTION, &film.origin)?)
        .bind(film.origin.correlation_id.as_str())
        .bind(film.webhook_url.as_deref())
        .bind(to_json(ACTION, &film.sources)?)
        .bind(to_json(ACTION, &film.warnings)?)
        .bind(film.job_id.as_ref().map(JobId::as_str))
        .bind(film.charge_id.as_ref().map(ChargeId::as_str))
        .bind(film.credits)
        .bind(film.product.as_ref().map(|product| to_json(ACTION, product)).transpose()?)
        .bind(film.failure.as_ref().map(|failure| to_json(ACTION, failure)).transpose()?)
        .bind(film.updated_at.as_micros())
        .bind(micros(film.finished_at)))
}

impl FromAnyRow for FilmDay {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            day: row.try_get("day")?,
            n_films: row.try_get("n_films")?,
            duration_ms: row.try_get("duration_ms")?,
        })
    }
}

impl FromAnyRow for Film {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: FilmId::from_text(row.try_get::<String, _>("id")?),
            number: row.try_get("number")?,
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            application_id: ApplicationId::from_text(row.try_get::<String, _>("application_id")?),
            door: parsed(row, "door")?,
            kind: parsed(row, "kind")?,
            name: row.try_get("name")?,
            state: parsed::<FilmState>(row, "state")?,
            progress: row.try_get("progress")?,
            document: json(row, "document")?,
            project: opt_json(row, "project")?,
            output: json(row, "output")?,
            origin: json(row, "origin")?,
            webhook_url: row.try_get("webhook_url")?,
            batch_id: row.try_get::<Option<String>, _>("batch_id")?.map(BatchId::from_text),
            sources: json(row, "sources")?,
            warnings: json(row, "warnings")?,
            job_id: row.try_get::<Option<String>, _>("job_id")?.map(JobId::from_text),
            charge_id: row.try_get::<Option<String>, _>("charge_id")?.map(ChargeId::from_text),
            credits: row.try_get("credits")?,
            product: opt_json(row, "product")?,
            failure: opt_json(row, "failure")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
            finished_at: opt_time(row, "finished_at")?,
        })
    }
}
