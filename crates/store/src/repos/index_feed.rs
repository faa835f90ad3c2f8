//! What belongs into the index, in the order in which it changed.

use async_trait::async_trait;
use engine::recognition::{IndexEntry, IndexFeed};
use engine::{BlobKey, StoreError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, opt_blob, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    PUT_ENTRY = "INSERT INTO index_entries (bucket, name, fingerprint, change, changed_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (bucket, name) DO UPDATE SET fingerprint = excluded.fingerprint, change = excluded.change, \
        changed_at = excluded.changed_at";
    ENTRIES = "SELECT * FROM index_entries WHERE change > $1 ORDER BY change, bucket, name LIMIT $2";
    // The outer conditions hold in PostgreSQL for a row that was put back in while this statement waited for it.
    FORGET_REMOVALS = "DELETE FROM index_entries WHERE fingerprint IS NULL AND changed_at < $1 \
        AND (bucket, name) IN (SELECT bucket, name FROM index_entries WHERE fingerprint IS NULL AND changed_at < $1 \
        ORDER BY changed_at, change LIMIT $2) RETURNING change";
}

#[async_trait]
impl IndexFeed for SqlTransaction {
    async fn put_index_entry(&mut self, entry: &IndexEntry) -> Result<()> {
        let statement = query(PUT_ENTRY)
            .bind(entry.bucket.as_str())
            .bind(entry.name.as_str())
            .bind(entry.fingerprint.as_ref().map(BlobKey::as_str))
            .bind(entry.change)
            .bind(entry.changed_at.as_micros());
        self.run("note a change of the index", statement).await.map(|_| ())
    }

    async fn index_entries(&mut self, after: i64, limit: u32) -> Result<Vec<IndexEntry>> {
        self.all("list changes of the index", query(ENTRIES).bind(after).bind(i64::from(limit))).await
    }

    async fn forget_index_removals(&mut self, before: Timestamp, limit: u32) -> Result<i64> {
        let statement = query(FORGET_REMOVALS).bind(before.as_micros()).bind(i64::from(limit));
        let forgotten: Vec<i64> = self.all("forget removals from the index", statement).await?;
        Ok(forgotten.into_iter().max().unwrap_or(0))
    }
}

impl FromAnyRow for IndexEntry {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            bucket: row.try_get("bucket")?,
            name: row.try_get("name")?,
            fingerprint: opt_blob(row, "fingerprint")?,
            change: row.try_get("change")?,
            changed_at: time(row, "changed_at")?,
        })
    }
}
