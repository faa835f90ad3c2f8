//! Bits and Exp-Golomb codes of H.264 headers (ITU-T H.264, 7.2 and 9.1), and emulation prevention (7.4.1).

/// Reads bits from the most significant one on; every read is `None` past the end.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0 }
    }

    /// Starts at bit `position`.
    pub(super) fn at(data: &'a [u8], position: usize) -> Self {
        Self { data, position }
    }

    /// Returns the number of bits read so far.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn bit(&mut self) -> Option<u32> {
        let byte = *self.data.get(self.position / 8)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Some(u32::from(bit))
    }

    /// Reads `u(n_bits)`, at most 32 bits.
    pub(super) fn bits(&mut self, n_bits: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..n_bits {
            value = value << 1 | self.bit()?;
        }
        Some(value)
    }

    /// Reads `ue(v)`.
    pub(super) fn ue(&mut self) -> Option<u32> {
        let mut n_zeros = 0;
        while self.bit()? == 0 {
            n_zeros += 1;
            if n_zeros > 31 {
                return None;
            }
        }
        Some((1 << n_zeros) - 1 + self.bits(n_zeros)?)
    }

    /// Skips `se(v)`, which is as long as `ue(v)`.
    pub(super) fn skip_se(&mut self) -> Option<()> {
        self.ue().map(|_| ())
    }
}

/// Appends bits from the most significant one on.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    data: Vec<u8>,
    n_bits: usize,
}

impl BitWriter {
    pub(super) fn bit(&mut self, bit: u32) {
        if self.n_bits.is_multiple_of(8) {
            self.data.push(0);
        }
        if let Some(last) = self.data.last_mut() {
            *last |= ((bit & 1) as u8) << (7 - self.n_bits % 8);
        }
        self.n_bits += 1;
    }

    /// Writes `ue(v)`.
    pub(super) fn ue(&mut self, value: u32) {
        let code = value + 1;
        let n_bits = 32 - code.leading_zeros();
        for _ in 1..n_bits {
            self.bit(0);
        }
        for shift in (0..n_bits).rev() {
            self.bit(code >> shift);
        }
    }

    /// Fills the last byte with one-bits (`cabac_alignment_one_bit`) and returns the bytes.
    pub(super) fn align_with_ones(mut self) -> Vec<u8> {
        while !self.n_bits.is_multiple_of(8) {
            self.bit(1);
        }
        self.data
    }

    /// Returns the bytes, the last one filled with zero-bits.
    pub(super) fn align_with_zeros(self) -> Vec<u8> {
        self.data
    }
}

/// Removes `emulation_prevention_three_byte`s from a NAL unit's payload.
pub(super) fn unescape(nal: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(nal.len());
    let mut n_zeros = 0;
    for &byte in nal {
        if n_zeros >= 2 && byte == 3 {
            n_zeros = 0;
            continue;
        }
        n_zeros = if byte == 0 { n_zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// Appends `payload` to `out` with `emulation_prevention_three_byte`s where needed.
pub(super) fn escape_into(out: &mut Vec<u8>, payload: &[u8]) {
    let mut n_zeros = 0;
    for &byte in payload {
        if n_zeros >= 2 && byte <= 3 {
            out.push(3);
            n_zeros = 0;
        }
        n_zeros = if byte == 0 { n_zeros + 1 } else { 0 };
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::{BitReader, BitWriter, escape_into, unescape};

    #[test]
    fn exp_golomb_codes_round_trip() {
        let mut writer = BitWriter::default();
        for value in 0..300 {
            writer.ue(value);
        }
        let bytes = writer.align_with_ones();
        let mut reader = BitReader::new(&bytes);
        for value in 0..300 {
            assert_eq!(reader.ue(), Some(value));
        }
    }

    #[test]
    fn emulation_prevention_round_trips() {
        let payload = [0, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 2, 9, 0, 0, 4];
        let mut escaped = Vec::new();
        escape_into(&mut escaped, &payload);
        assert!(!escaped.windows(3).any(|w| w[0] == 0 && w[1] == 0 && w[2] < 3));
        assert_eq!(unescape(&escaped), payload);
    }

    #[test]
    fn reads_past_the_end_are_none() {
        let mut reader = BitReader::new(&[0]);
        assert_eq!(reader.ue(), None);
        assert_eq!(reader.bits(9), None);
    }
}
