//! The recognizer: one index, for any number of threads.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fingerprint::{Explanation, Fingerprint, SearchOptions, Searcher};

use crate::changelog::{Entry, RecordWriter};
use crate::error::{Doing as _, Error, Result};
use crate::maintain::Worker;
use crate::open::{self, Access, Layout, Lock, Options};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::track::{Found, TrackInfo, check_bucket, check_name};

/// Bytes of fingerprints that are written in one record at most, unless a single call brings more.
const RECORD_LEN_MAX: usize = 64 << 20;

/// A change of the index.
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds a track, in the place of one of the same bucket and name.
    Put {
        /// Where to.
        bucket: String,
        /// What it is called.
        name: String,
        /// What it sounds like.
        fingerprint: Fingerprint,
    },
    /// Removes a track.
    Remove {
        /// Where it is.
        bucket: String,
        /// What it is called.
        name: String,
    },
    /// Moves a track to another bucket, in the place of one of the same name.
    Move {
        /// Where it is.
        bucket: String,
        /// What it is called.
        name: String,
        /// Where it goes.
        to: String,
    },
}

/// What became of a [`Change`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The track is in the index.
    Added {
        /// What it is known by.
        key: u64,
    },
    /// The track is in the index, and an earlier one of the same name no longer.
    Replaced {
        /// What it is known by.
        key: u64,
    },
    /// The track is no longer in the index.
    Removed,
    /// The track is in another bucket.
    Moved,
    /// There is no such track; nothing changed.
    Absent,
    /// The change cannot be made; others of the same call were.
    Refused(Error),
}

/// An index. Share it behind an [`Arc`]; every method may be called from every thread.
pub struct Recognizer {
    pub(crate) shared: Arc<Shared>,
    worker: Option<Worker>,
}

/// What the recognizer and its worker share.
pub(crate) struct Shared {
    pub(crate) layout: Layout,
    pub(crate) options: Options,
    state: Mutex<State>,
    shown: Mutex<Arc<Snapshot>>,
    queue: Mutex<VecDeque<Pending>>,
    searchers: Mutex<Vec<Searcher>>,
    /// Held while segments are written, so that one thread at a time does.
    pub(crate) maintenance: Mutex<()>,
    /// Tells maintenance that takes long to give up.
    pub(crate) stop: AtomicBool,
    /// Why the worker's last round failed.
    pub(crate) problem: Mutex<Option<Error>>,
    _lock: Option<Lock>,
}

/// The changes of one call, on their way to disk.
struct Pending {
    changes: Vec<Prepared>,
    answer: Arc<Mutex<Option<Result<Vec<Outcome>>>>>,
}

/// A change with what can be computed before its turn.
struct Prepared {
    change: Change,
    /// The fingerprint as a file and as it is indexed; why it cannot be, else.
    print: Option<Result<(Vec<u8>, Arc<Fingerprint>)>>,
}

impl Recognizer {
    /// Opens the index in a folder, and makes it where there is none and [`Access::Write`] is asked for.
    ///
    /// # Errors
    /// Where another process writes to it, and files that are damaged or cannot be read.
    pub fn open(folder: &Path, options: Options) -> Result<Self> {
        let layout = Layout::new(folder);
        let (mut state, lock) = match options.access {
            Access::Write => open::open_for_writing(&layout).map(|(state, lock)| (state, Some(lock)))?,
            Access::Read => (open::open_for_reading(&layout)?, None),
        };
        let shown = Arc::new(state.show());
        let shared = Arc::new(Shared {
            layout,
            options,
            state: Mutex::new(state),
            shown: Mutex::new(shown),
            queue: Mutex::default(),
            searchers: Mutex::default(),
            maintenance: Mutex::default(),
            stop: AtomicBool::new(false),
            problem: Mutex::default(),
            _lock: lock,
        });
        let worker = Worker::start(&shared)?;
        Ok(Self { shared, worker })
    }

