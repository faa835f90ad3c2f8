//! What the crate does, seen from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod avatar;
mod avatar_folder;
mod captions;
mod document;
mod reference;
mod scene;
mod svg;
mod text;
mod text_pictures;
