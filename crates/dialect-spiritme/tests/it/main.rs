//! The Spiritme API from outside: real HTTP requests to a router over SQLite and local files.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

#[macro_use]
mod house;

mod auth;
mod batch_videos;
mod catalog;
mod described;
mod errors;
mod files;
mod forms;
mod http;
mod openapi;
mod operations;
mod pages;
mod random;
mod render;
mod strangers;
mod templates;
mod users;
mod vendor_page;
mod videos;
