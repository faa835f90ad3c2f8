//! Sweaters.

use super::super::super::shape::{Knot, brush, closed, k, mirrored, s};
use super::super::super::sketch::{Sketch, Tint, darker, hex, lighter, linear};
use super::super::{Build, Look};
use super::Neck;

/// The outline of something worn over the chest that ends at the hips, from a neckline of its own.
pub(super) fn torso(build: &Build, ease: f64, neckline: &[Knot], hem: f64) -> Vec<Knot> {
    let Build { neck: n, shoulder: sh, chest, waist, hip, .. } = *build;
    let mut half = neckline.to_vec();
    half.extend([
        s(n + 56.0, 588.0),
        s(sh - 58.0, 612.0),
        s(sh - 18.0, 634.0),
        s(sh - 4.0, 676.0),
        s(chest + 12.0 + ease, 800.0),
        s(waist + 6.0 + ease, 1010.0),
        s(hip + ease, 1160.0),
        k(hip + 6.0 + ease, hem),
        k(0.0, hem + 8.0),
    ]);
    mirrored(&half)
}

/// Draws a knitted sweater.
pub(super) fn sweater(out: &mut Sketch, look: &Look, cloth: Tint, neck: Neck) {
    let build = &look.build;
    let n = build.neck;
    let neckline = match neck {
        Neck::Round | Neck::Collar(_) => [k(0.0, 622.0), s(n * 0.7, 606.0), k(n + 14.0, 562.0)],
        Neck::Turtle => [k(0.0, 590.0), s(n * 0.7, 586.0), k(n + 8.0, 560.0)],
    };
    let hem = 1262.0;
    let path = closed(&torso(build, 4.0, &neckline, hem));
    out.fill(
        path.clone(),
        linear(
            (-build.shoulder, 620.0),
            (build.shoulder, 980.0),
            &[(0.0, lighter(cloth, 0.1)), (0.4, cloth), (1.0, darker(cloth, 0.22))],
        ),
    );
    out.clipped(&path, |out| {
        folds(out, build, cloth, hem);
        rib(out, cloth, hem);
    });
    match neck {
        Neck::Round => band(out, n, cloth),
        Neck::Turtle => turtle(out, n, cloth),
        Neck::Collar(shirt) => {
            band(out, n, cloth);
            collar(out, n, shirt);
        }
    }
}

pub(super) fn folds(out: &mut Sketch, build: &Build, cloth: Tint, hem: f64) {
    let Build { chest, waist, hip, .. } = *build;
    let fold = darker(cloth, 0.35).with_alpha(0.4);
    for sign in [-1.0, 1.0] {
        let at = |x: f64, y: f64| s(sign * x, y);
        out.fill(
            closed(&[
                at(chest - 2.0, 768.0),
                at(chest + 70.0, 740.0),
                at(chest + 70.0, 1020.0),
                at(chest + 70.0, hem),
                at(hip - 20.0, hem),
                at(waist - 16.0, 1000.0),
                at(chest - 20.0, 840.0),
            ]),
            darker(cloth, 0.4).with_alpha(0.3),
        );
        out.fill(brush(&[at(chest, 770.0), at(chest - 50.0, 800.0), at(chest - 80.0, 850.0)], [1.0, 8.0, 1.0]), fold);
        out.fill(brush(&[at(waist + 4.0, 1080.0), at(waist * 0.6, 1116.0), at(30.0, 1120.0)], [1.0, 7.0, 1.0]), fold);
        out.fill(brush(&[at(waist + 4.0, 1010.0), at(waist * 0.66, 1034.0), at(50.0, 1030.0)], [1.0, 6.0, 1.0]), fold);
    }
    if build.bust {
        for sign in [-1.0, 1.0] {
            out.fill(
                brush(&[s(sign * 120.0, 800.0), s(sign * 90.0, 868.0), s(sign * 24.0, 866.0)], [1.0, 8.0, 1.0]),
                fold,
            );
        }
    }
}

pub(super) fn rib(out: &mut Sketch, cloth: Tint, hem: f64) {
    out.fill(
        closed(&[
            k(-300.0, hem - 34.0),
            s(0.0, hem - 26.0),
            k(300.0, hem - 34.0),
            k(300.0, hem + 20.0),
            k(-300.0, hem + 20.0),
        ]),
        darker(cloth, 0.2).with_alpha(0.5),
    );
    for idx in -14..=14 {
        let x = f64::from(idx) * 14.0;
        out.fill(
            brush(&[s(x, hem - 30.0), s(x * 1.01, hem + 8.0)], [2.0, 2.0, 2.0]),
            darker(cloth, 0.4).with_alpha(0.35),
        );
    }
}

pub(super) fn band(out: &mut Sketch, n: f64, cloth: Tint) {
    let half =
        [k(0.0, 618.0), s(n * 0.66, 602.0), k(n + 6.0, 552.0), k(n + 24.0, 562.0), s(n * 0.86, 624.0), k(0.0, 644.0)];
    out.fill(
        closed(&mirrored(&half)),
        linear((-n, 560.0), (n, 640.0), &[(0.0, lighter(cloth, 0.14)), (1.0, darker(cloth, 0.14))]),
    );
    out.fill(
        brush(
            &[s(-n - 16.0, 572.0), s(-n * 0.7, 622.0), s(0.0, 644.0), s(n * 0.7, 622.0), s(n + 16.0, 572.0)],
            [2.0, 3.0, 2.0],
        ),
        darker(cloth, 0.4).with_alpha(0.5),
    );
}

pub(super) fn turtle(out: &mut Sketch, n: f64, cloth: Tint) {
    let half = [
        k(0.0, 520.0),
        s(n * 0.7, 512.0),
        k(n + 3.0, 500.0),
        s(n + 7.0, 540.0),
        k(n + 14.0, 580.0),
        s(n * 0.7, 612.0),
        k(0.0, 620.0),
    ];
    let path = closed(&mirrored(&half));
    out.fill(
        path.clone(),
        linear((-n, 520.0), (n, 600.0), &[(0.0, lighter(cloth, 0.12)), (0.5, cloth), (1.0, darker(cloth, 0.25))]),
    );
    out.clipped(&path, |out| {
        out.fill(
            brush(&[s(-n, 560.0), s(0.0, 578.0), s(n, 560.0)], [3.0, 4.0, 3.0]),
            darker(cloth, 0.4).with_alpha(0.5),
        );
        out.fill(
            closed(&[k(-n - 8.0, 490.0), k(n + 8.0, 490.0), s(n, 530.0), s(0.0, 552.0), s(-n, 530.0)]),
            darker(cloth, 0.5).with_alpha(0.4),
        );
    });
}

pub(super) fn collar(out: &mut Sketch, n: f64, shirt: Tint) {
    for sign in [-1.0, 1.0] {
        let knots = [
            k(n - 3.0, 512.0),
            s(n + 10.0, 534.0),
            k(n + 22.0, 566.0),
            s(n + 10.0, 610.0),
            k(60.0, 656.0),
            s(30.0, 622.0),
            k(3.0, 600.0),
            s(34.0, 562.0),
        ];
        let at = |dy: f64| -> Vec<Knot> { knots.iter().map(|p| Knot { x: p.x * sign, y: p.y + dy, ..*p }).collect() };
        out.fill(closed(&at(7.0)), hex(0x1A1830).with_alpha(0.22));
        out.fill(closed(&at(0.0)), linear((0.0, 520.0), (0.0, 660.0), &[(0.0, darker(shirt, 0.14)), (0.5, shirt)]));
    }
}
