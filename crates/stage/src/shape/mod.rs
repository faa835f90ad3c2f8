//! The outlines of the shapes.
//!
//! Every shape fills its frame: the outline touches all four sides, however long they are.

mod rounding;

use vello_cpu::kurbo::{BezPath, Ellipse, Point, Rect, RoundedRect, Shape};

use crate::document::ShapeName;
use rounding::rounded_polygon;

/// How exactly curves are turned into Bézier curves, in canvas pixels.
const TOLERANCE: f64 = 0.02;

/// Returns the outline of a shape in a frame of `width` × `height`, whose top left corner is the origin.
///
/// Corners are rounded by `corner_radius`, or as far as there is room for it.
pub fn outline(name: ShapeName, width: f64, height: f64, corner_radius: f64) -> BezPath {
    let frame = Rect::new(0.0, 0.0, width, height);
    match name {
        ShapeName::Rectangle | ShapeName::Square | ShapeName::Line => {
            let radius = corner_radius.min(width / 2.0).min(height / 2.0);
            if radius > 0.0 {
                RoundedRect::from_rect(frame, radius).to_path(TOLERANCE)
            } else {
                frame.to_path(TOLERANCE)
            }
        }
        ShapeName::Circle | ShapeName::Oval | ShapeName::OvalTall => Ellipse::from_rect(frame).to_path(TOLERANCE),
        ShapeName::Drop => drop(width, height),
        ShapeName::Arrow => rounded_polygon(&arrow(width, height), corner_radius),
        ShapeName::ArrowBlock => rounded_polygon(&arrow_block(width, height), corner_radius),
        ShapeName::Triangle => polygon(&[(0.5, 0.0), (1.0, 1.0), (0.0, 1.0)], frame, corner_radius),
        ShapeName::Diamond => polygon(&[(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)], frame, corner_radius),
        ShapeName::Parallelogram => polygon(&[(0.25, 0.0), (1.0, 0.0), (0.75, 1.0), (0.0, 1.0)], frame, corner_radius),
        ShapeName::Trapezoid => polygon(&[(0.2, 0.0), (0.8, 0.0), (1.0, 1.0), (0.0, 1.0)], frame, corner_radius),
        ShapeName::Pentagon => polygon(&regular(5, 0.0), frame, corner_radius),
        ShapeName::Hexagon => polygon(&regular(6, 90.0), frame, corner_radius),
        ShapeName::HexagonTall => polygon(&regular(6, 0.0), frame, corner_radius),
        ShapeName::Polygon => polygon(&regular(8, 22.5), frame, corner_radius),
        ShapeName::Star => polygon(&star(5), frame, corner_radius),
    }
}

/// Stretches points until their bounds are the frame, and connects them.
fn polygon(points: &[(f64, f64)], frame: Rect, corner_radius: f64) -> BezPath {
    let low = points.iter().fold((f64::MAX, f64::MAX), |low, it| (low.0.min(it.0), low.1.min(it.1)));
    let high = points.iter().fold((f64::MIN, f64::MIN), |high, it| (high.0.max(it.0), high.1.max(it.1)));
    let place = |(x, y): &(f64, f64)| {
        Point::new((x - low.0) / (high.0 - low.0) * frame.width(), (y - low.1) / (high.1 - low.1) * frame.height())
    };
    let placed: Vec<Point> = points.iter().map(place).collect();
    rounded_polygon(&placed, corner_radius)
}

/// A point on the unit circle, clockwise from the top.
fn on_circle(degrees: f64, radius: f64) -> (f64, f64) {
    let angle = (degrees - 90.0).to_radians();
    (radius * libm::cos(angle), radius * libm::sin(angle))
}

fn regular(n_corners: u32, turned: f64) -> Vec<(f64, f64)> {
    (0..n_corners).map(|idx| on_circle(turned + 360.0 * f64::from(idx) / f64::from(n_corners), 1.0)).collect()
}

fn star(n_points: u32) -> Vec<(f64, f64)> {
    /// Rounder than the pentagram's 0.382, as stars are drawn on slides.
    const INNER_RADIUS: f64 = 0.45;
    let step = 180.0 / f64::from(n_points);
    (0..2 * n_points)
        .map(|idx| on_circle(step * f64::from(idx), if idx % 2 == 0 { 1.0 } else { INNER_RADIUS }))
        .collect()
}

