//! Videos that nothing here decodes, through the `ffmpeg` program if there is one.
//!
//! It writes whole frames of RGBA, already at the wanted size, into a pipe; a few wait there, and the rest is not decoded
//! before it is asked for.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use super::{VideoLimits, VideoProbe, check_size};
use crate::picture::Picture;
use crate::process::{
    ProcessLimits, Running, SILENCE_MAX, described_duration_ms, ffmpeg_description, file_argument, limited, pieces,
};
use crate::{Error, Result};

/// What the program may take: 4 GiB and an hour.
const LIMITS: ProcessLimits = ProcessLimits { memory_kb: 4 << 20, cpu_s: 3600 };
/// Frames in flight; when full the thread waits and the pipe fills up.
const FRAMES_AHEAD_MAX: usize = 2;
/// Highest rate at which frames are asked for, in thousandths of a frame per second.
const MILLI_FPS_MAX: u64 = 60_000;
/// The rate when the program names none.
const MILLI_FPS_DEFAULT: u64 = 30_000;
/// Frames that are rather read than jumped over.
const FRAMES_SKIPPED_MAX: u64 = 300;

/// Reads frames of a steady rate from a running program, which is started anew to go back or far ahead.
pub(super) struct FfmpegReader {
    path: PathBuf,
    program: PathBuf,
    source: Source,
    size: (u32, u32),
    duration_ms: u64,
    running: Option<Stream>,
    /// The frame that was read last, by its number since the start.
    current: Option<(u64, Picture)>,
}

/// What the program says of the video.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    codec: String,
    has_alpha: bool,
    size: (u32, u32),
    milli_fps: u64,
}

struct Stream {
    frames: Receiver<Vec<u8>>,
    next_frame: u64,
    _running: Running,
}

impl FfmpegReader {
    /// Asks the program about `path` and decodes the first frame.
    pub(super) fn open(path: &Path, limits: &VideoLimits) -> Result<(Self, VideoProbe)> {
        let program = limits.ffmpeg.clone().ok_or_else(|| Error::unsupported("ffmpeg", "it is switched off"))?;
        let said = ffmpeg_description(path, &program, LIMITS);
        let source = parse(&said).ok_or_else(|| Error::unsupported("video", "ffmpeg finds none in the file either"))?;
        check_size(source.size, limits)?;
        let duration_ms = described_duration_ms(&said).unwrap_or(0);
        let probe = VideoProbe {
            width: source.size.0,
            height: source.size.1,
            duration_ms,
            fps: source.milli_fps as f64 / 1000.0,
            has_audio: said.contains("Audio: "),
            has_alpha: source.has_alpha,
            codec: source.codec.clone(),
        };
        let size = limits.size.unwrap_or(source.size);
        let mut reader =
            Self { path: path.to_owned(), program, source, size, duration_ms, running: None, current: None };
        reader.frame_at(0)?;
        Ok((reader, probe))
    }

    /// Returns what is seen at `time_ms`.
    pub(super) fn frame_at(&mut self, time_ms: u64) -> Result<&Picture> {
        let time_ms = if self.duration_ms > 0 { time_ms.min(self.duration_ms.saturating_sub(1)) } else { time_ms };
        let wanted = time_ms.saturating_mul(self.source.milli_fps) / 1_000_000;
        let is_current = self.current.as_ref().is_some_and(|&(number, _)| number == wanted);
        if !is_current {
            self.advance(wanted)?;
        }
        match &self.current {
            Some((_, picture)) => Ok(picture),
            None => Err(Error::malformed("video", "ffmpeg decodes no picture of it")),
        }
    }

    fn advance(&mut self, wanted: u64) -> Result<()> {
        let is_near = self
            .running
            .as_ref()
            .is_some_and(|stream| wanted >= stream.next_frame && wanted - stream.next_frame <= FRAMES_SKIPPED_MAX);
        if !is_near {
            // The old program ends before the new one starts.
            self.running = None;
            self.running = Some(self.start(wanted)?);
        }
        let Some(stream) = &mut self.running else {
            return Ok(());
        };
        let n_bytes = self.size.0 as usize * self.size.1 as usize * 4;
        let mut last = None;
        while stream.next_frame <= wanted {
            match stream.frames.recv_timeout(SILENCE_MAX) {
                Ok(frame) if frame.len() == n_bytes => {
                    last = Some(frame);
                    stream.next_frame += 1;
                }
                Ok(_) | Err(RecvTimeoutError::Disconnected) => {
                    // The end: the last frame stays, and asking again costs nothing.
                    stream.next_frame = wanted + 1;
                }
                Err(RecvTimeoutError::Timeout) => return Err(Error::malformed("video", "ffmpeg is stuck on it")),
            }
        }
        if let Some(rgba) = last {
            self.current = Some((wanted, Picture::from_rgba(self.size.0, self.size.1, rgba)?));
        } else if let Some((number, _)) = &mut self.current {
            *number = wanted;
        }
        Ok(())
    }

