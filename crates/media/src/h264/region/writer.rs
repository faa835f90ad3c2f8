//! Writes the bits of slices and parameter sets (ITU-T H.264, 7.2 and 9.1), fast: a word at a time.

/// Appends bits from the most significant one on.
#[derive(Debug, Default, Clone)]
pub(super) struct SliceWriter {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, the latest lowest.
    held: u64,
    n_held: u32,
}

/// A place in the output to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    len: usize,
    held: u64,
    n_held: u32,
}

impl SliceWriter {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.held, self.n_held) = (0, 0);
    }

    /// Returns the number of bits written so far.
    pub(super) fn n_bits(&self) -> usize {
        self.bytes.len() * 8 + self.n_held as usize
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { len: self.bytes.len(), held: self.held, n_held: self.n_held }
    }

    /// Forgets what was written since `mark`.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.bytes.truncate(mark.len);
        (self.held, self.n_held) = (mark.held, mark.n_held);
    }

    /// Writes `u(n_bits)`, at most 32 bits; higher bits of `value` must be zero.
    #[inline]
    pub(super) fn bits(&mut self, value: u32, n_bits: u32) {
        debug_assert!(n_bits <= 32 && (n_bits == 32 || value >> n_bits == 0));
        self.held = self.held << n_bits | u64::from(value);
        self.n_held += n_bits;
        if self.n_held >= 32 {
            self.n_held -= 32;
            self.bytes.extend_from_slice(&((self.held >> self.n_held) as u32).to_be_bytes());
        }
    }

    /// Writes `ue(v)` of a value below 2³¹.
    #[inline]
    pub(super) fn ue(&mut self, value: u32) {
        let code = value + 1;
        let len = 32 - code.leading_zeros();
        if len <= 16 {
            self.bits(code, 2 * len - 1);
        } else {
            self.bits(0, len - 1);
            self.bits(code, len);
        }
    }

    /// Writes `se(v)`.
    #[inline]
    pub(super) fn se(&mut self, value: i32) {
        self.ue(signed_code(value));
    }

    /// Fills the last byte with zeros (`pcm_alignment_zero_bit`).
    pub(super) fn align(&mut self) {
        self.bits(0, (8 - self.n_held % 8) % 8);
    }

    /// Writes whole bytes to an aligned place.
    pub(super) fn aligned_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.bits(u32::from(byte), 8);
        }
    }

    /// Writes `rbsp_trailing_bits` and returns all bytes.
    pub(super) fn finish(&mut self) -> &[u8] {
        self.bits(1, 1);
        self.align();
        let rest = self.held << (64 - self.n_held).min(63);
        self.bytes.extend_from_slice(&rest.to_be_bytes()[..self.n_held as usize / 8]);
        self.n_held = 0;
        &self.bytes
    }
}

/// Maps a signed value to the number that `ue(v)` writes for it (ITU-T H.264, 9.1.1).
#[inline]
pub(super) fn signed_code(value: i32) -> u32 {
    if value > 0 { value as u32 * 2 - 1 } else { value.unsigned_abs() * 2 }
}

/// Returns how many bits `se(v)` takes.
#[inline]
pub(super) fn signed_len(value: i32) -> u32 {
    2 * (32 - (signed_code(value) + 1).leading_zeros()) - 1
}

#[cfg(test)]
mod tests {
    use super::{SliceWriter, signed_len};
    use crate::h264::bits::BitReader;

    #[test]
    fn codes_are_read_back() {
        let mut writer = SliceWriter::default();
        let values = [0, 1, 2, 7, 254, 65_534, 65_535, 1 << 20, (1 << 30) + 5];
        for value in values {
            writer.ue(value);
            writer.bits(value & 0x1ff, 9);
        }
        let bytes = writer.finish().to_vec();
        let mut reader = BitReader::new(&bytes);
        for value in values {
            assert_eq!(reader.ue(), Some(value));
            assert_eq!(reader.bits(9), Some(value & 0x1ff));
        }
        assert_eq!(reader.bit(), Some(1));
    }

    #[test]
    fn a_rewound_writer_forgets() {
        for n_before in 0..70 {
            let mut writer = SliceWriter::default();
            (0..n_before).for_each(|n| writer.bits(n & 1, 1));
            let mark = writer.mark();
            let mut other = writer.clone();
            writer.aligned_bytes(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
            writer.rewind(mark);
            writer.se(-5);
            other.se(-5);
            assert_eq!(writer.n_bits(), n_before as usize + signed_len(-5) as usize);
            assert_eq!(writer.finish(), other.finish());
        }
    }
}
