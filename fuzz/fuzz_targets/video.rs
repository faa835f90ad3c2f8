//! Video files: whatever they hold, each is refused or shown, without a panic and within bounds.
#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use fuzz::{movies, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use media::video::{VideoLimits, VideoReader};
use tempfile::NamedTempFile;

fuzz_target!(|data: &[u8]| {
    let memory = Path::new("/dev/shm");
    let file = if memory.is_dir() { NamedTempFile::new_in(memory) } else { NamedTempFile::new() }.unwrap();
    std::fs::write(file.path(), data).unwrap();
    let limits = VideoLimits { side_max: 512, pixels_max: 1 << 16, ffmpeg: None, ..VideoLimits::default() };
    let Ok(mut reader) = VideoReader::open(file.path(), &limits) else { return };
    let probe = reader.probe().clone();
    for time_ms in [0, 40, 41, 200, 80, u64::MAX, 0] {
        if let Ok(shown) = reader.frame_at(time_ms) {
            assert_eq!((shown.width(), shown.height()), (probe.width, probe.height));
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    mutate::mutate(data, size, max_size, seed, SEEDS.get_or_init(movies::videos), |_| ())
});
