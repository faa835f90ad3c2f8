//! Every format decodes to the source: same length, no shift.

use super::make::{Dir, best_shift, channel, decode, decode_with, ffmpeg, song, wav};
use media::ErrorKind;
use media::audio::{DecodeOptions, Decoder};

/// Name, ffmpeg arguments, lowest correlation, and by how many audio frames the length may differ.
const FORMATS: &[(&str, &str, f64, usize)] = &[
    ("a.wav", "-c:a pcm_s16le", 0.9999, 0),
    ("u8.wav", "-c:a pcm_u8", 0.999, 0),
    ("s24.wav", "-c:a pcm_s24le", 0.9999, 0),
    ("s32.wav", "-c:a pcm_s32le", 0.9999, 0),
    ("f32.wav", "-c:a pcm_f32le", 0.9999, 0),
    ("f64.wav", "-c:a pcm_f64le", 0.9999, 0),
    ("rf64.wav", "-c:a pcm_s16le -rf64 always", 0.9999, 0),
    ("adpcm.wav", "-c:a adpcm_ms", 0.98, 4096),
    ("a.aiff", "-c:a pcm_s16be", 0.9999, 0),
    ("s24.aiff", "-c:a pcm_s24be", 0.9999, 0),
    ("a.caf", "-c:a pcm_s16be", 0.9999, 0),
    ("a.flac", "-c:a flac", 0.9999, 0),
    ("flac.ogg", "-c:a flac", 0.9999, 0),
    ("flac.mka", "-c:a flac", 0.9999, 0),
    ("flac.mp4", "-c:a flac -strict -2", 0.9999, 0),
    ("alac.m4a", "-c:a alac", 0.9999, 0),
    ("alac.caf", "-c:a alac", 0.9999, 0),
    ("cbr.mp3", "-c:a libmp3lame -b:a 192k", 0.99, 0),
    ("vbr.mp3", "-c:a libmp3lame -q:a 2", 0.99, 0),
    ("mp3.mp4", "-c:a libmp3lame -b:a 192k", 0.99, 1152),
    ("vorbis.ogg", "-c:a libvorbis -q:a 6", 0.98, 0),
    ("vorbis.webm", "-c:a libvorbis -q:a 6", 0.98, 1024),
    ("aac.m4a", "-c:a aac -b:a 192k", 0.98, 0),
    ("aac.mov", "-c:a aac -b:a 192k", 0.98, 0),
    ("aac.mkv", "-c:a aac -b:a 192k", 0.98, 1024),
    ("frag.mp4", "-c:a aac -b:a 192k -movflags frag_keyframe+empty_moov", 0.98, 1024),
];

