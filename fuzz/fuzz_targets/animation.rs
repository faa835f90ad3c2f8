//! Pictures that may move: each is refused or decoded within the limits, its frames all of one size.
#![no_main]

use std::sync::OnceLock;

use fuzz::{movies, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use media::picture::{Animation, AnimationLimits, PictureLimits};

fuzz_target!(|data: &[u8]| {
    let picture = PictureLimits { side_max: 1024, pixels_max: 1 << 18, decoded_bytes_max: 16 << 20 };
    let limits = AnimationLimits { picture, frames_max: 20, bytes_max: 8 << 20 };
    for needed_side in [None, Some(16)] {
        let Ok(animation) = Animation::decode(data, &limits, needed_side) else { continue };
        let first = animation.frame_at(0);
        let all = animation.frames();
        assert!(!all.is_empty() && all.len() <= limits.frames_max);
        assert!(all.iter().all(|frame| frame.picture.width() == first.width() && frame.delay_ms >= 20));
        assert!(all.iter().map(|frame| frame.picture.rgba().len() as u64).sum::<u64>() <= limits.bytes_max);
        let _ = animation.frame_at(u64::MAX);
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    mutate::mutate(data, size, max_size, seed, SEEDS.get_or_init(movies::animations), |_| ())
});
