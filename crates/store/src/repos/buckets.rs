//! Buckets.

use async_trait::async_trait;
use engine::recognition::{Bucket, BucketFilter, BucketId, Buckets, Reach};
use engine::{AccountId, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, broken, json, time, to_json};
use crate::text::{contains_pattern, fold};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The buckets that a filter lets through.
macro_rules! filtered {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM buckets WHERE account_id = $1 AND (CAST($2 AS TEXT) IS NULL OR region = $2) \
             AND search_name LIKE $3 ESCAPE '\\'",
            $end
        )
    };
}

statements! {
    INSERT_BUCKET = "INSERT INTO buckets (id, account_id, name, search_name, region, reach, labels, metadata_template, \
        n_files, n_ready, n_failed, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    BUCKET = "SELECT * FROM buckets WHERE account_id = $1 AND id = $2";
    ANY_BUCKET = "SELECT * FROM buckets WHERE id = $1";
    LOCK_BUCKET = "UPDATE buckets SET updated_at = updated_at WHERE account_id = $1 AND id = $2 RETURNING *";
    BUCKETS = filtered!("*", " ORDER BY id LIMIT $4 OFFSET $5");
    COUNT_BUCKETS = filtered!("COUNT(*)", "");
    UPDATE_BUCKET = "UPDATE buckets SET name = $2, search_name = $3, labels = $4, metadata_template = $5, \
        updated_at = $6 WHERE id = $1";
    COUNT_IN_BUCKET = "UPDATE buckets SET n_files = n_files + $2, n_ready = n_ready + $3, n_failed = n_failed + $4 \
        WHERE id = $1";
    DELETE_BUCKET = "DELETE FROM buckets WHERE account_id = $1 AND id = $2";
}

#[async_trait]
impl Buckets for SqlTransaction {
    async fn insert_bucket(&mut self, bucket: &Bucket) -> Result<()> {
        let statement = query(INSERT_BUCKET)
            .bind(bucket.id.0)
            .bind(bucket.account_id.as_str())
            .bind(bucket.name.as_str())
            .bind(fold(&bucket.name))
            .bind(bucket.region.as_str())
            .bind(bucket.reach.number())
            .bind(to_json("write a bucket's labels", &bucket.labels)?)
            .bind(bucket.metadata_template.as_deref())
            .bind(bucket.n_files)
            .bind(bucket.n_ready)
            .bind(bucket.n_failed)
            .bind(bucket.created_at.as_micros())
            .bind(bucket.updated_at.as_micros());
        self.run("add a bucket", statement).await.map(|_| ())
    }

    async fn bucket(&mut self, account: &AccountId, id: BucketId) -> Result<Option<Bucket>> {
        self.one("read a bucket", query(BUCKET).bind(account.as_str()).bind(id.0)).await
    }

    async fn lock_bucket(&mut self, account: &AccountId, id: BucketId) -> Result<Option<Bucket>> {
        self.one("lock a bucket", query(LOCK_BUCKET).bind(account.as_str()).bind(id.0)).await
    }

    async fn buckets(&mut self, account: &AccountId, filter: &BucketFilter) -> Result<Vec<Bucket>> {
        let statement = bind_filter(BUCKETS, account, filter)
            .bind(i64::from(filter.page.limit))
            .bind(i64::from(filter.page.offset));
        self.all("list buckets", statement).await
    }

    async fn count_buckets(&mut self, account: &AccountId, filter: &BucketFilter) -> Result<i64> {
        self.count("count buckets", bind_filter(COUNT_BUCKETS, account, filter)).await
    }

    async fn update_bucket(&mut self, bucket: &Bucket) -> Result<()> {
        let statement = query(UPDATE_BUCKET)
            .bind(bucket.id.0)
            .bind(bucket.name.as_str())
            .bind(fold(&bucket.name))
            .bind(to_json("write a bucket's labels", &bucket.labels)?)
            .bind(bucket.metadata_template.as_deref())
            .bind(bucket.updated_at.as_micros());
        self.run("change a bucket", statement).await.map(|_| ())
    }

    async fn count_in_bucket(&mut self, id: BucketId, n_files: i64, n_ready: i64, n_failed: i64) -> Result<()> {
        let statement = query(COUNT_IN_BUCKET).bind(id.0).bind(n_files).bind(n_ready).bind(n_failed);
        self.run("count a bucket's files", statement).await.map(|_| ())
    }

    async fn delete_bucket(&mut self, account: &AccountId, id: BucketId) -> Result<bool> {
        let statement = query(DELETE_BUCKET).bind(account.as_str()).bind(id.0);
        Ok(self.run("remove a bucket", statement).await? == 1)
    }
}

impl SqlTransaction {
    /// Finds a bucket for what knows that the caller may see it.
    pub(super) async fn any_bucket(&mut self, id: BucketId) -> Result<Option<Bucket>> {
        self.one("read a bucket", query(ANY_BUCKET).bind(id.0)).await
    }
}

fn bind_filter<'q>(sql: &'static str, account: &'q AccountId, filter: &'q BucketFilter) -> Statement<'q> {
    query(sql).bind(account.as_str()).bind(filter.region.as_deref()).bind(contains_pattern(&filter.search))
}

impl FromAnyRow for Bucket {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let reach: i64 = row.try_get("reach")?;
        Ok(Self {
            id: BucketId(row.try_get("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            name: row.try_get("name")?,
            region: row.try_get("region")?,
            reach: Reach::from_number(reach).ok_or_else(|| broken("reach", format!("unknown reach {reach}")))?,
            labels: json(row, "labels")?,
            metadata_template: row.try_get("metadata_template")?,
            n_files: row.try_get("n_files")?,
            n_ready: row.try_get("n_ready")?,
            n_failed: row.try_get("n_failed")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
