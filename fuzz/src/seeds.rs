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

/// Scene documents.
#[must_use]
pub fn documents() -> Vec<Vec<u8>> {
    let layers = r##"{"version":1,"canvas":{"width":640,"height":360,"fps":25},"palette":{"a":"#20304a"},"captions":{},"scenes":[{
        "background":{"type":"gradient","gradient":{"stops":[{"at":0,"color":"$a"},{"at":1,"color":"red"}],"angle":45}},"layers":[
        {"id":"p","type":"avatar","avatar":"x","crop":"half","frame":{"x":0,"y":-5.5,"w":9,"h":9,"rotation":3},"enter":{"effect":"fade"}},
        {"type":"text","text":"hi","stroke":{"color":"#fff","width":1},"shadow":{"color":"#0008","blur":2},"align":"center"},
        {"type":"shape","shape":"star","fill":"$a","opacity":0.5,"start_ms":10,"end_ms":20},{"type":"image","image":"a.png","fit":"cover"}],
        "narration":[{"speaker":"p","text":"hi","rate":1.5},{"audio":"b.wav"}],"transition":{"effect":"wipe","from":"top"}}]}"##;
    let least = r#"{"version":1,"scenes":[{}]}"#;
    let sound = r#"{"version":1,"soundtrack":{"audio":"m","loop":false,"ducking":{"level":0}},"watermark":{"text":"w"},"dictionary":{"a":"b"},
        "scenes":[{"duration_ms":1,"layers":[{"type":"video","video":"v","loop":true},{"type":"audio","audio":"a","volume":2}]}]}"#;
    [layers, least, sound].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// SVG files.
#[must_use]
pub fn svgs() -> Vec<Vec<u8>> {
    let wrap = |inner: &str| {
        format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 40 20">{inner}</svg>"#)
            .into_bytes()
    };
    let shapes = r##"<defs><linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="#00f8"/></linearGradient>
        <pattern id="p" width="4" height="4" patternUnits="userSpaceOnUse"><circle r="2" cx="2" cy="2"/></pattern></defs>
        <g id="a" transform="rotate(20) scale(1.5)" opacity="0.5"><path d="M0 0C5 5 9 1 9 9z" fill="url(#g)" stroke="#000" stroke-dasharray="2 1"/></g>
        <use href="#a" x="9"/><ellipse cx="9" cy="9" rx="5" ry="3" fill="url(#p)"/>"##;
    let masks = r##"<clipPath id="c"><rect width="9" height="9"/></clipPath><mask id="m"><rect width="9" height="9" fill="#888"/></mask>
        <filter id="f"><feGaussianBlur stdDeviation="2"/><feOffset dx="1"/></filter><marker id="k"><path d="M0 0L2 1"/></marker>
        <g clip-path="url(#c)" mask="url(#m)"><polyline points="0,0 5,5 9,0" marker-mid="url(#k)" filter="url(#f)"/></g>"##;
    vec![wrap(shapes), wrap(masks), wrap("")]
}