    /// Adds a track, in the place of one of the same bucket and name, and returns its key.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn add(&self, bucket: &str, name: &str, fingerprint: Fingerprint) -> Result<u64> {
        let change = Change::Put { bucket: bucket.to_owned(), name: name.to_owned(), fingerprint };
        match self.apply_one(change)? {
            Outcome::Added { key } | Outcome::Replaced { key } => Ok(key),
            Outcome::Refused(error) => Err(error),
            Outcome::Removed | Outcome::Moved | Outcome::Absent => Err(Error::Failed),
        }
    }

    /// Removes a track; says whether there was one.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn remove(&self, bucket: &str, name: &str) -> Result<bool> {
        let change = Change::Remove { bucket: bucket.to_owned(), name: name.to_owned() };
        self.apply_one(change).map(|outcome| matches!(outcome, Outcome::Removed))
    }

    /// Moves a track to another bucket, in the place of one of the same name; says whether there was one to move.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn move_to(&self, bucket: &str, name: &str, to: &str) -> Result<bool> {
        let change = Change::Move { bucket: bucket.to_owned(), name: name.to_owned(), to: to.to_owned() };
        match self.apply_one(change)? {
            Outcome::Refused(error) => Err(error),
            outcome => Ok(matches!(outcome, Outcome::Moved)),
        }
    }

    fn apply_one(&self, change: Change) -> Result<Outcome> {
        self.apply(vec![change])?.pop().ok_or(Error::Failed)
    }

    /// Makes changes, in order. When it returns they are on disk, and queries see them. Calls of several threads share a write.
    ///
    /// # Errors
    /// Wrong names, before anything is changed; an index that was opened for reading; a disk that refuses.
    pub fn apply(&self, changes: Vec<Change>) -> Result<Vec<Outcome>> {
        if self.shared.options.access == Access::Read {
            return Err(Error::ReadOnly);
        }
        changes.iter().try_for_each(check)?;
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        self.shared.make_room()?;
        let answer = Arc::default();
        let changes = changes.into_iter().map(Prepared::new).collect();
        lock(&self.shared.queue).push_back(Pending { changes, answer: Arc::clone(&answer) });
        // Whoever gets the lock first writes for all that wait.
        let mut state = self.shared.state();
        loop {
            if let Some(answer) = lock(&answer).take() {
                drop(state);
                self.wake();
                return answer;
            }
            self.shared.commit(&mut state);
        }
    }

    fn wake(&self) {
        if let Some(worker) = &self.worker {
            worker.wake();
        }
    }

    /// Recognizes a query among the tracks of some buckets, or of all; best match first.
    #[must_use]
    pub fn identify(&self, buckets: Option<&[&str]>, query: &Fingerprint, options: &SearchOptions) -> Vec<Found> {
        let snapshot = self.shared.snapshot();
        let mut searcher = lock(&self.shared.searchers).pop().unwrap_or_default();
        let found = snapshot.search(&mut searcher, buckets, query, options);
        lock(&self.shared.searchers).push(searcher);
        found
    }

    /// Recognizes a query as [`Self::identify`] does, and says what the best match rests on. With a threshold of 0 it explains the best
    /// candidate, however unlikely.
    #[must_use]
    pub fn explain(
        &self,
        buckets: Option<&[&str]>,
        query: &Fingerprint,
        options: &SearchOptions,
    ) -> Option<(Found, Explanation)> {
        let snapshot = self.shared.snapshot();
        let options = SearchOptions { n_matches_max: 1, ..*options };
        let mut searcher = lock(&self.shared.searchers).pop().unwrap_or_default();
        let explained = snapshot.explain(&mut searcher, buckets, query, &options);
        lock(&self.shared.searchers).push(searcher);
        explained
    }

    /// Finds a track by name.
    #[must_use]
    pub fn track(&self, bucket: &str, name: &str) -> Option<TrackInfo> {
        let (part, ordinal) = self.shared.state().find(bucket, name)?;
        Some(part.info(ordinal))
    }

    /// Lists the tracks, in no order, as they are at the time of the call.
    pub fn tracks(&self) -> impl Iterator<Item = TrackInfo> + use<> {
        let snapshot = self.shared.snapshot();
        (0..snapshot.parts.len()).flat_map(move |at| {
            let part = snapshot.parts[at].clone();
            let live: Vec<u32> = part.live().collect();
            live.into_iter().map(move |ordinal| part.info(ordinal))
        })
    }

    /// Writes what is in memory to a segment, so that the next opening has nothing to replay.
    ///
    /// # Errors
    /// An index that was opened for reading; a disk that refuses.
    pub fn flush(&self) -> Result<()> {
        self.shared.writable()?;
        self.shared.flush()
    }

    /// Closes the index. Where there is so much in memory that the next opening would take a while, it is written to segments first, and what is
    /// due is merged. Dropping the recognizer loses nothing either.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn close(self) -> Result<()> {
        self.shared.writable()?;
        let is_much = self.shared.state().memory_audio_ms() >= self.shared.options.flush_audio_ms / 16;
        if is_much {
            self.shared.flush()?;
        }
        self.shared.merge_due()
    }

    /// Merges all segments into as few as the options allow, and drops what is removed.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn merge(&self) -> Result<()> {
        self.shared.writable()?;
        self.shared.flush()?;
        self.shared.merge_all()
    }
}

impl std::fmt::Debug for Recognizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recognizer").field("folder", &self.shared.layout.folder).finish_non_exhaustive()
    }
}

impl Drop for Recognizer {
    fn drop(&mut self) {
        self.shared.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(self.worker.take());
    }
}

