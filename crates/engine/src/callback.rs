//! Callbacks: how a task ended, posted to a URL of the caller's; never in the way of the task itself.

use url::Url;

use crate::ids::{JobId, TaskId};
use crate::job::{Job, JobKind};
use crate::store::{StoreError, Transaction};
use crate::task::Task;
use crate::worker::WorkError;
use crate::{Engine, Failure, FailureCode};

impl Engine {
    /// Queues the callback of a finished task, if it asked for one.
    pub(crate) async fn queue_callback(&self, tx: &mut dyn Transaction, task: &Task) -> Result<(), StoreError> {
        let Some(url) = &task.callback_url else {
            return Ok(());
        };
        let now = self.now();
        let job = Job {
            id: JobId::random(self.entropy()),
            account_id: task.account_id.clone(),
            kind: JobKind::Callback { task_id: task.id.clone(), url: url.clone() },
            charge_id: None,
            failed_attempts: 0,
            epoch: 0,
            created_at: now,
        };
        tx.insert_job(&job, None, now).await
    }

    /// Delivers one callback.
    pub(crate) async fn deliver_callback(&self, job: &Job, task_id: &TaskId, url: &str) -> Result<(), WorkError> {
        let task = self.task(&job.account_id, task_id).await?;
        let task = task.ok_or_else(|| Failure::new(FailureCode::Internal, "the task is gone"))?;
        let Some(body) = self.callback_body(&task) else {
            return Ok(());
        };
        let url = Url::parse(url).map_err(|error| Failure::new(FailureCode::BadSource, error.to_string()))?;
        self.web().post_json(&url, body).await.map_err(|error| {
            let failure = Failure::new(FailureCode::BadSource, error.to_string());
            if error.is_transient() { WorkError::Retry(failure) } else { WorkError::Fail(failure) }
        })
    }
}
