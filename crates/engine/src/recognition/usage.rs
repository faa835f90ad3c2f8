//! How often projects are used: counted per day, durably, many at a time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::identify::IdentifyError;
use super::number::ProjectId;
use super::project::Project;
use crate::time::Timestamp;
use crate::{Engine, Error, Result, StoreError};

/// A project's searches on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayUsage {
    /// The day, UTC, as `YYYY-MM-DD`.
    pub day: String,
    /// Searches that found something.
    pub n_hits: i64,
    /// Searches that found nothing.
    pub n_misses: i64,
}

/// One search to be counted, and who waits for that.
struct Count {
    project: ProjectId,
    day: String,
    is_hit: bool,
    counted: oneshot::Sender<bool>,
}

/// Searches that wait to be counted, and those that are under way.
#[derive(Default)]
pub(crate) struct Usage {
    waiting: Mutex<Vec<Count>>,
    /// Held by whoever counts for all that wait.
    turn: tokio::sync::Mutex<()>,
    /// Searches that were admitted and are not counted yet, by project.
    admitted: Mutex<HashMap<ProjectId, i64>>,
}

/// The right to one search within a project's limits; dropped when it is counted.
pub(crate) struct Admission<'a> {
    usage: &'a Usage,
    project: ProjectId,
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let mut admitted = lock(&self.usage.admitted);
        if let Some(count) = admitted.get_mut(&self.project) {
            *count -= 1;
            if *count == 0 {
                admitted.remove(&self.project);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that is done under these locks can be left half done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Admits one more search, unless those counted and those under way in this process use the project's limits up.
    pub(crate) async fn admit_search(&self, project: &Project) -> Result<Admission<'_>, IdentifyError> {
        let usage = self.usage();
        // Admitted before the counts are read: a search that is counted in between counts twice rather than not at all.
        let n_admitted = {
            let mut admitted = lock(&usage.admitted);
            let count = admitted.entry(project.id).or_default();
            *count += 1;
            *count
        };
        let admission = Admission { usage, project: project.id };
        if project.day_limit > 0 || project.total_limit > 0 {
            let mut tx = self.store().read().await?;
            let (today, ever) = tx.usage_totals(project.id, &self.now().day()).await?;
            let is_over = |limit: i64, counted: i64| limit > 0 && counted + n_admitted > limit;
            if is_over(project.day_limit, today) || is_over(project.total_limit, ever) {
                return Err(IdentifyError::QuotaUsedUp);
            }
        }
        Ok(admission)
    }

    /// Counts a search; when it returns, that is on disk. Searches that end at the same time share a transaction.
    pub(crate) async fn count_search(&self, project: &Project, is_hit: bool, now: Timestamp) -> Result<()> {
        loop {
            let (counted, mut is_counted) = oneshot::channel();
            let count = Count { project: project.id, day: now.day(), is_hit, counted };
            lock(&self.usage().waiting).push(count);
            let turn = self.usage().turn.lock().await;
            if let Ok(is_counted) = is_counted.try_recv() {
                // Somebody else's turn covered this one.
                return if is_counted { Ok(()) } else { Err(not_counted()) };
            }
            let waiting = std::mem::take(&mut *lock(&self.usage().waiting));
            let written = self.write_counts(&waiting).await;
            for count in waiting {
                // Who no longer waits has left.
                let _ = count.counted.send(written.is_ok());
            }
            drop(turn);
            // Else the turn that took this one was broken off before it wrote anything.
            if is_counted.await.is_ok() {
                return written;
            }
        }
    }

    async fn write_counts(&self, counts: &[Count]) -> Result<()> {
        let mut sums: HashMap<(ProjectId, &str), (i64, i64)> = HashMap::new();
        for count in counts {
            let sum = sums.entry((count.project, count.day.as_str())).or_default();
            if count.is_hit { sum.0 += 1 } else { sum.1 += 1 }
        }
        // In one order, or two processes could wait for each other's rows.
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|(key, _)| *key);
        let mut tx = self.store().write().await?;
        for ((project, day), (n_hits, n_misses)) in sums {
            tx.add_usage(project, &DayUsage { day: day.to_owned(), n_hits, n_misses }).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn not_counted() -> Error {
    StoreError::new("count a search", "the transaction that it shared failed").into()
}
