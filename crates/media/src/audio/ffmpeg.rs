//! The formats nothing here reads, through the `ffmpeg` program if there is one.
//!
//! It writes a WAV stream of 32-bit floats into a pipe; its header tells rate, channels and speakers.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};

use super::codec::default_mask;
use super::decode::Spec;
use crate::process::{
    ProcessLimits, Running, SILENCE_MAX, described_duration_ms, ffmpeg_description, file_argument, limited,
};
use crate::{Error, Result};

/// What the program may take: 2 GiB and an hour.
const LIMITS: ProcessLimits = ProcessLimits { memory_kb: 2 << 20, cpu_s: 3600 };
/// Bytes per message from the reading thread.
const CHUNK_BYTES: usize = 64 * 1024;
/// Messages in flight; when full the thread waits and the pipe fills up.
const CHUNKS_MAX: usize = 4;
/// Bytes before the samples of a WAV stream; more means that it is none.
const HEADER_BYTES_MAX: usize = 256 * 1024;

/// A running `ffmpeg`; killed when dropped.
pub(crate) struct Ffmpeg {
    _running: Running,
    chunks: Receiver<Vec<u8>>,
    pending: Vec<u8>,
    spec: Spec,
}

impl Ffmpeg {
    /// Starts `program` on `path` and waits for its first samples.
    pub(crate) fn open(path: &Path, program: Option<&Path>) -> Result<Self> {
        let program = program.ok_or_else(|| Error::unsupported("ffmpeg", "it is switched off"))?;
        let child = limited(program, LIMITS)
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"])
            .args(["-protocol_whitelist", "file,pipe", "-i"])
            .arg(file_argument(path))
            .args(["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"])
            .args(["-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| Error::io("run", program, source))?;
        let mut running = Running(child);
        let stdout = running.0.stdout.take();
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
        let mut pipe = Self { _running: running, chunks, pending: Vec::new(), spec };
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
    parse_description(&ffmpeg_description(path, program, LIMITS))
}

fn parse_description(said: &str) -> Description {
    let after = |mark: &str| said.split_once(mark).map(|(_, rest)| rest);
    let word = |rest: &str| rest.split([',', ' ', '\n']).next().unwrap_or_default().to_owned();
    Description {
        container: after("Input #0, ").map(word).unwrap_or_default(),
        codec: after("Audio: ").map(word).unwrap_or_default(),
        duration_ms: described_duration_ms(said),
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
