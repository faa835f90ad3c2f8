//! What has to be done now and then: leases that ran out, originals that nobody wants.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::blobs::BlobKey;
use crate::job::JobState;
use crate::recognition::Sequence;
use crate::signals::Signal;
use crate::{Engine, Result};

/// How often leases that ran out are given to other workers.
const EXPIRE_EVERY: Duration = Duration::from_secs(5);
/// How often unused originals are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How often files that were thrown away are removed, and how long after; until then an index that is behind may still read them.
const EMPTY_EVERY: Duration = Duration::from_secs(30);
const TRASH_FOR: Duration = Duration::from_secs(60);
/// How often batches are looked after whose last film ended while nobody fed them.
const FEED_EVERY: Duration = Duration::from_secs(10);
/// How long the log of deliveries goes back.
const REMEMBER_DELIVERIES_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long it is kept in mind that something left the index; an index that is further behind is built anew.
const REMEMBER_REMOVALS_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Rows that are forgotten, and files that are removed, in one transaction.
const FORGET_ROWS_MAX: u32 = 1000;
/// Unused originals removed in one go.
const SWEEP_ROWS_MAX: u32 = 100;

impl Engine {
    /// Keeps house until `stop`.
    pub(crate) async fn keep_house(&self, stop: &CancellationToken) {
        let mut expire = tokio::time::interval(EXPIRE_EVERY);
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        let mut empty = tokio::time::interval(EMPTY_EVERY);
        let mut feed = tokio::time::interval(FEED_EVERY);
        loop {
            let done = tokio::select! {
                () = stop.cancelled() => return,
                _ = expire.tick() => self.expire_leases().await,
                _ = empty.tick() => self.empty_trash().await,
                _ = sweep.tick() => self.sweep().await,
                _ = feed.tick() => self.feed_batches().await,
            };
            if let Err(error) = done {
                tracing::error!(error = &error as &dyn std::error::Error, "housekeeping failed");
            }
        }
    }

    async fn expire_leases(&self) -> Result<()> {
        let mut tx = self.store().write().await?;
        let n_jobs = tx.expire_leases(self.now()).await?;
        let counts = tx.job_counts().await?;
        for state in [JobState::Queued, JobState::Leased].map(JobState::name) {
            // A state without jobs is not counted, and must not keep its last value.
            let n_in_state = counts.iter().find(|(name, _)| name == state).map_or(0, |(_, count)| *count);
            metrics::gauge!("phonoscope_jobs", "state" => state).set(n_in_state as f64);
        }
        tx.commit().await?;
        if n_jobs > 0 {
            tracing::warn!(n_jobs, "took back jobs whose worker fell silent");
            self.signals().publish(Signal::JobQueued);
        }
        Ok(())
    }

    async fn sweep(&self) -> Result<()> {
        self.sweep_unused_assets().await?;
        self.sweep_dumps().await?;
        let now = self.now();
        let mut tx = self.store().write().await?;
        tx.forget_held_uploads(now).await?;
        let before = now.saturating_sub(REMEMBER_REMOVALS_FOR);
        let forgotten = tx.forget_index_removals(before, FORGET_ROWS_MAX).await?;
        tx.raise_number(Sequence::IndexForgotten, forgotten).await?;
        tx.forget_deliveries(now.saturating_sub(REMEMBER_DELIVERIES_FOR), FORGET_ROWS_MAX).await?;
        Ok(tx.commit().await?)
    }

    /// Removes files that were thrown away.
    async fn empty_trash(&self) -> Result<()> {
        let before = self.now().saturating_sub(TRASH_FOR);
        let keys = self.store().read().await?.trash(before, FORGET_ROWS_MAX).await?;
        if keys.is_empty() {
            return Ok(());
        }
        for key in &keys {
            self.blobs().delete(key).await?;
        }
        let mut tx = self.store().write().await?;
        for key in &keys {
            tx.forget_trash(key).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Removes originals that no track has and nobody asked for lately; returns how many.
    ///
    /// # Errors
    /// The store's and the blob store's.
    pub async fn sweep_unused_assets(&self) -> Result<u64> {
        let before = self.now().saturating_sub(self.settings().unused_asset_grace);
        let unused = self.store().read().await?.unused_assets(before, SWEEP_ROWS_MAX).await?;
        let mut n_removed = 0;
        for id in unused {
            let mut tx = self.store().write().await?;
            if !tx.delete_unused_asset(&id, before).await? {
                continue;
            }
            // The file goes while the row is locked, so that nobody can want it again in between.
            self.blobs().delete(&BlobKey::asset(&id)).await?;
            tx.commit().await?;
            n_removed += 1;
        }
        Ok(n_removed)
    }
}
