//! One suite for every back end; a back end that is absent is skipped, with the reason printed.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod accounts;
mod blobs;
mod feed;
mod file_lists;
mod files;
mod films;
mod jobs;
mod projects;
mod recordings;
mod rows;
mod signals;
mod support;
mod work;
