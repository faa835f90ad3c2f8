//! Hair styles and a scarf, around a head of the usual size.

mod curly;
mod long;
mod scarf;
mod short;
mod tied;

use super::super::shape::{Knot, brush, closed, s};
use super::super::sketch::{Sketch, Tint, darker, linear};
use super::{HairTone, Look};
use vello_cpu::PaintType;

/// How hair is worn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Style {
    /// Short, brushed to the side.
    SidePart,
    /// Short, brushed up.
    Crop,
    /// Very short, shorter at the sides.
    Fade,
    /// Gone from the temples.
    Receding,
    /// Waves on top, short at the sides.
    WavyTop,
    /// Long waves over the shoulders.
    LongWaves,
    /// To the chin.
    Bob,
    /// Straight, with a fringe.
    Bangs,
    /// Tied up behind.
    Bun,
    /// Round and full of curls.
    Curls,
    /// Below a scarf of a color.
    Hijab(Tint),
}

/// Hair around a head.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hair {
    /// Behind the body.
    pub(crate) behind: Sketch,
    /// Shadows on the face.
    pub(crate) on_skin: Sketch,
    /// In front of the face.
    pub(crate) front: Sketch,
    /// Whether the ears are seen.
    pub(crate) ears: bool,
}

/// Draws somebody's hair.
pub(crate) fn draw(look: &Look) -> Hair {
    match look.hair {
        Style::SidePart => short::side_part(look),
        Style::Crop => short::crop(look),
        Style::Fade => short::fade(look),
        Style::Receding => short::receding(look),
        Style::WavyTop => curly::wavy_top(look),
        Style::Curls => curly::curls(look),
        Style::LongWaves => long::waves(look),
        Style::Bob => long::bob(look),
        Style::Bangs => long::bangs(look),
        Style::Bun => tied::bun(look),
        Style::Hijab(cloth) => scarf::hijab(look, cloth),
    }
}

/// The usual shading of hair: light from the upper left.
fn shade(tone: &HairTone) -> PaintType {
    linear((-90.0, -190.0), (80.0, 20.0), &[(0.0, tone.light), (0.4, tone.base), (1.0, tone.dark)])
}

/// The shading of hair that is seen behind the neck.
fn shade_behind(tone: &HairTone) -> PaintType {
    linear((-60.0, -150.0), (60.0, 300.0), &[(0.0, tone.base), (0.4, tone.dark), (1.0, darker(tone.dark, 0.25))])
}

/// Adds strands of a color.
fn strands(out: &mut Sketch, tint: Tint, width: f64, lines: &[&[(f64, f64)]]) {
    for line in lines {
        let knots: Vec<Knot> = line.iter().map(|&(x, y)| s(x, y)).collect();
        out.fill(brush(&knots, [width * 0.2, width, width * 0.2]), tint);
    }
}

/// Adds the shadow that hair throws on the forehead: the hairline, further down.
fn forehead_shadow(out: &mut Sketch, look: &Look, hairline: &[Knot]) {
    let mut knots: Vec<Knot> = hairline.iter().map(|p| Knot { y: p.y + 9.0, x: p.x + 2.0, ..*p }).collect();
    knots.push(s(120.0, -200.0));
    knots.push(s(-120.0, -200.0));
    out.fill(closed(&knots), look.skin.shadow.with_alpha(0.6));
}
