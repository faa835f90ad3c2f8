//! What the crate does, seen from outside.

mod document;
mod scene;
mod svg;
