//! The pipeline: what is said first, then pictures and sound on all cores, then one file.
//!
//! Each piece goes into the cache as soon as it is finished. A render that was cut off, by `kill -9` even, finds them there.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use media::mp4::{Mp4Options, Mp4Tags, SampleSource, VideoSample, VideoTrackSpec, write_movie};
use stage::document::Project;

use crate::assets::{Library, Sources};
use crate::cache::{Key, Session};
use crate::draw::Painter;
use crate::encode::{Encoding, parameter_sets};
use crate::plan::{SegmentPlan, Surroundings, segments, transition_frames};
use crate::progress::{OnProgress, Phase, Shared};
use crate::queue::Queue;
use crate::report::Report;
use crate::segment::{Coding, Segment};
use crate::sound::{self, SoundWork};
use crate::speak::{self, Speeches};
use crate::timeline::Timeline;
use crate::{Error, Result, Studio};

/// The quantizer of finished videos.
pub const QP_FINAL: u8 = 23;
/// The quantizer of previews.
pub const QP_PREVIEW: u8 = 30;

/// What MP4 files name as the software that made them.
const ENCODER: &str = concat!("Phonoscope ", env!("CARGO_PKG_VERSION"));

/// How a document is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    /// Pixels per row and rows of the output, both even; the canvas's without any.
    pub size: Option<(u32, u32)>,
    /// The quantizer: lower is better and larger.
    pub qp: u8,
    /// Workers; as many as there are cores without any.
    pub n_workers: Option<NonZero<usize>>,
    /// Only this scene, from 0.
    pub scene: Option<usize>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { size: None, qp: QP_FINAL, n_workers: None, scene: None }
    }
}

/// A document whose assets have been found and whose texts have been spoken.
pub(crate) struct Prepared<'a> {
    pub(crate) project: Project,
    pub(crate) library: Library,
    pub(crate) speeches: Speeches<'a>,
    pub(crate) timeline: Timeline,
    pub(crate) encoding: Encoding,
    /// Whether what nothing is drawn on is transparent.
    pub(crate) has_alpha: bool,
    pub(crate) warnings: Vec<String>,
}

impl Prepared<'_> {
    /// Returns the frames of a scene that the scene before is seen in.
    pub(crate) fn transition_frames(&self, scene: usize) -> u32 {
        if scene == 0 {
            return 0;
        }
        transition_frames(&self.project.scenes[scene], &self.timeline.scenes[scene], self.timeline.fps)
    }
}

impl Studio {
    /// Renders a document into an MP4 file with its sound; `out` appears whole or not at all.
    ///
    /// `progress` is called several times a second, from any thread, and ends the render within a second when it breaks.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] and [`Error::Request`] for what cannot be rendered, [`Error::Cancelled`], and what the machine refuses.
    /// What a document names and cannot be had is no error, but a warning in the report.
    pub fn render(
        &self,
        project: &Project,
        sources: &dyn Sources,
        options: &RenderOptions,
        out: &Path,
        progress: &mut OnProgress<'_>,
    ) -> Result<Report> {
        let shared = Shared::new(progress);
        let session = self.cache.session()?;
        let prepared = self.prepare(project, sources, options, &session, &shared)?;
        let plan = sound::plan(&prepared.project, &prepared.timeline, &prepared.library);
        let sound = SoundWork::new(&plan, &prepared.speeches, &prepared.library, &session);
        let identity = self.identity();
        let surroundings = Surroundings { library: &prepared.library, identity, encoding: prepared.encoding };
        let segments = segments(&prepared.project, &prepared.timeline, &surroundings);
        let work = Work {
            studio: self,
            prepared: &prepared,
            session: &session,
            segments: &segments,
            sound: &sound,
            shared: &shared,
        };
        let n_cached = work.run(workers(options))?;
        shared.tell(Phase::Writing)?;
        let mut sound = sound.finish()?;
        let sound_warnings = sound.warnings().to_vec();
        let mut pictures = Pictures::new(&session, &segments, prepared.encoding, prepared.timeline.n_frames)?;
        let tags = Mp4Tags { title: prepared.project.name.clone(), encoder: ENCODER.to_owned(), ..Mp4Tags::default() };
        let mut go_on = |_| match shared.tell(Phase::Writing) {
            Ok(()) => std::ops::ControlFlow::Continue(()),
            Err(_) => std::ops::ControlFlow::Break(()),
        };
        let file = write_movie(out, &mut pictures, Some(&mut sound), &tags, &Mp4Options::default(), &mut go_on);
        let file = file.map_err(|error| match error {
            media::Error::Cancelled => Error::Cancelled,
            other => Error::Media(other),
        })?;
        let mut warnings = prepared.warnings.clone();
        warnings.extend(prepared.library.take_warnings());
        warnings.append(&mut pictures.warnings);
        warnings.extend(sound_warnings);
        Ok(Report::new(&prepared, file.file_bytes, segments.len(), n_cached, warnings))
    }

    /// Checks a document, finds its assets, speaks its texts and lays out its time.
    pub(crate) fn prepare<'s>(
        &self,
        project: &Project,
        sources: &dyn Sources,
        options: &RenderOptions,
        session: &'s Session<'s>,
        shared: &Shared<'_, '_>,
    ) -> Result<Prepared<'s>> {
        project.validate(&self.limits).map_err(Error::Document)?;
        let project = only_scene(project, options.scene)?;
        let (width, height) = output_size(&project, options)?;
        let (library, mut warnings) = Library::open(&project, sources, width.max(height), &self.known_files);
        let speeches = speak::all(self, &project, &library, workers(options), session, shared)?;
        warnings.extend(speeches.warnings().iter().cloned());
        let timeline = Timeline::new(&project, &speeches, library.lengths());
        shared.set_total(timeline.n_frames);
        let encoding = Encoding { width, height, fps: project.canvas.fps, qp: options.qp };
        Ok(Prepared { project, library, speeches, timeline, encoding, has_alpha: false, warnings })
    }
}

