//! One of our own people in a pose.

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, Point, Rect, Vec2};

use super::super::figure::head::Head;
use super::super::figure::outfit::Dressed;
use super::super::figure::people::Person;
use super::super::figure::{Beard, Look, eyes, head, mouth, outfit};
use super::super::pose::Pose;
use super::super::shape::{brush, ellipse, s};
use super::super::sketch::{Sketch, glow};
use super::raster::BodyRaster;
use super::{drawn, head_turn, joined, turned};

/// The middle of the frame.
pub(crate) const CENTER_X: f64 = 687.0;
/// The height of everybody's chin in the frame.
const CHIN_Y: f64 = 503.0;
/// How far any part of the head goes from its place, in units.
pub(crate) const HEAD_ROOM: f64 = 22.0;

/// The point that the head turns around, from the eyes down.
const NECK_Y: f64 = 150.0;

/// One of our own people in an outfit.
#[derive(Debug, Clone)]
pub(super) struct FigurePuppet {
    person: &'static Person,
    head: Head,
    body: Dressed,
    raster: Option<BodyRaster>,
    /// The jaw moves nothing of the head above this height.
    jaw_y: f64,
    /// Nothing of the body moves below this height.
    still_y: f64,
}

impl FigurePuppet {
    pub(super) fn new(person: &'static Person, outfit_idx: usize) -> Self {
        let outfit = &person.outfits[outfit_idx];
        let body = outfit::draw(&person.look, outfit);
        let still_y = body.upper.moved_down_to(BREATH_BOTTOM) + 1.0;
        let head = head::draw(&person.look);
        let jaw_y = head.base.moved_up_to(JAW_TOP) - 1.0;
        Self { person, head, body, raster: None, jaw_y, still_y }
    }

    pub(super) fn draw(&mut self, ctx: &mut RenderContext, transform: Affine, pose: &Pose) {
        let look = &self.person.look;
        let body = transform * Affine::translate((CENTER_X, 0.0));
        let place = body * head_place(look, pose);
        let turn = |depth: f64| place * Affine::translate(turned(&pose.head, depth));
        self.head.behind.draw(ctx, turn(BEHIND_DEPTH));
        let known = self.raster.as_mut().and_then(|raster| raster.shift(body).map(|shift| (raster, shift)));
        match known {
            Some((raster, shift)) => raster.draw(ctx, shift, pose.breath, |ctx, place, breath| {
                draw_body(&self.body, ctx, place, breath);
            }),
            None => draw_body(&self.body, ctx, body, pose.breath),
        }
        let jaw = f64::from(pose.mouth.open) * JAW_DROP;
        if jaw > 0.0 {
            self.head.base.draw_warped(ctx, turn(0.0), &|p| dropped(p, jaw));
        } else {
            self.head.base.draw(ctx, turn(0.0));
        }
        self.head.shadows.draw(ctx, turn(0.0));
        let face = turn(1.0);
        drawn(|out| cheeks(out, look, pose)).draw(ctx, face);
        drawn(|out| eyes::draw_eyes(out, look, &pose.eyes)).draw(ctx, face);
        drawn(|out| eyes::draw_brows(out, look, &pose.eyes)).draw(ctx, face);
        self.head.nose.draw(ctx, turn(NOSE_DEPTH));
        lips(look, pose).draw(ctx, turn(LIPS_DEPTH) * Affine::translate(MOUTH));
        self.head.over_mouth.draw(ctx, turn(LIPS_DEPTH));
        self.head.glasses.draw(ctx, turn(GLASSES_DEPTH));
        self.head.front.draw(ctx, turn(FRONT_DEPTH));
    }

    /// Keeps the body as pixels for one scale from now on; see [`super::Puppet::prepare`].
    pub(super) fn prepare(&mut self, transform: Affine, canvas: (u16, u16)) {
        let bounds = self.body.upper.bounds().inflate(4.0, 6.0);
        let bounds = [&self.body.lower].iter().fold(bounds, |all, sketch| all.union(sketch.bounds()));
        self.raster = BodyRaster::new(transform * Affine::translate((CENTER_X, 0.0)), canvas, bounds, self.still_y);
    }

