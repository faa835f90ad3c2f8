//! Segments that are wrong in the ways that matter.
//!
//! A good segment is taken apart into its fields, some fields are changed, and it is put together again with sizes, offsets and checksums that fit.
//! Only then bytes are overwritten. So an input gets as far as the change that it is about.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use fingerprint::{Fingerprint, Segment, Track};

use crate::peaks::{lasting, strewn};

const HEADER_LEN: usize = 64;
const BLOCK_ENTRY_LEN: usize = 36;
const TRACK_ENTRY_LEN: usize = 20;
/// Bytes of a block of peaks: a base and 64 words.
const PEAK_BLOCK_LEN: usize = 132;
/// Bytes of a group of the directory: where its lists begin, and 16 counts.
const GROUP_LEN: usize = 20;
/// Larger blocks, and more of them, are not made: the fuzzer is to be fast.
const BLOCK_LEN_MAX: usize = 3 << 20;
const N_BLOCKS_MAX: usize = 3;
const N_TRACKS_MAX: usize = 1000;

/// How a segment is made.
#[derive(Arbitrary, Clone, Debug)]
pub struct Recipe {
    base: Base,
    edits: Vec<Edit>,
    /// Bytes that are overwritten at the end, counted from the front or from the tables.
    patches: Vec<Patch>,
    /// Whether the checksums are right after that.
    is_sealed: bool,
    /// How many bytes are missing at the end.
    n_cut: u16,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Base {
    /// Three tracks in a block.
    One,
    /// Two blocks, the second with a track of 37 hours.
    Two,
    Empty,
}

#[derive(Arbitrary, Clone, Debug)]
enum Edit {
    /// Changes a field of a block's shape; its bytes and the table of tracks are made to fit.
    Shape {
        block: u8,
        field: u8,
        number: Number,
    },
    /// Overwrites four bytes in a part of a block.
    Part {
        block: u8,
        part: Part,
        at: u32,
        number: Number,
    },
    /// Overwrites one byte in a part of a block.
    Byte {
        block: u8,
        part: Part,
        at: u32,
        byte: u8,
    },
    CopyBlock {
        block: u8,
    },
    DropBlock {
        block: u8,
    },
    Key {
        track: u8,
        number: u64,
    },
    Duration {
        track: u8,
        number: u64,
    },
    NameEnd {
        track: u8,
        number: Number,
    },
    Names {
        names: Vec<u8>,
    },
    /// Changes a total of the header.
    Total {
        field: u8,
        number: u64,
    },
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Number {
    Small(u8),
    Any(u32),
    BelowTop(u8),
    Add(i8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Part {
    Tracks,
    Bases,
    Words,
    /// A group that has postings in the good segment, which are those that a query asks for.
    Group,
    Directory,
    Lists,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Patch {
    Front { at: u16, byte: u8 },
    Tables { at: u16, byte: u8 },
}

impl Number {
    fn of(self, now: u32) -> u32 {
        match self {
            Self::Small(number) => u32::from(number),
            Self::Any(number) => number,
            Self::BelowTop(number) => u32::MAX - u32::from(number),
            Self::Add(number) => now.wrapping_add_signed(i32::from(number)),
        }
    }
}

impl Recipe {
    /// Makes the segment's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let base = match self.base {
            Base::One => &BASES[0],
            Base::Two => &BASES[1],
            Base::Empty => &BASES[2],
        };
        let mut parts = base.clone();
        for edit in &self.edits {
            parts.edit(edit);
        }
        let (mut bytes, tables_at) = parts.to_bytes();
        for patch in &self.patches {
            let (at, byte) = match *patch {
                Patch::Front { at, byte } => (usize::from(at), byte),
                Patch::Tables { at, byte } => (tables_at + usize::from(at), byte),
            };
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        bytes.truncate(bytes.len() - usize::from(self.n_cut).min(bytes.len()));
        if self.is_sealed && (!self.patches.is_empty() || self.n_cut > 0) {
            seal(&mut bytes, tables_at);
        }
        bytes
    }

    /// Whether all tracks are as they were in a good segment, if it reads at all.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.edits.is_empty() && self.patches.is_empty() && self.n_cut == 0
    }
}

/// Repairs the checksums of header and tables.
fn seal(bytes: &mut [u8], tables_at: usize) {
    if bytes.len() >= HEADER_LEN.max(tables_at) {
        let crc = crc32fast::hash(&bytes[tables_at..]);
        bytes[56..60].copy_from_slice(&crc.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..60]);
        bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    }
}

/// A segment, taken apart.
#[derive(Clone)]
struct Parts {
    /// Peaks, postings and milliseconds.
    totals: [u64; 3],
    blocks: Vec<Block>,
    /// Key, duration, and the end of the name.
    tracks: Vec<(u64, u64, u32)>,
    names: Vec<u8>,
    directory_len: usize,
}

#[derive(Clone)]
struct Block {
    /// First track, tracks, blocks of peaks, cells, bits of a cell, postings.
    shape: [u32; 6],
    bytes: Vec<u8>,
    /// Where in the directory the groups with postings are.
    groups: Vec<usize>,
}

/// Good segments.
static BASES: LazyLock<[Parts; 3]> = LazyLock::new(|| {
    let short = [lasting(strewn(1, 700)), lasting(strewn(2, 500)), lasting(strewn(3, 400))];
    let mut peaks = strewn(4, 600);
    let last = *peaks.last().expect("600 frames have peaks");
    peaks.push(fingerprint::Peak { frame: 16 * ((1 << 20) - 300), ..last });
    [take_apart(&short), take_apart(&[short[0].clone(), lasting(peaks)]), take_apart(&[])]
});

/// What the good segments are searched for: 5 s of their first track.
#[must_use]
pub fn query() -> Fingerprint {
    lasting(strewn(1, 700)).slice(3_000..8_000)
}

fn take_apart(prints: &[Fingerprint]) -> Parts {
    let tracks: Vec<Track> = prints
        .iter()
        .enumerate()
        .map(|(i, print)| Track { key: i as u64, name: format!("track {i}"), duration_ms: print.duration_ms() })
        .collect();
    let bytes = Segment::build(tracks.iter().zip(prints)).expect("tracks are short");
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let (n_tracks, n_blocks, tables_at) = (u32_at(12) as usize, u32_at(16) as usize, u64_at(48) as usize);
    let entry = |i: usize| tables_at + i * BLOCK_ENTRY_LEN;
    let mut directory_len = 0;
    let blocks = (0..n_blocks)
        .map(|i| {
            let shape: [u32; 6] = std::array::from_fn(|field| u32_at(entry(i) + 8 + 4 * field));
            let start = u64_at(entry(i)) as usize;
            let end = if i + 1 < n_blocks { u64_at(entry(i + 1)) as usize } else { tables_at };
            let bytes = bytes[start..end].to_vec();
            let [front, _, _, directory, lists] = part_lens(&shape, 0);
            let before = front + PEAK_BLOCK_LEN * shape[2] as usize;
            directory_len = bytes.len() - before - directory - lists;
            let groups = (0..directory_len / GROUP_LEN).map(|group| group * GROUP_LEN);
            let has_postings = |at: &usize| bytes[before + at + 4..before + at + GROUP_LEN].iter().any(|n| *n > 0);
            Block { shape, groups: groups.filter(has_postings).collect(), bytes }
        })
        .collect();
    let tracks_at = entry(n_blocks);
    let track = |i: usize| {
        let at = tracks_at + i * TRACK_ENTRY_LEN;
        (u64_at(at), u64_at(at + 8), u32_at(at + 16))
    };
    Parts {
        totals: [u64_at(24), u64_at(32), u64_at(40)],
        blocks,
        tracks: (0..n_tracks).map(track).collect(),
        names: bytes[tracks_at + n_tracks * TRACK_ENTRY_LEN..].to_vec(),
        directory_len,
    }
}

/// The bytes of tracks, bases, words, directory and lists.
fn part_lens(shape: &[u32; 6], directory_len: usize) -> [usize; 5] {
    let [_, n_tracks, n_peak_blocks, _, cell_bits, n_postings] = shape.map(|field| field as usize);
    let lists = n_postings.saturating_mul(cell_bits).div_ceil(8).saturating_add(8);
    [8 * (n_tracks + 1), 4 * n_peak_blocks, 128 * n_peak_blocks, directory_len, lists]
}

impl Parts {
    fn edit(&mut self, edit: &Edit) {
        let n_blocks = self.blocks.len();
        let block_of = |block: u8| usize::from(block) % n_blocks.max(1);
        let n_tracks = self.tracks.len();
        let track_of = |track: u8| usize::from(track) % n_tracks.max(1);
        match *edit {
            Edit::Shape { block, field, number } => self.set_shape(block_of(block), usize::from(field) % 6, number),
            Edit::Part { block, part, at, number } => {
                if let Some(place) = self.part(block_of(block), part, at & !3).and_then(|p| p.first_chunk_mut()) {
                    *place = number.of(u32::from_le_bytes(*place)).to_le_bytes();
                }
            }
            Edit::Byte { block, part, at, byte } => {
                if let Some(place) = self.part(block_of(block), part, at).and_then(<[u8]>::first_mut) {
                    *place = byte;
                }
            }
            Edit::CopyBlock { block } if (1..N_BLOCKS_MAX).contains(&n_blocks) => {
                let copy = self.blocks[block_of(block)].clone();
                self.blocks.push(copy);
                self.settle();
            }
            Edit::DropBlock { block } if n_blocks > 0 => {
                self.blocks.remove(block_of(block));
                self.settle();
            }
            Edit::CopyBlock { .. } | Edit::DropBlock { .. } => {}
            Edit::Key { track, number } if n_tracks > 0 => self.tracks[track_of(track)].0 = number,
            Edit::Duration { track, number } if n_tracks > 0 => self.tracks[track_of(track)].1 = number,
            Edit::NameEnd { track, number } if n_tracks > 0 => {
                let end = &mut self.tracks[track_of(track)].2;
                *end = number.of(*end);
            }
            Edit::Key { .. } | Edit::Duration { .. } | Edit::NameEnd { .. } => {}
            Edit::Names { ref names } => {
                self.names.clone_from(names);
                if let Some(last) = self.tracks.last_mut() {
                    last.2 = names.len() as u32;
                }
            }
            Edit::Total { field, number } => self.totals[usize::from(field) % 3] = number,
        }
    }

