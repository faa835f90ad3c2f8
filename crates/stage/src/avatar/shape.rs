//! Smooth outlines through few points: what every drawing of a figure is made of.

use vello_cpu::kurbo::{BezPath, CubicBez, ParamCurve, PathEl, Point, Vec2};

/// A point that an outline goes through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Knot {
    /// To the right.
    pub(crate) x: f64,
    /// Down.
    pub(crate) y: f64,
    /// Whether the outline has a corner there.
    pub(crate) corner: bool,
}

/// A point that the outline passes smoothly.
pub(crate) const fn s(x: f64, y: f64) -> Knot {
    Knot { x, y, corner: false }
}

/// A point where the outline has a corner.
pub(crate) const fn k(x: f64, y: f64) -> Knot {
    Knot { x, y, corner: true }
}

impl Knot {
    fn point(self) -> Point {
        Point::new(self.x, self.y)
    }
}

/// The part of the distance between two points that their handles take; 1/3 is a circle through many points.
const HANDLE: f64 = 0.36;

/// Draws a closed outline through the points.
pub(crate) fn closed(knots: &[Knot]) -> BezPath {
    let n_knots = knots.len();
    let mut path = BezPath::new();
    let Some(first) = knots.first() else { return path };
    path.move_to(first.point());
    for idx in 0..n_knots {
        let before = knots[(idx + n_knots - 1) % n_knots];
        let after = knots[(idx + 2) % n_knots];
        path.push(segment(before, knots[idx], knots[(idx + 1) % n_knots], after));
    }
    path.close_path();
    path
}

/// Draws an open line through the points.
pub(crate) fn open(knots: &[Knot]) -> BezPath {
    let mut path = BezPath::new();
    let Some(first) = knots.first() else { return path };
    path.move_to(first.point());
    for idx in 0..knots.len() - 1 {
        let before = knots[idx.saturating_sub(1)];
        let after = knots[(idx + 2).min(knots.len() - 1)];
        path.push(segment(before, knots[idx], knots[idx + 1], after));
    }
    path
}

fn segment(before: Knot, from: Knot, to: Knot, after: Knot) -> PathEl {
    let (p0, p1) = (from.point(), to.point());
    let reach = (p1 - p0).hypot2().sqrt() * HANDLE;
    let start = if from.corner { p1 - p0 } else { p1 - before.point() };
    let end = if to.corner { p1 - p0 } else { after.point() - p0 };
    PathEl::CurveTo(p0 + unit(start) * reach, p1 - unit(end) * reach, p1)
}

fn unit(v: Vec2) -> Vec2 {
    let length = v.hypot2().sqrt();
    if length < 1e-9 { Vec2::ZERO } else { v / length }
}

/// Completes the right half of a symmetric outline, given from the top to the bottom.
///
/// Points on the middle line are not doubled.
pub(crate) fn mirrored(half: &[Knot]) -> Vec<Knot> {
    let left = half.iter().rev().filter(|knot| knot.x.abs() > 1e-9).map(|knot| Knot { x: -knot.x, ..*knot });
    half.iter().copied().chain(left).collect()
}

/// Mirrors points at the middle line.
pub(crate) fn flipped(knots: &[Knot]) -> Vec<Knot> {
    knots.iter().map(|knot| Knot { x: -knot.x, ..*knot }).collect()
}

/// Draws a line through the points as a brush does: thin, thicker, thin; the widths are at the start, middle and end.
pub(crate) fn brush(knots: &[Knot], widths: [f64; 3]) -> BezPath {
    const STEPS: usize = 7;
    let mut spine = Vec::new();
    let mut from = Point::ZERO;
    for element in open(knots).elements() {
        match *element {
            PathEl::MoveTo(p) => {
                spine.push(p);
                from = p;
            }
            PathEl::CurveTo(a, b, c) => {
                let curve = CubicBez::new(from, a, b, c);
                spine.extend((1..=STEPS).map(|step| curve.eval(step as f64 / STEPS as f64)));
                from = c;
            }
            _ => {}
        }
    }
    outline(&spine, widths)
}

fn outline(spine: &[Point], widths: [f64; 3]) -> BezPath {
    let n_points = spine.len();
    let mut path = BezPath::new();
    if n_points < 2 {
        return path;
    }
    let side = |idx: usize, sign: f64| {
        let direction = unit(spine[(idx + 1).min(n_points - 1)] - spine[idx.saturating_sub(1)]);
        let t = idx as f64 / (n_points - 1) as f64;
        let width = if t < 0.5 {
            widths[0] + (widths[1] - widths[0]) * ease(t * 2.0)
        } else {
            widths[1] + (widths[2] - widths[1]) * ease(t * 2.0 - 1.0)
        };
        spine[idx] + Vec2::new(-direction.y, direction.x) * (width * 0.5 * sign)
    };
    path.move_to(side(0, 1.0));
    for idx in 1..n_points {
        path.line_to(side(idx, 1.0));
    }
    let tip = spine[n_points - 1] + unit(spine[n_points - 1] - spine[n_points - 2]) * (widths[2] * 0.5);
    path.quad_to(tip, side(n_points - 1, -1.0));
    for idx in (0..n_points - 1).rev() {
        path.line_to(side(idx, -1.0));
    }
    let tip = spine[0] + unit(spine[0] - spine[1]) * (widths[0] * 0.5);
    path.quad_to(tip, side(0, 1.0));
    path.close_path();
    path
}

fn ease(t: f64) -> f64 {
    t * t * (3.0 - 2.0 * t)
}

/// Draws an ellipse.
pub(crate) fn ellipse(x: f64, y: f64, rx: f64, ry: f64) -> BezPath {
    const K: f64 = 0.552_284_75;
    let mut path = BezPath::new();
    path.move_to((x + rx, y));
    path.curve_to((x + rx, y + K * ry), (x + K * rx, y + ry), (x, y + ry));
    path.curve_to((x - K * rx, y + ry), (x - rx, y + K * ry), (x - rx, y));
    path.curve_to((x - rx, y - K * ry), (x - K * rx, y - ry), (x, y - ry));
    path.curve_to((x + K * rx, y - ry), (x + rx, y - K * ry), (x + rx, y));
    path.close_path();
    path
}

/// Moves every point of a path.
pub(crate) fn map(path: &BezPath, f: impl Fn(Point) -> Point) -> BezPath {
    path.elements()
        .iter()
        .map(|element| match *element {
            PathEl::MoveTo(p) => PathEl::MoveTo(f(p)),
            PathEl::LineTo(p) => PathEl::LineTo(f(p)),
            PathEl::QuadTo(a, p) => PathEl::QuadTo(f(a), f(p)),
            PathEl::CurveTo(a, b, p) => PathEl::CurveTo(f(a), f(b), f(p)),
            PathEl::ClosePath => PathEl::ClosePath,
        })
        .collect()
}
