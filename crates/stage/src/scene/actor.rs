//! Avatars: pixels that are drawn again where a pose differs from the one before.

use vello_cpu::kurbo::{Affine, Circle, Rect, Shape, Vec2};
use vello_cpu::{PixmapMut, RenderContext, Resources};

use super::PixelRect;
use super::content::{Change, Content};
use super::picture::Place;
use super::raster::Raster;
use crate::avatar::{Performance, Pose, Puppet, View};

/// The rows that are drawn at once.
///
/// How an edge is rounded to pixels depends a little on the size of the drawing. So a row of pixels is always drawn as part of the same band,
/// whichever parts of a pose changed: the bytes depend on the pose alone.
const BAND_ROWS: i32 = 128;

/// Somebody who plays their part.
pub(super) struct Actor {
    puppet: Puppet,
    part: Performance,
    cut: Cut,
    bounds: PixelRect,
    pose: Option<Pose>,
    raster: Raster,
    ctx: RenderContext,
    resources: Resources,
}

/// What of the frame of an avatar is shown, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    view: View,
    /// From units of the rig to output pixels.
    to_output: Affine,
    /// Whether anything of the avatar lies outside of the view.
    cuts: bool,
}

impl Cut {
    /// Puts a view into a frame: as large as fits, in the middle, on the lower edge.
    pub(super) fn new(view: View, place: &Place, cuts: bool) -> Self {
        let (frame, rect) = (place.frame, view.rect);
        let scale = (frame.width() / rect.width()).min(frame.height() / rect.height());
        let left = frame.center().x - rect.width() * scale / 2.0;
        let spare = frame.height() - rect.height() * scale;
        let top = frame.y0 + if view.circle.is_some() { spare / 2.0 } else { spare };
        let upright = Affine::translate(Vec2::new(left, top))
            * Affine::scale(scale)
            * Affine::translate(-rect.origin().to_vec2());
        Self { view, to_output: place.turn() * upright, cuts }
    }

    fn bounds(&self, needed: &PixelRect) -> PixelRect {
        PixelRect::around(self.to_output.transform_rect_bbox(self.view.rect)).intersection(needed)
    }
}

impl Actor {
    /// Makes somebody ready; `output` is the whole picture.
    pub(super) fn new(mut puppet: Puppet, part: Performance, cut: Cut, needed: &PixelRect, output: &PixelRect) -> Self {
        puppet.prepare(cut.to_output, (output.width() as u16, output.height() as u16));
        let bounds = cut.bounds(needed);
        Self {
            puppet,
            part,
            cut,
            bounds,
            pose: None,
            raster: Raster::new(PixelRect::EMPTY),
            ctx: RenderContext::new(1, 1),
            resources: Resources::new(),
        }
    }

    /// Draws the bands that `rects` touch.
    fn draw(&mut self, pose: &Pose, rects: &[PixelRect]) {
        if self.raster.rect != self.bounds {
            self.raster = Raster::new(self.bounds);
        }
        let mut top = self.bounds.y0;
        while top < self.bounds.y1 {
            let band = PixelRect { y0: top, y1: (top + BAND_ROWS).min(self.bounds.y1), ..self.bounds };
            if rects.iter().any(|rect| !rect.intersection(&band).is_empty()) {
                self.draw_band(pose, &band);
            }
            top = band.y1;
        }
    }

    fn draw_band(&mut self, pose: &Pose, band: &PixelRect) {
        let (width, height) = (band.width() as u16, band.height() as u16);
        self.ctx.reset_and_resize(width, height);
        let local = Affine::translate((-f64::from(band.x0), -f64::from(band.y0))) * self.cut.to_output;
        self.ctx.set_transform(local);
        match self.cut.view.circle {
            Some((center, radius)) => self.ctx.push_clip_path(&Circle::new(center, radius).to_path(0.05)),
            None if self.cut.cuts => self.ctx.push_clip_path(&self.cut.view.rect.to_path(0.1)),
            None => {}
        }
        self.puppet.draw(&mut self.ctx, local, pose);
        self.ctx.flush();
        let stride = usize::from(width) * 4;
        let start = (band.y0 - self.bounds.y0) as usize * stride;
        let rows = &mut self.raster.pixels[start..start + stride * usize::from(height)];
        if let Some(target) = PixmapMut::new(width, height, rows) {
            self.ctx.render(target, &mut self.resources);
        }
    }

    fn to_pixels(&self, rect: Rect) -> PixelRect {
        PixelRect::around(self.cut.to_output.transform_rect_bbox(rect)).inflated(1, 1).intersection(&self.bounds)
    }
}

impl Content for Actor {
    fn seek(&mut self, frame_idx: u32) -> Change {
        let pose = self.part.pose(frame_idx);
        let Some(before) = self.pose.filter(|_| self.raster.rect == self.bounds) else {
            self.pose = Some(pose);
            self.draw(&pose, &[self.bounds]);
            return Change::All;
        };
        if before == pose {
            return Change::None;
        }
        let differing = self.puppet.damage(&before, &pose);
        let mut rects: Vec<PixelRect> = differing.into_iter().map(|rect| self.to_pixels(rect)).collect();
        rects.retain(|rect| !rect.is_empty());
        self.pose = Some(pose);
        self.draw(&pose, &rects);
        if rects.is_empty() { Change::None } else { Change::Rects(rects) }
    }

    fn bounds(&self) -> PixelRect {
        self.bounds
    }

    fn raster(&mut self) -> &Raster {
        if let Some(pose) = self.pose.filter(|_| self.raster.rect != self.bounds) {
            self.draw(&pose, &[self.bounds]);
        }
        &self.raster
    }

    fn n_bytes(&self) -> usize {
        self.raster.pixels.len()
    }

    fn release(&mut self) {
        self.raster = Raster::new(PixelRect::EMPTY);
    }
}
