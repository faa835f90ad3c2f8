//! WAV files and outlines.

use std::ops::ControlFlow;

use super::make::{Dir, decode, ffmpeg, native_only, song, wav};
use media::ErrorKind;
use media::audio::{wav as wav_file, waveform};

#[test]
fn lossless_sources_survive_bit_by_bit() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 44_100, 2, &song(44_100, 2, 30_001));
    let out = dir.file("out.wav");
    let written = wav_file::write(&source, &out, &native_only(), |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!((written.frames, written.bits), (30_001, 16));
    assert_eq!(std::fs::read(&source).unwrap(), std::fs::read(&out).unwrap());
    let fine = dir.file("fine.flac");
    if ffmpeg(&source, "-af volume=0.333 -c:a flac -sample_fmt s32 -bits_per_raw_sample 24", &fine) {
        let written = wav_file::write(&fine, &out, &native_only(), |_, _| ControlFlow::Continue(())).unwrap();
        assert_eq!(written.bits, 24);
        assert_eq!(decode(&fine).unwrap().1, decode(&out).unwrap().1);
    }
}

#[test]
fn progress_counts_and_cancels() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 44_100, 2, &song(44_100, 2, 30_001));
    let out = dir.file("out.wav");
    let mut last = (0, None);
    wav_file::write(&source, &out, &native_only(), |done, total| {
        last = (done, total);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(last, (30_001, Some(30_001)));
    let cancelled = wav_file::write(&source, &out, &native_only(), |_, _| ControlFlow::Break(()));
    assert_eq!(cancelled.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(!out.exists());
}

#[test]
fn an_outline_follows_the_loudness() {
    let dir = Dir::new();
    let path = dir.file("fade.wav");
    let n_frames = 441_000;
    let samples: Vec<f32> =
        song(44_100, 1, n_frames).iter().enumerate().map(|(n, sample)| sample * n as f32 / n_frames as f32).collect();
    wav(&path, 44_100, 1, &samples);
    for name in ["fade.wav", "fade.mp3", "fade.ogg", "fade.opus"] {
        let fade = dir.file(name);
        if name != "fade.wav" && !ffmpeg(&path, "-b:a 96k", &fade) {
            continue;
        }
        let outline = waveform(&fade, 20).unwrap();
        assert_eq!(outline.len(), 20);
        assert!(outline.iter().all(|value| (0.0..=1.0).contains(value)), "{name}: {outline:?}");
        assert!(outline[18] > 0.6 && outline[1] < 0.3 && outline[10] > outline[4], "{name}: {outline:?}");
    }
    assert_eq!(waveform(&path, 0).unwrap().len(), 0);
}
