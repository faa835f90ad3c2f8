//! Fingerprint files: what is read can be written, and read again.
#![no_main]

use fingerprint::{Fingerprint, PITCH_MAX};
use fuzz::{mutate, seal, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| {
    let Ok(print) = Fingerprint::from_bytes(data) else { return };
    assert!(Fingerprint::is_fingerprint(data));
    assert_eq!(Fingerprint::from_bytes(&print.to_bytes()).unwrap(), print);
    assert!(print.peaks().is_sorted_by(|a, b| (a.frame, a.pitch) < (b.frame, b.pitch)));
    assert!(print.peaks().iter().all(|p| p.pitch <= PITCH_MAX));
    // A segment, too, counts the milliseconds of all its tracks.
    assert!(print.duration_ms().checked_mul(1 << 24).is_some());
    for span_ms in [0..u64::MAX, 1_600..2_600, 16..16, u64::MAX - 1..u64::MAX] {
        let slice = print.slice(span_ms);
        assert_eq!(Fingerprint::from_bytes(&slice.to_bytes()).unwrap(), slice);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, &seeds::fingerprints(), seal::end)
});
