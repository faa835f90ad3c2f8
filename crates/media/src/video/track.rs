//! The video track of an MP4 or QuickTime file: how to decode it, and where each sample stands and belongs.

use super::boxes::{Boxes, find, find_path, u16_at, u32_at, u64_at, version};
use crate::{Error, Result};

/// Most samples of a track: more than four hours of 60 frames per second.
pub(super) const SAMPLES_MAX: usize = 1 << 20;

/// Largest sample that is read, in bytes.
pub(super) const SAMPLE_BYTES_MAX: u32 = 64 << 20;

/// One encoded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) offset: u64,
    pub(super) n_bytes: u32,
    pub(super) duration: u32,
    /// When it is shown, in ticks since the start of the presentation; negative before it.
    pub(super) time: i64,
    pub(super) is_sync: bool,
}

/// A quarter turn that the pictures need, clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

/// How samples are coded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Coding {
    /// H.264 with the body of its `avcC` box.
    Avc(Vec<u8>),
    /// Each sample is a JPEG file.
    Jpeg,
    /// Each sample is a PNG file.
    Png,
    /// Something else, by the name of its sample entry.
    Other(String),
}

/// A track without its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrackHead {
    pub(super) id: u32,
    pub(super) coding: Coding,
    pub(super) timescale: u32,
    /// In ticks, as the header has it; 0 if it does not know.
    pub(super) duration: u64,
    /// Size of the coded picture.
    pub(super) coded: (u32, u32),
    /// Size at which it is to be shown before it is turned, if the header knows.
    pub(super) shown: Option<(u32, u32)>,
    pub(super) turn: Turn,
    /// Ticks that are cut off the start, or, if negative, waited for.
    pub(super) shift: i64,
    /// Bits per pixel that the entry names; 32 means alpha.
    pub(super) depth: u16,
}

impl TrackHead {
    /// Reads a `trak` box; `None` if it holds no video.
    pub(super) fn parse(trak: &[u8], movie_timescale: u32) -> Option<Self> {
        let mdia = find(trak, b"mdia")?;
        if find(mdia, b"hdlr")?.get(8..12)? != b"vide" {
            return None;
        }
        let mdhd = find(mdia, b"mdhd")?;
        let (timescale, duration) = if version(mdhd) == 1 {
            (u32_at(mdhd, 20)?, u64_at(mdhd, 24)?)
        } else {
            (u32_at(mdhd, 12)?, u64::from(u32_at(mdhd, 16)?))
        };
        let is_unknown = duration == u64::from(u32::MAX) || duration == u64::MAX;
        let tkhd = find(trak, b"tkhd")?;
        let (id_at, matrix_at) = if version(tkhd) == 1 { (20, 52) } else { (12, 40) };
        let whole = |at: usize| u32_at(tkhd, matrix_at + at).map(|fixed| fixed >> 16);
        let shown = whole(36).zip(whole(40)).filter(|&(width, height)| width > 0 && height > 0);
        let stsd = find_path(mdia, &[b"minf", b"stbl", b"stsd"])?;
        let entry = Boxes(stsd.get(8..)?).next()?;
        let coding = match &entry.name {
            b"avc1" | b"avc3" => Coding::Avc(find(entry.body.get(78..)?, b"avcC")?.to_vec()),
            b"jpeg" | b"mjpg" => Coding::Jpeg,
            b"png " => Coding::Png,
            name => Coding::Other(String::from_utf8_lossy(name).trim().to_owned()),
        };
        Some(Self {
            id: u32_at(tkhd, id_at)?,
            coding,
            timescale: timescale.max(1),
            duration: if is_unknown { 0 } else { duration },
            coded: (u32::from(u16_at(entry.body, 24)?), u32::from(u16_at(entry.body, 26)?)),
            shown,
            turn: turn(tkhd.get(matrix_at..)?),
            shift: find_path(trak, &[b"edts", b"elst"])
                .and_then(|elst| shift(elst, timescale, movie_timescale))
                .unwrap_or(0),
            depth: u16_at(entry.body, 74)?,
        })
    }
}

/// Reads the upper left part of a transformation matrix; mirrored pictures are left as they are.
fn turn(matrix: &[u8]) -> Turn {
    let part = |at: usize| u32_at(matrix, at).map(u32::cast_signed).map_or(0, i32::signum);
    match (part(0), part(4), part(12), part(16)) {
        (0, 1, -1, 0) => Turn::Quarter,
        (-1, 0, 0, -1) => Turn::Half,
        (0, -1, 1, 0) => Turn::ThreeQuarters,
        _ => Turn::None,
    }
}

/// Returns what an edit list cuts off the start, less what it waits for; later edits are not followed.
fn shift(elst: &[u8], timescale: u32, movie_timescale: u32) -> Option<i64> {
    let is_wide = version(elst) == 1;
    let mut entries = elst.get(8..)?.chunks_exact(if is_wide { 20 } else { 12 });
    let mut waited = 0_i64;
    for entry in entries.by_ref() {
        let (duration, start) = if is_wide {
            (u64_at(entry, 0)?, u64_at(entry, 8)?.cast_signed())
        } else {
            (u64::from(u32_at(entry, 0)?), i64::from(u32_at(entry, 4)?.cast_signed()))
        };
        if start >= 0 {
            return Some(start.saturating_sub(waited));
        }
        let ticks = u128::from(duration) * u128::from(timescale) / u128::from(movie_timescale.max(1));
        waited = waited.saturating_add(i64::try_from(ticks).ok()?);
    }
    None
}

