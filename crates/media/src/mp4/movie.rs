//! Moving pictures and sound, interleaved so that a player can start while the rest is still on its way.

use std::ops::ControlFlow;
use std::path::Path;

use super::file::PartFile;
use super::moov::{Flavor, Movie, Track, TrackKind};
use super::tables::SampleTable;
use super::{Mp4Options, Mp4Tags, RESERVED_BYTES_MAX, SECONDS_WITHOUT_ESTIMATE, entry, moov, write_audio_tables};
use crate::h264::{ParameterSets, tell_apart};
use crate::{AudioTrackSpec, Error, Packet, PacketSource, Result};

/// Video ticks per frame: enough to tell times apart that are no whole frames, should a later version need them.
const TICKS_PER_FRAME: u32 = 1000;

/// Highest frame rate accepted, in frames per second.
const FPS_MAX: u32 = 1000;

/// Each track is written for this part of a second before it is the other one's turn.
const TURNS_PER_SECOND: u32 = 2;

/// What is known of a video track before its first sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoTrackSpec {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// The parameter sets of every encoder that made samples of this track.
    pub sets: ParameterSets,
    /// An estimate of the number of samples, used only to reserve space; `None` when unknown.
    pub samples_estimate: Option<u64>,
}

/// One encoded picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VideoSample {
    /// The access unit, each NAL unit behind its length in 4 bytes.
    pub data: Vec<u8>,
    /// Whether decoding can start here: an IDR picture.
    pub is_sync: bool,
    /// For how many frames it is shown.
    pub n_frames: u32,
}

/// A stream of encoded pictures in order, pulled one at a time so that memory does not grow with duration.
pub trait SampleSource {
    /// Returns what is known before the first sample.
    fn spec(&self) -> &VideoTrackSpec;

    /// Replaces `sample` by the next one; returns `false` at the end of the stream.
    fn next_sample(&mut self, sample: &mut VideoSample) -> Result<bool>;
}

/// What has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovieReport {
    /// The size of the file.
    pub file_bytes: u64,
    /// The duration of the pictures in frames.
    pub video_frames: u64,
    /// Frames per second.
    pub fps: u32,
    /// Pictures stored.
    pub n_video_samples: u64,
    /// Audible audio frames; 0 without sound.
    pub audio_frames: u64,
    /// Audio frames per second; 0 without sound.
    pub sample_rate: u32,
    /// Audio packets stored.
    pub n_packets: u64,
}

impl MovieReport {
    /// Returns the duration of the longer track in milliseconds, rounded to the nearest.
    pub fn duration_ms(&self) -> u64 {
        let ms = |count: u64, rate: u32| {
            let rate = u128::from(rate.max(1));
            ((u128::from(count) * 1000 + rate / 2) / rate) as u64
        };
        ms(self.video_frames, self.fps).max(ms(self.audio_frames, self.sample_rate))
    }
}

/// Writes `video` and, if there is any, `audio` to `out`.
///
/// `progress` is called about every half second of pictures with the frames stored so far.
/// The file appears under its name only when complete; on errors and cancellation nothing is left.
/// Memory grows by 4–12 bytes per sample and packet. Identical input gives identical bytes.
/// Only the creation time of `options` matters here.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Cancelled`] when `progress` breaks, [`Error::Malformed`] when a track is empty or its set-up
/// data broken, [`Error::Limit`] for more than fits into a file, and whatever the sources return.
pub fn write_movie(
    out: &Path,
    video: &mut dyn SampleSource,
    audio: Option<&mut dyn PacketSource>,
    tags: &Mp4Tags,
    options: &Mp4Options,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<MovieReport> {
    let video_spec = video.spec().clone();
    check_video(&video_spec)?;
    let audio_spec = audio.as_ref().map(|audio| audio.spec().clone());
    if audio_spec.as_ref().is_some_and(|spec| spec.sample_rate == 0 || spec.channels == 0) {
        return Err(Error::malformed("audio", "no sample rate or channels"));
    }
    let mut parts = MovieParts::new(video_spec, audio_spec, tags, options)?;
    let ftyp = moov::ftyp(Flavor::Mp4);
    let mut file = PartFile::create(out, &ftyp, parts.reserved_bytes()?)?;
    parts.write_media(&mut file, video, audio, progress)?;
    let file_bytes = file.finish(|shift| parts.moov(shift))?;
    let sound = parts.sound.as_ref();
    Ok(MovieReport {
        file_bytes,
        video_frames: parts.video_frames(),
        fps: parts.spec.fps,
        n_video_samples: parts.pictures.n_samples(),
        audio_frames: sound.map_or(0, |sound| sound.audible_frames),
        sample_rate: sound.map_or(0, |sound| sound.spec.sample_rate),
        n_packets: sound.map_or(0, |sound| sound.table.n_samples()),
    })
}

fn check_video(spec: &VideoTrackSpec) -> Result<()> {
    let is_fit = |side: u32| (1..=u32::from(u16::MAX)).contains(&side);
    if !is_fit(spec.width) || !is_fit(spec.height) || !(1..=FPS_MAX).contains(&spec.fps) {
        let what = format!("video of {}x{} at {} frames per second", spec.width, spec.height, spec.fps);
        return Err(Error::unsupported(what, "sides are 1 to 65535 pixels, rates 1 to 1000"));
    }
    spec.sets.check_ids()
}

/// The audio track so far.
struct Sound {
    spec: AudioTrackSpec,
    table: SampleTable,
    audible_frames: u64,
}

/// Everything that `moov` is built from.
struct MovieParts<'a> {
    spec: VideoTrackSpec,
    pictures: SampleTable,
    sound: Option<Sound>,
    tags: &'a Mp4Tags,
    creation_time: u64,
    /// Ticks per second that frames and audio frames both are whole numbers of.
    timescale: u32,
    /// `idr_pic_id` of the sample before, if that is an IDR picture.
    last_idr_id: Option<u32>,
}

