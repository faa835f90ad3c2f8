//! T-shirts, shirts and waistcoats.

use super::super::super::shape::{Knot, brush, closed, ellipse, flipped, k, mirrored, s};
use super::super::super::sketch::{Sketch, Tint, darker, hex, lighter, linear};
use super::super::{Build, Look};
use super::{jacket, knit};

/// Fills a garment with light from the left and folds.
fn garment(out: &mut Sketch, build: &Build, cloth: Tint, neckline: &[Knot], hem: f64) -> vello_cpu::kurbo::BezPath {
    let path = closed(&knit::torso(build, 5.0, neckline, hem));
    out.fill(
        path.clone(),
        linear(
            (-build.shoulder, 620.0),
            (build.shoulder, 980.0),
            &[(0.0, lighter(cloth, 0.1)), (0.4, cloth), (1.0, darker(cloth, 0.2))],
        ),
    );
    out.clipped(&path, |out| {
        knit::folds(out, build, cloth, hem);
        out.fill(
            brush(&[s(-300.0, hem - 8.0), s(0.0, hem - 1.0), s(300.0, hem - 8.0)], [2.0, 2.5, 2.0]),
            darker(cloth, 0.35).with_alpha(0.6),
        );
    });
    path
}

/// Draws a T-shirt.
pub(super) fn tee(out: &mut Sketch, look: &Look, cloth: Tint) {
    let n = look.build.neck;
    garment(out, &look.build, cloth, &[k(0.0, 628.0), s(n * 0.72, 610.0), k(n + 14.0, 562.0)], 1268.0);
    knit::band(out, n, cloth);
}

/// Draws a polo shirt with a badge.
pub(super) fn polo(out: &mut Sketch, look: &Look, cloth: Tint) {
    let n = look.build.neck;
    garment(out, &look.build, cloth, &[k(0.0, 640.0), s(n * 0.5, 606.0), k(n + 8.0, 556.0)], 1268.0);
    out.fill(closed(&[k(-13.0, 640.0), k(13.0, 640.0), k(13.0, 770.0), k(-13.0, 770.0)]), darker(cloth, 0.12));
    for y in [680.0, 725.0] {
        out.fill(ellipse(0.0, y, 4.5, 4.5), lighter(cloth, 0.6));
    }
    jacket::shirt_collar(out, &look.build, lighter(cloth, 0.08), true);
    let x = look.build.chest * 0.52;
    out.fill(closed(&[k(x - 30.0, 778.0), k(x + 36.0, 778.0), k(x + 36.0, 802.0), k(x - 30.0, 802.0)]), hex(0xF7F7F5));
    out.fill(
        closed(&[k(x - 24.0, 787.0), k(x + 20.0, 787.0), k(x + 20.0, 792.0), k(x - 24.0, 792.0)]),
        darker(cloth, 0.3).with_alpha(0.7),
    );
}

/// Draws a shirt, open at the collar.
pub(super) fn shirt(out: &mut Sketch, look: &Look, cloth: Tint) {
    let n = look.build.neck;
    garment(out, &look.build, cloth, &[k(0.0, 662.0), s(n * 0.45, 616.0), k(n + 4.0, 540.0)], 1286.0);
    out.fill(
        closed(&[
            k(-12.0, 656.0),
            k(12.0, 656.0),
            k(13.0, 1010.0),
            k(13.0, 1292.0),
            k(-13.0, 1292.0),
            k(-13.0, 1010.0),
        ]),
        lighter(cloth, 0.12).with_alpha(0.7),
    );
    out.fill(
        brush(&[s(13.0, 660.0), s(14.0, 960.0), s(13.0, 1290.0)], [2.0, 2.0, 2.0]),
        darker(cloth, 0.35).with_alpha(0.6),
    );
    for idx in 0..7 {
        out.fill(ellipse(0.0, 706.0 + 84.0 * f64::from(idx), 4.8, 4.8), lighter(cloth, 0.65));
    }
    let x = look.build.chest * 0.5;
    let pocket = [k(x - 36.0, 790.0), k(x + 34.0, 790.0), k(x + 34.0, 858.0), k(x, 872.0), k(x - 36.0, 858.0)];
    out.fill(closed(&pocket), darker(cloth, 0.1));
    out.fill(brush(&[s(x - 36.0, 792.0), s(x + 34.0, 792.0)], [4.0, 4.0, 4.0]), darker(cloth, 0.22));
    jacket::shirt_collar(out, &look.build, lighter(cloth, 0.05), true);
}

/// Draws a waistcoat over a shirt.
pub(super) fn vest(out: &mut Sketch, look: &Look, cloth: Tint, shirt: Tint, tie: Option<Tint>) {
    let build = &look.build;
    let Build { neck: n, chest, waist, hip, shoulder: sh, .. } = *build;
    garment(
        out,
        build,
        shirt,
        &[k(0.0, if tie.is_some() { 590.0 } else { 650.0 }), s(n * 0.5, 590.0), k(n + 4.0, 540.0)],
        1230.0,
    );
    for y in [700.0, 780.0] {
        out.fill(ellipse(0.0, y, 4.5, 4.5), darker(shirt, 0.2));
    }
    if let Some(tie) = tie {
        jacket::draw_tie(out, tie);
    }
    for sign in [-1.0, 1.0] {
        let knots = [
            k(n + 16.0, 566.0),
            s(n + 44.0, 590.0),
            k(sh * 0.62, 612.0),
            s(chest * 0.8, 720.0),
            s(chest + 4.0, 820.0),
            s(waist + 10.0, 1010.0),
            k(hip + 8.0, 1200.0),
            s(hip * 0.6, 1214.0),
            k(30.0, 1270.0),
            k(-8.0, 1220.0),
            k(-8.0, 1010.0),
            k(-8.0, 900.0),
            s(34.0, 780.0),
        ];
        let knots = if sign < 0.0 { flipped(&knots) } else { knots.to_vec() };
        let path = closed(&knots);
        out.fill(
            path.clone(),
            linear(
                (-sh, 620.0),
                (sh, 1000.0),
                &[(0.0, lighter(cloth, 0.12)), (0.4, cloth), (1.0, darker(cloth, 0.25))],
            ),
        );
        out.clipped(&path, |out| {
            let at = |x: f64, y: f64| s(sign * x, y);
            let fold = darker(cloth, 0.4).with_alpha(0.5);
            out.fill(
                closed(&[
                    at(chest - 34.0, 700.0),
                    at(chest + 40.0, 760.0),
                    at(hip + 30.0, 1230.0),
                    at(hip - 30.0, 1230.0),
                    at(waist - 18.0, 1000.0),
                ]),
                darker(cloth, 0.4).with_alpha(0.35),
            );
            out.fill(brush(&[at(waist, 1000.0), at(70.0, 1030.0), at(16.0, 1034.0)], [1.0, 6.0, 1.0]), fold);
            out.fill(brush(&[at(40.0, 1150.0), at(120.0, 1138.0)], [5.0, 5.0, 5.0]), fold);
        });
    }
    for idx in 0..4 {
        let y = 930.0 + 74.0 * f64::from(idx);
        out.fill(ellipse(1.0, y + 2.0, 7.5, 7.5), darker(cloth, 0.6).with_alpha(0.5));
        out.fill(ellipse(0.0, y, 7.0, 7.0), lighter(cloth, 0.4));
    }
    jacket::shirt_collar(out, build, shirt, tie.is_none());
}

/// Fills a mirrored outline; for parts that lie on a garment.
pub(super) fn patch(out: &mut Sketch, half: &[Knot], tint: Tint) {
    out.fill(closed(&mirrored(half)), tint);
}
