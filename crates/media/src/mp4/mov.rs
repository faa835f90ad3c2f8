//! Movies with alpha that editors open: QuickTime files whose pictures are PNG files, sound uncompressed.

use std::path::Path;

use super::file::PartFile;
use super::moov::{Flavor, Movie, Track, TrackKind, ftyp};
use super::tables::{PcmTable, SampleTable};
use super::{MovieReport, Mp4Tags, entry};
use crate::audio::{Converter, Decoder};
use crate::picture::{unpremultiply, write_png};
use crate::{Error, Result};

/// Ticks per frame, as in MP4 files.
const TICKS_PER_FRAME: u32 = 1000;
/// Highest frame rate accepted, in frames per second.
const FPS_MAX: u32 = 1000;
/// Highest sample rate that the format writes plainly.
const SAMPLE_RATE_MAX: u32 = 48_000;
/// Bytes of tables per frame that are reserved: of its size, and of its duration and chunk where they vary.
const TABLE_BYTES_PER_FRAME: u64 = 20;
/// Most bytes reserved on the word of an estimate.
const RESERVED_BYTES_MAX: u64 = 4 << 20;

/// What a movie is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PngMovieOptions {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// How many frames there will be, as far as is known; used only to reserve space.
    pub frames_estimate: u64,
}

/// A QuickTime file being written: 32-bit PNG pictures and 16-bit sound.
///
/// A frame equal to the one before prolongs it instead of being stored again.
/// The file appears under its name only when finished; dropped before, nothing is left.
pub struct PngMovie {
    file: PartFile,
    options: PngMovieOptions,
    pictures: SampleTable,
    sound: Option<Sound>,
    /// The last frame, premultiplied, and how long it is shown; it may still be prolonged.
    shown: Vec<u8>,
    shown_frames: u32,
    png: Vec<u8>,
    straight: Vec<u8>,
}

/// Sound on its way into the file.
struct Sound {
    decoder: Decoder,
    converter: Converter,
    table: PcmTable,
    sample_rate: u32,
    channels: u16,
    block: Vec<f32>,
    converted: Vec<f32>,
    bytes: Vec<u8>,
    is_done: bool,
}

impl PngMovie {
    /// Starts a file; `sound`, if any, is read to its end and becomes mono or stereo of at most 48 kHz.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for sizes and rates that the format does not know, [`Error::Io`].
    pub fn create(path: &Path, options: PngMovieOptions, sound: Option<Decoder>) -> Result<Self> {
        let is_fit = |side: u32| (1..=u32::from(u16::MAX)).contains(&side);
        if !is_fit(options.width) || !is_fit(options.height) || !(1..=FPS_MAX).contains(&options.fps) {
            let what = format!("video of {}x{} at {} frames per second", options.width, options.height, options.fps);
            return Err(Error::unsupported(what, "sides are 1 to 65535 pixels, rates 1 to 1000"));
        }
        let reserved = options.frames_estimate.saturating_mul(TABLE_BYTES_PER_FRAME).min(RESERVED_BYTES_MAX) + 2048;
        let sound = sound.map(Sound::new).transpose()?;
        Ok(Self {
            file: PartFile::create(path, &ftyp(Flavor::QuickTime), reserved)?,
            options,
            pictures: SampleTable::new(TICKS_PER_FRAME),
            sound,
            shown: Vec::new(),
            shown_frames: 0,
            png: Vec::new(),
            straight: Vec::new(),
        })
    }

    /// Adds a picture of premultiplied RGBA that is shown for `n_frames` frames.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for pixels of another size, [`Error::Io`], and whatever the sound returns.
    pub fn push(&mut self, rgba: &[u8], n_frames: u32) -> Result<()> {
        let n_bytes = u64::from(self.options.width) * u64::from(self.options.height) * 4;
        if rgba.len() as u64 != n_bytes {
            return Err(Error::malformed("pixels", "length does not match the size"));
        }
        if n_frames > 0 && (self.shown_frames == 0 || self.shown != rgba) {
            self.flush()?;
            self.shown.clear();
            self.shown.extend_from_slice(rgba);
        }
        self.hold(n_frames)
    }

    /// Shows the last picture for `n_frames` frames more.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] before the first picture or after 2³² ticks of one.
    pub fn hold(&mut self, n_frames: u32) -> Result<()> {
        if self.shown.is_empty() && n_frames > 0 {
            return Err(Error::malformed("video", "nothing to hold"));
        }
        let total = self.shown_frames.checked_add(n_frames).filter(|&n| n.checked_mul(TICKS_PER_FRAME).is_some());
        self.shown_frames = total.ok_or_else(|| Error::malformed("video", "a picture that is shown for too long"))?;
        Ok(())
    }

