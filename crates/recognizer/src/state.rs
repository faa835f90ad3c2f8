//! What the index holds, as its writer knows it.

use std::collections::HashMap;
use std::sync::Arc;

use fingerprint::{Fingerprint, Track};

use crate::bitmap::Bitmap;
use crate::changelog::{Entry, Log};
use crate::error::{Doing as _, Result};
use crate::manifest::{Manifest, SegmentEntry};
use crate::memory::{Addition, Memory, MemoryPart};
use crate::snapshot::{Body, Part, Snapshot};

/// Everything that changes.
pub(crate) struct State {
    /// Segments on disk.
    pub(crate) disk: Vec<Part>,
    /// A memory segment that is full and on its way to disk.
    pub(crate) sealed: Option<Sealed>,
    memory: Memory,
    memory_removed: Arc<Bitmap>,
    names: Names,
    /// The sequence number of the next change.
    pub(crate) next: u64,
    /// Changes up to this number are in the segments on disk.
    pub(crate) absorbed: u64,
    /// Changes since the last seal.
    pub(crate) n_unsealed: u64,
    pub(crate) next_segment: u64,
    /// Where changes are written; none in a reader.
    pub(crate) log: Option<Log>,
    /// After a write that failed half way, what is in memory and what is on disk may differ; nothing is changed or shown any more.
    pub(crate) has_failed: bool,
}

/// A memory segment that takes no more tracks.
pub(crate) struct Sealed {
    pub(crate) part: Part,
    names: Names,
    /// The sequence number of its last change.
    pub(crate) last: u64,
}

/// Where a track is.
#[derive(Clone, Copy)]
enum Place {
    Memory(u32),
    Sealed(u32),
    Disk(usize, u32),
}

impl State {
    pub(crate) fn new(manifest: &Manifest, disk: Vec<Part>) -> Self {
        Self {
            disk,
            sealed: None,
            memory: Memory::new(MemoryPart::default()),
            memory_removed: Arc::default(),
            names: Names::default(),
            next: manifest.absorbed + 1,
            absorbed: manifest.absorbed,
            n_unsealed: 0,
            next_segment: manifest.next_segment,
            log: None,
            has_failed: false,
        }
    }

    /// Does a change that was read from the changelog.
    pub(crate) fn replay(&mut self, sequence: u64, entry: Entry<'_>) -> Result<()> {
        let read = |bytes| Fingerprint::from_bytes(bytes).doing("read a fingerprint of the changelog");
        match entry {
            Entry::Put { bucket, name, fingerprint } => {
                self.put(bucket, name, sequence, Arc::new(read(fingerprint)?))?;
            }
            Entry::Remove { bucket, name } => {
                self.remove(bucket, name);
            }
            Entry::Move { bucket, name, to, key, fingerprint } => {
                self.put(to, name, key, Arc::new(read(fingerprint)?))?;
                self.remove(bucket, name);
            }
        }
        self.next = sequence + 1;
        self.n_unsealed += 1;
        Ok(())
    }

    /// Ends replaying.
    pub(crate) fn settle(&mut self) {
        self.memory.settle();
    }

    /// Adds a track in the place of one of the same name; says whether there was one. Where it fails, nothing has changed.
    pub(crate) fn put(&mut self, bucket: &str, name: &str, key: u64, fingerprint: Arc<Fingerprint>) -> Result<bool> {
        let before = self.locate(bucket, name);
        let bucket = self.names.bucket(bucket);
        let track = Track { key, name: name.to_owned(), duration_ms: fingerprint.duration_ms() };
        let ordinal = self.memory.add(Addition { bucket: Arc::clone(&bucket), track, fingerprint })?;
        if let Some(before) = before {
            self.take_out(before);
        }
        self.names.insert(bucket, name, ordinal);
        Ok(before.is_some())
    }

    /// Removes a track; says whether there was one.
    pub(crate) fn remove(&mut self, bucket: &str, name: &str) -> bool {
        let Some(place) = self.locate(bucket, name) else { return false };
        self.take_out(place);
        if matches!(place, Place::Memory(_)) {
            self.names.remove(bucket, name);
        }
        true
    }

