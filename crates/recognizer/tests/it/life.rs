//! Adding, replacing, removing, moving, merging, and opening again.

use fingerprint::{Fingerprint, Peak, SearchOptions};
use recognizer::{Access, Change, Error, ErrorKind, Maintenance, NAME_LEN_MAX, Options, Outcome, Recognizer};

use crate::support::{copy, files, listed, names, small, sound};

#[test]
fn a_track_is_found_at_once_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    {
        let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
        let key = recognizer.add("songs", "one", sound(1)).unwrap();
        assert_eq!(names(&recognizer, None, &sound(1)), ["songs/one"]);
        let found = &recognizer.identify(None, &sound(1).slice(4_000..10_000), &Default::default())[0];
        assert_eq!((found.track.key, found.track.duration_ms), (key, 12_000));
        let error_ms = found.hit.track_time_ms(3_000.0) - 7_000.0;
        assert!(error_ms.abs() < 60.0, "{error_ms} ms off");
        assert!(names(&recognizer, None, &sound(2)).is_empty());
    }
    let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
    assert_eq!(names(&recognizer, None, &sound(1)), ["songs/one"]);
    recognizer.flush().unwrap();
    assert_eq!(names(&recognizer, None, &sound(1)), ["songs/one"]);
    assert_eq!(recognizer.stats().n_in_memory, 0);
}

#[test]
fn a_removed_track_is_never_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    for seed in 0..12 {
        recognizer.add("songs", &format!("{seed:02}"), sound(seed)).unwrap();
    }
    assert!(recognizer.stats().n_segments > 0 && recognizer.stats().n_in_memory > 0);
    for seed in [1, 11] {
        assert!(recognizer.remove("songs", &format!("{seed:02}")).unwrap());
        assert!(!recognizer.remove("songs", &format!("{seed:02}")).unwrap(), "it is gone already");
    }
    let check = |recognizer: &Recognizer| {
        for seed in 0..12 {
            let is_there = ![1, 11].contains(&seed);
            assert_eq!(names(recognizer, None, &sound(seed)).len(), usize::from(is_there), "{seed}");
            assert_eq!(recognizer.track("songs", &format!("{seed:02}")).is_some(), is_there);
        }
        assert_eq!(listed(recognizer).len(), 10);
    };
    check(&recognizer);
    drop(recognizer);
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    check(&recognizer);
    recognizer.flush().unwrap();
    check(&recognizer);
    recognizer.merge().unwrap();
    check(&recognizer);
    let stats = recognizer.stats();
    assert_eq!((stats.n_segments, stats.n_removed, stats.n_tracks, stats.audio_ms), (1, 0, 10, 120_000));
    drop(recognizer);
    check(&Recognizer::open(folder.path(), small()).unwrap());
}

#[test]
fn a_replaced_track_sounds_new_only() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    let first = recognizer.add("songs", "one", sound(1)).unwrap();
    recognizer.flush().unwrap();
    let second = recognizer.add("songs", "one", sound(2)).unwrap();
    assert_ne!(first, second);
    for _ in 0..3 {
        assert!(names(&recognizer, None, &sound(1)).is_empty());
        assert_eq!(names(&recognizer, None, &sound(2)), ["songs/one"]);
        recognizer.merge().unwrap();
    }
    assert_eq!(recognizer.track("songs", "one").unwrap().key, second);
}

#[test]
fn a_moved_track_keeps_its_key_and_changes_its_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    let key = recognizer.add("a", "one", sound(1)).unwrap();
    recognizer.add("b", "one", sound(2)).unwrap();
    recognizer.flush().unwrap();
    assert!(recognizer.move_to("a", "one", "b").unwrap());
    assert!(!recognizer.move_to("a", "one", "b").unwrap(), "there is nothing left to move");
    assert!(recognizer.move_to("b", "one", "b").unwrap());
    let check = |recognizer: &Recognizer| {
        assert_eq!(names(recognizer, None, &sound(1)), ["b/one"]);
        assert_eq!(names(recognizer, Some(&["b"]), &sound(1)), ["b/one"]);
        assert!(names(recognizer, Some(&["a"]), &sound(1)).is_empty());
        assert!(names(recognizer, None, &sound(2)).is_empty(), "it was in the way");
        assert_eq!(recognizer.track("b", "one").unwrap().key, key);
    };
    check(&recognizer);
    drop(recognizer);
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    check(&recognizer);
    recognizer.merge().unwrap();
    check(&recognizer);
}

