//! The changelog: every change, in order, on disk before it is acknowledged.
//!
//! It is a chain of files, `changelog/SEQUENCE.log` (20 digits), each named by the sequence number of its first change. The
//! manifest says which changes are in segments; the file that is named by the next number is always there. Files before it are deleted.
//! All numbers are little-endian; a text is a `u16` length and that many bytes of UTF-8.
//!
//! A file:
//! 1. 8 bytes: `PHONOLOG`.
//! 2. `u16`: version, 1.
//! 3. `u16`: 0.
//! 4. `u64`: sequence number of the file's first change.
//! 5. `u32`: CRC-32 (ISO-HDLC) of everything before.
//! 6. Records.
//!
//! A record, all of which counts or none of it:
//! 1. 4 bytes: `PhRc`.
//! 2. `u32`: number of bytes of the changes.
//! 3. `u64`: sequence number of the first change.
//! 4. `u32`: number of changes.
//! 5. `u32`: CRC-32 of the changes.
//! 6. `u32`: CRC-32 of the 24 bytes before.
//! 7. Changes, each with the next sequence number. The first byte is the kind:
//!    - 1, put: text bucket; text name; `u32` length and bytes of a fingerprint file. Its key is its sequence number. It replaces a track of
//!      the same bucket and name.
//!    - 2, remove: text bucket; text name.
//!    - 3, move: text bucket; text name; text bucket to go to; `u64` key; `u32` length and bytes of a fingerprint file. It stands alone, so that
//!      replaying it needs no segment.
//!
//! A record is written after the one before it is on disk. So only the last record can be torn, and it was not acknowledged: it is cut off.
//! A record that is wrong and has others behind it is damage, and an error.

mod files;
mod record;

pub(crate) use files::{ChainEnd, FILE_HEADER_LEN, Log, create_file, file_name, read_chain};
pub use record::{Broken, Entry, Record, read_record};
pub(crate) use record::{RecordWriter, put_entry, read_entry};
