//! What has been made once: spoken texts, encoded stretches of picture and sound, each under the hash of all it depends on.
//!
//! A folder of files named by their keys, in 256 subfolders. Files are written whole or not at all and never change;
//! a damaged one is noticed by its checksum, removed and made again. When the folder grows beyond its limit, what
//! was not used for the longest time goes first. Any number of processes may share a folder.
//!
//! A file is:
//! 1. 8 bytes `PHONOSC1`
//! 2. the contents
//! 3. 4 bytes: CRC-32 of the contents, little-endian

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

const MAGIC: &[u8; 8] = b"PHONOSC1";
const TRAILER_BYTES: usize = 4;

/// Bytes a cache may take unless the caller says otherwise.
pub const CACHE_BYTES_MAX: u64 = 4 << 30;

/// The subfolder of what renders that are going on must not lose.
const HELD: &str = "held";
/// Age from which on what a render holds is taken for what a killed one has left, in seconds.
const HELD_S_MAX: u64 = 24 * 3600;

/// What is left after clearing out, as a share of the limit: a little more than needed goes, so that it happens seldom.
const KEPT_SHARE: f64 = 0.9;

/// Names what a file was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 32]);

impl Key {
    /// Hashes parts; their boundaries count.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Returns the bytes, for hashing them into another key.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// A folder of finished pieces.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    bytes_max: u64,
    /// Bytes in the folder, as far as this process knows.
    n_bytes: AtomicU64,
    /// Tells apart the unfinished files of this process.
    serial: AtomicU64,
}

impl Cache {
    /// Opens a folder, which is made if there is none, and clears out what is beyond `bytes_max`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the folder cannot be made or read.
    pub fn open(folder: &Path, bytes_max: u64) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| Error::io("make", folder, error))?;
        let cache =
            Self { folder: folder.to_owned(), bytes_max, n_bytes: AtomicU64::new(0), serial: AtomicU64::new(0) };
        cache.clear_out()?;
        cache.forget_the_dead();
        Ok(cache)
    }

    /// Begins a time in which nothing that is found or stored gets lost, however full the cache is.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when a subfolder cannot be made.
    pub(crate) fn session(&self) -> Result<Session<'_>> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(HELD).join(format!("{}-{serial}", std::process::id()));
        // A process of the same number may have been killed.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| Error::io("make", &folder, error))?;
        Ok(Session { cache: self, folder })
    }

    /// Removes what killed processes held.
    fn forget_the_dead(&self) {
        let Ok(folders) = fs::read_dir(self.folder.join(HELD)) else { return };
        for folder in folders.flatten() {
            let age = folder.metadata().and_then(|metadata| metadata.modified()).map(|used| used.elapsed());
            if age.is_ok_and(|age| age.is_ok_and(|age| age.as_secs() > HELD_S_MAX)) {
                let _ = fs::remove_dir_all(folder.path());
            }
        }
    }

    /// Returns the contents under a key, if they are there and whole, and notes that they were used.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key);
        let mut file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        if let Some(contents) = checked(&bytes) {
            let n_bytes = contents.len();
            // The time of the last use is the file's; losing one only makes it older.
            #[expect(clippy::disallowed_methods, reason = "the age of a cached file decides nothing but what is kept")]
            let _ = file.set_modified(std::time::SystemTime::now());
            bytes.drain(..MAGIC.len());
            bytes.truncate(n_bytes);
            return Some(bytes);
        }
        let _ = fs::remove_file(&path);
        None
    }

    /// Tells whether there is something under a key, without reading it.
    #[cfg(test)]
    fn has(&self, key: &Key) -> bool {
        self.path(key).is_file()
    }

    /// Stores contents under a key.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the file cannot be written.
    pub fn put(&self, key: &Key, contents: &[u8]) -> Result<()> {
        self.write(key, contents)?;
        self.keep_to_limit(contents.len())
    }

    fn write(&self, key: &Key, contents: &[u8]) -> Result<()> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(|error| Error::io("make", folder, error))?;
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let part = folder.join(format!("{}.{}.{serial}.part", key.hex(), std::process::id()));
        let written = write_whole(&part, contents).and_then(|()| fs::rename(&part, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&part);
            return Err(Error::io("write", &path, error));
        }
        Ok(())
    }

    /// Counts contents that were stored, and clears out when they were too many.
    fn keep_to_limit(&self, n_bytes: usize) -> Result<()> {
        let n_bytes = (n_bytes + MAGIC.len() + TRAILER_BYTES) as u64;
        if self.n_bytes.fetch_add(n_bytes, Ordering::Relaxed) + n_bytes > self.bytes_max {
            self.clear_out()?;
        }
        Ok(())
    }

    /// Returns the bytes in the folder, as far as this process knows.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes.load(Ordering::Relaxed)
    }

    fn path(&self, key: &Key) -> PathBuf {
        let name = key.hex();
        self.folder.join(&name[..2]).join(name)
    }

    /// Counts what is there, and removes the oldest files until the limit is kept.
    fn clear_out(&self) -> Result<()> {
        let mut files = self.list().map_err(|error| Error::io("read", &self.folder, error))?;
        let mut total: u64 = files.iter().map(|file| file.n_bytes).sum();
        if total > self.bytes_max {
            let kept = (self.bytes_max as f64 * KEPT_SHARE) as u64;
            files.sort_by(|a, b| a.used.cmp(&b.used).then_with(|| a.path.cmp(&b.path)));
            for file in files {
                if total <= kept {
                    break;
                }
                if fs::remove_file(&file.path).is_ok() {
                    total -= file.n_bytes;
                }
            }
        }
        self.n_bytes.store(total, Ordering::Relaxed);
        Ok(())
    }

    fn list(&self) -> std::io::Result<Vec<Cached>> {
        let mut files = Vec::new();
        for folder in fs::read_dir(&self.folder)? {
            let folder = folder?.path();
            if !folder.is_dir() || folder.ends_with(HELD) {
                continue;
            }
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                // Another process may have removed it meanwhile.
                let Ok(metadata) = entry.metadata() else { continue };
                let used = metadata.modified()?;
                files.push(Cached { path: entry.path(), n_bytes: metadata.len(), used });
            }
        }
        Ok(files)
    }
}

