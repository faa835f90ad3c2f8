//! The variable-length codes of CAVLC residuals, as the standard prints them.

/// Bits of a code and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) len: u8,
}

/// Reads up to `N` codes separated by commas.
const fn codes<const N: usize>(list: &str) -> [Code; N] {
    let digits = list.as_bytes();
    let mut codes = [Code { bits: 0, len: 0 }; N];
    let (mut at, mut n) = (0, 0);
    while at < digits.len() {
        if digits[at] == b',' {
            n += 1;
        } else if digits[at] != b' ' {
            codes[n].bits = codes[n].bits << 1 | (digits[at] == b'1') as u16;
            codes[n].len += 1;
        }
        at += 1;
    }
    codes
}

/// Reads the rows of a `coeff_token` column: for each `TotalCoeff` from 0 on, `TrailingOnes` 0 to 3.
const fn tokens<const N: usize>(rows: [&str; N]) -> [[Code; 4]; N] {
    let mut tokens = [[Code { bits: 0, len: 0 }; 4]; N];
    let mut n = 0;
    while n < N {
        tokens[n] = codes(rows[n]);
        n += 1;
    }
    tokens
}

/// `coeff_token` by class of `nC` (below 2, below 4, below 8), `TotalCoeff` and `TrailingOnes` (ITU-T H.264, table 9-5).
pub(super) const COEFF_TOKEN: [[[Code; 4]; 17]; 3] = [
    tokens([
        "1",
        "0001 01, 01",
        "0000 0111, 0001 00, 001",
        "0000 0011 1, 0000 0110, 0000 101, 0001 1",
        "0000 0001 11, 0000 0011 0, 0000 0101, 0000 11",
        "0000 0000 111, 0000 0001 10, 0000 0010 1, 0000 100",
        "0000 0000 0111 1, 0000 0000 110, 0000 0001 01, 0000 0100",
        "0000 0000 0101 1, 0000 0000 0111 0, 0000 0000 101, 0000 0010 0",
        "0000 0000 0100 0, 0000 0000 0101 0, 0000 0000 0110 1, 0000 0001 00",
        "0000 0000 0011 11, 0000 0000 0011 10, 0000 0000 0100 1, 0000 0000 100",
        "0000 0000 0010 11, 0000 0000 0010 10, 0000 0000 0011 01, 0000 0000 0110 0",
        "0000 0000 0001 111, 0000 0000 0001 110, 0000 0000 0010 01, 0000 0000 0011 00",
        "0000 0000 0001 011, 0000 0000 0001 010, 0000 0000 0001 101, 0000 0000 0010 00",
        "0000 0000 0000 1111, 0000 0000 0000 001, 0000 0000 0001 001, 0000 0000 0001 100",
        "0000 0000 0000 1011, 0000 0000 0000 1110, 0000 0000 0000 1101, 0000 0000 0001 000",
        "0000 0000 0000 0111, 0000 0000 0000 1010, 0000 0000 0000 1001, 0000 0000 0000 1100",
        "0000 0000 0000 0100, 0000 0000 0000 0110, 0000 0000 0000 0101, 0000 0000 0000 1000",
    ]),
    tokens([
        "11",
        "0010 11, 10",
        "0001 11, 0011 1, 011",
        "0000 111, 0010 10, 0010 01, 0101",
        "0000 0111, 0001 10, 0001 01, 0100",
        "0000 0100, 0000 110, 0000 101, 0011 0",
        "0000 0011 1, 0000 0110, 0000 0101, 0010 00",
        "0000 0001 111, 0000 0011 0, 0000 0010 1, 0001 00",
        "0000 0001 011, 0000 0001 110, 0000 0001 101, 0000 100",
        "0000 0000 1111, 0000 0001 010, 0000 0001 001, 0000 0010 0",
        "0000 0000 1011, 0000 0000 1110, 0000 0000 1101, 0000 0001 100",
        "0000 0000 1000, 0000 0000 1010, 0000 0000 1001, 0000 0001 000",
        "0000 0000 0111 1, 0000 0000 0111 0, 0000 0000 0110 1, 0000 0000 1100",
        "0000 0000 0101 1, 0000 0000 0101 0, 0000 0000 0100 1, 0000 0000 0110 0",
        "0000 0000 0011 1, 0000 0000 0010 11, 0000 0000 0011 0, 0000 0000 0100 0",
        "0000 0000 0010 01, 0000 0000 0010 00, 0000 0000 0010 10, 0000 0000 0000 1",
        "0000 0000 0001 11, 0000 0000 0001 10, 0000 0000 0001 01, 0000 0000 0001 00",
    ]),
    tokens([
        "1111",
        "0011 11, 1110",
        "0010 11, 0111 1, 1101",
        "0010 00, 0110 0, 0111 0, 1100",
        "0001 111, 0101 0, 0101 1, 1011",
        "0001 011, 0100 0, 0100 1, 1010",
        "0001 001, 0011 10, 0011 01, 1001",
        "0001 000, 0010 10, 0010 01, 1000",
        "0000 1111, 0001 110, 0001 101, 0110 1",
        "0000 1011, 0000 1110, 0001 010, 0011 00",
        "0000 0111 1, 0000 1010, 0000 1101, 0001 100",
        "0000 0101 1, 0000 0111 0, 0000 1001, 0000 1100",
        "0000 0100 0, 0000 0101 0, 0000 0110 1, 0000 1000",
        "0000 0011 01, 0000 0011 1, 0000 0100 1, 0000 0110 0",
        "0000 0010 01, 0000 0011 00, 0000 0010 11, 0000 0010 10",
        "0000 0001 01, 0000 0010 00, 0000 0001 11, 0000 0001 10",
        "0000 0000 01, 0000 0001 00, 0000 0000 11, 0000 0000 10",
    ]),
];

