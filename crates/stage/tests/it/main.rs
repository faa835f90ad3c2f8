//! What the crate does, seen from outside.

mod document;
mod scene;
mod svg;
//! Public behavior of the crate.
#![expect(clippy::unwrap_used, reason = "tests")]
mod captions;
mod text;
mod text_pictures;
mod avatar;
