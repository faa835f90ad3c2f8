//! What the fuzz targets share.
//!
//! Small formats are fuzzed as bytes: [`mutate`] begins with seeds made here and repairs the checksums of what libFuzzer damaged, so that every input
//! is a file as it would lie on the disk. A segment has two megabytes at least; its inputs are [`segment::Recipe`]s, which damage a good one.

pub mod movies;
pub mod mutate;
pub mod peaks;
pub mod seal;
pub mod seeds;
pub mod segment;
