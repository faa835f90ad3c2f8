//! The AI Studios V3 API, byte for byte: projects, the videos made of them, and what they are made from.
//!
//! A request goes `frame` (log span, panics, numbers) → route → `call` (who is it) → one area's file (parse with `body` and `read`, map with
//! `document`, one engine call) → the area's answer types. `announcer` words what is posted to webhooks.
//!
//! Wire facts come from the vendor's public pages and published tools, read November 2026.
//! What none of them says is a choice of ours, and such choices are marked "our choice" where they are made.

mod absent;
mod announcer;
mod auth;
mod automation;
mod body;
mod call;
mod document;
mod error;
mod frame;
mod legacy;
mod models;
mod projects;
mod read;
mod router;
mod simple;
mod template;
mod time;
mod uploads;

pub use announcer::announcer;
pub use router::{normalize_path, openapi, router};
