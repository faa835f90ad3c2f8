//! Wake-ups reach every process, whichever way they go.

use std::time::Duration;

use engine::{JobId, LocalSignals, Signal, Signals, SystemEntropy};
use store::RemoteSignals;
use tokio_util::sync::CancellationToken;

/// Names the NATS server to test against.
const NATS_VARIABLE: &str = "PHONOSCOPE_TEST_NATS";
const NATS_DEFAULT: &str = "nats://127.0.0.1:4222";

/// Longest a signal may take on one machine.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

async fn check(here: &dyn Signals, elsewhere: &dyn Signals) {
    let (mut at_home, mut abroad) = (here.subscribe(), elsewhere.subscribe());
    let ended = Signal::JobFinished(JobId::random(&SystemEntropy));
    for signal in [Signal::JobQueued, Signal::IndexChanged, ended] {
        here.publish(signal.clone());
        for receiver in [&mut at_home, &mut abroad] {
            assert_eq!(tokio::time::timeout(ARRIVES_WITHIN, receiver.recv()).await.unwrap().unwrap(), signal);
        }
    }
}

#[tokio::test]
async fn within_a_process() {
    let signals = LocalSignals::default();
    check(&signals, &signals.clone()).await;
}

#[tokio::test]
async fn through_postgres() {
    let Some(database) = crate::support::postgres().await else { return };
    let (url, stop) = (database.url().unwrap(), CancellationToken::new());
    let one = RemoteSignals::over_postgres(&url, stop.clone()).await.unwrap();
    let other = RemoteSignals::over_postgres(&url, stop.clone()).await.unwrap();
    check(&one, &other).await;
    stop.cancel();
    database.finish().await;
}

#[tokio::test]
async fn through_nats() {
    let url = std::env::var(NATS_VARIABLE).unwrap_or_else(|_| NATS_DEFAULT.to_owned());
    let prefix = JobId::random(&SystemEntropy).to_string();
    let stop = CancellationToken::new();
    let one = match RemoteSignals::over_nats(&url, &prefix, stop.clone()).await {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("skipped: no NATS at `{url}` ({error}); set {NATS_VARIABLE} to test against one");
            return;
        }
    };
    let other = RemoteSignals::over_nats(&url, &prefix, stop.clone()).await.unwrap();
    check(&one, &other).await;
    stop.cancel();
}
