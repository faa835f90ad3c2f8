//! Assets and tracks.

use async_trait::async_trait;
use engine::{AccountId, Asset, AssetId, Assets, BlobKey, Page, StoreError, Timestamp, Track, TrackId, Tracks};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What an asset that nobody refers to lives up to.
macro_rules! unused {
    ($statement:literal, $end:literal) => {
        concat!(
            $statement,
            " AND NOT EXISTS (SELECT 1 FROM tracks WHERE tracks.asset_id = assets.id) \
              AND NOT EXISTS (SELECT 1 FROM scans WHERE scans.asset_id = assets.id) \
              AND NOT EXISTS (SELECT 1 FROM films WHERE films.state IN ('queued', 'running') \
                  AND films.sources LIKE '%' || assets.id || '%') \
              AND NOT EXISTS (SELECT 1 FROM materials WHERE materials.asset_id = assets.id) \
              AND NOT EXISTS (SELECT 1 FROM held_uploads WHERE held_uploads.asset_id = assets.id)",
            $end
        )
    };
}

statements! {
    TOUCH_ASSET = "INSERT INTO assets (id, n_bytes, media_type, created_at, wanted_at) VALUES ($1, $2, $3, $4, $4) \
        ON CONFLICT (id) DO UPDATE SET wanted_at = excluded.wanted_at";
    ASSET = "SELECT * FROM assets WHERE id = $1";
    UNUSED_ASSETS = unused!("SELECT id FROM assets WHERE wanted_at < $1", " ORDER BY wanted_at LIMIT $2");
    DELETE_UNUSED_ASSET = unused!("DELETE FROM assets WHERE id = $1 AND wanted_at < $2", "");
    INSERT_TRACK = "INSERT INTO tracks (id, account_id, asset_id, title, artist, lyric, extension, duration_ms, \
        created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    TRACK = "SELECT * FROM tracks WHERE account_id = $1 AND id = $2";
    LOCK_TRACK = "UPDATE tracks SET updated_at = $3 WHERE account_id = $1 AND id = $2 RETURNING *";
    HOLD_TRACK = "UPDATE tracks SET updated_at = updated_at WHERE account_id = $1 AND id = $2";
    DELETE_UNUSED_TRACK = "DELETE FROM tracks WHERE account_id = $1 AND id = $2 \
        AND NOT EXISTS (SELECT 1 FROM videos WHERE videos.track_id = tracks.id)";
    LINKED_TRACK = "SELECT * FROM tracks WHERE id = $1";
    TRACKS = "SELECT * FROM tracks WHERE account_id = $1 ORDER BY created_at DESC, id LIMIT $2 OFFSET $3";
    SET_TRACK_WAV = "UPDATE tracks SET wav = $2, updated_at = $3 WHERE id = $1";
}

#[async_trait]
impl Assets for SqlTransaction {
    async fn touch_asset(&mut self, asset: &Asset) -> Result<()> {
        let statement = query(TOUCH_ASSET)
            .bind(asset.id.as_str())
            .bind(asset.n_bytes)
            .bind(asset.media_type.as_str())
            .bind(asset.created_at.as_micros());
        self.run("add an asset", statement).await.map(|_| ())
    }

    async fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>> {
        self.one("read an asset", query(ASSET).bind(id.as_str())).await
    }

    async fn unused_assets(&mut self, before: Timestamp, limit: u32) -> Result<Vec<AssetId>> {
        let statement = query(UNUSED_ASSETS).bind(before.as_micros()).bind(i64::from(limit));
        let ids: Vec<String> = self.all("list unused assets", statement).await?;
        Ok(ids.into_iter().map(AssetId::from_text).collect())
    }

    async fn delete_unused_asset(&mut self, id: &AssetId, before: Timestamp) -> Result<bool> {
        let statement = query(DELETE_UNUSED_ASSET).bind(id.as_str()).bind(before.as_micros());
        Ok(self.run("remove an asset", statement).await? == 1)
    }
}

#[async_trait]
impl Tracks for SqlTransaction {
    async fn insert_track(&mut self, track: &Track) -> Result<()> {
        let statement = query(INSERT_TRACK)
            .bind(track.id.as_str())
            .bind(track.account_id.as_str())
            .bind(track.asset_id.as_str())
            .bind(track.title.as_str())
            .bind(track.artist.as_str())
            .bind(track.lyric.as_str())
            .bind(track.extension.as_str())
            .bind(track.duration_ms)
            .bind(track.created_at.as_micros());
        self.run("add a track", statement).await.map(|_| ())
    }

    async fn track(&mut self, account: &AccountId, id: &TrackId) -> Result<Option<Track>> {
        self.one("read a track", query(TRACK).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn lock_track(&mut self, account: &AccountId, id: &TrackId, now: Timestamp) -> Result<Option<Track>> {
        let statement = query(LOCK_TRACK).bind(account.as_str()).bind(id.as_str()).bind(now.as_micros());
        self.one("lock a track", statement).await
    }

    async fn delete_unused_track(&mut self, account: &AccountId, id: &TrackId) -> Result<bool> {
        // Whoever adds a video holds the track; the second statement sees what was added while the first one waited.
        let held = query(HOLD_TRACK).bind(account.as_str()).bind(id.as_str());
        if self.run("hold a track", held).await? == 0 {
            return Ok(false);
        }
        let statement = query(DELETE_UNUSED_TRACK).bind(account.as_str()).bind(id.as_str());
        Ok(self.run("remove a track", statement).await? == 1)
    }

    async fn linked_track(&mut self, id: &TrackId) -> Result<Option<Track>> {
        self.one("read a track", query(LINKED_TRACK).bind(id.as_str())).await
    }

    async fn tracks(&mut self, account: &AccountId, page: Page) -> Result<Vec<Track>> {
        let statement = query(TRACKS).bind(account.as_str()).bind(i64::from(page.limit)).bind(i64::from(page.offset));
        self.all("list tracks", statement).await
    }

    async fn set_track_wav(&mut self, id: &TrackId, wav: &BlobKey, now: Timestamp) -> Result<()> {
        let statement = query(SET_TRACK_WAV).bind(id.as_str()).bind(wav.as_str()).bind(now.as_micros());
        self.run("note a WAV", statement).await.map(|_| ())
    }
}

impl FromAnyRow for Asset {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: AssetId::from_text(row.try_get::<String, _>("id")?),
            n_bytes: row.try_get("n_bytes")?,
            media_type: row.try_get("media_type")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromAnyRow for Track {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: TrackId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            asset_id: AssetId::from_text(row.try_get::<String, _>("asset_id")?),
            title: row.try_get("title")?,
            artist: row.try_get("artist")?,
            lyric: row.try_get("lyric")?,
            extension: row.try_get("extension")?,
            duration_ms: row.try_get("duration_ms")?,
            wav: row.try_get::<Option<String>, _>("wav")?.map(BlobKey::from_text),
            created_at: time(row, "created_at")?,
        })
    }
}
