//! Somebody in an outfit, ready to be drawn in any pose.

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, Rect};

use super::pose::Pose;
use super::rig::{Kind, Rig};

mod figure;

pub(crate) use figure::{CENTER_X, EYE_Y, HEAD_ROOM};

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
