//! Deduplicated collections.

use async_trait::async_trait;
use engine::recognition::{AcrId, BucketId, DedupEntry, DedupId, Dedups};
use engine::{AccountId, BlobKey, Page, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, json, time, to_json};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_DEDUP = "INSERT INTO dedup_entries (id, account_id, bucket_id, acr_id, caller_id, duplicates, fingerprint, \
        duration_ms, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    DEDUP_BY_ID = "SELECT * FROM dedup_entries WHERE bucket_id = $1 AND id = $2";
    DEDUP_BY_SOUND = "SELECT * FROM dedup_entries WHERE bucket_id = $1 AND acr_id = $2 ORDER BY id LIMIT 1";
    // The first condition is the index's, which holds only the start of an id.
    DEDUP_BY_CALLER_ID = "SELECT * FROM dedup_entries WHERE bucket_id = $1 \
        AND substr(caller_id, 1, 500) = substr($2, 1, 500) AND caller_id = $2 ORDER BY id LIMIT 1";
    DEDUPS = "SELECT * FROM dedup_entries WHERE bucket_id = $1 ORDER BY id LIMIT $2 OFFSET $3";
    COUNT_DEDUPS = "SELECT COUNT(*) FROM dedup_entries WHERE bucket_id = $1";
    DELETE_DEDUP = "DELETE FROM dedup_entries WHERE bucket_id = $1 AND id = $2";
}

#[async_trait]
impl Dedups for SqlTransaction {
    async fn insert_dedup(&mut self, entry: &DedupEntry) -> Result<()> {
        let statement = query(INSERT_DEDUP)
            .bind(entry.id.0)
            .bind(entry.account_id.as_str())
            .bind(entry.bucket_id.0)
            .bind(entry.acr_id.as_str())
            .bind(entry.caller_id.as_str())
            .bind(to_json("write the ids of duplicates", &entry.duplicates)?)
            .bind(entry.fingerprint.as_str())
            .bind(entry.duration_ms)
            .bind(entry.created_at.as_micros())
            .bind(entry.updated_at.as_micros());
        self.run("add a sound", statement).await.map(|_| ())
    }

    async fn dedup(&mut self, bucket: BucketId, id: &str) -> Result<Option<DedupEntry>> {
        let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && let Ok(number) = id.parse::<i64>() {
            let found = self.one("read a sound", query(DEDUP_BY_ID).bind(bucket.0).bind(number)).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        if let Some(acr_id) = AcrId::parse(id) {
            let statement = query(DEDUP_BY_SOUND).bind(bucket.0).bind(acr_id.as_str());
            let found = self.one("read a sound", statement).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        self.one("read a sound", query(DEDUP_BY_CALLER_ID).bind(bucket.0).bind(id)).await
    }

    async fn dedups(&mut self, bucket: BucketId, page: Page) -> Result<Vec<DedupEntry>> {
        let statement = query(DEDUPS).bind(bucket.0).bind(i64::from(page.limit)).bind(i64::from(page.offset));
        self.all("list sounds", statement).await
    }

    async fn count_dedups(&mut self, bucket: BucketId) -> Result<i64> {
        self.count("count sounds", query(COUNT_DEDUPS).bind(bucket.0)).await
    }

    async fn delete_dedup(&mut self, entry: &DedupEntry) -> Result<bool> {
        let statement = query(DELETE_DEDUP).bind(entry.bucket_id.0).bind(entry.id.0);
        Ok(self.run("remove a sound", statement).await? == 1)
    }
}

impl FromAnyRow for DedupEntry {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: DedupId(row.try_get("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            bucket_id: BucketId(row.try_get("bucket_id")?),
            acr_id: AcrId::from_text(row.try_get::<String, _>("acr_id")?),
            caller_id: row.try_get("caller_id")?,
            duplicates: json(row, "duplicates")?,
            fingerprint: BlobKey::from_text(row.try_get::<String, _>("fingerprint")?),
            duration_ms: row.try_get("duration_ms")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