    /// Writes the rest and gives the file its name.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] without a picture, [`Error::Io`], and whatever the sound returns.
    pub fn finish(mut self) -> Result<MovieReport> {
        self.flush()?;
        if self.pictures.n_samples() == 0 {
            return Err(Error::malformed("video", "no pictures"));
        }
        if let Some(sound) = &mut self.sound {
            sound.write_until(&mut self.file, u64::MAX)?;
        }
        let Self { file, options, pictures, sound, .. } = self;
        let file_bytes = file.finish(|shift| moov(&options, &pictures, sound.as_ref(), shift))?;
        Ok(MovieReport {
            file_bytes,
            video_frames: pictures.duration() / u64::from(TICKS_PER_FRAME),
            fps: options.fps,
            n_video_samples: pictures.n_samples(),
            audio_frames: sound.as_ref().map_or(0, |sound| sound.table.n_frames()),
            sample_rate: sound.as_ref().map_or(0, |sound| sound.sample_rate),
            n_packets: 0,
        })
    }

    /// Writes the picture shown last, then as much sound as there are pictures.
    fn flush(&mut self) -> Result<()> {
        if self.shown_frames == 0 {
            return Ok(());
        }
        self.straight.clear();
        self.straight.extend_from_slice(&self.shown);
        unpremultiply(&mut self.straight);
        self.png.clear();
        let (width, height) = (self.options.width, self.options.height);
        write_png(&mut self.png, width, height, &self.straight, png::Compression::Fast)?;
        let ticks = self.shown_frames * TICKS_PER_FRAME;
        self.shown_frames = 0;
        self.pictures.push(self.file.position(), self.png.len(), ticks)?;
        self.file.write(&self.png)?;
        let frames = self.pictures.duration() / u64::from(TICKS_PER_FRAME);
        if let Some(sound) = &mut self.sound {
            let until = u128::from(frames) * u128::from(sound.sample_rate) / u128::from(self.options.fps);
            sound.write_until(&mut self.file, u64::try_from(until).unwrap_or(u64::MAX))?;
        }
        Ok(())
    }
}

impl Sound {
    fn new(decoder: Decoder) -> Result<Self> {
        let source = decoder.spec();
        let rate = source.sample_rate.min(SAMPLE_RATE_MAX);
        let converter = Converter::new(source, rate, source.channels.min(2))?;
        let target = converter.spec();
        Ok(Self {
            decoder,
            converter,
            table: PcmTable::new(2 * u32::from(target.channels)),
            sample_rate: target.sample_rate,
            channels: target.channels,
            block: Vec::new(),
            converted: Vec::new(),
            bytes: Vec::new(),
            is_done: false,
        })
    }

    /// Writes blocks until `until` audio frames or the end are reached.
    fn write_until(&mut self, file: &mut PartFile, until: u64) -> Result<()> {
        while !self.is_done && self.table.n_frames() < until {
            self.converted.clear();
            if self.decoder.next_block(&mut self.block)? > 0 {
                self.converter.push(&self.block, &mut self.converted)?;
            } else {
                self.converter.finish(&mut self.converted)?;
                self.is_done = true;
            }
            self.bytes.clear();
            for &sample in &self.converted {
                let sample = if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
                self.bytes.extend_from_slice(&((sample * 32_767.0).round() as i16).to_le_bytes());
            }
            let n_frames = self.converted.len() / usize::from(self.channels);
            self.table.push(file.position(), n_frames as u32)?;
            file.write(&self.bytes)?;
        }
        Ok(())
    }
}

fn moov(options: &PngMovieOptions, pictures: &SampleTable, sound: Option<&Sound>, shift: u64) -> Result<Vec<u8>> {
    let (width, height) = (options.width, options.height);
    let timescale = match sound {
        Some(sound) => super::movie::common_multiple(options.fps, sound.sample_rate).unwrap_or(sound.sample_rate),
        None => options.fps * TICKS_PER_FRAME,
    };
    let in_movie = |count: u64, rate: u32| u128::from(count) * u128::from(timescale) / u128::from(rate.max(1));
    let write_video = |out: &mut Vec<u8>, shift| {
        entry::write_png_stsd(out, width, height)?;
        pictures.write(out, shift)
    };
    let write_sound = |out: &mut Vec<u8>, shift| match sound {
        Some(sound) => {
            entry::write_pcm_stsd(out, sound.sample_rate, sound.channels)?;
            sound.table.write(out, shift)
        }
        None => Ok(()),
    };
    let media_timescale = options.fps * TICKS_PER_FRAME;
    let mut tracks = vec![Track {
        kind: TrackKind::Video(width, height),
        timescale: media_timescale,
        media_duration: pictures.duration(),
        duration: in_movie(pictures.duration(), media_timescale) as u64,
        starts_at: None,
        tables: &write_video,
    }];
    if let Some(sound) = sound.filter(|sound| sound.table.n_frames() > 0) {
        tracks.push(Track {
            kind: TrackKind::Audio,
            timescale: sound.sample_rate,
            media_duration: sound.table.n_frames(),
            duration: in_movie(sound.table.n_frames(), sound.sample_rate) as u64,
            starts_at: None,
            tables: &write_sound,
        });
    }
    let tags = Mp4Tags::default();
    let movie = Movie { flavor: Flavor::QuickTime, timescale, creation_time: 0, tags: &tags, tracks: &tracks };
    movie.moov(shift)
}
