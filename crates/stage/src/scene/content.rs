//! What layers are made of: pixels that stay, and pixels that change from frame to frame.

use std::sync::Arc;

use super::PixelRect;
use super::picture::{Care, Place, draw_bitmap};
use super::raster::Raster;
use super::timing::Clock;
use crate::assets::{Bitmap, Frames, MovingPicture};
use crate::document::Fit;

/// What differs from the frame that was asked for before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// What is in these rectangles, given where the layer is at rest.
    Rects(Vec<PixelRect>),
    /// The whole layer.
    All,
}

/// What a layer shows. Its pixels are a function of the frame's number alone.
pub(super) trait Content: Send {
    /// Goes to a frame and tells what differs from the one before.
    fn seek(&mut self, frame_idx: u32) -> Change;

    /// What may be drawn on in that frame.
    fn bounds(&self) -> PixelRect;

    /// The pixels of that frame.
    fn raster(&mut self) -> &Raster;

    /// Whether all frames are the same.
    fn is_still(&self) -> bool {
        false
    }

    /// How many bytes of pixels are kept.
    fn n_bytes(&self) -> usize;

    /// Gives pixels back that can be drawn again.
    fn release(&mut self) {}
}

/// How still pixels are drawn.
pub(super) type Recipe = Box<dyn Fn() -> Raster + Send>;

/// Pixels that stay. They are drawn when they are first seen.
pub(super) struct Still {
    bounds: PixelRect,
    recipe: Recipe,
    raster: Option<Raster>,
}

impl Still {
    pub(super) fn new(bounds: PixelRect, recipe: Recipe) -> Self {
        Self { bounds, recipe, raster: None }
    }
}

impl Content for Still {
    fn seek(&mut self, _: u32) -> Change {
        Change::None
    }

    fn bounds(&self) -> PixelRect {
        self.bounds
    }

    fn raster(&mut self) -> &Raster {
        self.raster.get_or_insert_with(&self.recipe)
    }

    fn is_still(&self) -> bool {
        true
    }

    fn n_bytes(&self) -> usize {
        self.raster.as_ref().map_or(0, |raster| raster.pixels.len())
    }

    fn release(&mut self) {
        self.raster = None;
    }
}

/// Where a picture that moves is, and when it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub place: Place,
    pub fit: Fit,
    pub clock: Clock,
    /// When its time begins.
    pub start_ms: u64,
}

impl Stage {
    fn time_ms(&self, frame_idx: u32) -> u64 {
        self.clock.whole_ms(frame_idx).saturating_sub(self.start_ms)
    }

    fn bounds(&self) -> PixelRect {
        self.place.bounds(1.0)
    }
}

/// Pictures that follow each other, such as those of a GIF.
pub(super) struct Loop {
    stage: Stage,
    frames: Arc<Frames>,
    idx: usize,
    raster: Option<Raster>,
}

impl Loop {
    pub(super) fn new(stage: Stage, frames: Arc<Frames>) -> Self {
        Self { stage, frames, idx: 0, raster: None }
    }
}

impl Content for Loop {
    fn seek(&mut self, frame_idx: u32) -> Change {
        let idx = self.frames.idx_at(self.stage.time_ms(frame_idx));
        if idx == self.idx {
            return Change::None;
        }
        self.idx = idx;
        self.raster = None;
        Change::All
    }

    fn bounds(&self) -> PixelRect {
        self.stage.bounds()
    }

    fn raster(&mut self) -> &Raster {
        let picture = &self.frames.pictures()[self.idx];
        self.raster.get_or_insert_with(|| draw_bitmap(picture, &self.stage.place, self.stage.fit, Care::Once))
    }

    fn n_bytes(&self) -> usize {
        self.raster.as_ref().map_or(0, |raster| raster.pixels.len())
    }

    fn release(&mut self) {
        self.raster = None;
    }
}

/// A video.
pub(super) struct Film {
    stage: Stage,
    film: Box<dyn MovingPicture>,
    /// What is left out of its beginning.
    trim_ms: u64,
    looped: bool,
    picture: Option<Arc<Bitmap>>,
    raster: Option<Raster>,
}

impl Film {
    pub(super) fn new(stage: Stage, film: Box<dyn MovingPicture>, trim_ms: u64, looped: bool) -> Self {
        Self { stage, film, trim_ms, looped, picture: None, raster: None }
    }
}

impl Content for Film {
    fn seek(&mut self, frame_idx: u32) -> Change {
        let length_ms = self.film.duration_ms().saturating_sub(self.trim_ms).max(1);
        let time_ms = self.stage.time_ms(frame_idx);
        let time_ms = if self.looped { time_ms % length_ms } else { time_ms.min(length_ms - 1) };
        let picture = self.film.picture_at(self.trim_ms + time_ms);
        let is_same = match (&picture, &self.picture) {
            (Some(new), Some(old)) => Arc::ptr_eq(new, old),
            (None, None) => true,
            _ => false,
        };
        if is_same {
            return Change::None;
        }
        self.picture = picture;
        self.raster = None;
        Change::All
    }

    fn bounds(&self) -> PixelRect {
        self.stage.bounds()
    }

    fn raster(&mut self) -> &Raster {
        let (picture, stage) = (&self.picture, &self.stage);
        self.raster.get_or_insert_with(|| match picture {
            Some(picture) => draw_bitmap(picture, &stage.place, stage.fit, Care::EachFrame),
            None => Raster::new(PixelRect::EMPTY),
        })
    }

    fn n_bytes(&self) -> usize {
        self.raster.as_ref().map_or(0, |raster| raster.pixels.len())
    }

    fn release(&mut self) {
        self.raster = None;
    }
}
