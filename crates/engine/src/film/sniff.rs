//! What is in a file, told by its contents; names and declared types are what clients think.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use media::picture::{Picture, PictureLimits};
use media::video::{VideoLimits, probe_video};

use super::material::MaterialKind;
use crate::job::{Failure, FailureCode};
use crate::render;

/// Bytes that tell most kinds apart.
const HEAD_BYTES: usize = 8192;
/// Largest picture file.
const PICTURE_BYTES_MAX: u64 = media::picture::FILE_BYTES_MAX;

/// What was found in a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sniffed {
    pub(super) kind: MaterialKind,
    pub(super) media_type: &'static str,
    pub(super) extension: &'static str,
    pub(super) duration_ms: Option<i64>,
    pub(super) size: Option<(u32, u32)>,
}

impl Sniffed {
    fn plain(kind: MaterialKind, media_type: &'static str, extension: &'static str) -> Self {
        Self { kind, media_type, extension, duration_ms: None, size: None }
    }
}

/// Looks into a file. Blocks; pictures are decoded to be sure of them.
///
/// # Errors
/// [`FailureCode::BadSource`] for what is none of the kinds, or broken.
pub(super) fn sniff(path: &Path, duration_max_s: u64) -> Result<Sniffed, Failure> {
    let refused = |message: String| Failure::new(FailureCode::BadSource, message);
    let mut head = Vec::new();
    let file = File::open(path).map_err(|error| refused(error.to_string()))?;
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(|error| refused(error.to_string()))?;
    if head.is_empty() {
        return Err(refused("the file is empty".to_owned()));
    }
    if let Some((media_type, extension)) = picture_type(&head) {
        let size = picture_size(path).map_err(refused)?;
        return Ok(Sniffed { size: Some(size), ..Sniffed::plain(MaterialKind::Image, media_type, extension) });
    }
    if head.starts_with(b"%PDF-") {
        return Ok(Sniffed::plain(MaterialKind::Pdf, "application/pdf", "pdf"));
    }
    if let Some(sniffed) = office(&head, path) {
        return Ok(sniffed);
    }
    if let Some(sniffed) = video(&head, path) {
        return Ok(sniffed);
    }
    if let Ok(found) = render::inspect(path, duration_max_s) {
        let duration_ms = Some(found.duration_us / 1000);
        return Ok(Sniffed { duration_ms, ..Sniffed::plain(MaterialKind::Audio, found.media_type, found.extension) });
    }
    text(&head).ok_or_else(|| refused("the file is no picture, video, sound, PDF, presentation or text".to_owned()))
}

fn picture_type(head: &[u8]) -> Option<(&'static str, &'static str)> {
    match head {
        [0x89, b'P', b'N', b'G', ..] => Some(("image/png", "png")),
        [0xFF, 0xD8, 0xFF, ..] => Some(("image/jpeg", "jpg")),
        [b'G', b'I', b'F', b'8', ..] => Some(("image/gif", "gif")),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(("image/webp", "webp")),
        _ => None,
    }
}

fn picture_size(path: &Path) -> Result<(u32, u32), String> {
    let n_bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if n_bytes > PICTURE_BYTES_MAX {
        return Err(format!("the picture has {n_bytes} bytes, at most {PICTURE_BYTES_MAX} are allowed"));
    }
    let picture = Picture::open(path, &PictureLimits::default(), None);
    let picture = picture.map_err(|error| format!("the picture cannot be read: {error}"))?;
    Ok((picture.width(), picture.height()))
}

/// Tells presentations and documents: zip archives with a part of a known name, or the older form with its own head.
fn office(head: &[u8], path: &Path) -> Option<Sniffed> {
    const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Some(Sniffed::plain(MaterialKind::Pptx, "application/vnd.ms-powerpoint", "ppt"));
    }
    if !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    let archive = zip::ZipArchive::new(File::open(path).ok()?).ok()?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("ppt/presentation.xml") {
        Some(Sniffed::plain(MaterialKind::Pptx, PPTX, "pptx"))
    } else if has("word/document.xml") {
        Some(Sniffed::plain(MaterialKind::Text, DOCX, "docx"))
    } else {
        None
    }
}

fn video(head: &[u8], path: &Path) -> Option<Sniffed> {
    let (media_type, extension) = match head {
        [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..]
        | [_, _, _, _, b'm' | b'w' | b'f', b'o' | b'd' | b'i' | b'r', ..] => ("video/quicktime", "mov"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => ("video/mp4", "mp4"),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => ("video/webm", "webm"),
        _ => return None,
    };
    let probe = probe_video(path, &VideoLimits::default()).ok()?;
    Some(Sniffed {
        duration_ms: i64::try_from(probe.duration_ms).ok(),
        size: Some((probe.width, probe.height)),
        ..Sniffed::plain(MaterialKind::Video, media_type, extension)
    })
}

fn text(head: &[u8]) -> Option<Sniffed> {
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0C);
    // A letter may be cut at the end of what was read.
    let is_text = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if !is_text || head.iter().any(is_control) {
        return None;
    }
    let start = String::from_utf8_lossy(head).trim_start().to_lowercase();
    let is_html = ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag));
    let (media_type, extension) = if is_html { ("text/html", "html") } else { ("text/plain", "txt") };
    Some(Sniffed::plain(MaterialKind::Text, media_type, extension))
}