impl<'a> MovieParts<'a> {
    fn new(
        spec: VideoTrackSpec,
        audio: Option<AudioTrackSpec>,
        tags: &'a Mp4Tags,
        options: &Mp4Options,
    ) -> Result<Self> {
        let timescale = match &audio {
            Some(audio) => common_multiple(spec.fps, audio.sample_rate).ok_or_else(|| {
                Error::unsupported(format!("sample rate `{}`", audio.sample_rate), "use one like 44100 or 48000")
            })?,
            None => spec.fps * TICKS_PER_FRAME,
        };
        let pictures = SampleTable::with_sync_samples(spec.fps * TICKS_PER_FRAME / TURNS_PER_SECOND);
        let sound = audio.map(|spec| {
            let table = SampleTable::new(spec.sample_rate / TURNS_PER_SECOND);
            Sound { spec, table, audible_frames: 0 }
        });
        Ok(Self { spec, pictures, sound, tags, creation_time: options.creation_time, timescale, last_idr_id: None })
    }

    fn video_frames(&self) -> u64 {
        self.pictures.duration() / u64::from(TICKS_PER_FRAME)
    }

    /// Estimates the size of `moov`, rounded up.
    fn reserved_bytes(&self) -> Result<u64> {
        let fps = u64::from(self.spec.fps);
        let n_samples = self.spec.samples_estimate.unwrap_or(SECONDS_WITHOUT_ESTIMATE * fps);
        let mut tables = n_samples.saturating_mul(4);
        let mut n_seconds = n_samples / fps + 1;
        if let Some(Sound { spec, .. }) = &self.sound {
            let rate = u64::from(spec.sample_rate);
            let frames = spec.frames_estimate.unwrap_or(n_seconds * rate);
            n_seconds = n_seconds.max(frames / rate + 1);
            tables = tables.saturating_add(frames / 1024 * 4);
        }
        // Per turn an offset of 4 bytes in each track, and 12 more when it has not as many samples as the one before.
        let per_second = u64::from(TURNS_PER_SECOND) * 2 * (4 + 12);
        tables = tables.saturating_add(n_seconds.saturating_mul(per_second)).min(RESERVED_BYTES_MAX);
        Ok(self.moov(0)?.len() as u64 + tables + 1024)
    }

    /// Writes both tracks by turns: it is always the turn of the one that is behind.
    fn write_media(
        &mut self,
        file: &mut PartFile,
        video: &mut dyn SampleSource,
        mut audio: Option<&mut dyn PacketSource>,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        let (mut sample, mut packet) = (VideoSample::default(), Packet::default());
        let mut has_sample = video.next_sample(&mut sample)?;
        let mut has_packet = next_packet(&mut audio, &mut packet)?;
        if !has_sample || (audio.is_some() && !has_packet) {
            return Err(Error::malformed("video", "a track without samples"));
        }
        while has_sample || has_packet {
            if has_sample && (!has_packet || !self.is_sound_behind()) {
                let turn_end = self.pictures.duration() + u64::from(self.spec.fps * TICKS_PER_FRAME / TURNS_PER_SECOND);
                while has_sample && self.pictures.duration() < turn_end {
                    self.write_sample(file, &mut sample)?;
                    has_sample = video.next_sample(&mut sample)?;
                }
                if progress(self.video_frames()).is_break() {
                    return Err(Error::Cancelled);
                }
            } else if let Some(Sound { spec, table, .. }) = &mut self.sound {
                let turn_end = table.duration() + u64::from(spec.sample_rate / TURNS_PER_SECOND);
                while has_packet && table.duration() < turn_end {
                    table.push(file.position(), packet.data.len(), packet.duration)?;
                    file.write(&packet.data)?;
                    has_packet = next_packet(&mut audio, &mut packet)?;
                }
            }
        }
        if let (Some(sound), Some(audio)) = (&mut self.sound, audio) {
            let playable = sound.table.duration().saturating_sub(u64::from(sound.spec.priming));
            sound.audible_frames = audio.audible_frames().min(playable);
            if sound.audible_frames == 0 {
                return Err(Error::malformed("audio", "nothing audible"));
            }
        }
        Ok(())
    }

