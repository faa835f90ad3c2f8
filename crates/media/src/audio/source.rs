//! The file as the demuxers see it: behind any ID3v2 tag, and RF64 dressed as RIFF.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use symphonia::core::io::MediaSource;

use crate::{Error, Result};

/// Bytes looked at to recognize a file.
const HEAD_BYTES: usize = 64 * 1024;
/// Top-level boxes of an MP4 looked at; fragmented files have many, and need no repair.
const TOP_BOXES_MAX: usize = 1000;
/// ID3v2 tags that may follow one another at the start of a file.
const TAGS_MAX: usize = 8;

/// The first bytes of a file behind its ID3v2 tags.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// Up to 64 KiB.
    pub(crate) bytes: Vec<u8>,
    /// The start of those tags, for the gapless data that some AAC streams keep there.
    pub(crate) tags: Vec<u8>,
    /// Bytes of ID3v2 tags in front of them.
    pub(crate) tag_bytes: u64,
    /// Size of the whole file.
    pub(crate) file_bytes: u64,
}

impl Head {
    /// Reads the head of the file at `path`.
    ///
    /// Errors with [`Error::Malformed`] if the file is empty.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let io = |source| Error::io("read", path, source);
        let mut file = File::open(path).map_err(|source| Error::io("open", path, source))?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(Error::unsupported("directory", "audio is read from files"));
        }
        let file_bytes = metadata.len();
        if file_bytes == 0 {
            return Err(Error::malformed("audio file", "the file is empty"));
        }
        let mut tag_bytes = 0_u64;
        for _ in 0..TAGS_MAX {
            file.seek(SeekFrom::Start(tag_bytes)).map_err(io)?;
            let mut header = Vec::with_capacity(10);
            (&mut file).take(10).read_to_end(&mut header).map_err(io)?;
            let Some(length) = id3v2_bytes(&header) else {
                break;
            };
            if tag_bytes + length >= file_bytes {
                return Err(Error::malformed("audio file", "nothing follows its ID3 tag"));
            }
            tag_bytes += length;
        }
        let mut tags = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        (&mut file).take(tag_bytes.min(HEAD_BYTES as u64)).read_to_end(&mut tags).map_err(io)?;
        file.seek(SeekFrom::Start(tag_bytes)).map_err(io)?;
        let mut bytes = Vec::new();
        file.take(HEAD_BYTES as u64).read_to_end(&mut bytes).map_err(io)?;
        Ok(Self { bytes, tags, tag_bytes, file_bytes })
    }
}

/// Returns the total length of the ID3v2 tag that starts with `header` (ID3v2.4, 3.1).
fn id3v2_bytes(header: &[u8]) -> Option<u64> {
    let &[b'I', b'D', b'3', major, minor, flags, a, b, c, d] = header else {
        return None;
    };
    if major == 0xff || minor == 0xff || (a | b | c | d) & 0x80 != 0 {
        return None;
    }
    let size = [a, b, c, d].iter().fold(0_u64, |sum, &byte| (sum << 7) | u64::from(byte));
    let footer_bytes = if flags & 0x10 != 0 { 10 } else { 0 };
    Some(10 + size + footer_bytes)
}

/// A file whose position 0 is behind its ID3v2 tags.
///
/// Tags are read by [`super::probe()`]; keeping them from the demuxer means that a huge picture is never loaded
/// just to decode sound.
pub(crate) struct Source {
    file: File,
    start: u64,
    length: u64,
    position: u64,
    /// Bytes that the demuxer sees instead of the file's, with their places.
    patches: Vec<(u64, [u8; 4])>,
}

impl Source {
    /// Opens `path` for a demuxer.
    pub(crate) fn open(path: &Path, head: &Head) -> Result<Self> {
        let mut file = File::open(path).map_err(|source| Error::io("open", path, source))?;
        let mut patches = patches(head);
        if head.bytes.get(4..8) == Some(b"ftyp") {
            patches.extend(mp4_patches(&mut file, head).unwrap_or_default());
        }
        file.seek(SeekFrom::Start(head.tag_bytes)).map_err(|source| Error::io("read", path, source))?;
        Ok(Self { file, start: head.tag_bytes, length: head.file_bytes - head.tag_bytes, position: 0, patches })
    }
}

