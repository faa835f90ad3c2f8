//! Files that are not wanted any more.

use async_trait::async_trait;
use engine::recognition::Trash;
use engine::{BlobKey, StoreError, Timestamp};
use sqlx::query;

use super::statements;
use crate::database::SqlTransaction;

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    THROW_AWAY = "INSERT INTO trash (blob, thrown_at) VALUES ($1, $2) ON CONFLICT (blob) DO NOTHING";
    TRASH = "SELECT blob FROM trash WHERE thrown_at < $1 ORDER BY thrown_at, blob LIMIT $2";
    FORGET_TRASH = "DELETE FROM trash WHERE blob = $1";
}

#[async_trait]
impl Trash for SqlTransaction {
    async fn throw_away(&mut self, key: &BlobKey, now: Timestamp) -> Result<()> {
        let statement = query(THROW_AWAY).bind(key.as_str()).bind(now.as_micros());
        self.run("throw a file away", statement).await.map(|_| ())
    }

    async fn trash(&mut self, before: Timestamp, limit: u32) -> Result<Vec<BlobKey>> {
        let statement = query(TRASH).bind(before.as_micros()).bind(i64::from(limit));
        let keys: Vec<String> = self.all("list files thrown away", statement).await?;
        Ok(keys.into_iter().map(BlobKey::from_text).collect())
    }

    async fn forget_trash(&mut self, key: &BlobKey) -> Result<()> {
        self.run("forget a file thrown away", query(FORGET_TRASH).bind(key.as_str())).await.map(|_| ())
    }
}
