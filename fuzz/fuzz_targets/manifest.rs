//! Manifests: what is read can be written, and read again.
#![no_main]

use fuzz::{mutate, seal, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use recognizer::manifest::{decode, encode};

fuzz_target!(|data: &[u8]| {
    let Ok(manifest) = decode(data) else { return };
    assert_eq!(decode(&encode(&manifest)).unwrap(), manifest);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &seeds::manifests(), seal::end)
});
