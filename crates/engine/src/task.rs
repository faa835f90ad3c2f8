//! The record of one API call that leads to work, and of how it ended.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::{Api, Caller, Door};
use crate::ids::{AccountId, ApplicationId, CredentialId, JobId, TaskId, TraceId, TrackId, VideoId};
use crate::job::Failure;
use crate::store::{TaskFilter, Transaction};
use crate::time::Timestamp;
use crate::{Engine, Error, Result, Signal};

/// What a call asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A video of a track.
    Videos,
    /// A new track.
    Upload,
    /// A WAV of a track.
    Wav,
}

impl Operation {
    const ALL: [Self; 3] = [Self::Videos, Self::Upload, Self::Wav];

    /// Returns the name used in the database and in prices.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Videos => "videos",
            Self::Upload => "upload",
            Self::Wav => "wav",
        }
    }

    /// Returns the priced API that the operation is in `door`.
    pub const fn api(self, door: Door) -> Api {
        Api { door, name: self.name() }
    }
}

impl FromStr for Operation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.name() == text)
            .ok_or_else(|| format!("unknown operation `{text}`"))
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Its work has not ended.
    Pending,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed,
}

/// What came of a task; enough for a door to answer without another query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// A video can be fetched.
    Video {
        /// The video.
        video_id: VideoId,
        /// The track it shows.
        track_id: TrackId,
    },
    /// A track was added.
    Track {
        /// The track.
        track_id: TrackId,
        /// Lyrics from the tags; may be empty.
        lyric: String,
        /// Extension of the original's name in links.
        extension: String,
    },
    /// A WAV can be fetched.
    Wav {
        /// The track it was made of.
        track_id: TrackId,
        /// The track's title.
        title: String,
    },
    /// Nothing came of it.
    Failed {
        /// Why.
        failure: Failure,
    },
}

impl Outcome {
    /// Returns the state of a task with this outcome.
    pub const fn state(&self) -> TaskState {
        match self {
            Self::Failed { .. } => TaskState::Failed,
            _ => TaskState::Done,
        }
    }
}

/// What a door passes on of a call that leads to a task.
#[derive(Debug, Clone)]
pub struct TaskRequest {
    /// The door.
    pub door: Door,
    /// The request's id in logs and answers.
    pub trace_id: TraceId,
    /// The body as received, JSON.
    pub body: String,
    /// Where to post the result, if anywhere.
    pub callback_url: Option<String>,
}

/// The record.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Identifier.
    pub id: TaskId,
    /// The tenant.
    pub account_id: AccountId,
    /// The application that called.
    pub application_id: ApplicationId,
    /// The credential that called.
    pub credential_id: CredentialId,
    /// The door it came through.
    pub door: Door,
    /// What was asked.
    pub operation: Operation,
    /// The request's id.
    pub trace_id: TraceId,
    /// The body as received, JSON.
    pub request: String,
    /// Where to post the result.
    pub callback_url: Option<String>,
    /// The job whose end ends it; `None` if it ended at once.
    pub job_id: Option<JobId>,
    /// What came of it, `None` while pending.
    pub outcome: Option<Outcome>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When work on it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Engine {
    /// Makes the record of an accepted call; `outcome` is given when the work was done before.
    pub(crate) fn new_task(&self, caller: &Caller, operation: Operation, request: &TaskRequest, work: Work) -> Task {
        let now = self.now();
        let (job_id, outcome) = match work {
            Work::Queued(job_id) => (Some(job_id), None),
            Work::Ended(outcome) => (None, Some(outcome)),
        };
        let ended_at = outcome.is_some().then_some(now);
        Task {
            id: TaskId::random(self.entropy()),
            account_id: caller.account_id.clone(),
            application_id: caller.application.id.clone(),
            credential_id: caller.credential.id.clone(),
            door: request.door,
            operation,
            trace_id: request.trace_id.clone(),
            request: request.body.clone(),
            callback_url: request.callback_url.clone(),
            job_id,
            outcome,
            created_at: now,
            started_at: ended_at,
            finished_at: ended_at,
        }
    }

    /// Stores a new task and, if it has ended already, queues its callback.
    pub(crate) async fn insert_task(&self, tx: &mut dyn Transaction, task: &Task) -> Result<()> {
        tx.insert_task(task).await?;
        if task.outcome.is_some() {
            self.queue_callback(tx, task).await?;
        }
        Ok(())
    }

    /// Returns the caller's task, `None` if there is none with this id.
    pub async fn task(&self, account_id: &AccountId, id: &TaskId) -> Result<Option<Task>> {
        Ok(self.store().read().await?.task(account_id, id).await?)
    }

    /// Returns the caller's task that the given request made, `None` if it made none.
    pub async fn task_by_trace(&self, account_id: &AccountId, trace: &str) -> Result<Option<Task>> {
        let mut tx = self.store().read().await?;
        Ok(tx.task_by_trace(account_id, trace).await?)
    }

    /// Returns the caller's tasks that fit the filter, newest first.
    pub async fn tasks(&self, account_id: &AccountId, filter: &TaskFilter) -> Result<Vec<Task>> {
        Ok(self.store().read().await?.tasks(account_id, filter).await?)
    }

    /// Waits until the task has ended and returns it.
    ///
    /// # Errors
    /// [`Error::TooSlow`] after [`crate::Limits::sync_wait_max`], or when the server stops; the work goes on.
    pub async fn wait_for_task(&self, task: Task) -> Result<Task> {
        let (Some(job_id), None) = (&task.job_id, &task.outcome) else {
            return Ok(task);
        };
        let mut signals = self.signals().subscribe();
        let waiting = async {
            loop {
                let found = self.task(&task.account_id, &task.id).await?;
                let current = found.ok_or_else(|| Error::NotFound { what: "task", id: task.id.to_string() })?;
                if current.outcome.is_some() {
                    return Ok(current);
                }
                wait_for_end(&mut signals, job_id).await;
            }
        };
        tokio::select! {
            result = waiting => result,
            () = tokio::time::sleep(self.limits().sync_wait_max) => Err(Error::TooSlow),
            () = self.hurry().cancelled() => Err(Error::TooSlow),
        }
    }
}

/// How the work of a new task stands.
#[derive(Debug)]
pub(crate) enum Work {
    /// A job will end it.
    Queued(JobId),
    /// It was done before, or needs no job.
    Ended(Outcome),
}

/// How long a waiter trusts in signals before it looks for itself.
const LOOK_AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

async fn wait_for_end(signals: &mut tokio::sync::broadcast::Receiver<Signal>, job_id: &JobId) {
    let signalled = async {
        loop {
            match signals.recv().await {
                Ok(Signal::JobFinished(id)) if id == *job_id => return,
                Ok(_) => {}
                // Lagging or closed: look, after a pause if nothing will ever come.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => return,
                Err(tokio::sync::broadcast::error::RecvError::Closed) => std::future::pending::<()>().await,
            }
        }
    };
    // A timeout is not an error here: signals are hints, and may be lost.
    let _ = tokio::time::timeout(LOOK_AGAIN_AFTER, signalled).await;
}