#[test]
fn queries_see_the_buckets_they_name() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    for (bucket, seed) in [("a", 1), ("b", 1), ("c", 2), ("a", 3), ("c", 4), ("", 5)] {
        let added = recognizer.add(bucket, &format!("{seed}"), sound(seed));
        assert_eq!(added.is_err(), bucket.is_empty());
    }
    for _ in 0..2 {
        let found = |buckets: Option<&[&str]>, seed| names(&recognizer, buckets, &sound(seed));
        assert_eq!(found(Some(&["a"]), 1), ["a/1"]);
        assert_eq!(found(Some(&["b"]), 1), ["b/1"]);
        assert_eq!(found(Some(&["c"]), 1), [""; 0]);
        assert_eq!(found(None, 2), ["c/2"]);
        assert_eq!(found(Some(&["a", "c", "nowhere"]), 2), ["c/2"]);
        assert_eq!(found(Some(&["a", "b"]), 2), [""; 0]);
        assert_eq!(found(Some(&[]), 1), [""; 0]);
        recognizer.flush().unwrap();
    }
}

#[test]
fn a_fingerprint_that_no_file_can_hold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
    let peak = Peak { frame: 1, pitch: 100, prominence: 0, rank: 0 };
    let twice = Fingerprint::from_peaks(vec![peak, peak], 1_000);
    assert!(recognizer.add("songs", "twice", twice).is_err());
    recognizer.add("songs", "once", Fingerprint::from_peaks(vec![peak], 1_000)).unwrap();
    drop(recognizer);
    assert_eq!(listed(&Recognizer::open(folder.path(), Options::default()).unwrap()), ["songs/once"]);
}

#[test]
fn changes_of_one_call_are_done_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
    let put = |seed| Change::Put { bucket: "b".to_owned(), name: "x".to_owned(), fingerprint: sound(seed) };
    let remove = || Change::Remove { bucket: "b".to_owned(), name: "x".to_owned() };
    let outcomes = recognizer.apply(vec![remove(), put(1), put(2), remove(), remove(), put(3)]).unwrap();
    assert!(matches!(
        outcomes[..],
        [
            Outcome::Absent,
            Outcome::Added { key: 1 },
            Outcome::Replaced { key: 2 },
            Outcome::Removed,
            Outcome::Absent,
            Outcome::Added { key: 4 }
        ]
    ));
    drop(recognizer);
    let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
    assert_eq!(listed(&recognizer), ["b/x"]);
    assert_eq!(names(&recognizer, None, &sound(3)), ["b/x"]);
    assert!(names(&recognizer, None, &sound(2)).is_empty());
}

#[test]
fn names_have_limits() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
    let longest = "ü".repeat(NAME_LEN_MAX / 2);
    recognizer.add("b", &longest, sound(1)).unwrap();
    recognizer.flush().unwrap();
    assert_eq!(recognizer.track("b", &longest).unwrap().name, longest);
    for (bucket, name) in [("b", format!("{longest}x")), ("b", String::new()), (&*"b".repeat(256), "x".to_owned())] {
        let error = recognizer.add(bucket, &name, sound(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[test]
fn buckets_with_much_audio_get_their_own_segments() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { own_segment_audio_ms: 70_000, ..small() };
    let recognizer = Recognizer::open(folder.path(), options.clone()).unwrap();
    for seed in 0..30 {
        let bucket = ["large", "huge", "small"][[0, 1, 0, 1, 1, 2][seed as usize % 6]];
        recognizer.add(bucket, &format!("{seed}"), sound(seed)).unwrap();
    }
    recognizer.merge().unwrap();
    assert_eq!(recognizer.stats().n_segments, 3);
    for seed in 0..30 {
        assert_eq!(names(&recognizer, None, &sound(seed)).len(), 1, "{seed}");
    }
    recognizer.merge().unwrap();
    let tiny = Options { segment_audio_ms_max: 60_000, ..options };
    drop(recognizer);
    let recognizer = Recognizer::open(folder.path(), tiny).unwrap();
    recognizer.remove("large", "0").unwrap();
    recognizer.merge().unwrap();
    assert!(recognizer.stats().n_segments > 3, "segments have a greatest length");
    assert_eq!(listed(&recognizer).len(), 29);
    assert!(recognizer.verify(&mut |_, _| ()).problems.is_empty());
}

#[test]
fn merging_in_the_background_keeps_few_files() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { maintenance: Maintenance::Background, ..small() };
    {
        let recognizer = Recognizer::open(folder.path(), options.clone()).unwrap();
        for seed in 0..60 {
            recognizer.add("songs", &format!("{seed}"), sound(seed % 7)).unwrap();
        }
    }
    let recognizer = Recognizer::open(folder.path(), options).unwrap();
    recognizer.flush().unwrap();
    assert_eq!(recognizer.stats().problem, None);
    assert_eq!(listed(&recognizer).len(), 60);
    drop(recognizer);
    let n_files = files(folder.path()).len();
    assert!(n_files < 20, "{n_files}");
}

#[test]
fn one_process_writes_and_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let reading = Options { access: Access::Read, ..small() };
    assert!(matches!(Recognizer::open(folder.path(), reading.clone()), Err(Error::NoIndex(_))));
    let writer = Recognizer::open(folder.path(), small()).unwrap();
    writer.add("songs", "one", sound(1)).unwrap();
    assert!(matches!(Recognizer::open(folder.path(), small()), Err(Error::Locked(_))));
    let reader = Recognizer::open(folder.path(), reading.clone()).unwrap();
    writer.add("songs", "two", sound(2)).unwrap();
    writer.merge().unwrap();
    assert_eq!(listed(&reader), ["songs/one"], "what was there when it was opened");
    assert_eq!(names(&reader, None, &sound(1)), ["songs/one"]);
    assert!(matches!(reader.add("songs", "x", sound(3)), Err(Error::ReadOnly)));
    assert!(matches!(reader.merge(), Err(Error::ReadOnly)));
    assert_eq!(listed(&Recognizer::open(folder.path(), reading).unwrap()).len(), 2);
    drop(writer);
    Recognizer::open(folder.path(), small()).unwrap();
}

