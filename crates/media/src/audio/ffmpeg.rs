//! The formats nothing here reads, through the `ffmpeg` program if there is one.
//!
//! It writes a WAV stream of 32-bit floats into a pipe; its header tells rate, channels and speakers.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::codec::default_mask;
use super::decode::Spec;
use crate::{Error, Result};

/// The longest silence of the program before it is killed.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Address space the program may take, in KiB.
const MEMORY_KB_MAX: u64 = 2 << 20;
/// Processor time the program may take, in seconds.
const CPU_S_MAX: u64 = 3600;
/// Bytes per message from the reading thread.
const CHUNK_BYTES: usize = 64 * 1024;
/// Messages in flight; when full the thread waits and the pipe fills up.
const CHUNKS_MAX: usize = 4;
/// Bytes before the samples of a WAV stream; more means that it is none.
const HEADER_BYTES_MAX: usize = 256 * 1024;
/// Bytes kept of what the program says about a file.
const MESSAGE_BYTES_MAX: u64 = 64 * 1024;

/// A running `ffmpeg`; killed when dropped.
pub(crate) struct Ffmpeg {
    child: Child,
    chunks: Receiver<Vec<u8>>,
    pending: Vec<u8>,
    spec: Spec,
}

/// The file as an argument that cannot be taken for an option or a URL.
fn input_argument(path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from("file:");
    argument.push(path);
    argument
}

/// Prepares `program` to run with limits on memory and processor time, where the system has a shell to set them.
fn limited(program: &Path) -> Command {
    if cfg!(unix) {
        let mut command = Command::new("/bin/sh");
        let script = format!("ulimit -v {MEMORY_KB_MAX}; ulimit -t {CPU_S_MAX}; exec \"$0\" \"$@\"");
        command.arg("-c").arg(script).arg(program);
        return command;
    }
    Command::new(program)
}

impl Ffmpeg {
    /// Starts `program` on `path` and waits for its first samples.
    pub(crate) fn open(path: &Path, program: Option<&Path>) -> Result<Self> {
        let program = program.ok_or_else(|| Error::unsupported("ffmpeg", "it is switched off"))?;
        let mut child = limited(program)
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"])
            .args(["-protocol_whitelist", "file,pipe", "-i"])
            .arg(input_argument(path))
            .args(["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"])
            .args(["-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| Error::io("run", program, source))?;
        let stdout = child.stdout.take();
        let (sender, chunks) = sync_channel(CHUNKS_MAX);
        if let Some(mut stdout) = stdout {
            // Ends with the pipe, which ends with the child, which is killed on drop.
            std::thread::spawn(move || {
                loop {
                    let mut chunk = vec![0; CHUNK_BYTES];
                    match stdout.read(&mut chunk) {
                        Ok(n) if n > 0 => chunk.truncate(n),
                        _ => return,
                    }
                    if sender.send(chunk).is_err() {
                        return;
                    }
                }
            });
        }
        let spec = Spec { sample_rate: 0, channels: 0, mask: 0 };
        let mut pipe = Self { child, chunks, pending: Vec::new(), spec };
        pipe.read_header()?;
        Ok(pipe)
    }

    /// Returns what the samples are.
    pub(crate) fn spec(&self) -> Spec {
        self.spec
    }

    /// Appends the next bytes to `pending`; `false` at the end.
    fn fill(&mut self) -> Result<bool> {
        match self.chunks.recv_timeout(SILENCE_MAX) {
            Ok(chunk) => {
                self.pending.extend_from_slice(&chunk);
                Ok(true)
            }
            Err(RecvTimeoutError::Disconnected) => Ok(false),
            Err(RecvTimeoutError::Timeout) => Err(Error::malformed("audio file", "ffmpeg is stuck on it")),
        }
    }

    fn read_header(&mut self) -> Result<()> {
        loop {
            if let Some((spec, data_at)) = parse_wav_header(&self.pending) {
                self.pending.drain(..data_at);
                self.spec = spec;
                return Ok(());
            }
            if self.pending.len() > HEADER_BYTES_MAX || !self.fill()? {
                return Err(Error::unsupported("audio file", "ffmpeg finds no audio in it either"));
            }
        }
    }

    /// Replaces `block` by the next samples; `false` at the end.
    pub(crate) fn next(&mut self, block: &mut Vec<f32>) -> Result<bool> {
        block.clear();
        let frame_bytes = 4 * usize::from(self.spec.channels);
        while self.pending.len() < frame_bytes {
            if !self.fill()? {
                return Ok(false);
            }
        }
        let n_bytes = self.pending.len() / frame_bytes * frame_bytes;
        block.extend(self.pending[..n_bytes].chunks_exact(4).map(|b| {
            let sample = f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            if sample.is_finite() { sample } else { 0.0 }
        }));
        self.pending.drain(..n_bytes);
        Ok(true)
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        // Both fail only if it is already gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the spec and where the samples start, once all of the header is there.
fn parse_wav_header(bytes: &[u8]) -> Option<(Spec, usize)> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at.saturating_add(2))?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at.saturating_add(4))?.try_into().ok()?));
    let (mut at, mut spec) = (12, None);
    loop {
        let size = u32_at(at + 4)?;
        match bytes.get(at..at.saturating_add(4))? {
            b"fmt " => {
                let channels = u16_at(at + 10)?;
                let mask = if size >= 24 { u32_at(at + 28)? } else { 0 };
                let is_full = mask.count_ones() == u32::from(channels);
                let mask = if is_full { mask } else { default_mask(channels) };
                spec = Some(Spec { sample_rate: u32_at(at + 12)?, channels, mask });
            }
            b"data" => {
                return spec.filter(|spec| spec.channels > 0).map(|spec| (spec, at + 8));
            }
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(usize::try_from(size).ok()?)?;
    }
}

