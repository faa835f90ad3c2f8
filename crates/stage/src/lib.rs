//! What a video looks like: the scene document, layout, text, avatars and captions, as frames in memory.
//!
//! A pure crate: a document, decoded assets and the times of what is said in; pixels out.
//! It knows no network, clock, file format of sound or video, or async runtime.
//! The same input gives the same pixels.

pub mod assets;
pub mod avatar;
pub mod captions;
pub mod document;
pub mod error;
pub mod scene;
pub mod shape;
pub mod svg;
pub mod text;
pub mod transition;
pub mod utterance;

pub use document::Project;
pub use error::{ErrorKind, StageError};
