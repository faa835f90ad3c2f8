//! Recognizes a file by its first bytes: what to decode, what to hand to `ffmpeg`, what is no audio at all.

use super::source::Head;

/// What the first bytes of a file look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A container or coding that is read natively.
    Native(&'static str),
    /// A media format that only `ffmpeg` reads.
    Foreign(&'static str),
    /// Something that is not audio or video.
    NotMedia(&'static str),
    /// Nothing known.
    Unknown,
}

/// Formats read natively, by the bytes at offset 0 of the file (or behind an ID3v2 tag).
const NATIVE: &[(&[u8], &str)] =
    &[(b"fLaC", "FLAC"), (b"OggS", "Ogg"), (b"caff", "CAF"), (b"#!AMR", "AMR"), (b"\x1a\x45\xdf\xa3", "Matroska")];

/// Media formats without a native reader here.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\x0b\x77", "AC-3"),
    (b"\x77\x0b", "AC-3"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "ASF (WMA or WMV)"),
    (b"\x7f\xfe\x80\x01", "DTS"),
    (b"\xfe\x7f\x01\x80", "DTS"),
    (b"\x1f\xff\xe8\x00", "DTS"),
    (b"MAC ", "Monkey's Audio"),
    (b"wvpk", "WavPack"),
    (b"TTA1", "True Audio"),
    (b"TTA2", "True Audio"),
    (b"MPCK", "Musepack"),
    (b"MP+", "Musepack"),
    (b"FLV\x01", "Flash Video"),
    (b".RMF", "RealMedia"),
    (b".ra\xfd", "RealAudio"),
    (b".snd", "AU"),
    (b"FRM8", "DSD (DSDIFF)"),
    (b"DSD ", "DSD (DSF)"),
    (b"riff\x2e\x91\xcf\x11", "Wave64"),
    (b"\x00\x00\x01\xba", "MPEG program stream"),
    (b"\x00\x00\x01\xb3", "MPEG video"),
    (b"Creative Voice File", "Creative Voice"),
    (b"OFR ", "OptimFROG"),
];

/// Common files that people upload by mistake.
const NOT_MEDIA: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "PNG picture"),
    (b"\xff\xd8\xff", "JPEG picture"),
    (b"GIF8", "GIF picture"),
    (b"BM", "BMP picture"),
    (b"II*\0", "TIFF picture"),
    (b"MM\0*", "TIFF picture"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "ZIP archive"),
    (b"Rar!", "RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ\0", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "zstd archive"),
    (b"%PDF", "PDF document"),
    (b"{\\rtf", "RTF document"),
    (b"\x7fELF", "program (ELF)"),
    (b"MZ", "program (Windows)"),
    (b"SQLite format 3", "SQLite database"),
    (b"MThd", "MIDI score"),
    (b"<?xml", "XML document"),
    (b"<svg", "SVG picture"),
    (b"#EXTM3U", "M3U playlist"),
    (b"[playlist]", "PLS playlist"),
];

