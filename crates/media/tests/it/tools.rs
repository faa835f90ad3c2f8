//! What ffmpeg thinks of our files; skipped where it is absent.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use media::cover::{Canvas, CoverFrame};
use media::mp4::Mp4Tags;

use crate::cover::art;
use crate::support::ListSource;

/// Runs a tool; returns what it printed, or `None` when it is not installed.
fn run(tool: &str, args: &[&str]) -> Option<(String, String)> {
    let output = Command::new(tool).args(args).output().ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((text(&output.stdout), text(&output.stderr)))
}

fn audio_md5(path: &Path) -> String {
    let args = ["-v", "error", "-i", path.to_str().expect("UTF-8"), "-map", "0:a", "-f", "md5", "-"];
    run("ffmpeg", &args).expect("ffmpeg is there").0
}

#[test]
fn ffmpeg_plays_every_coding_without_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let canvas = Canvas::new(320, 180).expect("valid");
    let frame = CoverFrame::from_art(art(90, 90), canvas).expect("composes");
    for (name, codec) in
        [("a.aac", "aac"), ("b.mp3", "libmp3lame"), ("c.mp4", "flac"), ("d.m4a", "alac"), ("e.mp4", "libopus")]
    {
        let source_path = folder.path().join(name);
        let source = source_path.to_str().expect("UTF-8");
        let sine = "sine=frequency=440:sample_rate=48000:duration=12.5";
        let args = ["-v", "error", "-f", "lavfi", "-i", sine, "-ac", "2", "-c:a", codec, "-strict", "-2", source];
        let Some((_, errors)) = run("ffmpeg", &args) else {
            eprintln!("skipped: no ffmpeg");
            return;
        };
        if !source_path.exists() {
            eprintln!("skipped {codec}: {errors}");
            continue;
        }
        let out_path = folder.path().join(format!("out-{name}.mp4"));
        let out = out_path.to_str().expect("UTF-8");
        let mut audio = ListSource::open(&source_path).expect("opens");
        let mut progress = |_, _| ControlFlow::Continue(());
        let tags = Mp4Tags { title: "T".to_owned(), ..Mp4Tags::default() };
        let report = media::write_cover_video(&out_path, &mut audio, &frame, &tags, &mut progress);
        let report = report.expect("writes");

        let (probed, warnings) =
            run("ffprobe", &["-v", "warning", "-show_entries", "format=duration", "-of", "csv=p=0", out])
                .expect("ffprobe is there");
        assert_eq!(warnings, "", "{codec}");
        let seconds: f64 = probed.trim().parse().expect("a number");
        assert!((seconds * 1000.0 - report.duration_ms() as f64).abs() < 1.0, "{codec}: {seconds}");
        let (_, warnings) = run("ffmpeg", &["-v", "warning", "-i", out, "-f", "null", "-"]).expect("there");
        assert_eq!(warnings, "", "{codec}");
        if codec == "flac" || codec == "alac" {
            assert_eq!(audio_md5(&source_path), audio_md5(&out_path), "{codec}");
        }
    }
}