/// `coeff_token` of chroma DC, `nC` −1 (ITU-T H.264, table 9-5).
pub(super) const COEFF_TOKEN_CHROMA_DC: [[Code; 4]; 5] = tokens([
    "01",
    "0001 11, 1",
    "0001 00, 0001 10, 001",
    "0000 11, 0000 011, 0000 010, 0001 01",
    "0000 10, 0000 0011, 0000 0010, 0000 000",
]);

/// `total_zeros` by `TotalCoeff` − 1 of a block of 15 or 16 (ITU-T H.264, tables 9-7 and 9-8).
pub(super) const TOTAL_ZEROS: [[Code; 16]; 15] = [
    codes(
        "1, 011, 010, 0011, 0010, 0001 1, 0001 0, 0000 11, 0000 10, 0000 011, 0000 010, 0000 0011, 0000 0010, \
         0000 0001 1, 0000 0001 0, 0000 0000 1",
    ),
    codes("111, 110, 101, 100, 011, 0101, 0100, 0011, 0010, 0001 1, 0001 0, 0000 11, 0000 10, 0000 01, 0000 00"),
    codes("0101, 111, 110, 101, 0100, 0011, 100, 011, 0010, 0001 1, 0001 0, 0000 01, 0000 1, 0000 00"),
    codes("0001 1, 111, 0101, 0100, 110, 101, 100, 0011, 011, 0010, 0001 0, 0000 1, 0000 0"),
    codes("0101, 0100, 0011, 111, 110, 101, 100, 011, 0010, 0000 1, 0001, 0000 0"),
    codes("0000 01, 0000 1, 111, 110, 101, 100, 011, 010, 0001, 001, 0000 00"),
    codes("0000 01, 0000 1, 101, 100, 011, 11, 010, 0001, 001, 0000 00"),
    codes("0000 01, 0001, 0000 1, 011, 11, 10, 010, 001, 0000 00"),
    codes("0000 01, 0000 00, 0001, 11, 10, 001, 01, 0000 1"),
    codes("0000 1, 0000 0, 001, 11, 10, 01, 0001"),
    codes("0000, 0001, 001, 010, 1, 011"),
    codes("0000, 0001, 01, 1, 001"),
    codes("000, 001, 1, 01"),
    codes("00, 01, 1"),
    codes("0, 1"),
];

/// `total_zeros` by `TotalCoeff` − 1 of chroma DC (ITU-T H.264, table 9-9 a).
pub(super) const TOTAL_ZEROS_CHROMA_DC: [[Code; 4]; 3] = [codes("1, 01, 001, 000"), codes("1, 01, 00"), codes("1, 0")];

/// `run_before` by `zerosLeft` − 1, at most 6 (ITU-T H.264, table 9-10).
pub(super) const RUN_BEFORE: [[Code; 15]; 7] = [
    codes("1, 0"),
    codes("1, 01, 00"),
    codes("11, 10, 01, 00"),
    codes("11, 10, 01, 001, 000"),
    codes("11, 10, 011, 010, 001, 000"),
    codes("11, 000, 001, 011, 010, 101, 100"),
    codes(
        "111, 110, 101, 100, 011, 010, 001, 0001, 0000 1, 0000 01, 0000 001, 0000 0001, 0000 0000 1, 0000 0000 01, \
         0000 0000 001",
    ),
];

#[cfg(test)]
mod tests {
    use super::{COEFF_TOKEN, COEFF_TOKEN_CHROMA_DC, Code, RUN_BEFORE, TOTAL_ZEROS, TOTAL_ZEROS_CHROMA_DC};

    /// Returns the share of the code space that `codes` fill, in units of 2⁻¹⁶; asserts that none begins another.
    fn filled(codes: &[Code]) -> u32 {
        let codes: Vec<Code> = codes.iter().copied().filter(|code| code.len > 0).collect();
        for (n, a) in codes.iter().enumerate() {
            for b in &codes[n + 1..] {
                let len = a.len.min(b.len);
                assert_ne!(a.bits >> (a.len - len), b.bits >> (b.len - len), "{a:?} begins {b:?}");
            }
        }
        codes.iter().map(|code| 1 << (16 - code.len)).sum()
    }

    #[test]
    fn no_code_begins_another_and_each_table_is_as_full_as_the_standard_s() {
        let tokens: Vec<u32> = COEFF_TOKEN.iter().map(|table| filled(table.as_flattened())).collect();
        assert_eq!(tokens, [65534, 65528, 65472]);
        assert_eq!(filled(COEFF_TOKEN_CHROMA_DC.as_flattened()), 1 << 16);
        assert_eq!(filled(&TOTAL_ZEROS[0]), (1 << 16) - (1 << 7));
        for table in &TOTAL_ZEROS[1..] {
            assert_eq!(filled(table), 1 << 16);
        }
        for table in &TOTAL_ZEROS_CHROMA_DC {
            assert_eq!(filled(table), 1 << 16);
        }
        for table in &RUN_BEFORE[..6] {
            assert_eq!(filled(table), 1 << 16);
        }
        assert_eq!(filled(&RUN_BEFORE[6]), (1 << 16) - (1 << 5));
    }
}