/// Reads the sample tables of a `trak` box; empty for a fragmented file.
pub(super) fn samples(trak: &[u8], shift: i64) -> Result<Vec<Sample>> {
    let stbl = find_path(trak, &[b"mdia", b"minf", b"stbl"]).ok_or_else(|| malformed("no sample tables"))?;
    let table = |name: &[u8; 4]| find(stbl, name).and_then(|body| body.get(4..));
    let mut samples = places(stbl)?;
    let mut times = Runs::new(table(b"stts"));
    let mut offsets = Runs::new(table(b"ctts"));
    let mut syncs = table(b"stss").map(|body| body.get(4..).unwrap_or_default().chunks_exact(4).map(|n| u32_at(n, 0)));
    let mut next_sync = syncs.as_mut().and_then(|syncs| syncs.next().flatten());
    let (mut time, mut duration) = (0_i64, 0);
    for (sample, number) in samples.iter_mut().zip(1_u32..) {
        duration = times.next().unwrap_or(duration);
        let offset = offsets.next().map_or(0, u32::cast_signed);
        sample.duration = duration;
        sample.time = time.saturating_add(i64::from(offset)).saturating_sub(shift);
        time = time.saturating_add(i64::from(duration));
        if let Some(syncs) = &mut syncs {
            while next_sync.is_some_and(|sync| sync < number) {
                next_sync = syncs.next().flatten();
            }
            sample.is_sync = next_sync == Some(number);
        }
    }
    if let Some(first) = samples.first_mut() {
        // Decoding has to start somewhere.
        first.is_sync = true;
    }
    Ok(samples)
}

/// Rows of a count and a value, one value at a time, however large the count is.
struct Runs<'a> {
    rows: std::slice::ChunksExact<'a, u8>,
    left: u32,
    value: u32,
}

impl<'a> Runs<'a> {
    /// Takes what stands behind version and flags of `stts` or `ctts`.
    fn new(body: Option<&'a [u8]>) -> Self {
        let rows = body.and_then(|body| body.get(4..)).unwrap_or_default();
        Self { rows: rows.chunks_exact(8), left: 0, value: 0 }
    }

    fn next(&mut self) -> Option<u32> {
        while self.left == 0 {
            let row = self.rows.next()?;
            (self.left, self.value) = u32_at(row, 0).zip(u32_at(row, 4))?;
        }
        self.left -= 1;
        Some(self.value)
    }
}

/// Combines `stsz`, `stsc` and `stco` or `co64`: where each sample stands.
fn places(stbl: &[u8]) -> Result<Vec<Sample>> {
    let stsz = find(stbl, b"stsz").ok_or_else(|| malformed("no sample sizes"))?;
    let (Some(same_size), Some(n_samples)) = (u32_at(stsz, 4), u32_at(stsz, 8)) else {
        return Err(malformed("sample sizes cut off"));
    };
    if n_samples as usize > SAMPLES_MAX {
        return Err(too_many(u64::from(n_samples)));
    }
    let sizes = stsz.get(12..).unwrap_or_default();
    let (stco, co64) = (find(stbl, b"stco"), find(stbl, b"co64").unwrap_or_default());
    let chunk_offset = |idx: usize| match stco {
        Some(stco) => u32_at(stco, 8 + idx * 4).map(u64::from),
        None => u64_at(co64, 8 + idx * 8),
    };
    let rows = find(stbl, b"stsc").and_then(|stsc| stsc.get(8..)).unwrap_or_default();
    let mut rows = rows.chunks_exact(12).peekable();
    let mut samples = Vec::new();
    let (mut per_chunk, mut chunk) = (0, 0);
    while samples.len() < n_samples as usize {
        // The row that counts is the last one whose first chunk, counted from 1, is not behind this one.
        while let Some(row) = rows.next_if(|row| u32_at(row, 0).is_some_and(|first| first as usize <= chunk + 1)) {
            per_chunk = u32_at(row, 4).unwrap_or(0);
        }
        let Some(mut offset) = chunk_offset(chunk).filter(|_| per_chunk > 0) else {
            break;
        };
        for _ in 0..per_chunk.min(n_samples - samples.len() as u32) {
            let size = if same_size > 0 { Some(same_size) } else { u32_at(sizes, samples.len() * 4) };
            let Some(n_bytes) = size else {
                return Err(malformed("sample sizes cut off"));
            };
            samples.push(Sample { offset, n_bytes, duration: 0, time: 0, is_sync: true });
            offset = offset.saturating_add(u64::from(n_bytes));
        }
        chunk += 1;
    }
    Ok(samples)
}

pub(super) fn too_many(n_samples: u64) -> Error {
    Error::Limit { what: "the number of pictures in the video", actual: n_samples, limit: SAMPLES_MAX as u64 }
}

pub(super) fn malformed(reason: &str) -> Error {
    Error::malformed("MP4", reason)
}
