//! What the crate does, seen from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod hostile;
mod render;
mod support;
