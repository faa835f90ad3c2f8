//! Where everything is in the face of a photo.

use vello_cpu::kurbo::{Affine, BezPath, Point, Rect};

use super::super::folder::Landmarks;
use super::super::pose::Pose;
use super::super::sheet::Picture;
use super::super::sketch::Tint;

/// The height of a face for which poses are made.
const USUAL_FACE: f64 = 245.0;

/// Where everything is, in pixels of the photo.
#[derive(Debug, Clone)]
pub(super) struct Face {
    pub(super) bounds: Rect,
    /// Everything that ever moves.
    pub(super) moving: Rect,
    /// Pixels for one unit of a pose.
    pub(super) unit: f64,
    pub(super) neck: Point,
    pub(super) eyes: [Eye; 2],
    pub(super) brows: [Point; 2],
    /// How far around a brow its motion is felt: to the middle of the eye at most.
    pub(super) brow_reach: (f64, f64),
    pub(super) mouth: Point,
    /// Half of the width of the mouth.
    pub(super) mouth_width: f64,
    /// From the mouth down to the chin.
    pub(super) chin: f64,
    /// From the mouth up to the nose.
    pub(super) nose: f64,
    /// The corners of the mouth.
    pub(super) corners: [Point; 2],
}

/// An eye; heights are from its middle down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eye {
    pub(super) center: Point,
    half: f64,
    pub(super) upper: f64,
    pub(super) lower: f64,
}

impl Eye {
    pub(super) fn height(&self) -> f64 {
        self.lower - self.upper
    }

    /// Returns what lies between two lids whose middles are at these heights.
    pub(super) fn between(&self, upper: f64, lower: f64) -> BezPath {
        let Point { x, y } = self.center;
        let corner = (self.upper + self.lower) * 0.25;
        let reach = |middle: f64| y + (middle - 0.25 * corner) / 0.75;
        let mut path = BezPath::new();
        path.move_to((x - self.half, y + corner));
        path.curve_to(
            (x - self.half * 0.5, reach(upper)),
            (x + self.half * 0.5, reach(upper)),
            (x + self.half, y + corner),
        );
        path.curve_to(
            (x + self.half * 0.5, reach(lower)),
            (x - self.half * 0.5, reach(lower)),
            (x - self.half, y + corner),
        );
        path.close_path();
        path
    }
}

/// How far lips are apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    /// Half of the width.
    pub(super) width: f64,
    pub(super) up: f64,
    pub(super) down: f64,
}

impl Gap {
    pub(super) fn height(&self) -> f64 {
        self.up + self.down
    }
}

/// How far the lips are parted at a place between the corners, at −1 and 1, as a share of the middle.
pub(super) fn parted(x: f64) -> f64 {
    let inside = (1.0 - x * x).max(0.0);
    inside.sqrt() * (0.35 + 0.65 * inside)
}

impl Face {
    pub(super) fn new(marks: &Landmarks, frame: Rect) -> Result<Self, String> {
        let [x, y, w, h] = marks.face;
        let bounds = Rect::new(x, y, x + w, y + h);
        if !bounds.is_finite() || w < 16.0 || h < 16.0 || !frame.inflate(1.0, 1.0).contains_rect(bounds) {
            return Err("has `landmarks.face` outside the photo, or smaller than 16 pixels".to_owned());
        }
        let inside = |name: &str, [x, y]: [f64; 2]| {
            let point = Point::new(x, y);
            let near = bounds.inflate(w * 0.25, h * 0.25).contains(point) && frame.contains(point);
            if near { Ok(point) } else { Err(format!("has a point of `landmarks.{name}` outside the face")) }
        };
        let pair = |name: &str, [a, b]: [[f64; 2]; 2]| Ok::<_, String>([inside(name, a)?, inside(name, b)?]);
        let [left, right] = pair("eyes", marks.eyes)?;
        let corners = pair("mouth", marks.mouth)?;
        if right.x - left.x < w * 0.1 || corners[1].x - corners[0].x < w * 0.08 {
            return Err("has the right eye or corner of the mouth left of the left one, or too near".to_owned());
        }
        let mouth = corners[0].midpoint(corners[1]);
        let chin = marks.chin.map_or(Ok(Point::new(mouth.x, bounds.y1)), |chin| inside("chin", chin))?;
        if mouth.y <= left.y.max(right.y) || chin.y <= mouth.y {
            return Err("has the mouth above the eyes or below the chin".to_owned());
        }
        let eyes = eyes(marks, [left, right], &pair)?;
        let brow = |eye: Point| Point::new(eye.x, eye.y - (mouth.y - eye.y) * 0.27);
        let brows = marks.brows.map_or(Ok([brow(left), brow(right)]), |brows| pair("brows", brows))?;
        if let Some(lips) = marks.lips {
            pair("lips", lips)?;
        }
        let center = bounds.center();
        let reach = (w * 0.5 * REACH, h * 0.5 * REACH);
        let moving =
            Rect::new(center.x - reach.0, center.y - reach.1, center.x + reach.0, center.y + reach.1).intersect(frame);
        Ok(Self {
            bounds,
            moving,
            unit: h / USUAL_FACE,
            neck: Point::new(center.x, bounds.y1),
            eyes,
            brow_reach: (
                w * BROW_REACH,
                brows.iter().zip([left, right]).map(|(brow, eye)| eye.y - brow.y).fold(4.0, f64::max),
            ),
            brows,
            mouth,
            mouth_width: (corners[1].x - corners[0].x) * 0.5,
            chin: chin.y - mouth.y,
            nose: (mouth.y - left.y.max(right.y)) * 0.42,
            corners,
        })
    }