#[test]
fn every_format_decodes_to_the_source() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    let samples = song(44_100, 2, 100_001);
    wav(&source, 44_100, 2, &samples);
    let mut failures = Vec::new();
    for &(name, arguments, lowest, slack) in FORMATS {
        let path = dir.file(name);
        if !ffmpeg(&source, arguments, &path) {
            continue;
        }
        let (spec, decoded) = match decode(&path) {
            Ok(done) => done,
            Err(error) => {
                failures.push(format!("{name}: {error}"));
                continue;
            }
        };
        let n_frames = decoded.len() / 2;
        let (shift, correlation) = best_shift(&channel(&samples, 2, 1), &channel(&decoded, 2, 1), 1200);
        let is_good = (spec.sample_rate, spec.channels) == (44_100, 2)
            && n_frames.abs_diff(100_001) <= slack
            && shift == 0
            && correlation >= lowest;
        if !is_good {
            failures.push(format!("{name}: {spec:?}, {n_frames} frames, shift {shift}, {correlation:.4}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn opus_is_cut_to_the_audio_frame() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    for (channels, name) in [(1, "a.opus"), (2, "b.opus"), (2, "c.webm"), (2, "d.mp4"), (6, "e.opus")] {
        let samples = song(48_000, channels, 100_001);
        wav(&source, 48_000, channels, &samples);
        let path = dir.file(name);
        if !ffmpeg(&source, "-c:a libopus -b:a 256k -mapping_family -1", &path) {
            continue;
        }
        let (spec, decoded) = decode(&path).unwrap();
        assert_eq!((spec.sample_rate, spec.channels), (48_000, channels), "{name}");
        assert_eq!(decoded.len() / usize::from(channels), 100_001, "{name}");
        for at in (0..usize::from(channels)).filter(|&at| at != 3) {
            let (shift, correlation) =
                best_shift(&channel(&samples, channels, at), &channel(&decoded, channels, at), 400);
            assert!(shift == 0 && correlation > 0.9, "{name} channel {at}: {shift}, {correlation}");
        }
    }
}

#[test]
fn the_sound_of_a_video_is_found() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    let samples = song(44_100, 2, 60_000);
    wav(&source, 44_100, 2, &samples);
    let path = dir.file("video.mp4");
    let arguments = "-f lavfi -i color=c=red:s=64x64:r=10 -map 1:v -map 0:a -shortest -c:v mpeg4 -c:a aac";
    if !ffmpeg(&source, arguments, &path) {
        return;
    }
    let (_, decoded) = decode(&path).unwrap();
    let (shift, correlation) = best_shift(&channel(&samples, 2, 0), &channel(&decoded, 2, 0), 1200);
    assert!(shift == 0 && correlation > 0.95, "{shift}, {correlation}");
}

#[test]
fn one_frame_many_channels_and_odd_rates_work() {
    let dir = Dir::new();
    for (rate, channels, n_frames) in
        [(44_100, 1, 1), (44_100, 2, 1), (48_000, 8, 5000), (8_000, 1, 8001), (192_000, 2, 192_001), (11_025, 1, 3)]
    {
        let samples = song(rate, channels, n_frames);
        let path = dir.file("odd.wav");
        wav(&path, rate, channels, &samples);
        let (spec, decoded) = decode(&path).unwrap();
        assert_eq!((spec.sample_rate, spec.channels, decoded.len()), (rate, channels, samples.len()));
        let worst = samples.iter().zip(&decoded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1.0 / 32_768.0);
        for (name, arguments) in [("odd.flac", "-c:a flac"), ("odd.ogg", "-c:a libvorbis"), ("odd.m4a", "-c:a alac")] {
            let path2 = dir.file(name);
            // ffmpeg turns this 7.1 into the 6.1 that ALAC knows.
            let is_changed = name == "odd.m4a" && channels == 8;
            if !is_changed && ffmpeg(&path, arguments, &path2) {
                let (_, decoded) = decode(&path2).unwrap();
                assert_eq!(decoded.len(), samples.len(), "{name} {rate} {channels} {n_frames}");
            }
        }
    }
}

#[test]
fn what_is_not_read_natively_goes_through_ffmpeg() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    let samples = song(44_100, 2, 50_000);
    wav(&source, 44_100, 2, &samples);
    for (name, arguments, format) in [
        ("a.ac3", "-c:a ac3", "AC-3"),
        ("a.wma", "-c:a wmav2", "ASF (WMA or WMV)"),
        ("a.wv", "-c:a wavpack", "WavPack"),
    ] {
        let path = dir.file(name);
        if !ffmpeg(&source, arguments, &path) {
            continue;
        }
        let error = decode(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(format) && error.to_string().contains("ffmpeg"), "{error}");
        let (spec, decoded) = decode_with(&path, &DecodeOptions::default()).unwrap();
        assert_eq!(spec.channels, 2);
        assert!((decoded.len() / 2).abs_diff(50_000) < 6000, "{name}: {}", decoded.len() / 2);
    }
}

#[test]
fn limits_hold() {
    let dir = Dir::new();
    let path = dir.file("a.wav");
    wav(&path, 8_000, 2, &song(8_000, 2, 16_000));
    let decode_at = |duration_s_max, channels_max| {
        decode_with(&path, &DecodeOptions { duration_s_max, channels_max, ffmpeg: None })
    };
    assert!(decode_at(2, 2).is_ok());
    assert_eq!(decode_at(1, 2).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(decode_at(2, 1).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn a_real_song_decodes_to_its_length() {
    let path = std::path::Path::new("/usr/share/games/frozen-bubble/snd/frozen-mainzik-1p.ogg");
    if !path.exists() {
        eprintln!("skipped: frozen-bubble-data is not installed");
        return;
    }
    let expected = Decoder::open(path, &super::make::native_only()).unwrap().frames_expected();
    let (spec, decoded) = decode(path).unwrap();
    assert_eq!(Some((decoded.len() / usize::from(spec.channels)) as u64), expected);
}
