//! The queue: leases with epochs over one table.

use async_trait::async_trait;
use engine::{AccountId, ChargeId, Job, JobId, Jobs, Lane, Lease, StoreError, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::{statements, worded};
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, broken, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// How a job leaves a worker without having ended; `$1` and `$2` are the lease.
macro_rules! unlease {
    ($set:literal) => {
        concat!(
            "UPDATE jobs SET state = 'queued', worker = NULL, lease_until = NULL, ",
            $set,
            " WHERE id = $1 AND epoch = $2 AND state = 'leased'"
        )
    };
}

/// Claiming differs only in how rows that others are claiming are passed over.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE jobs SET state = 'leased', worker = $1, lease_until = $3, epoch = epoch + 1, updated_at = $2 \
             WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND lane = $4 AND run_at <= $2 ORDER BY run_at LIMIT 1",
            $lock,
            ") RETURNING *"
        )
    };
}

statements! {
    INSERT_JOB = "INSERT INTO jobs (id, account_id, kind, lane, payload, charge_id, dedupe_key, state, run_at, \
        failed_attempts, epoch, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, 0, $10, $10)";
    ACTIVE_JOB = "SELECT id FROM jobs WHERE dedupe_key = $1 AND finished_at IS NULL";
    HOLD_JOB = "UPDATE jobs SET updated_at = $2 WHERE id = $1 AND finished_at IS NULL";
    EXTEND_LEASE = "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND epoch = $2 AND state = 'leased'";
    FINISH_JOB = "UPDATE jobs SET state = $3, error = $4, finished_at = $5, updated_at = $5, worker = NULL, \
        lease_until = NULL WHERE id = $1 AND epoch = $2 AND state = 'leased'";
    RETRY_JOB = unlease!("failed_attempts = failed_attempts + 1, error = $3, run_at = $4");
    RELEASE_JOB = unlease!("updated_at = $3");
    EXPIRE_LEASES = "UPDATE jobs SET state = 'queued', worker = NULL, lease_until = NULL, run_at = $1 \
        WHERE state = 'leased' AND lease_until < $1";
    VOID_LEASES = "UPDATE jobs SET state = 'queued', worker = NULL, lease_until = NULL, run_at = $1 \
        WHERE state = 'leased'";
    UNFINISHED_JOBS = "SELECT COUNT(*) FROM jobs WHERE account_id = $1 AND finished_at IS NULL AND kind <> 'deliver'";
    JOB_COUNTS = "SELECT state, COUNT(*) AS n FROM jobs WHERE finished_at IS NULL GROUP BY state ORDER BY state";
}

worded! {
    CLAIM = claim!(""), claim!(" FOR UPDATE SKIP LOCKED");
}

#[async_trait]
impl Jobs for SqlTransaction {
    async fn insert_job(&mut self, job: &Job, dedupe_key: Option<&str>, run_at: Timestamp) -> Result<()> {
        let payload =
            serde_json::to_string(&job.kind).map_err(|error| StoreError::new("write a job's payload", error))?;
        let statement = query(INSERT_JOB)
            .bind(job.id.as_str())
            .bind(job.account_id.as_str())
            .bind(job.kind.name())
            .bind(job.kind.lane().name())
            .bind(payload)
            .bind(job.charge_id.as_ref().map(ChargeId::as_str))
            .bind(dedupe_key)
            .bind(run_at.as_micros())
            .bind(job.failed_attempts)
            .bind(job.created_at.as_micros());
        self.run("queue a job", statement).await.map(|_| ())
    }

    async fn active_job(&mut self, dedupe_key: &str) -> Result<Option<JobId>> {
        let id: Option<String> = self.one("find a job", query(ACTIVE_JOB).bind(dedupe_key)).await?;
        Ok(id.map(JobId::from_text))
    }

    async fn hold_job(&mut self, id: &JobId, now: Timestamp) -> Result<bool> {
        let statement = query(HOLD_JOB).bind(id.as_str()).bind(now.as_micros());
        Ok(self.run("hold a job", statement).await? == 1)
    }

    async fn claim_job(&mut self, lane: Lane, worker: &str, now: Timestamp, until: Timestamp) -> Result<Option<Job>> {
        let statement = query(CLAIM.for_dialect(self.dialect()))
            .bind(worker)
            .bind(now.as_micros())
            .bind(until.as_micros())
            .bind(lane.name());
        self.one("claim a job", statement).await
    }

    async fn extend_lease(&mut self, lease: &Lease, until: Timestamp) -> Result<bool> {
        let statement = query(EXTEND_LEASE).bind(lease.job_id.as_str()).bind(lease.epoch).bind(until.as_micros());
        Ok(self.run("prolong a lease", statement).await? == 1)
    }

    async fn finish_job(&mut self, lease: &Lease, error: Option<&str>, now: Timestamp) -> Result<bool> {
        let state = if error.is_none() { "done" } else { "failed" };
        let statement = query(FINISH_JOB)
            .bind(lease.job_id.as_str())
            .bind(lease.epoch)
            .bind(state)
            .bind(error)
            .bind(now.as_micros());
        Ok(self.run("end a job", statement).await? == 1)
    }

    async fn retry_job(&mut self, lease: &Lease, error: &str, run_at: Timestamp) -> Result<bool> {
        let statement =
            query(RETRY_JOB).bind(lease.job_id.as_str()).bind(lease.epoch).bind(error).bind(run_at.as_micros());
        Ok(self.run("queue a job again", statement).await? == 1)
    }

    async fn release_job(&mut self, lease: &Lease, now: Timestamp) -> Result<bool> {
        let statement = query(RELEASE_JOB).bind(lease.job_id.as_str()).bind(lease.epoch).bind(now.as_micros());
        Ok(self.run("give a job back", statement).await? == 1)
    }

    async fn expire_leases(&mut self, now: Timestamp) -> Result<u64> {
        self.run("take back leases", query(EXPIRE_LEASES).bind(now.as_micros())).await
    }

    async fn void_leases(&mut self, now: Timestamp) -> Result<u64> {
        self.run("take back leases", query(VOID_LEASES).bind(now.as_micros())).await
    }

    async fn unfinished_jobs(&mut self, account: &AccountId) -> Result<i64> {
        let count: Option<i64> = self.one("count jobs", query(UNFINISHED_JOBS).bind(account.as_str())).await?;
        Ok(count.unwrap_or_default())
    }

    async fn job_counts(&mut self) -> Result<Vec<(String, i64)>> {
        let counts: Vec<StateCount> = self.all("count jobs", query(JOB_COUNTS)).await?;
        Ok(counts.into_iter().map(|count| (count.state, count.n_jobs)).collect())
    }
}

struct StateCount {
    state: String,
    n_jobs: i64,
}

impl FromAnyRow for StateCount {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self { state: row.try_get("state")?, n_jobs: row.try_get("n")? })
    }
}

impl FromAnyRow for Job {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let payload: String = row.try_get("payload")?;
        Ok(Self {
            id: JobId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            kind: serde_json::from_str(&payload).map_err(|error| broken("payload", error))?,
            charge_id: row.try_get::<Option<String>, _>("charge_id")?.map(ChargeId::from_text),
            failed_attempts: row.try_get("failed_attempts")?,
            epoch: row.try_get("epoch")?,
            created_at: time(row, "created_at")?,
        })
    }
}
