//! What the crate does for its callers.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod common;
mod hostile;
mod http;
mod languages;
mod markup;
mod piper;
mod sound;
mod timings;