    /// Finds a track that is not removed.
    pub(crate) fn find(&self, bucket: &str, name: &str) -> Option<(Part, u32)> {
        Some(match self.locate(bucket, name)? {
            Place::Memory(ordinal) => (self.memory_part(), ordinal),
            Place::Sealed(ordinal) => (self.sealed.as_ref()?.part.clone(), ordinal),
            Place::Disk(at, ordinal) => (self.disk[at].clone(), ordinal),
        })
    }

    fn locate(&self, bucket: &str, name: &str) -> Option<Place> {
        if let Some(ordinal) = self.names.get(bucket, name) {
            return Some(Place::Memory(ordinal));
        }
        if let Some(sealed) = &self.sealed
            && let Some(ordinal) = sealed.names.get(bucket, name)
            && !sealed.part.removed.contains(ordinal)
        {
            return Some(Place::Sealed(ordinal));
        }
        self.disk.iter().enumerate().find_map(|(at, part)| {
            let Body::Disk(disk) = &part.body else { return None };
            let ordinal = disk.find(bucket, name)?;
            (!part.removed.contains(ordinal)).then_some(Place::Disk(at, ordinal))
        })
    }

    fn take_out(&mut self, place: Place) {
        let (removed, ordinal) = match place {
            Place::Memory(ordinal) => (&mut self.memory_removed, ordinal),
            Place::Sealed(ordinal) => match &mut self.sealed {
                Some(sealed) => (&mut sealed.part.removed, ordinal),
                None => return,
            },
            Place::Disk(at, ordinal) => (&mut self.disk[at].removed, ordinal),
        };
        Arc::make_mut(removed).insert(ordinal);
    }

    fn memory_part(&self) -> Part {
        Part { body: Body::Memory(Arc::clone(self.memory.newest())), removed: Arc::clone(&self.memory_removed) }
    }

    /// The audio of the memory segment.
    pub(crate) fn memory_audio_ms(&self) -> u64 {
        self.memory.newest().audio_ms
    }

    /// Makes the changes so far what queries see.
    pub(crate) fn show(&mut self) -> Snapshot {
        self.memory.show();
        let sealed = self.sealed.iter().map(|sealed| sealed.part.clone());
        let parts = self.disk.iter().cloned().chain(sealed).chain([self.memory_part()]);
        Snapshot { parts: parts.filter(|part| part.n_tracks() > 0).collect() }
    }

    /// Puts the memory segment aside for the disk and begins another; changes go on in the given file.
    pub(crate) fn seal(&mut self, log: Log) {
        debug_assert!(self.sealed.is_none());
        self.memory.show();
        let part = self.memory_part();
        let names = std::mem::take(&mut self.names);
        self.sealed = Some(Sealed { part, names, last: self.next - 1 });
        self.memory = Memory::new(MemoryPart::default());
        self.memory_removed = Arc::default();
        self.n_unsealed = 0;
        self.log = Some(log);
    }

    /// Describes the given segments as the manifest does.
    pub(crate) fn manifest(&self, absorbed: u64, disk: &[Part]) -> Manifest {
        let entry = |part: &Part| match &part.body {
            Body::Memory(_) => None,
            Body::Disk(disk) => Some(SegmentEntry {
                number: disk.number,
                n_tracks: part.n_tracks(),
                runs: Arc::clone(&disk.runs),
                removed: Arc::clone(&part.removed),
            }),
        };
        Manifest { absorbed, next_segment: self.next_segment, segments: disk.iter().filter_map(entry).collect() }
    }
}

/// Where the tracks of a memory segment are, by bucket and name; removed ones are not in it.
#[derive(Default)]
struct Names {
    buckets: HashMap<Arc<str>, HashMap<String, u32>>,
}

impl Names {
    fn get(&self, bucket: &str, name: &str) -> Option<u32> {
        self.buckets.get(bucket)?.get(name).copied()
    }

    /// Returns the one copy of a bucket's name that its tracks share.
    fn bucket(&self, bucket: &str) -> Arc<str> {
        self.buckets.get_key_value(bucket).map_or_else(|| bucket.into(), |(bucket, _)| Arc::clone(bucket))
    }

    fn insert(&mut self, bucket: Arc<str>, name: &str, ordinal: u32) {
        self.buckets.entry(bucket).or_default().insert(name.to_owned(), ordinal);
    }

    fn remove(&mut self, bucket: &str, name: &str) {
        if let Some(names) = self.buckets.get_mut(bucket) {
            names.remove(name);
        }
    }
}