/// What one render has found and stored: hard links, which outlive the names in the cache.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    cache: &'a Cache,
    folder: PathBuf,
}

impl Session<'_> {
    /// Holds what is under a key; `false` if there is nothing whole.
    pub(crate) fn hold(&self, key: &Key) -> bool {
        let held = self.folder.join(key.hex());
        if held.exists() {
            return true;
        }
        // Reading it checks it, and notes that it was used.
        self.cache.get(key).is_some_and(|contents| self.link(key).or_else(|_| write_whole(&held, &contents)).is_ok())
    }

    /// Stores contents under a key and holds them.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the file cannot be written.
    pub(crate) fn put(&self, key: &Key, contents: &[u8]) -> Result<()> {
        let held = self.folder.join(key.hex());
        self.cache.write(key, contents)?;
        // Where there are no hard links, or another process has just cleared it out.
        self.link(key).or_else(|_| write_whole(&held, contents)).map_err(|error| Error::io("write", &held, error))?;
        self.cache.keep_to_limit(contents.len())
    }

    /// Returns what is held under a key.
    pub(crate) fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.folder.join(key.hex())).ok()?;
        let n_bytes = checked(&bytes)?.len();
        bytes.drain(..MAGIC.len());
        bytes.truncate(n_bytes);
        Some(bytes)
    }

    /// Returns the path of a file that goes with the session.
    pub(crate) fn scratch(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("scratch.{extension}"))
    }

    fn link(&self, key: &Key) -> std::io::Result<()> {
        fs::hard_link(self.cache.path(key), self.folder.join(key.hex()))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

struct Cached {
    path: PathBuf,
    n_bytes: u64,
    used: std::time::SystemTime,
}

fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (contents, crc) = rest.split_at_checked(rest.len().checked_sub(TRAILER_BYTES)?)?;
    (crc32fast::hash(contents).to_le_bytes() == crc).then_some(contents)
}

fn write_whole(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(MAGIC)?;
    file.write_all(contents)?;
    file.write_all(&crc32fast::hash(contents).to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Cache, Key};

    fn key(n: u8) -> Key {
        Key::of(&[&[n]])
    }

    #[test]
    fn boundaries_of_parts_count() {
        assert_ne!(Key::of(&[b"ab", b"c"]), Key::of(&[b"a", b"bc"]));
    }

    #[test]
    fn contents_come_back_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), 1 << 20).unwrap();
        assert_eq!(cache.get(&key(1)), None);
        cache.put(&key(1), b"one").unwrap();
        drop(cache);
        let cache = Cache::open(folder.path(), 1 << 20).unwrap();
        assert_eq!(cache.get(&key(1)).as_deref(), Some(b"one".as_slice()));
        assert_eq!(cache.n_bytes(), 15);
    }

    #[test]
    fn damage_is_noticed_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), 1 << 20).unwrap();
        cache.put(&key(1), b"contents").unwrap();
        let path = cache.path(&key(1));
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(cache.get(&key(1)), None);
            assert!(!path.exists());
        }
        let mut changed = whole.clone();
        changed[10] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert_eq!(cache.get(&key(1)), None);
    }

    #[test]
    fn the_limit_is_kept_by_forgetting_what_was_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), 5000).unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH;
        for n in 0..4 {
            cache.put(&key(n), &[n; 1000]).unwrap();
            let file = std::fs::File::open(cache.path(&key(n))).unwrap();
            file.set_modified(old + std::time::Duration::from_secs(u64::from(n))).unwrap();
        }
        assert!(cache.get(&key(0)).is_some());
        cache.put(&key(4), &[4; 1000]).unwrap();
        assert!(cache.n_bytes() <= 5000);
        assert!(cache.has(&key(0)), "used last");
        assert!(!cache.has(&key(1)), "not used for the longest time");
        assert!(cache.has(&key(4)));
    }

    #[test]
    fn a_session_loses_nothing_to_a_full_cache() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), 3000).unwrap();
        cache.put(&key(0), &[0; 1000]).unwrap();
        let session = cache.session().unwrap();
        assert!(session.hold(&key(0)));
        assert!(!session.hold(&key(9)));
        for n in 1..8 {
            session.put(&key(n), &[n; 1000]).unwrap();
        }
        assert!(cache.n_bytes() <= 3000);
        for n in 0..8 {
            assert_eq!(session.get(&key(n)), Some(vec![n; 1000]));
        }
        drop(session);
        assert_eq!(std::fs::read_dir(folder.path().join("held")).unwrap().count(), 0);
    }
}
