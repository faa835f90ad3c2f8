//! The parts of an MP4 that the demuxer leaves out: the edit list and Apple's `iTunSMPB` of the audio track.
//!
//! Layout (ISO/IEC 14496-12): `moov` holds `mvhd` (movie timescale), then per track `trak` with `tkhd` (track id),
//! `edts/elst` (edits) and `mdia/mdhd` (media timescale). Only box headers and these small boxes are read.

use std::io::{Read, Seek, SeekFrom};

/// Boxes visited before giving up; hostile files may hold millions of empty ones.
const BOXES_MAX: usize = 10_000;
/// Bytes read of one small box.
const SMALL_BOX_BYTES: u64 = 64 * 1024;

/// The audible part of a track, as an edit list gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edit {
    /// First audible tick, in units of `media_timescale`.
    pub(crate) media_time: u64,
    /// Length in units of `movie_timescale`; 0 when not given.
    pub(crate) duration: u64,
    /// Ticks per second of `media_time`.
    pub(crate) media_timescale: u32,
    /// Ticks per second of `duration`.
    pub(crate) movie_timescale: u32,
}

#[derive(Default)]
struct Found {
    movie_timescale: u32,
    track_id: u32,
    media_timescale: u32,
    edits: Vec<(u64, i64)>,
    edit: Option<Edit>,
    wanted_id: u32,
    n_boxes: usize,
}

/// Finds the edit list of the track `track_id`; `None` if it has none or the file is not well-formed.
pub(crate) fn find_edit<R: Read + Seek>(reader: &mut R, length: u64, track_id: u32) -> Option<Edit> {
    let mut found = Found { wanted_id: track_id, ..Found::default() };
    walk(reader, 0, length, 0, &mut found)?;
    found.edit
}

/// Walks the boxes in `at..end`; `None` stops everything.
fn walk<R: Read + Seek>(reader: &mut R, mut at: u64, end: u64, depth: usize, found: &mut Found) -> Option<()> {
    while at + 8 <= end {
        found.n_boxes += 1;
        if found.n_boxes > BOXES_MAX {
            return None;
        }
        reader.seek(SeekFrom::Start(at)).ok()?;
        let mut header = [0_u8; 8];
        reader.read_exact(&mut header).ok()?;
        let (mut size, mut body) = (u64::from(u32::from_be_bytes(header[..4].try_into().ok()?)), at + 8);
        if size == 1 {
            let mut large = [0_u8; 8];
            reader.read_exact(&mut large).ok()?;
            (size, body) = (u64::from_be_bytes(large), at + 16);
        } else if size == 0 {
            size = end - at;
        }
        let next = at.checked_add(size)?;
        if next < body {
            return None;
        }
        visit(reader, &header[4..], body, next.min(end), depth, found)?;
        at = next;
    }
    Some(())
}

fn visit<R: Read + Seek>(
    reader: &mut R,
    name: &[u8],
    body: u64,
    end: u64,
    depth: usize,
    found: &mut Found,
) -> Option<()> {
    match (depth, name) {
        (0, b"moov") | (2, b"edts" | b"mdia") => walk(reader, body, end, depth + 1, found)?,
        (1, b"trak") => {
            (found.track_id, found.media_timescale) = (0, 0);
            found.edits.clear();
            walk(reader, body, end, depth + 1, found)?;
            if found.track_id == found.wanted_id {
                found.edit = edit_of(found);
            }
        }
        (1, b"mvhd") => found.movie_timescale = timescale(&read_small(reader, body, end)?)?,
        (3, b"mdhd") => found.media_timescale = timescale(&read_small(reader, body, end)?)?,
        (2, b"tkhd") => {
            let bytes = read_small(reader, body, end)?;
            let at = if bytes.first() == Some(&1) { 20 } else { 12 };
            found.track_id = u32_at(&bytes, at)?;
        }
        (3, b"elst") => found.edits = edits(&read_small(reader, body, end)?),
        _ => {}
    }
    Some(())
}

fn read_small<R: Read + Seek>(reader: &mut R, body: u64, end: u64) -> Option<Vec<u8>> {
    reader.seek(SeekFrom::Start(body)).ok()?;
    let mut bytes = Vec::new();
    reader.take((end.saturating_sub(body)).min(SMALL_BOX_BYTES)).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// `mvhd` and `mdhd` hold the timescale at the same place.
fn timescale(bytes: &[u8]) -> Option<u32> {
    u32_at(bytes, if bytes.first() == Some(&1) { 20 } else { 12 })
}

/// Returns `(duration, media_time)` of every entry.
fn edits(bytes: &[u8]) -> Vec<(u64, i64)> {
    let is_long = bytes.first() == Some(&1);
    let stride = if is_long { 20 } else { 12 };
    let body = bytes.get(8..).unwrap_or_default();
    body.chunks_exact(stride)
        .filter_map(|entry| {
            if is_long {
                Some((u64_at(entry, 0)?, i64::from_be_bytes(entry.get(8..16)?.try_into().ok()?)))
            } else {
                Some((u64::from(u32_at(entry, 0)?), i64::from(u32_at(entry, 4)?.cast_signed())))
            }
        })
        .collect()
}

/// The first edit that plays media; entries with a negative time only delay it. Several edits play as one stretch.
fn edit_of(found: &Found) -> Option<Edit> {
    let mut playing = found.edits.iter().filter(|(_, media_time)| *media_time >= 0);
    let &(first_duration, media_time) = playing.next()?;
    let is_single = playing.next().is_none();
    Some(Edit {
        media_time: media_time.unsigned_abs(),
        duration: if is_single { first_duration } else { 0 },
        media_timescale: found.media_timescale,
        movie_timescale: found.movie_timescale,
    })
}

/// Gapless data of Apple's encoder: delay and audible length in audio frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Smpb {
    /// Audio frames before the first audible one.
    pub(crate) delay: u64,
    /// Audible audio frames.
    pub(crate) frames: u64,
}

/// Parses the text of an `iTunSMPB` tag: hexadecimal words, the second is the delay, the fourth the length.
pub(crate) fn parse_smpb(text: &str) -> Option<Smpb> {
    let words: Vec<u64> =
        text.split_whitespace().take(4).map(|word| u64::from_str_radix(word, 16).ok()).collect::<Option<_>>()?;
    // syom 0.9 leaves out the leading zero word, so that its delay comes first.
    let ([0, delay, _, frames] | [delay, _, 0, frames]) = *words.as_slice() else {
        return None;
    };
    let is_sane = frames > 0 && frames < 1 << 48 && delay < 1 << 32;
    is_sane.then_some(Smpb { delay, frames })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn itunes_gapless_text_is_read() {
        let text = " 00000000 00000840 000001CA 00000000003F31F6 00000000 00000000";
        assert_eq!(parse_smpb(text), Some(Smpb { delay: 2112, frames: 4_141_558 }));
        let text = " 00000BCA 00000596 00000000 00000000000186A0 00000000";
        assert_eq!(parse_smpb(text), Some(Smpb { delay: 3018, frames: 100_000 }));
        assert_eq!(parse_smpb("nonsense"), None);
    }
}
