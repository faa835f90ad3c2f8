//! Work that was queued.

use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use tokio_util::sync::CancellationToken;

/// Does all queued work of all accounts, deliveries among it; `at_each_look` is called every 10 ms.
///
/// # Panics
///
/// If it takes longer than `longest`, or a worker fails.
pub async fn settle(engine: &Arc<Engine>, longest: Duration, mut at_each_look: impl FnMut()) {
    let stop = CancellationToken::new();
    let workers = tokio::spawn({
        let (engine, stop) = (Arc::clone(engine), stop.clone());
        async move { engine.work(1, stop).await }
    });
    let settled = async {
        while n_unfinished_jobs(engine).await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            at_each_look();
        }
    };
    tokio::time::timeout(longest, settled).await.expect("work that ends in time");
    stop.cancel();
    workers.await.expect("workers that do not panic");
}

async fn n_unfinished_jobs(engine: &Engine) -> i64 {
    let mut tx = engine.store().read().await.expect("a store that works");
    let counts = tx.job_counts().await.expect("a store that works");
    counts.into_iter().map(|(_, n_jobs)| n_jobs).sum()
}
