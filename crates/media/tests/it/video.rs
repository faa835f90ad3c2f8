//! Video files in: our own, those of ffmpeg where it is present, and hostile ones.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use media::ErrorKind;
use media::mov::{PngMovie, PngMovieOptions};
use media::mp4::{Mp4Options, Mp4Tags, write_movie};
use media::picture::Picture;
use media::video::{VideoLimits, VideoReader, probe_video};

use crate::make::{Dir, Noise};
use crate::movie::{Made, picture};
use crate::support::ListSource;

fn native() -> VideoLimits {
    VideoLimits { ffmpeg: None, ..VideoLimits::default() }
}

/// Writes a movie of ours; its frames are those of [`picture`].
fn ours(path: &Path, width: u32, height: u32, n_frames: u32) {
    let mut video = Made::encode(width, height, 25, n_frames);
    let mut audio = ListSource::synthetic(60, 90);
    let mut go_on = |_| ControlFlow::Continue(());
    write_movie(path, &mut video, Some(&mut audio), &Mp4Tags::default(), &Mp4Options::default(), &mut go_on).unwrap();
}

/// Encodes what a filter of ffmpeg draws; `false`, with the reason printed, if it cannot.
fn draw(filter: &str, arguments: &str, out: &Path) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", filter]).args(arguments.split_whitespace());
    match command.arg(out).output() {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            eprintln!("skipped `{arguments}`: {}", String::from_utf8_lossy(&output.stderr).trim());
            false
        }
        Err(_) => {
            eprintln!("skipped: no ffmpeg");
            false
        }
    }
}

/// Decodes the frame shown at `time` with ffmpeg, at the size it has.
fn frame_of_ffmpeg(path: &Path, number: u32) -> Vec<u8> {
    let select = format!("select=eq(n\\,{number})");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-i"]).arg(path).args(["-vf", &select, "-frames:v", "1"]);
    command
        .args(["-sws_flags", "neighbor+accurate_rnd", "-f", "rawvideo", "-pix_fmt", "rgba", "-"])
        .output()
        .unwrap()
        .stdout
}

/// The mean difference of two pictures' values.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

fn is_frame(shown: &Picture, width: u32, height: u32, idx: u32) -> bool {
    difference(shown.rgba(), &picture(width, height, idx).to_rgba()) < 3.0
}

#[test]
fn our_own_movies_are_read_back_at_any_time() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    ours(&path, 160, 96, 120);
    let probe = probe_video(&path, &native()).unwrap();
    assert_eq!((probe.width, probe.height, probe.duration_ms), (160, 96, 4800));
    assert_eq!((probe.codec.as_str(), probe.has_audio, probe.has_alpha), ("h264", true, false));
    assert!((probe.fps - 25.0).abs() < 0.01);
    let mut reader = VideoReader::open(&path, &native()).unwrap();
    // Forward, twice the same, over an IDR picture, far ahead, back, beyond the end.
    for idx in [0, 1, 2, 2, 9, 51, 52, 119, 3, 60, 118] {
        let shown = reader.frame_at(u64::from(idx) * 40 + 15).unwrap();
        assert!(is_frame(shown, 160, 96, idx), "frame {idx}");
    }
    for time_ms in [4800, 100_000, u64::MAX] {
        assert!(is_frame(reader.frame_at(time_ms).unwrap(), 160, 96, 119), "the last picture stays");
    }
}

#[test]
fn pictures_come_at_the_wanted_size() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    ours(&path, 160, 96, 5);
    let limits = VideoLimits { size: Some((80, 31)), ..native() };
    let mut reader = VideoReader::open(&path, &limits).unwrap();
    assert_eq!((reader.probe().width, reader.probe().height), (160, 96));
    let shown = reader.frame_at(100).unwrap();
    assert_eq!((shown.width(), shown.height()), (80, 31));
    assert!(shown.is_opaque());
}

#[test]
fn limits_hold() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    ours(&path, 160, 96, 25);
    let kind = |limits: &VideoLimits| VideoReader::open(&path, limits).map(|_| ()).map_err(|error| error.kind());
    assert_eq!(kind(&VideoLimits { side_max: 160, pixels_max: 160 * 96, duration_ms_max: 1000, ..native() }), Ok(()));
    assert_eq!(kind(&VideoLimits { side_max: 159, ..native() }), Err(ErrorKind::Limit));
    assert_eq!(kind(&VideoLimits { pixels_max: 160 * 96 - 1, ..native() }), Err(ErrorKind::Limit));
    assert_eq!(kind(&VideoLimits { duration_ms_max: 999, ..native() }), Err(ErrorKind::Limit));
    assert_eq!(kind(&VideoLimits { size: Some((5000, 2)), ..native() }), Err(ErrorKind::Limit));
}

