//! Writes MP4 files (ISO/IEC 14496-12, -14, -15): one held picture and one audio track.
//!
//! 1. `ftyp`
//! 2. `moov`, in space reserved from the estimated duration, then `free` up to the media
//! 3. `mdat`: the two IDR samples of the picture, then the audio packets in order
//!
//! The file is written once, front to back; only `moov` is filled in at the end.
//! Should the estimate have been too small, the media is moved up within the file, block by block.
//! All times are in ticks of the audio sample rate, so that every duration is exact.

mod boxes;
mod entry;
mod file;
mod moov;
mod tables;
mod tags;

use std::ops::ControlFlow;
use std::path::Path;

use crate::h264::StillVideo;
use crate::{Error, Packet, PacketSource, Result};
use file::PartFile;
use moov::MovieParts;
use tables::{AudioTable, VideoTable};

pub use tags::{CoverArt, Mp4Tags};

/// Milliseconds that one video sample is held, unless [`Mp4Options`] says otherwise.
///
/// Players seek to samples: 10 s keeps the tables tiny and every seek quick.
pub const HOLD_MS: u32 = 10_000;

/// Milliseconds below which a remainder is added to the last video sample instead of becoming one.
const SHORTEST_HOLD_MS: u32 = 500;

/// Most bytes reserved for `moov` on the word of an estimate (about 27 h of AAC).
const RESERVED_BYTES_MAX: u64 = 16 << 20;

/// Seconds to reserve space for when the source has no estimate.
const SECONDS_WITHOUT_ESTIMATE: u64 = 600;

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mp4Options {
    /// Seconds since 1904-01-01 UTC for all creation times; 0 means unknown and keeps output reproducible.
    pub creation_time: u64,
    /// Milliseconds that one video sample is held, at least 500.
    pub hold_ms: u32,
}

impl Default for Mp4Options {
    fn default() -> Self {
        Self { creation_time: 0, hold_ms: HOLD_MS }
    }
}

/// What has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mp4Report {
    /// The size of the file.
    pub file_bytes: u64,
    /// Audible audio frames, which is also the duration of the picture.
    pub audio_frames: u64,
    /// Audio frames per second.
    pub sample_rate: u32,
    /// Audio packets stored.
    pub n_packets: u64,
    /// Video samples, all of which share the bytes of two pictures.
    pub n_video_samples: u64,
}

impl Mp4Report {
    /// Returns the duration in milliseconds, rounded to the nearest.
    pub fn duration_ms(&self) -> u64 {
        let rate = u128::from(self.sample_rate.max(1));
        ((u128::from(self.audio_frames) * 1000 + rate / 2) / rate) as u64
    }
}

/// Writes `video`, held as long as `audio` sounds, and `audio` to `out`.
///
/// `progress` is called about once per second of audio with the audio frames stored and the estimate.
/// The file appears under its name only when complete; on errors and cancellation nothing is left.
/// Memory grows by 4 bytes per audio packet. Identical input gives identical bytes.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Cancelled`] when `progress` breaks, [`Error::Malformed`] when the audio is
/// empty or its set-up data broken, and whatever `audio` returns.
pub fn write_still_video(
    out: &Path,
    audio: &mut dyn PacketSource,
    video: &StillVideo,
    tags: &Mp4Tags,
    options: &Mp4Options,
    progress: &mut dyn FnMut(u64, Option<u64>) -> ControlFlow<()>,
) -> Result<Mp4Report> {
    let spec = audio.spec().clone();
    if spec.sample_rate == 0 || spec.channels == 0 {
        return Err(Error::malformed("audio", "no sample rate or channels"));
    }
    let mut packet = Packet::default();
    if !audio.next_packet(&mut packet)? {
        return Err(Error::malformed("audio", "no packets"));
    }
    let mut parts = MovieParts {
        spec: &spec,
        still: video,
        tags,
        creation_time: options.creation_time,
        audible_frames: 0,
        video: VideoTable::default(),
        audio: AudioTable::new(spec.sample_rate),
    };
    let ftyp = moov::ftyp();
    let reserved = reserved_bytes(&parts, packet.duration)?;
    let mut file = PartFile::create(out, &ftyp, reserved)?;
    parts.video.set_bytes(file.position(), &video.samples);
    for sample in &video.samples {
        file.write(sample)?;
    }
    loop {
        let starts_chunk = parts.audio.push(file.position(), packet.data.len(), packet.duration)?;
        file.write(&packet.data)?;
        if starts_chunk && progress(audio.audible_frames(), spec.frames_estimate).is_break() {
            return Err(Error::Cancelled);
        }
        if !audio.next_packet(&mut packet)? {
            break;
        }
    }
    let playable = parts.audio.duration().saturating_sub(u64::from(spec.priming));
    parts.audible_frames = audio.audible_frames().min(playable);
    if parts.audible_frames == 0 {
        return Err(Error::malformed("audio", "nothing audible"));
    }
    let hold = ticks(options.hold_ms.max(SHORTEST_HOLD_MS), spec.sample_rate);
    let shortest = ticks(SHORTEST_HOLD_MS, spec.sample_rate);
    parts.video.set_timing(parts.audible_frames, hold, shortest);
    let file_bytes = file.finish(|shift| parts.moov(shift))?;
    // The last call; the file is complete, so its answer no longer matters.
    let _ = progress(parts.audible_frames, spec.frames_estimate);
    Ok(Mp4Report {
        file_bytes,
        audio_frames: parts.audible_frames,
        sample_rate: spec.sample_rate,
        n_packets: parts.audio.n_packets(),
        n_video_samples: parts.video.n_samples(),
    })
}

fn ticks(ms: u32, timescale: u32) -> u64 {
    u64::from(ms) * u64::from(timescale) / 1000
}

/// Estimates the size of `moov`, rounded up by about 2 %.
fn reserved_bytes(parts: &MovieParts<'_>, packet_frames: u32) -> Result<u64> {
    let rate = u64::from(parts.spec.sample_rate);
    let frames = parts
        .spec
        .frames_estimate
        .unwrap_or(SECONDS_WITHOUT_ESTIMATE * rate)
        .saturating_add(u64::from(parts.spec.priming));
    let n_packets = frames / u64::from(packet_frames.max(1)) + 4;
    let n_seconds = frames / rate + 2;
    let fixed = parts.moov(0)?.len() as u64;
    let tables = n_packets.saturating_mul(4).saturating_add(n_seconds.saturating_mul(8));
    let tables = tables.saturating_add(tables / 50).min(RESERVED_BYTES_MAX);
    Ok(fixed + tables + 1024)
}
