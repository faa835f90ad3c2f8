//! How a use case leaves work behind: a paid job within the account's limit, or a record that there is none to do.

use crate::access::Caller;
use crate::ids::{AccountId, ChargeId, JobId};
use crate::job::{Job, JobKind};
use crate::signals::Signal;
use crate::store::{StoreError, Transaction};
use crate::task::{Operation, Task, TaskRequest};
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// A job that a use case is about to queue.
pub(crate) struct NewJob<'a> {
    pub(crate) id: JobId,
    pub(crate) operation: Operation,
    pub(crate) kind: JobKind,
    pub(crate) dedupe_key: Option<&'a str>,
}

impl Engine {
    /// Queues paid work within the account's limit.
    pub(crate) async fn queue_job(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        new: NewJob<'_>,
        request: &TaskRequest,
    ) -> Result<()> {
        self.check_queue(tx, &caller.account_id).await?;
        let api = new.operation.api(request.door);
        let charge_id = self.reserve(tx, caller, api, &request.trace_id).await?;
        let job = self.new_job(new.id, &caller.account_id, new.kind, charge_id);
        Ok(tx.insert_job(&job, new.dedupe_key, job.created_at).await?)
    }

    /// Queues work that costs nothing within the account's limit.
    pub(crate) async fn queue_own_job(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        kind: JobKind,
    ) -> Result<JobId> {
        self.check_queue(tx, account).await?;
        Ok(self.queue_follow_up(tx, account, kind).await?)
    }

    /// Queues work that follows from work that was accepted.
    pub(crate) async fn queue_follow_up(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        kind: JobKind,
    ) -> Result<JobId, StoreError> {
        let job = self.new_job(JobId::random(self.entropy()), account, kind, None);
        tx.insert_job(&job, None, job.created_at).await?;
        Ok(job.id)
    }

    /// Queues work that follows from accepted work, for later.
    pub(crate) async fn queue_later(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        kind: JobKind,
        run_at: Timestamp,
    ) -> Result<JobId, StoreError> {
        let job = self.new_job(JobId::random(self.entropy()), account, kind, None);
        tx.insert_job(&job, None, run_at).await?;
        Ok(job.id)
    }

    pub(crate) async fn check_queue(&self, tx: &mut dyn Transaction, account: &AccountId) -> Result<()> {
        let limit = self.limits().queued_jobs_per_account_max;
        if tx.unfinished_jobs(account).await? >= limit { Err(Error::QueueFull { limit }) } else { Ok(()) }
    }

    pub(crate) fn new_job(&self, id: JobId, account: &AccountId, kind: JobKind, charge_id: Option<ChargeId>) -> Job {
        let account_id = account.clone();
        Job { id, account_id, kind, charge_id, failed_attempts: 0, epoch: 0, created_at: self.now() }
    }

    /// Stores a task with all that the transaction did for it, and wakes whoever has work now.
    pub(crate) async fn commit_task(&self, mut tx: Box<dyn Transaction>, task: Task) -> Result<Task> {
        self.insert_task(tx.as_mut(), &task).await?;
        tx.commit().await?;
        if task.job_id.is_some() || task.callback_url.is_some() {
            self.signals().publish(Signal::JobQueued);
        }
        Ok(task)
    }
}
