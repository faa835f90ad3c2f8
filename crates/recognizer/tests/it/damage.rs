//! Torn and damaged files: errors, never panics, and nothing made up.

use std::path::{Path, PathBuf};

use recognizer::{Access, ErrorKind, Options, Recognizer};

use crate::support::{copy, files, listed, names, small, sound};

fn extension(path: &Path) -> &str {
    path.extension().map_or("", |extension| extension.to_str().unwrap())
}

fn log_of(folder: &Path) -> PathBuf {
    files(folder).into_iter().rfind(|path| extension(path) == "log").unwrap()
}

#[test]
fn a_torn_record_is_cut_off_wherever_it_is_torn() {
    let (whole, torn) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let short = sound(7).slice(0..700);
    let len_before = {
        let recognizer = Recognizer::open(whole.path(), Options::default()).unwrap();
        recognizer.add("songs", "one", sound(1)).unwrap();
        let len = std::fs::metadata(log_of(whole.path())).unwrap().len() as usize;
        recognizer.add("songs", "two", short).unwrap();
        len
    };
    copy(whole.path(), torn.path());
    let log = log_of(torn.path());
    let bytes = std::fs::read(&log).unwrap();
    assert!(bytes.len() > len_before + 50);
    for len in len_before..bytes.len() {
        // After a power cut a file may have its new length and not its new bytes.
        let n_lost = (bytes.len() - len).min(40);
        for tail in [&[][..], &[0; 40][..n_lost], &[0xff; 40][..n_lost]] {
            std::fs::write(&log, [&bytes[..len], tail].concat()).unwrap();
            let reader = Recognizer::open(torn.path(), Options { access: Access::Read, ..Options::default() }).unwrap();
            assert_eq!(listed(&reader), ["songs/one"], "cut after {len} bytes");
            drop(reader);
            // Writing goes on after the last whole record; not at every byte, because it waits for the disk.
            if !len.is_multiple_of(11) {
                continue;
            }
            {
                let recognizer = Recognizer::open(torn.path(), Options::default()).unwrap();
                assert_eq!(std::fs::metadata(&log).unwrap().len() as usize, len_before);
                recognizer.remove("songs", "nobody").unwrap();
                recognizer.move_to("songs", "one", "others").unwrap();
            }
            assert_eq!(listed(&Recognizer::open(torn.path(), Options::default()).unwrap()), ["others/one"]);
        }
    }
}

#[test]
fn a_damaged_record_before_others_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    {
        let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
        recognizer.add("songs", "one", sound(1).slice(0..500)).unwrap();
        recognizer.add("songs", "two", sound(2)).unwrap();
    }
    let log = log_of(folder.path());
    let bytes = std::fs::read(&log).unwrap();
    for at in 24..120 {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&log, damaged).unwrap();
        let error = Recognizer::open(folder.path(), Options::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged, "byte {at}");
    }
    std::fs::remove_file(&log).unwrap();
    assert!(Recognizer::open(folder.path(), Options::default()).is_err(), "the changelog is missing");
}

#[test]
fn any_damaged_file_is_noticed_and_nothing_panics() {
    let (whole, hurt) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    {
        let recognizer = Recognizer::open(whole.path(), small()).unwrap();
        for seed in 0..12 {
            recognizer.add(["a", "b"][seed as usize % 2], &format!("{seed}"), sound(seed)).unwrap();
        }
        recognizer.remove("a", "0").unwrap();
    }
    copy(whole.path(), hurt.path());
    let (mut n_opened, mut n_refused) = (0, 0);
    for path in files(hurt.path()) {
        let bytes = std::fs::read(&path).unwrap();
        let step = (bytes.len() / 150).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            std::fs::write(&path, &damaged).unwrap();
            match Recognizer::open(hurt.path(), Options { access: Access::Read, ..small() }) {
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Damaged, "{path:?}, byte {at}");
                    n_refused += 1;
                }
                Ok(recognizer) => {
                    let _ = names(&recognizer, None, &sound(3));
                    // Only the last record of the changelog may be taken for a torn one.
                    let is_known = !recognizer.verify(&mut |_, _| ()).problems.is_empty();
                    assert!(is_known || extension(&path) == "log", "{path:?}, byte {at}");
                    n_opened += 1;
                }
            }
        }
        for len in [0, 1, 11, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            std::fs::write(&path, &bytes[..len.min(bytes.len())]).unwrap();
            let opened = Recognizer::open(hurt.path(), Options { access: Access::Read, ..small() });
            assert!(opened.is_err() || extension(&path) == "log" || bytes.is_empty(), "{path:?}, {len} bytes");
        }
        std::fs::write(&path, bytes).unwrap();
    }
    assert!(n_opened > 0 && n_refused > 0);
    assert_eq!(listed(&Recognizer::open(hurt.path(), small()).unwrap()).len(), 11);
}

#[test]
fn a_lost_manifest_is_not_taken_for_a_new_index() {
    let folder = tempfile::tempdir().unwrap();
    for is_flushed in [false, true] {
        {
            let recognizer = Recognizer::open(folder.path(), Options::default()).unwrap();
            recognizer.add("songs", "one", sound(1)).unwrap();
            if is_flushed {
                recognizer.flush().unwrap();
            }
        }
        let manifest = folder.path().join("manifest");
        let bytes = std::fs::read(&manifest).unwrap();
        std::fs::remove_file(&manifest).unwrap();
        assert_eq!(Recognizer::open(folder.path(), Options::default()).unwrap_err().kind(), ErrorKind::Damaged);
        std::fs::write(&manifest, bytes).unwrap();
    }
}
