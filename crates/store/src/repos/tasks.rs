//! Records of calls.

use async_trait::async_trait;
use engine::{
    AccountId, ApplicationId, CredentialId, JobId, Operation, Outcome, StoreError, Task, TaskFilter, TaskId, Tasks,
    Timestamp, TraceId,
};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, broken, micros, opt_time, parsed, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_TASK = "INSERT INTO tasks (id, account_id, application_id, credential_id, door, operation, trace_id, \
        request, callback_url, job_id, outcome, created_at, started_at, finished_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    TASK = "SELECT * FROM tasks WHERE account_id = $1 AND id = $2";
    TASK_BY_TRACE = "SELECT * FROM tasks WHERE account_id = $1 AND trace_id = $2";
    TASKS = "SELECT * FROM tasks WHERE account_id = $1 AND created_at BETWEEN $2 AND $3 \
        AND ($4 = '' OR application_id = $4) AND ($5 = '' OR operation = $5) AND door = $6 \
        ORDER BY created_at DESC, id LIMIT $7 OFFSET $8";
    START_TASKS = "UPDATE tasks SET started_at = $2 WHERE job_id = $1 AND started_at IS NULL";
    FINISH_TASKS = "UPDATE tasks SET outcome = $2, finished_at = $3, started_at = COALESCE(started_at, created_at) \
        WHERE job_id = $1 AND outcome IS NULL RETURNING *";
}

#[async_trait]
impl Tasks for SqlTransaction {
    async fn insert_task(&mut self, task: &Task) -> Result<()> {
        let statement = query(INSERT_TASK)
            .bind(task.id.as_str())
            .bind(task.account_id.as_str())
            .bind(task.application_id.as_str())
            .bind(task.credential_id.as_str())
            .bind(task.door.name())
            .bind(task.operation.name())
            .bind(task.trace_id.as_str())
            .bind(task.request.as_str())
            .bind(task.callback_url.as_deref())
            .bind(task.job_id.as_ref().map(JobId::as_str))
            .bind(task.outcome.as_ref().map(to_json).transpose()?)
            .bind(task.created_at.as_micros())
            .bind(micros(task.started_at))
            .bind(micros(task.finished_at));
        self.run("add a task", statement).await.map(|_| ())
    }

    async fn task(&mut self, account: &AccountId, id: &TaskId) -> Result<Option<Task>> {
        self.one("read a task", query(TASK).bind(account.as_str()).bind(id.as_str())).await
    }

    async fn task_by_trace(&mut self, account: &AccountId, trace: &str) -> Result<Option<Task>> {
        self.one("read a task", query(TASK_BY_TRACE).bind(account.as_str()).bind(trace)).await
    }

    async fn tasks(&mut self, account: &AccountId, filter: &TaskFilter) -> Result<Vec<Task>> {
        let statement = query(TASKS)
            .bind(account.as_str())
            .bind(filter.created_min.as_micros())
            .bind(filter.created_max.as_micros())
            .bind(filter.application_id.as_ref().map_or("", ApplicationId::as_str))
            .bind(filter.operation.map_or("", Operation::name))
            .bind(filter.door.name())
            .bind(i64::from(filter.page.limit))
            .bind(i64::from(filter.page.offset));
        self.all("list tasks", statement).await
    }

    async fn start_tasks(&mut self, job: &JobId, now: Timestamp) -> Result<()> {
        let statement = query(START_TASKS).bind(job.as_str()).bind(now.as_micros());
        self.run("start tasks", statement).await.map(|_| ())
    }

    async fn finish_tasks(&mut self, job: &JobId, outcome: &Outcome, now: Timestamp) -> Result<Vec<Task>> {
        let statement = query(FINISH_TASKS).bind(job.as_str()).bind(to_json(outcome)?).bind(now.as_micros());
        self.all("end tasks", statement).await
    }
}

fn to_json(outcome: &Outcome) -> Result<String> {
    serde_json::to_string(outcome).map_err(|error| StoreError::new("write an outcome", error))
}

impl FromAnyRow for Task {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let outcome: Option<String> = row.try_get("outcome")?;
        let outcome = outcome.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Self {
            id: TaskId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            application_id: ApplicationId::from_text(row.try_get::<String, _>("application_id")?),
            credential_id: CredentialId::from_text(row.try_get::<String, _>("credential_id")?),
            door: parsed(row, "door")?,
            operation: parsed(row, "operation")?,
            trace_id: TraceId::from_text(row.try_get::<String, _>("trace_id")?),
            request: row.try_get("request")?,
            callback_url: row.try_get("callback_url")?,
            job_id: row.try_get::<Option<String>, _>("job_id")?.map(JobId::from_text),
            outcome: outcome.map_err(|error| broken("outcome", error))?,
            created_at: time(row, "created_at")?,
            started_at: opt_time(row, "started_at")?,
            finished_at: opt_time(row, "finished_at")?,
        })
    }
}