fn workers(options: &RenderOptions) -> usize {
    options.n_workers.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZero::get)
}

fn only_scene(project: &Project, scene: Option<usize>) -> Result<Project> {
    let Some(index) = scene else { return Ok(project.clone()) };
    let n_scenes = project.scenes.len();
    let scene = project.scenes.get(index).cloned();
    let mut scene = scene.ok_or_else(|| Error::Request(format!("there is no scene {}, only {n_scenes}", index + 1)))?;
    scene.transition = None;
    Ok(Project { scenes: vec![scene], ..project.clone() })
}

/// Returns the size of the output: that of the canvas, or one of the same shape.
fn output_size(project: &Project, options: &RenderOptions) -> Result<(u32, u32)> {
    let canvas = project.canvas;
    let (width, height) = options.size.unwrap_or((canvas.width, canvas.height));
    let is_fit = |side: u32| side.is_multiple_of(2) && (128..=4096).contains(&side);
    if !is_fit(width) || !is_fit(height) {
        return Err(Error::Request(format!("an output of {width}x{height} pixels: sides are even, 128 to 4096")));
    }
    Ok((width, height))
}

/// Everything that the workers share.
struct Work<'a, 's> {
    studio: &'a Studio,
    prepared: &'a Prepared<'a>,
    session: &'a Session<'a>,
    segments: &'a [SegmentPlan],
    sound: &'a SoundWork<'s>,
    shared: &'a Shared<'a, 'a>,
}

impl Work<'_, '_> {
    /// Makes what is not in the cache; returns how many segments were.
    fn run(&self, n_workers: usize) -> Result<usize> {
        let queue = Queue::new(self.segments);
        let n_cached = AtomicUsize::new(0);
        let first_error = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..n_workers.max(1) {
                let (queue, n_cached, first_error) = (&queue, &n_cached, &first_error);
                scope.spawn(move || {
                    if let Err(error) = self.work(queue, n_cached) {
                        let mut first = first_error.lock().unwrap_or_else(PoisonError::into_inner);
                        // Those that end because another has failed say "cancelled"; the first to speak knows why.
                        first.get_or_insert(error);
                        self.shared.stop();
                    }
                });
            }
        });
        match first_error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(n_cached.into_inner()),
        }
    }

    fn work(&self, queue: &Queue<'_>, n_cached: &AtomicUsize) -> Result<()> {
        self.sound.work(self.shared)?;
        let mut painter = None;
        let mut current = None;
        while let Some(segment) = queue.take(current) {
            current = Some(segment.scene);
            if self.session.hold(&segment.key) {
                n_cached.fetch_add(1, Ordering::Relaxed);
                self.shared.advance(u64::from(segment.frames.end - segment.frames.start))?;
                continue;
            }
            let painter = match &mut painter {
                Some(painter) => painter,
                empty => empty.insert(Painter::new(self.studio, self.prepared)),
            };
            let encoded = painter.encode(segment, self.shared)?;
            self.session.put(&segment.key, &encoded.to_bytes())?;
        }
        Ok(())
    }
}

/// The samples of all segments, one segment in memory at a time.
struct Pictures<'a> {
    session: &'a Session<'a>,
    spec: VideoTrackSpec,
    waiting: std::slice::Iter<'a, SegmentPlan>,
    current: Option<(Segment, usize)>,
    /// What is not drawn as it was meant.
    warnings: Vec<String>,
}

impl<'a> Pictures<'a> {
    fn new(session: &'a Session<'a>, segments: &'a [SegmentPlan], encoding: Encoding, n_frames: u64) -> Result<Self> {
        let (mut codings, mut warnings) = (BTreeSet::new(), Vec::new());
        for plan in segments {
            let segment = read(session, &plan.key)?;
            codings.insert(segment.coding);
            warnings.extend(segment.warnings.iter().map(|warning| format!("scenes[{}]{warning}", plan.scene)));
        }
        let codings: Vec<Coding> = codings.into_iter().collect();
        let spec = VideoTrackSpec {
            width: encoding.width,
            height: encoding.height,
            fps: encoding.fps,
            sets: parameter_sets(encoding, &codings)?,
            samples_estimate: Some(n_frames),
        };
        Ok(Self { session, spec, waiting: segments.iter(), current: None, warnings })
    }
}

fn read(session: &Session<'_>, key: &Key) -> Result<Segment> {
    let bytes = session.get(key).ok_or_else(|| Error::Internal("a segment has left the cache".to_owned()))?;
    Segment::from_bytes(&bytes).ok_or_else(|| Error::Internal("a segment in the cache is of another kind".to_owned()))
}

impl SampleSource for Pictures<'_> {
    fn spec(&self) -> &VideoTrackSpec {
        &self.spec
    }

    fn next_sample(&mut self, sample: &mut VideoSample) -> media::Result<bool> {
        loop {
            if let Some((segment, at)) = &mut self.current
                && *at < segment.n_samples()
            {
                sample.data.clear();
                sample.data.extend_from_slice(segment.sample(*at));
                sample.is_sync = *at == 0;
                sample.n_frames = 1;
                *at += 1;
                return Ok(true);
            }
            let Some(next) = self.waiting.next() else { return Ok(false) };
            let segment = read(self.session, &next.key)
                .map_err(|error| media::Error::Internal { step: "joining segments", reason: error.to_string() })?;
            self.current = Some((segment, 0));
        }
    }
}
