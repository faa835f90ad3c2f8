//! `fingerprint`, `index`, `identify`, `scan`: recognition without a server.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::{json_of, phonoscope, text};

pub(crate) const RATE_HZ: u32 = 16_000;

/// Notes that come and go; no two seeds sound alike.
pub(crate) fn music(seed: u32, seconds: u32) -> Vec<i16> {
    let mut state = seed.wrapping_mul(2_654_435_761) ^ 0x9e37_79b9;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let mut notes = [(0.0f32, 0.0f32); 5];
    let mut samples = Vec::new();
    for n in 0..seconds * RATE_HZ {
        if n.is_multiple_of(RATE_HZ / 8) {
            notes[(random() * 5.0) as usize] = (250.0 * 12.0f32.powf(random()), 0.2);
        }
        let mut sample = 0.002 * (random() - 0.5);
        for (freq_hz, level) in &mut notes {
            sample += *level * (*freq_hz * (n as f32 / RATE_HZ as f32) * std::f32::consts::TAU).sin();
            *level *= 1.0 - 3.0 / RATE_HZ as f32;
        }
        samples.push((sample.clamp(-1.0, 1.0) * 32_000.0) as i16);
    }
    samples
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Mono WAV.
pub(crate) fn wav_of(samples: &[i16]) -> Vec<u8> {
    let n_bytes = samples.len() as u32 * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + n_bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    for number in [16, 1 | 1 << 16, RATE_HZ, RATE_HZ * 2, 2 | 16 << 16] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(n_bytes.to_le_bytes());
    file.extend(bytes(samples));
    file
}

fn write_wav(path: &Path, samples: &[i16]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, wav_of(samples)).unwrap();
}

fn run(folder: &Path, args: &[&str]) -> Output {
    phonoscope(&folder.join("data")).current_dir(folder).args(args).output().unwrap()
}

fn succeed(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(output.status.success(), "{args:?}: {}", text(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&succeed(folder, &[args, &["--json"]].concat())).unwrap()
}

/// Three songs of half a minute, and a clip of the second from 12 s on.
fn songs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for seed in 1..=3 {
        write_wav(&folder.path().join(format!("songs/{seed}, loud.wav")), &music(seed, 30));
    }
    write_wav(&folder.path().join("clip.wav"), &music(2, 30)[12 * RATE_HZ as usize..20 * RATE_HZ as usize]);
    write_wav(&folder.path().join("stranger.wav"), &music(77, 8));
    folder
}

#[test]
fn a_clip_is_recognized_until_its_track_is_removed() {
    let folder = songs();
    let folder = folder.path();
    let added = json(folder, &["index", "add", "songs", "--db", "db"]);
    assert_eq!((&added["added"], &added["unusable"]), (&json!(3), &json!(0)));
    let found = &json(folder, &["identify", "clip.wav", "--db", "db"])[0];
    let first = &found["matches"][0];
    assert_eq!(first["track"], "songs/2, loud.wav");
    let offset_ms = first["track_from_ms"].as_i64().unwrap() - first["query_from_ms"].as_i64().unwrap();
    assert!((offset_ms - 12_000).abs() < 60, "{offset_ms}");
    assert!(found["front_end_ms"].as_f64().unwrap() > 0.0 && found["search_ms"].as_f64().unwrap() > 0.0);
    assert!(succeed(folder, &["identify", "clip.wav", "--db", "db"]).contains("songs/2, loud.wav"));

    let missed = run(folder, &["identify", "stranger.wav", "--db", "db"]);
    assert_eq!(missed.status.code(), Some(4), "{}", text(&missed));
    let json_of_a_miss = run(folder, &["identify", "stranger.wav", "--db", "db", "--json"]);
    let miss: Value = serde_json::from_slice(&json_of_a_miss.stdout).unwrap();
    assert_eq!((json_of_a_miss.status.code(), &miss[0]["matches"]), (Some(4), &json!([])));

    assert_eq!(json(folder, &["index", "remove", "songs/2, loud.wav", "--db", "db"])["removed"], 1);
    assert_eq!(run(folder, &["identify", "clip.wav", "--db", "db"]).status.code(), Some(4));
    let again = run(folder, &["index", "remove", "songs/2, loud.wav", "--db", "db"]);
    assert_eq!(again.status.code(), Some(4), "{}", text(&again));
    assert_eq!(json(folder, &["index", "list", "--db", "db"]).as_array().unwrap().len(), 2);
}

/// Reads a picture and says how many colors it has.
fn n_colors(path: &Path) -> usize {
    let picture = media::picture::Picture::open(path, &media::picture::PictureLimits::default(), None).unwrap();
    assert_eq!((picture.width(), picture.height()), (1600, 1000));
    picture.rgba().chunks(4).collect::<std::collections::HashSet<_>>().len()
}

