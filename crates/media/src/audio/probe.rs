//! What a file is, how long it plays, who made it, and the picture inside it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use lofty::config::{GlobalOptions, ParseOptions, apply_global_options};
use lofty::file::TaggedFileExt;
use lofty::picture::{MimeType, Picture, PictureType};
use lofty::tag::{ItemKey, Tag};

use super::amr::Amr;
use super::copy::{Mp3Header, opus_frames};
use super::decode::{DecodeOptions, Decoder, scale};
use super::demux::{Coding, Demuxer, open_native};
use super::source::Head;
use super::{codec_title, ffmpeg, guard};
use crate::{Error, ErrorKind, Result};

/// Largest embedded picture handed out, in bytes.
pub(crate) const ART_BYTES_MAX: usize = 32 << 20;
/// Longest text of one tag, in bytes; longer ones are cut.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// What [`probe()`] finds out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Probe {
    /// The container's usual name: "MP3", "MP4", "Ogg", "WAV"…
    pub container: String,
    /// The coding's usual name: "MP3", "AAC-LC", "HE-AAC", "FLAC", "PCM"…
    pub codec: String,
    /// Audio frames per second after decoding.
    pub sample_rate: u32,
    /// Channels after decoding.
    pub channels: u16,
    /// Audible audio frames; counted packet by packet where the file does not tell.
    pub frames: Option<u64>,
    /// Length in ms.
    pub duration_ms: Option<u64>,
    /// Average bits per second of the sound, 0 if unknown (as in videos).
    pub bit_rate: u32,
    /// Title, artist and the like.
    pub tags: Tags,
    /// The embedded picture, the front cover if there are several.
    pub picture: Option<Art>,
}

/// The tags people look for; empty strings are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Title of the track.
    pub title: Option<String>,
    /// Performer.
    pub artist: Option<String>,
    /// Title of the album.
    pub album: Option<String>,
    /// Performer of the album.
    pub album_artist: Option<String>,
    /// Genre as written.
    pub genre: Option<String>,
    /// Free comment.
    pub comment: Option<String>,
    /// Year of release or recording.
    pub year: Option<u32>,
    /// Number of the track on its album.
    pub track: Option<u32>,
    /// Lyrics without times.
    pub lyrics: Option<String>,
    /// International Standard Recording Code.
    pub isrc: Option<String>,
}

/// An embedded picture, still encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Art {
    /// The bytes, at most 32 MiB.
    pub bytes: Vec<u8>,
    /// The MIME type by the bytes themselves, else as the tag claims it.
    pub mime: String,
}

/// Examines the file at `path`, decoding its first block.
///
/// Errors as [`Decoder::open`] does; damaged tags are no error.
pub fn probe(path: &Path, options: &DecodeOptions) -> Result<Probe> {
    let decoder = Decoder::open(path, options)?;
    let spec = decoder.spec();
    let head = Head::read(path)?;
    let (tags, picture) = read_tags(path, &head);
    let mut found = Probe { sample_rate: spec.sample_rate, channels: spec.channels, tags, picture, ..Probe::default() };
    if Amr::is_amr(&head) {
        (found.container, found.codec) =
            ("AMR".to_owned(), if spec.sample_rate == 8000 { "AMR-NB" } else { "AMR-WB" }.to_owned());
        found.frames = decoder.frames_expected();
        found.duration_ms = found.frames.map(|frames| scale(frames, 1000, spec.sample_rate));
        return Ok(found);
    }
    match open_native(path, &head) {
        Ok(mut demuxer) => {
            // Finds unannounced SBR, so that the name is right.
            super::codec::Codec::open(&mut demuxer)?;
            found.container = demuxer.container.to_owned();
            found.codec = codec_title(&demuxer).to_owned();
            found.frames = count_frames(&mut demuxer, spec.sample_rate, decoder.frames_expected())?;
            found.duration_ms = found.frames.map(|frames| scale(frames, 1000, spec.sample_rate));
            let is_sound_only = !demuxer.has_video();
            if let Some(ms) = found.duration_ms.filter(|&ms| ms > 0 && is_sound_only) {
                found.bit_rate = u32::try_from(demuxer.stream_bytes.saturating_mul(8000) / ms).unwrap_or(0);
            }
        }
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            let program = options.ffmpeg.as_deref().unwrap_or(Path::new("ffmpeg"));
            let said = ffmpeg::describe(path, program);
            (found.container, found.codec) = (said.container, said.codec);
            found.duration_ms = said.duration_ms;
            found.frames = said.duration_ms.map(|ms| scale(ms, spec.sample_rate, 1000));
        }
        Err(error) => return Err(error),
    }
    Ok(found)
}

