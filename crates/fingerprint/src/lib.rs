//! Audio fingerprints: peaks of a spectrogram, an index of landmarks, and a matcher that says how sure it is.
//!
//! A clip that is noisy, cut, played faster or higher, or talked over, is found in recordings that were listened to
//! before. The crate is pure: samples and bytes in, values out; no network, no clock, no runtime, no thread of its own.
//! Its README shows how an application ships an index and recognizes without a connection.
//!
//! ```
//! use fingerprint::{Extractor, Fingerprint, MemorySegment, SearchOptions, Searcher, Source, Track};
//!
//! fn listen(samples: &[f32]) -> fingerprint::Result<Fingerprint> {
//!     let mut extractor = Extractor::new(8_000, 1)?;
//!     for chunk in samples.chunks(4096) {
//!         extractor.push(chunk);
//!     }
//!     Ok(extractor.finish())
//! }
//!
//! let song = melody(1, 30);
//! let mut segment = MemorySegment::new();
//! for (key, samples) in [(1, &song), (2, &melody(2, 30))] {
//!     let track = Track { key, name: format!("song {key}"), duration_ms: 30_000 };
//!     segment.add(track, &listen(samples)?)?;
//! }
//!
//! // Eight seconds from the twelfth on.
//! let clip = listen(&song[12 * 8_000..20 * 8_000])?;
//! let sources = [Source { segment: &segment, allowed: None }];
//! let matches = Searcher::new().search(&sources, &clip, &SearchOptions::default());
//! assert_eq!(segment.track(matches[0].track).unwrap().name, "song 1");
//! assert!((matches[0].track_time_ms(0.0) - 12_000.0).abs() < 50.0);
//! # fn melody(seed: u32, seconds: u32) -> Vec<f32> {
//! #     let mut state = seed.wrapping_mul(2_654_435_761);
//! #     let mut notes = [(0.0f32, 0.0f32); 4];
//! #     let mut random = || { state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223); (state >> 8) as f32 / 16_777_216.0 };
//! #     (0..seconds * 8_000).map(|n| {
//! #         if n % 1000 == 0 { notes[(random() * 4.0) as usize] = (250.0 * 12f32.powf(random()), 0.2); }
//! #         notes.iter_mut().map(|(hz, level)| { *level *= 0.9996; *level * (*hz * n as f32 / 8_000.0 * 6.283_185_5).sin() }).sum()
//! #     }).collect()
//! # }
//! # Ok::<(), fingerprint::Error>(())
//! ```
//!
//! **Extracting.** [`Extractor`] turns samples of any rate and channel count into a [`Fingerprint`]: its [`Peak`]s, in
//! constant memory, the same on every machine. [`Fingerprint::to_bytes`] writes the open file format `.phfp` (layout in
//! `src/file.rs`), which holds no sound; [`FILE_EXTENSION`] names it.
//!
//! **Indexing.** [`MemorySegment`] grows track by track. [`SegmentWriter`] writes an immutable file (layout in
//! `src/segment/mod.rs`), which [`Segment`] maps into memory or reads from bytes. Both are [`Searchable`], and both
//! give their tracks' peaks back, so that segments can be merged without the audio.
//!
//! **Searching.** [`Searcher`] looks a fingerprint up in any number of [`Source`]s and reports each [`Match`]: which
//! track, which part of the clip, where in the track, how fast and how high, and a score. [`SearchOptions`] holds the
//! [`DEFAULT_THRESHOLD`] and the number of tracks.
//!
//! **Explaining.** [`Explanation`] lists the peaks that a match rests on and how far it stands out over chance;
//! [`Spectrogram`] is what the extractor saw. `phonoscope identify --explain` draws them.
//!
//! What lives in a folder, changes while it is searched and survives a crash is the job of the crate `recognizer`.

mod error;
mod explain;
mod extract;
mod file;
mod index;
mod landmark;
mod memory;
mod peak;
mod search;
mod segment;

pub use error::{Error, Result};
pub use explain::{Explanation, Mark};
pub use extract::{Extractor, Spectrogram};
pub use file::FILE_EXTENSION;
pub use index::Searchable;
pub use memory::MemorySegment;
pub use peak::{FRAME_MS, Fingerprint, PITCH_MAX, PITCH_PER_OCTAVE, Peak};
pub use search::{DEFAULT_THRESHOLD, Match, SearchOptions, Searcher, Source};
pub use segment::{Segment, SegmentStats, SegmentWriter, Track};

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
