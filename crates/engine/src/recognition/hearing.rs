//! The index of this process, and how it follows the database.
//!
//! The database lists what belongs into the index, in the order in which it changed. Whoever recognizes first follows that list to its end,
//! so a file is found by the first search that begins after it became ready, in every process, and by none that begins after it was removed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use recognizer::{Change, Options, Recognizer};
use tokio_util::sync::CancellationToken;

use super::number::Sequence;
use super::store::IndexEntry;
use crate::signals::Signal;
use crate::{Engine, Error, Result};

/// Changes that are followed in one go.
const BATCH: u32 = 256;
/// How long a search waits for an index that is behind.
const FOLLOW_WITHIN: Duration = Duration::from_secs(20);
/// How often the list is looked at where no signal comes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the index")]
pub struct HearingError {
    /// What was tried, as an infinitive.
    pub action: &'static str,
    /// The reason.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl HearingError {
    /// Tells whether another process has the index.
    pub fn is_in_use(&self) -> bool {
        let error = self.source.downcast_ref::<recognizer::Error>();
        error.is_some_and(|error| matches!(error, recognizer::Error::Locked(_)))
    }

    pub(crate) fn new(action: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { action, source: source.into() }
    }
}

/// The index of this process. A folder has one process that writes to it.
#[derive(Debug)]
pub struct Hearing {
    recognizer: Arc<Recognizer>,
    /// Where it is noted how far the list was followed.
    note: PathBuf,
    /// The last change that searches see.
    followed: AtomicI64,
    /// Whether the end of the list was reached once.
    is_ready: AtomicBool,
    /// Held by whoever follows; the database's name, once the note was compared with it.
    following: tokio::sync::Mutex<Option<String>>,
}

impl Hearing {
    /// Opens the index in `folder`, or makes it.
    ///
    /// # Errors
    /// Where another process has it open, and where it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, HearingError> {
        std::fs::create_dir_all(folder).map_err(|error| HearingError::new("make", error))?;
        let recognizer = Recognizer::open(&folder.join("tracks"), Options::default());
        let recognizer = recognizer.map_err(|error| HearingError::new("open", error))?;
        Ok(Self {
            recognizer: Arc::new(recognizer),
            note: folder.join("followed"),
            followed: AtomicI64::new(0),
            is_ready: AtomicBool::new(false),
            following: tokio::sync::Mutex::default(),
        })
    }

    /// Returns the index itself.
    pub(crate) fn recognizer(&self) -> Arc<Recognizer> {
        Arc::clone(&self.recognizer)
    }

    /// Tells whether searches need not wait for an index that is being built.
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    /// Reads which database was followed, and how far.
    fn read_note(&self) -> Option<(String, i64)> {
        let text = std::fs::read_to_string(&self.note).ok()?;
        let (database, change) = text.trim().split_once(' ')?;
        Some((database.to_owned(), change.parse().ok()?))
    }

    /// Notes how far the list was followed. An older note only makes the next start follow again what is there already.
    fn write_note(&self, database: &str, change: i64) -> std::io::Result<()> {
        let draft = self.note.with_extension("draft");
        std::fs::write(&draft, format!("{database} {change}\n"))?;
        std::fs::rename(&draft, &self.note)
    }

    /// Empties the index.
    fn clear(&self) -> Result<(), recognizer::Error> {
        let tracks: Vec<_> = self.recognizer.tracks().collect();
        for tracks in tracks.chunks(1000) {
            let changes = tracks.iter();
            let changes =
                changes.map(|track| Change::Remove { bucket: track.bucket.to_string(), name: track.name.clone() });
            self.recognizer.apply(changes.collect())?;
        }
        Ok(())
    }
}

impl Engine {
    /// Returns the index of this process.
    ///
    /// # Errors
    /// [`Error::Conflict`] in a process without one.
    pub(crate) fn hearing(&self) -> Result<&Arc<Hearing>> {
        let none = || Error::Conflict("this process has no index; another one on its data folder has".to_owned());
        self.adapters().hearing.as_ref().ok_or_else(none)
    }

    /// Tells whether this process can answer searches at once; one without an index never has to.
    pub fn is_hearing_ready(&self) -> bool {
        self.adapters().hearing.as_ref().is_none_or(|hearing| hearing.is_ready())
    }