    pub(super) fn damage(&self, a: &Pose, b: &Pose) -> Vec<Rect> {
        let mut rects = Vec::new();
        if a.breath != b.breath {
            let Rect { x0, y0, x1, .. } = self.body.upper.bounds();
            rects.push(Rect::new(x0 - 4.0, y0 - 6.0, x1 + 4.0, self.still_y) + Vec2::new(CENTER_X, 0.0));
        }
        if a.head != b.head || a.breath != b.breath {
            rects.push([a, b].map(|pose| self.head_box(pose)).into_iter().fold(self.head_box(a), |a, b| a.union(b)));
            return rects;
        }
        let look = &self.person.look;
        if a.mouth != b.mouth {
            rects.extend([a, b].map(|pose| self.placed(lips(look, pose).bounds() + MOUTH, pose, LIPS_DEPTH)));
        }
        let mut changed = |depth: f64, draw: &dyn Fn(&mut Sketch, &Pose)| {
            for pose in [a, b] {
                let bounds = drawn(|out| draw(out, pose)).bounds();
                if bounds.area() > 0.0 {
                    rects.push(self.placed(bounds, pose, depth));
                }
            }
        };
        if eyes_only(a) != eyes_only(b) {
            changed(1.0, &|out, pose| eyes::draw_eyes(out, look, &pose.eyes));
        }
        if brows_only(a) != brows_only(b) {
            changed(1.0, &|out, pose| eyes::draw_brows(out, look, &pose.eyes));
        }
        if cheeks_only(a) != cheeks_only(b) {
            changed(1.0, &|out, pose| cheeks(out, look, pose));
        }
        if a.mouth.open != b.mouth.open {
            let Rect { x0, x1, y1, .. } = self.head.base.bounds();
            rects.push(self.placed(Rect::new(x0, self.jaw_y, x1, y1 + 24.0 * JAW_DROP), a, 0.0));
        }
        joined(rects)
    }

    /// Returns a box in units of the rig that the whole head is in.
    fn head_box(&self, pose: &Pose) -> Rect {
        let look = &self.person.look;
        let mut all = self.placed(self.head.base.bounds(), pose, 0.0);
        let jaw = self.head.base.bounds() + Vec2::new(0.0, 24.0 * JAW_DROP);
        let face = drawn(|out| {
            cheeks(out, look, pose);
            eyes::draw_eyes(out, look, &pose.eyes);
            eyes::draw_brows(out, look, &pose.eyes);
        });
        for (bounds, depth) in [
            (jaw, 0.0),
            (self.head.behind.bounds(), BEHIND_DEPTH),
            (face.bounds(), 1.0),
            (self.head.nose.bounds(), NOSE_DEPTH),
            (lips(look, pose).bounds() + MOUTH, LIPS_DEPTH),
            (self.head.over_mouth.bounds(), LIPS_DEPTH),
            (self.head.glasses.bounds(), GLASSES_DEPTH),
            (self.head.front.bounds(), FRONT_DEPTH),
        ] {
            if bounds.area() > 0.0 {
                all = all.union(self.placed(bounds, pose, depth));
            }
        }
        all
    }

    /// Returns a box in units of the rig that a box of the head is in.
    fn placed(&self, rect: Rect, pose: &Pose, depth: f64) -> Rect {
        let place = Affine::translate((CENTER_X, 0.0)) * head_place(&self.person.look, pose);
        (place * Affine::translate(turned(&pose.head, depth))).transform_rect_bbox(rect)
    }
}

fn draw_body(body: &Dressed, ctx: &mut RenderContext, place: Affine, breath: i8) {
    body.lower.draw(ctx, place);
    if breath == 0 {
        body.upper.draw(ctx, place);
    } else {
        body.upper.draw_warped(ctx, place, &|p| breathed(p, breath));
    }
}

