//! The work itself: what `media` does for a job, or for a command without a server.

use std::ops::ControlFlow;
use std::path::Path;

use media::audio::{
    AacOptions, Art, AudioMode, Chosen, DecodeOptions, Probe, open_audio, probe, wav as wav_file, waveform,
};
use media::cover::{Canvas, CoverFrame, DrawnCover};
use media::mp4::{CoverArt, Mp4Report, Mp4Tags};
use media::picture::{Picture, PictureLimits};
use media::{thumbnail, write_cover_video};

use crate::job::{Failure, FailureCode};
use crate::work::WorkError;

/// Points of the waveform on a drawn cover.
const WAVEFORM_POINTS: usize = 120;
/// Longest side of the picture stored among an MP4's tags, in pixels.
const TAG_PICTURE_SIDE: u32 = 600;
/// What MP4 files name as the software that made them.
const ENCODER: &str = concat!("Phonoscope ", env!("CARGO_PKG_VERSION"));

/// A cover video to make.
#[derive(Debug, Clone)]
pub struct CoverVideo<'a> {
    /// The audio file, of any kind that `media` reads.
    pub audio: &'a Path,
    /// The picture file; without one the art in the audio's tags, else a drawing.
    pub cover: Option<&'a Path>,
    /// The title; without one the tags'.
    pub title: Option<&'a str>,
    /// The title where the tags have none either.
    pub fallback_title: Option<&'a str>,
    /// The artist; without one the tags'.
    pub artist: Option<&'a str>,
    /// Whether the audio is copied or encoded.
    pub audio_mode: AudioMode,
    /// The size of the picture.
    pub canvas: Canvas,
    /// Longest audio accepted, in seconds.
    pub duration_max_s: u64,
}

/// Where the picture of a video came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureSource {
    /// The given file.
    File,
    /// The audio's tags.
    Tags,
    /// Drawn from title, artist and waveform.
    Drawn,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct CoverVideoReport {
    /// The file.
    pub file: Mp4Report,
    /// What was done with the audio, and why.
    pub audio: Chosen,
    /// Where the picture came from.
    pub picture: PictureSource,
    /// The video's frame as JPEG, for players that show one before they start.
    pub poster: Vec<u8>,
}

/// Longest side of [`CoverVideoReport::poster`], in pixels.
const POSTER_SIDE: u32 = 1280;

impl CoverVideo<'_> {
    /// Makes the video; `out` appears whole or not at all. `progress` gets percents.
    ///
    /// # Errors
    /// What `media` says of the audio or the given picture; broken art in the tags is passed over.
    pub fn render(
        &self,
        out: &Path,
        progress: &mut dyn FnMut(u8) -> ControlFlow<()>,
    ) -> media::Result<CoverVideoReport> {
        let options = decode_options(self.duration_max_s);
        let found = probe(self.audio, &options)?;
        let title = self.title.or(found.tags.title.as_deref()).or(self.fallback_title).unwrap_or_default();
        let artist = self.artist.or(found.tags.artist.as_deref()).unwrap_or_default();
        let album = found.tags.album.as_deref().unwrap_or_default();
        let (frame, picture) = self.frame(&found, &DrawnCover { title, artist, album, waveform: &[] })?;
        let tags = Mp4Tags {
            title: title.to_owned(),
            artist: artist.to_owned(),
            album: album.to_owned(),
            comment: found.tags.comment.clone().unwrap_or_default(),
            lyrics: found.tags.lyrics.clone().unwrap_or_default(),
            encoder: ENCODER.to_owned(),
            cover: Some(CoverArt::Jpeg(thumbnail::frame_jpeg(&frame, TAG_PICTURE_SIDE)?)),
        };
        let poster = thumbnail::frame_jpeg(&frame, POSTER_SIDE)?;
        let aac = AacOptions { decode: options, ..AacOptions::default() };
        let (mut audio, chosen) = open_audio(self.audio, self.audio_mode, &aac)?;
        let mut report = |done: u64, total: Option<u64>| progress(percent(done, total));
        let file = write_cover_video(out, audio.as_mut(), &frame, &tags, &mut report)?;
        Ok(CoverVideoReport { file, audio: chosen, picture, poster })
    }

    fn frame(&self, found: &Probe, drawn: &DrawnCover<'_>) -> media::Result<(CoverFrame, PictureSource)> {
        let limits = PictureLimits::default();
        let side = Some(self.canvas.needed_side());
        if let Some(path) = self.cover {
            let art = Picture::open(path, &limits, side)?;
            return Ok((CoverFrame::from_art(art, self.canvas)?, PictureSource::File));
        }
        if let Some(Art { bytes, .. }) = &found.picture
            && let Ok(art) = Picture::decode(bytes, &limits, side)
        {
            return Ok((CoverFrame::from_art(art, self.canvas)?, PictureSource::Tags));
        }
        let outline = waveform(self.audio, WAVEFORM_POINTS)?;
        let frame = CoverFrame::draw(&DrawnCover { waveform: &outline, ..*drawn }, self.canvas)?;
        Ok((frame, PictureSource::Drawn))
    }
}

