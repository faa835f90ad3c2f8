//! The real binary, on a port of its own, in a folder of its own, over real sockets.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod batch;
mod buckets;
mod cli;
mod crash;
mod films;
mod hear;
mod hostile;
mod serve;
mod show;
mod support;
