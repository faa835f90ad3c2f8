//! Offline databases.

use async_trait::async_trait;
use engine::recognition::{OfflineDb, OfflineDbId, OfflineDbs};
use engine::{AccountId, BlobKey, JobId, Page, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, Statement, json, opt_blob, parsed, time, to_json};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_DB = "INSERT INTO offline_dbs (id, name, audio_type, bucket_ids, state, failure, job_id, output, n_bytes, \
        n_files, updated_at, account_id, region, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    DB = "SELECT * FROM offline_dbs WHERE account_id = $1 AND id = $2";
    LINKED_DB = "SELECT * FROM offline_dbs WHERE id = $1";
    DBS = "SELECT * FROM offline_dbs WHERE account_id = $1 ORDER BY id LIMIT $2 OFFSET $3";
    COUNT_DBS = "SELECT COUNT(*) FROM offline_dbs WHERE account_id = $1";
    UPDATE_DB = "UPDATE offline_dbs SET name = $2, audio_type = $3, bucket_ids = $4, state = $5, failure = $6, \
        job_id = $7, output = $8, n_bytes = $9, n_files = $10, updated_at = $11 WHERE id = $1";
    DELETE_DB = "DELETE FROM offline_dbs WHERE account_id = $1 AND id = $2";
}

#[async_trait]
impl OfflineDbs for SqlTransaction {
    async fn insert_offline_db(&mut self, db: &OfflineDb) -> Result<()> {
        let statement = bind_changing(INSERT_DB, db)?
            .bind(db.account_id.as_str())
            .bind(db.region.as_str())
            .bind(db.created_at.as_micros());
        self.run("add an offline database", statement).await.map(|_| ())
    }

    async fn offline_db(&mut self, account: &AccountId, id: OfflineDbId) -> Result<Option<OfflineDb>> {
        self.one("read an offline database", query(DB).bind(account.as_str()).bind(id.0)).await
    }

    async fn linked_offline_db(&mut self, id: OfflineDbId) -> Result<Option<OfflineDb>> {
        self.one("read an offline database", query(LINKED_DB).bind(id.0)).await
    }

    async fn offline_dbs(&mut self, account: &AccountId, page: Page) -> Result<Vec<OfflineDb>> {
        let statement = query(DBS).bind(account.as_str()).bind(i64::from(page.limit)).bind(i64::from(page.offset));
        self.all("list offline databases", statement).await
    }

    async fn count_offline_dbs(&mut self, account: &AccountId) -> Result<i64> {
        self.count("count offline databases", query(COUNT_DBS).bind(account.as_str())).await
    }

    async fn update_offline_db(&mut self, db: &OfflineDb) -> Result<()> {
        self.run("change an offline database", bind_changing(UPDATE_DB, db)?).await.map(|_| ())
    }

    async fn delete_offline_db(&mut self, account: &AccountId, id: OfflineDbId) -> Result<bool> {
        let statement = query(DELETE_DB).bind(account.as_str()).bind(id.0);
        Ok(self.run("remove an offline database", statement).await? == 1)
    }
}

/// Binds the id and all that can change, which both statements name first.
fn bind_changing<'q>(sql: &'static str, db: &'q OfflineDb) -> Result<Statement<'q>> {
    Ok(query(sql)
        .bind(db.id.0)
        .bind(db.name.as_str())
        .bind(db.audio_type.as_str())
        .bind(to_json("write an offline database's buckets", &db.bucket_ids)?)
        .bind(db.state.name())
        .bind(db.failure.as_str())
        .bind(db.job_id.as_str())
        .bind(db.blob.as_ref().map(BlobKey::as_str))
        .bind(db.n_bytes)
        .bind(db.n_files)
        .bind(db.updated_at.as_micros()))
}

impl FromAnyRow for OfflineDb {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: OfflineDbId(row.try_get("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            name: row.try_get("name")?,
            region: row.try_get("region")?,
            audio_type: row.try_get("audio_type")?,
            bucket_ids: json(row, "bucket_ids")?,
            state: parsed(row, "state")?,
            failure: row.try_get("failure")?,
            job_id: JobId::from_text(row.try_get::<String, _>("job_id")?),
            blob: opt_blob(row, "output")?,
            n_bytes: row.try_get("n_bytes")?,
            n_files: row.try_get("n_files")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
