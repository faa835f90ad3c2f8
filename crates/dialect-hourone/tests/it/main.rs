//! The Hour One API over a real database and a real studio, in one process.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

#[macro_use]
mod house;

mod analytics;
mod auth;
mod create;
mod drafts;
mod errors;
mod examples;
mod http;
mod keys;
mod openapi;
mod operations;
mod overrides;
mod places;
mod preview;
mod random;
mod render;
mod shelves;
mod strangers;
mod vendor_page;
mod webhooks;
mod workflows;