/// Counts the audible audio frames: from the header where it is exact, else by walking over the packets.
fn count_frames(demuxer: &mut Demuxer, rate: u32, expected: Option<u64>) -> Result<Option<u64>> {
    let is_exact = demuxer.trim.keep.is_some() || !matches!(demuxer.container, "MP3" | "MPEG audio" | "ADTS");
    if is_exact && expected.is_some() {
        return Ok(expected);
    }
    let doubling = demuxer.aac.as_ref().map_or(1, |(config, _)| rate / config.core_rate.max(1));
    let mut total = 0_u64;
    while let Some(packet) = demuxer.next_packet()? {
        let by_header = match demuxer.coding {
            Coding::Aac => Some(1024 * doubling.max(1)),
            Coding::Opus => opus_frames(&packet.data),
            Coding::Mp3 => Mp3Header::parse(&packet.data).map(Mp3Header::frames),
            _ => None,
        };
        let by_container = || (packet.block_dur().get() as f64 / demuxer.ticks_per_s * f64::from(rate)).round() as u64;
        total += by_header.map_or_else(by_container, u64::from);
    }
    let cut = demuxer.trim.skip.saturating_add(demuxer.trim.tail);
    Ok(Some(total.saturating_sub(scale(cut, rate, demuxer.trim.rate))).filter(|&frames| frames > 0))
}

/// Reads tags and picture; whatever is wrong with them leaves them empty.
fn read_tags(path: &Path, head: &Head) -> (Tags, Option<Art>) {
    let read = guard("tags", || {
        apply_global_options(GlobalOptions::new().allocation_limit(ART_BYTES_MAX));
        let file = File::open(path).map_err(|source| Error::io("open", path, source))?;
        let options = ParseOptions::new().read_properties(false);
        let tagged = lofty::probe::Probe::new(BufReader::new(file))
            .options(options)
            .guess_file_type()
            .map_err(|source| Error::io("read", path, source))?
            .read()
            .map_err(|error| Error::malformed("tags", error.to_string()))?;
        let mut tags = Tags::default();
        let preferred = tagged.primary_tag().into_iter();
        for tag in preferred.chain(tagged.tags()) {
            fill(&mut tags, tag);
        }
        let pictures = || tagged.tags().iter().flat_map(Tag::pictures);
        let is_small = |picture: &&Picture| !picture.data().is_empty() && picture.data().len() <= ART_BYTES_MAX;
        let front = pictures().filter(is_small).find(|picture| picture.pic_type() == PictureType::CoverFront);
        let chosen = front.or_else(|| pictures().find(is_small));
        Ok((tags, chosen.map(art_of)))
    });
    match read {
        Ok(found) => found,
        Err(_) => (container_tags(path, head), None),
    }
}

/// Finds the `Title` element (ID 0x7BA9) in the segment information, which the demuxer reads over.
fn matroska_title(head: &Head) -> Option<String> {
    const PLACE_BYTES_MAX: usize = 4096;
    let start = &head.bytes[..head.bytes.len().min(PLACE_BYTES_MAX)];
    if !start.starts_with(b"\x1a\x45\xdf\xa3") {
        return None;
    }
    let at = start.windows(2).position(|id| id == [0x7b, 0xa9])? + 2;
    let (n_bytes, text_at) = match *start.get(at..)? {
        [size, ..] if size & 0x80 != 0 => (usize::from(size & 0x7f), at + 1),
        [size, low, ..] if size & 0x40 != 0 => (usize::from(size & 0x3f) << 8 | usize::from(low), at + 2),
        _ => return None,
    };
    clean(std::str::from_utf8(start.get(text_at..text_at + n_bytes)?).ok()?)
}

