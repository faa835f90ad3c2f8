//! Videos of tracks: one render, one file and one charge per track, however often and concurrently it is asked for.

use crate::access::Caller;
use crate::ids::{JobId, TrackId, VideoId};
use crate::job::JobKind;
use crate::library::{Track, Video, VideoState};
use crate::queue::NewJob;
use crate::recognition::sharing::find_track;
use crate::store::Transaction;
use crate::task::{Operation, Outcome, Task, TaskRequest, Work};
use crate::{Engine, Error, Result};

/// The drawing of a cover video; a new way of drawing gets a new name, so that old files are not taken for it.
const COVER_RECIPE: &str = "cover-1";

impl Engine {
    /// Asks for the cover video of a track: done at once if it exists, else queued, or joined to the render under way.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a track that is not the caller's; [`Error::InsufficientBalance`]; [`Error::QueueFull`].
    pub async fn request_video(&self, caller: &Caller, track_id: &str, request: &TaskRequest) -> Result<Task> {
        let track_id = self.track_id_of(caller, track_id).await?;
        if let Some(video) = self.finished_video(caller, &track_id).await? {
            let task = self.new_task(caller, Operation::Videos, request, Work::Ended(video_outcome(&video)));
            return self.commit_task(self.store().write().await?, task).await;
        }
        let mut tx = self.store().write().await?;
        // From here to the commit no other request can decide about this track.
        let track = tx.lock_track(&caller.account_id, &track_id, self.now()).await?.ok_or_else(unknown_track)?;
        let work = self.join_or_queue_video(tx.as_mut(), caller, &track, request).await?;
        let task = self.new_task(caller, Operation::Videos, request, work);
        self.commit_task(tx, task).await
    }

    /// Reads what a caller calls a track.
    pub(crate) async fn track_id_of(&self, caller: &Caller, audio_id: &str) -> Result<TrackId> {
        let mut tx = self.store().read().await?;
        let track = find_track(tx.as_mut(), &caller.account_id, audio_id).await?;
        Ok(track.ok_or_else(unknown_track)?.id)
    }

    async fn finished_video(&self, caller: &Caller, track_id: &TrackId) -> Result<Option<Video>> {
        let mut tx = self.store().read().await?;
        let video = tx.video_of_track(&caller.account_id, track_id, COVER_RECIPE).await?;
        Ok(video.filter(|video| video.state == VideoState::Done))
    }

    async fn join_or_queue_video(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        track: &Track,
        request: &TaskRequest,
    ) -> Result<Work> {
        let mut known = tx.video_of_track(&caller.account_id, &track.id, COVER_RECIPE).await?;
        if let Some(video) = &known {
            let is_under_way = matches!(video.state, VideoState::Queued | VideoState::Running);
            if is_under_way && tx.hold_job(&video.job_id, self.now()).await? {
                return Ok(Work::Queued(video.job_id.clone()));
            }
            // The job ended between the two statements: its verdict is in the row now.
            known = tx.video_of_track(&caller.account_id, &track.id, COVER_RECIPE).await?;
        }
        match known {
            Some(video) if video.state == VideoState::Done => Ok(Work::Ended(video_outcome(&video))),
            other => self.queue_video(tx, caller, track, other, request).await,
        }
    }

    async fn queue_video(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        track: &Track,
        failed: Option<Video>,
        request: &TaskRequest,
    ) -> Result<Work> {
        let now = self.now();
        let job_id = JobId::random(self.entropy());
        let video = Video {
            id: failed.as_ref().map_or_else(|| VideoId::random(self.entropy()), |video| video.id.clone()),
            account_id: caller.account_id.clone(),
            track_id: track.id.clone(),
            recipe: COVER_RECIPE.to_owned(),
            state: VideoState::Queued,
            job_id: job_id.clone(),
            progress: 0,
            blob: None,
            n_bytes: 0,
            duration_ms: track.duration_ms,
            created_at: failed.as_ref().map_or(now, |video| video.created_at),
            updated_at: now,
        };
        let kind = JobKind::RenderCover { video_id: video.id.clone(), track_id: track.id.clone() };
        let dedupe_key = format!("video:{}", video.id);
        self.queue_job(
            tx,
            caller,
            NewJob { id: job_id.clone(), operation: Operation::Videos, kind, dedupe_key: Some(&dedupe_key) },
            request,
        )
        .await?;
        if failed.is_some() {
            tx.update_video(&video).await?;
        } else {
            tx.insert_video(&video).await?;
        }
        Ok(Work::Queued(job_id))
    }
}

pub(crate) fn unknown_track() -> Error {
    Error::Invalid { field: "audio_id", reason: "no such audio".to_owned() }
}

fn video_outcome(video: &Video) -> Outcome {
    Outcome::Video { video_id: video.id.clone(), track_id: video.track_id.clone() }
}
