//! Wake-ups between the processes that share a PostgreSQL database.

use std::time::Duration;

use engine::{JobId, LocalSignals, Signal, Signals};
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// The channel that all processes of one database listen on.
const CHANNEL: &str = "phonoscope";
/// Signals that wait to be sent; more are dropped, which costs a poll.
const OUTBOX: usize = 1024;
/// How long to wait before listening again after the connection broke.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// `LISTEN`/`NOTIFY`: a signal published in one process reaches all of them.
#[derive(Debug)]
pub struct PostgresSignals {
    heard: LocalSignals,
    outbox: mpsc::Sender<String>,
}

impl PostgresSignals {
    /// Connects, and listens until `stop`.
    ///
    /// # Errors
    /// If there is no connection now; later breaks are mended in the background.
    pub async fn connect(url: &str, stop: CancellationToken) -> Result<Self, sqlx::Error> {
        let pool = PgPoolOptions::new().max_connections(3).connect(url).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        let heard = LocalSignals::default();
        let (outbox, queue) = mpsc::channel(OUTBOX);
        tokio::spawn(send(pool, queue, stop.clone()));
        tokio::spawn(hear(listener, heard.clone(), stop));
        Ok(Self { heard, outbox })
    }
}

async fn send(pool: PgPool, mut queue: mpsc::Receiver<String>, stop: CancellationToken) {
    loop {
        let payload = tokio::select! {
            () = stop.cancelled() => return,
            payload = queue.recv() => payload,
        };
        let Some(payload) = payload else { return };
        let sent = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(&pool).await;
        if let Err(error) = sent {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot notify other processes");
        }
    }
}

async fn hear(mut listener: PgListener, heard: LocalSignals, stop: CancellationToken) {
    loop {
        let heard_now = tokio::select! {
            () = stop.cancelled() => return,
            heard_now = listener.recv() => heard_now,
        };
        match heard_now {
            Ok(notification) => heard.publish(decode(notification.payload())),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "lost the connection that listens");
                tokio::time::sleep(RECONNECT_AFTER).await;
            }
        }
    }
}

impl Signals for PostgresSignals {
    fn publish(&self, signal: Signal) {
        // A full outbox drops the signal: whoever waits for it polls.
        let _ = self.outbox.try_send(encode(&signal));
    }

    fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.heard.subscribe()
    }
}

fn encode(signal: &Signal) -> String {
    match signal {
        Signal::JobQueued => String::new(),
        Signal::JobFinished(id) => id.to_string(),
    }
}

fn decode(payload: &str) -> Signal {
    if payload.is_empty() { Signal::JobQueued } else { Signal::JobFinished(JobId::from_text(payload)) }
}
