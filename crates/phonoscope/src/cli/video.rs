//! `video`: an MP4 of an audio file and a picture, without a server.

use std::io::IsTerminal as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use engine::{CoverVideo, CoverVideoReport, Limits, PictureSource};
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};
use media::audio::AudioMode;
use media::cover::Canvas;
use serde_json::json;

use super::output::Format;

/// `phonoscope video`
#[derive(Debug, Args)]
pub(super) struct VideoArgs {
    /// Audio file: MP3, AAC, FLAC, Ogg, Opus, WAV, AIFF, ALAC, or the sound of a video
    audio: PathBuf,
    /// Cover picture: JPEG, PNG, WebP, GIF [default: the art in the audio's tags, else a drawing]
    #[arg(long, value_name = "PICTURE")]
    cover: Option<PathBuf>,
    /// The MP4 to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Title [default: from the tags, else the file's name]
    #[arg(long)]
    title: Option<String>,
    /// Artist [default: from the tags]
    #[arg(long)]
    artist: Option<String>,
    /// Copy the audio or encode it
    #[arg(long = "audio", value_name = "HOW", default_value = "auto")]
    audio_mode: AudioArg,
    /// Picture size, even numbers from 128 to 4096, at most as many pixels as 4096x2304
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1920x1080", value_parser = parse_size)]
    size: Canvas,
    /// Write the picture as JPEG too
    #[arg(long, value_name = "FILE")]
    poster: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// What happens to the audio.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum AudioArg {
    /// Copy what plays in every browser, encode the rest to AAC
    Auto,
    /// Copy, or refuse what an MP4 cannot carry
    Copy,
    /// Encode to AAC
    Aac,
}

impl From<AudioArg> for AudioMode {
    fn from(mode: AudioArg) -> Self {
        match mode {
            AudioArg::Auto => Self::Auto,
            AudioArg::Copy => Self::Copy,
            AudioArg::Aac => Self::Aac,
        }
    }
}

fn parse_size(text: &str) -> Result<Canvas, String> {
    let (width, height) = text.split_once('x').ok_or("expected WIDTHxHEIGHT, such as 1280x720")?;
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is no number"));
    Canvas::new(number(width)?, number(height)?).map_err(|error| error.to_string())
}

/// Makes the video; Ctrl-C leaves nothing behind.
pub(super) async fn run(args: VideoArgs) -> Result<()> {
    ensure!(args.audio.is_file(), "there is no audio file `{}`", args.audio.display());
    let mut args = args;
    args.output = target(&args)?;
    let stop = Arc::new(AtomicBool::new(false));
    tokio::spawn({
        let stop = Arc::clone(&stop);
        async move {
            super::serve::stop_asked().await;
            stop.store(true, Ordering::Relaxed);
        }
    });
    let format = args.format;
    let (out, poster) = (args.output.clone(), args.poster.clone());
    let rendered = tokio::task::spawn_blocking(move || render(&args, &stop)).await;
    let report = rendered.context("the render died")??;
    if let Some(path) = &poster {
        std::fs::write(path, &report.poster).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    format.one(&summary(&out, &report))
}

/// Returns the file that the output really is, and refuses to replace what is no file of its own.
fn target(args: &VideoArgs) -> Result<PathBuf> {
    let Ok(existing) = args.output.canonicalize() else { return Ok(args.output.clone()) };
    ensure!(existing.is_file(), "`{}` is not a regular file, nothing is written there", args.output.display());
    for input in std::iter::once(&args.audio).chain(&args.cover) {
        let is_same = input.canonicalize().is_ok_and(|input| input == existing);
        ensure!(!is_same, "the output would replace the input `{}`", input.display());
    }
    Ok(existing)
}

fn render(args: &VideoArgs, stop: &AtomicBool) -> Result<CoverVideoReport> {
    let file_name = args.audio.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let video = CoverVideo {
        audio: &args.audio,
        cover: args.cover.as_deref(),
        title: args.title.as_deref(),
        fallback_title: file_name.as_deref(),
        artist: args.artist.as_deref(),
        audio_mode: args.audio_mode.into(),
        canvas: args.size,
        duration_max_s: Limits::default().duration_max_s,
    };
    let bar = progress_bar();
    let report = video.render(&args.output, &mut |percent| {
        bar.set_position(u64::from(percent));
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish_and_clear();
    report.with_context(|| match &args.cover {
        Some(cover) => format!("cannot make a video of `{}` and `{}`", args.audio.display(), cover.display()),
        None => format!("cannot make a video of `{}`", args.audio.display()),
    })
}

/// A bar on a terminal, nothing elsewhere: the summary is the plain line.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed}") {
        bar.set_style(style);
    }
    bar
}

fn summary(out: &Path, report: &CoverVideoReport) -> serde_json::Value {
    let picture = match report.picture {
        PictureSource::File => "the given file",
        PictureSource::Tags => "art in the tags",
        PictureSource::Drawn => "drawn from title, artist and waveform",
    };
    let audio = if report.audio.is_copy { "copied" } else { "encoded" };
    json!({
        "output": out,
        "size": HumanBytes(report.file.file_bytes).to_string(),
        "bytes": report.file.file_bytes,
        "duration": HumanDuration(Duration::from_millis(report.file.duration_ms())).to_string(),
        "duration_ms": report.file.duration_ms(),
        "audio": format!("{audio}: {}", report.audio.reason),
        "picture": picture,
    })
}