/// Makes some files readable: RF64 differs from RIFF only in its name and in sizes the reader takes for
/// unknown; a cut AIFF or CAF declares more sound than there is, which the reader refuses.
fn patches(head: &Head) -> Vec<(u64, [u8; 4])> {
    let bytes = head.bytes.as_slice();
    if bytes.starts_with(b"RF64") || bytes.starts_with(b"BW64") {
        return vec![(0, *b"RIFF")];
    }
    if bytes.starts_with(b"\x1a\x45\xdf\xa3") {
        return mkv_patches(bytes, head.file_bytes - head.tag_bytes).unwrap_or_default();
    }
    if bytes.starts_with(b"caff") {
        return caf_patches(bytes, head.file_bytes - head.tag_bytes);
    }
    if !bytes.starts_with(b"FORM") {
        return Vec::new();
    }
    let length = head.file_bytes - head.tag_bytes;
    let u32_at = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at.saturating_add(4))?.try_into().ok()?));
    let clip = |from: u64| u32::try_from(length.saturating_sub(from)).unwrap_or(u32::MAX).to_be_bytes();
    let mut at = 12_usize;
    while let (Some(name), Some(size)) = (bytes.get(at..at.saturating_add(4)), u32_at(at.saturating_add(4))) {
        let body = at as u64 + 8;
        if name == b"SSND" && body + u64::from(size) > length {
            return vec![(4, clip(8)), (body - 4, clip(body))];
        }
        at = at.saturating_add(8).saturating_add(size as usize).saturating_add(size as usize % 2);
    }
    Vec::new()
}

/// Declares the segment of a cut Matroska file to end with the file; muxers give its size in eight bytes.
fn mkv_patches(bytes: &[u8], length: u64) -> Option<Vec<(u64, [u8; 4])>> {
    const SEGMENT: &[u8] = b"\x18\x53\x80\x67\x01";
    const PLACE_BYTES_MAX: usize = 128;
    let start = bytes.get(..bytes.len().min(PLACE_BYTES_MAX))?;
    let at = start.windows(SEGMENT.len()).position(|window| window == SEGMENT)? + SEGMENT.len() - 1;
    let size = u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?) & ((1 << 56) - 1);
    let body = at as u64 + 8;
    let is_unknown = size == (1 << 56) - 1;
    if is_unknown || body + size <= length {
        return None;
    }
    let [_, b, c, d, e, f, g, h] = length.saturating_sub(body).to_be_bytes();
    Some(vec![(at as u64, [1, b, c, d]), (at as u64 + 4, [e, f, g, h])])
}

/// Declares the sound of a cut CAF to reach to the end of the file.
fn caf_patches(bytes: &[u8], length: u64) -> Vec<(u64, [u8; 4])> {
    let size_at = |at: usize| Some(u64::from_be_bytes(bytes.get(at..at.saturating_add(8))?.try_into().ok()?));
    let mut at = 8_usize;
    while let (Some(name), Some(size)) = (bytes.get(at..at.saturating_add(4)), size_at(at.saturating_add(4))) {
        let (size_place, body) = (at as u64 + 4, at as u64 + 12);
        let is_cut = body.checked_add(size).is_none_or(|end| end > length);
        if name == b"data" && is_cut {
            let [a, b, c, d, e, f, g, h] = length.saturating_sub(body).to_be_bytes();
            return vec![(size_place, [a, b, c, d]), (size_place + 4, [e, f, g, h])];
        }
        at = at.saturating_add(12).saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
    }
    Vec::new()
}

/// Declares the media data of a cut MP4 to end with the file; the demuxer skips a box that reaches beyond it.
///
/// `None` if the file cannot be read that far.
fn mp4_patches(file: &mut File, head: &Head) -> Option<Vec<(u64, [u8; 4])>> {
    let length = head.file_bytes - head.tag_bytes;
    let mut at = 0_u64;
    for _ in 0..TOP_BOXES_MAX {
        file.seek(SeekFrom::Start(head.tag_bytes.checked_add(at)?)).ok()?;
        let mut header = [0_u8; 16];
        file.read_exact(&mut header).ok()?;
        let [a, b, c, d, name @ .., _, _, _, _, _, _, _, _] = header;
        let short = u32::from_be_bytes([a, b, c, d]);
        let long = u64::from_be_bytes(header[8..].try_into().ok()?);
        let size = if short == 1 { long } else { u64::from(short) };
        let end = at.checked_add(size)?;
        if end > length {
            let left = (length - at).to_be_bytes();
            let [e, f, g, h, i, j, k, l] = left;
            return Some(match (&name, short) {
                (b"mdat", 1) => vec![(at + 8, [e, f, g, h]), (at + 12, [i, j, k, l])],
                (b"mdat", _) => vec![(at, [i, j, k, l])],
                _ => Vec::new(),
            });
        }
        if size < 8 {
            return None;
        }
        at = end;
    }
    None
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buffer)?;
        for &(at, bytes) in &self.patches {
            for (place, byte) in (at..).zip(bytes) {
                let here = place.checked_sub(self.position).and_then(|offset| usize::try_from(offset).ok());
                if let Some(seen) = here.and_then(|offset| buffer[..n].get_mut(offset)) {
                    *seen = byte;
                }
            }
        }
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(delta) => self.length.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        let absolute = target.and_then(|at| at.checked_add(self.start));
        let Some((target, absolute)) = target.zip(absolute) else {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "seek out of range"));
        };
        self.file.seek(SeekFrom::Start(absolute))?;
        self.position = target;
        Ok(target)
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}
