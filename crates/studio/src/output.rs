//! Pictures and animations of a video, without making all of it; and videos with transparency.

use std::ops::ControlFlow;
use std::path::Path;

use media::audio::{DecodeOptions, Decoder, Spec, wav};
use media::mov::{PngMovie, PngMovieOptions};
use media::picture::{GifOptions, GifWriter, Picture};
use media::webm::{WebmOptions, WebmWriter};
use stage::document::{Canvas, Project};
use stage::scene::{Damage, FrameBuffer};

use crate::assets::Sources;
use crate::cache::Session;
use crate::draw::Painter;
use crate::mix::{Mixer, SAMPLE_RATE};
use crate::progress::{OnProgress, Progress, Shared};
use crate::render::{Prepared, RenderOptions};
use crate::report::Report;
use crate::{Error, Result, Studio, sound};

/// Quality of posters, 1 to 100.
const POSTER_QUALITY: u8 = 88;
/// The shorter side of animations and of the pictures on a contact sheet, in pixels.
const SMALL_SIDE: u32 = 180;
/// Length and frame rate of animations.
const ANIMATION_MS: u64 = 4_000;
const ANIMATION_FPS: u64 = 10;
/// Pictures on a contact sheet.
const SHEET_COLUMNS: u32 = 4;
const SHEET_ROWS: u32 = 4;
/// Pixels between them.
const SHEET_GAP: u32 = 8;

/// The form of a video with transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlphaForm {
    /// PNG pictures in a QuickTime file, which video editors open.
    PngInMov,
    /// VP9 in WebM, which browsers play; needs ffmpeg.
    WebM,
}

/// Returns the output size of the canvas's shape whose shorter side is about `side`.
pub fn scaled_size(canvas: &Canvas, side: u32) -> (u32, u32) {
    let shorter = f64::from(canvas.width.min(canvas.height).max(1));
    let scale = f64::from(side) / shorter;
    let even = |length: u32| (((f64::from(length) * scale / 2.0).round() as u32) * 2).clamp(128, 4096);
    (even(canvas.width), even(canvas.height))
}

impl Studio {
    /// Draws the picture at a time.
    ///
    /// # Errors
    ///
    /// As [`Studio::render`]; [`Error::Request`] for a time beyond the end.
    pub fn still(
        &self,
        project: &Project,
        sources: &dyn Sources,
        options: &RenderOptions,
        time_ms: u64,
    ) -> Result<Picture> {
        self.with_prepared(project, sources, options, |prepared| {
            let timeline = &prepared.timeline;
            let frame = time_ms * u64::from(timeline.fps) / 1000;
            if frame >= timeline.n_frames {
                let end = timeline.ms_at(timeline.n_frames);
                return Err(Error::Request(format!("the video ends at {end} ms, there is no picture at {time_ms} ms")));
            }
            picture(frame_at(&mut Painter::new(self, prepared), prepared, frame)?)
        })
    }

    /// Draws the picture that stands for the video, as JPEG: the middle of its first scene.
    ///
    /// # Errors
    ///
    /// As [`Studio::render`].
    pub fn poster(&self, project: &Project, sources: &dyn Sources, options: &RenderOptions) -> Result<Vec<u8>> {
        self.with_prepared(project, sources, options, |prepared| {
            let middle = prepared.timeline.scenes.first().map_or(0, |scene| scene.n_frames / 2);
            let frame = frame_at(&mut Painter::new(self, prepared), prepared, u64::from(middle))?;
            Ok(picture(frame)?.to_jpeg(POSTER_QUALITY, [0, 0, 0])?)
        })
    }

    /// Draws the first seconds as a small GIF.
    ///
    /// # Errors
    ///
    /// As [`Studio::render`].
    pub fn animation(&self, project: &Project, sources: &dyn Sources, options: &RenderOptions) -> Result<Vec<u8>> {
        self.with_prepared(project, sources, &small(project, options), |prepared| {
            let timeline = &prepared.timeline;
            let (width, height) = (prepared.encoding.width, prepared.encoding.height);
            let mut writer = GifWriter::new(Vec::new(), GifOptions { width, height, has_alpha: false })?;
            let mut painter = Painter::new(self, prepared);
            let n_frames = (ANIMATION_MS * ANIMATION_FPS / 1000)
                .min((timeline.n_frames * ANIMATION_FPS).div_ceil(u64::from(timeline.fps)));
            for number in 0..n_frames {
                let frame = number * u64::from(timeline.fps) / ANIMATION_FPS;
                let drawn = frame_at(&mut painter, prepared, frame.min(timeline.n_frames - 1))?;
                writer.push(drawn.pixels(), (1000 / ANIMATION_FPS) as u32)?;
            }
            Ok(writer.finish()?)
        })
    }

    /// Draws pictures from the whole video, side by side.
    ///
    /// # Errors
    ///
    /// As [`Studio::render`].
    pub fn contact_sheet(&self, project: &Project, sources: &dyn Sources, options: &RenderOptions) -> Result<Picture> {
        self.with_prepared(project, sources, &small(project, options), |prepared| {
            let (width, height) = (prepared.encoding.width, prepared.encoding.height);
            let mut sheet = FrameBuffer::new(
                SHEET_COLUMNS * (width + SHEET_GAP) + SHEET_GAP,
                SHEET_ROWS * (height + SHEET_GAP) + SHEET_GAP,
            );
            let mut painter = Painter::new(self, prepared);
            let n_pictures = SHEET_COLUMNS * SHEET_ROWS;
            for number in 0..n_pictures {
                let frame = prepared.timeline.n_frames * u64::from(number * 2 + 1) / u64::from(n_pictures * 2);
                let drawn = frame_at(&mut painter, prepared, frame)?;
                let left = SHEET_GAP + number % SHEET_COLUMNS * (width + SHEET_GAP);
                let top = SHEET_GAP + number / SHEET_COLUMNS * (height + SHEET_GAP);
                paste(&drawn, &mut sheet, left, top);
            }
            picture(sheet)
        })
    }

