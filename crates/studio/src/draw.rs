//! Scenes as frames for the encoder, those of transitions included.

use stage::document::Transition;
use stage::scene::{Damage, FrameBuffer, SceneRenderer, SceneSetup, SceneWarning, Size};
use stage::transition::{compose, progress};

use crate::encode::{Buffers, Frames, encode};
use crate::plan::SegmentPlan;
use crate::progress::Shared;
use crate::render::Prepared;
use crate::segment::Segment;
use crate::{Error, Result, Studio};

/// One worker's memory, and the scene it drew last.
pub(crate) struct Painter<'a> {
    studio: &'a Studio,
    prepared: &'a Prepared<'a>,
    buffers: Option<Buffers>,
    /// What was shown last, and in a transition the last picture of the scene before.
    shown: Option<FrameBuffer>,
    before: Option<FrameBuffer>,
    scene: Option<(usize, SceneRenderer)>,
}

impl<'a> Painter<'a> {
    pub(crate) fn new(studio: &'a Studio, prepared: &'a Prepared<'a>) -> Self {
        Self { studio, prepared, buffers: None, shown: None, before: None, scene: None }
    }

    /// Draws and encodes one segment.
    pub(crate) fn encode(&mut self, plan: &SegmentPlan, shared: &Shared<'_, '_>) -> Result<Segment> {
        let encoding = self.prepared.encoding;
        let before = if plan.is_transition { Some(self.last_picture(plan.scene - 1)?) } else { None };
        let mut buffers = self.buffers.take().unwrap_or_else(|| Buffers::new(encoding.width, encoding.height));
        self.turn_to(plan.scene)?;
        let scene = &self.prepared.project.scenes[plan.scene];
        let time = &self.prepared.timeline.scenes[plan.scene];
        let n_frames = plan.frames.end - plan.frames.start;
        let Some((_, renderer)) = &mut self.scene else {
            return Err(Error::Internal("no scene to draw".to_owned()));
        };
        renderer.restart();
        let mut frames = SceneFrames { renderer, first: plan.frames.start };
        let mut each = || shared.advance(1);
        let segment = match (before, &scene.transition) {
            (Some(before), Some(transition)) => {
                let drawn = FrameBuffer::new(encoding.width, encoding.height);
                let (fps, n_scene) = (encoding.fps, time.n_frames);
                let mut frames = TransitionFrames { scene: frames, before, drawn, transition, fps, n_frames: n_scene };
                encode(encoding, &mut frames, n_frames, &mut buffers, &mut each)
            }
            _ => encode(encoding, &mut frames, n_frames, &mut buffers, &mut each),
        };
        self.buffers = Some(buffers);
        let mut segment = segment?;
        segment.warnings = self.warnings();
        Ok(segment)
    }

