//! `render`: a scene document as a video, a picture, or an animation.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{IsTerminal as _, Read};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;
use stage::document::Project;
use stage::document::limits::DOCUMENT_BYTES_MAX;
use studio::{AlphaForm, Phase, Progress, QP_FINAL, QP_PREVIEW, RenderOptions, Report, Studio};

use super::fetch::{DocumentSources, Downloads};
use crate::cli::Global;
use crate::cli::output::Format;

/// The shorter side of a preview, in pixels.
const PREVIEW_SIDE: u32 = 360;

/// `phonoscope render`
#[derive(Debug, Args)]
pub(in crate::cli) struct RenderArgs {
    /// The scene document (JSON), `-` for standard input
    project: PathBuf,
    /// The video to write: .mp4, or with transparency .mov (PNG) or .webm (VP9, needs ffmpeg)
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["frame", "poster", "gif", "contact_sheet"])]
    output: Option<PathBuf>,
    #[command(flatten)]
    size: OutputSize,
    /// Only this scene, from 1
    #[arg(long, value_name = "N")]
    scene: Option<NonZero<usize>>,
    /// Write the picture at a time, such as `3.2s`, as PNG
    #[arg(long, num_args = 2, value_names = ["TIME", "PNG"])]
    frame: Option<Vec<String>>,
    /// Write the poster as JPEG
    #[arg(long, value_name = "FILE")]
    poster: Option<PathBuf>,
    /// Write a short silent animation
    #[arg(long, value_name = "FILE")]
    gif: Option<PathBuf>,
    /// Write a sheet of pictures from the whole video as PNG
    #[arg(long, value_name = "FILE")]
    contact_sheet: Option<PathBuf>,
    /// Do not write the captions (.srt, .vtt) and the times of scenes and words (.times.json) beside the video
    #[arg(long)]
    only_video: bool,
    /// Workers [default: as many as cores]
    #[arg(long, value_name = "N")]
    workers: Option<NonZero<usize>>,
    #[command(flatten)]
    format: Format,
}

/// How large and how fine videos are.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct OutputSize {
    /// Render small and fast
    #[arg(long)]
    preview: bool,
    /// The shorter side of the output in pixels: 480, 720, 1080, 2160, or `4k` [default: the canvas's]
    #[arg(long, value_name = "PIXELS", value_parser = parse_resolution, conflicts_with = "preview")]
    resolution: Option<u32>,
}

impl OutputSize {
    /// Returns how a document is rendered, all of it on all cores.
    pub(super) fn options(self, project: &Project) -> RenderOptions {
        let side = if self.preview { Some(PREVIEW_SIDE) } else { self.resolution };
        RenderOptions {
            size: side.map(|side| studio::scaled_size(&project.canvas, side)),
            qp: if self.preview { QP_PREVIEW } else { QP_FINAL },
            n_workers: None,
            scene: None,
        }
    }
}

fn parse_resolution(text: &str) -> Result<u32, String> {
    if text.eq_ignore_ascii_case("4k") {
        return Ok(2160);
    }
    let side = text.trim_end_matches('p').parse().map_err(|_| format!("`{text}` is no number of pixels"))?;
    if (128..=4096).contains(&side) && u32::is_multiple_of(side, 2) {
        Ok(side)
    } else {
        Err("an even number, 128 to 4096".to_owned())
    }
}

/// Renders; Ctrl-C leaves nothing behind but what is finished in the cache.
pub(in crate::cli) async fn run(global: &Global, args: RenderArgs) -> Result<()> {
    let stop = super::stop_flag();
    let (text, folder) = read(&args.project)?;
    let project =
        Project::from_json(&text).with_context(|| format!("`{}` is no scene document", args.project.display()))?;
    for path in [&args.output, &args.poster, &args.gif, &args.contact_sheet].into_iter().flatten() {
        super::check_target(path)?;
    }
    let (studio, config) = super::studio(global)?;
    let sources = Downloads::new(&config)?.fetch(&project, &folder, &BTreeSet::new()).await?;
    let done = tokio::task::spawn_blocking(move || render(&args, &studio, &project, &sources, &stop)).await;
    done.context("the render died")?
}