    /// Starts the program so that frame `first` comes first.
    fn start(&self, first: u64) -> Result<Stream> {
        let rate = format!("{}/1000", self.source.milli_fps);
        let mut command = limited(&self.program, LIMITS);
        command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "2"]);
        if self.source.has_alpha {
            // Only these decoders look at the second stream that holds the alpha.
            match self.source.codec.as_str() {
                "vp8" => drop(command.args(["-c:v", "libvpx"])),
                "vp9" => drop(command.args(["-c:v", "libvpx-vp9"])),
                _ => {}
            }
        }
        if first > 0 {
            let ms = first * 1_000_000 / self.source.milli_fps;
            command.args(["-ss", &format!("{}.{:03}", ms / 1000, ms % 1000)]);
        }
        let child = command
            .args(["-protocol_whitelist", "file,pipe", "-i"])
            .arg(file_argument(&self.path))
            .args(["-map", "0:v:0", "-an", "-sn", "-dn", "-r", &rate])
            .args(["-vf", &format!("scale={}:{}:flags=bilinear", self.size.0, self.size.1)])
            .args(["-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Error::io("run", &self.program, error))?;
        let mut running = Running(child);
        let stdout = running.0.stdout.take();
        let stdout = stdout.ok_or_else(|| Error::unsupported("ffmpeg", "its output cannot be read"))?;
        let n_bytes = self.size.0 as usize * self.size.1 as usize * 4;
        let frames = pieces(stdout, n_bytes, FRAMES_AHEAD_MAX);
        Ok(Stream { frames, next_frame: first, _running: running })
    }
}

/// Reads the line of the first video stream that is no attached picture, and the lines that belong to it.
fn parse(said: &str) -> Option<Source> {
    let mut lines = said.lines().skip_while(|line| !line.contains(" Video: ") || line.contains("(attached pic)"));
    let (_, line) = lines.next()?.split_once(" Video: ")?;
    let about: Vec<&str> = lines.take_while(|line| !line.trim_start().starts_with("Stream #")).collect();
    let codec = line.split([' ', ',']).next()?.to_owned();
    let parts: Vec<&str> = outside_brackets(line);
    let (at, (width, height)) = parts.iter().enumerate().find_map(|(at, part)| Some((at, size(part)?)))?;
    let rate = |unit: &str| {
        let number: f64 = parts.iter().find_map(|part| part.strip_suffix(unit))?.trim().parse().ok()?;
        Some((number * 1000.0).round() as u64).filter(|&rate| rate > 0)
    };
    let milli_fps = rate(" fps").or_else(|| rate(" tbr")).unwrap_or(MILLI_FPS_DEFAULT).clamp(1, MILLI_FPS_MAX);
    let says = |key: &str, value: &str| {
        about.iter().filter(|line| line.trim_start().starts_with(key)).any(|line| line.contains(value))
    };
    let pixels = parts.get(..at).unwrap_or_default();
    let has_alpha = says("alpha_mode", "1")
        || pixels.iter().any(|part| {
            ["yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8"].iter().any(|a| part.trim().starts_with(a))
        });
    let is_turned =
        about.iter().any(|line| line.contains("rotation of") && (line.contains("90.") || line.contains("270.")));
    let width = stretched(width, line).unwrap_or(width);
    let size = if is_turned { (height, width) } else { (width, height) };
    Some(Source { codec, has_alpha, size, milli_fps })
}

/// Splits at commas that stand in no brackets.
fn outside_brackets(line: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    line.split(|c: char| {
        depth += match c {
            '(' | '[' => 1,
            ')' | ']' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    })
    .collect()
}

/// Reads "640x360", with anything behind a space.
fn size(part: &str) -> Option<(u32, u32)> {
    let (width, height) = part.split_whitespace().next()?.split_once('x')?;
    let (width, height) = (width.parse().ok()?, height.parse().ok()?);
    (width > 0 && height > 0).then_some((width, height))
}

/// Returns the width at which pixels that are no squares look right.
fn stretched(width: u32, line: &str) -> Option<u32> {
    let (_, rest) = line.split_once("SAR ")?;
    let (across, rest) = rest.split_once(':')?;
    let (across, down): (u64, u64) = (across.parse().ok()?, rest.split([' ', ']', ',']).next()?.parse().ok()?);
    let wide = (u64::from(width).checked_mul(across)? + down / 2).checked_div(down)?;
    u32::try_from(wide).ok().filter(|&wide| wide > 0)
}

#[cfg(test)]
mod tests {
    use super::{Source, parse};

    #[test]
    fn what_ffmpeg_says_is_read() {
        let said = "Input #0, matroska,webm, from 'file:a.webm':\n  Duration: 00:00:03.00, start: 0.0, bitrate: 9 kb/s\n  \
                    Stream #0:0: Video: vp9 (Profile 0), yuv420p(tv, bt709/unknown/unknown, progressive), 640x360, \
                    SAR 1:1 DAR 16:9, 29.97 fps, 29.97 tbr, 1k tbn (default)\n    Metadata:\n      alpha_mode      : 1\n  \
                    Stream #0:1: Audio: opus, 48000 Hz, stereo, fltp\n";
        let wanted = Source { codec: "vp9".to_owned(), has_alpha: true, size: (640, 360), milli_fps: 29_970 };
        assert_eq!(parse(said), Some(wanted));
    }

    #[test]
    fn turned_and_stretched_videos_are_as_they_look() {
        let said = "  Stream #0:0[0x1](und): Video: hevc (Main) (hvc1 / 0x31637668), yuv420p(tv), 720x576 [SAR 64:45 DAR 16:9], \
                    1 kb/s, 25 fps\n    Side data:\n      displaymatrix: rotation of -90.00 degrees\n";
        assert_eq!(parse(said).map(|source| source.size), Some((576, 1024)));
    }

    #[test]
    fn pictures_of_songs_are_no_videos() {
        let said =
            "  Stream #0:0: Audio: mp3\n  Stream #0:1: Video: mjpeg, yuvj420p(pc), 600x600, 90k tbr (attached pic)\n";
        assert_eq!(parse(said), None);
    }
}
