//! This server's own API, under `/phonoscope/v1`: batches of films and the log of webhook deliveries.
//!
//! JSON in and out; a batch's table may be a CSV file in a form. Errors are problem details (RFC 9457). Any general credential
//! of an account is let in.

mod announcer;
mod batches;
mod call;
mod deliveries;
mod error;
mod frame;
mod page;
mod router;

pub use announcer::announcer;
pub use router::{openapi, router};
