//! Titles and pictures in `udta/meta/ilst`, as Apple's players read them.

use super::boxes::{FullBox, put_u32, put_zeros, write_box, write_full_box};
use crate::{Error, Result};

/// Longest text stored in one tag.
const TEXT_BYTES_MAX: usize = 256 << 10;

/// Largest picture stored.
const COVER_BYTES_MAX: usize = 8 << 20;

/// Types of `data` boxes (QuickTime File Format, "Well-known types").
const TYPE_UTF8: u32 = 1;
const TYPE_JPEG: u32 = 13;
const TYPE_PNG: u32 = 14;

/// A picture for players that show one beside the title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CoverArt {
    /// The bytes of a JPEG file.
    Jpeg(Vec<u8>),
    /// The bytes of a PNG file.
    Png(Vec<u8>),
}

/// What a file says about itself; empty texts are not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mp4Tags {
    /// The title.
    pub title: String,
    /// Who performs it.
    pub artist: String,
    /// The album.
    pub album: String,
    /// A free remark.
    pub comment: String,
    /// The words, lines separated by `\n`.
    pub lyrics: String,
    /// The software that made the file.
    pub encoder: String,
    /// A small picture, see [`crate::thumbnail`].
    pub cover: Option<CoverArt>,
}

/// Appends `udta` unless there is nothing to say.
pub(super) fn write_udta(out: &mut Vec<u8>, tags: &Mp4Tags) -> Result<()> {
    if *tags == Mp4Tags::default() {
        return Ok(());
    }
    write_box(out, b"udta", |out| {
        write_full_box(out, b"meta", FullBox::PLAIN, |out| {
            write_full_box(out, b"hdlr", FullBox::PLAIN, |out| {
                put_zeros(out, 4);
                out.extend_from_slice(b"mdirappl");
                put_zeros(out, 9);
                Ok(())
            })?;
            write_box(out, b"ilst", |out| write_items(out, tags))
        })
    })
}

fn write_items(out: &mut Vec<u8>, tags: &Mp4Tags) -> Result<()> {
    write_text(out, b"\xa9nam", &tags.title)?;
    write_text(out, b"\xa9ART", &tags.artist)?;
    write_text(out, b"\xa9alb", &tags.album)?;
    write_text(out, b"\xa9cmt", &tags.comment)?;
    write_text(out, b"\xa9lyr", &tags.lyrics)?;
    write_text(out, b"\xa9too", &tags.encoder)?;
    match &tags.cover {
        Some(CoverArt::Jpeg(bytes)) => write_item(out, b"covr", TYPE_JPEG, bytes, COVER_BYTES_MAX),
        Some(CoverArt::Png(bytes)) => write_item(out, b"covr", TYPE_PNG, bytes, COVER_BYTES_MAX),
        None => Ok(()),
    }
}

fn write_text(out: &mut Vec<u8>, fourcc: &[u8; 4], text: &str) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    write_item(out, fourcc, TYPE_UTF8, text.as_bytes(), TEXT_BYTES_MAX)
}

fn write_item(out: &mut Vec<u8>, fourcc: &[u8; 4], data_type: u32, bytes: &[u8], bytes_max: usize) -> Result<()> {
    if bytes.len() > bytes_max {
        return Err(Error::Limit {
            what: "the size of an MP4 tag in bytes",
            actual: bytes.len() as u64,
            limit: bytes_max as u64,
        });
    }
    write_box(out, fourcc, |out| {
        write_box(out, b"data", |out| {
            put_u32(out, data_type);
            put_u32(out, 0); // locale
            out.extend_from_slice(bytes);
            Ok(())
        })
    })
}
