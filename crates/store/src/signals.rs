//! Wake-ups between processes that share a database: through that database, or through NATS.
//!
//! Plain NATS messages, not JetStream: a signal is a hint that need not be kept, the truth is in the database.

use std::time::Duration;

use async_nats::Client;
use engine::{JobId, LocalSignals, Signal, Signals};
use futures::StreamExt as _;
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// The channel, or NATS subject, that all processes of one installation listen on.
const CHANNEL: &str = "phonoscope";
/// Signals that wait to be sent; more are dropped, which costs a poll.
const OUTBOX: usize = 1024;
/// How long a NATS server may take to send a message back.
const ECHO_WITHIN: Duration = Duration::from_secs(10);
/// How long to wait before listening again after the connection broke.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// A signal published in one process reaches all of them.
#[derive(Debug)]
pub struct RemoteSignals {
    heard: LocalSignals,
    outbox: mpsc::Sender<String>,
}

impl RemoteSignals {
    /// Carries signals by `LISTEN`/`NOTIFY` until `stop`.
    ///
    /// # Errors
    /// If there is no connection now; later breaks are mended in the background.
    pub async fn over_postgres(url: &str, stop: CancellationToken) -> Result<Self, sqlx::Error> {
        let pool = PgPoolOptions::new().max_connections(3).connect(url).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        let heard = LocalSignals::default();
        let (outbox, queue) = mpsc::channel(OUTBOX);
        tokio::spawn(send(pool, queue, stop.clone()));
        tokio::spawn(hear(listener, heard.clone(), stop));
        Ok(Self { heard, outbox })
    }

    /// Carries signals as NATS messages until `stop`, for installations whose database should not.
    ///
    /// Installations that share a NATS server need different subject prefixes.
    ///
    /// # Errors
    /// If there is no connection now; the client mends later breaks by itself.
    pub async fn over_nats(url: &str, prefix: &str, stop: CancellationToken) -> Result<Self, NatsError> {
        let client = async_nats::connect(url).await.map_err(|error| NatsError(error.into()))?;
        let subject = format!("{prefix}.{CHANNEL}");
        let mut messages = client.subscribe(subject.clone()).await.map_err(|error| NatsError(error.into()))?;
        hear_oneself(&client, prefix).await?;
        let heard = LocalSignals::default();
        let (outbox, queue) = mpsc::channel(OUTBOX);
        tokio::spawn(publish(client, subject, queue, stop.clone()));
        tokio::spawn({
            let heard = heard.clone();
            async move {
                loop {
                    let message = tokio::select! {
                        () = stop.cancelled() => return,
                        message = messages.next() => message,
                    };
                    let Some(message) = message else { return };
                    heard.publish(decode(&String::from_utf8_lossy(&message.payload)));
                }
            }
        });
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

/// Why NATS cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach the NATS server")]
pub struct NatsError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Waits until the server has taken every subscription made so far: it reads a connection's commands in order, so a
/// message to oneself comes back only after them. A flush merely empties the client's own buffer.
async fn hear_oneself(client: &Client, prefix: &str) -> Result<(), NatsError> {
    let subject = format!("{prefix}.hello.{}", uuid::Uuid::new_v4());
    let mut echo = client.subscribe(subject.clone()).await.map_err(|error| NatsError(error.into()))?;
    client.publish(subject, "".into()).await.map_err(|error| NatsError(error.into()))?;
    match tokio::time::timeout(ECHO_WITHIN, echo.next()).await {
        Ok(Some(_)) => Ok(()),
        _ => Err(NatsError("the server does not answer".into())),
    }
}

async fn publish(client: Client, subject: String, mut queue: mpsc::Receiver<String>, stop: CancellationToken) {
    loop {
        let payload = tokio::select! {
            () = stop.cancelled() => return,
            payload = queue.recv() => payload,
        };
        let Some(payload) = payload else { return };
        if let Err(error) = client.publish(subject.clone(), payload.into()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot notify other processes");
        }
    }
}

impl Signals for RemoteSignals {
    fn publish(&self, signal: Signal) {
        // A full outbox drops the signal: whoever waits for it polls.
        let _ = self.outbox.try_send(encode(&signal));
    }

    fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.heard.subscribe()
    }
}

/// Stands for a changed index where the id of a job could be; no job has this id.
const INDEX_CHANGED: &str = "index";

fn encode(signal: &Signal) -> String {
    match signal {
        Signal::JobQueued => String::new(),
        Signal::IndexChanged => INDEX_CHANGED.to_owned(),
        Signal::JobFinished(id) => id.to_string(),
    }
}

fn decode(payload: &str) -> Signal {
    match payload {
        "" => Signal::JobQueued,
        INDEX_CHANGED => Signal::IndexChanged,
        id => Signal::JobFinished(JobId::from_text(id)),
    }
}
