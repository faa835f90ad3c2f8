//! From a text as people write it to what is to be spoken, sentence by sentence.
//!
//! Three kinds of input are one language here: plain text, a subset of SSML, and plain text with the pause marks that video
//! services use. Nothing of it can fail but by its size: what is not understood is left out and reported.

mod dictionary;
mod markup;
mod prosody;
mod say_as;
mod script;
mod sentences;
mod tags;

pub use dictionary::Dictionary;
pub(crate) use script::{Emphasis, Item, Passage, Say, Style, Token, is_clause_mark, script_of};

/// The longest text, in characters: about two hours of speech.
pub const TEXT_MAX_CHARS: usize = 100_000;

/// The deepest nesting of tags.
pub const DEPTH_MAX: usize = 32;

/// The longest single pause.
pub const PAUSE_MAX_MS: u32 = 60_000;

/// The longest sum of all pauses.
pub const PAUSES_MAX_MS: u32 = 600_000;
