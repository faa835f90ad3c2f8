//! Containers.

use async_trait::async_trait;
use engine::recognition::{Container, ContainerFilter, ContainerId, Containers};
use engine::{AccountId, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, json, time, to_json};
use crate::text::{contains_pattern, fold};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The containers that a filter lets through.
macro_rules! filtered {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM containers WHERE account_id = $1 AND (CAST($2 AS TEXT) IS NULL OR region = $2) \
             AND search_name LIKE $3 ESCAPE '\\'",
            $end
        )
    };
}

statements! {
    INSERT_CONTAINER = "INSERT INTO containers (id, name, search_name, audio_type, engine, policy, callback_url, options, \
        bucket_ids, updated_at, account_id, region, n_scans, n_bytes, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    CONTAINER = "SELECT * FROM containers WHERE account_id = $1 AND id = $2";
    LOCK_CONTAINER = "UPDATE containers SET updated_at = updated_at WHERE account_id = $1 AND id = $2 RETURNING *";
    CONTAINERS = filtered!("*", " ORDER BY id LIMIT $4 OFFSET $5");
    COUNT_CONTAINERS = filtered!("COUNT(*)", "");
    UPDATE_CONTAINER = "UPDATE containers SET name = $2, search_name = $3, audio_type = $4, engine = $5, policy = $6, \
        callback_url = $7, options = $8, bucket_ids = $9, updated_at = $10 WHERE id = $1";
    COUNT_IN_CONTAINER = "UPDATE containers SET n_scans = n_scans + $2, n_bytes = n_bytes + $3 WHERE id = $1";
    DELETE_UPLOADS = "DELETE FROM held_uploads WHERE container_id = (SELECT id FROM containers \
        WHERE account_id = $1 AND id = $2)";
    DELETE_CONTAINER = "DELETE FROM containers WHERE account_id = $1 AND id = $2";
}

#[async_trait]
impl Containers for SqlTransaction {
    async fn insert_container(&mut self, container: &Container) -> Result<()> {
        let statement = bind_changing(INSERT_CONTAINER, container)?
            .bind(container.account_id.as_str())
            .bind(container.region.as_str())
            .bind(container.n_scans)
            .bind(container.n_bytes)
            .bind(container.created_at.as_micros());
        self.run("add a container", statement).await.map(|_| ())
    }

    async fn container(&mut self, account: &AccountId, id: ContainerId) -> Result<Option<Container>> {
        self.one("read a container", query(CONTAINER).bind(account.as_str()).bind(id.0)).await
    }

    async fn lock_container(&mut self, account: &AccountId, id: ContainerId) -> Result<Option<Container>> {
        self.one("lock a container", query(LOCK_CONTAINER).bind(account.as_str()).bind(id.0)).await
    }

    async fn containers(&mut self, account: &AccountId, filter: &ContainerFilter) -> Result<Vec<Container>> {
        let statement = bind_filter(CONTAINERS, account, filter)
            .bind(i64::from(filter.page.limit))
            .bind(i64::from(filter.page.offset));
        self.all("list containers", statement).await
    }

    async fn count_containers(&mut self, account: &AccountId, filter: &ContainerFilter) -> Result<i64> {
        self.count("count containers", bind_filter(COUNT_CONTAINERS, account, filter)).await
    }

    async fn update_container(&mut self, container: &Container) -> Result<()> {
        self.run("change a container", bind_changing(UPDATE_CONTAINER, container)?).await.map(|_| ())
    }

    async fn count_in_container(&mut self, id: ContainerId, n_scans: i64, n_bytes: i64) -> Result<()> {
        let statement = query(COUNT_IN_CONTAINER).bind(id.0).bind(n_scans).bind(n_bytes);
        self.run("count a container's recordings", statement).await.map(|_| ())
    }

    async fn delete_container(&mut self, account: &AccountId, id: ContainerId) -> Result<bool> {
        let uploads = query(DELETE_UPLOADS).bind(account.as_str()).bind(id.0);
        self.run("remove a container's uploads", uploads).await?;
        let statement = query(DELETE_CONTAINER).bind(account.as_str()).bind(id.0);
        Ok(self.run("remove a container", statement).await? == 1)
    }
}

fn bind_filter<'q>(sql: &'static str, account: &'q AccountId, filter: &'q ContainerFilter) -> Statement<'q> {
    query(sql).bind(account.as_str()).bind(filter.region.as_deref()).bind(contains_pattern(&filter.name))
}

/// Binds the id and all that can change, which both statements name first.
fn bind_changing<'q>(sql: &'static str, container: &'q Container) -> Result<Statement<'q>> {
    Ok(query(sql)
        .bind(container.id.0)
        .bind(container.name.as_str())
        .bind(fold(&container.name))
        .bind(container.audio_type.as_str())
        .bind(container.engine)
        .bind(to_json("write a container's policy", &container.policy)?)
        .bind(container.callback_url.as_deref())
        .bind(to_json("write a container's options", &container.options)?)
        .bind(to_json("write a container's buckets", &container.bucket_ids)?)
        .bind(container.updated_at.as_micros()))
}

impl FromAnyRow for Container {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: ContainerId(row.try_get("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            name: row.try_get("name")?,
            region: row.try_get("region")?,
            audio_type: row.try_get("audio_type")?,
            engine: row.try_get("engine")?,
            policy: json(row, "policy")?,
            callback_url: row.try_get("callback_url")?,
            options: json(row, "options")?,
            bucket_ids: json(row, "bucket_ids")?,
            n_scans: row.try_get("n_scans")?,
            n_bytes: row.try_get("n_bytes")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
