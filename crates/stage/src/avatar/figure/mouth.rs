//! The mouth, drawn for each pose: lips, the dark inside, teeth, tongue.

use vello_cpu::kurbo::{BezPath, Point};

use super::super::pose::MouthPose;
use super::super::shape::{brush, ellipse, s};
use super::super::sketch::{Sketch, Tint, darker, glow, hex, linear, mix};
use super::{Beard, Look};

/// From the eyes down to the line between the lips.
pub(crate) const MOUTH_Y: f64 = 94.0;

/// Colors of lips.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Colors {
    pub(crate) upper: Tint,
    pub(crate) lower: Tint,
    pub(crate) light: Tint,
    /// The line between closed lips.
    pub(crate) line: Tint,
    /// The shadow below the lower lip.
    pub(crate) shadow: Tint,
}

/// How large a mouth is at rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Half of the width.
    pub(crate) width: f64,
    /// The thickness of the upper lip.
    pub(crate) upper: f64,
    /// The thickness of the lower lip.
    pub(crate) lower: f64,
}

/// The curves of a mouth around the middle of the line between the lips.
#[derive(Debug, Clone, Copy)]
struct Curves {
    /// The left corner is at (−width, corner).
    width: f64,
    corner: f64,
    /// The lower edge of the upper lip in the middle.
    upper: f64,
    /// The upper edge of the lower lip in the middle.
    lower: f64,
    upper_thick: f64,
    lower_thick: f64,
    /// How round the corners of the opening are.
    roundness: f64,
}

fn part(value: i8) -> f64 {
    f64::from(value) / 24.0
}

fn lerp(a: f64, b: f64, t: f64) -> f64 {
    a + (b - a) * t
}

impl Curves {
    fn new(size: &Size, pose: &MouthPose) -> Self {
        let (open, wide, round) = (part(pose.open), part(pose.wide), part(pose.round));
        let (press, tuck, smile) = (part(pose.press), part(pose.tuck), part(pose.smile));
        let gap = open * 38.0 * (1.0 - 0.12 * round);
        let joy = smile.max(0.0);
        let width = size.width
            * (1.0 + 0.17 * wide + 0.2 * joy - 0.42 * round - 0.06 * press + 0.06 * smile.min(0.0) - 0.05 * open);
        let sag = 0.4 + 2.5 * joy + 1.5 * smile.min(0.0);
        let upper = sag - gap * 0.27 - joy * open * 4.0;
        let lower = (sag + gap * 0.73).max(upper);
        Self {
            width,
            corner: -1.6 - 8.0 * smile + gap * 0.2,
            upper,
            lower: if tuck > 0.0 { lerp(lower, upper + 3.0 + 1.5 * (1.0 - tuck), tuck * 0.8) } else { lower },
            upper_thick: size.upper * (1.0 - 0.38 * press + 0.22 * round - 0.25 * joy - 0.1 * open),
            lower_thick: size.lower * (1.0 - 0.38 * press + 0.2 * round - 0.16 * joy - 0.38 * tuck - 0.08 * open),
            roundness: (0.2 + 0.8 * round + 0.35 * open).min(1.0),
        }
    }

    /// Continues a path along an edge with its middle at `y`: from the left corner to the right, or back.
    fn edge(&self, path: &mut BezPath, y: f64, roundness: f64, back: bool) {
        let (w, c) = (self.width, self.corner);
        let near = Point::new(-lerp(w * 0.68, w, roundness), lerp(lerp(c, y, 0.75), lerp(c, y, 0.62), roundness));
        let far = Point::new(-w * lerp(0.34, 0.52, roundness), y);
        let mirror = |p: Point| Point::new(-p.x, p.y);
        let sign = if back { -1.0 } else { 1.0 };
        let flip = |p: Point| if back { mirror(p) } else { p };
        path.curve_to(flip(near), flip(far), Point::new(0.0, y));
        path.curve_to(mirror(flip(far)), mirror(flip(near)), Point::new(sign * w, c));
    }

    fn inside(&self) -> BezPath {
        let mut path = BezPath::new();
        path.move_to((-self.width, self.corner));
        self.edge(&mut path, self.upper, self.roundness, false);
        self.edge(&mut path, self.lower, self.roundness, true);
        path.close_path();
        path
    }

    fn upper_lip(&self) -> BezPath {
        let (w, c) = (self.width + 2.5, self.corner);
        let top = self.upper - self.upper_thick;
        let dip = top + self.upper_thick * 0.3;
        let peak = w * 0.27;
        let mut path = BezPath::new();
        path.move_to((-w, c - 0.5));
        path.curve_to((-w * 0.78, lerp(c, top, 0.42)), (-w * 0.5, lerp(c, top, 0.96)), (-peak, top));
        path.curve_to((-peak * 0.5, top), (-peak * 0.35, dip), (0.0, dip));
        path.curve_to((peak * 0.35, dip), (peak * 0.5, top), (peak, top));
        path.curve_to((w * 0.5, lerp(c, top, 0.96)), (w * 0.78, lerp(c, top, 0.42)), (w, c - 0.5));
        path.line_to((self.width, c));
        self.edge(&mut path, self.upper, self.roundness, true);
        path.close_path();
        path
    }

    fn lower_lip(&self) -> BezPath {
        let bottom = self.lower + self.lower_thick;
        let mut path = BezPath::new();
        path.move_to((-self.width, self.corner));
        self.edge(&mut path, self.lower, self.roundness, false);
        self.edge(&mut path, bottom, (self.roundness * 0.7).max(0.12), true);
        path.close_path();
        path
    }
}

