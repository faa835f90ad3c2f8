//! Copied packets are the source's own and are counted exactly.

use super::encode::play;
use super::make::{Dir, best_shift, channel, decode, ffmpeg, song, wav};
use media::audio::{AacOptions, AudioMode, open_audio};
use media::{AudioCodec, ErrorKind, Packet};

#[test]
fn auto_copies_what_plays_everywhere() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 44_100, 2, &song(44_100, 2, 60_001));
    for (name, arguments, is_copy) in [
        ("a.mp3", "-c:a libmp3lame -b:a 128k", true),
        ("a.m4a", "-c:a aac", true),
        ("a.aac", "-c:a aac", true),
        ("a.mkv", "-c:a aac", true),
        ("a.flac", "-c:a flac", false),
        ("a.ogg", "-c:a libvorbis", false),
        ("alac.m4a", "-c:a alac", false),
        ("low.mp3", "-c:a libmp3lame -ar 11025 -b:a 32k", false),
    ] {
        let path = dir.file(name);
        if !ffmpeg(&source, arguments, &path) {
            continue;
        }
        let (mut packets, chosen) = open_audio(&path, AudioMode::Auto, &AacOptions::default()).unwrap();
        assert_eq!(chosen.is_copy, is_copy, "{name}: {}", chosen.reason);
        let mut packet = Packet::default();
        while packets.next_packet(&mut packet).unwrap() {
            assert!(!packet.data.is_empty() && packet.duration > 0);
        }
        let expected = decode(&path).unwrap();
        let seconds = packets.audible_frames() as f64 / f64::from(packets.spec().sample_rate);
        let decoded_s = (expected.1.len() / 2) as f64 / f64::from(expected.0.sample_rate);
        assert!((seconds - decoded_s).abs() < 0.000_05, "{name}: {seconds} {decoded_s}");
    }
}

#[test]
fn copied_aac_plays_like_the_source() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    let samples = song(44_100, 2, 60_001);
    wav(&source, 44_100, 2, &samples);
    for name in ["a.m4a", "a.aac", "a.mov"] {
        let path = dir.file(name);
        if !ffmpeg(&source, "-c:a aac -b:a 192k", &path) {
            continue;
        }
        let (mut packets, _) = open_audio(&path, AudioMode::Copy, &AacOptions::default()).unwrap();
        let played = play(&mut *packets);
        let (shift, correlation) = best_shift(&channel(&samples, 2, 0), &channel(&played, 2, 0), 1500);
        assert!(shift == 0 && correlation > 0.97, "{name}: {shift}, {correlation}");
    }
}

#[test]
fn mp3_packets_are_whole_and_primed() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 44_100, 2, &song(44_100, 2, 60_001));
    let path = dir.file("a.mp3");
    if !ffmpeg(&source, "-c:a libmp3lame -q:a 3 -metadata title=Words", &path) {
        return;
    }
    let (mut packets, _) = open_audio(&path, AudioMode::Copy, &AacOptions::default()).unwrap();
    assert_eq!(packets.spec().codec, AudioCodec::Mp3);
    assert_eq!(packets.spec().priming, 1105);
    let mut packet = Packet::default();
    let mut total = 0;
    while packets.next_packet(&mut packet).unwrap() {
        assert_eq!((packet.data[0], packet.data[1] & 0xe0, packet.duration), (0xff, 0xe0, 1152));
        assert!(!packet.data.windows(4).any(|window| window == b"Xing" || window == b"Info"));
        total += packet.duration;
    }
    assert_eq!(packets.audible_frames(), 60_001);
    assert!(total >= 60_001 + 1105);
}

#[test]
fn copy_takes_lossless_and_opus_and_refuses_the_rest() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 48_000, 2, &song(48_000, 2, 50_001));
    for (name, arguments) in [
        ("a.flac", "-c:a flac"),
        ("a.opus", "-c:a libopus"),
        ("a.m4a", "-c:a alac"),
        ("b.caf", "-c:a alac"),
        ("a.webm", "-c:a libopus"),
        ("b.ogg", "-c:a flac"),
        ("f.mka", "-c:a flac"),
    ] {
        let path = dir.file(name);
        if !ffmpeg(&source, arguments, &path) {
            continue;
        }
        let (mut packets, _) = open_audio(&path, AudioMode::Copy, &AacOptions::default()).unwrap();
        match &packets.spec().codec {
            AudioCodec::Flac { stream_info } => assert_eq!(stream_info.len(), 34),
            AudioCodec::Alac { config } => assert_eq!(config.len(), 24),
            AudioCodec::Opus { head } => assert_eq!((head[0], head[1]), (1, 2)),
            other => panic!("{name}: {other:?}"),
        }
        let mut packet = Packet::default();
        while packets.next_packet(&mut packet).unwrap() {}
        assert_eq!(packets.audible_frames(), 50_001, "{name}");
    }
    let vorbis = dir.file("v.ogg");
    let has_vorbis = ffmpeg(&source, "-c:a libvorbis", &vorbis);
    for path in [Some(source.clone()), has_vorbis.then_some(vorbis)].into_iter().flatten() {
        let refused = open_audio(&path, AudioMode::Copy, &AacOptions::default());
        assert_eq!(refused.err().map(|error| error.kind()), Some(ErrorKind::Unsupported));
    }
}
