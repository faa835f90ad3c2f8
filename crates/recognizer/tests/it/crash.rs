//! `kill -9` at random points.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fingerprint::Fingerprint;
use recognizer::{Maintenance, Options, Recognizer};

use crate::support::{Random, names, small, sound};

const FOLDER: &str = "RECOGNIZER_CRASH_FOLDER";
const SEED: &str = "RECOGNIZER_CRASH_SEED";
const N_SOUNDS: u32 = 16;
const N_ROUNDS: u32 = 25;

/// What a child process tells before and after each change.
const TRY: &str = "try";
const DONE: &str = "done";

/// Bucket and name, and the number of the sound.
type Tracks = BTreeMap<(String, String), u32>;

/// Not a test by itself: what runs in the process that is killed.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let mut random = Random::new(std::env::var(SEED).unwrap().parse().unwrap());
    let folder = Path::new(&folder);
    let sounds: Vec<Fingerprint> = (0..N_SOUNDS).map(|seed| read_sound(folder, seed)).collect();
    let options = Options { maintenance: Maintenance::Background, ..small() };
    let recognizer = Recognizer::open(&folder.join("index"), options).unwrap();
    // Straight to the pipe: what tests print is held back otherwise.
    let mut out = std::io::stdout();
    loop {
        // Each track has its own sounds, so that a query has one answer in a bucket.
        let (bucket, seed) = (["a", "b"][random.below(2) as usize], random.below(N_SOUNDS));
        let name = format!("t{}", seed / 2);
        let what = ["add", "add", "add", "remove", "move"][random.below(5) as usize];
        writeln!(out, "{TRY} {what} {bucket} {name} {seed}").unwrap();
        match what {
            "add" => drop(recognizer.add(bucket, &name, sounds[seed as usize].clone()).unwrap()),
            "remove" => drop(recognizer.remove(bucket, &name).unwrap()),
            _ => drop(recognizer.move_to(bucket, &name, other(bucket)).unwrap()),
        }
        writeln!(out, "{DONE}").unwrap();
    }
}

fn sound_file(folder: &Path, seed: u32) -> PathBuf {
    folder.join(format!("{seed}.phfp"))
}

fn read_sound(folder: &Path, seed: u32) -> Fingerprint {
    Fingerprint::from_bytes(&std::fs::read(sound_file(folder, seed)).unwrap()).unwrap()
}

fn other(bucket: &str) -> &'static str {
    if bucket == "a" { "b" } else { "a" }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let sounds: Vec<Fingerprint> = (0..N_SOUNDS).map(sound).collect();
    for (seed, sound) in (0..).zip(&sounds) {
        std::fs::write(sound_file(folder.path(), seed), sound.to_bytes()).unwrap();
    }
    let mut random = Random::new(3);
    let mut tracks = Tracks::new();
    let mut n_done = 0;
    for round in 0..N_ROUNDS {
        let (acknowledged, under_way, n) = run_and_kill(folder.path(), round, tracks, random.below(120));
        n_done += n;
        let recognizer = Recognizer::open(&folder.path().join("index"), small()).unwrap();
        let is_old = differs(&recognizer, &acknowledged, &sounds).is_none();
        let mut changed = acknowledged.clone();
        if let Some(change) = &under_way {
            apply(&mut changed, change);
        }
        let difference = differs(&recognizer, &changed, &sounds);
        assert!(is_old || difference.is_none(), "round {round}, {under_way:?}: {difference:?}");
        let verified = recognizer.verify(&mut |_, _| ());
        assert!(verified.problems.is_empty(), "{:?}", verified.problems);
        tracks = if is_old { acknowledged } else { changed };
    }
    assert!(n_done > 200, "only {n_done} changes were made");
}

/// Runs a child until it has told of some changes; returns what it has acknowledged and what it was about to do.
fn run_and_kill(folder: &Path, round: u32, mut tracks: Tracks, n_lines: u32) -> (Tracks, Option<String>, u32) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env(FOLDER, folder)
        .env(SEED, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut under_way = None;
    let (mut n_done, mut n_told) = (0, 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map(|line| line.unwrap()) {
        if line.starts_with(TRY) {
            under_way = Some(line);
        } else if line == DONE {
            apply(&mut tracks, &under_way.take().unwrap());
            n_done += 1;
        } else {
            continue;
        }
        n_told += 1;
        if n_told == n_lines {
            // It goes on while this is on its way; what it still tells is read to the end.
            child.kill().unwrap();
        }
    }
    let _ = child.kill();
    child.wait().unwrap();
    (tracks, under_way, n_done)
}

fn apply(tracks: &mut Tracks, change: &str) {
    let words: Vec<&str> = change.split(' ').collect();
    let &[_, what, bucket, name, seed] = &words[..] else { panic!("{change}") };
    let at = (bucket.to_owned(), name.to_owned());
    match what {
        "add" => drop(tracks.insert(at, seed.parse().unwrap())),
        "remove" => drop(tracks.remove(&at)),
        _ => {
            if let Some(sound) = tracks.remove(&at) {
                tracks.insert((other(bucket).to_owned(), name.to_owned()), sound);
            }
        }
    }
}

/// Says where the index is not what it should be.
fn differs(recognizer: &Recognizer, tracks: &Tracks, sounds: &[Fingerprint]) -> Option<String> {
    for bucket in ["a", "b"] {
        for (seed, sound) in (0..).zip(sounds) {
            let found = names(recognizer, Some(&[bucket]), sound);
            let here = tracks.iter().filter(|((of, _), here)| of == bucket && **here == seed);
            let expected: Vec<String> = here.map(|((bucket, name), _)| format!("{bucket}/{name}")).collect();
            if found != expected {
                return Some(format!("sound {seed}: found {found:?}, expected {expected:?}"));
            }
        }
    }
    None
}
