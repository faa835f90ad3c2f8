//! Videos.

use async_trait::async_trait;
use engine::{AccountId, BlobKey, JobId, StoreError, Timestamp, TrackId, Video, VideoId, VideoState, Videos};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, parsed, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_VIDEO = "INSERT INTO videos (id, account_id, track_id, recipe, state, job_id, progress, output, n_bytes, \
        duration_ms, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    VIDEO_OF_TRACK = "SELECT * FROM videos WHERE account_id = $1 AND track_id = $2 AND recipe = $3";
    VIDEO = "SELECT * FROM videos WHERE account_id = $1 AND id = $2";
    LINKED_VIDEO = "SELECT * FROM videos WHERE id = $1";
    UPDATE_VIDEO = "UPDATE videos SET state = $2, job_id = $3, progress = $4, output = $5, n_bytes = $6, \
        duration_ms = $7, updated_at = $8 WHERE id = $1";
    SET_PROGRESS = "UPDATE videos SET progress = $2, updated_at = $3 WHERE id = $1 AND state = 'running'";
    COUNT_VIDEOS = "SELECT COUNT(*) FROM videos WHERE state = $1";
}

#[async_trait]
impl Videos for SqlTransaction {
    async fn insert_video(&mut self, video: &Video) -> Result<()> {
        let statement = query(INSERT_VIDEO)
            .bind(video.id.as_str())
            .bind(video.account_id.as_str())
            .bind(video.track_id.as_str())
            .bind(video.recipe.as_str())
            .bind(video.state.name())
            .bind(video.job_id.as_str())
            .bind(video.progress)
            .bind(video.blob.as_ref().map(BlobKey::as_str))
            .bind(video.n_bytes)
            .bind(video.duration_ms)
            .bind(video.created_at.as_micros())
            .bind(video.updated_at.as_micros());
        self.run("add a video", statement).await.map(|_| ())
    }

    async fn video_of_track(&mut self, account: &AccountId, track: &TrackId, recipe: &str) -> Result<Option<Video>> {
        let statement = query(VIDEO_OF_TRACK).bind(account.as_str()).bind(track.as_str()).bind(recipe);
        self.one("read a video", statement).await
    }

    async fn video(&mut self, account: &AccountId, id: &VideoId) -> Result<Option<Video>> {
        self.one("read a video", query(VIDEO).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn linked_video(&mut self, id: &VideoId) -> Result<Option<Video>> {
        self.one("read a video", query(LINKED_VIDEO).bind(id.as_str())).await
    }

    async fn update_video(&mut self, video: &Video) -> Result<()> {
        let statement = query(UPDATE_VIDEO)
            .bind(video.id.as_str())
            .bind(video.state.name())
            .bind(video.job_id.as_str())
            .bind(video.progress)
            .bind(video.blob.as_ref().map(BlobKey::as_str))
            .bind(video.n_bytes)
            .bind(video.duration_ms)
            .bind(video.updated_at.as_micros());
        self.run("change a video", statement).await.map(|_| ())
    }

    async fn set_video_progress(&mut self, id: &VideoId, progress: i64, now: Timestamp) -> Result<()> {
        let statement = query(SET_PROGRESS).bind(id.as_str()).bind(progress).bind(now.as_micros());
        self.run("note a video's progress", statement).await.map(|_| ())
    }

    async fn count_videos(&mut self, state: VideoState) -> Result<i64> {
        let count: Option<i64> = self.one("count videos", query(COUNT_VIDEOS).bind(state.name())).await?;
        Ok(count.unwrap_or_default())
    }
}

impl FromAnyRow for Video {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: VideoId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            track_id: TrackId::from_text(row.try_get::<String, _>("track_id")?),
            recipe: row.try_get("recipe")?,
            state: parsed(row, "state")?,
            job_id: JobId::from_text(row.try_get::<String, _>("job_id")?),
            progress: row.try_get("progress")?,
            blob: row.try_get::<Option<String>, _>("output")?.map(BlobKey::from_text),
            n_bytes: row.try_get("n_bytes")?,
            duration_ms: row.try_get("duration_ms")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
