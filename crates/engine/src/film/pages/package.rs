//! Office files (ECMA-376, part 2): ZIP archives of XML and pictures, read with limits on all that they claim.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::Path;

use roxmltree::{Document, ParsingOptions};
use zip::ZipArchive;
use zip::result::ZipError;

use super::PagesError;

/// Most files in an archive.
const FILES_MAX: usize = 20_000;
/// Largest file in an archive, unpacked, and all that are read together: bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;
const TOTAL_BYTES_MAX: u64 = 512 << 20;
/// Largest XML, in bytes: its tree takes many times as much.
const XML_BYTES_MAX: usize = 24 << 20;
const XML_NODES_MAX: u32 = 2_000_000;
/// Elements within each other: reading them takes a stack.
const XML_DEPTH_MAX: usize = 400;
/// Bytes of a tag: its attributes are each compared with the others.
const XML_TAG_BYTES_MAX: usize = 64 << 10;
/// Declarations of namespaces: each gives its element a copy of all that are known there.
const XML_NAMESPACES_MAX: usize = 10_000;
/// How files of the old formats begin, and those of the new ones that have a password (MS-CFB).
const COMPOUND_FILE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const WHAT: &str = "an office file";

/// An office file that is open.
pub(in super::super) struct Package {
    archive: ZipArchive<BufReader<File>>,
    n_bytes_left: u64,
}

impl Package {
    /// Opens a file.
    pub(in super::super) fn open(path: &Path) -> Result<Self, PagesError> {
        let mut file = File::open(path)?;
        let mut start = [0; 8];
        let n_bytes = file.read(&mut start)?;
        if start[..n_bytes] == COMPOUND_FILE {
            // The streams of an encrypted file have this name, in UTF-16.
            let mut beginning = Vec::new();
            file.take(FILE_BYTES_MAX).read_to_end(&mut beginning)?;
            let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
            if beginning.windows(name.len()).any(|window| window == name) {
                return Err(PagesError::Encrypted);
            }
            let reason = "it has the format of Office 2003 or older; save it in the current one";
            return Err(PagesError::malformed(WHAT, reason));
        }
        file.rewind()?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(of_zip)?;
        if archive.len() > FILES_MAX {
            return Err(PagesError::Limit(format!("it has {} parts; at most {FILES_MAX} are allowed", archive.len())));
        }
        Ok(Self { archive, n_bytes_left: TOTAL_BYTES_MAX })
    }

    /// Returns the bytes of a part, if there is one of this name.
    pub(in super::super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, PagesError> {
        let entry = match self.archive.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(of_zip(error)),
        };
        let max = FILE_BYTES_MAX.min(self.n_bytes_left);
        let mut bytes = Vec::new();
        // What an archive says about sizes may be wrong: what is counted is what comes out.
        entry.take(max + 1).read_to_end(&mut bytes).map_err(|error| PagesError::malformed(WHAT, error.to_string()))?;
        if bytes.len() as u64 > max {
            return Err(PagesError::Limit(format!("`{name}` has more than {max} bytes when it is unpacked")));
        }
        self.n_bytes_left -= bytes.len() as u64;
        Ok(Some(bytes))
    }

    /// Returns a part that is XML.
    pub(in super::super) fn text(&mut self, name: &str) -> Result<Option<String>, PagesError> {
        let Some(bytes) = self.bytes(name)? else { return Ok(None) };
        if bytes.len() > XML_BYTES_MAX {
            let reason = format!("`{name}` has {} bytes; at most {XML_BYTES_MAX} are read", bytes.len());
            return Err(PagesError::Limit(reason));
        }
        let decoded = match bytes.as_slice() {
            [0xff, 0xfe, rest @ ..] => of_utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => of_utf16(rest, u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
            _ => String::from_utf8(bytes).ok(),
        };
        decoded.map(Some).ok_or_else(|| PagesError::malformed(WHAT, format!("`{name}` is no text")))
    }

    /// Returns the names of the parts that end so.
    pub(super) fn names_ending_in(&self, ending: &str) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok).filter(|name| name.ends_with(ending));
        names.map(std::borrow::Cow::into_owned).collect()
    }
}

/// Reads XML; `name` is the part that it is from.
pub(in super::super) fn parse<'t>(name: &str, text: &'t str) -> Result<Document<'t>, PagesError> {
    let broken = |reason: String| PagesError::malformed(WHAT, format!("`{name}`: {reason}"));
    check_costs(text).map_err(|reason| PagesError::Limit(format!("`{name}` has {reason}")))?;
    let options = ParsingOptions { nodes_limit: XML_NODES_MAX, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| broken(error.to_string()))
}

