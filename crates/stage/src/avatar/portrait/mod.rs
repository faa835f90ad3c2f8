//! Photos that speak: a picture of a face, warped.
//!
//! Every pixel of the result is looked up in the photo a little beside its place. How far beside is the sum of a few smooth fields: the head
//! turns with a falloff, so that what is behind it is stretched and never torn; brows and corners of the mouth are pulled; lips part
//! and the chin goes down. What the photo does not have is drawn: the inside of the mouth, and closed lids in the color of the skin.

mod face;
mod warp;

use std::sync::Arc;

use vello_cpu::color::PremulRgba8;
use vello_cpu::kurbo::{Affine, BezPath, Rect, Vec2};
use vello_cpu::peniko::{ImageQuality, ImageSampler};
use vello_cpu::{Image, ImageSource, Pixmap, RenderContext};

use super::figure::mouth;
use super::folder::Landmarks;
use super::pose::Pose;
use super::puppet::{drawn, head_turn, joined, turned};
use super::rig::Boxes;
use super::sheet::Picture;
use super::sketch::{Sketch, Tint, darker, linear};
use face::Face;
use warp::Field;

/// A photo and where the face is on it.
#[derive(Debug, Clone)]
pub(crate) struct Portrait {
    photo: Picture,
    face: Face,
    /// The color of each lid, above the eye.
    lids: [Tint; 2],
}

impl Portrait {
    /// Checks the landmarks and estimates those that are not given.
    pub(crate) fn new(photo: Picture, landmarks: &Landmarks) -> Result<(Self, Boxes), String> {
        let frame = Rect::new(0.0, 0.0, f64::from(photo.width), f64::from(photo.height));
        let face = Face::new(landmarks, frame)?;
        let lids = [0, 1].map(|idx| face.lid_tint(&photo, idx));
        let boxes = Boxes { frame, tight: frame, head: face.bounds };
        Ok((Self { photo, face, lids }, boxes))
    }
}

/// A photo that can be drawn in any pose.
#[derive(Debug, Clone)]
pub(crate) struct PortraitPuppet {
    portrait: Arc<Portrait>,
    made: Option<Made>,
}

/// Pixels for one scale.
#[derive(Debug, Clone)]
struct Made {
    /// How many pixels of the photo one pixel here stands for, in both directions.
    block: u32,
    still: Arc<Pixmap>,
    /// The part that moves, as it is in `pose`.
    moving: Arc<Pixmap>,
    /// Where that is, in pixels of `still`.
    area: [u32; 4],
    pose: Pose,
}

impl PortraitPuppet {
    pub(crate) fn new(portrait: &Arc<Portrait>) -> Self {
        Self { portrait: portrait.clone(), made: None }
    }

    pub(crate) fn draw(&mut self, ctx: &mut RenderContext, transform: Affine, pose: &Pose) {
        let scale = transform.determinant().abs().sqrt();
        let block = (1.0 / scale.max(1e-3)).floor().clamp(1.0, 64.0) as u32;
        let portrait = self.portrait.clone();
        let known = self.made.take().filter(|made| made.block == block);
        let mut made = known.unwrap_or_else(|| Made::new(&portrait, block));
        made.update(&portrait, pose);
        let size = f64::from(block);
        let sampler = ImageSampler::new().with_quality(ImageQuality::Medium);
        let [x0, y0, ..] = made.area;
        for (pixels, x, y) in [(&made.still, 0, 0), (&made.moving, x0, y0)] {
            let place = Affine::scale(size) * Affine::translate((f64::from(x), f64::from(y)));
            ctx.set_transform(transform * place);
            ctx.set_paint(Image { image: ImageSource::Pixmap(pixels.clone()), sampler });
            ctx.fill_rect(&Rect::new(0.0, 0.0, pixels.width().into(), pixels.height().into()));
        }
        self.made = Some(made);
        let head = transform * portrait.face.head_place(pose);
        drawn(|out| portrait.lids(out, pose)).draw(ctx, head);
        drawn(|out| portrait.inside(out, pose)).draw(ctx, head * portrait.face.mouth_place());
    }

    pub(crate) fn damage(&self, a: &Pose, b: &Pose) -> Vec<Rect> {
        self.portrait.damage(a, b)
    }
}

impl Portrait {
    fn damage(&self, a: &Pose, b: &Pose) -> Vec<Rect> {
        let face = &self.face;
        let (a, b) = (seen(a), seen(b));
        let margin = 2.0 * face.unit + 4.0;
        if a.head != b.head {
            return vec![face.moving.inflate(margin, margin)];
        }
        let place = face.head_place(&a);
        let mut rects = Vec::new();
        if a.mouth != b.mouth {
            rects.push(place.transform_rect_bbox(face.mouth_area()).inflate(margin, margin));
        }
        if a.eyes != b.eyes {
            rects.push(place.transform_rect_bbox(face.eyes_area()).inflate(margin, margin));
        }
        joined(rects)
    }

    /// Draws the lids as far as they are down.
    fn lids(&self, out: &mut Sketch, pose: &Pose) {
        let share = f64::from(pose.eyes.lid.max(0)) / 12.0;
        if share < 0.05 {
            return;
        }
        for (eye, &tint) in self.face.eyes.iter().zip(&self.lids) {
            let edge = eye.upper + (eye.lower - eye.upper) * share;
            let lid = eye.between(eye.upper - 0.08 * eye.height(), edge + 0.06 * eye.height());
            let (top, bottom) = (eye.center.y + eye.upper, eye.center.y + edge);
            out.fill(lid, linear((0.0, top), (0.0, bottom + 1.0), &[(0.0, tint), (1.0, darker(tint, 0.1))]));
            let lash = eye.between(edge - 0.03 * eye.height(), edge + 0.16 * eye.height());
            out.fill(lash, darker(tint, 0.72));
        }
    }

