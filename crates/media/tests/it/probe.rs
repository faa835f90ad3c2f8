//! Names, lengths, tags and pictures are found.

use super::make::{Dir, ffmpeg, native_only, song, wav};
use media::audio::probe;

#[test]
fn names_and_lengths_are_right() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 44_100, 2, &song(44_100, 2, 100_001));
    for (name, arguments, container, codec, frames) in [
        ("a.wav", "-c:a pcm_s16le", "WAV", "PCM", 100_001),
        ("a.flac", "-c:a flac", "FLAC", "FLAC", 100_001),
        ("a.mp3", "-c:a libmp3lame -q:a 4", "MP3", "MP3", 100_001),
        // Without the Xing header nothing tells delay or length: all 88 packets count.
        ("noxing.mp3", "-c:a libmp3lame -q:a 4 -write_xing 0", "MP3", "MP3", 88 * 1152),
        ("a.ogg", "-c:a libvorbis", "Ogg", "Vorbis", 100_001),
        ("a.m4a", "-c:a aac", "MP4", "AAC-LC", 100_001),
        ("alac.m4a", "-c:a alac", "MP4", "ALAC", 100_001),
        ("a.aiff", "-c:a pcm_s16be", "AIFF", "PCM", 100_001),
        ("a.mp2", "-c:a mp2", "MPEG audio", "MP2", 87 * 1152),
    ] {
        let path = dir.file(name);
        if !ffmpeg(&source, arguments, &path) {
            continue;
        }
        let found = probe(&path, &native_only()).unwrap();
        assert_eq!((found.container.as_str(), found.codec.as_str()), (container, codec), "{name}");
        assert_eq!(found.frames, Some(frames), "{name}");
        assert_eq!((found.sample_rate, found.channels), (44_100, 2), "{name}");
        assert_eq!(found.duration_ms, Some((frames * 1000 + 22_050) / 44_100), "{name}");
        assert!(found.bit_rate > 10_000, "{name}");
    }
}

#[test]
fn opus_length_is_exact() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 48_000, 2, &song(48_000, 2, 100_001));
    let path = dir.file("a.opus");
    if ffmpeg(&source, "-c:a libopus", &path) {
        let found = probe(&path, &native_only()).unwrap();
        assert_eq!((found.frames, found.codec.as_str()), (Some(100_001), "Opus"));
    }
}

#[test]
fn tags_are_read() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    wav(&source, 44_100, 2, &song(44_100, 2, 44_100));
    let tags = "-metadata title=Tïtle -metadata artist=Somebody -metadata album=Things -metadata date=2003 -metadata track=4/9";
    for (name, arguments) in [
        ("a.mp3", "-c:a libmp3lame"),
        ("b.mp3", "-c:a libmp3lame -id3v2_version 3"),
        ("a.flac", "-c:a flac"),
        ("a.ogg", "-c:a libvorbis"),
        ("a.opus", "-c:a libopus"),
        ("a.m4a", "-c:a aac"),
        ("a.aiff", "-c:a pcm_s16be -write_id3v2 1"),
        ("a.mka", "-c:a aac"),
    ] {
        let path = dir.file(name);
        if !ffmpeg(&source, &format!("{arguments} {tags}"), &path) {
            continue;
        }
        let found = probe(&path, &native_only()).unwrap().tags;
        assert_eq!(found.title.as_deref(), Some("Tïtle"), "{name}");
        assert_eq!(found.artist.as_deref(), Some("Somebody"), "{name}");
        assert_eq!(found.album.as_deref(), Some("Things"), "{name}");
        assert_eq!(found.year, Some(2003), "{name}");
    }
}

#[test]
fn pictures_are_found() {
    let dir = Dir::new();
    let source = dir.file("source.wav");
    let picture = dir.file("cover.png");
    wav(&source, 44_100, 2, &song(44_100, 2, 44_100));
    if !ffmpeg(&source, "-f lavfi -i color=c=red:s=32x32 -map 1:v -frames:v 1", &picture) {
        return;
    }
    for (name, codec) in [("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.m4a", "aac")] {
        let path = dir.file(name);
        let arguments =
            format!("-i {} -map 0:a -map 1:v -c:a {codec} -c:v copy -disposition:v attached_pic", picture.display());
        if ffmpeg(&source, &arguments, &path) {
            let found = probe(&path, &native_only()).unwrap().picture.unwrap();
            assert_eq!(found.mime, "image/png", "{name}");
            assert_eq!(found.bytes, std::fs::read(&picture).unwrap(), "{name}");
        }
    }
}
