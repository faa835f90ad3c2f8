//! An avatar of drawings and pictures in a pose.

use std::sync::Arc;

use resvg::tiny_skia;
use vello_cpu::color::PremulRgba8;
use vello_cpu::kurbo::{Affine, Point, Rect, Vec2};
use vello_cpu::peniko::{ImageQuality, ImageSampler};
use vello_cpu::{Image, ImageSource, Pixmap, RenderContext};

use crate::document::Color;
use crate::utterance::Viseme;

use super::super::figure::people::PEOPLE;
use super::super::figure::{Look, Skin, eyes, mouth};
use super::super::folder::Art;
use super::super::motion::nearest_viseme;
use super::super::pose::Pose;
use super::super::rig::Boxes;
use super::super::sheet::Picture;
use super::super::sketch::{Sketch, Tint, darker, hex, lighter, mix};
use super::{drawn, head_turn, joined, turned};

/// The height of a face for which poses are made; larger and smaller faces move as much more or less.
const USUAL_HEAD: f64 = 245.0;
/// The distance between the eyes that drawn eyes are made for.
const USUAL_EYES: f64 = 92.0;
/// Half of the width of the mouth that drawn mouths are made for.
const USUAL_MOUTH: f64 = 34.0;
/// The most pixels of a part, kept for one scale.
const PIXELS_MAX: f64 = 8_388_608.0;

/// A drawing or picture, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) art: Arc<Art>,
    pub(crate) at: Rect,
}

/// An avatar of drawings and pictures.
#[derive(Debug, Clone)]
pub(crate) struct PartsRig {
    /// One for each outfit.
    pub(crate) bodies: Vec<Piece>,
    pub(crate) head: Piece,
    pub(crate) hair_back: Option<Piece>,
    pub(crate) hair_front: Option<Piece>,
    pub(crate) brows: Option<Piece>,
    pub(crate) eyes: Eyes,
    pub(crate) mouth: Mouth,
    pub(crate) neck: Point,
}

/// Eyes as pictures, or drawn.
#[derive(Debug, Clone)]
pub(crate) enum Eyes {
    Pictures { open: Piece, closed: Piece },
    Drawn { look: Box<Look>, place: Affine, brows: bool },
}

/// A mouth as pictures, or drawn.
#[derive(Debug, Clone)]
pub(crate) enum Mouth {
    Pictures(Vec<(Viseme, Piece)>),
    Drawn { colors: mouth::Colors, place: Affine },
}

fn tint(color: Color) -> Tint {
    Tint::from_rgba8(color.r, color.g, color.b, color.a)
}

/// Guesses the colors of a skin from one.
fn skin_of(base: Tint) -> Skin {
    Skin {
        base,
        light: lighter(base, 0.3),
        shadow: mix(base, hex(0x8A4A2E), 0.3),
        deep: mix(base, hex(0x4A2414), 0.55),
        blush: mix(base, hex(0xD9604F), 0.4),
        lip: mix(base, hex(0xA8433F), 0.6),
    }
}

impl Eyes {
    pub(crate) fn drawn(
        left: Point,
        right: Point,
        iris: Color,
        skin: Color,
        lashes: Color,
        brows: Option<Color>,
    ) -> Self {
        let mut look = PEOPLE[0].look;
        look.skin = skin_of(tint(skin));
        look.tone.dark = tint(lashes);
        look.eyes.iris = tint(iris);
        look.eyes.brow = tint(brows.unwrap_or(lashes));
        let across = right - left;
        let (scale, angle) = (across.hypot2().sqrt() / USUAL_EYES, libm::atan2(across.y, across.x));
        let (sin, cos) = libm::sincos(angle);
        let place = Affine::translate(left.midpoint(right).to_vec2())
            * Affine::new([cos * scale, sin * scale, -sin * scale, cos * scale, 0.0, 0.0]);
        Self::Drawn { look: Box::new(look), place, brows: brows.is_some() }
    }
}

impl Mouth {
    pub(crate) fn drawn(center: Point, width: f64, lips: Color, skin: Color) -> Self {
        let (lips, skin) = (tint(lips), skin_of(tint(skin)));
        let colors = mouth::Colors {
            upper: darker(lips, 0.14),
            lower: lips,
            light: lighter(lips, 0.4),
            line: darker(mix(skin.deep, lips, 0.4), 0.45),
            shadow: skin.shadow,
        };
        let scale = width * 0.5 / USUAL_MOUTH;
        Self::Drawn { colors, place: Affine::translate(center.to_vec2()) * Affine::scale(scale) }
    }
}