    fn is_sound_behind(&self) -> bool {
        let Some(sound) = &self.sound else {
            return false;
        };
        let sound_time = u128::from(sound.table.duration()) * u128::from(self.spec.fps * TICKS_PER_FRAME);
        sound_time < u128::from(self.pictures.duration()) * u128::from(sound.spec.sample_rate)
    }

    fn write_sample(&mut self, file: &mut PartFile, sample: &mut VideoSample) -> Result<()> {
        let ticks = sample.n_frames.checked_mul(TICKS_PER_FRAME).filter(|&ticks| ticks > 0);
        let ticks = ticks.ok_or_else(|| Error::malformed("video", "a picture that is shown for no or too long"))?;
        if sample.data.is_empty() {
            return Err(Error::malformed("video", "an empty sample"));
        }
        // Neighbors that are both IDR pictures, as where scenes of one picture meet, must differ in their id.
        let previous = self.last_idr_id.take();
        if sample.is_sync {
            self.last_idr_id = tell_apart(&mut sample.data, previous, &self.spec.sets);
        }
        self.pictures.push(file.position(), sample.data.len(), ticks)?;
        if sample.is_sync {
            self.pictures.mark_sync();
        }
        file.write(&sample.data)
    }

    fn moov(&self, shift: u64) -> Result<Vec<u8>> {
        let (width, height) = (self.spec.width, self.spec.height);
        let write_video = |out: &mut Vec<u8>, shift| {
            entry::write_video_stsd(out, width, height, &self.spec.sets)?;
            self.pictures.write(out, shift)
        };
        let write_audio = |out: &mut Vec<u8>, shift| match &self.sound {
            Some(sound) => write_audio_tables(out, &sound.spec, &sound.table, shift),
            None => Ok(()),
        };
        let mut tracks = vec![Track {
            kind: TrackKind::Video(width, height),
            timescale: self.spec.fps * TICKS_PER_FRAME,
            media_duration: self.pictures.duration(),
            duration: self.video_frames() * u64::from(self.timescale / self.spec.fps),
            starts_at: None,
            tables: &write_video,
        }];
        if let Some(Sound { spec, table, audible_frames }) = &self.sound {
            tracks.push(Track {
                kind: TrackKind::Audio,
                timescale: spec.sample_rate,
                media_duration: table.duration(),
                duration: audible_frames * u64::from(self.timescale / spec.sample_rate),
                starts_at: Some(u64::from(spec.priming)),
                tables: &write_audio,
            });
        }
        let movie = Movie {
            flavor: Flavor::Mp4,
            timescale: self.timescale,
            creation_time: self.creation_time,
            tags: self.tags,
            tracks: &tracks,
        };
        movie.moov(shift)
    }
}

fn next_packet(audio: &mut Option<&mut dyn PacketSource>, packet: &mut Packet) -> Result<bool> {
    match audio {
        Some(audio) => audio.next_packet(packet),
        None => Ok(false),
    }
}

/// Returns the smallest number that both divide, at most 2³¹.
pub(super) fn common_multiple(a: u32, b: u32) -> Option<u32> {
    let (mut larger, mut smaller) = (a, b);
    while smaller > 0 {
        (larger, smaller) = (smaller, larger % smaller);
    }
    (a / larger.max(1)).checked_mul(b).filter(|&multiple| multiple <= 1 << 31)
}

#[cfg(test)]
mod tests {
    use super::common_multiple;

    #[test]
    fn ticks_fit_frames_and_audio_frames() {
        assert_eq!(common_multiple(30, 48_000), Some(48_000));
        assert_eq!(common_multiple(24, 44_100), Some(88_200));
        assert_eq!(common_multiple(1000, u32::MAX), None);
    }
}
