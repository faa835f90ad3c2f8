//! Time and chance that tests rule.

use std::sync::atomic::{AtomicI64, Ordering};

use engine::{Clock, Entropy, SystemEntropy, Timestamp};

/// 2026-01-02T03:04:05.678Z.
const BEGINNING: i64 = 1_767_323_045_678_000;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct StoppedClock(AtomicI64);

impl Default for StoppedClock {
    fn default() -> Self {
        Self(AtomicI64::new(BEGINNING))
    }
}

impl StoppedClock {
    /// Moves it on.
    pub fn advance(&self, n_micros: i64) {
        self.0.fetch_add(n_micros, Ordering::Relaxed);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Randomness that panics once it has run out.
#[derive(Debug)]
pub struct Fuse(AtomicI64);

impl Default for Fuse {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MAX))
    }
}

impl Fuse {
    /// Lets it run out after `n` more uses.
    pub fn blow_after(&self, n: i64) {
        self.0.store(n, Ordering::Relaxed);
    }
}

impl Entropy for Fuse {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 0, "the fuse blew");
        SystemEntropy.fill(bytes);
    }
}
