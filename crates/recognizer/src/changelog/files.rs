//! The chain of files, reading and appending.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::record::{Broken, Entry, read_record};
use crate::bytes::Reader;
use crate::durable;
use crate::error::{Context as _, Doing as _, Error, Result};

const MAGIC: &[u8; 8] = b"PHONOLOG";
const VERSION: u16 = 1;
const HEADER_LEN: usize = 24;
/// The length of a file without changes.
pub(crate) const FILE_HEADER_LEN: u64 = HEADER_LEN as u64;
const WHAT: &str = "changelog";

/// Gives the name of the file whose first change has this number.
pub(crate) fn file_name(first: u64) -> String {
    format!("{first:020}.log")
}

/// The file at the end of the chain, open for more.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Appends a record and waits until it is on disk.
    pub(crate) fn append(&mut self, record: &[u8]) -> Result<()> {
        self.file.write_all(record).and_then(|()| self.file.sync_data()).doing("write to the changelog").at(&self.path)
    }

    /// Opens a file to go on after its first `len` bytes; what is behind them is cut off.
    pub(crate) fn open(folder: &Path, end: &ChainEnd) -> Result<Self> {
        let path = folder.join(file_name(end.file_first));
        let open = || -> std::io::Result<File> {
            let mut file = File::options().write(true).open(&path)?;
            if file.metadata()?.len() != end.len {
                file.set_len(end.len)?;
                file.sync_all()?;
            }
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().doing("open the changelog").at(&path)?;
        Ok(Self { file, path })
    }
}

/// Makes an empty file, whole from the start.
pub(crate) fn create_file(folder: &Path, first: u64) -> Result<()> {
    let mut header = Vec::with_capacity(HEADER_LEN);
    header.extend(MAGIC);
    header.extend(VERSION.to_le_bytes());
    header.extend(0u16.to_le_bytes());
    header.extend(first.to_le_bytes());
    header.extend(crc32fast::hash(&header).to_le_bytes());
    durable::write_whole(&folder.join(file_name(first)), &header)
}

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChainEnd {
    /// The number in the name of the last file.
    pub(crate) file_first: u64,
    /// How many bytes of it count.
    pub(crate) len: u64,
    /// The number of the next change.
    pub(crate) next: u64,
    /// How many bytes of a torn record follow.
    pub(crate) n_torn_bytes: u64,
}

/// Reads all changes from number `first` on, in order, with their numbers.
///
/// # Errors
/// Missing and damaged files, and what `apply` returns.
pub(crate) fn read_chain(
    folder: &Path,
    first: u64,
    mut apply: impl FnMut(u64, Entry<'_>) -> Result<()>,
) -> Result<ChainEnd> {
    let mut file_first = first;
    loop {
        let path = folder.join(file_name(file_first));
        let bytes = std::fs::read(&path).doing("read the changelog").at(&path)?;
        let end = read_file(&bytes, file_first, &mut apply).at(&path)?;
        let is_last = end.next == file_first || !folder.join(file_name(end.next)).exists();
        if is_last {
            return Ok(end);
        }
        if end.n_torn_bytes > 0 {
            // The next file was begun after the last record of this one was on disk.
            return Err(Error::Damaged { what: WHAT, reason: "a record before the last file is not whole" }).at(&path);
        }
        file_first = end.next;
    }
}

fn read_file(bytes: &[u8], file_first: u64, apply: &mut impl FnMut(u64, Entry<'_>) -> Result<()>) -> Result<ChainEnd> {
    check_header(bytes, file_first)?;
    let mut at = HEADER_LEN;
    let mut next = file_first;
    loop {
        let record = match read_record(&bytes[at..]) {
            Ok(Some(record)) => record,
            Ok(None) | Err(Broken::Torn) => break,
            Err(Broken::Damaged(reason)) => return Err(Error::Damaged { what: WHAT, reason }),
        };
        if record.first != next {
            return Err(Error::Damaged { what: WHAT, reason: "a record is missing" });
        }
        for entry in &record.entries {
            apply(next, *entry)?;
            next += 1;
        }
        at += record.len;
    }
    Ok(ChainEnd { file_first, len: at as u64, next, n_torn_bytes: (bytes.len() - at) as u64 })
}

fn check_header(bytes: &[u8], file_first: u64) -> Result<()> {
    let damaged = |reason| Error::Damaged { what: WHAT, reason };
    let mut reader = Reader::new(bytes);
    if reader.bytes(MAGIC.len()) != Some(MAGIC) {
        return Err(Error::Foreign { what: WHAT });
    }
    let version = reader.u16().ok_or(damaged("it ends within its header"))?;
    if version != VERSION {
        return Err(Error::Version { what: WHAT, version, newest: VERSION });
    }
    let header = bytes.get(..HEADER_LEN).ok_or(damaged("it ends within its header"))?;
    let _ = reader.u16();
    let first = reader.u64();
    if reader.u32() != Some(crc32fast::hash(&header[..HEADER_LEN - 4])) {
        return Err(damaged("the checksum of its header is wrong"));
    }
    if first != Some(file_first) {
        return Err(damaged("it has another file's name"));
    }
    Ok(())
}
