//! A layer in the order of drawing.

use vello_cpu::kurbo::Point;

use super::PixelRect;
use super::blend::{Canvas, Put};
use super::content::{Change, Content};
use super::raster::Raster;
use super::timing::{FULL_SIZE, Look, Timing};
use super::zoom;

/// What of a slot is on the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    look: Look,
    /// The pixels that it may have touched.
    area: PixelRect,
}

/// A layer, its timing, and what of it is on the frame now.
pub(super) struct Slot {
    pub timing: Timing,
    pub content: Box<dyn Content>,
    /// What it shrinks towards.
    pub center: Point,
    shown: Option<Shown>,
    /// Whether it was the same in the frame before.
    steady: bool,
    /// Smaller and smaller copies of its pixels, while its size changes.
    copies: Vec<Raster>,
}

impl Slot {
    pub(super) fn new(timing: Timing, content: Box<dyn Content>, center: Point) -> Self {
        Self { timing, content, center, shown: None, steady: false, copies: Vec::new() }
    }

    /// Goes to a frame and adds what changes on it.
    pub(super) fn seek(&mut self, frame_idx: u32, time_ms: f64, output: &PixelRect, damage: &mut Vec<PixelRect>) {
        let before = self.shown;
        let change = if self.timing.is_on(time_ms) { self.content.seek(frame_idx) } else { Change::None };
        let look = self.timing.look(time_ms, &self.content.bounds(), output);
        self.shown = look.map(|look| Shown { look, area: self.area(&look).intersection(output) });
        self.steady = before == self.shown && change == Change::None;
        if self.steady {
            return;
        }
        if change != Change::None {
            self.copies.clear();
        }
        match (change, self.shown) {
            (Change::Rects(rects), Some(shown)) if before == self.shown && shown.look.is_at_rest() => {
                damage.extend(rects.iter().map(|rect| rect.intersection(&shown.area)));
            }
            _ => damage.extend(before.iter().chain(&self.shown).map(|it| it.area)),
        }
    }

    /// Whether it can be drawn once for several frames.
    pub(super) fn is_steady(&self) -> bool {
        self.steady && (self.shown.is_none() || self.content.is_still())
    }

    /// Whether any of it is seen.
    pub(super) fn is_shown(&self) -> bool {
        self.shown.is_some_and(|it| !it.area.is_empty())
    }

    fn area(&self, look: &Look) -> PixelRect {
        let bounds = self.content.bounds();
        let sized = if look.zoom == FULL_SIZE { bounds } else { zoom::bounds(&bounds, self.center, look.zoom) };
        let (dx, dy) = look.shift16;
        let (more_x, more_y) = (i32::from(dx & 15 != 0), i32::from(dy & 15 != 0));
        let moved = sized.translated(dx >> 4, dy >> 4);
        PixelRect::new(moved.x0, moved.y0, moved.x1 + more_x, moved.y1 + more_y)
    }

    /// Draws what of it falls into `rect`.
    pub(super) fn draw(&mut self, canvas: &mut Canvas<'_>, rect: &PixelRect) {
        let Some(Shown { look, area }) = self.shown else { return };
        let part = area.intersection(rect);
        if part.is_empty() {
            return;
        }
        let put = Put { shift16: look.shift16, alpha: look.alpha };
        if look.zoom == FULL_SIZE {
            self.copies.clear();
            return canvas.put(&part, self.content.raster(), put);
        }
        let level = zoom::level(look.zoom);
        while self.copies.len() < level {
            let halved = match self.copies.last() {
                Some(last) => last.halved(),
                None => self.content.raster().halved(),
            };
            self.copies.push(halved);
        }
        let raster = if level == 0 { self.content.raster() } else { &self.copies[level - 1] };
        let zoom = zoom::Zoom { center: self.center, zoom: look.zoom, level: level as u32 };
        zoom::draw(canvas, &part, raster, &zoom, put);
    }

    /// The bytes of pixels that it keeps.
    pub(super) fn n_bytes(&self) -> usize {
        self.content.n_bytes() + self.copies.iter().map(|copy| copy.pixels.len()).sum::<usize>()
    }

    /// Gives pixels back that can be drawn again.
    pub(super) fn release(&mut self) {
        self.copies = Vec::new();
        self.content.release();
    }
}
