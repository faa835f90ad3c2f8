//! Keeping the segments in order: writing full memory segments out, merging small ones, dropping what is removed.
//!
//! New segments are written beside the old ones while queries and changes go on. Only the swap holds the lock on changes: what was removed in
//! the meantime is carried over, the manifest is replaced, queries get a new snapshot, and then the old files are removed.

mod merge;
mod policy;

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use crate::bitmap::Bitmap;
use crate::changelog::{self, ChainEnd, Log};
use crate::durable;
use crate::error::{Doing as _, Error, Result};
use crate::manifest;
use crate::open::{self, Access, Maintenance};
use crate::recognizer::{Shared, lock};
use crate::snapshot::{Body, Part};
use crate::state::State;
use merge::{Merged, Split};

/// A changelog of this many changes goes to disk however little audio they bring: replaying it takes time, too.
const N_UNSEALED_MAX: u64 = 50_000;

/// The thread in the background.
pub(crate) struct Worker {
    wake: Option<mpsc::SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread, unless the options want none.
    pub(crate) fn start(shared: &Arc<Shared>) -> Result<Option<Self>> {
        if shared.options.access == Access::Read || shared.options.maintenance == Maintenance::Inline {
            return Ok(None);
        }
        // One wake-up that waits is as good as many.
        let (wake, woken) = mpsc::sync_channel(1);
        let shared = Arc::clone(shared);
        let work = move || {
            while woken.recv().is_ok() && !shared.stop.load(Ordering::Relaxed) {
                let done = shared.flush_sealed().and_then(|()| shared.merge_due());
                *lock(&shared.problem) = done.err();
            }
        };
        let thread = std::thread::Builder::new().name("index-maintenance".to_owned()).spawn(work);
        Ok(Some(Self { wake: Some(wake), thread: Some(thread.doing("start a thread")?) }))
    }

    /// Has the thread look for work.
    pub(crate) fn wake(&self) {
        if let Some(wake) = &self.wake {
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Sees to it that the memory segment takes more; waits for the disk where changes come faster than it writes.
    pub(crate) fn make_room(&self) -> Result<()> {
        loop {
            let mut state = self.state();
            let is_full = state.memory_audio_ms() >= self.options.flush_audio_ms || state.n_unsealed >= N_UNSEALED_MAX;
            if !is_full {
                return Ok(());
            }
            if state.sealed.is_none() {
                self.seal(&mut state)?;
                drop(state);
                if self.options.maintenance == Maintenance::Inline {
                    self.flush_sealed()?;
                    self.merge_due()?;
                }
                return Ok(());
            }
            drop(state);
            self.flush_sealed()?;
        }
    }

    /// Writes all that is in memory to segments.
    pub(crate) fn flush(&self) -> Result<()> {
        self.flush_sealed()?;
        {
            let mut state = self.state();
            if state.sealed.is_none() {
                self.seal(&mut state)?;
            }
        }
        self.flush_sealed()
    }

    fn seal(&self, state: &mut State) -> Result<()> {
        if state.has_failed {
            return Err(Error::Failed);
        }
        if state.n_unsealed == 0 {
            return Ok(());
        }
        let first = state.next;
        changelog::create_file(&self.layout.changelog, first)?;
        let end = ChainEnd { file_first: first, len: changelog::FILE_HEADER_LEN, next: first, n_torn_bytes: 0 };
        state.seal(Log::open(&self.layout.changelog, &end)?);
        self.show(state);
        Ok(())
    }

    /// Writes the sealed memory segment, if there is one, to disk.
    pub(crate) fn flush_sealed(&self) -> Result<()> {
        let _alone = lock(&self.maintenance);
        let Some(part) = self.state().sealed.as_ref().map(|sealed| sealed.part.clone()) else { return Ok(()) };
        let parts = [part];
        let merged = self.write_merged(&parts, Split::No)?;
        self.swap(&parts, merged)
    }

    /// Does the merges that are due.
    pub(crate) fn merge_due(&self) -> Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            let _alone = lock(&self.maintenance);
            let disk = self.state().disk.clone();
            let Some(chosen) = policy::due(&disk, &self.options) else { return Ok(()) };
            self.merge_parts(&disk, &chosen)?;
        }
        Ok(())
    }

    /// Merges as far as the options allow.
    pub(crate) fn merge_all(&self) -> Result<()> {
        let _alone = lock(&self.maintenance);
        // First what is shared, because buckets may get segments of their own there, then each bucket's own.
        let disk = self.state().disk.clone();
        if let Some(chosen) = policy::all_shared(&disk, &self.options) {
            self.merge_parts(&disk, &chosen)?;
        }
        let disk = self.state().disk.clone();
        for chosen in policy::all_own(&disk, &self.options) {
            self.merge_parts(&disk, &chosen)?;
        }
        Ok(())
    }

    fn merge_parts(&self, disk: &[Part], chosen: &[usize]) -> Result<()> {
        let parts: Vec<Part> = chosen.iter().map(|&at| disk[at].clone()).collect();
        let owners = policy::owners(disk, &self.options);
        let merged = self.write_merged(&parts, Split::Buckets(&owners))?;
        self.swap(&parts, merged)
    }

    /// Puts merged segments in the place of what they were made of.
    fn swap(&self, old: &[Part], merged: Merged) -> Result<()> {
        let mut state = self.state();
        if state.has_failed {
            return Err(Error::Failed);
        }
        let mut removed = vec![Bitmap::default(); merged.segments.len()];
        for (part, targets) in old.iter().zip(&merged.targets) {
            let now = current(&state, part).unwrap_or_else(|| Arc::clone(&part.removed));
            let since = now.iter().filter(|&ordinal| !part.removed.contains(ordinal));
            for target in since.filter_map(|ordinal| targets[ordinal as usize]) {
                removed[target.segment as usize].insert(target.ordinal);
            }
        }
        let mut disk: Vec<Part> =
            state.disk.iter().filter(|part| !old.iter().any(|gone| is_same(part, gone))).cloned().collect();
        for (mut entry, removed) in merged.segments.into_iter().zip(removed) {
            entry.removed = Arc::new(removed);
            disk.push(open::open_part(&self.layout, &entry)?);
        }
        let absorbed = match &state.sealed {
            Some(sealed) if is_same(&sealed.part, &old[0]) => sealed.last,
            _ => state.absorbed,
        };
        let manifest = state.manifest(absorbed, &disk);
        durable::write_whole(&self.layout.manifest, &manifest::encode(&manifest))?;
        state.disk = disk;
        if absorbed != state.absorbed {
            state.sealed = None;
            state.absorbed = absorbed;
        }
        self.show(&mut state);
        drop(state);
        self.remove_old(old, absorbed);
        Ok(())
    }

    /// Removes files that the manifest no longer speaks of. Who still reads them keeps them until then.
    fn remove_old(&self, old: &[Part], absorbed: u64) {
        self.layout.remove_changelog_before(absorbed + 1);
        for part in old {
            if let Body::Disk(disk) = &part.body {
                let _ = std::fs::remove_file(self.layout.segment(disk.number));
            }
        }
    }
}

/// What is removed of a part by now.
fn current(state: &State, part: &Part) -> Option<Arc<Bitmap>> {
    let sealed = state.sealed.iter().map(|sealed| &sealed.part);
    state.disk.iter().chain(sealed).find(|now| is_same(now, part)).map(|now| Arc::clone(&now.removed))
}

fn is_same(one: &Part, other: &Part) -> bool {
    match (&one.body, &other.body) {
        (Body::Disk(one), Body::Disk(other)) => Arc::ptr_eq(one, other),
        (Body::Memory(one), Body::Memory(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}
