//! Many threads at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use recognizer::{Maintenance, Options, Recognizer};

use crate::support::{listed, names, small, sound};

#[test]
fn queries_go_on_while_tracks_come_and_go_and_segments_merge() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { maintenance: Maintenance::Background, ..small() };
    let recognizer = Recognizer::open(folder.path(), options).unwrap();
    let sounds: Vec<_> = (0..20).map(sound).collect();
    recognizer.add("songs", "lasting", sounds[0].clone()).unwrap();
    let (is_over, n_queries) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert_eq!(names(&recognizer, None, &sounds[0]), ["songs/lasting"]);
                    n_queries.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..6 {
            for (seed, sound) in sounds.iter().enumerate().skip(1) {
                let name = format!("{seed}");
                recognizer.add("songs", &name, sound.clone()).unwrap();
                assert_eq!(names(&recognizer, None, sound), [format!("songs/{name}")]);
                if (seed + round) % 3 == 0 {
                    assert!(recognizer.remove("songs", &name).unwrap());
                    assert!(names(&recognizer, None, sound).is_empty(), "removed");
                }
            }
            recognizer.merge().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(n_queries.load(Ordering::Relaxed) > 0);
    assert_eq!(recognizer.stats().problem, None);
    assert!(recognizer.verify(&mut |_, _| ()).problems.is_empty());
}

#[test]
fn writers_share_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), small()).unwrap();
    let sound = sound(1);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (recognizer, sound) = (&recognizer, &sound);
            scope.spawn(move || {
                for n in 0..12 {
                    recognizer.add("songs", &format!("{writer}-{n}"), sound.clone()).unwrap();
                    if n % 4 == 0 {
                        assert!(recognizer.remove("songs", &format!("{writer}-{n}")).unwrap());
                    }
                }
            });
        }
    });
    let expected = listed(&recognizer);
    assert_eq!(expected.len(), 8 * 9);
    let mut keys: Vec<u64> = recognizer.tracks().map(|track| track.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), expected.len(), "keys are unique");
    drop(recognizer);
    assert_eq!(listed(&Recognizer::open(folder.path(), small()).unwrap()), expected);
}

#[test]
fn a_list_that_is_read_slowly_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
    recognizer.add("songs", "0", sound(0)).unwrap();
    let mut n_listed = 0;
    let lists: Vec<_> = (1..5)
        .map(|seed| {
            let list = recognizer.tracks();
            recognizer.add("songs", &format!("{seed}"), sound(seed)).unwrap();
            assert_eq!(names(&recognizer, None, &sound(seed)).len(), 1);
            list
        })
        .collect();
    for list in lists {
        n_listed += list.count();
    }
    assert_eq!(n_listed, 1 + 2 + 3 + 4);
}