    fn set_shape(&mut self, block: usize, field: usize, number: Number) {
        let directory_len = self.directory_len;
        let Some(block) = self.blocks.get_mut(block) else { return };
        let before = block.shape;
        block.shape[field] = number.of(before[field]);
        let lens = part_lens(&block.shape, directory_len);
        if lens.iter().sum::<usize>() <= BLOCK_LEN_MAX {
            let mut bytes = Vec::new();
            let mut rest = block.bytes.as_slice();
            for (len_before, len) in part_lens(&before, directory_len).into_iter().zip(lens) {
                let (part, tail) = rest.split_at(len_before.min(rest.len()));
                rest = tail;
                let end = bytes.len() + len;
                bytes.extend(&part[..part.len().min(len)]);
                bytes.resize(end, 0);
            }
            block.bytes = bytes;
        }
        if field == 1 {
            self.settle();
        }
    }

    /// Numbers the tracks of all blocks anew, and makes the table of tracks as long as it must be.
    fn settle(&mut self) {
        let mut n_tracks = 0u32;
        for block in &mut self.blocks {
            block.shape[0] = n_tracks;
            n_tracks = n_tracks.saturating_add(block.shape[1]);
        }
        let filler = self.tracks.last().map_or((0, 0, self.names.len() as u32), |t| (9, 9, t.2));
        self.tracks.resize((n_tracks as usize).min(N_TRACKS_MAX), filler);
        if let Some(last) = self.tracks.last_mut() {
            last.2 = self.names.len() as u32;
        }
    }

