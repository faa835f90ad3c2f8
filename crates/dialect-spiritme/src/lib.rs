//! The Spiritme API, byte for byte: avatars and voices, files, templates, videos and batch videos.
//!
//! A request goes `router` (what is meant) → `frame` (log span, panics, numbers) → `negotiation` (what the client accepts) → `call` (who is
//! it, may they) → one area's file (find the object, read the body with `body` and `fields`, one engine call) → the area's row types.
//! The order of these checks is the vendor's, and so are the words of refusals (`error`, `problems`): those of Django REST framework.
//!
//! Wire facts come from the vendor's public pages and the one public client, read November 2026.
//! What none of them says is a choice of ours, and such choices are marked "Our choice" where they are made.

mod announcer;
mod answer;
mod avatars;
mod batch_videos;
mod body;
mod call;
mod downgrade;
mod error;
mod fields;
mod files;
mod form;
mod frame;
mod negotiation;
mod openapi;
mod page;
mod placeholders;
mod problems;
mod query;
mod references;
mod router;
mod routes;
mod scene;
mod schema;
mod spoken;
mod templates;
mod time;
mod tts;
mod users;
mod videos;
mod webhooks;
mod words;
mod yaml;

pub use announcer::announcer;
pub use call::APIS;
pub use openapi::openapi;
pub use router::{normalize_path, owns_path, router};
