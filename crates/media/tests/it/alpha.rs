//! Outputs with alpha, GIFs, and pictures that move.

use std::path::{Path, PathBuf};
use std::process::Command;

use media::ErrorKind;
use media::audio::Decoder;
use media::mov::{PngMovie, PngMovieOptions};
use media::picture::{Animation, AnimationLimits, GifOptions, GifWriter, Picture, PictureLimits};
use media::webm::{WebmOptions, WebmWriter};

use crate::make::{self, Dir};

/// A premultiplied frame: a half covered disc that moves over nothing.
fn frame(width: usize, height: usize, idx: usize) -> Vec<u8> {
    let mut rgba = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let is_in = x.abs_diff(width / 4 + idx * 2) + y.abs_diff(height / 2) < height / 3;
            rgba.extend_from_slice(if is_in { &[100, 60, 20, 128] } else { &[0, 0, 0, 0] });
        }
    }
    rgba
}

fn run(tool: &str, before: &[&str], path: &Path, after: &[&str]) -> Option<(Vec<u8>, String)> {
    let output = Command::new(tool).args(before).arg(path).args(after).output().ok()?;
    Some((output.stdout, String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[test]
fn editors_see_the_alpha_of_a_png_movie() {
    let dir = Dir::new();
    let (out, wav) = (dir.file("a.mov"), dir.file("a.wav"));
    make::wav(&wav, 48_000, 2, &make::song(48_000, 2, 96_000));
    let sound = Decoder::open(&wav, &make::native_only()).unwrap();
    let options = PngMovieOptions { width: 64, height: 48, fps: 25, frames_estimate: 50 };
    let mut movie = PngMovie::create(&out, options, Some(sound)).unwrap();
    for idx in 0..50 {
        // Every picture is shown for two frames, given once as two equal ones and once as one held.
        movie.push(&frame(64, 48, idx / 2), 1).unwrap();
    }
    let report = movie.finish().unwrap();
    assert_eq!((report.video_frames, report.n_video_samples), (50, 25));
    assert_eq!((report.audio_frames, report.sample_rate, report.duration_ms()), (96_000, 48_000, 2000));
    assert_eq!(report.file_bytes, std::fs::metadata(&out).unwrap().len());
    let entries = "stream=codec_name,pix_fmt,width,height,duration,nb_frames,channels";
    let Some((probed, warnings)) =
        run("ffprobe", &["-v", "warning", "-show_entries", entries, "-of", "csv=p=0"], &out, &[])
    else {
        eprintln!("skipped: no ffprobe");
        return;
    };
    assert_eq!(warnings, "");
    let probed = String::from_utf8(probed).unwrap();
    assert!(probed.contains("png,64,48,rgba,2.000000,25"), "{probed}");
    assert!(probed.contains("pcm_s16le,2,2.000000,96000"), "{probed}");
    let raw = ["-f", "rawvideo", "-pix_fmt", "rgba", "-fps_mode", "passthrough", "-map", "0:v", "-"];
    let (pixels, warnings) = run("ffmpeg", &["-v", "warning", "-i"], &out, &raw).unwrap();
    assert_eq!(warnings, "");
    let pictures: Vec<_> = pixels.chunks_exact(64 * 48 * 4).collect();
    assert_eq!(pictures.len(), 25);
    for (idx, picture) in pictures.into_iter().enumerate() {
        let picture = Picture::from_rgba(64, 48, picture.to_vec()).unwrap();
        assert!(picture.premultiplied() == frame(64, 48, idx), "picture {idx}");
    }
    let pcm = ["-f", "s16le", "-map", "0:a", "-"];
    let [from_movie, from_wav] = [&out, &wav].map(|path| run("ffmpeg", &["-v", "error", "-i"], path, &pcm).unwrap().0);
    assert!(from_movie == from_wav, "the sound is that of the WAV file");
}

#[test]
fn png_movies_refuse_nonsense_and_leave_nothing() {
    let dir = Dir::new();
    let out = dir.file("a.mov");
    let options = PngMovieOptions { width: 8, height: 8, fps: 25, frames_estimate: u64::MAX };
    let refused = PngMovie::create(&out, PngMovieOptions { fps: 0, ..options.clone() }, None).map(|_| ());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    let mut movie = PngMovie::create(&out, options.clone(), None).unwrap();
    assert_eq!(movie.push(&[0; 12], 1).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(movie.hold(1).unwrap_err().kind(), ErrorKind::Malformed);
    movie.push(&[0; 256], 1).unwrap();
    assert_eq!(movie.hold(u32::MAX).unwrap_err().kind(), ErrorKind::Malformed);
    drop(movie);
    let empty = PngMovie::create(&out, options, None).unwrap().finish();
    assert_eq!(empty.unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(std::fs::read_dir(dir.file("")).unwrap().count(), 0);
}

fn webm(sound: Option<PathBuf>, ffmpeg: &str) -> WebmOptions {
    WebmOptions { width: 64, height: 48, fps: 25, sound, ffmpeg: PathBuf::from(ffmpeg) }
}

#[test]
fn webm_has_alpha_and_sound_where_ffmpeg_is() {
    let dir = Dir::new();
    let (out, wav) = (dir.file("a.webm"), dir.file("a.wav"));
    make::wav(&wav, 48_000, 2, &make::song(48_000, 2, 48_000));
    let write = || {
        let mut writer = WebmWriter::create(&out, &webm(Some(wav.clone()), "ffmpeg"))?;
        for idx in 0..25 {
            writer.push(&frame(64, 48, idx))?;
        }
        writer.finish()
    };
    match write() {
        Ok(n_bytes) => assert_eq!(n_bytes, std::fs::metadata(&out).unwrap().len()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            eprintln!("skipped: {error}");
            return;
        }
    }
    let raw = ["-f", "rawvideo", "-pix_fmt", "rgba", "-map", "0:v", "-"];
    let (pixels, _) = run("ffmpeg", &["-v", "error", "-c:v", "libvpx-vp9", "-i"], &out, &raw).unwrap();
    let pictures: Vec<_> = pixels.chunks_exact(64 * 48 * 4).collect();
    assert_eq!(pictures.len(), 25);
    let center = (24 * 64 + 16) * 4;
    assert!(pictures[0][center + 3].abs_diff(128) < 12, "half covered: {:?}", &pictures[0][center..center + 4]);
    assert!(pictures[0][center].abs_diff(199) < 16, "alpha is no longer multiplied in");
    assert!(pictures[0][3] < 12, "nothing in the corner");
    let (probed, _) =
        run("ffprobe", &["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"], &out, &[]).unwrap();
    assert_eq!(String::from_utf8(probed).unwrap().trim(), "vp9\nopus");
    let mut reader = media::video::VideoReader::open(&out, &media::video::VideoLimits::default()).unwrap();
    assert!(reader.probe().has_alpha && reader.probe().has_audio);
    assert!(reader.frame_at(0).unwrap().rgba()[3] < 12);
}

#[test]
fn webm_without_ffmpeg_is_a_clear_error() {
    let dir = Dir::new();
    let write = |options: &WebmOptions| {
        let mut writer = WebmWriter::create(&dir.file("a.webm"), options)?;
        for idx in 0..20 {
            writer.push(&frame(64, 48, idx))?;
        }
        writer.finish()
    };
    for program in ["/nonexistent/ffmpeg", "false"] {
        let error = write(&webm(None, program)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{program}: {error}");
    }
    let odd = WebmOptions { width: 63, ..webm(None, "ffmpeg") };
    assert_eq!(write(&odd).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(std::fs::read_dir(dir.file("")).unwrap().count(), 0);
}

fn gif(has_alpha: bool, frames: &[(Vec<u8>, u32)]) -> Vec<u8> {
    let mut writer = GifWriter::new(Vec::new(), GifOptions { width: 64, height: 48, has_alpha }).unwrap();
    for (rgba, duration_ms) in frames {
        writer.push(rgba, *duration_ms).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn gifs_move_and_are_read_back() {
    let opaque = |idx: u8| {
        let mut rgba = [20, 40, 60, 255].repeat(64 * 48);
        for pixel in rgba.chunks_exact_mut(4).skip(usize::from(idx) * 70).take(60) {
            pixel.copy_from_slice(&[250, idx * 20, 0, 255]);
        }
        rgba
    };
    let frames: Vec<_> = (0..8).map(|idx| (opaque(idx), 33)).chain([(opaque(7), 500)]).collect();
    let bytes = gif(false, &frames);
    let animation = Animation::decode(&bytes, &AnimationLimits::default(), None).unwrap();
    assert_eq!(animation.frames().len(), 8, "equal frames are one");
    assert_eq!(animation.duration_ms(), 760, "hundredths, rounded at the end only");
    for (idx, frame) in animation.frames().iter().enumerate() {
        let wanted = opaque(idx as u8);
        let most = frame.picture.rgba().iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(most <= Some(8), "frame {idx}: {most:?}");
    }
    assert!(animation.frame_at(0) == &animation.frames()[0].picture);
    assert!(animation.frame_at(759) == &animation.frames()[7].picture);
    assert!(animation.frame_at(760 + 35) == &animation.frames()[1].picture, "over and over again");
    let first = Picture::decode(&bytes, &PictureLimits::default(), None).unwrap();
    assert!(&first == animation.frame_at(0));
}

#[test]
fn gifs_have_holes() {
    let covered = |idx: usize| {
        let mut rgba = frame(64, 48, idx * 6);
        rgba.chunks_exact_mut(4)
            .filter(|pixel| pixel[3] > 0)
            .for_each(|pixel| pixel.copy_from_slice(&[90, 80, 70, 255]));
        rgba
    };
    let frames: Vec<_> = (0..4).map(|idx| (covered(idx), 100)).collect();
    let animation = Animation::decode(&gif(true, &frames), &AnimationLimits::default(), None).unwrap();
    for (idx, shown) in animation.frames().iter().enumerate() {
        let pairs = shown.picture.rgba().chunks_exact(4).zip(frames[idx].0.chunks_exact(4));
        assert!(pairs.clone().all(|(a, b)| a[3] == b[3]), "frame {idx}: what vanished is gone");
        assert!(pairs.clone().all(|(a, b)| b[3] == 0 || a[0].abs_diff(b[0]) < 4));
    }
}

#[test]
fn animations_are_bounded() {
    let still = [9, 9, 9, 255].repeat(64 * 48);
    let frames: Vec<_> =
        (0..30_u8).map(|idx| ([idx; 4].iter().map(|v| v | 1).collect::<Vec<u8>>().repeat(64 * 48), 50)).collect();
    let bytes = gif(false, &frames);
    let kind =
        |limits: &AnimationLimits| Animation::decode(&bytes, limits, None).map(|_| ()).map_err(|error| error.kind());
    let frame_bytes = 64 * 48 * 4;
    let n_kept = Animation::decode(&bytes, &AnimationLimits::default(), None).unwrap().frames().len();
    let exact =
        AnimationLimits { frames_max: n_kept, bytes_max: n_kept as u64 * frame_bytes, ..AnimationLimits::default() };
    assert_eq!(kind(&exact), Ok(()));
    assert_eq!(kind(&AnimationLimits { frames_max: n_kept - 1, ..exact.clone() }), Err(ErrorKind::Limit));
    assert_eq!(
        kind(&AnimationLimits { bytes_max: n_kept as u64 * frame_bytes - 1, ..exact.clone() }),
        Err(ErrorKind::Limit)
    );
    let smaller = Animation::decode(&bytes, &exact, Some(32)).unwrap();
    assert_eq!((smaller.frames()[0].picture.width(), smaller.frames()[0].picture.height()), (32, 24));
    // Cut off: what was there stays; nothing at all is an error.
    let cut = Animation::decode(&bytes[..bytes.len() / 2], &exact, None).unwrap();
    assert!(cut.frames().len() < n_kept);
    assert_eq!(Animation::decode(&bytes[..20], &exact, None).unwrap_err().kind(), ErrorKind::Malformed);
    let png = Picture::from_rgba(64, 48, still).unwrap().to_png().unwrap();
    let animation = Animation::decode(&png, &exact, None).unwrap();
    assert_eq!((animation.frames().len(), animation.duration_ms()), (1, 0));
    assert!(animation.frame_at(12_345) == &animation.frames()[0].picture);
}

#[test]
fn gif_bombs_are_refused_at_once() {
    // A screen of 65535 × 65535 pixels, and one of 8000 × 8000 with a thousand frames of one pixel.
    let screen = |side: u16| {
        let mut bytes = b"GIF89a".to_vec();
        bytes.extend_from_slice(&side.to_le_bytes());
        bytes.extend_from_slice(&side.to_le_bytes());
        bytes.extend_from_slice(&[0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
        for _ in 0..1000 {
            bytes.extend_from_slice(&[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
        }
        bytes.push(0x3b);
        bytes
    };
    for side in [65_535, 8000] {
        let started = std::time::Instant::now();
        let error = Animation::decode(&screen(side), &AnimationLimits::default(), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert!(started.elapsed().as_secs() < 5);
    }
}

#[test]
fn pictures_survive_png_and_jpeg() {
    let picture = Picture::from_premultiplied(64, 48, frame(64, 48, 3)).unwrap();
    let png = picture.to_png().unwrap();
    assert!(Picture::decode(&png, &PictureLimits::default(), None).unwrap() == picture);
    let jpeg = picture.to_jpeg(95, [255, 255, 255]).unwrap();
    let back = Picture::decode(&jpeg, &PictureLimits::default(), None).unwrap();
    assert!(back.rgba()[0] > 245, "white shows through");
    let scaled = picture.scaled(32, 100).unwrap();
    assert_eq!((scaled.width(), scaled.height()), (32, 100));
}