/// What a file turned out to be.
#[derive(Debug)]
pub(crate) struct SourceAudio {
    pub(crate) media_type: &'static str,
    pub(crate) extension: &'static str,
    pub(crate) title: Option<String>,
    pub(crate) artist: Option<String>,
    pub(crate) lyric: Option<String>,
    pub(crate) duration_us: i64,
}

/// Checks that a file is audio that can be worked with.
pub(crate) fn inspect(path: &Path, duration_max_s: u64) -> Result<SourceAudio, Failure> {
    let found = probe(path, &decode_options(duration_max_s)).map_err(|error| bad_source(&error))?;
    let duration_ms = found.duration_ms.unwrap_or_default();
    if duration_ms > duration_max_s.saturating_mul(1000) {
        let message = format!("the audio is {} s long, at most {duration_max_s} s are allowed", duration_ms / 1000);
        return Err(Failure::new(FailureCode::BadSource, message));
    }
    let (media_type, extension) = file_type(&found.container);
    let duration_us = duration_us(&found);
    Ok(SourceAudio {
        media_type,
        extension,
        title: found.tags.title,
        artist: found.tags.artist,
        lyric: found.tags.lyrics,
        duration_us,
    })
}

/// Returns the length as exactly as the file tells it, in microseconds.
fn duration_us(found: &Probe) -> i64 {
    let exact = found.frames.filter(|_| found.sample_rate > 0);
    let us = match exact {
        Some(frames) => u128::from(frames) * 1_000_000 / u128::from(found.sample_rate),
        None => u128::from(found.duration_ms.unwrap_or_default()) * 1000,
    };
    i64::try_from(us).unwrap_or(i64::MAX)
}

/// Renders the cover video of a stored track.
pub(crate) fn cover_video(
    video: &CoverVideo<'_>,
    out: &Path,
    progress: &mut dyn FnMut(u8) -> ControlFlow<()>,
) -> Result<(), WorkError> {
    video.render(out, progress).map(|_| ()).map_err(|error| work_error(&error))
}

/// Decodes a stored track into a WAV file.
pub(crate) fn wav(
    audio: &Path,
    duration_max_s: u64,
    out: &Path,
    progress: &mut dyn FnMut(u8) -> ControlFlow<()>,
) -> Result<(), WorkError> {
    let report = |done, total| progress(percent(done, total));
    wav_file::write(audio, out, &decode_options(duration_max_s), report).map(|_| ()).map_err(|error| work_error(&error))
}

fn decode_options(duration_max_s: u64) -> DecodeOptions {
    DecodeOptions { duration_s_max: duration_max_s, ..DecodeOptions::default() }
}

fn percent(done: u64, total: Option<u64>) -> u8 {
    let total = total.unwrap_or(0).max(done).max(1);
    // At most 99: the last step, storing the file, is not media's.
    u8::try_from(u128::from(done) * 99 / u128::from(total)).unwrap_or(99)
}

fn bad_source(error: &media::Error) -> Failure {
    let code = match error.kind() {
        media::ErrorKind::Malformed | media::ErrorKind::Unsupported | media::ErrorKind::Limit => FailureCode::BadSource,
        media::ErrorKind::Io | media::ErrorKind::Cancelled | media::ErrorKind::Internal => FailureCode::Internal,
    };
    Failure::new(code, error.to_string())
}

pub(crate) fn work_error(error: &media::Error) -> WorkError {
    match error.kind() {
        media::ErrorKind::Cancelled => WorkError::Stopped,
        media::ErrorKind::Malformed | media::ErrorKind::Unsupported | media::ErrorKind::Limit => {
            Failure::new(FailureCode::BadMedia, error.to_string()).into()
        }
        media::ErrorKind::Io => {
            tracing::error!(error = error as &dyn std::error::Error, "cannot read or write media");
            WorkError::Retry(Failure::new(FailureCode::Internal, "cannot read or write a media file"))
        }
        media::ErrorKind::Internal => Failure::new(FailureCode::Internal, error.to_string()).into(),
    }
}

/// Returns the media type and the file name extension of a container by its usual name.
fn file_type(container: &str) -> (&'static str, &'static str) {
    match container {
        "MP3" => ("audio/mpeg", "mp3"),
        "ADTS" | "AAC" => ("audio/aac", "aac"),
        "MP4" => ("audio/mp4", "m4a"),
        "FLAC" => ("audio/flac", "flac"),
        "Ogg" => ("audio/ogg", "ogg"),
        "WAV" => ("audio/wav", "wav"),
        "AMR" => ("audio/amr", "amr"),
        "AIFF" => ("audio/aiff", "aiff"),
        "CAF" => ("audio/x-caf", "caf"),
        "WebM" => ("audio/webm", "webm"),
        "Matroska" => ("audio/x-matroska", "mka"),
        // Read through an external program; what it is was not told in terms of media types.
        _ => ("application/octet-stream", "audio"),
    }
}