/// Refuses what would take the reader too long, or too much memory; what looks like tags in comments is taken for tags.
fn check_costs(text: &str) -> Result<(), String> {
    if text.matches("xmlns").count() > XML_NAMESPACES_MAX {
        return Err(format!("more than {XML_NAMESPACES_MAX} declarations of namespaces"));
    }
    let mut depth = 0_usize;
    let (mut is_in_start_tag, mut tag_start, mut previous) = (false, 0, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => (is_in_start_tag, tag_start) = (true, at),
            b'!' | b'?' if previous == b'<' => is_in_start_tag = false,
            b'/' if previous == b'<' => {
                is_in_start_tag = false;
                depth = depth.saturating_sub(1);
            }
            b'>' if std::mem::take(&mut is_in_start_tag) && previous != b'/' => depth += 1,
            _ => {}
        }
        if depth > XML_DEPTH_MAX {
            return Err(format!("elements more than {XML_DEPTH_MAX} deep"));
        }
        if is_in_start_tag && at - tag_start > XML_TAG_BYTES_MAX {
            return Err(format!("a tag of more than {XML_TAG_BYTES_MAX} bytes"));
        }
        previous = byte;
    }
    Ok(())
}

fn of_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

fn of_zip(error: ZipError) -> PagesError {
    match error {
        ZipError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => PagesError::Io(error),
        error if error.to_string().to_lowercase().contains("password") => PagesError::Encrypted,
        error => PagesError::malformed(WHAT, error.to_string()),
    }
}

#[cfg(test)]
pub(in super::super) mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Makes an archive.
    pub(in super::super::super) fn zip_of(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = ZipWriter::new(file.as_file_mut());
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        file
    }

    fn with_bytes(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn parts_are_read() {
        let file = zip_of(&[("a.xml", b"<a/>"), ("b.xml", b"\xff\xfe<\0b\0/\0>\0")]);
        let mut package = Package::open(file.path()).unwrap();
        assert_eq!(package.text("a.xml").unwrap().as_deref(), Some("<a/>"));
        assert_eq!(package.text("b.xml").unwrap().as_deref(), Some("<b/>"));
        assert!(package.text("c.xml").unwrap().is_none());
        assert_eq!(package.names_ending_in("b.xml"), ["b.xml"]);
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let zeros = vec![0; FILE_BYTES_MAX as usize + 1];
        let file = zip_of(&[("bomb", &zeros), ("fits", &zeros[1..])]);
        assert!(file.as_file().metadata().unwrap().len() < 1 << 20);
        let mut package = Package::open(file.path()).unwrap();
        assert!(matches!(package.bytes("bomb"), Err(PagesError::Limit(_))));
        assert_eq!(package.bytes("fits").unwrap().unwrap().len() as u64, FILE_BYTES_MAX);
        package.n_bytes_left = 100;
        assert!(matches!(package.bytes("fits"), Err(PagesError::Limit(_))), "all together have a limit, too");
    }

    #[test]
    fn files_that_are_no_archives_say_so() {
        let error = |bytes: &[u8]| Package::open(with_bytes(bytes).path()).map(|_| ()).unwrap_err();
        assert!(matches!(error(b""), PagesError::Malformed { .. }));
        assert!(matches!(error(b"%PDF-1.7"), PagesError::Malformed { .. }));
        let mut old = COMPOUND_FILE.to_vec();
        assert!(error(&old).to_string().contains("Office 2003"));
        old.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(matches!(error(&old), PagesError::Encrypted));
    }

    #[test]
    fn xml_that_is_deep_or_broken_or_has_entities_is_refused() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(parse("a.xml", &nested(XML_DEPTH_MAX)).is_ok());
        assert!(matches!(parse("a.xml", &nested(XML_DEPTH_MAX + 1)), Err(PagesError::Limit(_))));
        assert!(matches!(parse("a.xml", &"<a>".repeat(100_000)), Err(PagesError::Limit(_))));
        let limited = |text: &str| matches!(parse("a.xml", text), Err(PagesError::Limit(_)));
        assert!(limited(&format!("<a {}/>", "b='' ".repeat(XML_TAG_BYTES_MAX / 5 + 2))));
        assert!(limited(&format!("<a>{}</a>", "<b xmlns:c=''/>".repeat(XML_NAMESPACES_MAX + 1))));
        assert!(parse("a.xml", "<a>").unwrap_err().to_string().contains("a.xml"));
        let laughs = r#"<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><a>&b;</a>"#;
        assert!(parse("a.xml", laughs).is_err());
    }
}