/// Draws a mouth around the middle of its line at rest.
pub(crate) fn draw(out: &mut Sketch, size: &Size, colors: &Colors, pose: &MouthPose) {
    let curves = Curves::new(size, pose);
    let bottom = curves.lower + curves.lower_thick;
    let w = curves.width;
    // The hollow above the chin.
    out.fill(
        ellipse(0.0, bottom + 6.5, w * 0.62, 7.0),
        glow((0.0, bottom + 5.0), w * 0.6, colors.shadow.with_alpha(0.55)),
    );
    corners(out, &curves, colors);
    let gap = curves.lower - curves.upper;
    if gap > 0.4 {
        inside(out, &curves, pose);
    }
    out.fill(
        curves.upper_lip(),
        linear(
            (0.0, curves.upper - curves.upper_thick),
            (0.0, curves.upper + 2.0),
            &[(0.0, colors.upper), (1.0, darker(colors.upper, 0.16))],
        ),
    );
    let lower = curves.lower_lip();
    out.fill(
        lower.clone(),
        linear(
            (0.0, curves.lower),
            (0.0, bottom),
            &[(0.0, darker(colors.lower, 0.04)), (0.45, colors.lower), (1.0, mix(colors.lower, colors.shadow, 0.4))],
        ),
    );
    out.clipped(&lower, |out| {
        let y = curves.lower + curves.lower_thick * 0.42;
        out.fill(ellipse(-w * 0.1, y, w * 0.42, curves.lower_thick * 0.34), colors.light.with_alpha(0.5));
    });
    if gap < 3.0 {
        let (w, c) = (curves.width + 1.0, curves.corner);
        let y = (curves.upper + curves.lower) * 0.5;
        let knots = [s(-w, c), s(-w * 0.5, lerp(c, y, 0.72)), s(0.0, y), s(w * 0.5, lerp(c, y, 0.72)), s(w, c)];
        out.fill(brush(&knots, [1.2, 2.6, 1.2]), colors.line);
    }
}

fn corners(out: &mut Sketch, curves: &Curves, colors: &Colors) {
    for sign in [-1.0, 1.0] {
        let (x, y) = (sign * (curves.width + 1.5), curves.corner);
        out.fill(ellipse(x, y, 8.0, 8.0), glow((x, y), 8.0, colors.shadow.with_alpha(0.75)));
    }
}

fn inside(out: &mut Sketch, curves: &Curves, pose: &MouthPose) {
    cavity(out, &curves.inside(), [curves.width, curves.upper, curves.lower, curves.corner], pose);
}

/// Draws what is seen in an opening: its half width, upper and lower edge in the middle, and the height of its corners are given.
pub(crate) fn cavity(out: &mut Sketch, opening: &BezPath, measures: [f64; 4], pose: &MouthPose) {
    let [w, upper, lower, corner] = measures;
    let gap = lower - upper;
    out.fill(opening.clone(), linear((0.0, upper), (0.0, lower), &[(0.0, hex(0x3A1216)), (1.0, hex(0x5E2024))]));
    out.clipped(opening, |out| {
        let top = upper.min(corner);
        let tongue = part(pose.tongue);
        let lower_row = part(pose.lower_teeth);
        let upper_row = part(pose.upper_teeth);
        let behind = tongue < 0.75;
        let blade = |out: &mut Sketch| {
            let rise = 3.0 + gap * (0.22 + 0.5 * tongue);
            let y = lower + 5.0;
            out.fill(
                ellipse(0.0, y, w * 0.66, rise + 5.0),
                linear((0.0, y - rise - 5.0), (0.0, y), &[(0.0, hex(0xD9767A)), (1.0, hex(0xB4545B))]),
            );
            out.fill(ellipse(0.0, y - rise * 0.3, w * 0.1, rise * 0.6), hex(0x8E3A44).with_alpha(0.25));
        };
        if behind {
            blade(out);
        }
        if upper_row > 0.0 {
            let deep = (upper + upper_row * 10.5).min(lower + 1.0);
            out.fill(
                teeth(w * 0.9, top - 14.0, deep, corner),
                linear(
                    (0.0, upper),
                    (0.0, upper + 11.0),
                    &[(0.0, hex(0xD8CFCB)), (0.4, hex(0xFBF8F4)), (1.0, hex(0xF1EBE6))],
                ),
            );
        }
        if lower_row > 0.0 {
            let high = (lower - lower_row * 7.0).max(upper + upper_row * 10.5 + 0.8);
            out.fill(ellipse(0.0, high + 14.0, w * 0.7, 14.0), hex(0xE6DEDA));
        }
        if !behind {
            blade(out);
        }
    });
}

/// Draws a row of teeth that curves up toward the corners.
fn teeth(w: f64, top: f64, bottom: f64, corner: f64) -> BezPath {
    let mut path = BezPath::new();
    let side = lerp(bottom, corner, 0.35).min(bottom);
    path.move_to((-w, top));
    path.line_to((w, top));
    path.line_to((w, side - 1.0));
    path.curve_to((w * 0.7, bottom - 0.5), (w * 0.35, bottom), (0.0, bottom));
    path.curve_to((-w * 0.35, bottom), (-w * 0.7, bottom - 0.5), (-w, side - 1.0));
    path.close_path();
    path
}

/// Returns how large the mouth of somebody is.
pub(crate) fn size_of(look: &Look) -> Size {
    Size { width: look.lips.width, upper: look.lips.upper, lower: look.lips.lower }
}

/// Returns the colors of somebody's mouth.
pub(crate) fn colors_of(look: &Look) -> Colors {
    Colors {
        upper: look.upper_lip_tint(),
        lower: look.lip_tint(),
        light: look.lip_light(),
        line: darker(mix(look.skin.deep, look.lip_tint(), 0.4), 0.45),
        shadow: match look.beard {
            Some(Beard::Full) => look.tone.dark,
            _ => look.skin.shadow,
        },
    }
}
