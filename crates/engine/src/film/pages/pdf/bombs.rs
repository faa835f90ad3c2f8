//! Streams that unpack to much more than they are: refused before anything unpacks them for good.
//!
//! Compression is told by the data, not by the names of filters: names can be written in many ways, and streams that describe
//! the file itself are unpacked before a name could be asked for.

use std::io::{BufReader, Read};

use flate2::bufread::ZlibDecoder;

use super::super::PagesError;

/// Most bytes of a stream, and of all streams together, once unpacked.
pub(super) const STREAM_BYTES_MAX: u64 = 192 << 20;
const TOTAL_BYTES_MAX: u64 = 2 << 30;
/// How often data may be packed on top of each other.
const LAYERS_MAX: usize = 3;
/// What is before the data of a stream.
const KEYWORD: &[u8] = b"stream";
/// LZW (ISO 32000-1, 7.4.4): the codes that clear the table and end the data, and the codes that there are.
const LZW_CLEAR: usize = 256;
const LZW_END: usize = 257;
const LZW_CODES: usize = 4096;

/// Checks all streams of a file.
pub(super) fn check(file: &[u8]) -> Result<(), PagesError> {
    let mut n_bytes_left = TOTAL_BYTES_MAX;
    let mut at = 0;
    while let Some(found) = find(&file[at..], KEYWORD) {
        let end_of_dict = at + found;
        at = end_of_dict + KEYWORD.len();
        if file[..end_of_dict].ends_with(b"end") {
            continue;
        }
        let data = &file[at..];
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        if names_lzw(&file[end_of_dict.saturating_sub(1000)..end_of_dict]) {
            let data = &data[..find(data, b"endstream").unwrap_or(data.len())];
            check_size(lzw_length(data, 1).max(lzw_length(data, 0)))?;
        }
        let n_bytes = unpacked(Box::new(data), n_bytes_left.min(STREAM_BYTES_MAX), LAYERS_MAX)?;
        n_bytes_left = n_bytes_left.saturating_sub(n_bytes);
    }
    Ok(())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes[at..].iter().position(|byte| *byte == wanted[0])?;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
}

/// Tells whether a dictionary names the filter LZW, whose letters may be written as `#4c#5a#57`.
fn names_lzw(dict: &[u8]) -> bool {
    let mut plain = Vec::new();
    let mut rest = dict;
    while let Some((byte, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(letter) if *byte == b'#' => {
                plain.push(letter);
                rest = &tail[2..];
            }
            _ => {
                plain.push(*byte);
                rest = tail;
            }
        }
    }
    find(&plain, b"LZW").is_some()
}

/// Counts the bytes that LZW data unpack to; codes become wider `early` codes before they must.
fn lzw_length(data: &[u8], early: usize) -> u64 {
    let mut lengths = [1_u32; LZW_CODES];
    let (mut n_codes, mut n_bits, mut previous) = (LZW_END + 1, 9, None);
    let (mut buffer, mut n_buffered, mut total) = (0_u32, 0, 0);
    for byte in data {
        buffer = buffer << 8 | u32::from(*byte);
        n_buffered += 8;
        if n_buffered < n_bits {
            continue;
        }
        n_buffered -= n_bits;
        let code = (buffer >> n_buffered) as usize & ((1 << n_bits) - 1);
        match code {
            LZW_CLEAR => (n_codes, n_bits, previous) = (LZW_END + 1, 9, None),
            LZW_END => break,
            _ => {
                if let (Some(previous), true) = (previous, n_codes < LZW_CODES) {
                    lengths[n_codes] = lengths[previous] + 1;
                    n_codes += 1;
                }
                total += u64::from(lengths[code.min(n_codes - 1)]);
                previous = Some(code.min(n_codes - 1));
                n_bits = match n_codes + early {
                    ..512 => 9,
                    512..1024 => 10,
                    1024..2048 => 11,
                    _ => 12,
                };
            }
        }
    }
    total
}

/// Unpacks data that begins as zlib's does (RFC 1950), and what is in it if that does so again; returns how many bytes came out.
fn unpacked(mut data: Box<dyn Read + '_>, n_bytes_max: u64, n_layers: usize) -> Result<u64, PagesError> {
    let mut start = [0; 2];
    let n_bytes = fill(&mut data, &mut start);
    let is_zlib = n_bytes == 2 && start[0] & 0x0f == 8 && u16::from_be_bytes(start) % 31 == 0;
    let data = start.take(n_bytes as u64).chain(data);
    if !is_zlib {
        if n_layers == LAYERS_MAX {
            // Not packed at all: it is as large as it is.
            return Ok(0);
        }
        return count(data, n_bytes_max);
    }
    if n_layers == 0 {
        return Err(PagesError::Limit(format!("a stream is packed more than {LAYERS_MAX} times")));
    }
    unpacked(Box::new(ZlibDecoder::new(BufReader::new(data))), n_bytes_max, n_layers - 1)
}

