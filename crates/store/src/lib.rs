//! SQLite or PostgreSQL, a local folder or S3, behind the traits of `engine`.
//!
//! One SQL text serves both databases: `$1` placeholders, `RETURNING`, `ON CONFLICT`, BIGINT microseconds, TEXT ids.
//! Only claiming a job, lists of ids, the search in titles and waking other processes differ, in [`Dialect`] and
//! [`RemoteSignals`].

mod blobs;
mod database;
mod repos;
mod row;
mod signals;
mod text;

pub use blobs::{LocalBlobs, S3Blobs, S3Settings};
pub use database::{Database, Dialect, OpenError};
pub use signals::{NatsError, RemoteSignals};
