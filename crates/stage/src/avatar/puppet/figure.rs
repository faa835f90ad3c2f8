//! One of our own people in a pose.

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, Point, Rect, Vec2};

use super::super::figure::head::Head;
use super::super::figure::outfit::Dressed;
use super::super::figure::people::Person;
use super::super::figure::{eyes, head, mouth, outfit};
use super::super::pose::{HeadPose, Pose};
use super::super::sketch::Sketch;

/// The middle of the frame.
pub(crate) const CENTER_X: f64 = 687.0;
/// The height of the eyes in the frame.
pub(crate) const EYE_Y: f64 = 345.0;
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
}

impl FigurePuppet {
    pub(super) fn new(person: &'static Person, outfit_idx: usize) -> Self {
        let outfit = &person.outfits[outfit_idx];
        Self { person, head: head::draw(&person.look), body: outfit::draw(&person.look, outfit) }
    }

    pub(super) fn draw(&mut self, ctx: &mut RenderContext, transform: Affine, pose: &Pose) {
        let look = &self.person.look;
        let body = transform * Affine::translate((CENTER_X, 0.0));
        let place = body * head_place(&pose.head, pose.breath);
        let turn = |depth: f64| place * Affine::translate(turned(&pose.head, depth));
        self.head.behind.draw(ctx, turn(-0.5));
        self.body.lower.draw(ctx, body);
        if pose.breath == 0 {
            self.body.upper.draw(ctx, body);
        } else {
            self.body.upper.draw_warped(ctx, body, &|p| breathed(p, pose.breath));
        }
        let jaw = f64::from(pose.mouth.open) * JAW_DROP;
        if jaw > 0.0 {
            self.head.base.draw_warped(ctx, turn(0.0), &|p| dropped(p, jaw));
        } else {
            self.head.base.draw(ctx, turn(0.0));
        }
        let mut face = Sketch::default();
        eyes::draw_eyes(&mut face, look, &pose.eyes);
        eyes::draw_brows(&mut face, look, &pose.eyes);
        face.draw(ctx, turn(1.0));
        self.head.nose.draw(ctx, turn(1.5));
        let mut lips = Sketch::default();
        mouth::draw(&mut lips, &mouth::size_of(look), &mouth::colors_of(look), &pose.mouth);
        lips.draw(ctx, turn(1.1) * Affine::translate((0.0, mouth::MOUTH_Y)));
        self.head.over_mouth.draw(ctx, turn(1.1));
        self.head.glasses.draw(ctx, turn(1.2));
        self.head.front.draw(ctx, turn(0.35));
    }

    pub(super) fn damage(&self, a: &Pose, b: &Pose) -> Vec<Rect> {
        if a == b {
            return Vec::new();
        }
        let look = &self.person.look;
        let head =
            |rect: Rect| [a, b].map(|pose| placed(rect, pose)).into_iter().reduce(|a, b| a.union(b)).unwrap_or(rect);
        let mut rects = Vec::new();
        let w = look.face.cheek;
        if a.head != b.head || a.breath != b.breath {
            let all = [&self.head.behind, &self.head.base, &self.head.front, &self.head.over_mouth, &self.head.glasses];
            let rect = all
                .iter()
                .map(|sketch| sketch.bounds())
                .filter(|rect| rect.area() > 0.0)
                .fold(self.head.base.bounds(), |a, b| a.union(b));
            rects.push(head(rect.inflate(2.0, 2.0) + Vec2::ZERO).union(head(Rect::new(
                -w,
                0.0,
                w,
                look.face.length + 16.0,
            ))));
        } else {
            if a.mouth != b.mouth {
                let jaw = a.mouth.open != b.mouth.open;
                let rect = if jaw {
                    Rect::new(-w - 6.0, 46.0, w + 6.0, look.face.length + 26.0)
                } else {
                    Rect::new(-48.0, 70.0, 48.0, 150.0)
                };
                rects.push(head(rect));
            }
            if a.eyes != b.eyes || a.cheeks != b.cheeks {
                rects.push(head(Rect::new(-84.0, -64.0, 84.0, 24.0)));
            }
        }
        if a.breath != b.breath {
            let rect = self.body.upper.bounds();
            rects
                .push(Rect::new(rect.x0 - 6.0, rect.y0 - 8.0, rect.x1 + 6.0, BREATH_BOTTOM) + Vec2::new(CENTER_X, 0.0));
        }
        rects
    }
}

/// How far the chin goes down for each step of the mouth.
const JAW_DROP: f64 = 9.0 / 24.0;
const BREATH_TOP: f64 = 760.0;
const BREATH_BOTTOM: f64 = 1200.0;

fn smooth(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Moves a point of the body with the chest.
fn breathed(p: Point, breath: i8) -> Point {
    let (breath, share) = (f64::from(breath), smooth((BREATH_BOTTOM - p.y) / (BREATH_BOTTOM - BREATH_TOP)));
    Point::new(p.x * (1.0 + 0.0008 * breath * share), p.y - 0.6 * breath * share)
}

/// Moves a point of the face with the jaw.
fn dropped(p: Point, jaw: f64) -> Point {
    Point::new(p.x, p.y + jaw * smooth((p.y - 50.0) / 90.0))
}

fn head_place(head: &HeadPose, breath: i8) -> Affine {
    let (sin, cos) = libm::sincos(f64::from(head.roll) * 0.1 * std::f64::consts::PI / 180.0);
    let roll = Affine::new([cos, sin, -sin, cos, 0.0, 0.0]);
    Affine::translate((f64::from(head.x) * 0.5, EYE_Y - 0.6 * f64::from(breath) + f64::from(head.y) * 0.5))
        * Affine::translate((0.0, NECK_Y))
        * roll
        * Affine::translate((0.0, -NECK_Y))
}

/// How far a part is shifted by turning and nodding; `depth` is 0 at the outline and larger toward the tip of the nose.
fn turned(head: &HeadPose, depth: f64) -> Vec2 {
    Vec2::new(f64::from(head.yaw) * 0.6 * depth, f64::from(head.pitch) * 0.6 * depth)
}

/// Returns a box in units of the rig that a box of the head is in.
fn placed(rect: Rect, pose: &Pose) -> Rect {
    let shift = turned(&pose.head, 1.5);
    let rect = rect.union(rect + shift).union(rect - shift);
    (Affine::translate((CENTER_X, 0.0)) * head_place(&pose.head, pose.breath)).transform_rect_bbox(rect)
}
