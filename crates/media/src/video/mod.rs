//! Video files in: what is seen at a time, as RGBA.
//!
//! H.264, JPEG and PNG pictures in MP4 and QuickTime files are decoded here; everything else is decoded by the `ffmpeg`
//! program where there is one. Animated GIFs and WebPs are pictures, see [`crate::picture::Animation`].

mod boxes;
mod ffmpeg;
mod fragments;
mod native;
mod source;
mod track;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::picture::Picture;
use crate::{Error, Result};
use ffmpeg::FfmpegReader;
use native::NativeReader;
use source::MovieFile;

/// Longest side accepted by default, in pixels.
pub const SIDE_MAX: u32 = 4096;

/// Most pixels accepted by default, those of 4096 × 2304.
pub const PIXELS_MAX: u64 = 4096 * 2304;

/// Longest video accepted by default, in milliseconds.
pub const DURATION_MS_MAX: u64 = 4 * 3_600_000;

/// What would help.
const NEEDS_FFMPEG: &str = "use H.264 in MP4, or install ffmpeg";

/// Bytes looked at to recognize a file.
const HEAD_BYTES: u64 = 16;

/// What a video may cost, and what helps with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoLimits {
    /// Longest side in pixels.
    pub side_max: u32,
    /// Most pixels.
    pub pixels_max: u64,
    /// Longest duration in milliseconds.
    pub duration_ms_max: u64,
    /// Size of the pictures given out, whatever their shape; `None` for that of the file.
    pub size: Option<(u32, u32)>,
    /// The program that decodes what is not decoded here, looked up as the system does; `None` to never run one.
    pub ffmpeg: Option<PathBuf>,
}

impl Default for VideoLimits {
    fn default() -> Self {
        Self {
            side_max: SIDE_MAX,
            pixels_max: PIXELS_MAX,
            duration_ms_max: DURATION_MS_MAX,
            size: None,
            ffmpeg: Some(PathBuf::from("ffmpeg")),
        }
    }
}

/// What is known of a video without decoding it.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoProbe {
    /// Pixels per row, upright.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Up to the end of the last picture.
    pub duration_ms: u64,
    /// Pictures per second on average.
    pub fps: f64,
    /// Whether there is sound, too.
    pub has_audio: bool,
    /// Whether pictures can be seen through.
    pub has_alpha: bool,
    /// The coding, by the name ffmpeg gives it.
    pub codec: String,
}

/// Reads what is seen at one time after another.
///
/// Memory does not grow with duration. Going forward costs the decoding of what is passed over, up to the next picture
/// from which decoding can start; going back, of all from the last such picture on.
pub struct VideoReader {
    backend: Backend,
    probe: VideoProbe,
    path: PathBuf,
    limits: VideoLimits,
}

enum Backend {
    Native(Box<NativeReader>),
    Ffmpeg(Box<FfmpegReader>),
}

impl VideoReader {
    /// Opens `path` and decodes its first picture.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] for too much, [`Error::Malformed`] for broken files, [`Error::Unsupported`] for files without
    /// video and for those that only ffmpeg could decode when it is absent.
    pub fn open(path: &Path, limits: &VideoLimits) -> Result<Self> {
        if let Some((width, height)) = limits.size {
            check_size((width, height), limits)?;
        }
        let native = open_native(path, limits);
        let (backend, probe) = match native {
            Ok((reader, probe)) => (Backend::Native(Box::new(reader)), probe),
            Err(error @ (Error::Io { .. } | Error::Limit { .. })) => return Err(error),
            Err(error) => match FfmpegReader::open(path, limits) {
                Ok((reader, probe)) => (Backend::Ffmpeg(Box::new(reader)), probe),
                Err(refused @ Error::Limit { .. }) => return Err(refused),
                // What our own reader says is more to the point.
                Err(_) => return Err(error),
            },
        };
        check_duration(&probe, limits)?;
        Ok(Self { backend, probe, path: path.to_owned(), limits: limits.clone() })
    }

    /// Returns what is known of the video.
    pub fn probe(&self) -> &VideoProbe {
        &self.probe
    }

    /// Returns what is seen at `time_ms`: from the end on, the last picture.
    ///
    /// Where a picture is broken, the one before it stays.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Malformed`] when nothing can be decoded, [`Error::Unsupported`] for what turns up in the
    /// middle and cannot be decoded without ffmpeg.
    pub fn frame_at(&mut self, time_ms: u64) -> Result<&Picture> {
        if let Backend::Native(native) = &mut self.backend {
            match native.frame_at(time_ms).map(|_| ()) {
                Ok(()) => {}
                Err(error @ Error::Unsupported { .. }) => {
                    let (reader, _) = FfmpegReader::open(&self.path, &self.limits).map_err(|_| error)?;
                    self.backend = Backend::Ffmpeg(Box::new(reader));
                }
                Err(error) => return Err(error),
            }
        }
        match &mut self.backend {
            Backend::Native(native) => native.frame_at(time_ms),
            Backend::Ffmpeg(reader) => reader.frame_at(time_ms),
        }
    }
}

/// Finds out what a video is without keeping it open, see [`VideoReader::open`].
///
/// # Errors
///
/// Those of [`VideoReader::open`].
pub fn probe_video(path: &Path, limits: &VideoLimits) -> Result<VideoProbe> {
    VideoReader::open(path, limits).map(|reader| reader.probe)
}

fn open_native(path: &Path, limits: &VideoLimits) -> Result<(NativeReader, VideoProbe)> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    file.take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| Error::io("read", path, error))?;
    if !MovieFile::is_such(&head) {
        return Err(Error::unsupported("video format", NEEDS_FFMPEG));
    }
    let mut reader = NativeReader::open(path, limits)?;
    let duration_ms = source::duration_ms(reader.movie());
    let n_pictures = reader.movie().samples.len();
    let (width, height) = reader.size();
    let probe = VideoProbe {
        width,
        height,
        duration_ms,
        fps: n_pictures as f64 * 1000.0 / duration_ms.max(1) as f64,
        has_audio: reader.movie().has_audio,
        has_alpha: reader.has_alpha(),
        codec: reader.codec().to_owned(),
    };
    check_duration(&probe, limits)?;
    reader.frame_at(0)?;
    Ok((reader, probe))
}

fn check_duration(probe: &VideoProbe, limits: &VideoLimits) -> Result<()> {
    if probe.duration_ms > limits.duration_ms_max {
        return Err(Error::Limit {
            what: "the duration of the video in ms",
            actual: probe.duration_ms,
            limit: limits.duration_ms_max,
        });
    }
    Ok(())
}

fn check_size((width, height): (u32, u32), limits: &VideoLimits) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::malformed("video", "a side of 0 pixels"));
    }
    let side = width.max(height);
    if side > limits.side_max {
        return Err(Error::Limit {
            what: "the longer side of the video in pixels",
            actual: u64::from(side),
            limit: u64::from(limits.side_max),
        });
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.pixels_max {
        return Err(Error::Limit { what: "the size of the video in pixels", actual: pixels, limit: limits.pixels_max });
    }
    Ok(())
}
