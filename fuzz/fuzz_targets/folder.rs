//! A whole index whose files lie: opening it fails, or it answers as well as it can, and never panics.
#![no_main]

use std::fs;
use std::path::Path;

use arbitrary::Arbitrary;
use fingerprint::SearchOptions;
use fuzz::peaks::FingerprintRecipe;
use fuzz::seeds::{ManifestSegment, manifest, record};
use fuzz::segment::{Recipe, query};
use libfuzzer_sys::fuzz_target;
use recognizer::archive::ArchiveReader;
use recognizer::changelog::Entry;
use recognizer::{Access, Options, Recognizer};
use tempfile::TempDir;

/// Makes a folder in memory where the system has such a place.
fn make_folder() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }?;
    fs::create_dir(folder.path().join("changelog"))?;
    fs::create_dir(folder.path().join("segments"))?;
    Ok(folder)
}

#[derive(Arbitrary, Debug)]
struct Input {
    absorbed: Absorbed,
    segment: Option<Recipe>,
    /// The first of its buckets and how many tracks they have.
    runs: Vec<(String, u8)>,
    /// How many tracks the segment is said to have, if not as many as it has.
    n_tracks: Option<u32>,
    removed: Vec<u8>,
    records: Vec<Vec<Change>>,
    /// Bytes that are overwritten in the changelog, without repairing its checksums.
    damage: Option<(u16, u8)>,
}

#[derive(Arbitrary, Debug)]
enum Absorbed {
    Nothing,
    Any(u64),
}

#[derive(Arbitrary, Debug)]
enum Change {
    Put { bucket: u8, name: u8, print: FingerprintRecipe },
    Remove { bucket: u8, name: u8 },
    Move { bucket: u8, name: u8, to: u8, key: u64, print: FingerprintRecipe },
    Any { kind: u8, bucket: String, name: String, print: Vec<u8> },
}

const NAMES: [&str; 5] = ["", "a", "track 0", "track 1", "ü"];

fn name(index: u8) -> &'static str {
    NAMES[usize::from(index) % NAMES.len()]
}

impl Input {
    fn write(&self, folder: &Path) -> std::io::Result<()> {
        let absorbed = match self.absorbed {
            Absorbed::Nothing => 0,
            Absorbed::Any(absorbed) => absorbed,
        };
        let mut segments = Vec::new();
        if let Some(recipe) = &self.segment {
            let bytes = recipe.bytes();
            fs::write(folder.join("segments/0000000007.seg"), &bytes)?;
            let n_tracks = bytes.get(12..16).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
            segments.push(self.entry(n_tracks));
        }
        fs::write(folder.join("manifest"), manifest(absorbed, 8, &segments))?;
        let first = absorbed.wrapping_add(1);
        fs::write(folder.join(format!("changelog/{first:020}.log")), self.changelog(first))
    }

    /// What the manifest says of a segment, mostly that its tracks are where they must be.
    fn entry(&self, n_tracks: u32) -> ManifestSegment<'_> {
        let mut runs: Vec<(&str, u32)> =
            self.runs.iter().map(|(bucket, n_tracks)| (bucket.as_str(), u32::from(*n_tracks))).collect();
        let n_before = runs.iter().map(|(_, n)| n).sum();
        if let Some(n_left) = n_tracks.checked_sub(n_before).filter(|n| *n > 0) {
            runs.push(("track", n_left));
        }
        ManifestSegment { number: 7, n_tracks: self.n_tracks.unwrap_or(n_tracks), runs, removed: self.removed.clone() }
    }

    fn changelog(&self, first: u64) -> Vec<u8> {
        let mut file = b"PHONOLOG\x01\0\0\0".to_vec();
        file.extend(first.to_le_bytes());
        file.extend(crc32fast::hash(&file).to_le_bytes());
        let mut next = first;
        for changes in &self.records {
            let prints: Vec<Vec<u8>> = changes.iter().map(Change::print).collect();
            let entries: Vec<Entry<'_>> =
                changes.iter().zip(&prints).map(|(change, print)| change.entry(print)).collect();
            file.extend(record(next, &entries));
            next = next.wrapping_add(entries.len() as u64);
        }
        if let Some((at, byte)) = self.damage {
            let at = usize::from(at) % file.len();
            file[at] = byte;
        }
        file
    }
}

impl Change {
    fn print(&self) -> Vec<u8> {
        match self {
            Self::Put { print, .. } | Self::Move { print, .. } => print.fingerprint().to_bytes(),
            Self::Remove { .. } => Vec::new(),
            Self::Any { print, .. } => print.clone(),
        }
    }

    fn entry<'a>(&'a self, fingerprint: &'a [u8]) -> Entry<'a> {
        match self {
            Self::Put { bucket, name: track, .. } => {
                Entry::Put { bucket: name(*bucket), name: name(*track), fingerprint }
            }
            Self::Remove { bucket, name: track } => Entry::Remove { bucket: name(*bucket), name: name(*track) },
            Self::Move { bucket, name: track, to, key, .. } => {
                Entry::Move { bucket: name(*bucket), name: name(*track), to: name(*to), key: *key, fingerprint }
            }
            Self::Any { kind, bucket, name, .. } if kind % 2 == 0 => Entry::Put { bucket, name, fingerprint },
            Self::Any { bucket, name, .. } => Entry::Remove { bucket, name },
        }
    }
}

fuzz_target!(|input: Input| {
    let folder = make_folder().unwrap();
    input.write(folder.path()).unwrap();
    let options = Options { access: Access::Read, ..Options::default() };
    let Ok(recognizer) = Recognizer::open(folder.path(), options) else { return };
    let is_whole = recognizer.verify(&mut |_, _| ()).problems.is_empty();
    let stats = recognizer.stats();
    assert_eq!(recognizer.tracks().count() as u64, stats.n_tracks);
    let search = SearchOptions { threshold: 0.0, n_matches_max: 3 };
    for buckets in [None, Some(&["", "a", "track"][..])] {
        let _ = recognizer.identify(buckets, &query(), &search);
        let _ = recognizer.explain(buckets, &query(), &search);
    }
    let mut archive = Vec::new();
    let exported = recognizer.export(&mut archive);
    if is_whole && input.segment.as_ref().is_none_or(Recipe::is_good) && exported.is_ok() {
        let n_tracks = ArchiveReader::new(&archive[..]).unwrap().map(Result::unwrap).count() as u64;
        assert_eq!(n_tracks, stats.n_tracks);
    }
});
