//! The compositor: layers of a scene as frames.
//!
//! A frame is what lies behind, and then layer over layer, each pixel by itself, in whole numbers. So a pixel depends on the number of the frame
//! alone: not on which frames were drawn before, by which thread, or how much of a frame was drawn at once.
//!
//! To be fast nothing is drawn twice. Each layer has a [look](timing::Look) in each frame; only rectangles of layers whose look or content
//! changed are put together again. Layers are drawn once and kept as pixels. The lowest layers that stay as they are are kept put together.

mod actor;
mod blend;
mod content;
mod figure;
mod frame;
mod geometry;
mod paint;
mod picture;
mod raster;
mod setup;
mod slot;
mod timing;
mod words;
mod zoom;

use std::slice::SliceIndex;

use crate::error::StageError;

pub use frame::{Damage, FrameBuffer};
pub use geometry::PixelRect;
pub use setup::{SceneSetup, SceneWarning, Size};

use blend::Canvas;
use slot::Slot;
use timing::Clock;

/// The bytes of pixels of layers that are kept though they are not seen.
const KEPT_BYTES_MAX: usize = 192 << 20;

/// Draws the frames of one scene.
///
/// Several threads draw one scene by a renderer each.
pub struct SceneRenderer {
    output: PixelRect,
    clock: Clock,
    /// What is behind everything.
    base: [u8; 4],
    /// From back to front.
    slots: Vec<Slot>,
    /// The frame that was drawn last.
    last_idx: Option<u32>,
    ground: Ground,
    damage: Vec<PixelRect>,
    warnings: Vec<SceneWarning>,
}

/// The lowest slots, put together.
#[derive(Default)]
struct Ground {
    n_slots: usize,
    pixels: Vec<u8>,
}

impl SceneRenderer {
    /// Prepares a scene: assets are looked up, nothing is drawn yet.
    ///
    /// # Errors
    /// The output has another shape than the canvas, or is too large.
    pub fn new(setup: SceneSetup<'_>) -> Result<Self, StageError> {
        let prepared = setup::prepare(&setup)?;
        Ok(Self {
            output: prepared.output,
            clock: prepared.clock,
            base: prepared.base,
            slots: prepared.slots,
            last_idx: None,
            ground: Ground::default(),
            damage: Vec::new(),
            warnings: prepared.warnings,
        })
    }

    /// What the person who made the scene should know, such as scripts without a font; what is missing in assets, those who give them know.
    pub fn warnings(&self) -> &[SceneWarning] {
        &self.warnings
    }

    /// How many frames the scene has.
    pub fn n_frames(&self) -> u32 {
        self.clock.n_frames
    }

    /// Draws a frame over the one that was drawn before, which `frame` must still hold, and tells what changed.
    ///
    /// After [`Damage::None`] the frame is the same as before. Frames may come in any order; after the last one its picture stays.
    ///
    /// # Panics
    /// `frame` does not have the size of the output.
    pub fn frame(&mut self, frame_idx: u32, frame: &mut FrameBuffer) -> Damage {
        assert_eq!(frame.rect(), self.output, "the frame must have the output's size");
        let frame_idx = frame_idx.min(self.clock.n_frames.saturating_sub(1));
        if self.last_idx == Some(frame_idx) {
            return Damage::None;
        }
        let mut damage = std::mem::take(&mut self.damage);
        damage.clear();
        let time_ms = self.clock.time_ms(frame_idx);
        for slot in &mut self.slots {
            slot.seek(frame_idx, time_ms, &self.output, &mut damage);
        }
        let is_first = self.last_idx.replace(frame_idx).is_none();
        if is_first {
            damage.clear();
            damage.push(self.output);
        }
        geometry::merge(&mut damage);
        if !damage.is_empty() {
            self.prepare_ground();
            for rect in &damage {
                self.compose(rect, frame);
            }
            self.release_unseen();
        }
        let told = match damage.as_slice() {
            _ if is_first => Damage::All,
            [] => Damage::None,
            rects => Damage::Rects(rects.to_vec()),
        };
        self.damage = damage;
        told
    }

    /// Forgets what was drawn: the next frame is drawn whole.
    pub fn restart(&mut self) {
        self.last_idx = None;
    }

    fn compose(&mut self, rect: &PixelRect, frame: &mut FrameBuffer) {
        let mut canvas = Canvas { width: self.output.width() as usize, pixels: frame.pixels_mut() };
        if self.ground.n_slots > 0 {
            canvas.copy(rect, &self.ground.pixels);
        } else {
            canvas.fill(rect, self.base);
        }
        draw_slots(&mut self.slots, self.ground.n_slots.., &mut canvas, rect);
    }

    /// Puts the lowest slots together, as far as they stay as they are.
    ///
    /// It is a matter of speed only: the pixels are the same with any number of them.
    fn prepare_ground(&mut self) {
        let n_steady = self.slots.iter().take_while(|slot| slot.is_steady()).count();
        if n_steady < self.ground.n_slots {
            self.ground.n_slots = 0;
        }
        let more = &self.slots[self.ground.n_slots..n_steady];
        let n_shown = more.iter().filter(|slot| slot.is_shown()).count();
        // A single layer is as fast by itself.
        if n_shown == 0 || (self.ground.n_slots == 0 && n_shown < 2) {
            return;
        }
        let first = self.ground.n_slots;
        self.ground.pixels.resize(self.output.area() as usize * 4, 0);
        let mut canvas = Canvas { width: self.output.width() as usize, pixels: &mut self.ground.pixels };
        if first == 0 {
            canvas.fill(&self.output, self.base);
        }
        draw_slots(&mut self.slots, first..n_steady, &mut canvas, &self.output);
        self.ground.n_slots = n_steady;
    }

    /// Gives back what is not seen, or is in the ground, when there is much of it.
    fn release_unseen(&mut self) {
        if n_bytes(&self.slots) <= KEPT_BYTES_MAX {
            return;
        }
        for (idx, slot) in self.slots.iter_mut().enumerate() {
            if idx < self.ground.n_slots || !slot.is_shown() {
                slot.release();
            }
        }
    }
}

fn n_bytes(slots: &[Slot]) -> usize {
    slots.iter().map(Slot::n_bytes).sum()
}

/// Draws some of the slots. Where all pixels together would be too many to keep, those that come last are drawn anew each time.
fn draw_slots(
    slots: &mut [Slot],
    range: impl SliceIndex<[Slot], Output = [Slot]>,
    canvas: &mut Canvas<'_>,
    rect: &PixelRect,
) {
    let mut kept = n_bytes(slots);
    for slot in &mut slots[range] {
        let before = slot.n_bytes();
        slot.draw(canvas, rect);
        kept += slot.n_bytes() - before.min(slot.n_bytes());
        if kept > KEPT_BYTES_MAX {
            kept -= slot.n_bytes();
            slot.release();
        }
    }
}
