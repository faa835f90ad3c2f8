//! Somebody in an outfit, ready to be drawn in any pose.

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, Point, Rect, Vec2};

use super::portrait::PortraitPuppet;
use super::pose::{HeadPose, Pose};
use super::rig::{Kind, Rig};
use super::sketch::Sketch;

mod figure;
pub(crate) mod parts;
mod raster;

pub(crate) use figure::{CENTER_X, HEAD_ROOM, eye_y};

/// Somebody in an outfit, ready to be drawn in any pose.
#[derive(Debug, Clone)]
pub struct Puppet {
    kind: Drawn,
}

#[derive(Debug, Clone)]
enum Drawn {
    Figure(Box<figure::FigurePuppet>),
    Parts(Box<parts::PartsPuppet>),
    Portrait(Box<PortraitPuppet>),
}

impl Puppet {
    pub(crate) fn new(rig: &Rig, outfit_idx: usize) -> Self {
        let kind = match &rig.kind {
            Kind::Figure(person) => Drawn::Figure(Box::new(figure::FigurePuppet::new(person, outfit_idx))),
            Kind::Parts(parts) => Drawn::Parts(Box::new(parts::PartsPuppet::new(parts, outfit_idx, rig.boxes))),
            Kind::Portrait(portrait) => Drawn::Portrait(Box::new(PortraitPuppet::new(portrait))),
        };
        Self { kind }
    }

    /// Makes drawing with a transform cheaper: what hardly ever changes is kept as pixels from the first time it is drawn.
    ///
    /// It works for every canvas whose origin lies whole pixels from the one of `canvas` (width and height), which should be
    /// the whole picture. Drawing with another transform stays possible. Takes up to about five times the bytes of the chest.
    pub fn prepare(&mut self, transform: Affine, canvas: (u16, u16)) {
        match &mut self.kind {
            Drawn::Figure(figure) => figure.prepare(transform, canvas),
            Drawn::Parts(_) | Drawn::Portrait(_) => {}
        }
    }

    /// Draws a pose; `transform` takes units of the rig to pixels of the canvas.
    ///
    /// What lies outside the canvas costs next to nothing: draw a small canvas to draw a part.
    pub fn draw(&mut self, ctx: &mut RenderContext, transform: Affine, pose: &Pose) {
        if !transform.is_finite() || transform.determinant().abs() < 1e-8 {
            return;
        }
        match &mut self.kind {
            Drawn::Figure(figure) => figure.draw(ctx, transform, pose),
            Drawn::Parts(parts) => parts.draw(ctx, transform, pose),
            Drawn::Portrait(portrait) => portrait.draw(ctx, transform, pose),
        }
    }

    /// Returns boxes in units of the rig outside which two poses look the same; none if they are equal.
    pub fn damage(&self, a: &Pose, b: &Pose) -> Vec<Rect> {
        match &self.kind {
            Drawn::Figure(figure) => figure.damage(a, b),
            Drawn::Parts(parts) => parts.damage(a, b),
            Drawn::Portrait(portrait) => portrait.damage(a, b),
        }
    }
}

pub(crate) fn drawn(draw: impl FnOnce(&mut Sketch)) -> Sketch {
    let mut sketch = Sketch::default();
    draw(&mut sketch);
    sketch
}

/// Joins boxes that overlap, so that nothing is drawn twice.
pub(crate) fn joined(rects: Vec<Rect>) -> Vec<Rect> {
    let mut apart: Vec<Rect> = Vec::new();
    for mut rect in rects {
        while let Some(idx) = apart.iter().position(|other| other.overlaps(rect)) {
            rect = rect.union(apart.swap_remove(idx));
        }
        apart.push(rect);
    }
    apart
}

/// Turns a head around a point of the neck.
pub(crate) fn head_turn(head: &HeadPose, neck: Point) -> Affine {
    let (sin, cos) = libm::sincos(f64::from(head.roll) * 0.1 * std::f64::consts::PI / 180.0);
    let roll = Affine::new([cos, sin, -sin, cos, 0.0, 0.0]);
    Affine::translate(neck.to_vec2()) * roll * Affine::translate(-neck.to_vec2())
}

/// How far a part is shifted by turning and nodding; `depth` is 0 at the outline and larger toward the tip of the nose.
pub(crate) fn turned(head: &HeadPose, depth: f64) -> Vec2 {
    Vec2::new(f64::from(head.yaw) * 0.6 * depth, f64::from(head.pitch) * 0.6 * depth)
}
