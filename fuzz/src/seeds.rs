//! Good files to begin with.

use fingerprint::{Fingerprint, Peak};
use recognizer::archive::ArchiveWriter;
use recognizer::changelog::Entry;

use crate::peaks::{lasting, strewn};
use crate::seal;

/// Fingerprint files.
#[must_use]
pub fn fingerprints() -> Vec<Vec<u8>> {
    let peak = |frame, pitch| Peak { frame, pitch, prominence: 9, rank: 3 };
    let far = Fingerprint::from_peaks(vec![peak(0, 5), peak(0, 9), peak(130, 5119), peak(70_000, 0)], 1_200_000);
    // As many as there may be in half a second, as near to each other as they go, twice.
    let dense = (0..72).map(|i| peak(if i < 36 { 30 } else { 31 }, i % 36 * 8)).collect();
    [Fingerprint::default(), far, lasting(strewn(1, 100)), lasting(dense)].iter().map(Fingerprint::to_bytes).collect()
}

/// Records of a changelog, one file of them each.
#[must_use]
pub fn changelogs() -> Vec<Vec<u8>> {
    let files = fingerprints();
    let put = Entry::Put { bucket: "b", name: "one", fingerprint: &files[1] };
    let entry = Entry::Move { bucket: "b", name: "one", to: "ü", key: 77, fingerprint: &files[0] };
    let remove = Entry::Remove { bucket: "ü", name: "one" };
    vec![record(1, &[put, entry, remove]), [record(1, &[put]), record(2, &[remove])].concat()]
}

/// Writes a record as the changelog documents it.
#[must_use]
pub fn record(first: u64, entries: &[Entry<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for entry in entries {
        put_entry(&mut body, *entry);
    }
    let mut record = b"PhRc".to_vec();
    record.extend((body.len() as u32).to_le_bytes());
    record.extend(first.to_le_bytes());
    record.extend((entries.len() as u32).to_le_bytes());
    record.extend(crc32fast::hash(&body).to_le_bytes());
    record.extend(crc32fast::hash(&record).to_le_bytes());
    record.extend(body);
    record
}

fn put_entry(out: &mut Vec<u8>, entry: Entry<'_>) {
    let (kind, bucket, name) = match entry {
        Entry::Put { bucket, name, .. } => (1, bucket, name),
        Entry::Remove { bucket, name } => (2, bucket, name),
        Entry::Move { bucket, name, .. } => (3, bucket, name),
    };
    out.push(kind);
    put_text(out, bucket);
    put_text(out, name);
    if let Entry::Move { to, key, .. } = entry {
        put_text(out, to);
        out.extend(key.to_le_bytes());
    }
    if let Entry::Put { fingerprint, .. } | Entry::Move { fingerprint, .. } = entry {
        out.extend((fingerprint.len() as u32).to_le_bytes());
        out.extend(fingerprint);
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
}

/// A segment's entry in a manifest.
#[derive(Clone, Debug)]
pub struct ManifestSegment<'a> {
    /// Its number.
    pub number: u64,
    /// How many tracks it says to have.
    pub n_tracks: u32,
    /// Buckets and how many tracks each has.
    pub runs: Vec<(&'a str, u32)>,
    /// Gaps between the ordinals of removed tracks.
    pub removed: Vec<u8>,
}

/// Writes a manifest as its format documents it.
#[must_use]
pub fn manifest(absorbed: u64, next_segment: u64, segments: &[ManifestSegment<'_>]) -> Vec<u8> {
    let mut out = b"PHONOMAN\x01\0\0\0".to_vec();
    out.extend((segments.len() as u32).to_le_bytes());
    out.extend(absorbed.to_le_bytes());
    out.extend(next_segment.to_le_bytes());
    for segment in segments {
        out.extend(segment.number.to_le_bytes());
        out.extend(segment.n_tracks.to_le_bytes());
        out.extend((segment.runs.len() as u32).to_le_bytes());
        for (bucket, n_tracks) in &segment.runs {
            put_text(&mut out, bucket);
            out.extend(n_tracks.to_le_bytes());
        }
        out.extend((segment.removed.len() as u32).to_le_bytes());
        out.extend(segment.removed.iter().map(|gap| gap & 0x7f));
    }
    out.extend([0; 4]);
    seal::end(&mut out);
    out
}

/// Manifests.
#[must_use]
pub fn manifests() -> Vec<Vec<u8>> {
    let large = ManifestSegment { number: 2, n_tracks: u32::MAX, runs: vec![("b", u32::MAX)], removed: vec![5] };
    let two = ManifestSegment { number: 7, n_tracks: 9, runs: vec![("", 3), ("ü", 6)], removed: vec![0, 0, 3] };
    let one = ManifestSegment { number: 9, n_tracks: 1, runs: vec![("a", 1)], removed: vec![] };
    vec![manifest(12, 10, &[two, one]), manifest(0, 1, &[]), manifest(3, 3, &[large])]
}

/// Archives.
///
/// # Panics
/// When a writer refuses them.
#[must_use]
pub fn archives() -> Vec<Vec<u8>> {
    let archive = |prints: &[Fingerprint]| {
        let mut writer = ArchiveWriter::new(Vec::new()).expect("memory takes all");
        for (print, name) in prints.iter().zip(["one", "ü"]) {
            writer.add("b", name, print).expect("memory takes all");
        }
        writer.finish().expect("memory takes all")
    };
    vec![archive(&[]), archive(&[Fingerprint::default(), lasting(strewn(2, 60))])]
}
