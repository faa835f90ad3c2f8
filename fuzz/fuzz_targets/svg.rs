//! SVG files: what is read has a size; nothing hangs, nothing takes much memory.
#![no_main]

use fuzz::{mutate, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use stage::svg::Vector;

fuzz_target!(|data: &[u8]| {
    let Ok(vector) = Vector::parse(data) else { return };
    let (width, height) = vector.size();
    assert!(width > 0.0 && height > 0.0, "{width} x {height}");
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &seeds::svgs(), |_| {})
});
