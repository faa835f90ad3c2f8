//! Opens MP4 and QuickTime files: finds the video track and reads its samples.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::boxes::{BoxHeader, Boxes, HEADER_BYTES_MAX, find, find_path, u32_at, version};
use super::fragments::Fragments;
use super::track::{self, SAMPLE_BYTES_MAX, Sample, TrackHead, malformed};
use crate::{Error, Result};

/// Largest `moov` that is read, in bytes: hours of video take a few hundred KiB each.
const MOOV_BYTES_MAX: u64 = 64 << 20;
/// Largest `moof` that is read, in bytes.
const MOOF_BYTES_MAX: u64 = 4 << 20;
/// Most boxes looked at in a file; a fragmented one has two for every second or so.
const BOXES_MAX: usize = 200_000;
/// Names that such files start with.
const FIRST_BOXES: [&[u8; 4]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];

/// An open file and what is known of its video track.
#[derive(Debug)]
pub(super) struct MovieFile {
    path: PathBuf,
    file: File,
    pub(super) head: TrackHead,
    /// In the order in which they are decoded.
    pub(super) samples: Vec<Sample>,
    pub(super) has_audio: bool,
}

impl MovieFile {
    /// Tells by its first bytes whether a file is of this kind.
    pub(super) fn is_such(head: &[u8]) -> bool {
        head.get(4..8).is_some_and(|name| FIRST_BOXES.iter().any(|first| first.as_slice() == name))
    }

    /// Opens `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] without a video track, [`Error::Malformed`], [`Error::Limit`], [`Error::Io`].
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        let mut top = TopBoxes::new(path, &mut file)?;
        let mut fragments: Option<(Fragments, TrackHead)> = None;
        let mut samples = Vec::new();
        let mut has_audio = false;
        while let Some((header, at, size)) = top.next_header()? {
            match &header.name {
                b"moov" if fragments.is_none() => {
                    let body = top.read_body(header, at, size, MOOV_BYTES_MAX)?;
                    let (head, trak) = video_track(&body)?;
                    has_audio = tracks(&body).any(|trak| handler(trak) == Some(b"soun"));
                    samples = track::samples(trak, head.shift)?;
                    fragments = Some((Fragments::new(&body, head.id, head.shift), head));
                    if find(&body, b"mvex").is_none() {
                        break;
                    }
                }
                b"moof" => {
                    let body = top.read_body(header, at, size, MOOF_BYTES_MAX)?;
                    if let Some((fragments, _)) = &mut fragments {
                        fragments.add(&body, at, &mut samples)?;
                    }
                }
                _ => {}
            }
        }
        let Some((_, head)) = fragments else {
            return Err(malformed("no `moov` box: the file is cut off"));
        };
        if samples.is_empty() {
            return Err(malformed("no pictures"));
        }
        Ok(Self { path: path.to_owned(), file, head, samples, has_audio })
    }

    /// Replaces `data` by the bytes of sample `idx`.
    pub(super) fn read_sample(&mut self, idx: usize, data: &mut Vec<u8>) -> Result<()> {
        data.clear();
        let Some(sample) = self.samples.get(idx) else {
            return Err(malformed("no such sample"));
        };
        if sample.n_bytes > SAMPLE_BYTES_MAX {
            return Err(Error::Limit {
                what: "the size of an encoded picture in bytes",
                actual: u64::from(sample.n_bytes),
                limit: u64::from(SAMPLE_BYTES_MAX),
            });
        }
        let mut read = || -> std::io::Result<usize> {
            self.file.seek(SeekFrom::Start(sample.offset))?;
            (&mut self.file).take(u64::from(sample.n_bytes)).read_to_end(data)
        };
        let n_read = read().map_err(|error| Error::io("read", &self.path, error))?;
        if n_read < sample.n_bytes as usize {
            return Err(malformed("the file ends within a picture"));
        }
        Ok(())
    }
}