/// Recognizes `head`, the first bytes of a file behind any ID3v2 tag.
pub(crate) fn sniff(head: &Head) -> Kind {
    let bytes = head.bytes.as_slice();
    if let Some(kind) = sniff_boxed(bytes) {
        return kind;
    }
    for (table, make) in
        [(NATIVE, Kind::Native as fn(&'static str) -> Kind), (FOREIGN, Kind::Foreign), (NOT_MEDIA, Kind::NotMedia)]
    {
        if let Some((_, name)) = table.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return make(name);
        }
    }
    if let Some(kind) = sniff_frames(bytes) {
        return kind;
    }
    if is_mpeg_ts(bytes) {
        return Kind::Foreign("MPEG transport stream");
    }
    match sniff_text(bytes) {
        Some(name) => Kind::NotMedia(name),
        None => Kind::Unknown,
    }
}

/// RIFF, IFF and ISO files carry their type at offset 4 or 8.
fn sniff_boxed(bytes: &[u8]) -> Option<Kind> {
    let tag = |at: usize| bytes.get(at..at + 4);
    match (tag(0)?, tag(8)) {
        (b"RIFF" | b"RF64" | b"BW64", Some(b"WAVE")) => return Some(Kind::Native("WAV")),
        (b"RIFF", Some(b"AVI ")) => return Some(Kind::Foreign("AVI")),
        (b"RIFF", Some(b"WEBP")) => return Some(Kind::NotMedia("WebP picture")),
        (b"FORM", Some(b"AIFF" | b"AIFC")) => return Some(Kind::Native("AIFF")),
        _ => {}
    }
    match (tag(4)?, tag(8)) {
        (b"ftyp", Some(b"heic" | b"heix" | b"mif1" | b"avif")) => Some(Kind::NotMedia("HEIF picture")),
        (b"ftyp", _) => Some(Kind::Native("MP4")),
        (b"moov" | b"mdat" | b"wide" | b"free" | b"skip", _) => Some(Kind::Foreign("QuickTime")),
        _ => None,
    }
}

/// Elementary streams: a sync word and plausible header fields.
fn sniff_frames(bytes: &[u8]) -> Option<Kind> {
    let [sync, second, third, ..] = *bytes else {
        return None;
    };
    if sync == 0x56 && second & 0xe0 == 0xe0 {
        return Some(Kind::Foreign("AAC in LOAS"));
    }
    if sync != 0xff || second & 0xe0 != 0xe0 {
        return None;
    }
    let layer_bits = (second >> 1) & 3;
    if second & 0xf0 == 0xf0 && layer_bits == 0 {
        return Some(Kind::Native("ADTS"));
    }
    let is_valid = layer_bits != 0 && (second >> 3) & 3 != 1 && third >> 4 != 15 && (third >> 2) & 3 != 3;
    is_valid.then_some(Kind::Native("MPEG audio"))
}

fn is_mpeg_ts(bytes: &[u8]) -> bool {
    const PACKET_BYTES: usize = 188;
    bytes.len() > 2 * PACKET_BYTES && (0..3).all(|n| bytes.get(n * PACKET_BYTES) == Some(&0x47))
}

fn sniff_text(bytes: &[u8]) -> Option<&'static str> {
    let start = &bytes[..bytes.len().min(512)];
    let text = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    if text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head") {
        return Some("HTML page");
    }
    if text.starts_with("<?xml") {
        return Some("XML document");
    }
    if text.starts_with('{') || text.starts_with('[') {
        return Some("JSON or other text");
    }
    let is_text = start.iter().all(|&b| b >= 0x20 || matches!(b, b'\n' | b'\r' | b'\t'))
        && std::str::from_utf8(start).is_ok_and(|text| !text.is_empty());
    is_text.then_some("text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(bytes: &[u8]) -> Kind {
        sniff(&Head { bytes: bytes.to_vec(), tags: Vec::new(), tag_bytes: 0, file_bytes: bytes.len() as u64 })
    }

    #[test]
    fn what_is_not_audio_is_named() {
        assert_eq!(kind_of(b"\x89PNG\r\n\x1a\n...."), Kind::NotMedia("PNG picture"));
        assert_eq!(kind_of(b"<!DOCTYPE html><html>"), Kind::NotMedia("HTML page"));
        assert_eq!(kind_of(b"PK\x03\x04 and so on"), Kind::NotMedia("ZIP archive"));
        assert_eq!(kind_of(b"just a few words\n"), Kind::NotMedia("text"));
    }

    #[test]
    fn audio_is_recognized() {
        assert_eq!(kind_of(b"RIFF\0\0\0\0WAVEfmt "), Kind::Native("WAV"));
        assert_eq!(kind_of(b"\xff\xfb\x90\x64rest"), Kind::Native("MPEG audio"));
        assert_eq!(kind_of(b"\xff\xf1\x50\x80rest"), Kind::Native("ADTS"));
        assert_eq!(kind_of(b"#!AMR\n\x3c\x00\x00"), Kind::Native("AMR"));
    }
}
