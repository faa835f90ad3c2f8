//! Uploads to pre-made addresses.

use async_trait::async_trait;
use engine::recognition::{ContainerId, HeldUpload, Uploads};
use engine::{AccountId, AssetId, StoreError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_UPLOAD = "INSERT INTO held_uploads (key, account_id, container_id, name, asset_id, n_bytes, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    UPLOAD = "SELECT * FROM held_uploads WHERE key = $1";
    SET_FILE = "UPDATE held_uploads SET asset_id = $2, n_bytes = $3, expires_at = $4 WHERE key = $1";
    TAKE_UPLOAD = "DELETE FROM held_uploads WHERE key = $1 RETURNING *";
    FORGET_UPLOADS = "DELETE FROM held_uploads WHERE expires_at < $1";
}

#[async_trait]
impl Uploads for SqlTransaction {
    async fn insert_held_upload(&mut self, upload: &HeldUpload) -> Result<()> {
        let statement = query(INSERT_UPLOAD)
            .bind(upload.key.as_str())
            .bind(upload.account_id.as_str())
            .bind(upload.container_id.0)
            .bind(upload.name.as_str())
            .bind(upload.asset_id.as_ref().map(AssetId::as_str))
            .bind(upload.n_bytes)
            .bind(upload.expires_at.as_micros());
        self.run("add an upload", statement).await.map(|_| ())
    }

    async fn held_upload(&mut self, key: &str) -> Result<Option<HeldUpload>> {
        self.one("read an upload", query(UPLOAD).bind(key)).await
    }

    async fn set_held_file(&mut self, upload: &HeldUpload) -> Result<bool> {
        let statement = query(SET_FILE)
            .bind(upload.key.as_str())
            .bind(upload.asset_id.as_ref().map(AssetId::as_str))
            .bind(upload.n_bytes)
            .bind(upload.expires_at.as_micros());
        Ok(self.run("note an uploaded file", statement).await? == 1)
    }

    async fn take_held_upload(&mut self, key: &str) -> Result<Option<HeldUpload>> {
        self.one("take an upload", query(TAKE_UPLOAD).bind(key)).await
    }

    async fn forget_held_uploads(&mut self, before: Timestamp) -> Result<u64> {
        self.run("forget uploads", query(FORGET_UPLOADS).bind(before.as_micros())).await
    }
}

impl FromAnyRow for HeldUpload {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            key: row.try_get("key")?,
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            container_id: ContainerId(row.try_get("container_id")?),
            name: row.try_get("name")?,
            asset_id: row.try_get::<Option<String>, _>("asset_id")?.map(AssetId::from_text),
            n_bytes: row.try_get("n_bytes")?,
            expires_at: time(row, "expires_at")?,
        })
    }
}