    /// Renders a document into a video with transparency, see [`Studio::render`].
    ///
    /// # Errors
    ///
    /// As [`Studio::render`]; [`Error::Media`] for WebM without ffmpeg.
    pub fn render_alpha(
        &self,
        project: &Project,
        sources: &dyn Sources,
        options: &RenderOptions,
        form: AlphaForm,
        out: &Path,
        progress: &mut OnProgress<'_>,
    ) -> Result<Report> {
        let shared = Shared::new(progress);
        let session = self.cache.session()?;
        let mut prepared = self.prepare(project, sources, options, &session, &shared)?;
        prepared.has_alpha = true;
        let sound = session.scratch("wav");
        let mut warnings = prepared.warnings.clone();
        warnings.extend(write_sound(&prepared, &sound, &shared)?);
        let mut movie = AlphaMovie::create(form, out, &prepared, &sound)?;
        let mut painter = Painter::new(self, &prepared);
        for frame in 0..prepared.timeline.n_frames {
            painter.show(frame, &mut |drawn, damage| movie.push(drawn, damage))?;
            shared.advance(1)?;
        }
        let file_bytes = movie.finish()?;
        warnings.extend(prepared.library.take_warnings());
        Ok(Report::new(&prepared, file_bytes, 0, 0, warnings))
    }

    fn with_prepared<T>(
        &self,
        project: &Project,
        sources: &dyn Sources,
        options: &RenderOptions,
        work: impl FnOnce(&Prepared<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut silent = |_: Progress| ControlFlow::Continue(());
        let shared = Shared::new(&mut silent);
        let session: Session<'_> = self.cache.session()?;
        let prepared = self.prepare(project, sources, options, &session, &shared)?;
        work(&prepared)
    }
}

fn small(project: &Project, options: &RenderOptions) -> RenderOptions {
    RenderOptions { size: Some(scaled_size(&project.canvas, SMALL_SIDE)), ..options.clone() }
}

/// Draws a frame of the whole video, transitions left out.
fn frame_at(painter: &mut Painter<'_>, prepared: &Prepared<'_>, frame: u64) -> Result<FrameBuffer> {
    let (scene, frame) = prepared.timeline.scene_at(frame);
    painter.picture(scene, frame)
}

fn picture(frame: FrameBuffer) -> Result<Picture> {
    let (width, height) = (frame.width(), frame.height());
    Ok(Picture::from_premultiplied(width, height, frame.into_pixels())?)
}

fn paste(from: &FrameBuffer, into: &mut FrameBuffer, left: u32, top: u32) {
    let (row_bytes, stride) = (from.width() as usize * 4, into.width() as usize * 4);
    let pixels = into.pixels_mut();
    for (y, row) in from.pixels().chunks_exact(row_bytes).enumerate() {
        let at = (top as usize + y) * stride + left as usize * 4;
        pixels[at..at + row_bytes].copy_from_slice(row);
    }
}

/// Mixes all sound into a WAV file and returns what could not be read.
fn write_sound(prepared: &Prepared<'_>, path: &Path, shared: &Shared<'_, '_>) -> Result<Vec<String>> {
    let plan = sound::plan(&prepared.project, &prepared.timeline, &prepared.library);
    let mut mixer = Mixer::new(&plan, &prepared.speeches);
    let mut writer = wav::Writer::create(path, Spec { sample_rate: SAMPLE_RATE, channels: 2, mask: 3 }, 16)?;
    let mut block = Vec::new();
    while mixer.next_block(&mut block) {
        writer.push(&block)?;
        shared.advance(0)?;
    }
    writer.finish()?;
    Ok(mixer.failures(&(0..plan.n_frames)))
}

enum AlphaMovie {
    Mov(Box<PngMovie>),
    WebM(Box<WebmWriter>, std::path::PathBuf),
}

impl AlphaMovie {
    fn create(form: AlphaForm, out: &Path, prepared: &Prepared<'_>, sound: &Path) -> Result<Self> {
        let (width, height, fps) = (prepared.encoding.width, prepared.encoding.height, prepared.encoding.fps);
        Ok(match form {
            AlphaForm::PngInMov => {
                let frames_estimate = prepared.timeline.n_frames;
                let options = PngMovieOptions { width, height, fps, frames_estimate };
                let sound = Decoder::open(sound, &DecodeOptions::default())?;
                Self::Mov(Box::new(PngMovie::create(out, options, Some(sound))?))
            }
            AlphaForm::WebM => {
                let sound = Some(sound.to_owned());
                let options = WebmOptions { width, height, fps, sound, ffmpeg: "ffmpeg".into() };
                Self::WebM(Box::new(WebmWriter::create(out, &options)?), out.to_owned())
            }
        })
    }

    fn push(&mut self, frame: &FrameBuffer, damage: &Damage) -> Result<()> {
        match self {
            Self::Mov(movie) if *damage == Damage::None => movie.hold(1)?,
            Self::Mov(movie) => movie.push(frame.pixels(), 1)?,
            Self::WebM(movie, _) => movie.push(frame.pixels())?,
        }
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        match self {
            Self::Mov(movie) => Ok(movie.finish()?.file_bytes),
            Self::WebM(movie, path) => {
                movie.finish()?;
                std::fs::metadata(&path).map(|metadata| metadata.len()).map_err(|error| Error::io("read", &path, error))
            }
        }
    }
}
