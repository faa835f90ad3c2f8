//! Other people's programs, kept within bounds.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// The longest silence of a program before it is given up.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Bytes kept of what a program says about a file.
const MESSAGE_BYTES_MAX: u64 = 64 * 1024;

/// What a program may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessLimits {
    /// Address space in KiB.
    pub(crate) memory_kb: u64,
    /// Processor time in seconds.
    pub(crate) cpu_s: u64,
}

/// Returns `path` as an argument that cannot be taken for an option or a URL.
pub(crate) fn file_argument(path: &Path) -> OsString {
    let mut argument = OsString::from("file:");
    argument.push(path);
    argument
}

/// Prepares `program` to run with limits, where the system has a shell to set them.
pub(crate) fn limited(program: &Path, limits: ProcessLimits) -> Command {
    if cfg!(unix) {
        let mut command = Command::new("/bin/sh");
        let ProcessLimits { memory_kb, cpu_s } = limits;
        let script = format!("ulimit -v {memory_kb}; ulimit -t {cpu_s}; exec \"$0\" \"$@\"");
        command.arg("-c").arg(script).arg(program);
        return command;
    }
    Command::new(program)
}

/// A running program; killed when dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it is already gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Hands on what `source` gives in pieces of `piece_bytes`, the last one shorter, at most `pieces_max` ahead.
///
/// The thread ends with the source, which ends with the program, or with the receiver.
pub(crate) fn pieces(
    mut source: impl Read + Send + 'static,
    piece_bytes: usize,
    pieces_max: usize,
) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(pieces_max);
    std::thread::spawn(move || {
        loop {
            let mut piece = Vec::with_capacity(piece_bytes);
            let is_read = (&mut source).take(piece_bytes as u64).read_to_end(&mut piece).is_ok();
            let is_last = piece.len() < piece_bytes;
            if !is_read || piece.is_empty() || sender.send(piece).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

/// Lets `ffmpeg` say on its error output what it thinks of `path`; empty where it does not run.
pub(crate) fn ffmpeg_description(path: &Path, program: &Path, limits: ProcessLimits) -> String {
    let child = limited(program, limits)
        .args(["-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe", "-i"])
        .arg(file_argument(path))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(child) = child else {
        return String::new();
    };
    let mut running = Running(child);
    let (sender, said) = sync_channel(1);
    if let Some(stderr) = running.0.stderr.take() {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            let _ = stderr.take(MESSAGE_BYTES_MAX).read_to_end(&mut said);
            let _ = sender.send(said);
        });
    }
    let said = said.recv_timeout(SILENCE_MAX).unwrap_or_default();
    String::from_utf8_lossy(&said).into_owned()
}

/// Reads "Duration: 00:01:02.50" in what [`ffmpeg_description`] returns, in milliseconds.
pub(crate) fn described_duration_ms(said: &str) -> Option<u64> {
    let (_, rest) = said.split_once("Duration: ")?;
    let mut parts = rest.split([':', ',']).take(3);
    let hours: f64 = parts.next()?.trim().parse().ok()?;
    let minutes: f64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next()?.parse().ok()?;
    Some(((hours * 3600.0 + minutes * 60.0 + seconds) * 1000.0).round() as u64)
}