    /// Returns the index of this process with all that the database lists by now.
    ///
    /// # Errors
    /// [`Error::TooSlow`] while the index is being built.
    pub(crate) async fn current_index(&self) -> Result<Arc<Recognizer>> {
        let hearing = self.hearing()?;
        let last = self.store().read().await?.last_number(Sequence::IndexChange).await?;
        if !hearing.is_ready() || hearing.followed.load(Ordering::Acquire) < last {
            let followed = tokio::time::timeout(FOLLOW_WITHIN, self.follow(hearing)).await;
            followed.map_err(|_| Error::TooSlow)??;
        }
        Ok(hearing.recognizer())
    }

    /// Follows the database's list until `stop`, so that searches find little left to follow.
    pub(crate) async fn keep_following(&self, stop: &CancellationToken) {
        let Ok(hearing) = self.hearing() else { return };
        let mut signals = self.signals().subscribe();
        while !stop.is_cancelled() {
            if let Err(error) = self.follow(hearing).await {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot bring the index up to date");
                tokio::time::sleep(LOOK_EVERY).await;
            }
            let changed = async {
                // Lagging behind is a reason to look, too.
                while matches!(signals.recv().await, Ok(Signal::JobQueued | Signal::JobFinished(_))) {}
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = changed => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Follows the database's list to its end.
    async fn follow(&self, hearing: &Arc<Hearing>) -> Result<()> {
        let mut following = hearing.following.lock().await;
        let database = match following.as_ref() {
            Some(name) => name.clone(),
            None => following.insert(self.compare_note(hearing).await?).clone(),
        };
        loop {
            let after = hearing.followed.load(Ordering::Acquire);
            let mut tx = self.store().read().await?;
            let end = tx.last_number(Sequence::IndexChange).await?;
            let entries = tx.index_entries(after, BATCH).await?;
            drop(tx);
            let is_end = entries.len() < BATCH as usize;
            // The last numbers may be those of removals that are forgotten.
            let last = if is_end { Some(end) } else { entries.last().map(|entry| entry.change) };
            self.apply_entries(hearing, entries).await?;
            let last = last.unwrap_or(after).max(after);
            hearing.followed.store(last, Ordering::Release);
            if last > after
                && let Err(error) = hearing.write_note(&database, last)
            {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot note how far the index is");
            }
            if is_end {
                hearing.is_ready.store(true, Ordering::Relaxed);
                return Ok(());
            }
        }
    }

    /// Goes on where the note says, or starts afresh where it is of another database, or too old or too new for this one.
    /// Returns the database's name.
    async fn compare_note(&self, hearing: &Arc<Hearing>) -> Result<String> {
        let candidate = crate::ids::JobId::random(self.entropy()).to_string();
        let mut tx = self.store().write().await?;
        let database = tx.database_name(&candidate).await?;
        let last = tx.last_number(Sequence::IndexChange).await?;
        let forgotten = tx.last_number(Sequence::IndexForgotten).await?;
        tx.commit().await?;
        let noted =
            hearing.read_note().filter(|(noted, change)| *noted == database && (forgotten..=last).contains(change));
        if let Some((_, change)) = noted {
            hearing.followed.store(change, Ordering::Release);
            return Ok(database);
        }
        tracing::info!("building the index from the database's list");
        let emptied = Arc::clone(hearing);
        blocking(move || emptied.clear()).await?;
        Ok(database)
    }

    async fn apply_entries(&self, hearing: &Arc<Hearing>, entries: Vec<IndexEntry>) -> Result<()> {
        let mut changes = Vec::with_capacity(entries.len());
        let mut n_missing = 0;
        for entry in entries {
            let fingerprint = match &entry.fingerprint {
                Some(key) => self.kept_fingerprint(key).await?,
                None => None,
            };
            n_missing += usize::from(fingerprint.is_none() && entry.fingerprint.is_some());
            let IndexEntry { bucket, name, .. } = entry;
            changes.push(match fingerprint {
                Some(fingerprint) => Change::Put { bucket, name, fingerprint },
                None => Change::Remove { bucket, name },
            });
        }
        if n_missing > 0 {
            tracing::warn!(n_missing, "fingerprints are gone; unless their files were just removed, add those again");
        }
        let recognizer = hearing.recognizer();
        blocking(move || recognizer.apply(changes).map(|_| ())).await
    }
}

/// Runs what keeps a core busy where it stops nothing else.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, recognizer::Error> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|panic| HearingError::new("work on", panic))?;
    Ok(done.map_err(|error| HearingError::new("change", error))?)
}