    /// A part of a block from `at`, taken modulo its length, on.
    fn part(&mut self, block: usize, part: Part, at: u32) -> Option<&mut [u8]> {
        let block = self.blocks.get_mut(block)?;
        let lens = part_lens(&block.shape, self.directory_len);
        let index = match part {
            Part::Tracks => 0,
            Part::Bases => 1,
            Part::Words => 2,
            Part::Group | Part::Directory => 3,
            Part::Lists => 4,
        };
        let start: usize = lens[..index].iter().sum();
        let mut at = at as usize;
        if let Part::Group = part {
            // The upper bytes say which group, the lowest where in it.
            let group = block.groups.get((at >> 8) % block.groups.len().max(1))?;
            at = group + (at & 0xff) % GROUP_LEN;
        }
        let bytes = block.bytes.get_mut(start..)?;
        let len = lens[index].min(bytes.len());
        bytes[..len].get_mut(at.checked_rem(len)?..)
    }

    /// The file, and where its tables begin.
    fn to_bytes(&self) -> (Vec<u8>, usize) {
        let len: usize = self.blocks.iter().map(|block| block.bytes.len()).sum();
        let mut bytes = Vec::with_capacity(HEADER_LEN + len + 4096);
        bytes.extend(b"PHONOSEG\x01\0\0\0");
        bytes.extend((self.tracks.len() as u32).to_le_bytes());
        bytes.extend((self.blocks.len() as u32).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.totals.iter().flat_map(|total| total.to_le_bytes()));
        let tables_at = HEADER_LEN + len;
        bytes.extend((tables_at as u64).to_le_bytes());
        bytes.resize(HEADER_LEN, 0);
        let mut entries = Vec::new();
        for block in &self.blocks {
            entries.extend((bytes.len() as u64).to_le_bytes());
            entries.extend(block.shape.iter().flat_map(|field| field.to_le_bytes()));
            entries.extend(crc32fast::hash(&block.bytes).to_le_bytes());
            bytes.extend(&block.bytes);
        }
        bytes.extend(entries);
        for (key, duration_ms, name_end) in &self.tracks {
            bytes.extend(key.to_le_bytes());
            bytes.extend(duration_ms.to_le_bytes());
            bytes.extend(name_end.to_le_bytes());
        }
        bytes.extend(&self.names);
        seal(&mut bytes, tables_at);
        (bytes, tables_at)
    }
}
