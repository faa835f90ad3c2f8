//! Containers, recordings in them, and what plays in those when.

mod callbacks;
mod containers;
mod files;
mod presigned;
mod studio;
mod timeline;
