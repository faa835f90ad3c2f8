//! Dresses, skirts, legs in tights and pumps.

use super::super::super::shape::{Knot, brush, closed, ellipse, flipped, k, mirrored, s};
use super::super::super::sketch::{Sketch, Tint, darker, lighter, linear};
use super::super::{Build, Look};

fn leg(build: &Build) -> [Knot; 15] {
    let h = build.hip;
    [
        k(4.0, 1300.0),
        k(h, 1300.0),
        s(h - 2.0, 1460.0),
        s(h - 16.0, 1640.0),
        s(h - 36.0, 1790.0),
        s(h - 30.0, 1920.0),
        s(h - 34.0, 2040.0),
        s(h - 54.0, 2200.0),
        k(h - 58.0, 2330.0),
        k(60.0, 2330.0),
        s(56.0, 2200.0),
        s(38.0, 2030.0),
        s(36.0, 1900.0),
        s(42.0, 1780.0),
        s(22.0, 1580.0),
    ]
}

/// Draws legs in tights.
pub(super) fn legs(out: &mut Sketch, build: &Build, tights: Tint) {
    for sign in [-1.0, 1.0] {
        let knots = if sign < 0.0 { flipped(&leg(build)) } else { leg(build).to_vec() };
        let path = closed(&knots);
        let (near, far) = if sign < 0.0 {
            (lighter(tights, 0.14), darker(tights, 0.2))
        } else {
            (darker(tights, 0.12), darker(tights, 0.32))
        };
        out.fill(
            path.clone(),
            linear(
                (if sign < 0.0 { -build.hip } else { 30.0 }, 0.0),
                (if sign < 0.0 { -30.0 } else { build.hip }, 0.0),
                &[(0.0, near), (0.5, tights), (1.0, far)],
            ),
        );
        out.clipped(&path, |out| {
            out.fill(
                brush(&[s(sign * 62.0, 1800.0), s(sign * 84.0, 1818.0), s(sign * 108.0, 1800.0)], [1.0, 5.0, 1.0]),
                darker(tights, 0.35).with_alpha(0.4),
            );
            out.fill(ellipse(sign * 80.0, 1700.0, 90.0, 60.0), darker(tights, 0.5).with_alpha(0.25));
        });
    }
}

/// Draws pumps with heels, seen from the front.
pub(super) fn pumps(out: &mut Sketch, build: &Build, look: &Look, leather: Tint) {
    let x = build.hip - 76.0;
    for sign in [-1.0, 1.0] {
        let at = |dx: f64, y: f64| s(sign * (x + dx), y);
        let corner = |dx: f64, y: f64| k(sign * (x + dx), y);
        let foot = [
            corner(-20.0, 2300.0),
            corner(20.0, 2300.0),
            at(28.0, 2340.0),
            at(30.0, 2372.0),
            at(0.0, 2384.0),
            at(-28.0, 2372.0),
            at(-26.0, 2340.0),
        ];
        out.fill(closed(&foot), look.skin.base);
        let shoe = [
            corner(-29.0, 2326.0),
            at(-20.0, 2352.0),
            at(2.0, 2362.0),
            at(24.0, 2352.0),
            corner(32.0, 2326.0),
            at(37.0, 2362.0),
            at(30.0, 2390.0),
            corner(10.0, 2398.0),
            corner(-10.0, 2398.0),
            at(-28.0, 2390.0),
            at(-34.0, 2362.0),
        ];
        let path = closed(&shoe);
        out.fill(
            path.clone(),
            linear(
                (sign * x - 30.0, 2330.0),
                (sign * x + 30.0, 2398.0),
                &[(0.0, lighter(leather, 0.2)), (0.5, leather), (1.0, darker(leather, 0.35))],
            ),
        );
        out.fill(ellipse(sign * x - 8.0, 2376.0, 12.0, 5.0), lighter(leather, 0.5).with_alpha(0.5));
    }
}

/// Draws a skirt to the knee.
pub(super) fn skirt(out: &mut Sketch, build: &Build, cloth: Tint) {
    let h = build.hip;
    let half = [
        k(0.0, 1180.0),
        k(h - 4.0, 1180.0),
        s(h + 10.0, 1320.0),
        s(h + 6.0, 1500.0),
        k(h - 12.0, 1730.0),
        s(h * 0.5, 1742.0),
        k(0.0, 1746.0),
    ];
    let path = closed(&mirrored(&half));
    out.fill(
        path.clone(),
        linear((-h, 0.0), (h, 80.0), &[(0.0, lighter(cloth, 0.08)), (0.35, cloth), (1.0, darker(cloth, 0.3))]),
    );
    out.clipped(&path, |out| {
        let fold = darker(cloth, 0.4).with_alpha(0.5);
        out.fill(brush(&[s(-h, 1360.0), s(-80.0, 1390.0), s(-20.0, 1384.0)], [1.0, 7.0, 1.0]), fold);
        out.fill(brush(&[s(h, 1390.0), s(80.0, 1420.0), s(30.0, 1416.0)], [1.0, 7.0, 1.0]), fold);
        out.fill(brush(&[s(30.0, 1480.0), s(34.0, 1600.0), s(36.0, 1750.0)], [1.0, 6.0, 3.0]), fold);
        out.fill(brush(&[s(-h, 1726.0), s(0.0, 1738.0), s(h, 1726.0)], [2.0, 3.0, 2.0]), fold);
    });
}

