//! What should not be heard of a track: encoder delay and padding, as each container tells them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::meta::RawValue;

use super::demux::{Coding, Demuxer};
use super::mp4_edit::{self, Smpb};
use super::opus_head::OpusHead;
use super::source::{Head, Source};

/// Audio frames a decoder puts out for the first AAC access unit: half an overlap, never sound.
const AAC_PRIMING: u64 = 1024;
/// Bytes at the end of a Matroska file searched for the padding of its last block.
const MKV_TAIL_BYTES: u64 = 64 * 1024;
/// The largest padding believed, in ns; a packet is at most 120 ms.
const MKV_PADDING_NS_MAX: i64 = 500_000_000;

/// Which audio frames of the decoded stream are audible, in ticks of `rate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trim {
    /// Ticks per second of the other fields.
    pub(crate) rate: u32,
    /// Ticks before the first audible one.
    pub(crate) skip: u64,
    /// Audible ticks, if the file tells exactly.
    pub(crate) keep: Option<u64>,
    /// Ticks to drop at the end; used where the file tells padding but no length.
    pub(crate) tail: u64,
}

impl Demuxer {
    /// Finds what to cut of `track`.
    pub(crate) fn find_trim(&mut self, path: &Path, head: &Head, track: &Track, smpb: Option<Smpb>) -> Trim {
        let rate = self.params.sample_rate.unwrap_or(1).max(1);
        let plain = Trim { rate, skip: 0, keep: None, tail: 0 };
        match (self.container, self.coding) {
            ("MP4", _) => self.mp4_trim(path, head, track, smpb),
            ("ADTS", _) => {
                let implied = Trim { skip: AAC_PRIMING, ..plain };
                smpb.map_or(implied, |smpb| self.smpb_trim(smpb))
            }
            ("Matroska", _) => self.mkv_trim(path, head),
            ("MP3", _) => match track.delay {
                Some(delay) => Trim { skip: u64::from(delay), keep: track.num_frames, ..plain },
                None => plain,
            },
            (_, Coding::Opus) => Trim { rate: 48_000, skip: u64::from(track.delay.unwrap_or(0)), ..plain },
            // The packet table of a CAF tells the priming of AAC and the exact length of everything.
            ("CAF", coding) => {
                let implied = if coding == Coding::Aac { AAC_PRIMING } else { 0 };
                Trim { skip: track.delay.map_or(implied, u64::from), keep: track.num_frames, ..plain }
            }
            _ => plain,
        }
    }

    fn mp4_trim(&self, path: &Path, head: &Head, track: &Track, smpb: Option<Smpb>) -> Trim {
        let rate = self.params.sample_rate.unwrap_or(1).max(1);
        let edit = Source::open(path, head)
            .ok()
            .and_then(|mut source| mp4_edit::find_edit(&mut source, self.stream_bytes, self.track_id));
        let from_smpb = |smpb: Smpb| self.smpb_trim(smpb);
        let Some(edit) = edit.filter(|edit| edit.media_timescale > 0) else {
            let skip = if self.coding == Coding::Aac { AAC_PRIMING } else { self.opus_pre_skip() };
            return smpb.map_or(Trim { rate, skip, keep: None, tail: 0 }, from_smpb);
        };
        if let Some(smpb) = smpb
            && (edit.media_time == 0 || edit.media_time == smpb.delay)
        {
            return from_smpb(smpb);
        }
        let scale = u64::from(edit.media_timescale);
        let left = track.duration.map(|ticks| ticks.get().saturating_sub(edit.media_time)).filter(|&left| left > 0);
        let edited = (edit.duration > 0 && edit.movie_timescale > 0).then(|| {
            let ticks = u128::from(edit.duration) * u128::from(scale) / u128::from(edit.movie_timescale);
            u64::try_from(ticks).unwrap_or(u64::MAX)
        });
        // The edit's length is rounded to movie ticks (often 1 ms); the sample table is exact where both agree.
        let tolerance = 2 * scale / u64::from(edit.movie_timescale.max(1)) + 1;
        let keep = match (left, edited) {
            (Some(left), Some(edited)) if left.abs_diff(edited) <= tolerance => Some(left),
            (_, Some(edited)) => Some(edited),
            (left, None) => left,
        };
        Trim { rate: edit.media_timescale, skip: edit.media_time, keep, tail: 0 }
    }

