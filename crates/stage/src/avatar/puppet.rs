//! Somebody in an outfit, ready to be drawn in any pose.

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, Rect};

use super::pose::Pose;
use super::rig::{Kind, Rig};

mod figure;
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
}

impl Puppet {
    pub(crate) fn new(rig: &Rig, outfit_idx: usize) -> Self {
        let kind = match &rig.kind {
            Kind::Figure(person) => Drawn::Figure(Box::new(figure::FigurePuppet::new(person, outfit_idx))),
        };
        Self { kind }
    }

    /// Makes drawing with a transform cheaper: what hardly ever changes is kept as pixels from the first time it is drawn.
    ///
    /// It works for every canvas whose origin lies whole pixels from the one of `canvas` (width and height), which should be
    /// the whole picture. Drawing with another transform stays possible. Takes up to about seven times the bytes of the chest.
    pub fn prepare(&mut self, transform: Affine, canvas: (u16, u16)) {
        match &mut self.kind {
            Drawn::Figure(figure) => figure.prepare(transform, canvas),
        }
    }

    /// Draws a pose; `transform` takes units of the rig to pixels of the canvas.
    ///
    /// What lies outside the canvas costs next to nothing: draw a small canvas to draw a part.
    pub fn draw(&mut self, ctx: &mut RenderContext, transform: Affine, pose: &Pose) {
        match &mut self.kind {
            Drawn::Figure(figure) => figure.draw(ctx, transform, pose),
        }
    }

    /// Returns boxes in units of the rig outside which two poses look the same; none if they are equal.
    pub fn damage(&self, a: &Pose, b: &Pose) -> Vec<Rect> {
        match &self.kind {
            Drawn::Figure(figure) => figure.damage(a, b),
        }
    }
}
