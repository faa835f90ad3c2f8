//! The mutator of the small formats.

/// Mutates `data[..size]` as libFuzzer does, now and then one of `seeds` in its place, and then repairs the checksums, mostly.
///
/// Returns the new size, which is at most `max_size`.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    random: u32,
    seeds: &[Vec<u8>],
    seal: impl Fn(&mut [u8]),
) -> usize {
    let mut size = size;
    // An input without even a magic number is one that libFuzzer began with.
    if size < 4 || random.is_multiple_of(128) {
        let seed = &seeds[(random >> 7) as usize % seeds.len()];
        size = seed.len().min(max_size);
        data[..size].copy_from_slice(&seed[..size]);
    }
    let size = libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    if random >> 29 != 0 {
        seal(&mut data[..size]);
    }
    size
}