/// Returns the text of a document, and the folder that its names start from.
pub(super) fn read(path: &Path) -> Result<(String, PathBuf)> {
    let name = if path.as_os_str() == "-" { "standard input".into() } else { path.display().to_string() };
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).with_context(|| format!("cannot read `{name}`"))?)
    };
    let mut bytes = Vec::new();
    // What is larger is refused for its size, and need not be read to its end, if there is any.
    source
        .take(DOCUMENT_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{name}`"))?;
    ensure!(bytes.len() <= DOCUMENT_BYTES_MAX, "`{name}` has more than {DOCUMENT_BYTES_MAX} bytes");
    let text = String::from_utf8(bytes).with_context(|| format!("`{name}` is no text in UTF-8"))?;
    Ok((text, path.parent().map(Path::to_owned).unwrap_or_default()))
}

fn render(
    args: &RenderArgs,
    studio: &Studio,
    project: &Project,
    sources: &DocumentSources,
    stop: &AtomicBool,
) -> Result<()> {
    let options = options(args, project);
    if let Some(frame) = &args.frame {
        let [time, path] = frame.as_slice() else { bail!("--frame takes a time and a file") };
        let time = parse_time(time)?;
        super::write(Path::new(path), &studio.still(project, sources, &options, time)?.to_png()?)?;
    }
    if let Some(path) = &args.poster {
        super::write(path, &studio.poster(project, sources, &options)?)?;
    }
    if let Some(path) = &args.gif {
        super::write(path, &studio.animation(project, sources, &options)?)?;
    }
    if let Some(path) = &args.contact_sheet {
        super::write(path, &studio.contact_sheet(project, sources, &options)?.to_png()?)?;
    }
    let Some(out) = &args.output else { return Ok(()) };
    let bar = progress_bar();
    let mut progress = |progress: Progress| {
        bar.set_position(u64::from(progress.percent()));
        bar.set_message(match progress.phase {
            Phase::Speaking => "speaking".to_owned(),
            Phase::Rendering => format!("{} of {} frames", progress.n_done, progress.n_frames),
            Phase::Writing => "writing".to_owned(),
        });
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let report = match out.extension().and_then(|extension| extension.to_str()) {
        Some("mp4" | "m4v") => studio.render(project, sources, &options, out, &mut progress),
        Some("mov") => studio.render_alpha(project, sources, &options, AlphaForm::PngInMov, out, &mut progress),
        Some("webm") => studio.render_alpha(project, sources, &options, AlphaForm::WebM, out, &mut progress),
        _ => bail!("`{}` should end in .mp4, .mov or .webm", out.display()),
    };
    bar.finish_and_clear();
    let report = report?;
    for warning in &report.warnings {
        eprintln!("warning: {warning}");
    }
    if !args.only_video {
        write_beside(out, &report)?;
    }
    args.format.one(&summary(out, &report))
}

fn options(args: &RenderArgs, project: &Project) -> RenderOptions {
    let scene = args.scene.map(|scene| scene.get() - 1);
    RenderOptions { n_workers: args.workers, scene, ..args.size.options(project) }
}

/// Reads seconds, with or without their unit, or `M:SS`.
fn parse_time(text: &str) -> Result<u64> {
    let seconds = |text: &str| text.trim_end_matches('s').parse::<f64>().ok();
    let time = match text.split_once(':') {
        Some((minutes, rest)) => minutes.parse::<f64>().ok().zip(seconds(rest)).map(|(m, s)| m * 60.0 + s),
        None => seconds(text),
    };
    let time = time.filter(|time| time.is_finite() && *time >= 0.0);
    time.map(|time| (time * 1000.0).round() as u64)
        .with_context(|| format!("`{text}` is no time; use `3.2s` or `1:05`"))
}

/// Writes captions and times beside a video.
pub(super) fn write_beside(out: &Path, report: &Report) -> Result<()> {
    ensure!(out.extension().is_some(), "the output has no extension");
    super::write(&out.with_extension("srt"), report.srt().as_bytes())?;
    super::write(&out.with_extension("vtt"), report.vtt().as_bytes())?;
    super::write(&out.with_extension("times.json"), serde_json::to_string_pretty(report)?.as_bytes())
}

/// A bar on a terminal, nothing elsewhere: the summary is the plain line.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed}  {msg}") {
        bar.set_style(style);
    }
    bar
}

fn summary(out: &Path, report: &Report) -> serde_json::Value {
    json!({
        "output": out,
        "size": HumanBytes(report.file_bytes).to_string(),
        "bytes": report.file_bytes,
        "picture": format!("{}x{} at {} frames per second", report.width, report.height, report.fps),
        "duration": HumanDuration(Duration::from_millis(report.duration_ms)).to_string(),
        "duration_ms": report.duration_ms,
        "scenes": report.scenes.len(),
        "segments": report.n_segments,
        "segments_cached": report.n_segments_cached,
        "warnings": report.warnings,
    })
}

#[cfg(test)]
mod tests {
    use super::{parse_resolution, parse_time};

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(parse_time("3.2s").unwrap(), 3200);
        assert_eq!(parse_time("3.2").unwrap(), 3200);
        assert_eq!(parse_time("1:05.5").unwrap(), 65_500);
        for wrong in ["", "s", "-1", "NaN", "1:2:3", "soon"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn resolutions_are_read_as_vendors_write_them() {
        assert_eq!(parse_resolution("4k"), Ok(2160));
        assert_eq!(parse_resolution("720p"), Ok(720));
        assert!(parse_resolution("721").is_err());
    }
}
