//! The memory segment: twice in memory, so that queries read the one while a change goes into the other.

use std::sync::Arc;
use std::time::Duration;

use fingerprint::{Fingerprint, MemorySegment, Track};

use crate::error::{Doing as _, Result};

/// How often, and how long at a time, a change waits for queries that still read the copy it goes into.
const WAIT_TRIES: u32 = 20;
const WAIT: Duration = Duration::from_millis(1);

/// Tracks in memory, with their buckets.
#[derive(Default)]
pub(crate) struct MemoryPart {
    pub(crate) segment: MemorySegment,
    /// The bucket of each track.
    pub(crate) buckets: Vec<Arc<str>>,
    pub(crate) audio_ms: u64,
}

impl MemoryPart {
    /// Builds a second one.
    fn twin(&self) -> Self {
        let mut twin = Self::default();
        for (ordinal, bucket) in (0..).zip(&self.buckets) {
            let (Some(track), Some(fingerprint)) = (self.segment.track(ordinal), self.segment.fingerprint(ordinal))
            else {
                break;
            };
            let addition =
                Addition { bucket: Arc::clone(bucket), track: track.clone(), fingerprint: Arc::new(fingerprint) };
            twin.add_again(&addition);
        }
        twin
    }

    /// Adds what went into the twin before.
    fn add_again(&mut self, addition: &Addition) {
        let added = self.add(addition);
        debug_assert!(added.is_ok(), "twins differ");
    }

    fn add(&mut self, addition: &Addition) -> Result<u32> {
        let ordinal = self.segment.add(addition.track.clone(), &addition.fingerprint).doing("index a fingerprint")?;
        self.buckets.push(Arc::clone(&addition.bucket));
        self.audio_ms = self.audio_ms.saturating_add(addition.track.duration_ms);
        Ok(ordinal)
    }
}

/// A track that comes.
#[derive(Clone)]
pub(crate) struct Addition {
    pub(crate) bucket: Arc<str>,
    pub(crate) track: Track,
    pub(crate) fingerprint: Arc<Fingerprint>,
}

/// The two copies.
pub(crate) struct Memory {
    /// What queries read.
    shown: Arc<MemoryPart>,
    /// What changes go into; made when first needed, so that readers hold one copy only.
    next: Option<Arc<MemoryPart>>,
    /// What is in `shown` and not in `next`.
    behind: Vec<Addition>,
    /// What is in `next` and not in `shown`.
    ahead: Vec<Addition>,
}

impl Memory {
    pub(crate) fn new(part: MemoryPart) -> Self {
        Self { shown: Arc::new(part), next: None, behind: Vec::new(), ahead: Vec::new() }
    }

    /// The newest state, what is not shown yet included.
    pub(crate) fn newest(&self) -> &Arc<MemoryPart> {
        if self.ahead.is_empty() { &self.shown } else { self.next.as_ref().unwrap_or(&self.shown) }
    }

    /// Adds a track that [`Self::show`] makes visible.
    pub(crate) fn add(&mut self, addition: Addition) -> Result<u32> {
        let ordinal = self.writable().add(&addition)?;
        self.ahead.push(addition);
        Ok(ordinal)
    }

    /// Shows what was added.
    pub(crate) fn show(&mut self) {
        if self.ahead.is_empty() {
            return;
        }
        if let Some(next) = self.next.take() {
            self.next = Some(std::mem::replace(&mut self.shown, next));
            self.behind = std::mem::take(&mut self.ahead);
        }
    }

    /// Shows what was added and keeps no second copy, for readers and for the first query after a long replay.
    pub(crate) fn settle(&mut self) {
        self.show();
        self.next = None;
        self.behind.clear();
    }

    /// Returns the copy that no query reads, with all that is in the other.
    fn writable(&mut self) -> &mut MemoryPart {
        if self.next.as_mut().is_none_or(|next| !is_free(next)) {
            // The first change, or a query that takes long: a fresh copy costs less than waiting for it.
            self.next = Some(Arc::new(self.shown.twin()));
            self.behind.clear();
        }
        let part = Arc::get_mut(self.next.get_or_insert_default()).expect("nobody else has it, as was just seen");
        self.behind.drain(..).for_each(|addition| part.add_again(&addition));
        part
    }
}

/// Waits a little for the last query to leave.
fn is_free(part: &mut Arc<MemoryPart>) -> bool {
    for _ in 0..WAIT_TRIES {
        if Arc::get_mut(part).is_some() {
            return true;
        }
        std::thread::sleep(WAIT);
    }
    false
}
