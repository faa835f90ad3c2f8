//! The AceData Producer API, byte for byte: audio in, MP4 with cover art, WAV and task records out.
//!
//! A request goes `frame` (trace id, log span, panics, answer format) → route → `call` (who is it, may they) →
//! one endpoint's file (parse, one engine call) → `shape` (the vendor's words for what came of it).
//!
//! Wire facts come from the vendor's public pages for the Producer API, read November 2026.
//! What no page says is a choice of ours, and such choices are marked "Our choice" where they are made.

mod api;
mod audios;
mod call;
mod error;
mod fields;
mod frame;
mod lyrics;
mod multipart;
mod router;
mod shape;
mod tasks;
mod upload;
mod videos;
mod wav;

pub use frame::no_api_response;
pub use router::{normalize_path, openapi, router};
pub use shape::callback_body;
