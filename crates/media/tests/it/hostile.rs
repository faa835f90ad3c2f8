//! Broken, lying and hostile files give clear errors, never a panic or a hang.

use super::make::{Dir, Noise, decode, ffmpeg, song, wav};
use media::ErrorKind;
use media::audio::{AacOptions, AudioMode, open_audio, probe, waveform};

/// Formats that are cut and damaged below.
const VICTIMS: &[(&str, &str)] = &[
    ("v.wav", "-c:a pcm_s16le"),
    ("v.aiff", "-c:a pcm_s16be"),
    ("v.caf", "-c:a pcm_s16be"),
    ("v.flac", "-c:a flac"),
    ("v.mp3", "-c:a libmp3lame"),
    ("v.ogg", "-c:a libvorbis"),
    ("v.opus", "-c:a libopus"),
    ("v.m4a", "-c:a aac -movflags +faststart"),
    ("alac.m4a", "-c:a alac -movflags +faststart"),
    ("v.aac", "-c:a aac"),
    ("v.mkv", "-c:a aac"),
    ("v.webm", "-c:a libopus"),
];

fn victims(dir: &Dir) -> Vec<(&'static str, Vec<u8>)> {
    let source = dir.file("source.wav");
    wav(&source, 44_100, 2, &song(44_100, 2, 44_100));
    let made = VICTIMS.iter().filter_map(|&(name, arguments)| {
        let path = dir.file(name);
        ffmpeg(&source, &format!("{arguments} -metadata title=Title"), &path)
            .then(|| (name, std::fs::read(&path).unwrap()))
    });
    made.collect()
}

#[test]
fn a_cut_file_gives_what_is_there_or_an_error() {
    let dir = Dir::new();
    let path = dir.file("cut");
    for (name, bytes) in victims(&dir) {
        let whole = {
            std::fs::write(&path, &bytes).unwrap();
            decode(&path).unwrap().1.len()
        };
        for percent in [1, 5, 20, 50, 90, 99] {
            std::fs::write(&path, &bytes[..bytes.len() * percent / 100]).unwrap();
            match decode(&path) {
                Ok((_, samples)) => assert!(!samples.is_empty() && samples.len() <= whole + 4096, "{name} {percent}"),
                Err(error) => assert!(
                    // One second in Ogg is a single page, in Matroska a single cluster: a part of it is nothing.
                    (percent < 50 || matches!(name, "v.ogg" | "v.opus" | "v.mkv" | "v.webm"))
                        && matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unsupported),
                    "{name} {percent}: {error}"
                ),
            }
        }
    }
}

#[test]
fn damaged_files_never_panic_or_hang() {
    let dir = Dir::new();
    let path = dir.file("damaged");
    let mut noise = Noise(42);
    for (name, bytes) in victims(&dir) {
        for round in 0..24 {
            let mut damaged = bytes.clone();
            // Half of the rounds hit the headers.
            let reach = if round % 2 == 0 { damaged.len().min(2048) } else { damaged.len() } as u64;
            for _ in 0..1 + noise.next() % 30 {
                let at = usize::try_from(noise.next() % reach).unwrap();
                damaged[at] = (noise.next() >> 32) as u8;
            }
            std::fs::write(&path, &damaged).unwrap();
            let start = std::time::Instant::now();
            let _ = decode(&path);
            let _ = probe(&path, &super::make::native_only());
            if round % 4 == 0 {
                let mut options = AacOptions::default();
                options.decode.ffmpeg = None;
                if let Ok((mut packets, _)) = open_audio(&path, AudioMode::Auto, &options) {
                    let mut packet = media::Packet::default();
                    while packets.next_packet(&mut packet).is_ok_and(|more| more) {}
                }
                let _ = waveform(&path, 50);
            }
            assert!(start.elapsed().as_secs() < 20, "{name} round {round}");
        }
    }
}

#[test]
fn garbage_is_refused() {
    let dir = Dir::new();
    let path = dir.file("garbage.mp3");
    for seed in 1..40 {
        let mut noise = Noise(seed);
        let mut bytes: Vec<u8> = (0..100_000).map(|_| (noise.next() >> 32) as u8).collect();
        // Every third one pretends to be something.
        match seed % 6 {
            0 => bytes[..4].copy_from_slice(b"\xff\xfb\x90\x64"),
            1 => bytes[..4].copy_from_slice(b"OggS"),
            2 => bytes[..4].copy_from_slice(b"fLaC"),
            3 => bytes[4..8].copy_from_slice(b"ftyp"),
            _ => {}
        }
        std::fs::write(&path, &bytes).unwrap();
        let error = decode(&path).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unsupported), "{seed}: {error}");
    }
}

#[test]
fn empty_and_foreign_files_are_named() {
    let dir = Dir::new();
    for (bytes, words) in [
        (&b""[..], "empty"),
        (b"\x89PNG\r\n\x1a\n0000000000000000", "PNG"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "HTML"),
        (b"PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaa", "ZIP"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "ID3"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "WAV"),
        (b"#!AMR\n\x3c\x00\x00\x00\x00", "AMR"),
    ] {
        let path = dir.file("song.mp3");
        std::fs::write(&path, bytes).unwrap();
        let error = decode(&path).unwrap_err();
        assert!(error.to_string().contains(words), "{error} should say {words}");
    }
    let missing = decode(&dir.file("missing.mp3")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
}

#[test]
fn a_lying_name_does_not_matter() {
    let dir = Dir::new();
    let path = dir.file("really-a-wav.mp3");
    wav(&path, 44_100, 1, &song(44_100, 1, 1000));
    assert_eq!(decode(&path).unwrap().1.len(), 1000);
}

#[test]
fn a_wav_without_samples_is_an_error() {
    let dir = Dir::new();
    let path = dir.file("silent.wav");
    wav(&path, 44_100, 1, &[]);
    assert_eq!(decode(&path).unwrap_err().kind(), ErrorKind::Malformed);
}
