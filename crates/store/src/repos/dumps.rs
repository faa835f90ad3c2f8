//! Dumps.

use async_trait::async_trait;
use engine::recognition::{BucketId, Dump, Dumps};
use engine::{AccountId, BlobKey, JobId, StoreError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, opt_blob, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_DUMP = "INSERT INTO dumps (task_id, account_id, bucket_id, bucket_name, day, output, n_bytes, job_id, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (bucket_id, day) DO NOTHING";
    DUMP = "SELECT * FROM dumps WHERE account_id = $1 AND bucket_id = $2 AND day = $3";
    LINKED_DUMP = "SELECT * FROM dumps WHERE bucket_id = $1 AND task_id = $2";
    FINISH_DUMP = "UPDATE dumps SET output = $2, n_bytes = $3 WHERE task_id = $1";
    BUCKET_DUMPS = "SELECT * FROM dumps WHERE bucket_id = $1 ORDER BY day";
    OLD_DUMPS = "SELECT * FROM dumps WHERE created_at < $1 ORDER BY created_at, task_id LIMIT $2";
    DELETE_DUMP = "DELETE FROM dumps WHERE task_id = $1";
}

#[async_trait]
impl Dumps for SqlTransaction {
    async fn insert_dump(&mut self, dump: &Dump) -> Result<bool> {
        let statement = query(INSERT_DUMP)
            .bind(dump.task_id.as_str())
            .bind(dump.account_id.as_str())
            .bind(dump.bucket_id.0)
            .bind(dump.bucket_name.as_str())
            .bind(dump.day.as_str())
            .bind(dump.blob.as_ref().map(BlobKey::as_str))
            .bind(dump.n_bytes)
            .bind(dump.job_id.as_str())
            .bind(dump.created_at.as_micros());
        Ok(self.run("add a dump", statement).await? == 1)
    }

    async fn dump(&mut self, account: &AccountId, bucket: BucketId, day: &str) -> Result<Option<Dump>> {
        self.one("read a dump", query(DUMP).bind(account.as_str()).bind(bucket.0).bind(day)).await
    }

    async fn linked_dump(&mut self, bucket: BucketId, task_id: &str) -> Result<Option<Dump>> {
        self.one("read a dump", query(LINKED_DUMP).bind(bucket.0).bind(task_id)).await
    }

    async fn finish_dump(&mut self, task_id: &str, blob: &BlobKey, n_bytes: i64) -> Result<bool> {
        let statement = query(FINISH_DUMP).bind(task_id).bind(blob.as_str()).bind(n_bytes);
        Ok(self.run("finish a dump", statement).await? == 1)
    }

    async fn bucket_dumps(&mut self, bucket: BucketId) -> Result<Vec<Dump>> {
        self.all("list a bucket's dumps", query(BUCKET_DUMPS).bind(bucket.0)).await
    }

    async fn old_dumps(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Dump>> {
        self.all("list old dumps", query(OLD_DUMPS).bind(before.as_micros()).bind(i64::from(limit))).await
    }

    async fn delete_dump(&mut self, task_id: &str) -> Result<bool> {
        Ok(self.run("remove a dump", query(DELETE_DUMP).bind(task_id)).await? == 1)
    }
}

impl FromAnyRow for Dump {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            task_id: row.try_get("task_id")?,
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            bucket_id: BucketId(row.try_get("bucket_id")?),
            bucket_name: row.try_get("bucket_name")?,
            day: row.try_get("day")?,
            blob: opt_blob(row, "output")?,
            n_bytes: row.try_get("n_bytes")?,
            job_id: JobId::from_text(row.try_get::<String, _>("job_id")?),
            created_at: time(row, "created_at")?,
        })
    }
}