    /// Returns what is not drawn as it was meant in the current scene, each with its place in the scene.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warnings = self.scene.as_ref().map(|(_, renderer)| renderer.warnings()).unwrap_or_default();
        let text = |warning: &SceneWarning| match warning.layer_idx {
            Some(layer) => format!(".layers[{layer}]: {}", warning.message),
            None => format!(": {}", warning.message),
        };
        warnings.iter().map(text).collect()
    }

    /// Draws the next frame of the whole video into the worker's own buffer and shows it; transitions are composed, too.
    pub(crate) fn show(&mut self, frame: u64, see: &mut dyn FnMut(&FrameBuffer, &Damage) -> Result<()>) -> Result<()> {
        let encoding = self.prepared.encoding;
        let (scene, at) = self.prepared.timeline.scene_at(frame);
        let n_transition = self.prepared.transition_frames(scene);
        if at == 0 && n_transition > 0 {
            self.before = Some(self.picture(scene - 1, self.prepared.timeline.scenes[scene - 1].n_frames - 1)?);
        }
        let mut shown = self.shown.take().unwrap_or_else(|| FrameBuffer::new(encoding.width, encoding.height));
        self.turn_to(scene)?;
        let (Some((_, renderer)), time) = (&mut self.scene, &self.prepared.timeline.scenes[scene]) else {
            return Err(Error::Internal("no scene to draw".to_owned()));
        };
        let transition = self.prepared.project.scenes[scene].transition.as_ref();
        let damage = match (&self.before, transition) {
            (Some(before), Some(transition)) if at < n_transition => {
                let mut drawn = FrameBuffer::new(encoding.width, encoding.height);
                renderer.restart();
                renderer.frame(at, &mut drawn);
                compose(transition, share_at(transition, at, encoding.fps, time.n_frames), before, &drawn, &mut shown);
                Damage::All
            }
            _ => {
                if self.before.take().is_some() {
                    renderer.restart();
                }
                renderer.frame(at, &mut shown)
            }
        };
        see(&shown, &damage)?;
        self.shown = Some(shown);
        Ok(())
    }

    /// Draws one frame of the video.
    pub(crate) fn picture(&mut self, scene: usize, frame: u32) -> Result<FrameBuffer> {
        let encoding = self.prepared.encoding;
        self.turn_to(scene)?;
        let mut picture = FrameBuffer::new(encoding.width, encoding.height);
        if let Some((_, renderer)) = &mut self.scene {
            renderer.restart();
            renderer.frame(frame, &mut picture);
        }
        Ok(picture)
    }

    fn last_picture(&mut self, scene: usize) -> Result<FrameBuffer> {
        let last = self.prepared.timeline.scenes[scene].n_frames - 1;
        self.picture(scene, last)
    }

    fn turn_to(&mut self, scene: usize) -> Result<()> {
        if self.scene.as_ref().is_some_and(|(current, _)| *current == scene) {
            return Ok(());
        }
        // Before the next is made: two would need twice the memory.
        self.scene = None;
        let Prepared { project, library, timeline, encoding, .. } = self.prepared;
        let setup = SceneSetup {
            project,
            scene: &project.scenes[scene],
            utterances: &timeline.scenes[scene].utterances,
            n_frames: timeline.scenes[scene].n_frames,
            output: Size { width: encoding.width, height: encoding.height },
            assets: library,
            fonts: &self.studio.fonts,
            cast: &self.studio.cast,
            alpha: self.prepared.has_alpha,
        };
        let renderer = SceneRenderer::new(setup).map_err(|source| Error::Stage { scene: scene + 1, source })?;
        self.scene = Some((scene, renderer));
        Ok(())
    }
}

struct SceneFrames<'r> {
    renderer: &'r mut SceneRenderer,
    first: u32,
}

impl Frames for SceneFrames<'_> {
    fn draw(&mut self, at: u32, frame: &mut FrameBuffer) -> Result<Damage> {
        Ok(self.renderer.frame(self.first + at, frame))
    }
}

struct TransitionFrames<'r> {
    scene: SceneFrames<'r>,
    before: FrameBuffer,
    drawn: FrameBuffer,
    transition: &'r Transition,
    fps: u32,
    /// Frames of the new scene.
    n_frames: u32,
}

impl Frames for TransitionFrames<'_> {
    fn draw(&mut self, at: u32, frame: &mut FrameBuffer) -> Result<Damage> {
        self.scene.draw(at, &mut self.drawn)?;
        let share = share_at(self.transition, self.scene.first + at, self.fps, self.n_frames);
        compose(self.transition, share, &self.before, &self.drawn, frame);
        Ok(Damage::All)
    }
}

/// Returns how far a transition is in a frame, looking at the middle of the frame's time: the first one shows a little of the new scene already.
fn share_at(transition: &Transition, frame: u32, fps: u32, n_frames: u32) -> f64 {
    let fps = f64::from(fps);
    progress(transition, (f64::from(frame) + 0.5) * 1000.0 / fps, f64::from(n_frames) * 1000.0 / fps)
}
