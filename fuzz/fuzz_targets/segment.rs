//! Segments: however damaged, they are refused or answer wrongly, and never panic.
#![no_main]

use fingerprint::{Explanation, Fingerprint, SearchOptions, Searcher, Segment, Source, Track};
use fuzz::segment::{Recipe, query};
use libfuzzer_sys::fuzz_target;

/// Tracks that are looked at.
const N_TRACKS_MAX: u32 = 64;

fuzz_target!(|recipe: Recipe| {
    let segment = match Segment::from_bytes(recipe.bytes()) {
        Ok(segment) => segment,
        Err(error) => {
            assert!(!recipe.is_good(), "{error}");
            return;
        }
    };
    let is_whole = segment.verify().is_ok();
    assert!(is_whole || !recipe.is_good());
    let mut tracks: Vec<(Track, Fingerprint)> = Vec::new();
    for ordinal in 0..segment.n_tracks().min(N_TRACKS_MAX) {
        let (track, print) = (segment.track(ordinal).unwrap(), segment.fingerprint(ordinal).unwrap());
        assert!(print.peaks().is_sorted_by_key(|p| (p.frame, p.pitch)));
        tracks.push((track, print));
    }
    assert!(segment.track(segment.n_tracks()).is_none() && segment.fingerprint(u32::MAX).is_none());
    if recipe.is_good() {
        rebuild(&tracks);
    }
    search(&segment, recipe.is_good());
});

/// What comes out of a good segment goes into another.
fn rebuild(tracks: &[(Track, Fingerprint)]) {
    let bytes = Segment::build(tracks.iter().map(|(track, print)| (track, print))).unwrap();
    let again = Segment::from_bytes(bytes).unwrap();
    for ((track, print), ordinal) in tracks.iter().zip(0..) {
        assert_eq!((again.track(ordinal).as_ref(), again.fingerprint(ordinal).as_ref()), (Some(track), Some(print)));
        assert_eq!(&Fingerprint::from_bytes(&print.to_bytes()).unwrap(), print);
    }
}

fn search(segment: &Segment, is_good: bool) {
    let source = Source { segment, allowed: None };
    let query = query();
    let options = SearchOptions { threshold: 0.0, n_matches_max: 3 };
    let matches = Searcher::new().search(&[source], &query, &options);
    assert!(!is_good || segment.n_tracks() == 0 || (matches[0].track == 0 && matches[0].score > 90.0));
    for found in &matches {
        assert!(found.track < segment.n_tracks(), "{found:?}");
        assert!((0.0..=100.0).contains(&found.score), "{found:?}");
        assert!(found.query_ms.start <= found.query_ms.end && found.track_ms.start <= found.track_ms.end, "{found:?}");
        let _ = Explanation::of(&source, &query, found);
    }
}
