//! The ACRCloud APIs over a real database, real files and a real index, in one process.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

#[macro_use]
mod house;

mod auth;
mod buckets;
mod callback;
mod change;
mod dedup;
mod dump;
mod errors;
mod files;
mod http;
mod identify;
mod metadata;
mod offline;
mod openapi;
mod operations;
mod projects;
mod quirks;
mod random;
mod scanning;
mod strangers;
mod upload;
mod vendor_page;
