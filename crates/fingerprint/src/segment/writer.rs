//! Writes a segment, block by block, so that memory does not grow with it.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::builder::{BlockBuilder, n_track_cells, reference_peaks};
use super::{BlockShape, HEADER_LEN, MAGIC, Segment, SegmentStats, Track, VERSION};
use crate::{Error, Fingerprint, Result};

const NAME_LEN_MAX: usize = 64 << 10;

/// A segment in the making. It appears under its name when it is finished, whole, or never.
#[derive(Debug)]
pub struct SegmentWriter {
    target: Option<Target>,
    content: Content,
}

#[derive(Debug)]
struct Target {
    file: File,
    path: PathBuf,
    part: PathBuf,
}

#[derive(Debug)]
struct Content {
    block: BlockBuilder,
    blocks: Vec<u8>,
    tracks: Vec<u8>,
    names: Vec<u8>,
    stats: SegmentStats,
    n_blocks: u32,
    end: u64,
}

impl SegmentWriter {
    /// Starts a segment that will appear at `path`.
    ///
    /// # Errors
    /// When the file, named `path` with `.part` appended, cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut file = File::create(&part).map_err(io("create a segment"))?;
        file.write_all(&[0; HEADER_LEN]).map_err(io("write a segment"))?;
        let target = Target { file, path: path.to_path_buf(), part };
        Ok(Self { target: Some(target), content: Content::new() })
    }

    /// Adds a track and gives its ordinal.
    ///
    /// # Errors
    /// Tracks of more than 74 hours, names of more than 64 KiB, and a disk that is full.
    pub fn add(&mut self, track: &Track, fingerprint: &Fingerprint) -> Result<u32> {
        let full_block = self.content.add(track, fingerprint)?;
        if let (Some(bytes), Some(target)) = (full_block, &mut self.target) {
            target.file.write_all(&bytes).map_err(io("write a segment"))?;
        }
        Ok(self.content.stats.n_tracks - 1)
    }

    /// Writes the rest, makes sure that it is on the disk, and gives the file its name.
    ///
    /// # Errors
    /// A disk that is full or fails. Nothing is left behind then.
    pub fn finish(mut self) -> Result<()> {
        let Some(mut target) = self.target.take() else { return Ok(()) };
        let done = self.content.write_rest(&mut target);
        if done.is_err() {
            let _ = fs::remove_file(&target.part);
        }
        done
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        if let Some(target) = &self.target {
            let _ = fs::remove_file(&target.part);
        }
    }
}

impl Content {
    fn new() -> Self {
        Self {
            block: BlockBuilder::new(0),
            blocks: Vec::new(),
            tracks: Vec::new(),
            names: Vec::new(),
            stats: SegmentStats::default(),
            n_blocks: 0,
            end: HEADER_LEN as u64,
        }
    }

    /// Adds a track; gives the bytes of the block before if it did not fit into that one.
    fn add(&mut self, track: &Track, fingerprint: &Fingerprint) -> Result<Option<Vec<u8>>> {
        let peaks = reference_peaks(fingerprint);
        let n_cells = n_track_cells(&peaks)?;
        if track.name.len() > NAME_LEN_MAX || self.names.len() + track.name.len() > u32::MAX as usize {
            return Err(Error::Limit("the names of the tracks"));
        }
        let full_block = (!self.block.has_room(n_cells)).then(|| self.close_block());
        self.block.add(&peaks, n_cells);
        self.push_track(track, peaks.len());
        Ok(full_block)
    }

    fn push_track(&mut self, track: &Track, n_peaks: usize) {
        self.names.extend(track.name.as_bytes());
        self.tracks.extend(track.key.to_le_bytes());
        self.tracks.extend(track.duration_ms.to_le_bytes());
        self.tracks.extend((self.names.len() as u32).to_le_bytes());
        self.stats.n_peaks += n_peaks as u64;
        self.stats.audio_ms = self.stats.audio_ms.saturating_add(track.duration_ms);
        self.stats.n_tracks += 1;
    }

    fn close_block(&mut self) -> Vec<u8> {
        let block = std::mem::replace(&mut self.block, BlockBuilder::new(self.stats.n_tracks));
        let (shape, bytes) = block.finish();
        let BlockShape { first_track, n_tracks, n_peak_blocks, n_cells, cell_bits, n_postings } = shape;
        self.blocks.extend(self.end.to_le_bytes());
        for field in [first_track, n_tracks, n_peak_blocks, n_cells, cell_bits, n_postings, crc32fast::hash(&bytes)] {
            self.blocks.extend(field.to_le_bytes());
        }
        self.stats.n_postings += u64::from(n_postings);
        self.n_blocks += 1;
        self.end += bytes.len() as u64;
        bytes
    }

    fn write_rest(&mut self, target: &mut Target) -> Result<()> {
        if !self.block.is_empty() {
            let bytes = self.close_block();
            target.file.write_all(&bytes).map_err(io("write a segment"))?;
        }
        let tables = [self.blocks.as_slice(), &self.tracks, &self.names].concat();
        target.file.write_all(&tables).map_err(io("write a segment"))?;
        target.file.seek(SeekFrom::Start(0)).map_err(io("write a segment"))?;
        target.file.write_all(&self.header(&tables)).map_err(io("write a segment"))?;
        target.file.sync_all().map_err(io("write a segment"))?;
        fs::rename(&target.part, &target.path).map_err(io("name a segment"))?;
        let dir = target.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(io("name a segment"))
    }

    fn header(&self, tables: &[u8]) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend(MAGIC);
        header.extend(VERSION.to_le_bytes());
        header.extend(0u16.to_le_bytes());
        header.extend(self.stats.n_tracks.to_le_bytes());
        header.extend(self.n_blocks.to_le_bytes());
        header.extend(0u32.to_le_bytes());
        for number in [self.stats.n_peaks, self.stats.n_postings, self.stats.audio_ms, self.end] {
            header.extend(number.to_le_bytes());
        }
        header.extend(crc32fast::hash(tables).to_le_bytes());
        header.extend(crc32fast::hash(&header).to_le_bytes());
        header
    }
}

impl Segment {
    /// Makes a segment in memory, such as an application would ship.
    ///
    /// # Errors
    /// As [`SegmentWriter::add`].
    pub fn build<'a>(tracks: impl IntoIterator<Item = (&'a Track, &'a Fingerprint)>) -> Result<Vec<u8>> {
        let mut content = Content::new();
        let mut bytes = vec![0; HEADER_LEN];
        for (track, fingerprint) in tracks {
            bytes.extend(content.add(track, fingerprint)?.unwrap_or_default());
        }
        if !content.block.is_empty() {
            bytes.extend(content.close_block());
        }
        let tables = [content.blocks.as_slice(), &content.tracks, &content.names].concat();
        bytes[..HEADER_LEN].copy_from_slice(&content.header(&tables));
        bytes.extend(tables);
        Ok(bytes)
    }
}

fn io(doing: &'static str) -> impl Fn(std::io::Error) -> Error {
    move |source| Error::Io { doing, source }
}
