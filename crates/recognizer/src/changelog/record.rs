//! Records, as bytes.

use crate::bytes::{Reader, put_text};

const MAGIC: &[u8; 4] = b"PhRc";
/// Bytes of a record before its changes.
pub(super) const HEADER_LEN: usize = 28;
const KIND_PUT: u8 = 1;
const KIND_REMOVE: u8 = 2;
const KIND_MOVE: u8 = 3;
const ENTRY_LEN_MIN: usize = 5;

/// Some changes that were written together.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The sequence number of the first change.
    pub first: u64,
    /// The changes.
    pub entries: Vec<Entry<'a>>,
    /// How many bytes the record has.
    pub len: usize,
}

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A track comes, in the place of an earlier one of the same name.
    Put {
        /// Where it is.
        bucket: &'a str,
        /// What it is called.
        name: &'a str,
        /// A fingerprint file.
        fingerprint: &'a [u8],
    },
    /// A track goes.
    Remove {
        /// Where it is.
        bucket: &'a str,
        /// What it is called.
        name: &'a str,
    },
    /// A track goes to another bucket, in the place of one of the same name there.
    Move {
        /// Where it is.
        bucket: &'a str,
        /// What it is called.
        name: &'a str,
        /// Where it goes.
        to: &'a str,
        /// What it is known by.
        key: u64,
        /// A fingerprint file.
        fingerprint: &'a [u8],
    },
}

/// Why no record could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The last record was not written to its end.
    Torn,
    /// Bytes that were on disk have changed.
    Damaged(&'static str),
}

/// Reads the record at the start of `bytes`, which reach to the end of their file. `None` at the end.
///
/// # Errors
/// [`Broken::Torn`] for a record that nothing follows and that is not whole.
pub fn read_record(bytes: &[u8]) -> Result<Option<Record<'_>>, Broken> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let Some(header) = read_header(bytes) else {
        // Where the length cannot be trusted, only a look at all that follows tells a torn record from a damaged one.
        let is_followed =
            bytes.windows(MAGIC.len()).enumerate().skip(1).any(|(at, magic)| magic == MAGIC && is_whole(&bytes[at..]));
        return Err(if is_followed { Broken::Damaged("a record's header is wrong") } else { Broken::Torn });
    };
    let len = HEADER_LEN + header.body_len;
    let Some(body) = bytes.get(HEADER_LEN..len) else { return Err(Broken::Torn) };
    if crc32fast::hash(body) != header.body_crc {
        return Err(if len == bytes.len() { Broken::Torn } else { Broken::Damaged("a record's checksum is wrong") });
    }
    let entries = read_entries(body, header.n_entries).ok_or(Broken::Damaged("a change breaks the rules"))?;
    let is_countable = header.first.checked_add(entries.len() as u64).is_some();
    if entries.is_empty() || !is_countable {
        return Err(Broken::Damaged("a record's sequence numbers break the rules"));
    }
    Ok(Some(Record { first: header.first, entries, len }))
}

struct Header {
    body_len: usize,
    first: u64,
    n_entries: usize,
    body_crc: u32,
}

fn read_header(bytes: &[u8]) -> Option<Header> {
    let mut reader = Reader::new(bytes.get(..HEADER_LEN)?);
    if reader.bytes(MAGIC.len())? != MAGIC {
        return None;
    }
    let (body_len, first) = (reader.u32()? as usize, reader.u64()?);
    let (n_entries, body_crc, crc) = (reader.u32()? as usize, reader.u32()?, reader.u32()?);
    (crc == crc32fast::hash(&bytes[..HEADER_LEN - 4])).then_some(Header { body_len, first, n_entries, body_crc })
}

fn is_whole(bytes: &[u8]) -> bool {
    read_header(bytes).is_some_and(|header| {
        bytes.get(HEADER_LEN..HEADER_LEN + header.body_len).is_some_and(|body| crc32fast::hash(body) == header.body_crc)
    })
}

fn read_entries(body: &[u8], n_entries: usize) -> Option<Vec<Entry<'_>>> {
    let mut reader = Reader::new(body);
    let mut entries = Vec::with_capacity(n_entries.min(body.len() / ENTRY_LEN_MIN));
    for _ in 0..n_entries {
        entries.push(read_next(&mut reader)?);
    }
    reader.is_empty().then_some(entries)
}

/// Reads a change that fills `bytes`.
pub(crate) fn read_entry(bytes: &[u8]) -> Option<Entry<'_>> {
    let mut reader = Reader::new(bytes);
    let entry = read_next(&mut reader)?;
    reader.is_empty().then_some(entry)
}

fn read_next<'a>(reader: &mut Reader<'a>) -> Option<Entry<'a>> {
    let (kind, bucket, name) = (reader.u8()?, reader.text()?, reader.text()?);
    match kind {
        KIND_PUT => Some(Entry::Put { bucket, name, fingerprint: read_fingerprint(reader)? }),
        KIND_REMOVE => Some(Entry::Remove { bucket, name }),
        KIND_MOVE => {
            let (to, key) = (reader.text()?, reader.u64()?);
            Some(Entry::Move { bucket, name, to, key, fingerprint: read_fingerprint(reader)? })
        }
        _ => None,
    }
}

