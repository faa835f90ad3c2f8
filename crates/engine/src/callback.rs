//! Callbacks: how a task ended, posted to a URL of the caller's; never in the way of the task itself.

use url::Url;

use crate::ids::TaskId;
use crate::job::{Job, JobKind};
use crate::store::{StoreError, Transaction};
use crate::task::Task;
use crate::work::WorkError;
use crate::{Engine, Failure, FailureCode};

impl Engine {
    /// Queues the callback of a finished task, if it asked for one.
    pub(crate) async fn queue_callback(&self, tx: &mut dyn Transaction, task: &Task) -> Result<(), StoreError> {
        let Some(url) = &task.callback_url else {
            return Ok(());
        };
        let kind = JobKind::Callback { task_id: task.id.clone(), url: url.clone() };
        self.queue_follow_up(tx, &task.account_id, kind).await.map(|_| ())
    }

    /// Delivers one callback.
    pub(crate) async fn deliver_callback(&self, job: &Job, task_id: &TaskId, url: &str) -> Result<(), WorkError> {
        let task = self.task(&job.account_id, task_id).await?;
        let task = task.ok_or_else(|| Failure::new(FailureCode::Internal, "the task is gone"))?;
        let Some(body) = self.callback_body(&task) else {
            return Ok(());
        };
        self.post(url, body).await
    }

    /// Posts JSON to a user's URL.
    pub(crate) async fn post(&self, url: &str, body: String) -> Result<(), WorkError> {
        let url = Url::parse(url).map_err(|error| Failure::new(FailureCode::BadSource, error.to_string()))?;
        let posted = self.web().post_json(&url, body, &[]).await;
        posted.map(|_| ()).map_err(|error| {
            let failure = Failure::new(FailureCode::BadSource, error.to_string());
            if error.is_transient() { WorkError::Retry(failure) } else { WorkError::Fail(failure) }
        })
    }
}
