//! Eyes and brows, drawn for each pose.

use vello_cpu::kurbo::BezPath;

use super::super::pose::EyePose;
use super::super::shape::{brush, ellipse, s};
use super::super::sketch::{Sketch, Tint, darker, hex, lighter, linear, mix, radial};
use super::{Eyes, Look};

/// From the middle of the face to the middle of an eye.
const EYE_X: f64 = 46.0;

/// Draws both eyes.
pub(crate) fn draw_eyes(out: &mut Sketch, look: &Look, pose: &EyePose) {
    for sign in [-1.0, 1.0] {
        eye(out, look, pose, sign);
    }
}

/// The opening of an eye; x grows away from the nose.
struct Opening {
    sign: f64,
    width: f64,
    tilt: f64,
    upper: f64,
    lower: f64,
}

impl Opening {
    fn new(eyes: &Eyes, pose: &EyePose, sign: f64) -> Self {
        let closed = f64::from(pose.lid) / 12.0;
        let lower = eyes.height * (0.74 - 0.5 * f64::from(pose.squint) / 12.0);
        let upper = -eyes.height + (eyes.height + lower) * closed.clamp(-0.3, 1.0);
        Self { sign, width: eyes.width, tilt: eyes.tilt, upper, lower }
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.sign * (EYE_X + x), y)
    }

    fn inner(&self) -> (f64, f64) {
        self.at(-self.width, 3.0)
    }

    fn outer(&self) -> (f64, f64) {
        self.at(self.width, 2.0 - self.tilt)
    }

    /// Continues a path from the inner to the outer corner, along a lid whose middle is at `y`.
    fn outward(&self, path: &mut BezPath, y: f64) {
        let reach = (y - 0.6) / 0.75;
        path.curve_to(
            self.at(-self.width * 0.62, reach),
            self.at(self.width * 0.5, reach - self.tilt * 0.7),
            self.outer(),
        );
    }

    /// Continues a path from the outer to the inner corner.
    fn inward(&self, path: &mut BezPath, y: f64) {
        let reach = (y - 0.6) / 0.75;
        path.curve_to(
            self.at(self.width * 0.5, reach - self.tilt * 0.7),
            self.at(-self.width * 0.62, reach),
            self.inner(),
        );
    }

    fn between(&self, upper: f64, lower: f64) -> BezPath {
        let mut path = BezPath::new();
        path.move_to(self.inner());
        self.outward(&mut path, upper);
        self.inward(&mut path, lower);
        path.close_path();
        path
    }
}

fn eye(out: &mut Sketch, look: &Look, pose: &EyePose, sign: f64) {
    let (eyes, skin) = (&look.eyes, &look.skin);
    let opening = Opening::new(eyes, pose, sign);
    let open = (opening.lower - opening.upper) / eyes.height;
    if pose.lid > 0 {
        let lid = opening.between(-eyes.height - 1.0, opening.upper.min(opening.lower));
        out.fill(
            lid,
            linear(
                (0.0, -eyes.height),
                (0.0, eyes.height),
                &[(0.0, mix(skin.base, skin.shadow, 0.55)), (1.0, mix(skin.base, skin.shadow, 0.15))],
            ),
        );
    }
    if open > 0.12 {
        let ball = opening.between(opening.upper, opening.lower);
        out.fill(
            ball.clone(),
            linear(
                (0.0, -eyes.height),
                (0.0, eyes.height),
                &[(0.0, hex(0xD9D3D6)), (0.4, hex(0xFBF9F7)), (1.0, hex(0xF3EDEA))],
            ),
        );
        out.clipped(&ball, |out| iris(out, look, pose, &opening));
    }
    lashes(out, look, &opening);
    if eyes.fold {
        let y = -eyes.height - 6.5 + 5.0 * f64::from(pose.lid.max(0)) / 12.0 - f64::from((-pose.lid).max(0)) * 0.5;
        let at = |x: f64, y: f64| s(sign * (EYE_X + x), y);
        let w = eyes.width;
        out.fill(
            brush(
                &[
                    at(-w * 0.82, y * 0.45),
                    at(-w * 0.3, y),
                    at(w * 0.35, y - eyes.tilt * 0.3),
                    at(w * 1.02, y * 0.42 - eyes.tilt),
                ],
                [0.5, 2.3, 0.8],
            ),
            skin.deep.with_alpha(0.6),
        );
    }
}

