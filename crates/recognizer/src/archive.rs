//! The archive: the tracks of an index in one file, to carry elsewhere.
//!
//! It holds what a merge would keep, and reads back into an index of any version. All numbers are little-endian.
//!
//! 1. 8 bytes: `PHONOARC`.
//! 2. `u16`: version, 1.
//! 3. `u16`: 0.
//! 4. Each track: `u32` length of what follows but for the checksum, not 0; a put as in a record of the [`changelog`](crate::changelog); `u32` CRC-32
//!    (ISO-HDLC) of the put.
//! 5. `u32`: 0.
//! 6. `u64`: number of tracks.
//! 7. `u32`: CRC-32 of all checksums of the tracks, in order, and of the number.

use std::io::{Read, Write};

use fingerprint::Fingerprint;

use crate::changelog::{Entry, put_entry, read_entry};
use crate::error::{Doing as _, Error, Result};
use crate::recognizer::{Change, Outcome, Recognizer};
use crate::track::{check_bucket, check_name};

const MAGIC: &[u8; 8] = b"PHONOARC";
const VERSION: u16 = 1;
const WHAT: &str = "archive";
/// More than a day of the densest audio.
const TRACK_LEN_MAX: u32 = 256 << 20;
/// Tracks that are added in one go, and bytes of them.
const BATCH_TRACKS_MAX: usize = 64;
const BATCH_LEN_MAX: usize = 8 << 20;

/// Writes an archive.
#[derive(Debug)]
pub struct ArchiveWriter<W: Write> {
    out: W,
    n_tracks: u64,
    crc: crc32fast::Hasher,
    track: Vec<u8>,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins an archive.
    ///
    /// # Errors
    /// What `out` returns.
    pub fn new(mut out: W) -> Result<Self> {
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend(0u16.to_le_bytes());
        out.write_all(&header).doing("write the archive")?;
        Ok(Self { out, n_tracks: 0, crc: crc32fast::Hasher::new(), track: Vec::new() })
    }

    /// Adds a track.
    ///
    /// # Errors
    /// Names that no index takes, tracks of more than 256 MiB, and what the output returns.
    pub fn add(&mut self, bucket: &str, name: &str, fingerprint: &Fingerprint) -> Result<()> {
        check_bucket(bucket)?;
        check_name(name)?;
        self.put(bucket, name, fingerprint)
    }

    fn put(&mut self, bucket: &str, name: &str, fingerprint: &Fingerprint) -> Result<()> {
        self.track.clear();
        put_entry(&mut self.track, Entry::Put { bucket, name, fingerprint: &fingerprint.to_bytes() });
        let len = u32::try_from(self.track.len()).ok().filter(|len| *len <= TRACK_LEN_MAX);
        let len = len.ok_or(Error::Limit("a track of the archive"))?;
        let crc = crc32fast::hash(&self.track).to_le_bytes();
        self.crc.update(&crc);
        self.n_tracks += 1;
        for part in [&len.to_le_bytes()[..], &self.track, &crc] {
            self.out.write_all(part).doing("write the archive")?;
        }
        Ok(())
    }

    /// Ends the archive and returns the output.
    ///
    /// # Errors
    /// What the output returns.
    pub fn finish(mut self) -> Result<W> {
        let n_tracks = self.n_tracks.to_le_bytes();
        self.crc.update(&n_tracks);
        let crc = self.crc.finalize().to_le_bytes();
        for part in [&0u32.to_le_bytes()[..], &n_tracks, &crc] {
            self.out.write_all(part).doing("write the archive")?;
        }
        self.out.flush().doing("write the archive")?;
        Ok(self.out)
    }
}

/// A track of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedTrack {
    /// The bucket it was in.
    pub bucket: String,
    /// What it is called.
    pub name: String,
    /// What it sounds like.
    pub fingerprint: Fingerprint,
}

/// Reads an archive, one track at a time. It gives tracks up to the first that is damaged, and then the error.
#[derive(Debug)]
pub struct ArchiveReader<R: Read> {
    input: R,
    n_tracks: u64,
    crc: crc32fast::Hasher,
    is_done: bool,
}

