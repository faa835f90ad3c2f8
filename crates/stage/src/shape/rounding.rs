//! Polygons with rounded corners.

use vello_cpu::kurbo::{BezPath, Point, Vec2};

/// Connects points in order and back to the first; corners become arcs of `radius`, smaller where an edge is too short.
pub(super) fn rounded_polygon(points: &[Point], radius: f64) -> BezPath {
    let mut path = BezPath::new();
    let n_points = points.len();
    for (idx, corner) in points.iter().enumerate() {
        let before = points[(idx + n_points - 1) % n_points] - *corner;
        let after = points[(idx + 1) % n_points] - *corner;
        match arc(before, after, radius) {
            Some((trim, reach)) => {
                let (back, forth) = (unit(before), unit(after));
                let (start, end) = (*corner + back * trim, *corner + forth * trim);
                go(&mut path, start);
                path.curve_to(start - back * reach, end - forth * reach, end);
            }
            None => go(&mut path, *corner),
        }
    }
    path.close_path();
    path
}

fn go(path: &mut BezPath, to: Point) {
    if path.elements().is_empty() { path.move_to(to) } else { path.line_to(to) }
}

fn unit(vector: Vec2) -> Vec2 {
    vector / libm::hypot(vector.x, vector.y).max(f64::MIN_POSITIVE)
}

/// Returns how far from the corner the arc begins, and how far its control points are from its ends.
fn arc(before: Vec2, after: Vec2, radius: f64) -> Option<(f64, f64)> {
    let (back, forth) = (unit(before), unit(after));
    let cosine = back.dot(forth).clamp(-1.0, 1.0);
    // Half of the corner's angle, by its tangent.
    let tangent = libm::sqrt((1.0 - cosine) / (1.0 + cosine).max(1e-9));
    let shorter = libm::hypot(before.x, before.y).min(libm::hypot(after.x, after.y));
    let trim = (radius / tangent.max(1e-9)).min(shorter / 2.0);
    if radius <= 0.0 || trim < 1e-3 || tangent > 1e3 {
        return None;
    }
    let sweep = std::f64::consts::PI - libm::acos(cosine);
    let reach = 4.0 / 3.0 * libm::tan(sweep / 4.0) * trim * tangent;
    Some((trim, reach.min(trim)))
}
