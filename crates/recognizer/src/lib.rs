//! The life of an index: which tracks are in it, adding, replacing, removing and moving them, merging, identifying, scanning.
//!
//! ```no_run
//! use recognizer::{Options, Recognizer};
//! # fn fingerprint_of(_path: &str) -> fingerprint::Fingerprint { fingerprint::Fingerprint::default() }
//! let recognizer = Recognizer::open("index".as_ref(), Options::default())?;
//! recognizer.add("songs", "one.mp3", fingerprint_of("one.mp3"))?;
//! for found in recognizer.identify(None, &fingerprint_of("clip.wav"), &Default::default()) {
//!     println!("{} at {} ms", found.track.name, found.hit.track_ms.start);
//! }
//! # Ok::<(), recognizer::Error>(())
//! ```
//!
//! An index is a folder:
//! - `manifest`: which segments are in use, and what of them is removed; see [`manifest`].
//! - `segments/NUMBER.seg`: immutable segments, tracks ordered by bucket and name; see the crate `fingerprint`.
//! - `changelog/SEQUENCE.log`: the changes that no segment holds yet; see [`changelog`].
//! - `lock`: held by the one process that writes.
//!
//! A change is on disk when its call returns, and the next query sees it. Queries read a snapshot, which is replaced as a whole; they
//! wait for nothing but the swap of a pointer. Full memory segments are written out, and segments merged, by a thread in the background.

mod bitmap;
mod bytes;
mod durable;
mod error;
mod maintain;
mod memory;
mod open;
mod recognizer;
mod scan;
mod snapshot;
mod state;
mod track;
mod verify;

pub mod archive;
pub mod changelog;
pub mod manifest;

pub use error::{Error, ErrorKind, Result};
pub use open::{Access, Maintenance, Options};
pub use recognizer::{Change, Outcome, Recognizer};
pub use scan::{ScanOptions, Scanner, Span};
pub use track::{BUCKET_LEN_MAX, Found, NAME_LEN_MAX, TrackInfo};
pub use verify::{BucketStats, Stats, Verified};