/// Reads until a buffer is full or nothing more comes; broken data end.
fn fill(data: &mut impl Read, buffer: &mut [u8]) -> usize {
    let mut n_bytes = 0;
    while n_bytes < buffer.len() {
        match data.read(&mut buffer[n_bytes..]) {
            Ok(0) | Err(_) => break,
            Ok(more) => n_bytes += more,
        }
    }
    n_bytes
}

fn count(mut data: impl Read, n_bytes_max: u64) -> Result<u64, PagesError> {
    let mut buffer = [0; 1 << 16];
    let mut total = 0;
    loop {
        let n_bytes = fill(&mut data, &mut buffer);
        total += n_bytes as u64;
        if total > n_bytes_max {
            check_size(total.max(STREAM_BYTES_MAX + 1))?;
        }
        if n_bytes < buffer.len() {
            return Ok(total);
        }
    }
}

fn check_size(n_bytes: u64) -> Result<(), PagesError> {
    if n_bytes <= STREAM_BYTES_MAX {
        return Ok(());
    }
    Err(PagesError::Limit(format!(
        "its streams unpack to more than {STREAM_BYTES_MAX} bytes each, or {TOTAL_BYTES_MAX} in all"
    )))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    pub(in super::super) fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn file(dict: &str, data: &[u8]) -> Vec<u8> {
        let mut file = format!("<< {dict} >>\nstream\r\n").into_bytes();
        file.extend(data);
        file.extend(b"\nendstream");
        file
    }

    #[test]
    fn what_is_packed_too_often_is_refused() {
        let mut data = b"x".to_vec();
        for _ in 0..LAYERS_MAX {
            data = packed(&data);
        }
        check(&file("", &data)).unwrap();
        assert!(check(&file("", &packed(&data))).is_err());
    }

    #[test]
    fn the_limit_is_for_all_streams_together() {
        let one = file("", &packed(&vec![0; STREAM_BYTES_MAX as usize]));
        check(&one).unwrap();
        let n_allowed = (TOTAL_BYTES_MAX / STREAM_BYTES_MAX) as usize;
        assert!(check(&one.repeat(n_allowed + 1)).is_err());
    }

    /// Codes as they are written, none of which clears the table.
    fn lzw(codes: impl IntoIterator<Item = usize>) -> Vec<u8> {
        let (mut bytes, mut buffer, mut n_buffered, mut n_codes) = (Vec::new(), 0_u64, 0, LZW_END);
        for code in codes {
            let n_bits = [9, 10, 11][..].iter().find(|bits| n_codes + 2 <= 1 << **bits).copied().unwrap_or(12);
            buffer = buffer << n_bits | code as u64;
            n_buffered += n_bits;
            while n_buffered >= 8 {
                n_buffered -= 8;
                bytes.push((buffer >> n_buffered) as u8);
            }
            n_codes = (n_codes + 1).min(LZW_CODES);
        }
        bytes.push((buffer << (8 - n_buffered)) as u8);
        bytes
    }

    #[test]
    fn lzw_is_counted_and_found_by_any_spelling_of_its_name() {
        // The example of ISO 32000-1, 7.4.4.2.
        let example = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        assert_eq!(lzw_length(&example, 1), 10);
        // Each code stands for one byte more than the one before; in the end the longest is said again and again.
        let growing = std::iter::once(65).chain(258..LZW_CODES);
        let n_last = 60_000;
        let data = lzw(growing.chain(std::iter::repeat_n(LZW_CODES - 1, n_last)));
        let longest = (LZW_CODES - 257) as u64;
        assert_eq!(lzw_length(&data, 1), longest * (longest + 1) / 2 + n_last as u64 * longest);
        check(&file("/Filter /DCTDecode", &data)).unwrap();
        assert!(check(&file("/Filter /LZWDecode", &data)).is_err());
        assert!(check(&file("/Filter /L#5aWDecode", &data)).is_err());
        check(&file("/Filter /LZWDecode", &data[..data.len() / 4])).unwrap();
    }
}
