//! Chance without a state: every value is a function of a seed and an index, so that any instant can be asked for.

/// Mixes a seed, a stream and an index to 64 evenly spread bits (the finalizer of SplitMix64, Steele et al. 2014).
pub(super) fn bits(seed: u64, stream: u64, idx: i64) -> u64 {
    let mut z =
        seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ idx.cast_unsigned().wrapping_mul(0xD1B5_4A32_D192_ED03);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Returns a number from 0 to just below 1.
pub(super) fn unit(seed: u64, stream: u64, idx: i64) -> f64 {
    (bits(seed, stream, idx) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Returns a number from −1 to 1.
pub(super) fn signed(seed: u64, stream: u64, idx: i64) -> f64 {
    unit(seed, stream, idx) * 2.0 - 1.0
}

/// Returns a slowly wandering number from −1 to 1 that takes a new direction every `period_ms`.
pub(super) fn wander(seed: u64, stream: u64, time_ms: f64, period_ms: f64) -> f64 {
    let position = time_ms / period_ms;
    let idx = position.floor();
    let (a, b) = (signed(seed, stream, idx as i64), signed(seed, stream, idx as i64 + 1));
    a + (b - a) * smooth(position - idx)
}

/// Goes from 0 to 1 without a jolt at either end.
pub(super) fn smooth(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Rises to 1 at `peak_ms` and falls again, over `width_ms` in all.
pub(super) fn pulse(time_ms: f64, peak_ms: f64, width_ms: f64) -> f64 {
    smooth(1.0 - (time_ms - peak_ms).abs() / (width_ms * 0.5))
}

/// Mixes bytes to a seed (FNV-1a).
pub(crate) fn seed_of(parts: &[&str]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xFF]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    hash
}