/// What `ffmpeg` says about a file.
#[derive(Debug, Default)]
pub(crate) struct Description {
    /// The short name of its demuxer, such as "asf".
    pub(crate) container: String,
    /// The short name of the audio coding, such as "wmav2".
    pub(crate) codec: String,
    /// Length in ms.
    pub(crate) duration_ms: Option<u64>,
}

/// Asks `program` about `path`; empty where it does not tell.
pub(crate) fn describe(path: &Path, program: &Path) -> Description {
    let child = limited(program)
        .args(["-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe", "-i"])
        .arg(input_argument(path))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        return Description::default();
    };
    let (sender, said) = sync_channel(1);
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            let _ = stderr.take(MESSAGE_BYTES_MAX).read_to_end(&mut said);
            let _ = sender.send(said);
        });
    }
    let said = said.recv_timeout(SILENCE_MAX).unwrap_or_default();
    let _ = child.kill();
    let _ = child.wait();
    parse_description(&String::from_utf8_lossy(&said))
}

fn parse_description(said: &str) -> Description {
    let after = |mark: &str| said.split_once(mark).map(|(_, rest)| rest);
    let word = |rest: &str| rest.split([',', ' ', '\n']).next().unwrap_or_default().to_owned();
    let duration_ms = after("Duration: ").and_then(|rest| {
        let mut parts = rest.split([':', ',']).take(3);
        let hours: f64 = parts.next()?.trim().parse().ok()?;
        let minutes: f64 = parts.next()?.parse().ok()?;
        let seconds: f64 = parts.next()?.parse().ok()?;
        Some(((hours * 3600.0 + minutes * 60.0 + seconds) * 1000.0).round() as u64)
    });
    Description {
        container: after("Input #0, ").map(word).unwrap_or_default(),
        codec: after("Audio: ").map(word).unwrap_or_default(),
        duration_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read() {
        let said = "Input #0, asf, from 'file:x':\n  Duration: 00:01:02.50, start: 0\n Stream #0:0: Audio: wmav2 (a)";
        let description = parse_description(said);
        assert_eq!((description.container.as_str(), description.codec.as_str()), ("asf", "wmav2"));
        assert_eq!(description.duration_ms, Some(62_500));
    }
}
