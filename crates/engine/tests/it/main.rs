//! The use cases of films, over a real database, real files and a real studio.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod batches;
mod house;
mod life;
mod materials;
mod webhooks;