impl<R: Read> ArchiveReader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// Input of another format or a later version, and what it returns.
    pub fn new(mut input: R) -> Result<Self> {
        let mut header = [0; 12];
        let len = read_up_to(&mut input, &mut header)?;
        if !header[..len].starts_with(MAGIC) {
            return Err(Error::Foreign { what: WHAT });
        }
        if len < header.len() {
            return Err(damaged("it ends within its header"));
        }
        let version = u16::from_le_bytes([header[8], header[9]]);
        if version != VERSION {
            return Err(Error::Version { what: WHAT, version, newest: VERSION });
        }
        Ok(Self { input, n_tracks: 0, crc: crc32fast::Hasher::new(), is_done: false })
    }

    fn read(&mut self) -> Result<Option<ArchivedTrack>> {
        let len = u32::from_le_bytes(self.array()?);
        if len == 0 {
            return self.check_end().map(|()| None);
        }
        if len > TRACK_LEN_MAX {
            return Err(Error::Limit("a track of the archive"));
        }
        let mut track = Vec::new();
        // The length is only a promise: memory grows with what is really there.
        self.input.by_ref().take(u64::from(len)).read_to_end(&mut track).doing("read the archive")?;
        let crc: [u8; 4] = self.array()?;
        if track.len() != len as usize || crc32fast::hash(&track).to_le_bytes() != crc {
            return Err(damaged("the checksum of a track is wrong"));
        }
        self.crc.update(&crc);
        self.n_tracks += 1;
        let Some(Entry::Put { bucket, name, fingerprint }) = read_entry(&track) else {
            return Err(damaged("a track breaks the rules"));
        };
        if check_bucket(bucket).and(check_name(name)).is_err() {
            return Err(damaged("the name of a track or bucket is empty or too long"));
        }
        let fingerprint = Fingerprint::from_bytes(fingerprint).doing("read a fingerprint of the archive")?;
        Ok(Some(ArchivedTrack { bucket: bucket.to_owned(), name: name.to_owned(), fingerprint }))
    }

    fn check_end(&mut self) -> Result<()> {
        let n_tracks: [u8; 8] = self.array()?;
        self.crc.update(&n_tracks);
        let is_right = self.array()? == self.crc.clone().finalize().to_le_bytes();
        let is_whole = u64::from_le_bytes(n_tracks) == self.n_tracks;
        if !is_right || !is_whole {
            return Err(damaged("tracks are missing or out of order"));
        }
        if read_up_to(&mut self.input, &mut [0])? > 0 {
            return Err(damaged("something follows its end"));
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        if read_up_to(&mut self.input, &mut array)? < N { Err(damaged("it ends too early")) } else { Ok(array) }
    }
}

impl<R: Read> Iterator for ArchiveReader<R> {
    type Item = Result<ArchivedTrack>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let read = self.read();
        self.is_done = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

impl Recognizer {
    /// Writes all tracks as they are at the time of the call; says how many.
    ///
    /// # Errors
    /// What `out` returns.
    pub fn export(&self, out: impl Write) -> Result<u64> {
        let mut writer = ArchiveWriter::new(out)?;
        let snapshot = self.shared.snapshot();
        for part in &snapshot.parts {
            for ordinal in part.live() {
                writer.add(part.bucket(ordinal), &part.track(ordinal).name, &part.fingerprint(ordinal))?;
            }
        }
        let n_tracks = writer.n_tracks;
        writer.finish()?;
        Ok(n_tracks)
    }

    /// Adds all tracks of an archive, in the place of those of the same names; says how many. `progress` is told as it goes on.
    ///
    /// # Errors
    /// An archive that is damaged, after the tracks before the damage were added, and those of [`Self::apply`].
    pub fn import(&self, input: impl Read, progress: &mut dyn FnMut(u64)) -> Result<u64> {
        let mut n_tracks = 0;
        let mut batch = Vec::new();
        let mut batch_len = 0;
        let mut failure = None;
        for track in ArchiveReader::new(input)? {
            match track {
                Ok(ArchivedTrack { bucket, name, fingerprint }) => {
                    batch_len += size_of_val(fingerprint.peaks());
                    batch.push(Change::Put { bucket, name, fingerprint });
                }
                Err(error) => failure = Some(error),
            }
            if batch.len() >= BATCH_TRACKS_MAX || batch_len >= BATCH_LEN_MAX {
                n_tracks += self.import_batch(std::mem::take(&mut batch))?;
                batch_len = 0;
                progress(n_tracks);
            }
        }
        n_tracks += self.import_batch(batch)?;
        progress(n_tracks);
        failure.map_or(Ok(n_tracks), Err)
    }

    fn import_batch(&self, batch: Vec<Change>) -> Result<u64> {
        let n_tracks = batch.len() as u64;
        for outcome in self.apply(batch)? {
            if let Outcome::Refused(error) = outcome {
                return Err(error);
            }
        }
        Ok(n_tracks)
    }
}

fn damaged(reason: &'static str) -> Error {
    Error::Damaged { what: WHAT, reason }
}

/// Fills the buffer as far as the input reaches.
fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match input.read(&mut buffer[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Io { doing: "read the archive", source }),
        }
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = ArchiveWriter::new(Vec::new()).unwrap();
        writer.add("songs", "one", &Fingerprint::default()).unwrap();
        writer.add("ü", "two", &Fingerprint::default()).unwrap();
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<ArchivedTrack>> {
        ArchiveReader::new(bytes)?.collect()
    }

    #[test]
    fn comes_back() {
        let tracks = read(&sample()).unwrap();
        let names: Vec<_> = tracks.iter().map(|track| (track.bucket.as_str(), track.name.as_str())).collect();
        assert_eq!(names, [("songs", "one"), ("ü", "two")]);
        assert!(read(&ArchiveWriter::new(Vec::new()).unwrap().finish().unwrap()).unwrap().is_empty());
    }

    #[test]
    fn a_name_that_no_index_takes_is_refused() {
        let mut writer = ArchiveWriter::new(Vec::new()).unwrap();
        writer.put("songs", "", &Fingerprint::default()).unwrap();
        assert!(matches!(read(&writer.finish().unwrap()), Err(Error::Damaged { .. })));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = sample();
        // The reserved bytes 10 and 11 are for later versions.
        for bit in (0..bytes.len() * 8).filter(|bit| !(80..96).contains(bit)) {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&damaged).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(read(&bytes[..len]).is_err(), "first {len} bytes");
        }
        assert!(read(&[&bytes[..], b"x"].concat()).is_err());
    }
}