/// The few tags of containers that the tag reader does not know, such as Matroska and CAF.
fn container_tags(path: &Path, head: &Head) -> Tags {
    let Ok(mut demuxer) = open_native(path, head) else {
        return Tags::default();
    };
    let mut tags = Tags { title: matroska_title(head), ..Tags::default() };
    for (key, value) in demuxer.texts() {
        // Matroska puts the target in front: `ALBUM@ARTIST`.
        let field = match key.strip_prefix("ALBUM@").or(key.strip_prefix("TRACK@")).unwrap_or(&key) {
            "TITLE" if key.starts_with("ALBUM@") => &mut tags.album,
            "TITLE" => &mut tags.title,
            "ARTIST" => &mut tags.artist,
            "ALBUM" => &mut tags.album,
            "GENRE" => &mut tags.genre,
            "COMMENT" => &mut tags.comment,
            "LYRICS" => &mut tags.lyrics,
            "ISRC" => &mut tags.isrc,
            "DATE" | "DATE_RELEASED" | "YEAR" => {
                tags.year = tags.year.or_else(|| year_of(&value));
                continue;
            }
            _ => continue,
        };
        if field.is_none() {
            *field = clean(&value);
        }
    }
    tags
}

fn art_of(picture: &Picture) -> Art {
    let bytes = picture.data().to_vec();
    let claimed = picture.mime_type().map_or("application/octet-stream", MimeType::as_str);
    let mime = mime_of(&bytes).unwrap_or(claimed).to_owned();
    Art { bytes, mime }
}

/// Recognizes a picture by its first bytes; tags often claim the wrong type.
pub(crate) fn mime_of(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'B', b'M', ..] => Some("image/bmp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Cuts a text to a sane length at a character; `None` if nothing is left.
pub(crate) fn clean(text: &str) -> Option<String> {
    // Databases refuse NUL, and nobody wants the other control characters either.
    let text: String = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let text = text.trim();
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (end > 0).then(|| text[..end].to_owned())
}

/// Takes the first four digits in a row as a year.
pub(crate) fn year_of(text: &str) -> Option<u32> {
    let is_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let digits = text.as_bytes().windows(4).find(|part| is_digits(part))?;
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|&year| year > 0)
}

fn fill(tags: &mut Tags, tag: &Tag) {
    let text = |keys: &[ItemKey]| keys.iter().find_map(|&key| tag.get_string(key)).and_then(clean);
    let fill_in = |field: &mut Option<String>, keys: &[ItemKey]| {
        if field.is_none() {
            *field = text(keys);
        }
    };
    fill_in(&mut tags.title, &[ItemKey::TrackTitle]);
    fill_in(&mut tags.artist, &[ItemKey::TrackArtist]);
    fill_in(&mut tags.album, &[ItemKey::AlbumTitle]);
    fill_in(&mut tags.album_artist, &[ItemKey::AlbumArtist]);
    fill_in(&mut tags.genre, &[ItemKey::Genre]);
    fill_in(&mut tags.comment, &[ItemKey::Comment]);
    fill_in(&mut tags.lyrics, &[ItemKey::UnsyncLyrics, ItemKey::Lyrics]);
    fill_in(&mut tags.isrc, &[ItemKey::Isrc]);
    let dates = [ItemKey::RecordingDate, ItemKey::Year, ItemKey::ReleaseDate, ItemKey::OriginalReleaseDate];
    tags.year = tags.year.or_else(|| text(&dates).as_deref().and_then(year_of));
    let track = || text(&[ItemKey::TrackNumber])?.split('/').next()?.trim().parse().ok();
    tags.track = tags.track.or_else(track);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_found_in_dates() {
        assert_eq!(year_of("2004-05-06"), Some(2004));
        assert_eq!(year_of("May 1999"), Some(1999));
        assert_eq!(year_of("soon"), None);
    }
}