    /// Returns how far the lips are apart in a pose.
    pub(super) fn gap(&self, pose: &Pose) -> Gap {
        let part = |value: i8| f64::from(value) / 24.0;
        let mouth = &pose.mouth;
        let height = part(mouth.open) * 36.0 * self.unit * (1.0 - 0.7 * part(mouth.tuck));
        let height = height.min(self.chin * 0.62);
        let width = self.mouth_width * 0.86 * self.stretch(pose);
        Gap { width, up: height * 0.24, down: height * 0.76 }
    }

    /// Returns how many times as wide as on the photo the mouth is.
    pub(super) fn stretch(&self, pose: &Pose) -> f64 {
        let part = |value: i8| f64::from(value) / 24.0;
        let mouth = &pose.mouth;
        1.0 + 0.13 * part(mouth.wide) + 0.1 * part(mouth.smile).max(0.0) - 0.3 * part(mouth.round)
    }

    pub(super) fn head_place(&self, pose: &Pose) -> Affine {
        Affine::translate(super::shift(pose, self.unit)) * super::turn(pose, self)
    }

    pub(super) fn mouth_place(&self) -> Affine {
        Affine::translate(self.mouth.to_vec2()) * Affine::scale(self.unit)
    }

    /// Returns everything that a mouth moves.
    pub(super) fn mouth_area(&self) -> Rect {
        let w = self.mouth_width * 2.6;
        Rect::new(self.mouth.x - w, self.mouth.y - self.nose * 1.7, self.mouth.x + w, self.mouth.y + self.chin * 1.6)
    }

    /// Returns everything that eyes and brows move.
    pub(super) fn eyes_area(&self) -> Rect {
        let around =
            |rect: Rect, point: Point, x: f64, y: f64| rect.union(Rect::from_center_size(point, (2.0 * x, 2.0 * y)));
        let mut all = Rect::from_center_size(self.eyes[0].center, (1.0, 1.0));
        for eye in &self.eyes {
            all = around(all, eye.center, eye.half * 1.1, eye.height());
        }
        for &brow in &self.brows {
            all = around(all, brow, self.brow_reach.0, self.brow_reach.1);
        }
        all
    }

    /// Returns the mean color of the skin above an eye.
    pub(super) fn lid_tint(&self, photo: &Picture, idx: usize) -> Tint {
        let (eye, brow) = (&self.eyes[idx], self.brows[idx]);
        let y = (eye.center.y + eye.upper) * 0.45 + brow.y * 0.55;
        let mut sum = [0_u32; 3];
        for step in 0..9 {
            let x =
                (eye.center.x + eye.half * (f64::from(step) / 8.0 - 0.5)).clamp(0.0, f64::from(photo.width - 1)) as u32;
            let at = ((y.clamp(0.0, f64::from(photo.height - 1)) as u32 * photo.width + x) * 4) as usize;
            for (sum, &value) in sum.iter_mut().zip(&photo.rgba[at..at + 3]) {
                *sum += u32::from(value);
            }
        }
        let [r, g, b] = sum.map(|sum| (sum / 9) as u8);
        Tint::from_rgb8(r, g, b)
    }
}

/// How far the head's motion is felt, in halves of the face.
pub(super) const REACH: f64 = 2.0;
/// How far to the sides a brow's is, in widths of the face.
const BROW_REACH: f64 = 0.24;

type Pair<'a> = &'a dyn Fn(&str, [[f64; 2]; 2]) -> Result<[Point; 2], String>;

fn eyes(marks: &Landmarks, centers: [Point; 2], pair: Pair<'_>) -> Result<[Eye; 2], String> {
    let apart = centers[1].x - centers[0].x;
    let mut eyes = centers.map(|center| Eye { center, half: apart * 0.27, upper: -apart * 0.11, lower: apart * 0.1 });
    for (idx, eye) in eyes.iter_mut().enumerate() {
        if let Some(corners) = marks.eye_corners {
            let [a, b] = pair("eye-corners", corners[idx])?;
            eye.half = ((a.x - b.x).abs() * 0.5).max(1.0);
        }
        if let Some(lids) = marks.eye_lids {
            let [upper, lower] = pair("eye-lids", lids[idx])?;
            if lower.y <= upper.y {
                return Err("has an upper lid below the lower one".to_owned());
            }
            (eye.upper, eye.lower) = (upper.y - eye.center.y, lower.y - eye.center.y);
        }
    }
    Ok(eyes)
}
