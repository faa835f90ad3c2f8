//! Wake-ups between whoever queues work, whoever does it and whoever waits for it.
//!
//! A signal is a hint that saves a poll, never the truth: a lost one costs a delay, not a job.

use tokio::sync::broadcast;

use crate::ids::JobId;

/// Something happened that somebody may be waiting for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A job became claimable.
    JobQueued,
    /// What belongs into the index changed.
    IndexChanged,
    /// A job ended, well or badly.
    JobFinished(JobId),
}

/// Carries signals within a process, or between processes.
pub trait Signals: Send + Sync {
    /// Tells every subscriber; never blocks.
    fn publish(&self, signal: Signal);

    /// Starts listening; a subscriber that lags misses signals and must look for itself.
    fn subscribe(&self) -> broadcast::Receiver<Signal>;
}

/// Signals that stay within this process.
#[derive(Debug, Clone)]
pub struct LocalSignals {
    sender: broadcast::Sender<Signal>,
}

/// Signals a subscriber may lag behind before it is told to look for itself.
const BACKLOG: usize = 1024;

impl Default for LocalSignals {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG) }
    }
}

impl Signals for LocalSignals {
    fn publish(&self, signal: Signal) {
        // An error means that nobody listens, which is no loss.
        let _ = self.sender.send(signal);
    }

    fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.sender.subscribe()
    }
}
