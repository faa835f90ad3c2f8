//! The second form of a request: `application/x-www-form-urlencoded` with the sample in base64.
//!
//! It is read character by character, because the sample may be millions of them, each escaped.

use intake::Clip;

use super::base64_text::Decoder;
use super::fields::{Fields, TEXT_BYTES_MAX};

/// Reads a body in pieces.
#[derive(Debug)]
pub(super) struct Reader {
    fields: Fields,
    sample_bytes_max: usize,
    name: Vec<u8>,
    value: Value,
    escape: Escape,
}

/// The half of a field that is being read.
#[derive(Debug)]
enum Value {
    /// None: the name is being read.
    None,
    /// A value that is kept as text.
    Text(Vec<u8>),
    /// The sample.
    Sample(Decoder),
}

/// How much of `%XX` was read.
#[derive(Debug, Clone, Copy)]
enum Escape {
    None,
    Percent,
    Digit(u8),
}

impl Reader {
    /// Keeps a sample of at most `sample_bytes_max` bytes.
    pub(super) fn new(sample_bytes_max: usize) -> Self {
        Self { fields: Fields::default(), sample_bytes_max, name: Vec::new(), value: Value::None, escape: Escape::None }
    }

    /// Takes the next piece of the body.
    pub(super) fn push(&mut self, piece: &[u8]) {
        for &character in piece {
            self.take(character);
        }
    }

    /// Returns the fields.
    pub(super) fn finish(mut self) -> Fields {
        self.end_field();
        self.fields
    }

    fn take(&mut self, character: u8) {
        match (std::mem::replace(&mut self.escape, Escape::None), character) {
            (Escape::None, b'%') => self.escape = Escape::Percent,
            (Escape::None, b'&') => self.end_field(),
            (Escape::None, b'=') if matches!(self.value, Value::None) => self.begin_value(),
            (Escape::None, b'+') => self.put(b' '),
            (Escape::None, other) => self.put(other),
            (Escape::Percent, digit) if digit.is_ascii_hexdigit() => self.escape = Escape::Digit(digit),
            (Escape::Digit(high), low) if low.is_ascii_hexdigit() => self.put(hex_value(high) << 4 | hex_value(low)),
            (broken, other) => {
                self.put_broken(broken);
                self.take(other);
            }
        }
    }

    /// What is no whole escape stands for itself.
    fn put_broken(&mut self, escape: Escape) {
        match escape {
            Escape::None => {}
            Escape::Percent => self.put(b'%'),
            Escape::Digit(high) => {
                self.put(b'%');
                self.put(high);
            }
        }
    }

    fn put(&mut self, character: u8) {
        match &mut self.value {
            Value::Sample(decoder) => decoder.push(character),
            Value::Text(text) if text.len() <= TEXT_BYTES_MAX => text.push(character),
            Value::None if self.name.len() <= TEXT_BYTES_MAX => self.name.push(character),
            Value::Text(_) | Value::None => {}
        }
    }

    fn begin_value(&mut self) {
        self.value = if self.name == b"sample" {
            Value::Sample(Decoder::new(self.sample_bytes_max.saturating_add(1)))
        } else {
            Value::Text(Vec::new())
        };
    }

    fn end_field(&mut self) {
        let cut_off = std::mem::replace(&mut self.escape, Escape::None);
        self.put_broken(cut_off);
        let name = std::mem::take(&mut self.name);
        match std::mem::replace(&mut self.value, Value::None) {
            Value::None => {}
            Value::Text(text) => self.fields.set(&name, text),
            Value::Sample(decoder) => match decoder.finish() {
                Some(sample) if sample.len() > self.sample_bytes_max => self.fields.sample = Some(Clip::TooLarge),
                Some(sample) => self.fields.sample = Some(Clip::Whole(sample.into())),
                None => tracing::debug!("the sample is no base64"),
            },
        }
    }
}

/// Returns the value of a hex digit.
fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, piece_len: usize) -> Fields {
        let mut reader = Reader::new(10);
        body.as_bytes().chunks(piece_len).for_each(|piece| reader.push(piece));
        reader.finish()
    }

    #[test]
    fn fields_are_read_whatever_the_pieces() {
        let body = "sample=%2B%2f+/AA%3D%3D&access_key=k%26=1&timestamp=1%2e5&data_type=au%64io&x&=&sample_bytes=4";
        for piece_len in [1, 2, 7, 1000] {
            let fields = read(body, piece_len);
            assert_eq!(fields.sample, Some(Clip::Whole(vec![0xfb, 0xff, 0xbf, 0].into())));
            assert_eq!(fields.access_key.as_deref(), Some("k&=1"));
            assert_eq!(fields.timestamp.as_deref(), Some("1.5"));
            assert_eq!(fields.data_type.as_deref(), Some("audio"));
            assert_eq!(fields.sample_bytes.as_deref(), Some("4"));
        }
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        let fields = read("access_key=100%&signature=%zz%4&timestamp=%&data_type=%a", 3);
        assert_eq!(fields.access_key.as_deref(), Some("100%"));
        assert_eq!(fields.signature.as_deref(), Some("%zz%4"));
        assert_eq!(fields.timestamp.as_deref(), Some("%"));
        assert_eq!(fields.data_type.as_deref(), Some("%a"));
    }

    #[test]
    fn a_sample_past_the_limit_is_too_large_and_one_that_is_no_base64_is_absent() {
        assert_eq!(read("sample=AAAAAAAAAAAAAA", 64).sample, Some(Clip::Whole(vec![0; 10].into())));
        for n_digits in [15, 16, 400, 50_000] {
            assert_eq!(read(&format!("sample={}", "A".repeat(n_digits)), 64).sample, Some(Clip::TooLarge));
        }
        assert_eq!(read("sample=_", 64).sample, None);
        let long = "k".repeat(TEXT_BYTES_MAX + 1);
        assert_eq!(read(&format!("access_key={long}&data_type=audio"), 64).access_key, None);
        assert_eq!(read(&format!("{long}=1&data_type=audio"), 64).data_type.as_deref(), Some("audio"));
    }
}
