//! Filled outlines, one over another, and how they come onto a canvas.

use std::sync::Arc;

use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Point, Rect, Shape};
use vello_cpu::peniko::{ColorStop, Gradient};
use vello_cpu::{PaintType, RenderContext};

use super::shape;

/// An sRGB color.
pub(crate) type Tint = AlphaColor<Srgb>;

/// Makes a color from `0xrrggbb`.
pub(crate) const fn hex(rgb: u32) -> Tint {
    Tint::from_rgb8((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// Mixes two colors; 0 is the first, 1 the second.
pub(crate) fn mix(a: Tint, b: Tint, t: f32) -> Tint {
    let blend = |idx: usize| a.components[idx] + (b.components[idx] - a.components[idx]) * t;
    Tint::new([blend(0), blend(1), blend(2), blend(3)])
}

/// Darkens a color toward a cool black.
pub(crate) fn darker(color: Tint, t: f32) -> Tint {
    mix(color, hex(0x0D0A18).with_alpha(color.components[3]), t)
}

/// Lightens a color toward a warm white.
pub(crate) fn lighter(color: Tint, t: f32) -> Tint {
    mix(color, hex(0xFFF8EE).with_alpha(color.components[3]), t)
}

/// A gradient along a line.
pub(crate) fn linear(from: (f64, f64), to: (f64, f64), stops: &[(f32, Tint)]) -> PaintType {
    Gradient::new_linear(from, to)
        .with_stops(&*stops.iter().map(|&stop| ColorStop::from(stop)).collect::<Vec<_>>())
        .into()
}

/// A gradient from a point outward.
pub(crate) fn radial(center: (f64, f64), radius: f64, stops: &[(f32, Tint)]) -> PaintType {
    Gradient::new_radial(center, radius as f32)
        .with_stops(&*stops.iter().map(|&stop| ColorStop::from(stop)).collect::<Vec<_>>())
        .into()
}

/// A soft spot: the color in the middle, nothing at the rim.
pub(crate) fn glow(center: (f64, f64), radius: f64, color: Tint) -> PaintType {
    let alpha = color.components[3];
    radial(
        center,
        radius,
        &[
            (0.0, color),
            (0.45, color.with_alpha(alpha * 0.62)),
            (0.75, color.with_alpha(alpha * 0.18)),
            (1.0, color.with_alpha(0.0)),
        ],
    )
}

/// One filled outline.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    path: BezPath,
    paint: PaintType,
    /// The outlines that cut it, the outermost first.
    clips: Vec<Arc<BezPath>>,
    bounds: Rect,
}

impl Part {
    pub(crate) fn path(&self) -> &BezPath {
        &self.path
    }

    pub(crate) fn paint(&self) -> &PaintType {
        &self.paint
    }

    pub(crate) fn clips(&self) -> &[Arc<BezPath>] {
        &self.clips
    }
}

/// Filled outlines from back to front.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    parts: Vec<Part>,
    clips: Vec<Arc<BezPath>>,
}

impl Sketch {
    /// Returns the outlines from back to front.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Adds a filled outline in front.
    pub(crate) fn fill(&mut self, path: BezPath, paint: impl Into<PaintType>) -> &mut Self {
        let bounds = self.clips.iter().fold(path.bounding_box(), |bounds, clip| bounds.intersect(clip.bounding_box()));
        self.parts.push(Part { path, paint: paint.into(), clips: self.clips.clone(), bounds });
        self
    }

    /// Adds what `draw` draws, cut at an outline.
    pub(crate) fn clipped(&mut self, clip: &BezPath, draw: impl FnOnce(&mut Self)) {
        self.clips.push(Arc::new(clip.clone()));
        draw(self);
        self.clips.pop();
    }

    /// Adds all of another sketch in front, cut at the present outlines too.
    pub(crate) fn overlay(&mut self, other: Self) {
        for mut part in other.parts {
            part.bounds = self.clips.iter().fold(part.bounds, |bounds, clip| bounds.intersect(clip.bounding_box()));
            part.clips.splice(0..0, self.clips.iter().cloned());
            self.parts.push(part);
        }
    }

    /// Returns a box that everything is in.
    pub(crate) fn bounds(&self) -> Rect {
        self.parts
            .iter()
            .map(|part| part.bounds)
            .filter(|bounds| !bounds.is_zero_area())
            .reduce(|a, b| a.union(b))
            .unwrap_or(Rect::ZERO)
    }

    /// Returns how far down anything reaches that changes when only points above `y` are moved.
    pub(crate) fn moved_down_to(&self, y: f64) -> f64 {
        self.curves().filter(|ys| ys.iter().any(|&at| at < y)).flatten().fold(y, f64::max)
    }

    /// Returns how far up anything reaches that changes when only points below `y` are moved.
    pub(crate) fn moved_up_to(&self, y: f64) -> f64 {
        self.curves().filter(|ys| ys.iter().any(|&at| at > y)).flatten().fold(y, f64::min)
    }

    /// The heights of the points of all curves.
    fn curves(&self) -> impl Iterator<Item = [f64; 4]> {
        let paths = self.parts.iter().flat_map(|part| part.clips.iter().map(|clip| &**clip).chain([&part.path]));
        paths.flat_map(|path| path.segments()).map(|segment| {
            let curve = segment.to_cubic();
            [curve.p0.y, curve.p1.y, curve.p2.y, curve.p3.y]
        })
    }

    /// Draws what can be seen on the canvas.
    pub(crate) fn draw(&self, ctx: &mut RenderContext, transform: Affine) {
        self.draw_with(ctx, transform, None);
    }

    /// Draws with every point moved first; `f` must not move points further than 40 units.
    pub(crate) fn draw_warped(&self, ctx: &mut RenderContext, transform: Affine, f: &dyn Fn(Point) -> Point) {
        self.draw_with(ctx, transform, Some(f));
    }

    fn draw_with(&self, ctx: &mut RenderContext, transform: Affine, warp: Option<&dyn Fn(Point) -> Point>) {
        let view = Rect::new(0.0, 0.0, f64::from(ctx.width()), f64::from(ctx.height()));
        ctx.set_transform(transform);
        let mut pushed: &[Arc<BezPath>] = &[];
        for part in &self.parts {
            let reach = if warp.is_some() { 40.0 } else { 0.0 };
            let seen = transform.transform_rect_bbox(part.bounds.inflate(reach, reach)).inflate(1.0, 1.0);
            if part.bounds.is_zero_area() || !seen.overlaps(view) {
                continue;
            }
            let n_common = pushed.iter().zip(&part.clips).take_while(|(a, b)| Arc::ptr_eq(a, b)).count();
            for _ in n_common..pushed.len() {
                ctx.pop_clip();
            }
            for path in &part.clips[n_common..] {
                match warp {
                    Some(f) => ctx.push_clip_path(&shape::map(path, f)),
                    None => ctx.push_clip_path(path),
                }
            }
            pushed = &part.clips;
            ctx.set_paint(part.paint.clone());
            match warp {
                Some(f) => ctx.fill_path(&shape::map(&part.path, f)),
                None => ctx.fill_path(&part.path),
            }
        }
        for _ in pushed {
            ctx.pop_clip();
        }
    }
}
