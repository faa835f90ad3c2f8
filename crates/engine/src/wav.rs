//! WAV files of tracks: decoded once, kept beside the original.

use crate::access::Caller;
use crate::ids::JobId;
use crate::job::JobKind;
use crate::library::Track;
use crate::queue::NewJob;
use crate::store::Transaction;
use crate::task::{Operation, Outcome, Task, TaskRequest, Work};
use crate::videos::unknown_track;
use crate::{Engine, Result};

impl Engine {
    /// Asks for the WAV of a track: done at once if it exists, else queued, or joined to the conversion under way.
    ///
    /// # Errors
    /// As [`Self::request_video`].
    pub async fn request_wav(&self, caller: &Caller, track_id: &str, request: &TaskRequest) -> Result<Task> {
        let track_id = self.track_id_of(caller, track_id).await?;
        let mut tx = self.store().write().await?;
        let track = tx.lock_track(&caller.account_id, &track_id, self.now()).await?.ok_or_else(unknown_track)?;
        let work = self.join_or_queue_wav(tx.as_mut(), caller, &track, request).await?;
        let task = self.new_task(caller, Operation::Wav, request, work);
        self.commit_task(tx, task).await
    }

    async fn join_or_queue_wav(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        track: &Track,
        request: &TaskRequest,
    ) -> Result<Work> {
        let dedupe_key = format!("wav:{}", track.id);
        if let Some(job_id) = tx.active_job(&dedupe_key).await?
            && tx.hold_job(&job_id, self.now()).await?
        {
            return Ok(Work::Queued(job_id));
        }
        let track = tx.track(&caller.account_id, &track.id).await?.ok_or_else(unknown_track)?;
        if track.wav.is_some() {
            return Ok(Work::Ended(wav_outcome(&track)));
        }
        let id = JobId::random(self.entropy());
        let kind = JobKind::ConvertWav { track_id: track.id.clone() };
        self.queue_job(
            tx,
            caller,
            NewJob { id: id.clone(), operation: Operation::Wav, kind, dedupe_key: Some(&dedupe_key) },
            request,
        )
        .await?;
        Ok(Work::Queued(id))
    }
}

/// Describes a finished WAV.
pub(crate) fn wav_outcome(track: &Track) -> Outcome {
    Outcome::Wav { track_id: track.id.clone(), title: track.title.clone() }
}
