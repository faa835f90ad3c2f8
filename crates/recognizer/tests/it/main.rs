//! The recognizer from outside: what is acknowledged stays, what is removed is gone, and nothing panics.

#![expect(clippy::unwrap_used, reason = "tests")]

mod concurrency;
mod crash;
mod damage;
mod life;
mod scan;
mod support;