/// An avatar of drawings and pictures in an outfit.
#[derive(Debug, Clone)]
pub(crate) struct PartsPuppet {
    rig: Arc<PartsRig>,
    body: usize,
    boxes: Boxes,
    /// Units of the rig for one unit of a pose.
    unit: f64,
    /// Pixels of pieces, by the address of their art, for the scale they were made for.
    tiles: Vec<Tile>,
}

#[derive(Debug, Clone)]
struct Tile {
    art: Arc<Art>,
    scale: f64,
    pixels: Arc<Pixmap>,
    /// Takes its pixels to units of the rig.
    place: Affine,
}

impl PartsPuppet {
    pub(crate) fn new(rig: &Arc<PartsRig>, body: usize, boxes: Boxes) -> Self {
        let unit = boxes.head.height() / USUAL_HEAD;
        Self { rig: rig.clone(), body, boxes, unit, tiles: Vec::new() }
    }

    pub(crate) fn draw(&mut self, ctx: &mut RenderContext, transform: Affine, pose: &Pose) {
        let rig = self.rig.clone();
        let head = transform * self.head_place(pose);
        let turn = |depth: f64| head * Affine::translate(turned(&pose.head, depth) * self.unit);
        let (back, flat, face, front) = (turn(-0.5), turn(0.0), turn(1.0), turn(0.35));
        let shift = Affine::translate((0.0, -f64::from(pose.eyes.brow_left + pose.eyes.brow_right) * 0.45 * self.unit));
        if let Some(piece) = &rig.hair_back {
            self.piece(ctx, back, piece);
        }
        self.piece(ctx, transform * self.breath_place(pose), &rig.bodies[self.body]);
        self.piece(ctx, flat, &rig.head);
        match &rig.eyes {
            Eyes::Pictures { open, closed } => self.piece(ctx, face, if pose.eyes.lid < 7 { open } else { closed }),
            Eyes::Drawn { look, place, .. } => {
                drawn(|out| eyes::draw_eyes(out, look, &pose.eyes)).draw(ctx, face * *place);
            }
        }
        if let Eyes::Drawn { look, place, brows: true } = &rig.eyes {
            drawn(|out| eyes::draw_brows(out, look, &pose.eyes)).draw(ctx, face * *place);
        }
        if let Some(piece) = &rig.brows {
            self.piece(ctx, face * shift, piece);
        }
        match &rig.mouth {
            Mouth::Pictures(pictures) => {
                if let Some(piece) = shown(pictures, pose) {
                    self.piece(ctx, face, piece);
                }
            }
            Mouth::Drawn { colors, place } => lips(colors, pose).draw(ctx, face * *place),
        }
        if let Some(piece) = &rig.hair_front {
            self.piece(ctx, front, piece);
        }
    }

    pub(crate) fn damage(&self, a: &Pose, b: &Pose) -> Vec<Rect> {
        let mut rects = Vec::new();
        let rig = &self.rig;
        if a.breath != b.breath {
            rects.push(rig.bodies[self.body].at.inflate(1.0, 1.0) - Vec2::new(0.0, 6.0 * self.unit));
            rects.push(rig.bodies[self.body].at);
        }
        if a.head != b.head || a.breath != b.breath {
            rects.extend([a, b].map(|pose| self.head_box(pose)));
            return joined(rects);
        }
        if a.eyes != b.eyes {
            rects.extend([a, b].into_iter().flat_map(|pose| self.eye_boxes(pose)));
        }
        if a.mouth != b.mouth {
            rects.extend([a, b].into_iter().filter_map(|pose| self.mouth_box(pose)));
        }
        joined(rects)
    }

    fn head_place(&self, pose: &Pose) -> Affine {
        let lift =
            Vec2::new(f64::from(pose.head.x) * 0.5, f64::from(pose.head.y) * 0.5 - 0.75 * f64::from(pose.breath));
        Affine::translate(lift * self.unit) * head_turn(&pose.head, self.rig.neck)
    }

    /// The body grows a little with the breath, from its lower edge up.
    fn breath_place(&self, pose: &Pose) -> Affine {
        let Rect { y1, .. } = self.boxes.tight;
        let rise = 0.75 * f64::from(pose.breath) * self.unit;
        let height = (y1 - self.rig.neck.y).max(1.0);
        Affine::translate((0.0, y1))
            * Affine::scale_non_uniform(1.0, 1.0 + rise / height)
            * Affine::translate((0.0, -y1))
    }

