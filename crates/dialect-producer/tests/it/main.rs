//! The Producer API over a real database and real files, in one process.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests fail by panicking, as tests do, and take bodies as literals"
)]

mod errors;
mod house;
mod http;
mod openapi;
mod random;
mod tasks;
mod unimplemented;
mod upload;
mod videos;
mod wav;
