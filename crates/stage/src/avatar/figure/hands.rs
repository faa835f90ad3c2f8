//! Hands.

use vello_cpu::kurbo::{BezPath, Point};

use super::super::shape::{Knot, brush, closed, k, map, s};
use super::super::sketch::{Sketch, linear, mix};
use super::Skin;

/// A hand below another.
const UNDER: [Knot; 11] = [
    k(78.0, -40.0),
    s(44.0, -34.0),
    s(4.0, -10.0),
    s(-30.0, 26.0),
    s(-46.0, 52.0),
    s(-40.0, 66.0),
    s(-22.0, 68.0),
    s(6.0, 64.0),
    s(38.0, 54.0),
    s(62.0, 38.0),
    k(80.0, 22.0),
];
/// The hand on it.
const OVER: [Knot; 20] = [
    k(-80.0, -42.0),
    s(-48.0, -46.0),
    s(-14.0, -42.0),
    s(18.0, -30.0),
    s(44.0, -10.0),
    s(60.0, 12.0),
    s(64.0, 30.0),
    s(56.0, 40.0),
    s(47.0, 39.0),
    s(45.0, 52.0),
    s(33.0, 55.0),
    s(25.0, 50.0),
    s(20.0, 61.0),
    s(8.0, 62.0),
    s(-2.0, 55.0),
    s(-8.0, 61.0),
    s(-20.0, 58.0),
    s(-34.0, 44.0),
    s(-54.0, 30.0),
    k(-82.0, 18.0),
];
/// Its thumb.
const THUMB: [Knot; 9] = [
    k(-30.0, -44.0),
    s(-8.0, -52.0),
    s(20.0, -50.0),
    s(40.0, -38.0),
    s(45.0, -27.0),
    s(36.0, -22.0),
    s(18.0, -30.0),
    s(-2.0, -34.0),
    k(-24.0, -34.0),
];

/// Draws hands laid on each other before the waist, with their middle at (0, `y`).
pub(crate) fn clasped(out: &mut Sketch, skin: &Skin, y: f64, scale: f64) {
    let place = |path: BezPath| map(&path, |p| Point::new(p.x * scale, y + p.y * scale));
    let dark = mix(skin.base, skin.shadow, 0.75);
    out.fill(
        place(closed(&UNDER)),
        linear(
            (-50.0, y),
            (80.0, y),
            &[(0.0, mix(skin.base, skin.shadow, 0.9)), (1.0, mix(skin.base, skin.shadow, 0.45))],
        ),
    );
    for line in [[s(-8.0, 60.0), s(-20.0, 62.0), s(-32.0, 60.0)], [s(20.0, 58.0), s(6.0, 62.0), s(-8.0, 64.0)]] {
        out.fill(place(brush(&line, [0.8, 1.8, 0.8])), skin.deep.with_alpha(0.4));
    }
    out.fill(place(map(&closed(&OVER), |p| Point::new(p.x + 2.0, p.y + 6.0))), skin.deep.with_alpha(0.3));
    out.fill(
        place(closed(&OVER)),
        linear(
            (-60.0, y - 50.0),
            (50.0, y + 60.0),
            &[(0.0, mix(skin.light, skin.base, 0.35)), (0.45, skin.base), (1.0, dark)],
        ),
    );
    for line in [
        [s(26.0, -4.0), s(40.0, 16.0), s(47.0, 39.0)],
        [s(6.0, 8.0), s(18.0, 28.0), s(25.0, 50.0)],
        [s(-14.0, 18.0), s(-6.0, 36.0), s(-2.0, 55.0)],
    ] {
        out.fill(place(brush(&line, [0.8, 2.4, 1.6])), skin.deep.with_alpha(0.55));
    }
    out.fill(place(map(&closed(&THUMB), |p| Point::new(p.x + 1.0, p.y + 4.0))), skin.deep.with_alpha(0.25));
    out.fill(
        place(closed(&THUMB)),
        linear((-20.0, y - 50.0), (30.0, y - 20.0), &[(0.0, skin.light), (1.0, skin.base)]),
    );
    out.fill(
        place(brush(&[s(30.0, -45.0), s(38.0, -40.0), s(40.0, -33.0)], [0.8, 2.0, 0.8])),
        skin.light.with_alpha(0.9),
    );
}

/// Draws a hand that hangs beside the leg, from the wrist down; `sign` is 1 on the right of the picture.
pub(crate) fn hanging(out: &mut Sketch, skin: &Skin, wrist: (f64, f64), sign: f64, scale: f64) {
    let place = |knots: &[Knot]| -> Vec<Knot> {
        knots.iter().map(|p| Knot { x: wrist.0 + p.x * sign * scale, y: wrist.1 + p.y * scale, ..*p }).collect()
    };
    let fingers = [
        k(27.0, -14.0),
        s(34.0, 34.0),
        s(37.0, 78.0),
        s(34.0, 118.0),
        s(26.0, 142.0),
        s(19.0, 146.0),
        s(15.0, 156.0),
        s(5.0, 161.0),
        s(-3.0, 157.0),
        s(-11.0, 160.0),
        s(-18.0, 150.0),
        s(-20.0, 126.0),
        s(-22.0, 96.0),
        s(-30.0, 60.0),
        s(-30.0, 24.0),
        k(-26.0, -14.0),
    ];
    let thumb = [
        s(-24.0, 12.0),
        s(-36.0, 40.0),
        s(-42.0, 74.0),
        s(-41.0, 102.0),
        s(-34.0, 110.0),
        s(-27.0, 102.0),
        s(-22.0, 80.0),
        s(-12.0, 52.0),
    ];
    let (near, far) = if sign < 0.0 {
        (skin.light, mix(skin.base, skin.shadow, 0.4))
    } else {
        (skin.base, mix(skin.base, skin.shadow, 0.7))
    };
    let (x, y) = wrist;
    out.fill(closed(&place(&fingers)), linear((x - 34.0, y), (x + 34.0, y + 60.0), &[(0.0, near), (1.0, far)]));
    for line in [
        [s(13.0, 84.0), s(18.0, 118.0), s(19.0, 146.0)],
        [s(-4.0, 92.0), s(-2.0, 124.0), s(-3.0, 157.0)],
        [s(26.0, 80.0), s(29.0, 108.0), s(27.0, 138.0)],
    ] {
        out.fill(brush(&place(&line), [0.6, 2.0, 1.2]), skin.deep.with_alpha(0.45));
    }
    out.fill(closed(&place(&thumb)), mix(near, skin.shadow, 0.12));
    out.fill(
        brush(&place(&[s(-14.0, 50.0), s(-21.0, 78.0), s(-27.0, 102.0)]), [0.6, 2.2, 0.8]),
        skin.deep.with_alpha(0.4),
    );
}
