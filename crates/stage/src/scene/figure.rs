//! Shapes at their place, and what stands in for pictures that cannot be had.

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, BezPath, Cap, Circle, Join, Point, Rect, RoundedRect, Shape, Stroke, Vec2};

use super::PixelRect;
use super::paint::{premultiplied, resolve, set_paint, solid};
use super::picture::Place;
use super::raster::{Raster, blur_reach};
use crate::document::{self, Color, Paint, Palette, Shadow, ShapeName};
use crate::shape::outline;

/// A shape with all that is needed to draw it.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub name: ShapeName,
    pub fill: Option<Paint>,
    pub stroke: Option<document::Stroke>,
    pub corner_radius: f64,
    pub shadow: Option<Shadow>,
    pub place: Place,
    /// Output pixels for a canvas pixel.
    pub scale: f64,
}

impl Figure {
    /// The pixels that may be drawn on.
    pub(super) fn bounds(&self) -> PixelRect {
        let stroke = self.stroke.as_ref().map_or(0.0, |it| it.width * self.scale);
        // Joins are mitered: they reach four half widths beyond the corner.
        let own = self.place.bounds(stroke * 2.0 + 1.0);
        let Some(shadow) = &self.shadow else { return own };
        let unclipped = Place { needed: EVERYWHERE, ..self.place }.bounds(stroke * 2.0 + 1.0);
        let cast = self.cast(&unclipped, shadow).intersection(&self.place.needed);
        own.union(&cast)
    }

    fn cast(&self, rect: &PixelRect, shadow: &Shadow) -> PixelRect {
        let reach = blur_reach(shadow.blur * self.scale);
        let (dx, dy) = self.shift(shadow);
        rect.translated(dx, dy).inflated(reach, reach)
    }

    fn shift(&self, shadow: &Shadow) -> (i32, i32) {
        ((shadow.dx * self.scale).round() as i32, (shadow.dy * self.scale).round() as i32)
    }

    /// Draws it.
    pub(super) fn draw(&self, palette: &Palette) -> Raster {
        let bounds = self.bounds();
        let shape = Raster::draw(bounds, |ctx, local| self.paint(ctx, local, palette));
        let Some(shadow) = &self.shadow else { return shape };
        // What casts the shadow may lie outside of what is needed.
        let (dx, dy) = self.shift(shadow);
        let reach = blur_reach(shadow.blur * self.scale);
        let source = Raster::draw(bounds.translated(-dx, -dy).inflated(reach, reach), |ctx, local| {
            self.paint(ctx, local, palette);
        });
        let mut cast = source.into_shadow(shadow.blur * self.scale, premultiplied(resolve(&shadow.color, palette)));
        cast.rect = cast.rect.translated(dx, dy);
        let mut both = Raster::new(bounds);
        both.put(&cast);
        both.put(&shape);
        both
    }

    fn paint(&self, ctx: &mut RenderContext, local: Affine, palette: &Palette) {
        let frame = self.place.frame;
        let size = Rect::from_origin_size(Point::ZERO, frame.size());
        let path = outline(self.name, size.width(), size.height(), self.corner_radius * self.scale);
        ctx.set_transform(local * self.place.turn() * Affine::translate(frame.origin().to_vec2()));
        if let Some(fill) = &self.fill {
            set_paint(ctx, fill, size, palette);
            ctx.fill_path(&path);
            ctx.reset_paint_transform();
        }
        if let Some(stroke) = self.stroke.as_ref().filter(|it| it.width > 0.0) {
            ctx.set_paint(solid(resolve(&stroke.color, palette)));
            ctx.set_stroke(Stroke::new(stroke.width * self.scale).with_join(Join::Miter));
            ctx.stroke_path(&path);
        }
    }
}

/// As far as pixels are counted.
const EVERYWHERE: PixelRect = PixelRect::new(-10_000_000, -10_000_000, 10_000_000, 10_000_000);

/// What could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// A picture.
    Picture,
    /// A video.
    Video,
}

/// Draws a quiet panel with a sign of what would stand there.
pub(super) fn draw_missing(missing: Missing, place: &Place) -> Raster {
    Raster::draw(place.bounds(1.0), |ctx, local| {
        ctx.set_transform(local * place.turn());
        let frame = place.frame;
        let shorter = frame.width().min(frame.height());
        let panel = RoundedRect::from_rect(frame.inset(-shorter * 0.01), shorter * 0.04).to_path(0.1);
        ctx.set_paint(solid(Color::rgb(228, 232, 239)));
        ctx.fill_path(&panel);
        ctx.set_paint(solid(Color::rgb(176, 185, 199)));
        let line = (shorter * 0.012).max(1.0);
        ctx.set_stroke(Stroke::new(line).with_dashes(0.0, [line * 4.0, line * 3.0]).with_caps(Cap::Butt));
        // A border of thousands of dashes says no more than one of a few hundred.
        if frame.width().max(frame.height()) < shorter * 100.0 {
            ctx.stroke_path(&panel);
        }
        draw_sign(ctx, missing, frame.center(), shorter * 0.18);
    })
}

fn draw_sign(ctx: &mut RenderContext, missing: Missing, center: Point, reach: f64) {
    let at = |x: f64, y: f64| center + Vec2::new(x * reach, y * reach);
    ctx.set_paint(solid(Color::rgb(146, 157, 175)));
    match missing {
        Missing::Picture => {
            ctx.fill_path(&Circle::new(at(0.5, -0.5), reach * 0.22).to_path(0.1));
            ctx.fill_path(&path(&[at(-1.1, 0.75), at(-0.35, -0.45), at(0.15, 0.3), at(0.45, -0.05), at(1.1, 0.75)]));
        }
        Missing::Video => {
            ctx.set_stroke(Stroke::new(reach * 0.14));
            ctx.stroke_path(&Circle::new(center, reach).to_path(0.1));
            ctx.fill_path(&path(&[at(-0.32, -0.5), at(0.55, 0.0), at(-0.32, 0.5)]));
        }
    }
}

fn path(points: &[Point]) -> BezPath {
    let mut path = BezPath::new();
    for (idx, point) in points.iter().enumerate() {
        if idx == 0 { path.move_to(*point) } else { path.line_to(*point) }
    }
    path.close_path();
    path
}