/// Returns the head of the first video track and its box.
fn video_track(moov: &[u8]) -> Result<(TrackHead, &[u8])> {
    let timescale = find(moov, b"mvhd").and_then(|mvhd| u32_at(mvhd, if version(mvhd) == 1 { 20 } else { 12 }));
    let timescale = timescale.unwrap_or(1);
    let mut has_video = false;
    for trak in tracks(moov) {
        if let Some(head) = TrackHead::parse(trak, timescale) {
            return Ok((head, trak));
        }
        has_video |= handler(trak) == Some(b"vide");
    }
    if has_video {
        return Err(malformed("the header of the video track is broken"));
    }
    Err(Error::unsupported("file without video", "choose one that has pictures"))
}

fn tracks(moov: &[u8]) -> impl Iterator<Item = &[u8]> {
    Boxes(moov).filter(|inner| &inner.name == b"trak").map(|inner| inner.body)
}

fn handler(trak: &[u8]) -> Option<&[u8; 4]> {
    find_path(trak, &[b"mdia", b"hdlr"])?.get(8..12)?.try_into().ok()
}

/// Walks over the boxes of a file without reading what is in them.
struct TopBoxes<'a> {
    path: &'a Path,
    file: &'a mut File,
    file_bytes: u64,
    at: u64,
    n_left: usize,
}

impl<'a> TopBoxes<'a> {
    fn new(path: &'a Path, file: &'a mut File) -> Result<Self> {
        let file_bytes = file.metadata().map_err(|error| Error::io("read", path, error))?.len();
        Ok(Self { path, file, file_bytes, at: 0, n_left: BOXES_MAX })
    }

    /// Returns the header of the next box, where it stands, and its size, cut at the end of the file.
    fn next_header(&mut self) -> Result<Option<(BoxHeader, u64, u64)>> {
        if self.at >= self.file_bytes {
            return Ok(None);
        }
        let Some(n_left) = self.n_left.checked_sub(1) else {
            let limit = BOXES_MAX as u64;
            return Err(Error::Limit { what: "the number of boxes in the file", actual: limit + 1, limit });
        };
        self.n_left = n_left;
        let mut bytes = Vec::with_capacity(HEADER_BYTES_MAX);
        self.read(self.at, HEADER_BYTES_MAX as u64, &mut bytes)?;
        let Some((header, size)) = BoxHeader::parse(&bytes) else {
            return Ok(None);
        };
        let (at, rest) = (self.at, self.file_bytes - self.at);
        let size = size.unwrap_or(rest).min(rest);
        self.at += size.max(1);
        Ok(Some((header, at, size)))
    }

    fn read_body(&mut self, header: BoxHeader, at: u64, size: u64, limit: u64) -> Result<Vec<u8>> {
        if size > limit {
            return Err(Error::Limit { what: "the size of a header in the file in bytes", actual: size, limit });
        }
        let mut body = Vec::new();
        self.read(at + header.n_bytes as u64, size.saturating_sub(header.n_bytes as u64), &mut body)?;
        Ok(body)
    }

    fn read(&mut self, at: u64, n_bytes: u64, out: &mut Vec<u8>) -> Result<()> {
        let mut read = || -> std::io::Result<usize> {
            self.file.seek(SeekFrom::Start(at))?;
            (&mut self.file).take(n_bytes).read_to_end(out)
        };
        read().map(|_| ()).map_err(|error| Error::io("read", self.path, error))
    }
}

/// Returns the duration of the video in milliseconds, up to the end of the last picture.
pub(super) fn duration_ms(movie: &MovieFile) -> u64 {
    let end = movie.samples.iter().map(|sample| sample.time.saturating_add(i64::from(sample.duration))).max();
    let ticks = u64::try_from(end.unwrap_or(0)).unwrap_or(0);
    let timescale = u128::from(movie.head.timescale);
    u64::try_from((u128::from(ticks) * 1000 + timescale / 2) / timescale).unwrap_or(u64::MAX)
}