impl Shared {
    pub(crate) fn writable(&self) -> Result<()> {
        if self.options.access == Access::Read { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// Locks what changes.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| {
            // A thread died in the middle of a change.
            let mut state = poisoned.into_inner();
            state.has_failed = true;
            state
        })
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&lock(&self.shown))
    }

    /// Makes the changes so far what queries see.
    pub(crate) fn show(&self, state: &mut State) {
        let snapshot = Arc::new(state.show());
        *lock(&self.shown) = snapshot;
    }

    /// Writes and shows the changes at the front of the queue.
    fn commit(&self, state: &mut State) {
        let mut group = self.take_group();
        let mut record = RecordWriter::new();
        let first = state.next;
        let mut answers = Vec::with_capacity(group.len());
        if !state.has_failed {
            for pending in &mut group {
                answers.push(
                    pending.changes.iter_mut().map(|prepared| apply(state, prepared, first, &mut record)).collect(),
                );
            }
        }
        let written = if state.has_failed { Err(Error::Failed) } else { write(state, record) };
        match written {
            Ok(()) => {
                self.show(state);
                for (pending, outcomes) in group.into_iter().zip(answers) {
                    *lock(&pending.answer) = Some(Ok(outcomes));
                }
            }
            Err(error) => {
                state.has_failed = true;
                let mut error = Some(error);
                for pending in group {
                    *lock(&pending.answer) = Some(Err(error.take().unwrap_or(Error::Failed)));
                }
            }
        }
    }

    fn take_group(&self) -> Vec<Pending> {
        let mut queue = lock(&self.queue);
        let mut group = Vec::new();
        let mut len = 0;
        while let Some(pending) = queue.pop_front() {
            len += pending.changes.iter().map(Prepared::len).sum::<usize>();
            group.push(pending);
            if len > RECORD_LEN_MAX {
                break;
            }
        }
        group
    }
}

/// Does one change in memory and notes it for the disk.
fn apply(state: &mut State, prepared: &mut Prepared, first: u64, record: &mut RecordWriter) -> Outcome {
    let sequence = first + u64::from(record.n_entries());
    match (&prepared.change, prepared.print.take()) {
        (Change::Put { .. }, Some(Err(error))) => Outcome::Refused(error),
        (Change::Put { bucket, name, .. }, Some(Ok((file, print)))) => {
            let outcome = match state.put(bucket, name, sequence, print) {
                Ok(true) => Outcome::Replaced { key: sequence },
                Ok(false) => Outcome::Added { key: sequence },
                Err(error) => return Outcome::Refused(error),
            };
            record.push(Entry::Put { bucket, name, fingerprint: &file });
            outcome
        }
        (Change::Put { .. }, None) => Outcome::Absent,
        (Change::Remove { bucket, name }, _) => {
            if !state.remove(bucket, name) {
                return Outcome::Absent;
            }
            record.push(Entry::Remove { bucket, name });
            Outcome::Removed
        }
        (Change::Move { bucket, name, to }, _) => {
            let Some((part, ordinal)) = state.find(bucket, name) else { return Outcome::Absent };
            if bucket == to {
                return Outcome::Moved;
            }
            let (key, print) = (part.track(ordinal).key, part.fingerprint(ordinal));
            let file = print.to_bytes();
            // As above: it must come out of the changelog as it went in.
            let print = match Fingerprint::from_bytes(&file).doing("move a track") {
                Ok(print) => print,
                Err(error) => return Outcome::Refused(error),
            };
            if let Err(error) = state.put(to, name, key, Arc::new(print)) {
                return Outcome::Refused(error);
            }
            state.remove(bucket, name);
            record.push(Entry::Move { bucket, name, to, key, fingerprint: &file });
            Outcome::Moved
        }
    }
}

/// Puts a record on disk.
fn write(state: &mut State, record: RecordWriter) -> Result<()> {
    let n_entries = u64::from(record.n_entries());
    if n_entries == 0 {
        return Ok(());
    }
    let bytes = record.finish(state.next).ok_or(Error::Limit("the changes of one call"))?;
    state.log.as_mut().ok_or(Error::ReadOnly)?.append(&bytes)?;
    state.next += n_entries;
    state.n_unsealed += n_entries;
    Ok(())
}

impl Prepared {
    fn new(mut change: Change) -> Self {
        let print = match &mut change {
            Change::Put { fingerprint, .. } => {
                let file = std::mem::take(fingerprint).to_bytes();
                // What goes into the changelog must come out of it, or the index would never open again.
                let print = Fingerprint::from_bytes(&file).doing("index a fingerprint");
                Some(print.map(|print| (file, Arc::new(print))))
            }
            Change::Remove { .. } | Change::Move { .. } => None,
        };
        Self { change, print }
    }

    fn len(&self) -> usize {
        self.print.as_ref().map_or(0, |print| print.as_ref().map_or(0, |(file, _)| file.len()))
    }
}

fn check(change: &Change) -> Result<()> {
    match change {
        Change::Put { bucket, name, .. } | Change::Remove { bucket, name } => {
            check_bucket(bucket).and_then(|()| check_name(name))
        }
        Change::Move { bucket, name, to } => {
            check_bucket(bucket).and_then(|()| check_bucket(to)).and_then(|()| check_name(name))
        }
    }
}

/// Locks what no panic can leave half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
