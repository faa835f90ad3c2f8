//! Writes MP4 files (ISO/IEC 14496-12, -14, -15): a held picture or moving ones, and an audio track.
//!
//! 1. `ftyp`
//! 2. `moov`, in space reserved from the estimated duration, then `free` up to the media
//! 3. `mdat`: the two IDR samples of a held picture, then the audio packets in order;
//!    or moving pictures and audio packets by turns, half a second each
//!
//! The file is written once, front to back; only `moov` is filled in at the end.
//! Should the estimate have been too small, the media is moved up within the file, block by block.
//! Times are in ticks that both frame rate and sample rate divide, so that every duration is exact.

mod boxes;
mod entry;
mod file;
mod moov;
pub mod mov;
mod movie;
mod segments;
mod tables;
mod tags;

use std::ops::ControlFlow;
use std::path::Path;

use crate::h264::{ParameterSets, StillVideo};
use crate::{AudioTrackSpec, Error, Packet, PacketSource, Result};
use file::PartFile;
use moov::{Flavor, Movie, Track, TrackKind, write_roll};
use tables::{SampleTable, StillTable};

pub use movie::{MovieReport, SampleSource, VideoSample, VideoTrackSpec, write_movie};
pub use segments::{Segment, SegmentSample, SegmentSource};
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
    let mut parts = StillMovie {
        spec: &spec,
        still: video,
        sets: ParameterSets { sps: vec![video.sps.clone()], pps: vec![video.pps.clone()] },
        tags,
        creation_time: options.creation_time,
        audible_frames: 0,
        video: StillTable::default(),
        audio: SampleTable::new(spec.sample_rate),
    };
    let ftyp = moov::ftyp(Flavor::Mp4);
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
        n_packets: parts.audio.n_samples(),
        n_video_samples: parts.video.n_samples(),
    })
}

/// Everything that the `moov` of a held picture is built from.
struct StillMovie<'a> {
    spec: &'a AudioTrackSpec,
    still: &'a StillVideo,
    sets: ParameterSets,
    tags: &'a Mp4Tags,
    creation_time: u64,
    audible_frames: u64,
    video: StillTable,
    audio: SampleTable,
}

impl StillMovie<'_> {
    fn moov(&self, shift: u64) -> Result<Vec<u8>> {
        let (width, height) = (self.still.width, self.still.height);
        let write_video = |out: &mut Vec<u8>, shift| {
            entry::write_video_stsd(out, width, height, &self.sets)?;
            self.video.write(out, shift)
        };
        let write_audio = |out: &mut Vec<u8>, shift| write_audio_tables(out, self.spec, &self.audio, shift);
        let video = Track {
            kind: TrackKind::Video(width, height),
            timescale: self.spec.sample_rate,
            media_duration: self.audible_frames,
            duration: self.audible_frames,
            starts_at: None,
            tables: &write_video,
        };
        let audio = Track {
            kind: TrackKind::Audio,
            timescale: self.spec.sample_rate,
            media_duration: self.audio.duration(),
            duration: self.audible_frames,
            starts_at: Some(u64::from(self.spec.priming)),
            tables: &write_audio,
        };
        let movie = Movie {
            flavor: Flavor::Mp4,
            timescale: self.spec.sample_rate,
            creation_time: self.creation_time,
            tags: self.tags,
            tracks: &[video, audio],
        };
        movie.moov(shift)
    }
}

fn write_audio_tables(out: &mut Vec<u8>, spec: &AudioTrackSpec, table: &SampleTable, shift: u64) -> Result<()> {
    entry::write_audio_stsd(out, spec, table)?;
    table.write(out, shift)?;
    write_roll(out, &spec.codec, table)
}

fn ticks(ms: u32, timescale: u32) -> u64 {
    u64::from(ms) * u64::from(timescale) / 1000
}

/// Estimates the size of `moov`, rounded up by about 2 %.
fn reserved_bytes(parts: &StillMovie<'_>, packet_frames: u32) -> Result<u64> {
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
