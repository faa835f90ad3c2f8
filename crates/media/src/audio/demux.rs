//! Opens a container, chooses its audio track, and hands out packets with everything needed to cut them exactly.

use std::collections::VecDeque;
use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known as id;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackFlags, well_known as format};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{MetadataOptions, RawValue};
use symphonia::core::packet::Packet;

use super::aac_config::AacConfig;
use super::source::{Head, Source};
use super::trim::{Trim, find_smpb};
use super::{guard, sniff};
use crate::{Error, Result};

/// Consecutive unreadable packets after which a container counts as ended.
const BAD_PACKETS_MAX: u32 = 64;
/// Tags read of a container.
const TEXTS_MAX: usize = 1000;
/// An elementary stream of which less than one part in this many is coded audio is garbage.
const GARBAGE_RATIO: u64 = 50;

/// How the audio is coded, as far as this crate tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Aac,
    Mp3,
    Alac,
    Flac,
    Opus,
    /// Anything else that symphonia decodes.
    Other,
}

/// An open container with one chosen audio track.
pub(crate) struct Demuxer {
    reader: Box<dyn FormatReader>,
    /// The chosen track's number in the file.
    pub(crate) track_id: u32,
    /// The container's usual name.
    pub(crate) container: &'static str,
    /// The chosen track's coding.
    pub(crate) coding: Coding,
    /// The chosen track's set-up data.
    pub(crate) params: AudioCodecParameters,
    /// What to cut.
    pub(crate) trim: Trim,
    /// Length of the track in seconds as the container declares it; may be an estimate.
    pub(crate) declared_s: Option<f64>,
    /// Ticks per second of packet durations.
    pub(crate) ticks_per_s: f64,
    /// For AAC: the configuration, SBR found by decoding included, and its bytes.
    pub(crate) aac: Option<(AacConfig, Vec<u8>)>,
    /// Size of the file behind its tags, in bytes.
    pub(crate) stream_bytes: u64,
    queue: VecDeque<Packet>,
    coded_bytes: u64,
    n_bad: u32,
    is_done: bool,
}

impl Demuxer {
    /// Opens the file whose start is `head`.
    ///
    /// Errors with [`Error::Unsupported`] if nothing here reads it; `ffmpeg` may.
    pub(crate) fn open(path: &Path, head: &Head, what: &str) -> Result<Self> {
        let source = Source::open(path, head)?;
        let stream = MediaSourceStream::new(Box::new(source), Default::default());
        let mut reader = guard(what, || {
            symphonia::default::get_probe()
                .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
                .map_err(|error| from_symphonia(what, &error))
        })?;
        let container = container_name(&*reader);
        let (track, params) = choose_track(reader.tracks(), container)?;
        let coding = coding_of(&params);
        let smpb = find_smpb(&mut *reader, head);
        let ticks_per_s = track.time_base.map_or_else(
            || f64::from(params.sample_rate.unwrap_or(1)),
            |base| f64::from(base.denom.get()) / f64::from(base.numer.get()),
        );
        let declared_s = track
            .duration
            .map(|ticks| ticks.get() as f64 / ticks_per_s)
            .or_else(|| media_duration_s(&*reader))
            .filter(|&seconds| seconds > 0.0);
        let mut demuxer = Self {
            reader,
            track_id: track.id,
            container,
            coding,
            params,
            trim: Trim { rate: 1, skip: 0, keep: None, tail: 0 },
            declared_s,
            ticks_per_s,
            aac: None,
            stream_bytes: head.file_bytes - head.tag_bytes,
            queue: VecDeque::new(),
            coded_bytes: 0,
            n_bad: 0,
            is_done: false,
        };
        demuxer.read_aac_config(head)?;
        demuxer.trim = demuxer.find_trim(path, head, &track, smpb);
        if container == "Ogg" && coding == Coding::Opus {
            // Granule positions count the pre-skip.
            let skip_s = demuxer.trim.skip as f64 / 48_000.0;
            demuxer.declared_s = demuxer.declared_s.map(|seconds| (seconds - skip_s).max(0.0));
        }
        Ok(demuxer)
    }

