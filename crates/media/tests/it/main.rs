//! What the crate promises, tried as its users would on files made at run time.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod alpha;
mod copy;
mod cover;
mod decode;
mod encode;
mod hostile;
mod make;
mod movie;
mod mp4;
mod picture;
mod probe;
mod region;
mod support;
mod tools;
mod video;
mod write;