/// A line with a tip that points to the right.
fn arrow(width: f64, height: f64) -> Vec<Point> {
    // The stroke's weight is a share of the height; the tip opens at a right angle where there is room for it.
    let half_shaft = height * 0.09;
    let weight = half_shaft * 2.0 * std::f64::consts::SQRT_2;
    let tip = (height / 2.0).min(width * 0.6);
    let middle = height / 2.0;
    let slope = tip / middle;
    let inner = (width - weight).max(width * 0.2);
    vec![
        Point::new(0.0, middle - half_shaft),
        Point::new((inner - slope * half_shaft).max(0.0), middle - half_shaft),
        Point::new((inner - tip + slope * half_shaft).max(0.0), half_shaft),
        Point::new(width - tip, 0.0),
        Point::new(width, middle),
        Point::new(width - tip, height),
        Point::new((inner - tip + slope * half_shaft).max(0.0), height - half_shaft),
        Point::new((inner - slope * half_shaft).max(0.0), middle + half_shaft),
        Point::new(0.0, middle + half_shaft),
    ]
}

fn arrow_block(width: f64, height: f64) -> Vec<Point> {
    let tip = (height * 0.6).min(width * 0.6);
    let neck = width - tip;
    vec![
        Point::new(0.0, height * 0.25),
        Point::new(neck, height * 0.25),
        Point::new(neck, 0.0),
        Point::new(width, height * 0.5),
        Point::new(neck, height),
        Point::new(neck, height * 0.75),
        Point::new(0.0, height * 0.75),
    ]
}

/// A drop of water that hangs from its tip: the lower part is round, the sides touch it and lean together.
fn drop(width: f64, height: f64) -> BezPath {
    /// How far control points are from the ends of a quarter of a circle.
    const QUARTER: f64 = 0.552_284_75;
    let at = |x: f64, y: f64| Point::new(x * width, y * height);
    let (middle, reach_x, reach_y) = (0.63, 0.5 * QUARTER, 0.37 * QUARTER);
    let mut path = BezPath::new();
    path.move_to(at(0.5, 0.0));
    path.curve_to(at(0.6, 0.2), at(1.0, middle - 0.25), at(1.0, middle));
    path.curve_to(at(1.0, middle + reach_y), at(0.5 + reach_x, 1.0), at(0.5, 1.0));
    path.curve_to(at(0.5 - reach_x, 1.0), at(0.0, middle + reach_y), at(0.0, middle));
    path.curve_to(at(0.0, middle - 0.25), at(0.4, 0.2), at(0.5, 0.0));
    path.close_path();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ShapeName; 18] = [
        ShapeName::Rectangle,
        ShapeName::Square,
        ShapeName::Circle,
        ShapeName::Oval,
        ShapeName::OvalTall,
        ShapeName::Triangle,
        ShapeName::Diamond,
        ShapeName::Parallelogram,
        ShapeName::Trapezoid,
        ShapeName::Pentagon,
        ShapeName::Hexagon,
        ShapeName::HexagonTall,
        ShapeName::Polygon,
        ShapeName::Star,
        ShapeName::Drop,
        ShapeName::Line,
        ShapeName::Arrow,
        ShapeName::ArrowBlock,
    ];

    #[test]
    fn every_shape_fills_its_frame_and_nothing_more() {
        for name in ALL {
            for (width, height) in [(200.0, 100.0), (40.0, 300.0), (1.0, 1.0), (900.0, 4.0)] {
                let bounds = outline(name, width, height, 0.0).bounding_box();
                let error = [bounds.x0, bounds.y0, bounds.x1 - width, bounds.y1 - height];
                assert!(error.iter().all(|it| it.abs() < 0.05), "{name:?} {width}x{height}: {bounds:?}");
            }
        }
    }

    #[test]
    fn rounding_changes_the_corners_only() {
        for name in ALL {
            let (sharp, round) = (outline(name, 200.0, 100.0, 0.0), outline(name, 200.0, 100.0, 12.0));
            // Corners that point inwards are filled a little.
            let share = round.area() / sharp.area();
            assert!(share > 0.6 && share < 1.1, "{name:?}: {share}");
            let far = outline(name, 200.0, 100.0, 4000.0);
            assert!(far.bounding_box().width() <= 200.1, "{name:?}");
        }
    }
}
