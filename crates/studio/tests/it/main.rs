//! What the crate does, seen from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod render;
mod support;