    /// Encoders count the frames of HE-AAC at either the core's or the full rate; the length tells which.
    fn smpb_trim(&self, smpb: Smpb) -> Trim {
        let core = self.aac.as_ref().map_or(self.params.sample_rate.unwrap_or(1), |(config, _)| config.core_rate);
        let counted = (smpb.delay + smpb.frames) as f64;
        let is_full_rate = self.declared_s.is_some_and(|seconds| counted > 1.5 * seconds * f64::from(core));
        let rate = if is_full_rate { core.saturating_mul(2) } else { core };
        Trim { rate, skip: smpb.delay, keep: Some(smpb.frames), tail: 0 }
    }

    fn mkv_trim(&mut self, path: &Path, head: &Head) -> Trim {
        let rate = self.params.sample_rate.unwrap_or(48_000).max(1);
        let early = self.peek(1).front().map_or(0.0, |packet| -(packet.pts.get() as f64));
        let early_s = early / self.ticks_per_s;
        let mut skip = (early_s.max(0.0) * f64::from(rate)).round() as u64;
        if self.coding == Coding::Opus {
            skip = self.opus_pre_skip();
        } else if self.coding == Coding::Aac && skip == 0 {
            skip = AAC_PRIMING;
        } else if self.coding == Coding::Aac {
            // Block times are in ms: a delay of whole access units is restored from its rounded time.
            let units = (skip + AAC_PRIMING / 2) / AAC_PRIMING;
            if skip.abs_diff(units * AAC_PRIMING) <= u64::from(rate) / 500 {
                skip = units * AAC_PRIMING;
            }
        }
        let padding_s = mkv_padding_ns(path, head).unwrap_or(0) as f64 / 1e9;
        Trim { rate, skip, keep: None, tail: (padding_s * f64::from(rate)).round() as u64 }
    }

    /// Returns the pre-skip of an Opus header in 48 kHz audio frames, 0 for other codings.
    fn opus_pre_skip(&self) -> u64 {
        let head = self.params.extra_data.as_deref().filter(|_| self.coding == Coding::Opus);
        head.and_then(OpusHead::parse).map_or(0, |head| u64::from(head.pre_skip))
    }
}

/// Apple's gapless text: an MP4 item, or in the ID3 tag of an ADTS stream.
pub(crate) fn find_smpb(reader: &mut dyn FormatReader, head: &Head) -> Option<Smpb> {
    let mut metadata = reader.metadata();
    let in_tags = metadata.skip_to_latest().and_then(|revision| {
        let tag = revision.media.tags.iter().find(|tag| tag.raw.key.contains("iTunSMPB"))?;
        match &tag.raw.value {
            RawValue::String(text) => mp4_edit::parse_smpb(text),
            _ => None,
        }
    });
    in_tags.or_else(|| {
        const NAME: &[u8] = b"iTunSMPB";
        let at = head.tags.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
        let text: String = head.tags[at..].iter().skip_while(|&&b| b == 0).take(120).map(|&b| char::from(b)).collect();
        mp4_edit::parse_smpb(text.trim_start_matches(|c: char| c.is_control()))
    })
}

/// Finds `DiscardPadding` (ID 0x75A2) of the last block, in ns.
///
/// The demuxer reads over it. Only the end of the file is searched: muxers write it on the last block alone.
fn mkv_padding_ns(path: &Path, head: &Head) -> Option<i64> {
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::Start(head.file_bytes.saturating_sub(MKV_TAIL_BYTES))).ok()?;
    let mut tail = Vec::new();
    file.take(MKV_TAIL_BYTES).read_to_end(&mut tail).ok()?;
    let at = tail.windows(3).rposition(|w| w[0] == 0x75 && w[1] == 0xa2 && (0x81..=0x88).contains(&w[2]))?;
    let n_bytes = usize::from(tail[at + 2] & 0x7f);
    let value = tail.get(at + 3..at + 3 + n_bytes)?;
    let start = if value[0] & 0x80 != 0 { -1_i64 } else { 0 };
    let ns = value.iter().fold(start, |sum, &byte| (sum << 8) | i64::from(byte));
    (0..=MKV_PADDING_NS_MAX).contains(&ns).then_some(ns)
}
