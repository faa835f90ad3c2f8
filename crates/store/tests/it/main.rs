//! One suite for every back end; a back end that is absent is skipped, with the reason printed.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod accounts;
mod blobs;
mod jobs;
mod signals;
mod support;
mod work;
