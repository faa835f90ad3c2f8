//! Tests of this server's own API, over a real engine.

#![expect(clippy::unwrap_used, reason = "tests")]

mod batches;
mod house;
