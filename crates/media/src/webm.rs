//! Movies with alpha that browsers play: WebM with VP9, through the `ffmpeg` program.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use crate::picture::unpremultiply;
use crate::process::{ProcessLimits, Running, file_argument, limited};
use crate::{Error, Result};

/// What the program may take: 4 GiB and four hours.
const LIMITS: ProcessLimits = ProcessLimits { memory_kb: 4 << 20, cpu_s: 4 * 3600 };
/// The longest time the program may take for a frame, and for what is left at the end.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// Frames on their way; when as many are, the caller waits.
const FRAMES_AHEAD: usize = 3;
/// What a shell says of a program that is not there.
const COMMAND_NOT_FOUND: i32 = 127;
/// The constant quality asked for, 0 (best) to 63.
const QUALITY: &str = "28";

/// What a movie is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebmOptions {
    /// Pixels per row, even.
    pub width: u32,
    /// Rows, even.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// A file with the sound, if there is any.
    pub sound: Option<PathBuf>,
    /// The program, looked up as the system does.
    pub ffmpeg: PathBuf,
}

/// A WebM file being written; it appears under its name only when finished.
pub struct WebmWriter {
    running: Running,
    frames: Option<SyncSender<Vec<u8>>>,
    /// Buffers that have been written and can be filled again; closed when the program takes no more.
    free: Receiver<Vec<u8>>,
    /// Told once the program has ended.
    exit: Receiver<()>,
    frame_bytes: usize,
    n_frames: u64,
    part_path: PathBuf,
    path: PathBuf,
}

impl WebmWriter {
    /// Starts the program.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when there is no such program, and for sizes that VP9 with alpha does not take.
    pub fn create(path: &Path, options: &WebmOptions) -> Result<Self> {
        let WebmOptions { width, height, fps, .. } = *options;
        let is_even = width.is_multiple_of(2) && height.is_multiple_of(2);
        if width == 0 || height == 0 || !is_even || width > 16_384 || height > 16_384 || fps == 0 {
            let what = format!("WebM of {width}x{height} at {fps} frames per second");
            return Err(Error::unsupported(what, "sides must be even, at most 16384 pixels"));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem: String = name.chars().take(40).collect();
        let part_path = path.with_file_name(format!(".{stem}.{}.part", std::process::id()));
        let mut command = limited(&options.ffmpeg, LIMITS);
        command
            .args(["-hide_banner", "-loglevel", "error", "-y", "-protocol_whitelist", "file,pipe"])
            .args(["-f", "rawvideo", "-pix_fmt", "rgba", "-s", &format!("{width}x{height}"), "-r", &fps.to_string()])
            .args(["-i", "pipe:0"]);
        if let Some(sound) = &options.sound {
            command.args(["-protocol_whitelist", "file,pipe", "-i"]).arg(file_argument(sound));
            command.args(["-map", "0:v", "-map", "1:a:0", "-c:a", "libopus", "-b:a", "128k"]);
        }
        let child = command
            .args(["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", QUALITY, "-b:v", "0", "-auto-alt-ref", "0"])
            .args(["-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1", "-threads", "2"])
            .args(["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709"])
            .args(["-color_primaries", "bt709", "-color_trc", "bt709", "-map_metadata", "-1"])
            .args(["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-f", "webm"])
            .arg(file_argument(&part_path))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| missing())?;
        let mut running = Running(child);
        let (Some(stdin), Some(mut stdout)) = (running.0.stdin.take(), running.0.stdout.take()) else {
            return Err(failed("ffmpeg's pipes cannot be used"));
        };
        let (frames, to_write) = sync_channel(FRAMES_AHEAD);
        let (give_back, free) = sync_channel(FRAMES_AHEAD);
        let frame_bytes = width as usize * height as usize * 4;
        for _ in 0..FRAMES_AHEAD {
            // There is room for all of them.
            let _ = give_back.try_send(Vec::with_capacity(frame_bytes));
        }
        std::thread::spawn(move || write_frames(stdin, &to_write, &give_back));
        let (ended, exit) = sync_channel(1);
        std::thread::spawn(move || {
            // It writes nothing there; the pipe breaks when it ends.
            let _ = std::io::copy(&mut stdout, &mut std::io::sink());
            let _ = ended.send(());
        });
        Ok(Self {
            running,
            frames: Some(frames),
            free,
            exit,
            frame_bytes,
            n_frames: 0,
            part_path,
            path: path.to_owned(),
        })
    }

    /// Adds a frame of premultiplied RGBA.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for pixels of another size, [`Error::Unsupported`] when there is no such program or it lacks
    /// VP9, [`Error::Internal`] when it stops or gets stuck.
    pub fn push(&mut self, rgba: &[u8]) -> Result<()> {
        if rgba.len() != self.frame_bytes {
            return Err(Error::malformed("pixels", "length does not match the size"));
        }
        let Ok(mut buffer) = self.free.recv_timeout(SILENCE_MAX) else {
            return Err(self.failure());
        };
        buffer.clear();
        buffer.extend_from_slice(rgba);
        unpremultiply(&mut buffer);
        self.n_frames += 1;
        match self.frames.as_ref().map(|frames| frames.try_send(buffer)) {
            Some(Ok(())) => Ok(()),
            // As many buffers exist as fit: it is never full.
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => Err(self.failure()),
        }
    }

    /// Waits for the rest and gives the file its name; returns its size.
    ///
    /// # Errors
    ///
    /// Those of [`Self::push`], [`Error::Malformed`] without a frame, [`Error::Io`].
    pub fn finish(mut self) -> Result<u64> {
        if self.n_frames == 0 {
            return Err(Error::malformed("video", "no frames"));
        }
        self.frames = None;
        if self.exit_code() != Some(0) {
            return Err(self.failure());
        }
        let metadata = fs::metadata(&self.part_path).map_err(|error| Error::io("read", &self.part_path, error))?;
        fs::rename(&self.part_path, &self.path).map_err(|error| Error::io("rename", &self.part_path, error))?;
        Ok(metadata.len())
    }

    /// Ends the program if it still runs; `None` if it had to be ended.
    fn exit_code(&mut self) -> Option<i32> {
        let status = match self.running.0.try_wait() {
            Ok(Some(status)) => status,
            _ if self.exit.recv_timeout(SILENCE_MAX).is_ok() => self.running.0.wait().ok()?,
            _ => return None,
        };
        status.code()
    }

    /// Says why there is no file, as far as the program lets on.
    fn failure(&mut self) -> Error {
        match self.exit_code() {
            Some(COMMAND_NOT_FOUND) => missing(),
            Some(_) => {
                Error::unsupported("WebM with alpha", "ffmpeg failed; it must have been built with libvpx and libopus")
            }
            None => failed("ffmpeg is stuck"),
        }
    }
}

impl Drop for WebmWriter {
    fn drop(&mut self) {
        // It is not there any more when all went well.
        let _ = fs::remove_file(&self.part_path);
    }
}

/// Writes frame after frame until there are no more, or the program stops reading.
fn write_frames(mut stdin: ChildStdin, frames: &Receiver<Vec<u8>>, give_back: &SyncSender<Vec<u8>>) {
    while let Ok(frame) = frames.recv() {
        if stdin.write_all(&frame).is_err() {
            return;
        }
        let _ = give_back.try_send(frame);
    }
}

fn missing() -> Error {
    Error::unsupported("WebM with alpha", "install ffmpeg with libvpx, or choose another output with alpha")
}

fn failed(reason: &str) -> Error {
    Error::Internal { step: "VP9 encoding", reason: reason.to_owned() }
}