    fn face_box(&self, rect: Rect, pose: &Pose, depth: f64) -> Rect {
        let place = self.head_place(pose) * Affine::translate(turned(&pose.head, depth) * self.unit);
        place.transform_rect_bbox(rect).inflate(1.0, 1.0)
    }

    fn head_box(&self, pose: &Pose) -> Rect {
        let rig = &self.rig;
        let mut all = self.face_box(rig.head.at, pose, 0.0);
        for (piece, depth) in [(&rig.hair_back, -0.5), (&rig.hair_front, 0.35)] {
            all = piece.iter().fold(all, |all, piece| all.union(self.face_box(piece.at, pose, depth)));
        }
        let parts = self.eye_boxes(pose).into_iter().chain(self.mouth_box(pose));
        parts.fold(all, |all, rect| all.union(rect))
    }

    fn eye_boxes(&self, pose: &Pose) -> Vec<Rect> {
        let rig = &self.rig;
        let mut boxes = Vec::new();
        match &rig.eyes {
            Eyes::Pictures { open, closed } => {
                boxes.extend([open, closed].map(|piece| self.face_box(piece.at, pose, 1.0)));
            }
            Eyes::Drawn { look, place, brows } => {
                let sketch = drawn(|out| {
                    eyes::draw_eyes(out, look, &pose.eyes);
                    if *brows {
                        eyes::draw_brows(out, look, &pose.eyes);
                    }
                });
                boxes.push(self.face_box(place.transform_rect_bbox(sketch.bounds()), pose, 1.0));
            }
        }
        let reach = 12.0 * self.unit;
        boxes.extend(rig.brows.iter().map(|piece| self.face_box(piece.at.inflate(0.0, reach), pose, 1.0)));
        boxes
    }

    fn mouth_box(&self, pose: &Pose) -> Option<Rect> {
        let rect = match &self.rig.mouth {
            Mouth::Pictures(pictures) => shown(pictures, pose)?.at,
            Mouth::Drawn { colors, place } => place.transform_rect_bbox(lips(colors, pose).bounds()),
        };
        Some(self.face_box(rect, pose, 1.0))
    }

    /// Draws a piece, from pixels that are made for the scale and kept.
    fn piece(&mut self, ctx: &mut RenderContext, transform: Affine, piece: &Piece) {
        let view = Rect::new(0.0, 0.0, ctx.width().into(), ctx.height().into());
        if !transform.transform_rect_bbox(piece.at).overlaps(view) {
            return;
        }
        let art = &piece.art;
        // The scale hardly changes: turning the head is no reason to make new pixels.
        let scale = (transform.determinant().abs().sqrt() * 64.0).ceil() / 64.0;
        let known = self.tiles.iter().position(|tile| Arc::ptr_eq(&tile.art, art) && tile.scale == scale);
        let idx = known.unwrap_or_else(|| {
            self.tiles.retain(|tile| !Arc::ptr_eq(&tile.art, art));
            self.tiles.extend(rasterize(piece, scale));
            self.tiles.len() - 1
        });
        let Some(tile) = self.tiles.get(idx).filter(|tile| Arc::ptr_eq(&tile.art, art)) else { return };
        ctx.set_transform(transform * tile.place);
        let sampler = ImageSampler::new().with_quality(ImageQuality::Medium);
        ctx.set_paint(Image { image: ImageSource::Pixmap(tile.pixels.clone()), sampler });
        ctx.fill_rect(&Rect::new(0.0, 0.0, tile.pixels.width().into(), tile.pixels.height().into()));
    }
}

fn lips(colors: &mouth::Colors, pose: &Pose) -> Sketch {
    let size = mouth::Size { width: USUAL_MOUTH, upper: 8.5, lower: 11.0 };
    drawn(|out| mouth::draw(out, &size, colors, &pose.mouth))
}

/// The picture that is most like the mouth of a pose.
fn shown<'a>(pictures: &'a [(Viseme, Piece)], pose: &Pose) -> Option<&'a Piece> {
    let visemes = pictures.iter().map(|(viseme, _)| *viseme);
    let nearest = nearest_viseme(&pose.mouth, visemes)?;
    pictures.iter().find(|(viseme, _)| *viseme == nearest).map(|(_, piece)| piece)
}

