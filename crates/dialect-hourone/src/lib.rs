//! The Hour One API, byte for byte: videos from drafts, from layouts and from workflows.
//!
//! A request goes `frame` (log span, panics, numbers) → route → `call` (who is it) → one area's file (read with `fields` and `body`, one
//! engine call) → the area's row types. `make` turns requests for videos into scene documents.
//!
//! Wire facts come from the vendor's public pages and its OpenAPI document, read November 2026. What none of them says is a choice of
//! ours, and such choices are marked "Our choice" where they are made; operations that the vendor has not are marked "Extension".

mod analytics;
mod announcer;
mod body;
mod calendar;
mod call;
mod deliveries;
mod drafts;
mod error;
mod examples;
mod fields;
mod frame;
mod keys;
mod make;
mod path;
mod places;
mod preview;
mod problems;
mod router;
mod shelves;
mod video;
mod webhooks;

pub use announcer::announcer;
pub use router::{normalize_path, openapi, owns, router};