    fn read_aac_config(&mut self, head: &Head) -> Result<()> {
        if self.coding != Coding::Aac {
            return Ok(());
        }
        let found = match &self.params.extra_data {
            Some(bytes) => AacConfig::parse(bytes).map(|config| (config, bytes.to_vec())),
            None => AacConfig::from_adts(&head.bytes).and_then(|config| config.to_bytes().map(|bytes| (config, bytes))),
        };
        let found = found.ok_or_else(|| Error::malformed("AAC", "its configuration makes no sense"))?;
        self.aac = Some(found);
        Ok(())
    }

    /// Tells whether the file has pictures too.
    pub(crate) fn has_video(&self) -> bool {
        let is_video = |track: &Track| matches!(track.codec_params, Some(CodecParameters::Video(_)));
        self.reader.tracks().iter().any(is_video)
    }

    /// Returns the container's own tags as `(key, value)` pairs.
    pub(crate) fn texts(&mut self) -> Vec<(String, String)> {
        let mut metadata = self.reader.metadata();
        let Some(revision) = metadata.skip_to_latest() else {
            return Vec::new();
        };
        let texts = revision.media.tags.iter().filter_map(|tag| match &tag.raw.value {
            RawValue::String(text) => Some((tag.raw.key.to_ascii_uppercase(), text.to_string())),
            _ => None,
        });
        texts.take(TEXTS_MAX).collect()
    }

    /// Returns the next packets without consuming them; fewer than `n` only at the end.
    pub(crate) fn peek(&mut self, n: usize) -> &VecDeque<Packet> {
        while self.queue.len() < n {
            match self.read() {
                Ok(Some(packet)) => self.queue.push_back(packet),
                _ => break,
            }
        }
        &self.queue
    }

    /// Returns the next packet of the track; `None` at the end.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet>> {
        match self.queue.pop_front() {
            Some(packet) => Ok(Some(packet)),
            None => self.read(),
        }
    }

    fn read(&mut self) -> Result<Option<Packet>> {
        while !self.is_done {
            let reader = &mut self.reader;
            let read = guard(self.container, || Ok(reader.next_packet()));
            match read {
                Ok(Ok(Some(packet))) => {
                    self.n_bad = 0;
                    if packet.track_id == self.track_id && !packet.data.is_empty() {
                        self.coded_bytes += packet.data.len() as u64;
                        return Ok(Some(packet));
                    }
                }
                // `ResetRequired` is a chained Ogg file: what follows is another stream with its own set-up.
                Ok(Ok(None) | Err(SymphoniaError::IoError(_) | SymphoniaError::ResetRequired)) | Err(_) => {
                    self.is_done = true;
                }
                Ok(Err(_)) => {
                    self.n_bad += 1;
                    self.is_done = self.n_bad >= BAD_PACKETS_MAX;
                }
            }
        }
        let is_elementary = matches!(self.container, "MP3" | "ADTS" | "MPEG audio");
        if is_elementary && self.coded_bytes < self.stream_bytes / GARBAGE_RATIO {
            return Err(Error::malformed(self.container, "almost nothing of the file is audio"));
        }
        Ok(None)
    }
}

/// Translates a demuxer's or decoder's complaint.
pub(crate) fn from_symphonia(what: &str, error: &SymphoniaError) -> Error {
    match error {
        SymphoniaError::Unsupported(reason) => Error::unsupported(what, *reason),
        SymphoniaError::IoError(io) if io.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::unsupported(what, io.to_string())
        }
        SymphoniaError::IoError(_) => Error::malformed(what, "the file ends before its audio starts"),
        other => Error::malformed(what, other.to_string()),
    }
}

fn container_name(reader: &dyn FormatReader) -> &'static str {
    match reader.format_info().format {
        format::FORMAT_ID_WAVE => "WAV",
        format::FORMAT_ID_AIFF => "AIFF",
        format::FORMAT_ID_CAF => "CAF",
        format::FORMAT_ID_MP3 => "MP3",
        format::FORMAT_ID_MP1 | format::FORMAT_ID_MP2 => "MPEG audio",
        format::FORMAT_ID_ADTS => "ADTS",
        format::FORMAT_ID_OGG => "Ogg",
        format::FORMAT_ID_FLAC => "FLAC",
        format::FORMAT_ID_ISOMP4 => "MP4",
        format::FORMAT_ID_MKV => "Matroska",
        _ => reader.format_info().short_name,
    }
}

