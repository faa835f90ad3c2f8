//! Any fingerprints, indexed in memory and in a segment: both hold and find the same, and give back what any reader takes.
#![no_main]

use arbitrary::Arbitrary;
use fingerprint::{Explanation, Fingerprint, MemorySegment, SearchOptions, Searcher, Segment, Source, Track};
use fuzz::peaks::FingerprintRecipe;
use libfuzzer_sys::fuzz_target;

const N_TRACKS_MAX: usize = 6;

#[derive(Arbitrary, Debug)]
struct Input {
    tracks: Vec<FingerprintRecipe>,
    query: FingerprintRecipe,
    /// Which track the query is a part of, unless it is itself.
    part: Option<(u8, u16, u16)>,
}

fuzz_target!(|input: Input| {
    let mut memory = MemorySegment::new();
    let mut kept: Vec<(Track, Fingerprint)> = Vec::new();
    for recipe in input.tracks.iter().take(N_TRACKS_MAX) {
        let print = recipe.fingerprint();
        assert_eq!(Fingerprint::from_bytes(&print.to_bytes()).unwrap(), print);
        let track = Track { key: kept.len() as u64, name: String::from("a"), duration_ms: print.duration_ms() };
        if memory.add(track.clone(), &print).is_ok() {
            kept.push((track, print));
        }
    }
    let bytes = Segment::build(kept.iter().map(|(track, print)| (track, print))).unwrap();
    let segment = Segment::from_bytes(bytes.clone()).unwrap();
    segment.verify().unwrap();
    assert_eq!(segment.n_tracks(), memory.n_tracks());
    let mut stored: Vec<(Track, Fingerprint)> = Vec::new();
    for ordinal in 0..segment.n_tracks() {
        let (track, print) = (segment.track(ordinal).unwrap(), segment.fingerprint(ordinal).unwrap());
        assert_eq!((memory.track(ordinal), memory.fingerprint(ordinal).as_ref()), (Some(&track), Some(&print)));
        assert_eq!(Fingerprint::from_bytes(&print.to_bytes()).unwrap(), print);
        stored.push((track, print));
    }
    let again = Segment::build(stored.iter().map(|(track, print)| (track, print))).unwrap();
    assert!(again == bytes, "what comes out of a segment makes the same segment");

    let query = match input.part {
        Some((track, start_ms, len_ms)) if !kept.is_empty() => {
            let (start_ms, len_ms) = (u64::from(start_ms), u64::from(len_ms));
            kept[usize::from(track) % kept.len()].1.slice(start_ms..start_ms + len_ms)
        }
        _ => input.query.fingerprint(),
    };
    let options = SearchOptions { threshold: 5.0, n_matches_max: 3 };
    let (on_disk, in_memory) =
        (Source { segment: &segment, allowed: None }, Source { segment: &memory, allowed: None });
    let found = Searcher::new().search(&[on_disk], &query, &options);
    // Lists too long for a segment are left out of it.
    if segment.stats().n_postings == memory.n_postings() {
        assert_eq!(Searcher::new().search(&[in_memory], &query, &options), found);
    }
    for found in &found {
        assert!(found.track < segment.n_tracks() && (5.0..=100.0).contains(&found.score), "{found:?}");
        assert_eq!(Explanation::of(&on_disk, &query, found), Explanation::of(&in_memory, &query, found));
    }
});
