//! Opening an index, for reading or for writing.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fingerprint::Segment;

use crate::changelog::{self, ChainEnd, Log};
use crate::durable;
use crate::error::{Context as _, Doing as _, Error, Result};
use crate::manifest::{self, Manifest, SegmentEntry};
use crate::snapshot::{Body, DiskPart, Part};
use crate::state::State;

const HOUR_MS: u64 = 3_600_000;

/// How often a reader looks again when the writer has just replaced what it was about to read.
const READ_TRIES: u32 = 50;

/// What may be done with an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Reading and writing; the index is made where there is none. One process at a time.
    #[default]
    Write,
    /// Reading what is there at the time of opening, beside a writer if there is one.
    Read,
}

/// How an index is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// What may be done with it.
    pub access: Access,
    /// How much audio the memory segment holds before it goes to disk. It bounds the time that opening takes.
    pub flush_audio_ms: u64,
    /// How much audio a bucket must have in a merge to get segments of its own.
    pub own_segment_audio_ms: u64,
    /// How much audio a merged segment may hold.
    pub segment_audio_ms_max: u64,
    /// Who writes segments and merges them.
    pub maintenance: Maintenance,
}

/// Who writes segments and merges them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Maintenance {
    /// A thread in the background.
    #[default]
    Background,
    /// The call that makes it necessary, for tests that must be exact.
    Inline,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access: Access::default(),
            flush_audio_ms: 4 * HOUR_MS,
            own_segment_audio_ms: 50 * HOUR_MS,
            segment_audio_ms_max: 5_000 * HOUR_MS,
            maintenance: Maintenance::default(),
        }
    }
}

/// The paths in an index.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) folder: PathBuf,
    pub(crate) manifest: PathBuf,
    pub(crate) changelog: PathBuf,
    segments: PathBuf,
}

impl Layout {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            manifest: folder.join("manifest"),
            changelog: folder.join("changelog"),
            segments: folder.join("segments"),
        }
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        self.segments.join(format!("{number:010}.seg"))
    }

    /// Removes the changelog before a sequence number. What stays behind is removed at the next opening.
    pub(crate) fn remove_changelog_before(&self, first: u64) {
        remove_files(&self.changelog, |stem, extension| {
            extension == "log" && stem.parse().is_ok_and(|n: u64| n < first)
        });
    }
}

/// Opens for writing.
pub(crate) fn open_for_writing(layout: &Layout) -> Result<(State, Lock)> {
    for folder in [&layout.folder, &layout.changelog, &layout.segments] {
        std::fs::create_dir_all(folder).doing("make a folder").at(folder)?;
    }
    let lock = take_lock(&layout.folder)?;
    if !layout.manifest.exists() {
        found(layout)?;
    }
    let manifest = read_manifest(layout)?;
    remove_leftovers(layout, &manifest);
    let (mut state, end) = load(layout, &manifest)?;
    state.log = Some(Log::open(&layout.changelog, &end)?);
    Ok((state, lock))
}

/// Opens for reading.
pub(crate) fn open_for_reading(layout: &Layout) -> Result<State> {
    let mut tries = 0;
    loop {
        if !layout.manifest.exists() {
            return Err(Error::NoIndex(layout.folder.clone()));
        }
        let before = std::fs::read(&layout.manifest).ok();
        let opened = read_manifest(layout).and_then(|manifest| load(layout, &manifest));
        tries += 1;
        match opened {
            // The writer removes files only after it has replaced the manifest.
            Err(error) if error.is_missing_file() && tries < READ_TRIES => {
                if std::fs::read(&layout.manifest).ok() == before {
                    return Err(error);
                }
            }
            opened => return Ok(opened?.0),
        }
    }
}

/// Keeps other processes from writing.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that another thread is just starting holds a copy of it for a moment.
        let _ = self.0.unlock();
    }
}

/// Makes sure that no other process writes.
fn take_lock(folder: &Path) -> Result<Lock> {
    let path = folder.join("lock");
    let lock = File::options().create(true).truncate(false).write(true).open(&path).doing("make the lock").at(&path)?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(Error::Io { doing: "lock the index", source }).at(&path),
    }
}

/// Makes an empty index, unless there are traces of one.
fn found(layout: &Layout) -> Result<()> {
    let first = changelog::file_name(1);
    let is_trace = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).any(|name| {
            let path = Path::new(&name);
            path.extension().is_some_and(|e| e != "tmp" && e != "part") && name != first.as_str()
        })
    };
    if is_trace(&layout.changelog) || is_trace(&layout.segments) {
        return Err(Error::Damaged { what: "manifest", reason: "it is missing, but there are segments" })
            .at(&layout.manifest);
    }
    if layout.changelog.join(&first).exists() {
        // Left by a first opening that was stopped; anything else is a changelog whose manifest is lost.
        let end = changelog::read_chain(&layout.changelog, 1, |_, _| Ok(()))?;
        if end.next > 1 {
            return Err(Error::Damaged { what: "manifest", reason: "it is missing, but there are changes" })
                .at(&layout.manifest);
        }
    } else {
        changelog::create_file(&layout.changelog, 1)?;
    }
    durable::write_whole(&layout.manifest, &manifest::encode(&Manifest { next_segment: 1, ..Manifest::default() }))?;
    durable::sync_parent(&layout.folder)
}

pub(crate) fn read_manifest(layout: &Layout) -> Result<Manifest> {
    let bytes = std::fs::read(&layout.manifest).doing("read the manifest").at(&layout.manifest)?;
    manifest::decode(&bytes).at(&layout.manifest)
}

fn load(layout: &Layout, manifest: &Manifest) -> Result<(State, ChainEnd)> {
    let disk: Result<Vec<Part>> = manifest.segments.iter().map(|entry| open_part(layout, entry)).collect();
    let mut state = State::new(manifest, disk?);
    let end = changelog::read_chain(&layout.changelog, manifest.absorbed + 1, |sequence, entry| {
        state.replay(sequence, entry)
    })?;
    state.settle();
    Ok((state, end))
}

/// Opens a segment that the manifest lists.
pub(crate) fn open_part(layout: &Layout, entry: &SegmentEntry) -> Result<Part> {
    let path = layout.segment(entry.number);
    let segment = Segment::open(&path).doing("open the segment").at(&path)?;
    if segment.n_tracks() != entry.n_tracks {
        return Err(Error::Damaged { what: "segment", reason: "it has not as many tracks as the manifest says" })
            .at(&path);
    }
    let body = Body::Disk(Arc::new(DiskPart { segment, number: entry.number, runs: Arc::clone(&entry.runs) }));
    Ok(Part { body, removed: Arc::clone(&entry.removed) })
}

/// Removes what a stopped process left behind.
fn remove_leftovers(layout: &Layout, manifest: &Manifest) {
    layout.remove_changelog_before(manifest.absorbed + 1);
    let is_used = |number: u64| manifest.segments.iter().any(|segment| segment.number == number);
    remove_files(&layout.segments, |stem, extension| {
        extension == "seg" && stem.parse().is_ok_and(|number| !is_used(number))
    });
    for folder in [&layout.folder, &layout.changelog, &layout.segments] {
        remove_files(folder, |_, extension| extension == "tmp" || extension == "part");
    }
}

fn remove_files(folder: &Path, is_old: impl Fn(&str, &str) -> bool) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let (Some(stem), Some(extension)) = (path.file_stem(), path.extension()) else { continue };
        if is_old(&stem.to_string_lossy(), &extension.to_string_lossy()) {
            let _ = std::fs::remove_file(&path);
        }
    }
}