#[test]
fn a_match_is_explained_by_a_picture() {
    let folder = songs();
    let folder = folder.path();
    succeed(folder, &["index", "add", "songs", "--db", "db"]);
    let plain = json(folder, &["identify", "clip.wav", "--db", "db"]);
    let explained = json(folder, &["identify", "clip.wav", "--db", "db", "--explain", "match.png"]);
    assert_eq!(explained[0]["matches"], plain[0]["matches"]);
    assert!(n_colors(&folder.join("match.png")) > 1000);
    let missed = run(folder, &["identify", "stranger.wav", "--db", "db", "--explain", "miss.png"]);
    assert_eq!(missed.status.code(), Some(4), "{}", text(&missed));
    assert!(n_colors(&folder.join("miss.png")) > 1000);

    succeed(folder, &["fingerprint", "clip.wav"]);
    succeed(folder, &["identify", "clip.wav.phfp", "--db", "db", "--explain", "peaks.png"]);
    assert!((20..n_colors(&folder.join("match.png"))).contains(&n_colors(&folder.join("peaks.png"))));
    let over = run(folder, &["identify", "clip.wav", "--db", "db", "--explain", "clip.wav"]);
    assert_eq!(over.status.code(), Some(1), "{}", text(&over));
    let two = run(folder, &["identify", "clip.wav", "stranger.wav", "--db", "db", "--explain", "two.png"]);
    assert_eq!(two.status.code(), Some(1), "{}", text(&two));
    assert!(!folder.join("two.png").exists());
}