#[test]
fn an_archive_carries_everything() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let recognizer = Recognizer::open(one.path(), small()).unwrap();
    for seed in 0..8 {
        recognizer.add(["a", "b"][seed as usize % 2], &format!("{seed}"), sound(seed)).unwrap();
    }
    recognizer.remove("a", "0").unwrap();
    let mut archive = Vec::new();
    assert_eq!(recognizer.export(&mut archive).unwrap(), 7);
    let other = Recognizer::open(two.path(), Options::default()).unwrap();
    other.add("a", "2", sound(100)).unwrap();
    assert_eq!(other.import(&archive[..], &mut |_| ()).unwrap(), 7);
    assert_eq!(listed(&other), listed(&recognizer));
    for seed in 1..8 {
        assert_eq!(names(&other, None, &sound(seed)), names(&recognizer, None, &sound(seed)));
    }
    assert!(names(&other, None, &sound(100)).is_empty(), "it was replaced");
    let mut again = Vec::new();
    other.export(&mut again).unwrap();
    assert!(other.import(&archive[..archive.len() - 1], &mut |_| ()).is_err());
}

#[test]
fn a_match_is_explained_as_it_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    for seed in 1..8 {
        recognizer.add(if seed == 7 { "b" } else { "a" }, &seed.to_string(), sound(seed)).unwrap();
    }
    let options = SearchOptions::default();
    for seed in 1..8 {
        let found = recognizer.identify(None, &sound(seed), &options).remove(0);
        let (explained, explanation) = recognizer.explain(None, &sound(seed), &options).unwrap();
        assert_eq!((&explained.track, &explained.hit), (&found.track, &found.hit));
        assert!(explanation.worth > 4.0 * explanation.chance, "{} over {}", explanation.worth, explanation.chance);
    }
    assert!(recognizer.explain(Some(&["a"]), &sound(7), &options).is_none());
    let any = SearchOptions { threshold: 0.0, ..options };
    let candidate = recognizer.explain(Some(&["a"]), &sound(7), &any);
    assert!(candidate.is_none_or(|(found, _)| found.hit.score < options.threshold && &*found.track.bucket == "a"));
    assert!(recognizer.explain(Some(&["none"]), &sound(1), &any).is_none());
}

#[test]
fn what_a_stopped_process_leaves_is_swept_up() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    {
        let recognizer = Recognizer::open(folder.path(), small()).unwrap();
        recognizer.add("songs", "one", sound(1)).unwrap();
        recognizer.flush().unwrap();
    }
    copy(folder.path(), other.path());
    let before = files(other.path());
    for name in [
        "segments/0000000077.seg",
        "segments/0000000078.seg.part",
        "manifest.tmp",
        "changelog/00000000000000000000.log",
    ] {
        std::fs::write(other.path().join(name), "rest").unwrap();
    }
    let recognizer = Recognizer::open(other.path(), small()).unwrap();
    assert_eq!(files(other.path()), before);
    assert_eq!(names(&recognizer, None, &sound(1)), ["songs/one"]);
}