/// Draws a dress with a belt, down to `hem`.
pub(super) fn dress(out: &mut Sketch, look: &Look, cloth: Tint, belt: Tint, hem: f64) {
    let Build { neck: n, shoulder: sh, chest, waist, hip, .. } = look.build;
    let spread = (hem - 1200.0) * 0.11;
    let half = [
        k(0.0, 654.0),
        s(n * 0.7, 626.0),
        k(n + 22.0, 564.0),
        s(n + 60.0, 592.0),
        s(sh - 54.0, 614.0),
        s(sh - 18.0, 636.0),
        s(sh - 4.0, 678.0),
        s(chest + 12.0, 800.0),
        s(chest - 4.0, 900.0),
        s(waist + 4.0, 1020.0),
        s(hip, 1170.0),
        s(hip + 14.0 + spread * 0.3, 1330.0),
        k(hip + 10.0 + spread, hem),
        s(hip * 0.5, hem + 16.0),
        k(0.0, hem + 20.0),
    ];
    let path = closed(&mirrored(&half));
    out.fill(
        path.clone(),
        linear((-sh, 620.0), (sh, 1100.0), &[(0.0, lighter(cloth, 0.1)), (0.4, cloth), (1.0, darker(cloth, 0.24))]),
    );
    out.clipped(&path, |out| drapery(out, &look.build, cloth, belt, hem));
}

/// Draws the folds and the belt of a dress.
fn drapery(out: &mut Sketch, build: &Build, cloth: Tint, belt: Tint, hem: f64) {
    let Build { neck: n, chest, waist, hip, .. } = *build;
    let spread = (hem - 1200.0) * 0.11;

    let fold = darker(cloth, 0.4).with_alpha(0.45);
    for sign in [-1.0, 1.0] {
        let at = |x: f64, y: f64| s(sign * x, y);
        out.fill(
            closed(&[
                at(chest - 2.0, 768.0),
                at(chest + 70.0, 740.0),
                at(chest + 50.0, 1020.0),
                at(hip + spread + 60.0, hem + 30.0),
                at(hip + spread * 0.4 - 10.0, hem + 30.0),
                at(waist - 14.0, 1010.0),
                at(chest - 18.0, 860.0),
            ]),
            darker(cloth, 0.4).with_alpha(0.3),
        );
        out.fill(brush(&[at(118.0, 790.0), at(88.0, 862.0), at(22.0, 862.0)], [1.0, 8.0, 1.0]), fold);
        out.fill(brush(&[at(waist, 960.0), at(70.0, 990.0), at(24.0, 988.0)], [1.0, 6.0, 1.0]), fold);
        out.fill(
            brush(&[at(40.0, 1070.0), at(50.0, 1300.0), at(58.0 + spread * 0.3, hem + 10.0)], [1.0, 8.0, 4.0]),
            fold,
        );
        out.fill(
            brush(&[at(96.0, 1090.0), at(116.0, 1320.0), at(120.0 + spread * 0.6, hem + 10.0)], [1.0, 9.0, 4.0]),
            fold,
        );
        out.fill(
            brush(&[at(70.0, 1100.0), at(82.0, 1300.0), at(90.0 + spread * 0.4, hem)], [1.0, 10.0, 4.0]),
            lighter(cloth, 0.2).with_alpha(0.3),
        );
    }
    out.fill(
        closed(&[
            k(-200.0, 1024.0),
            s(0.0, 1034.0),
            k(200.0, 1024.0),
            k(200.0, 1058.0),
            s(0.0, 1068.0),
            k(-200.0, 1058.0),
        ]),
        linear((-waist, 0.0), (waist, 0.0), &[(0.0, lighter(belt, 0.12)), (0.4, belt), (1.0, darker(belt, 0.3))]),
    );
    out.fill(
        brush(
            &[s(-n - 22.0, 562.0), s(-n * 0.7, 628.0), s(0.0, 656.0), s(n * 0.7, 628.0), s(n + 22.0, 562.0)],
            [8.0, 10.0, 8.0],
        ),
        darker(cloth, 0.15),
    );
}