#[test]
fn x264_streams_are_decoded_picture_by_picture() {
    let dir = Dir::new();
    let cases = [
        ("b-frames", "-c:v libx264 -profile:v high -preset medium -bf 3 -refs 4 -pix_fmt yuv420p"),
        ("pyramid", "-c:v libx264 -preset slow -bf 4 -b-pyramid normal -weightp 2 -pix_fmt yuv420p"),
        ("slices", "-c:v libx264 -slices 4 -x264opts cqm=jvt:weightb=1:direct=temporal -bf 3 -pix_fmt yuv420p"),
        ("fragments", "-c:v libx264 -g 20 -bf 0 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov+default_base_moof"),
        ("baseline", "-c:v libx264 -profile:v baseline -pix_fmt yuv420p"),
        ("full range", "-c:v libx264 -pix_fmt yuvj420p -colorspace bt709 -color_range pc"),
        ("mjpeg", "-c:v mjpeg -pix_fmt yuvj420p -q:v 2 -f mov"),
    ];
    for (name, arguments) in cases {
        let path = dir.file(&format!("{name}.mp4"));
        if !draw("testsrc2=size=322x242:rate=25:duration=2.4", arguments, &path) {
            continue;
        }
        let mut reader = VideoReader::open(&path, &native()).unwrap();
        assert_eq!((reader.probe().width, reader.probe().height), (322, 242), "{name}");
        assert!(reader.probe().duration_ms.abs_diff(2400) <= 1, "{name}: {}", reader.probe().duration_ms);
        for number in [0, 1, 2, 3, 4, 5, 29, 30, 59, 31] {
            let shown = reader.frame_at(u64::from(number) * 40 + 20).unwrap();
            let off = difference(shown.rgba(), &frame_of_ffmpeg(&path, number));
            assert!(off < 2.5, "{name}, frame {number}: off by {off}");
        }
    }
}

#[test]
fn turned_videos_stand_upright() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    ours(&path, 160, 96, 3);
    let original = std::fs::read(&path).unwrap();
    let at = original.windows(4).position(|window| window == b"tkhd").unwrap() + 4 + 40;
    for (matrix, (width, height), corner) in [
        ([0, 1, -1, 0], (96, 160), (0, 95)),
        ([-1, 0, 0, -1], (160, 96), (159, 95)),
        ([0, -1, 1, 0], (96, 160), (159, 0)),
    ] {
        let mut file = original.clone();
        for (value, place) in matrix.into_iter().zip([0, 4, 12, 16]) {
            file[at + place..at + place + 4].copy_from_slice(&(value * 65536_i32).to_be_bytes());
        }
        std::fs::write(&path, file).unwrap();
        let mut reader = VideoReader::open(&path, &native()).unwrap();
        assert_eq!((reader.probe().width, reader.probe().height), (width, height));
        let shown = reader.frame_at(0).unwrap();
        assert_eq!((shown.width(), shown.height()), (width, height));
        // What the decoder shows first was this corner before.
        let plain = picture(160, 96, 0).to_rgba();
        let from = (corner.1 * 160 + corner.0) * 4;
        let off = difference(&shown.rgba()[..4], &plain[from..from + 4]);
        assert!(off < 12.0, "{matrix:?}: {off}");
    }
}

#[test]
fn png_movies_keep_their_alpha() {
    let dir = Dir::new();
    let path = dir.file("a.mov");
    let options = PngMovieOptions { width: 40, height: 30, fps: 25, frames_estimate: 9 };
    let mut movie = PngMovie::create(&path, options, None).unwrap();
    for idx in 0..6_u8 {
        movie.push(&[idx * 10, 0, 0, 128].repeat(40 * 30), 1).unwrap();
    }
    movie.finish().unwrap();
    let mut reader = VideoReader::open(&path, &native()).unwrap();
    assert!(reader.probe().has_alpha);
    assert_eq!(reader.probe().codec, "png");
    for idx in [0, 3, 5, 1] {
        let shown = reader.frame_at(u64::from(idx) * 40).unwrap();
        assert_eq!(shown.premultiplied()[..4], [idx * 10, 0, 0, 128]);
    }
}

