//! What work and whoever watches over it tell each other.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::Error;
use crate::blobs::BlobError;
use crate::job::Failure;
use crate::store::StoreError;

/// Why work on a job did not end in a product.
#[derive(Debug)]
pub(crate) enum WorkError {
    /// May go better later.
    Retry(Failure),
    /// Will not.
    Fail(Failure),
    /// The engine itself failed.
    Engine(Error),
    /// The worker is shutting down, or lost its lease.
    Stopped,
}

impl From<Failure> for WorkError {
    fn from(failure: Failure) -> Self {
        Self::Fail(failure)
    }
}

impl From<Error> for WorkError {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<BlobError> for WorkError {
    fn from(error: BlobError) -> Self {
        Self::Engine(error.into())
    }
}

/// What a running job and its heartbeat tell each other.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    pub(crate) stop: AtomicBool,
    pub(crate) percent: AtomicI64,
}

impl Pulse {
    pub(crate) fn progress(&self, percent: u8) -> ControlFlow<()> {
        self.percent.store(i64::from(percent), Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
