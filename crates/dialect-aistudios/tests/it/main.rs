//! The AI Studios V3 API over a real database, real files and a real studio, in one process.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

#[macro_use]
mod house;

mod absent;
mod auth;
mod automation;
mod edit;
mod errors;
mod http;
mod legacy;
mod lists;
mod openapi;
mod operations;
mod projects;
mod random;
mod render;
mod simple;
mod speech;
mod strangers;
mod template;
mod vendor_page;
mod webhook;
