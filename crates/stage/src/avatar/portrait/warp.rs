//! The field that a photo is warped by.

use vello_cpu::Pixmap;
use vello_cpu::kurbo::{Affine, Point, Vec2};

use super::super::pose::Pose;
use super::face::{Face, Gap, REACH, parted};
use super::sample;

/// The distance of the points that the smooth part of the field is computed at, in pixels.
const GRID: u32 = 8;

/// How far beside its place each pixel is looked up.
pub(super) struct Field<'a> {
    face: &'a Face,
    gap: Gap,
    block: f64,
    origin: [u32; 2],
    n_columns: usize,
    /// The smooth part at the points of the grid, in pixels of the photo.
    grid: Vec<Vec2>,
}

/// Falls from 1 to 0 between two distances, without a jolt.
fn fall(distance: f64, from: f64, to: f64) -> f64 {
    let t = ((to - distance) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A soft bump of radius 1 around 0.
fn bump(x: f64, y: f64) -> f64 {
    let inside = (1.0 - x * x - y * y).max(0.0);
    inside * inside
}

impl<'a> Field<'a> {
    pub(super) fn new(face: &'a Face, pose: &Pose, block: u32, [x0, y0, x1, y1]: [u32; 4]) -> Self {
        let n_columns = ((x1 - x0).div_ceil(GRID) + 1) as usize;
        let n_rows = ((y1 - y0).div_ceil(GRID) + 1) as usize;
        let back = face.head_place(pose).inverse();
        let mut grid = Vec::with_capacity(n_columns * n_rows);
        for row in 0..n_rows {
            for column in 0..n_columns {
                let x = (f64::from(x0) + column as f64 * f64::from(GRID) + 0.5) * f64::from(block);
                let y = (f64::from(y0) + row as f64 * f64::from(GRID) + 0.5) * f64::from(block);
                grid.push(smooth_part(face, pose, back, Point::new(x, y)));
            }
        }
        Self { face, gap: face.gap(pose), block: f64::from(block), origin: [x0, y0], n_columns, grid }
    }

    /// Fills a part of `out`, whose first pixel is at `origin` of the whole picture.
    pub(super) fn warp(&self, still: &Pixmap, out: &mut Pixmap, origin: [u32; 2], [x0, y0, x1, y1]: [u32; 4]) {
        let (width, height) = (usize::from(still.width()), usize::from(still.height()));
        let out_width = usize::from(out.width());
        let data = out.data_mut();
        for y in y0..y1 {
            let row = (y - origin[1]) as usize * out_width;
            for x in x0..x1 {
                let place = Point::new((f64::from(x) + 0.5) * self.block, (f64::from(y) + 0.5) * self.block);
                let mut from = place + self.between(x, y);
                from.y += self.lips(from);
                let from = Point::new(from.x / self.block - 0.5, from.y / self.block - 0.5);
                data[row + (x - origin[0]) as usize] = sample(still.data(), width, height, from.x, from.y);
            }
        }
    }

    /// The smooth part of the field between four points of the grid.
    fn between(&self, x: u32, y: u32) -> Vec2 {
        let (dx, dy) = (x - self.origin[0], y - self.origin[1]);
        let (column, row) = ((dx / GRID) as usize, (dy / GRID) as usize);
        let (fx, fy) = (f64::from(dx % GRID) / f64::from(GRID), f64::from(dy % GRID) / f64::from(GRID));
        let at = |column: usize, row: usize| self.grid[row * self.n_columns + column];
        let top = at(column, row).lerp(at(column + 1, row), fx);
        top.lerp(at(column, row + 1).lerp(at(column + 1, row + 1), fx), fy)
    }

    /// How far above its place something near the mouth is looked up while the lips are apart.
    fn lips(&self, from: Point) -> f64 {
        let (face, gap) = (self.face, &self.gap);
        if gap.height() <= 0.0 {
            return 0.0;
        }
        let (x, y) = (from.x - face.mouth.x, from.y - face.mouth.y);
        let lip = parted(x / gap.width);
        let wide = bump(x / (face.mouth_width * 2.4), 0.0);
        if y < 0.0 {
            let share = fall(-y, gap.up, face.nose * 1.5);
            return gap.up * lip * share;
        }
        // The chin goes down too, all of it, but less than the lip.
        let along = (y / (face.chin * 0.6)).clamp(0.0, 1.0);
        let side = lip + (wide * 0.62 - lip) * along * along * (3.0 - 2.0 * along);
        -gap.down * side * fall(y, face.chin * 1.0, face.chin * 1.55)
    }
}

/// Everything but the parting of the lips: how far beside its place a point is looked up.
fn smooth_part(face: &Face, pose: &Pose, back: Affine, place: Point) -> Vec2 {
    let center = face.bounds.center();
    let (w, h) = (face.bounds.width() * 0.5, face.bounds.height() * 0.5);
    let (u, v) = ((place.x - center.x) / w, (place.y - center.y) / h);
    let feels = fall((u * u + v * v).sqrt(), 1.05, REACH - 0.1);
    let head = back * place - place;
    let mut from = place + head * feels;
    // What is nearer to the camera goes further when the head turns.
    let nearer = bump(u / 1.05, v / 1.05) * face.unit;
    from -= Vec2::new(f64::from(pose.head.yaw) * 0.55, f64::from(pose.head.pitch) * 0.45) * nearer;
    let still = from;
    for (&brow, raise) in face.brows.iter().zip([pose.eyes.brow_left, pose.eyes.brow_right]) {
        let (x, y) = ((still.x - brow.x) / face.brow_reach.0, (still.y - brow.y) / face.brow_reach.1);
        from.y += f64::from(raise) * 0.75 * face.unit * bump(x, y);
    }
    let (x, y) =
        ((still.x - face.mouth.x) / (face.mouth_width * 2.4), (still.y - face.mouth.y) / (face.mouth_width * 1.7));
    let stretch = face.stretch(pose);
    from.x += (still.x - face.mouth.x) * (1.0 / stretch - 1.0) * bump(x, y);
    let smile = f64::from(pose.mouth.smile - 4) / 24.0 * 9.0 * face.unit;
    for corner in face.corners {
        let radius = face.mouth_width * 0.95;
        from.y += smile * bump((still.x - corner.x) / radius, (still.y - corner.y) / radius);
    }
    from - place
}
