//! The ACRCloud APIs, byte for byte: the console's buckets, projects and containers, and identification.
//!
//! A request goes `frame` (log span, panics, numbers) → route → `call` (who is it, may they) → one area's file (parse with `fields`
//! and `body`, one engine call) → the area's row types. `place` and `page` make the links and envelopes of lists.
//!
//! Wire facts come from the vendor's public pages and published tools, read November 2026.
//! What none of them says is a choice of ours, and such choices are marked "Our choice" where they are made.

mod body;
mod bucket_names;
mod buckets;
mod call;
mod callback;
mod containers;
mod dedup;
mod dump;
mod error;
mod fields;
mod files;
mod frame;
mod identify;
mod metadata;
mod offline;
mod page;
mod place;
mod presigned;
mod projects;
mod router;
mod scans;
mod scope;
mod signature;
mod statistics;
mod status;
mod time;
mod words;

pub use callback::scan_callback_body;
pub use router::{normalize_path, openapi, router};
pub use scope::SCOPES;
pub use words::words;
