//! What the crate does, seen from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod hostile;
mod lips;
mod render;
mod support;