fn read_fingerprint<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.u32()?;
    reader.bytes(len as usize)
}

/// Puts a record together.
#[derive(Debug)]
pub(crate) struct RecordWriter {
    bytes: Vec<u8>,
    n_entries: u32,
}

impl RecordWriter {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; HEADER_LEN], n_entries: 0 }
    }

    /// Adds a change; its names must have passed the check of names.
    pub(crate) fn push(&mut self, entry: Entry<'_>) {
        put_entry(&mut self.bytes, entry);
        self.n_entries += 1;
    }

    pub(crate) fn n_entries(&self) -> u32 {
        self.n_entries
    }

    /// Gives the record's bytes; `None` where it is longer than a record can be.
    pub(crate) fn finish(mut self, first: u64) -> Option<Vec<u8>> {
        let body = &self.bytes[HEADER_LEN..];
        let (body_len, crc) = (u32::try_from(body.len()).ok()?, crc32fast::hash(body));
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend(MAGIC);
        header.extend(body_len.to_le_bytes());
        header.extend(first.to_le_bytes());
        header.extend(self.n_entries.to_le_bytes());
        header.extend(crc.to_le_bytes());
        header.extend(crc32fast::hash(&header).to_le_bytes());
        self.bytes[..HEADER_LEN].copy_from_slice(&header);
        Some(self.bytes)
    }
}

/// Writes a change as it stands in a record; the archive uses the same bytes.
pub(crate) fn put_entry(out: &mut Vec<u8>, entry: Entry<'_>) {
    let head = |out: &mut Vec<u8>, kind, bucket, name| {
        out.push(kind);
        put_text(out, bucket);
        put_text(out, name);
    };
    let put_fingerprint = |out: &mut Vec<u8>, fingerprint: &[u8]| {
        out.extend((fingerprint.len() as u32).to_le_bytes());
        out.extend(fingerprint);
    };
    match entry {
        Entry::Put { bucket, name, fingerprint } => {
            head(out, KIND_PUT, bucket, name);
            put_fingerprint(out, fingerprint);
        }
        Entry::Remove { bucket, name } => head(out, KIND_REMOVE, bucket, name),
        Entry::Move { bucket, name, to, key, fingerprint } => {
            head(out, KIND_MOVE, bucket, name);
            put_text(out, to);
            out.extend(key.to_le_bytes());
            put_fingerprint(out, fingerprint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: [Entry<'_>; 3] = [
        Entry::Put { bucket: "b", name: "PhRc", fingerprint: b"print" },
        Entry::Remove { bucket: "", name: "x" },
        Entry::Move { bucket: "b", name: "ü", to: "c", key: 77, fingerprint: b"" },
    ];

    fn record(first: u64) -> Vec<u8> {
        let mut writer = RecordWriter::new();
        ENTRIES.into_iter().for_each(|entry| writer.push(entry));
        writer.finish(first).unwrap()
    }

    #[test]
    fn comes_back() {
        let bytes = [record(5), record(8)].concat();
        let first = read_record(&bytes).unwrap().unwrap();
        assert_eq!((first.first, &first.entries[..]), (5, &ENTRIES[..]));
        assert_eq!(read_record(&bytes[first.len..]).unwrap().unwrap().first, 8);
        assert_eq!(read_record(&[]), Ok(None));
    }

    #[test]
    fn the_last_record_is_torn_and_an_earlier_one_damaged() {
        let (one, two) = (record(5), [record(5), record(8)].concat());
        for len in 1..one.len() {
            assert_eq!(read_record(&one[..len]), Err(Broken::Torn), "first {len} bytes");
        }
        for bit in 0..one.len() * 8 {
            let mut torn = one.clone();
            torn[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read_record(&torn), Err(Broken::Torn), "bit {bit}");
            let mut damaged = two.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(read_record(&damaged), Err(Broken::Damaged(_))), "bit {bit}");
        }
        // After a power cut the end of a file may be there without its content.
        assert_eq!(read_record(&[0; 4096]), Err(Broken::Torn));
    }

    #[test]
    fn rules_are_checked_behind_the_checksums() {
        let bytes = record(5);
        for at in HEADER_LEN..bytes.len() {
            for value in [0, 1, 2, 3, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let crc = crc32fast::hash(&changed[HEADER_LEN..]);
                changed[20..24].copy_from_slice(&crc.to_le_bytes());
                let crc = crc32fast::hash(&changed[..24]);
                changed[24..28].copy_from_slice(&crc.to_le_bytes());
                assert!(!matches!(read_record(&changed), Ok(None) | Err(Broken::Torn)), "byte {at}");
            }
        }
    }
}