    /// Draws what is seen between the lips.
    fn inside(&self, out: &mut Sketch, pose: &Pose) {
        let gap = self.face.gap(pose);
        if gap.height() < 0.8 * self.face.unit {
            return;
        }
        let unit = self.face.unit;
        const STEPS: i32 = 16;
        let edge = |idx: i32, reach: f64| {
            let x = f64::from(idx) / f64::from(STEPS);
            (x * gap.width / unit, reach * face::parted(x) / unit)
        };
        let mut opening = BezPath::new();
        opening.move_to(edge(-STEPS, 0.0));
        for idx in 1 - STEPS..=STEPS {
            opening.line_to(edge(idx, -gap.up));
        }
        for idx in (-STEPS..STEPS).rev() {
            opening.line_to(edge(idx, gap.down));
        }
        opening.close_path();
        mouth::cavity(out, &opening, [gap.width / unit, -gap.up / unit, gap.down / unit, 0.0], &pose.mouth);
    }
}

/// What of a pose a photo shows; the rest makes no difference.
fn seen(pose: &Pose) -> Pose {
    let mut pose = *pose;
    pose.breath = 0;
    pose.cheeks = 0;
    pose.eyes.gaze_x = 0;
    pose.eyes.gaze_y = 0;
    pose.eyes.squint = 0;
    pose.eyes.lid = pose.eyes.lid.max(0);
    pose
}

impl Made {
    fn new(portrait: &Portrait, block: u32) -> Self {
        let still = shrunk(&portrait.photo, block);
        let (w, h) = (u32::from(still.width()), u32::from(still.height()));
        let moving = portrait.face.moving;
        let low = |value: f64| (value / f64::from(block)).floor().max(0.0) as u32;
        let high = |value: f64, max: u32| ((value / f64::from(block)).ceil().max(0.0) as u32).min(max);
        let area = [low(moving.x0).min(w - 1), low(moving.y0).min(h - 1), high(moving.x1, w), high(moving.y1, h)];
        let [x0, y0, x1, y1] = [area[0], area[1], area[2].max(area[0] + 1), area[3].max(area[1] + 1)];
        let mut pixels = Pixmap::new((x1 - x0) as u16, (y1 - y0) as u16);
        let field = Field::new(&portrait.face, &Pose::default(), block, [x0, y0, x1, y1]);
        field.warp(&still, &mut pixels, [x0, y0], [x0, y0, x1, y1]);
        Self { block, still: Arc::new(still), moving: Arc::new(pixels), area: [x0, y0, x1, y1], pose: Pose::default() }
    }

    /// Warps again what differs from the pose that is here.
    fn update(&mut self, portrait: &Portrait, pose: &Pose) {
        let pose = seen(pose);
        let changed = portrait.damage(&self.pose, &pose);
        self.pose = pose;
        if changed.is_empty() {
            return;
        }
        let [x0, y0, x1, y1] = self.area;
        let field_area = self.area;
        let field = Field::new(&portrait.face, &pose, self.block, field_area);
        let moving = Arc::make_mut(&mut self.moving);
        for rect in changed {
            let block = f64::from(self.block);
            let clamp = |value: f64, low: u32, high: u32| (value / block).clamp(f64::from(low), f64::from(high)) as u32;
            let part = [
                clamp(rect.x0.floor(), x0, x1),
                clamp(rect.y0.floor(), y0, y1),
                clamp((rect.x1 + block).ceil(), x0, x1),
                clamp((rect.y1 + block).ceil(), y0, y1),
            ];
            field.warp(&self.still, moving, [x0, y0], part);
        }
    }
}

/// Takes the mean of whole blocks of pixels.
fn shrunk(photo: &Picture, block: u32) -> Pixmap {
    let (w, h) = (photo.width.div_ceil(block), photo.height.div_ceil(block));
    let mut pixels = Pixmap::new(w as u16, h as u16);
    for (idx, pixel) in (0..).zip(pixels.data_mut()) {
        *pixel = super::puppet::parts::block_mean(photo, idx % w * block, idx / w * block, block);
    }
    pixels
}

/// Looks a pixel up between four, all of them within the picture.
fn sample(pixels: &[PremulRgba8], width: usize, height: usize, x: f64, y: f64) -> PremulRgba8 {
    let (x, y) = (x.clamp(0.0, (width - 1) as f64), y.clamp(0.0, (height - 1) as f64));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
    let (fx, fy) = (((x - x0 as f64) * 256.0) as u32, ((y - y0 as f64) * 256.0) as u32);
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|(x, y)| pixels[y * width + x]);
    let weights = [(256 - fx) * (256 - fy), fx * (256 - fy), (256 - fx) * fy, fx * fy];
    let blend = |channel: fn(&PremulRgba8) -> u8| {
        let sum: u32 = corners.iter().zip(weights).map(|(pixel, weight)| u32::from(channel(pixel)) * weight).sum();
        ((sum + 0x8000) >> 16) as u8
    };
    PremulRgba8 { r: blend(|p| p.r), g: blend(|p| p.g), b: blend(|p| p.b), a: blend(|p| p.a) }
}

/// How far the head is shifted, for a face of a size.
fn shift(pose: &Pose, unit: f64) -> Vec2 {
    let head = &pose.head;
    let moved = Vec2::new(f64::from(head.x) * 0.35, f64::from(head.y) * 0.35) + turned(head, 0.6);
    moved * unit
}

fn turn(pose: &Pose, face: &Face) -> Affine {
    head_turn(&pose.head, face.neck)
}