#[test]
fn lists_become_tables() {
    let folder = songs();
    let folder = folder.path();
    std::fs::write(folder.join("songs.txt"), "songs/1, loud.wav\nsongs/2, loud.wav\n").unwrap();
    std::fs::write(folder.join("clips.txt"), "clip.wav\nstranger.wav\nmissing.wav\n").unwrap();
    succeed(folder, &["index", "add", "--db", "db", "--list", "songs.txt"]);
    let output = run(folder, &["identify", "--db", "db", "--list", "clips.txt", "--csv", "out.csv"]);
    assert_eq!(output.status.code(), Some(3), "one clip is missing: {}", text(&output));
    let table = std::fs::read_to_string(folder.join("out.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "query,matched,track,ref_time_s,query_time_s,score,ms");
    assert_eq!(lines.len(), 4, "{table}");
    let fields: Vec<&str> = lines[1].rsplitn(5, ',').collect();
    let number = |at: usize| fields[at].parse::<f64>().unwrap();
    assert_eq!(fields[4], "clip.wav,1,\"songs/2, loud.wav\"");
    assert!((number(3) - number(2) - 12.0).abs() < 0.06, "{table}");
    assert!(number(0) > 0.0 && number(1) > 0.0);
    assert!(lines[2].starts_with("stranger.wav,0,,,,,") && lines[2].len() > "stranger.wav,0,,,,,".len());
    assert_eq!(lines[3], "missing.wav,0,,,,,");
}

#[test]
fn files_that_cannot_be_used_are_passed_over() {
    let folder = songs();
    let folder = folder.path();
    std::fs::write(folder.join("songs/broken.mp3"), "<!doctype html><p>hello</p>").unwrap();
    std::fs::write(folder.join("songs/cover.jpg"), "a picture").unwrap();
    let added = run(folder, &["index", "add", "songs", "--db", "db", "--json"]);
    assert_eq!(added.status.code(), Some(3), "{}", text(&added));
    assert!(String::from_utf8_lossy(&added.stderr).contains("broken.mp3"));
    let report: Value = serde_json::from_slice(&added.stdout).unwrap();
    assert_eq!((&report["added"], &report["unusable"]), (&json!(3), &json!(1)));
    std::fs::remove_file(folder.join("songs/broken.mp3")).unwrap();
    let again = json(folder, &["index", "add", "songs", "--db", "db", "--new"]);
    assert_eq!((&again["added"], &again["skipped"]), (&json!(0), &json!(3)));
    let again = json(folder, &["index", "add", "songs", "--db", "db"]);
    assert_eq!(again["replaced"], 3);
}

#[test]
fn fingerprints_stand_for_their_audio() {
    let folder = songs();
    let folder = folder.path();
    std::fs::create_dir(folder.join("prints")).unwrap();
    let song = "songs/2, loud.wav";
    let made = json(folder, &["fingerprint", song, "songs/1, loud.wav", "-o", "prints"]);
    assert_eq!(made.as_array().unwrap().len(), 2);
    succeed(folder, &["fingerprint", "clip.wav"]);
    succeed(folder, &["index", "add", "prints", "--db", "db"]);
    let found = json(folder, &["identify", "clip.wav.phfp", "--db", "db"]);
    assert_eq!(found[0]["matches"][0]["track"], "prints/2, loud.wav.phfp");
    let mut bytes = std::fs::read(folder.join("clip.wav.phfp")).unwrap();
    bytes[40] ^= 1;
    std::fs::write(folder.join("hurt.phfp"), bytes).unwrap();
    assert_eq!(run(folder, &["identify", "hurt.phfp", "--db", "db"]).status.code(), Some(3));
    assert_eq!(run(folder, &["fingerprint", "clip.wav", "-o", "clip.wav"]).status.code(), Some(1));
}

#[test]
fn an_index_is_kept_in_the_installation_and_carried_elsewhere() {
    let folder = songs();
    let folder = folder.path();
    assert_eq!(run(folder, &["identify", "clip.wav"]).status.code(), Some(4), "there is no index yet");
    succeed(folder, &["index", "add", "songs", "--bucket", "loud"]);
    assert!(folder.join("data/index/manifest").is_file());
    assert_eq!(json(folder, &["index", "move", "songs/1, loud.wav", "--bucket", "loud", "--to", "quiet"])["moved"], 1);
    assert_eq!(run(folder, &["identify", "clip.wav", "--bucket", "quiet"]).status.code(), Some(4));
    succeed(folder, &["identify", "clip.wav", "--bucket", "quiet", "--bucket", "loud"]);
    assert_eq!(json(folder, &["index", "export", "-o", "all.phar"])["tracks"], 3);
    assert_eq!(json(folder, &["index", "import", "all.phar", "--db", "other"])["imported"], 3);
    let stats = json(folder, &["index", "merge", "--db", "other"]);
    assert_eq!((&stats["segments"], &stats["tracks"], &stats["in_memory"]), (&json!(1), &json!(3), &json!(0)));
    assert_eq!(stats["buckets"]["loud"]["tracks"], 2);
    assert_eq!(json_of(&folder.join("data"), &["index", "stats"])["tracks"], 3);
    succeed(folder, &["identify", "clip.wav", "--db", "other"]);
    assert_eq!(json(folder, &["index", "verify", "--db", "other"])["problems"], json!([]));
    let segment = crate::support::files(&folder.join("other/segments")).pop().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    assert_eq!(run(folder, &["index", "verify", "--db", "other"]).status.code(), Some(1));
}

#[test]
fn a_recording_becomes_a_timeline() {
    let folder = songs();
    let folder = folder.path();
    succeed(folder, &["index", "add", "songs", "--db", "db"]);
    let parts = [&music(77, 10)[..], &music(3, 30)[..20 * RATE_HZ as usize], &music(1, 30)[5 * RATE_HZ as usize..]];
    write_wav(&folder.join("mix.wav"), &parts.concat());
    let spans = json(folder, &["scan", "mix.wav", "--db", "db"])["spans"].clone();
    let spans = spans.as_array().unwrap();
    assert_eq!(spans.len(), 2, "{spans:?}");
    for (span, (track, from_s, to_s, track_from_s)) in
        spans.iter().zip([("songs/3, loud.wav", 10, 30, 0), ("songs/1, loud.wav", 30, 55, 5)])
    {
        assert_eq!(span["track"], track);
        for (name, seconds) in [("from_ms", from_s), ("to_ms", to_s), ("track_from_ms", track_from_s)] {
            assert!((span[name].as_i64().unwrap() - seconds * 1000).abs() <= 700, "{name}: {span}");
        }
    }
    succeed(folder, &["fingerprint", "mix.wav"]);
    let of_fingerprint = json(folder, &["scan", "mix.wav.phfp", "--db", "db"]);
    assert_eq!(of_fingerprint["spans"].as_array().unwrap(), spans);
    assert!(succeed(folder, &["scan", "mix.wav", "--db", "db"]).contains("songs/1, loud.wav"));
}

#[test]
fn a_recorder_is_listened_to() {
    let folder = songs();
    let folder = folder.path();
    succeed(folder, &["index", "add", "songs", "--db", "db"]);
    std::fs::write(folder.join("clip.raw"), bytes(&music(2, 30)[12 * RATE_HZ as usize..])).unwrap();
    let heard = json(folder, &["identify", "--mic", "--recorder", "cat clip.raw", "--db", "db"]);
    assert_eq!(heard[0]["matches"][0]["track"], "songs/2, loud.wav");
    assert!(heard[0]["duration_ms"].as_u64().unwrap() < 18_000, "it answers before the end");
    let silent = run(folder, &["identify", "--mic", "--recorder", "true", "--db", "db"]);
    assert_eq!(silent.status.code(), Some(1), "{}", text(&silent));
    let absent = run(folder, &["identify", "--mic", "--recorder", "no-such-recorder", "--db", "db"]);
    assert!(text(&absent).contains("no-such-recorder"));
}