fn iris(out: &mut Sketch, look: &Look, pose: &EyePose, opening: &Opening) {
    let eyes = &look.eyes;
    let radius = eyes.height * 0.97;
    let (x, y) = (opening.sign * EYE_X + f64::from(pose.gaze_x) * 0.9, f64::from(pose.gaze_y) * 0.7 - 1.2);
    out.fill(ellipse(x, y, radius, radius), darker(eyes.iris, 0.45));
    out.fill(
        ellipse(x, y, radius - 1.6, radius - 1.6),
        radial(
            (x, y + 4.0),
            radius,
            &[(0.0, lighter(eyes.iris, 0.3)), (0.55, eyes.iris), (1.0, darker(eyes.iris, 0.25))],
        ),
    );
    out.fill(ellipse(x, y, radius * 0.46, radius * 0.46), hex(0x140E10));
    // The shadow of the upper lid.
    let mut shade = BezPath::new();
    shade.move_to(opening.inner());
    opening.outward(&mut shade, opening.upper - 2.0);
    opening.inward(&mut shade, opening.upper + 7.0);
    shade.close_path();
    out.fill(shade, hex(0x2A1C28).with_alpha(0.22));
    out.fill(ellipse(x - radius * 0.36, y - radius * 0.4, 3.6, 3.6), hex(0xFFFFFF).with_alpha(0.95));
    out.fill(ellipse(x + radius * 0.36, y + radius * 0.42, 1.8, 1.8), hex(0xFFFFFF).with_alpha(0.5));
    let tear = opening.at(-opening.width + 2.0, 3.5);
    out.fill(ellipse(tear.0, tear.1, 4.5, 3.4), mix(look.skin.blush, hex(0xF4C9C0), 0.5).with_alpha(0.85));
}

fn lashes(out: &mut Sketch, look: &Look, opening: &Opening) {
    let eyes = &look.eyes;
    let color: Tint = mix(darker(look.tone.dark, 0.55), hex(0x1C1214), 0.7);
    let middle = opening.upper.min(opening.lower);
    let mut path = BezPath::new();
    path.move_to(opening.inner());
    opening.outward(&mut path, middle);
    if eyes.wing {
        path.line_to(opening.at(opening.width + 7.0, -3.5 - opening.tilt));
        let reach = (middle - 0.6 - eyes.lashes) / 0.75;
        path.curve_to(
            opening.at(opening.width * 0.66, reach - opening.tilt),
            opening.at(-opening.width * 0.5, reach),
            opening.inner(),
        );
    } else {
        path.line_to(opening.at(opening.width + 1.5, 1.0 - opening.tilt));
        opening.inward(&mut path, middle - eyes.lashes);
    }
    path.close_path();
    out.fill(path, color);
    // A thin line under the eye.
    let mut line = BezPath::new();
    line.move_to(opening.outer());
    opening.inward(&mut line, opening.lower);
    opening.outward(&mut line, opening.lower + 1.5);
    line.close_path();
    out.fill(line, mix(look.skin.deep, color, 0.35).with_alpha(0.75));
}

/// Draws both brows.
pub(crate) fn draw_brows(out: &mut Sketch, look: &Look, pose: &EyePose) {
    let eyes = &look.eyes;
    for (sign, raise) in [(-1.0, pose.brow_left), (1.0, pose.brow_right)] {
        let (up, inner) = (f64::from(raise) * 0.95, f64::from(pose.brow_inner));
        let pinch = (-inner).max(0.0) * 0.35;
        let top = -eyes.height - 19.0 - eyes.brow_width * 0.3;
        let at = |x: f64, y: f64| s(sign * x, y);
        let knots = [
            at(19.0 - pinch, top + 1.0 - up * 0.7 - inner * 0.75),
            at(34.0, top - eyes.brow_arch * 0.55 - up * 0.9 - inner * 0.3),
            at(50.0, top - eyes.brow_arch * 0.95 - up),
            at(64.0, top - eyes.brow_arch * 0.62 - up * 0.95 + inner * 0.16),
            at(78.0, top + 5.5 - up * 0.75 + inner * 0.3),
        ];
        let width = eyes.brow_width;
        out.fill(brush(&knots, [width * 0.7, width, width * 0.2]), eyes.brow);
    }
}
