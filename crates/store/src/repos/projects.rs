//! Projects and their usage.

use async_trait::async_trait;
use engine::recognition::{DayUsage, Project, ProjectFilter, ProjectId, Projects};
use engine::{AccountId, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, broken, json, time, to_json};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The projects that a filter lets through.
macro_rules! filtered {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM projects WHERE account_id = $1 AND (CAST($2 AS TEXT) IS NULL OR region = $2) \
             AND (CAST($3 AS TEXT) IS NULL OR kind = $3)",
            $end
        )
    };
}

statements! {
    INSERT_PROJECT = "INSERT INTO projects (id, account_id, name, region, kind, audio_type, external_ids, access_key, \
        sealed_secret, day_limit, total_limit, bucket_ids, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    PROJECT = "SELECT * FROM projects WHERE account_id = $1 AND id = $2";
    PROJECT_BY_KEY = "SELECT * FROM projects WHERE access_key = $1";
    PROJECTS = filtered!("*", " ORDER BY id LIMIT $4 OFFSET $5");
    COUNT_PROJECTS = filtered!("COUNT(*)", "");
    UPDATE_PROJECT = "UPDATE projects SET name = $2, audio_type = $3, external_ids = $4, day_limit = $5, \
        total_limit = $6, bucket_ids = $7, updated_at = $8 WHERE id = $1";
    DELETE_PROJECT = "DELETE FROM projects WHERE account_id = $1 AND id = $2";
    DELETE_USAGE = "DELETE FROM project_usage WHERE project_id = $1";
    // Nothing is counted for a project that is gone.
    ADD_USAGE = "INSERT INTO project_usage (project_id, day, n_hits, n_misses) \
        SELECT id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM projects WHERE id = $1 \
        ON CONFLICT (project_id, day) DO UPDATE SET n_hits = project_usage.n_hits + excluded.n_hits, \
        n_misses = project_usage.n_misses + excluded.n_misses";
    USAGE = "SELECT day, n_hits, n_misses FROM project_usage WHERE project_id = $1 AND day BETWEEN $2 AND $3 \
        ORDER BY day LIMIT $4";
    USAGE_TOTALS = "SELECT CAST(COALESCE(SUM(CASE WHEN day = $2 THEN n_hits + n_misses ELSE 0 END), 0) AS BIGINT) \
        AS of_day, CAST(COALESCE(SUM(n_hits + n_misses), 0) AS BIGINT) AS ever FROM project_usage WHERE project_id = $1";
}

#[async_trait]
impl Projects for SqlTransaction {
    async fn insert_project(&mut self, project: &Project) -> Result<()> {
        let statement = query(INSERT_PROJECT)
            .bind(project.id.0)
            .bind(project.account_id.as_str())
            .bind(project.name.as_str())
            .bind(project.region.as_str())
            .bind(project.kind.as_str())
            .bind(project.audio_type.as_str())
            .bind(to_json("write a project's external ids", &project.external_ids)?)
            .bind(project.access_key.as_str())
            .bind(hex::encode(&project.sealed_secret))
            .bind(project.day_limit)
            .bind(project.total_limit)
            .bind(to_json("write a project's buckets", &project.bucket_ids)?)
            .bind(project.created_at.as_micros())
            .bind(project.updated_at.as_micros());
        self.run("add a project", statement).await.map(|_| ())
    }

    async fn project(&mut self, account: &AccountId, id: ProjectId) -> Result<Option<Project>> {
        self.one("read a project", query(PROJECT).bind(account.as_str()).bind(id.0)).await
    }

    async fn project_by_key(&mut self, access_key: &str) -> Result<Option<Project>> {
        self.one("read a project", query(PROJECT_BY_KEY).bind(access_key)).await
    }

    async fn projects(&mut self, account: &AccountId, filter: &ProjectFilter) -> Result<Vec<Project>> {
        let statement = bind_filter(PROJECTS, account, filter)
            .bind(i64::from(filter.page.limit))
            .bind(i64::from(filter.page.offset));
        self.all("list projects", statement).await
    }

    async fn count_projects(&mut self, account: &AccountId, filter: &ProjectFilter) -> Result<i64> {
        self.count("count projects", bind_filter(COUNT_PROJECTS, account, filter)).await
    }

    async fn update_project(&mut self, project: &Project) -> Result<()> {
        let statement = query(UPDATE_PROJECT)
            .bind(project.id.0)
            .bind(project.name.as_str())
            .bind(project.audio_type.as_str())
            .bind(to_json("write a project's external ids", &project.external_ids)?)
            .bind(project.day_limit)
            .bind(project.total_limit)
            .bind(to_json("write a project's buckets", &project.bucket_ids)?)
            .bind(project.updated_at.as_micros());
        self.run("change a project", statement).await.map(|_| ())
    }

    async fn delete_project(&mut self, account: &AccountId, id: ProjectId) -> Result<bool> {
        let statement = query(DELETE_PROJECT).bind(account.as_str()).bind(id.0);
        if self.run("remove a project", statement).await? == 0 {
            return Ok(false);
        }
        self.run("remove a project's usage", query(DELETE_USAGE).bind(id.0)).await?;
        Ok(true)
    }

    async fn add_usage(&mut self, id: ProjectId, usage: &DayUsage) -> Result<()> {
        let statement = query(ADD_USAGE).bind(id.0).bind(usage.day.as_str()).bind(usage.n_hits).bind(usage.n_misses);
        self.run("count searches", statement).await.map(|_| ())
    }

    async fn usage(&mut self, id: ProjectId, from_day: &str, to_day: &str, limit: u32) -> Result<Vec<DayUsage>> {
        let statement = query(USAGE).bind(id.0).bind(from_day).bind(to_day).bind(i64::from(limit));
        self.all("list a project's usage", statement).await
    }

    async fn usage_totals(&mut self, id: ProjectId, day: &str) -> Result<(i64, i64)> {
        let totals: Option<Totals> =
            self.one("sum a project's usage", query(USAGE_TOTALS).bind(id.0).bind(day)).await?;
        Ok(totals.map_or((0, 0), |totals| (totals.of_day, totals.ever)))
    }
}

fn bind_filter<'q>(sql: &'static str, account: &'q AccountId, filter: &'q ProjectFilter) -> Statement<'q> {
    query(sql).bind(account.as_str()).bind(filter.region.as_deref()).bind(filter.kind.as_deref())
}

impl FromAnyRow for Project {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let sealed: String = row.try_get("sealed_secret")?;
        Ok(Self {
            id: ProjectId(row.try_get("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            name: row.try_get("name")?,
            region: row.try_get("region")?,
            kind: row.try_get("kind")?,
            audio_type: row.try_get("audio_type")?,
            external_ids: json(row, "external_ids")?,
            access_key: row.try_get("access_key")?,
            sealed_secret: hex::decode(sealed).map_err(|error| broken("sealed_secret", error))?,
            day_limit: row.try_get("day_limit")?,
            total_limit: row.try_get("total_limit")?,
            bucket_ids: json(row, "bucket_ids")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}

impl FromAnyRow for DayUsage {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self { day: row.try_get("day")?, n_hits: row.try_get("n_hits")?, n_misses: row.try_get("n_misses")? })
    }
}

struct Totals {
    of_day: i64,
    ever: i64,
}

impl FromAnyRow for Totals {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self { of_day: row.try_get("of_day")?, ever: row.try_get("ever")? })
    }
}
