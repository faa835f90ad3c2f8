//! Base64 as clients send it: with spaces for plus signs, line breaks, and padding or none.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The standard alphabet; padding is not asked for, nor are the bits that no byte uses.
pub(crate) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Digits that are decoded at a time.
const GROUP_DIGITS: usize = 4 << 10;

/// Decodes base64 that arrives in pieces, and keeps no more than a number of bytes.
#[derive(Debug)]
pub(super) struct Decoder {
    digits: Vec<u8>,
    bytes: Vec<u8>,
    bytes_max: usize,
    has_ended: bool,
    is_broken: bool,
}

impl Decoder {
    /// Keeps the first `bytes_max` bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { digits: Vec::new(), bytes: Vec::new(), bytes_max, has_ended: false, is_broken: false }
    }

    /// Takes one more character.
    pub(super) fn push(&mut self, character: u8) {
        match character {
            b'\r' | b'\n' | b'\t' => return,
            b'=' => {
                self.has_ended = true;
                return;
            }
            // Nothing but padding can follow padding.
            _ if self.has_ended => self.is_broken = true,
            _ => {}
        }
        self.digits.push(if character == b' ' { b'+' } else { character });
        if self.digits.len() == GROUP_DIGITS {
            self.decode();
        }
    }

    /// Returns the bytes, `None` for what is no base64.
    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        self.decode();
        (!self.is_broken).then_some(self.bytes)
    }

    fn decode(&mut self) {
        if !self.is_broken && self.bytes.len() < self.bytes_max {
            match LENIENT.decode_vec(&self.digits, &mut self.bytes) {
                Ok(()) => self.bytes.truncate(self.bytes_max),
                Err(_) => self.is_broken = true,
            }
        }
        self.digits.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str, bytes_max: usize) -> Option<Vec<u8>> {
        let mut decoder = Decoder::new(bytes_max);
        text.bytes().for_each(|character| decoder.push(character));
        decoder.finish()
    }

    #[test]
    fn padding_and_line_breaks_do_not_matter() {
        for text in ["+/+/AA==", " / /AA==", "+/+/AA", "+/\r\n+/A\nA==\r\n", "+/+/AB=="] {
            assert_eq!(decoded(text, 100), Some(vec![0xfb, 0xff, 0xbf, 0]), "{text}");
        }
        assert_eq!(decoded("", 100), Some(Vec::new()));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["A", "AA=A", "_-_-", "a%2B", "\u{e4}\u{e4}"] {
            assert_eq!(decoded(text, 100), None, "{text}");
        }
    }

    #[test]
    fn long_text_is_decoded_in_pieces_up_to_the_limit() {
        let bytes: Vec<u8> = (0..50_000_u32).map(|i| (i % 251) as u8).collect();
        let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
        assert_eq!(decoded(&text, 60_000).as_ref(), Some(&bytes));
        assert_eq!(decoded(&text, 20_000).as_deref(), Some(&bytes[..20_000]));
    }
}