/// The default audio track that can be decoded, else any that can, else an error naming the coding of the first.
fn choose_track(tracks: &[Track], container: &'static str) -> Result<(Track, AudioCodecParameters)> {
    let audio = |track: &Track| match &track.codec_params {
        Some(CodecParameters::Audio(params)) => Some((track.clone(), params.clone())),
        _ => None,
    };
    let mut usable: Vec<_> = tracks.iter().filter_map(audio).filter(|(_, params)| is_native(params)).collect();
    usable.sort_by_key(|(track, _)| !track.flags.contains(TrackFlags::DEFAULT));
    if let Some(best) = usable.into_iter().next() {
        return Ok(best);
    }
    match tracks.iter().find_map(audio) {
        Some((_, params)) => Err(Error::unsupported(codec_name(&params), format!("in {container}"))),
        None if tracks.iter().any(|track| track.codec_params.is_none()) => {
            Err(Error::unsupported(container, "its audio coding is not known here"))
        }
        None => Err(Error::unsupported(container, "it has no audio track")),
    }
}

fn is_native(params: &AudioCodecParameters) -> bool {
    match coding_of(params) {
        Coding::Other => symphonia::default::get_codecs().get_audio_decoder(params.codec).is_some(),
        _ => true,
    }
}

fn coding_of(params: &AudioCodecParameters) -> Coding {
    match params.codec {
        id::CODEC_ID_AAC => Coding::Aac,
        id::CODEC_ID_MP3 => Coding::Mp3,
        id::CODEC_ID_ALAC => Coding::Alac,
        id::CODEC_ID_FLAC => Coding::Flac,
        id::CODEC_ID_OPUS => Coding::Opus,
        _ => Coding::Other,
    }
}

/// Returns the usual name of a coding.
pub(crate) fn codec_name(params: &AudioCodecParameters) -> &'static str {
    match params.codec {
        id::CODEC_ID_AAC => "AAC",
        id::CODEC_ID_MP1 => "MP1",
        id::CODEC_ID_MP2 => "MP2",
        id::CODEC_ID_MP3 => "MP3",
        id::CODEC_ID_ALAC => "ALAC",
        id::CODEC_ID_FLAC => "FLAC",
        id::CODEC_ID_OPUS => "Opus",
        id::CODEC_ID_VORBIS => "Vorbis",
        id::CODEC_ID_AC3 => "AC-3",
        id::CODEC_ID_EAC3 => "E-AC-3",
        id::CODEC_ID_AC4 => "AC-4",
        id::CODEC_ID_DCA => "DTS",
        id::CODEC_ID_WMA => "WMA",
        id::CODEC_ID_SPEEX => "Speex",
        id::CODEC_ID_TRUEHD => "TrueHD",
        id::CODEC_ID_WAVPACK => "WavPack",
        id::CODEC_ID_TTA => "True Audio",
        id::CODEC_ID_PCM_ALAW => "A-law",
        id::CODEC_ID_PCM_MULAW => "mu-law",
        _ => symphonia::default::get_codecs().get_audio_decoder(params.codec).map_or("an unknown coding", |known| {
            let name = known.codec.info.short_name;
            if name.starts_with("pcm") {
                "PCM"
            } else if name.starts_with("adpcm") {
                "ADPCM"
            } else {
                name
            }
        }),
    }
}

fn media_duration_s(reader: &dyn FormatReader) -> Option<f64> {
    let info = reader.media_info();
    let base = info.time_base?;
    Some(info.duration?.get() as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get()))
}

/// Opens `path` natively after looking at its first bytes; the error names what it is otherwise.
pub(crate) fn open_native(path: &Path, head: &Head) -> Result<Demuxer> {
    let advice = "not read natively; installing ffmpeg would help";
    match sniff::sniff(head) {
        sniff::Kind::Native(what) => Demuxer::open(path, head, what),
        sniff::Kind::Foreign(what) => Err(Error::unsupported(what, advice)),
        sniff::Kind::NotMedia(what) => Err(Error::unsupported(what, "it is no audio or video file")),
        sniff::Kind::Unknown => Demuxer::open(path, head, "audio file").map_err(|error| match error {
            Error::Malformed { .. } | Error::Unsupported { .. } => {
                Error::unsupported("audio file", "its format is not recognized; installing ffmpeg may help")
            }
            other => other,
        }),
    }
}