#[test]
fn what_only_ffmpeg_decodes_goes_through_it() {
    let dir = Dir::new();
    let cases = [
        ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p", "vp9"),
        ("mpeg4.avi", "-c:v mpeg4 -q:v 2", "mpeg4"),
        ("high444.mp4", "-c:v libx264 -pix_fmt yuv444p", "h264"),
        ("interlaced.mp4", "-c:v libx264 -flags +ilme+ildct -x264opts interlaced=1:tff=1 -pix_fmt yuv420p", "h264"),
    ];
    for (name, arguments, codec) in cases {
        let path = dir.file(name);
        if !draw("testsrc2=size=320x240:rate=25:duration=2", arguments, &path) {
            continue;
        }
        let refused = VideoReader::open(&path, &native()).map(|_| ()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{name}: {refused}");
        let absent = VideoLimits { ffmpeg: Some(PathBuf::from("/nonexistent/ffmpeg")), ..native() };
        assert_eq!(VideoReader::open(&path, &absent).map(|_| ()).unwrap_err().kind(), ErrorKind::Unsupported);
        let mut reader = VideoReader::open(&path, &VideoLimits::default()).unwrap();
        assert_eq!((reader.probe().width, reader.probe().height), (320, 240), "{name}");
        assert_eq!(reader.probe().codec, codec);
        for number in [0, 1, 20, 49, 5] {
            let shown = reader.frame_at(u64::from(number) * 40 + 20).unwrap().clone();
            let off = difference(shown.rgba(), &frame_of_ffmpeg(&path, number));
            assert!(off < 4.0, "{name}, frame {number}: off by {off}");
        }
        assert!(reader.frame_at(1_000_000).is_ok(), "{name}: the last picture stays");
    }
}

#[test]
fn cut_movies_keep_their_last_picture_or_are_refused() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    ours(&path, 160, 96, 60);
    let file = std::fs::read(&path).unwrap();
    for eighth in 0..8 {
        std::fs::write(&path, &file[..file.len() * eighth / 8]).unwrap();
        match VideoReader::open(&path, &native()) {
            Ok(mut reader) => {
                assert!(reader.frame_at(100_000).is_ok());
                assert!(eighth > 1, "the first picture is there");
            }
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unsupported), "{error}"),
        }
    }
}

/// A movie whose table `name` has this `bytes` at `at` behind its name.
fn poked(file: &[u8], name: &[u8; 4], at: usize, bytes: [u8; 4]) -> Vec<u8> {
    let mut poked = file.to_vec();
    let found = file.windows(4).position(|window| window == name).unwrap() + 4 + at;
    poked[found..found + 4].copy_from_slice(&bytes);
    poked
}

#[test]
fn tables_that_lie_are_harmless() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    ours(&path, 160, 96, 10);
    let file = std::fs::read(&path).unwrap();
    let most = [0xff; 4];
    for (name, at) in [
        (b"stts", 4),
        (b"stts", 8),
        (b"stts", 12),
        (b"stsc", 4),
        (b"stsc", 8),
        (b"stsc", 12),
        (b"stsz", 4),
        (b"stsz", 8),
        (b"stsz", 12),
        (b"stco", 4),
        (b"stco", 8),
        (b"stss", 4),
        (b"mdhd", 12),
        (b"mvhd", 12),
        (b"tkhd", 76),
        (b"stsd", 4),
        (b"avc1", 24),
        (b"avcC", 0),
        (b"avcC", 5),
        (b"elst", 8),
    ] {
        for bytes in [most, [0; 4], [0x7f, 0xff, 0xff, 0xff]] {
            std::fs::write(&path, poked(&file, name, at, bytes)).unwrap();
            let started = std::time::Instant::now();
            if let Ok(mut reader) = VideoReader::open(&path, &native()) {
                let _ = reader.frame_at(200);
                let _ = reader.frame_at(u64::MAX);
            }
            assert!(started.elapsed().as_secs() < 5, "{name:?} {at} {bytes:?}");
        }
    }
}

#[test]
fn flipped_bits_never_panic() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    ours(&path, 64, 64, 12);
    let file = std::fs::read(&path).unwrap();
    let mut noise = Noise(77);
    for _ in 0..150 {
        let mut broken = file.clone();
        for _ in 0..1 + noise.next() % 12 {
            let at = noise.next() as usize % broken.len();
            broken[at] ^= 1 << (noise.next() % 8);
        }
        std::fs::write(&path, broken).unwrap();
        if let Ok(mut reader) = VideoReader::open(&path, &native()) {
            for time_ms in [100, 479, 10] {
                let _ = reader.frame_at(time_ms);
            }
        }
    }
}

#[test]
fn no_video_is_told_apart() {
    let dir = Dir::new();
    let path = dir.file("a.mp4");
    let kind = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        VideoReader::open(&path, &VideoLimits::default()).map(|_| ()).unwrap_err().kind()
    };
    assert_eq!(kind(b""), ErrorKind::Unsupported);
    assert_eq!(kind(b"no video at all, just words"), ErrorKind::Unsupported);
    assert_eq!(kind(b"\0\0\0\x14ftypisom\0\0\0\0isom"), ErrorKind::Malformed);
    assert_eq!(VideoReader::open(&dir.file("none"), &native()).map(|_| ()).unwrap_err().kind(), ErrorKind::Io);
}
