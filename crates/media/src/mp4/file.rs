//! The file behind the writer: a hidden neighbor of the final name until it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Result};

/// Bytes collected before each write.
const BUFFER_BYTES: usize = 256 << 10;

/// Bytes moved at once when the media has to make room for `moov`.
const MOVE_BYTES: u64 = 1 << 20;

/// Two box headers: an empty `free` and `mdat`, or one `mdat` with a 64-bit size.
const MDAT_HEADER_BYTES: u64 = 16;

/// The smallest box there is: a header.
const FREE_BYTES_MIN: u64 = 8;

/// Tells apart the unfinished files of one process.
static NEXT_PART: AtomicU64 = AtomicU64::new(0);

/// An MP4 file being written; dropping it unfinished removes it.
#[derive(Debug)]
pub(super) struct PartFile {
    writer: BufWriter<File>,
    part_path: PathBuf,
    final_path: PathBuf,
    /// Where `moov` may start.
    moov_at: u64,
    /// Where the header of `mdat` starts.
    mdat_at: u64,
    /// Where the next byte goes.
    position: u64,
    is_finished: bool,
}

impl PartFile {
    /// Creates the file with `ftyp`, `reserved` bytes for `moov`, and room for the header of `mdat`.
    pub(super) fn create(path: &Path, ftyp: &[u8], reserved: u64) -> Result<Self> {
        let part_path = part_path(path);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&part_path)
            .map_err(|error| Error::io("create", &part_path, error))?;
        let moov_at = ftyp.len() as u64;
        let mdat_at = moov_at + reserved;
        let mut part = Self {
            writer: BufWriter::with_capacity(BUFFER_BYTES, file),
            part_path,
            final_path: path.to_owned(),
            moov_at,
            mdat_at,
            position: mdat_at + MDAT_HEADER_BYTES,
            is_finished: false,
        };
        part.io("write", |writer| writer.write_all(ftyp))?;
        let media_at = part.position;
        part.io("write", |writer| writer.seek(SeekFrom::Start(media_at)).map(|_| ()))?;
        Ok(part)
    }

    /// Returns the file offset of the next byte written.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Appends media bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.io("write", |writer| writer.write_all(bytes))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Fills in `moov` and gives the file its name; returns its size.
    ///
    /// `moov(shift)` builds the box for media that stands `shift` bytes higher than it was written.
    pub(super) fn finish(mut self, moov: impl Fn(u64) -> Result<Vec<u8>>) -> Result<u64> {
        let (shift, moov) = self.fit(moov)?;
        if shift > 0 {
            self.move_media(shift)?;
        }
        let free_at = self.moov_at + moov.len() as u64;
        let free_bytes = self.mdat_at - free_at;
        let header = mdat_header(self.position - self.mdat_at);
        let (moov_at, mdat_at) = (self.moov_at, self.mdat_at);
        self.io("write", |writer| {
            writer.seek(SeekFrom::Start(moov_at))?;
            writer.write_all(&moov)?;
            if free_bytes > 0 {
                // At most 4 GiB: reservations are capped far below.
                writer.write_all(&(free_bytes as u32).to_be_bytes())?;
                writer.write_all(b"free")?;
                write_zeros(writer, free_bytes - FREE_BYTES_MIN)?;
            }
            writer.seek(SeekFrom::Start(mdat_at))?;
            writer.write_all(&header)?;
            writer.flush()
        })?;
        self.io("sync", |writer| writer.get_ref().sync_data())?;
        fs::rename(&self.part_path, &self.final_path).map_err(|error| Error::io("rename", &self.part_path, error))?;
        self.is_finished = true;
        Ok(self.position)
    }

    /// Finds the smallest move of the media for which `moov`, built for that move, has room.
    fn fit(&self, moov: impl Fn(u64) -> Result<Vec<u8>>) -> Result<(u64, Vec<u8>)> {
        let mut shift = 0;
        loop {
            let bytes = moov(shift)?;
            let needed = bytes.len() as u64;
            let room = self.mdat_at + shift - self.moov_at;
            if needed == room || needed + FREE_BYTES_MIN <= room {
                return Ok((shift, bytes));
            }
            // Larger offsets can only make `moov` larger, by switching to 64 bits once: this ends.
            shift += (needed + FREE_BYTES_MIN).saturating_sub(room);
        }
    }

    /// Moves everything from the media on up by `shift` bytes, last block first.
    fn move_media(&mut self, shift: u64) -> Result<()> {
        let (start, end) = (self.mdat_at, self.position);
        self.io("move media in", |writer| {
            writer.flush()?;
            let file = writer.get_mut();
            let mut block = vec![0; MOVE_BYTES.min(end - start) as usize];
            let mut at = end;
            while at > start {
                let n_bytes = MOVE_BYTES.min(at - start);
                at -= n_bytes;
                let block = &mut block[..n_bytes as usize];
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(block)?;
                file.seek(SeekFrom::Start(at + shift))?;
                file.write_all(block)?;
            }
            Ok(())
        })?;
        self.mdat_at += shift;
        self.position += shift;
        Ok(())
    }

    fn io(
        &mut self,
        action: &'static str,
        run: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
    ) -> Result<()> {
        run(&mut self.writer).map_err(|error| Error::io(action, &self.part_path, error))
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // Nothing better can be done about a failure here.
            let _ = fs::remove_file(&self.part_path);
        }
    }
}

fn part_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Names may be as long as the file system allows; the suffix must still fit.
    let stem: String = name.chars().take(40).collect();
    let number = NEXT_PART.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{stem}.{}-{number}.part", std::process::id()))
}

fn mdat_header(total_bytes: u64) -> [u8; MDAT_HEADER_BYTES as usize] {
    let mut header = [0; MDAT_HEADER_BYTES as usize];
    match u32::try_from(total_bytes - FREE_BYTES_MIN) {
        Ok(size) => {
            header[..4].copy_from_slice(&(FREE_BYTES_MIN as u32).to_be_bytes());
            header[4..8].copy_from_slice(b"free");
            header[8..12].copy_from_slice(&size.to_be_bytes());
            header[12..].copy_from_slice(b"mdat");
        }
        Err(_) => {
            header[..4].copy_from_slice(&1_u32.to_be_bytes());
            header[4..8].copy_from_slice(b"mdat");
            header[8..].copy_from_slice(&total_bytes.to_be_bytes());
        }
    }
    header
}

fn write_zeros(writer: &mut impl Write, n_bytes: u64) -> std::io::Result<()> {
    std::io::copy(&mut std::io::repeat(0).take(n_bytes), writer).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::mdat_header;

    #[test]
    fn mdat_size_is_64_bits_beyond_4_gib() {
        assert_eq!(&mdat_header(24)[8..16], b"\0\0\0\x10mdat");
        let limit = u64::from(u32::MAX) + 8;
        assert_eq!(&mdat_header(limit)[8..16], b"\xff\xff\xff\xffmdat");
        let wide = mdat_header(limit + 1);
        assert_eq!(&wide[..8], b"\0\0\0\x01mdat");
        assert_eq!(wide[8..], (limit + 1).to_be_bytes());
    }
}
