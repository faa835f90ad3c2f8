//! Records of the changelog: what is read can be written, byte by byte the same, and a record that is cut off is torn, not damaged.
#![no_main]

use fuzz::{mutate, seal, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use recognizer::changelog::{Broken, read_record};

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    while let Ok(Some(record)) = read_record(rest) {
        assert_eq!(seeds::record(record.first, &record.entries), rest[..record.len]);
        for len in [1, record.len / 2, record.len - 1] {
            assert_eq!(read_record(&rest[..len]), Err(Broken::Torn));
        }
        rest = &rest[record.len..];
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &seeds::changelogs(), seal::records)
});