fn lips(look: &Look, pose: &Pose) -> Sketch {
    drawn(|out| mouth::draw(out, &mouth::size_of(look), &mouth::colors_of(look), &pose.mouth))
}

fn eyes_only(pose: &Pose) -> (i8, i8, i8, i8) {
    (pose.eyes.lid, pose.eyes.squint, pose.eyes.gaze_x, pose.eyes.gaze_y)
}

fn brows_only(pose: &Pose) -> (i8, i8, i8) {
    (pose.eyes.brow_left, pose.eyes.brow_right, pose.eyes.brow_inner)
}

fn cheeks_only(pose: &Pose) -> i8 {
    pose.cheeks
}

/// Draws the folds from the nose to the mouth and the fuller cheeks of a smile.
fn cheeks(out: &mut Sketch, look: &Look, pose: &Pose) {
    if pose.cheeks <= 0 {
        return;
    }
    let (skin, share) = (&look.skin, f32::from(pose.cheeks) / 12.0);
    let full = f64::from(share);
    for sign in [-1.0, 1.0] {
        let at = |x: f64, y: f64| s(sign * x, y);
        out.fill(
            ellipse(sign * 63.0, 44.0, 30.0, 20.0),
            glow((sign * 63.0, 44.0), 29.0, skin.blush.with_alpha(0.34 * share)),
        );
        if look.beard != Some(Beard::Full) {
            out.fill(
                brush(&[at(27.0, 57.0), at(41.0, 69.0), at(48.0 + 3.0 * full, 86.0)], [0.6, 3.0, 0.6]),
                skin.deep.with_alpha(0.38 * share),
            );
        }
        out.fill(
            brush(&[at(24.0, 20.0), at(45.0, 27.0 - 2.0 * full), at(66.0, 19.0)], [0.5, 2.4, 0.5]),
            skin.deep.with_alpha(0.3 * share),
        );
    }
}

/// How far before the outline of the head its parts are: how much turning shifts them.
const BEHIND_DEPTH: f64 = -0.5;
const FRONT_DEPTH: f64 = 0.35;
const LIPS_DEPTH: f64 = 1.1;
const GLASSES_DEPTH: f64 = 1.2;
const NOSE_DEPTH: f64 = 1.5;

/// From the eyes to the middle of the mouth.
const MOUTH: Vec2 = Vec2::new(0.0, mouth::MOUTH_Y);
/// Below this height the face moves with the jaw.
const JAW_TOP: f64 = 50.0;
/// How far the chin goes down for each step of the mouth.
const JAW_DROP: f64 = 9.0 / 24.0;
/// How far the shoulders rise with each step of the breath.
const BREATH_RISE: f64 = 0.9;
/// Above this height the chest moves fully, below the next one not at all.
const BREATH_TOP: f64 = 700.0;
const BREATH_BOTTOM: f64 = 1000.0;

fn smooth(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Moves a point of the body with the chest.
fn breathed(p: Point, breath: i8) -> Point {
    let (breath, share) = (f64::from(breath), smooth((BREATH_BOTTOM - p.y) / (BREATH_BOTTOM - BREATH_TOP)));
    Point::new(p.x * (1.0 + 0.0013 * breath * share), p.y - BREATH_RISE * breath * share)
}

/// Moves a point of the face with the jaw.
fn dropped(p: Point, jaw: f64) -> Point {
    Point::new(p.x, p.y + jaw * smooth((p.y - JAW_TOP) / 90.0))
}

/// Returns the height of somebody's eyes in the frame.
pub(crate) fn eye_y(look: &Look) -> f64 {
    CHIN_Y - look.face.length
}

fn head_place(look: &Look, pose: &Pose) -> Affine {
    let Pose { head, breath, .. } = *pose;
    Affine::translate((
        f64::from(head.x) * 0.5,
        eye_y(look) - BREATH_RISE * f64::from(breath) + f64::from(head.y) * 0.5,
    )) * head_turn(&head, Point::new(0.0, NECK_Y))
}