/// Makes the pixels of a piece for a scale; none if nothing of it can be seen.
fn rasterize(piece: &Piece, scale: f64) -> Option<Tile> {
    let (pixels, place) = match &*piece.art {
        Art::Svg(tree) => rasterize_svg(tree, piece.at, scale)?,
        Art::Pixels(picture) => shrunk(picture, piece.at, scale)?,
    };
    Some(Tile { art: piece.art.clone(), scale, pixels: Arc::new(pixels), place })
}

fn rasterize_svg(tree: &resvg::usvg::Tree, at: Rect, scale: f64) -> Option<(Pixmap, Affine)> {
    let (width, height) = (f64::from(tree.size().width()), f64::from(tree.size().height()));
    let (sx, sy) = (at.width() / width, at.height() / height);
    let ink = tree.root().abs_layer_bounding_box();
    let ink = Rect::new(ink.left().into(), ink.top().into(), ink.right().into(), ink.bottom().into());
    let ink = ink.inflate(1.0, 1.0).intersect(Rect::new(0.0, 0.0, width, height));
    if ink.is_zero_area() {
        return None;
    }
    let scale = scale.min((PIXELS_MAX / (ink.width() * sx * ink.height() * sy)).sqrt());
    let (kx, ky) = (sx * scale, sy * scale);
    let size = |length: f64| (length.ceil().clamp(1.0, 16_000.0)) as u32;
    let (w, h) = (size(ink.width() * kx), size(ink.height() * ky));
    let mut canvas = tiny_skia::Pixmap::new(w, h)?;
    let place =
        tiny_skia::Transform::from_row(kx as f32, 0.0, 0.0, ky as f32, (-ink.x0 * kx) as f32, (-ink.y0 * ky) as f32);
    resvg::render(tree, place, &mut canvas.as_mut());
    let mut pixels = Pixmap::new(w as u16, h as u16);
    for (to, from) in pixels.data_mut().iter_mut().zip(canvas.pixels()) {
        *to = PremulRgba8 { r: from.red(), g: from.green(), b: from.blue(), a: from.alpha() };
    }
    let origin = Affine::translate((at.x0 + ink.x0 * sx, at.y0 + ink.y0 * sy));
    Some((pixels, origin * Affine::scale(1.0 / scale)))
}

/// Takes the mean of whole blocks of pixels when a picture is shown much smaller than it is.
fn shrunk(picture: &Picture, at: Rect, scale: f64) -> Option<(Pixmap, Affine)> {
    let per_pixel = f64::from(picture.width) / (at.width() * scale);
    let block = (per_pixel.floor().clamp(1.0, 64.0)) as u32;
    let (w, h) = (picture.width.div_ceil(block), picture.height.div_ceil(block));
    let mut pixels = Pixmap::new(u16::try_from(w).ok()?, u16::try_from(h).ok()?);
    for (idx, pixel) in (0..).zip(pixels.data_mut()) {
        *pixel = block_mean(picture, idx % w * block, idx / w * block, block);
    }
    let (kx, ky) = (
        f64::from(block) * at.width() / f64::from(picture.width),
        f64::from(block) * at.height() / f64::from(picture.height),
    );
    Some((pixels, Affine::translate((at.x0, at.y0)) * Affine::scale_non_uniform(kx, ky)))
}

/// Returns the mean of a block of pixels, cut at the edges of the picture.
pub(crate) fn block_mean(picture: &Picture, x0: u32, y0: u32, block: u32) -> PremulRgba8 {
    let (x1, y1) = ((x0 + block).min(picture.width), (y0 + block).min(picture.height));
    let mut sum = [0_u32; 4];
    for y in y0..y1 {
        for x in x0..x1 {
            let at = ((y * picture.width + x) * 4) as usize;
            let alpha = u32::from(picture.rgba[at + 3]);
            for (sum, &value) in sum.iter_mut().zip(&picture.rgba[at..at + 3]) {
                *sum += (u32::from(value) * alpha + 127) / 255;
            }
            sum[3] += alpha;
        }
    }
    let n_pixels = ((x1 - x0) * (y1 - y0)).max(1);
    let [r, g, b, a] = sum.map(|sum| ((sum + n_pixels / 2) / n_pixels) as u8);
    PremulRgba8 { r, g, b, a }
}
