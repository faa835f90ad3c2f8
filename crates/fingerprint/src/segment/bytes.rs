//! Reading numbers out of bytes that may be damaged: what is not there reads as zero, and nothing panics.

/// The little-endian `u16` number `index` of `bytes`.
#[inline(always)]
pub(crate) fn u16_at(bytes: &[u8], index: usize) -> u16 {
    bytes.get(index * 2..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b))
}

/// The little-endian `u32` at byte `at`.
#[inline(always)]
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}

/// The little-endian `u64` at byte `at`.
#[inline(always)]
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u64::from_le_bytes(*b))
}

/// Appends the lowest `n_bits` (at most 32) of numbers, one after the other, the lowest bit first.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    n_pending: u32,
}

impl BitWriter {
    pub(crate) fn push(&mut self, value: u32, n_bits: u32) {
        self.pending |= u64::from(value) << self.n_pending;
        self.n_pending += n_bits;
        while self.n_pending >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.n_pending -= 8;
        }
    }

    /// The bits so far, and eight bytes more, so that each number can be read as part of a `u64`.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.n_pending > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes.extend([0; 8]);
        self.bytes
    }
}

/// The number of `n_bits` (at most 32) that begins at bit `at`.
#[inline(always)]
pub(crate) fn bits_at(bytes: &[u8], at: u64, n_bits: u32) -> u32 {
    let word = u64_at(bytes, (at >> 3) as usize) >> (at & 7);
    (word & ((1 << n_bits) - 1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back() {
        for n_bits in [1, 7, 8, 13, 20, 32] {
            let values: Vec<u32> = (0..100u32).map(|i| i.wrapping_mul(0x9e37_79b9) >> (32 - n_bits)).collect();
            let mut writer = BitWriter::default();
            for value in &values {
                writer.push(*value, n_bits);
            }
            let bytes = writer.finish();
            for (i, value) in values.iter().enumerate() {
                assert_eq!(bits_at(&bytes, i as u64 * u64::from(n_bits), n_bits), *value);
            }
        }
    }

    #[test]
    fn what_is_not_there_is_zero() {
        assert_eq!(
            (u16_at(&[1], 0), u32_at(&[1, 2, 3], 0), u64_at(&[], usize::MAX), bits_at(&[0xff], 3, 5)),
            (0, 0, 0, 0)
        );
    }
}
