//! Cardigans, hoodies and coats.

use super::super::super::shape::{Knot, brush, closed, ellipse, flipped, k, mirrored, s};
use super::super::super::sketch::{Sketch, Tint, darker, hex, lighter, linear};
use super::super::{Build, Look};
use super::{Inner, jacket, knit, shirt};

/// Draws what is worn below something open.
fn under(out: &mut Sketch, look: &Look, inner: Inner) {
    let build = &look.build;
    let cloth = match inner {
        Inner::Shirt { cloth, .. } | Inner::Top(cloth) | Inner::Tee(cloth) | Inner::Turtle(cloth) => cloth,
    };
    let half =
        [k(0.0, 760.0), k(build.chest * 0.8, 760.0), k(build.waist, 1010.0), k(build.hip, 1260.0), k(0.0, 1268.0)];
    let path = closed(&mirrored(&half));
    out.fill(
        path.clone(),
        linear(
            (-70.0, 700.0),
            (110.0, 980.0),
            &[(0.0, lighter(cloth, 0.06)), (0.5, cloth), (1.0, darker(cloth, 0.18))],
        ),
    );
    jacket::draw_inner(out, look, inner);
    out.clipped(&path, |out| {
        let fold = darker(cloth, 0.3).with_alpha(0.4);
        out.fill(brush(&[s(-60.0, 1090.0), s(-10.0, 1110.0), s(40.0, 1100.0)], [1.0, 7.0, 1.0]), fold);
        out.fill(brush(&[s(64.0, 1150.0), s(10.0, 1172.0), s(-30.0, 1166.0)], [1.0, 6.0, 1.0]), fold);
    });
}

fn sided(knots: &[Knot], sign: f64) -> Vec<Knot> {
    if sign < 0.0 { flipped(knots) } else { knots.to_vec() }
}

/// Draws an open cardigan.
pub(super) fn cardigan(out: &mut Sketch, look: &Look, cloth: Tint, inner: Inner) {
    under(out, look, inner);
    let build = &look.build;
    let Build { neck: n, shoulder: sh, chest, waist, hip, .. } = *build;
    for sign in [-1.0, 1.0] {
        let knots = [
            k(n + 12.0, 552.0),
            s(n + 56.0, 586.0),
            s(sh - 58.0, 612.0),
            s(sh - 18.0, 634.0),
            s(sh - 4.0, 676.0),
            s(chest + 16.0, 800.0),
            s(waist + 14.0, 1010.0),
            s(hip + 8.0, 1180.0),
            k(hip + 14.0, 1310.0),
            k(72.0, 1318.0),
            s(66.0, 1100.0),
            s(67.0, 1020.0),
            s(70.0, 900.0),
            s(72.0, 720.0),
        ];
        let path = closed(&sided(&knots, sign));
        out.fill(
            closed(&sided(&knots.map(|p| Knot { x: p.x - 7.0, y: p.y + 4.0, ..p }), sign)),
            hex(0x14101C).with_alpha(0.2),
        );
        out.fill(
            path.clone(),
            linear((-sh, 620.0), (sh, 1000.0), &[(0.0, lighter(cloth, 0.1)), (0.4, cloth), (1.0, darker(cloth, 0.22))]),
        );
        out.clipped(&path, |out| {
            knit::folds(out, build, cloth, 1316.0);
            let edge = [
                s(sign * (n + 16.0), 560.0),
                s(sign * 74.0, 720.0),
                s(sign * 75.0, 900.0),
                s(sign * 72.0, 1100.0),
                s(sign * 78.0, 1320.0),
            ];
            out.fill(brush(&edge, [20.0, 26.0, 26.0]), lighter(cloth, 0.07));
            out.fill(
                brush(&edge.map(|p| Knot { x: p.x + sign * 13.0, ..p }), [2.0, 2.5, 2.5]),
                darker(cloth, 0.4).with_alpha(0.5),
            );
            out.fill(
                brush(&[s(sign * 60.0, 1282.0), s(sign * (hip + 20.0), 1276.0)], [3.0, 3.0, 3.0]),
                darker(cloth, 0.35).with_alpha(0.5),
            );
        });
        out.fill(
            brush(&[s(sign * 104.0, 1150.0), s(sign * (hip - 10.0), 1138.0)], [5.0, 6.0, 5.0]),
            darker(cloth, 0.25),
        );
    }
    for idx in 0..4 {
        out.fill(ellipse(74.0, 930.0 + 92.0 * f64::from(idx), 7.0, 7.0), darker(cloth, 0.45));
    }
}

/// Draws a sweater with a hood and a pocket.
pub(super) fn hoodie(out: &mut Sketch, look: &Look, cloth: Tint) {
    let build = &look.build;
    let Build { neck: n, shoulder: sh, .. } = *build;
    let hem = 1290.0;
    // The hood lies behind the neck.
    shirt::patch(
        out,
        &[k(0.0, 500.0), s(n + 6.0, 492.0), s(n + 34.0, 520.0), s(n + 64.0, 584.0), k(n + 10.0, 640.0), k(0.0, 640.0)],
        darker(cloth, 0.3),
    );
    super::super::body::neck(out, look);
    shirt::patch(
        out,
        &[k(0.0, 616.0), s(n * 0.7, 604.0), k(n + 12.0, 560.0), k(n + 50.0, 600.0), k(0.0, 760.0)],
        hex(0xF2F2F0),
    );
    let neckline = [k(0.0, 668.0), s(n * 0.6, 630.0), k(n + 16.0, 560.0)];
    let path = closed(&knit::torso(build, 10.0, &neckline, hem));
    out.fill(
        path.clone(),
        linear((-sh, 620.0), (sh, 980.0), &[(0.0, lighter(cloth, 0.1)), (0.4, cloth), (1.0, darker(cloth, 0.22))]),
    );
    out.clipped(&path, |out| {
        knit::folds(out, build, cloth, hem);
        knit::rib(out, cloth, hem);
        let pocket =
            [k(0.0, 1040.0), k(80.0, 1040.0), s(104.0, 1090.0), k(126.0, 1180.0), k(120.0, 1246.0), k(0.0, 1250.0)];
        shirt::patch(out, &pocket.map(|p| Knot { y: p.y + 5.0, ..p }), darker(cloth, 0.35).with_alpha(0.5));
        shirt::patch(out, &pocket, darker(cloth, 0.06));
    });
    for sign in [-1.0, 1.0] {
        let hood = [
            k(n + 4.0, 500.0),
            s(n + 26.0, 516.0),
            s(n + 62.0, 572.0),
            s(n + 58.0, 620.0),
            s(52.0, 672.0),
            k(-2.0, 706.0),
            k(0.0, 664.0),
            s(n * 0.62, 622.0),
            s(n + 4.0, 560.0),
        ];
        out.fill(closed(&sided(&hood.map(|p| Knot { y: p.y + 8.0, ..p }), sign)), darker(cloth, 0.6).with_alpha(0.35));
        out.fill(
            closed(&sided(&hood, sign)),
            linear(
                (sign * n, 520.0),
                (sign * 20.0, 690.0),
                &[(0.0, lighter(cloth, if sign < 0.0 { 0.16 } else { 0.06 })), (1.0, darker(cloth, 0.1))],
            ),
        );
        out.fill(
            brush(&[s(sign * 26.0, 690.0), s(sign * 31.0, 760.0), s(sign * 27.0, 850.0)], [4.5, 4.5, 5.0]),
            hex(0xF0EEEA),
        );
    }
}

/// Draws a long coat.
pub(super) fn coat(out: &mut Sketch, look: &Look, cloth: Tint, inner: Inner) {
    under(out, look, inner);
    let build = &look.build;
    let Build { neck: n, shoulder: sh, chest, waist, hip, .. } = *build;
    for sign in [-1.0, 1.0] {
        let knots = [
            k(n + 8.0, 542.0),
            s(n + 56.0, 582.0),
            s(sh - 58.0, 608.0),
            s(sh - 18.0, 630.0),
            s(sh - 2.0, 672.0),
            s(chest + 20.0, 800.0),
            s(waist + 22.0, 1010.0),
            s(hip + 18.0, 1200.0),
            s(hip + 34.0, 1420.0),
            k(hip + 42.0, 1660.0),
            s(hip * 0.6, 1672.0),
            k(26.0, 1668.0),
            s(8.0, 1400.0),
            k(-10.0, 1220.0),
            k(-10.0, 1010.0),
            k(-10.0, 960.0),
            s(30.0, 800.0),
        ];
        let path = closed(&sided(&knots, sign));
        out.fill(
            closed(&sided(&knots.map(|p| Knot { x: p.x - 5.0, y: p.y + 5.0, ..p }), sign)),
            hex(0x14101C).with_alpha(0.18),
        );
        out.fill(
            path.clone(),
            linear((-sh, 620.0), (sh, 1100.0), &[(0.0, lighter(cloth, 0.2)), (0.4, cloth), (1.0, darker(cloth, 0.14))]),
        );
        let at = |x: f64, y: f64| s(sign * x, y);
        out.clipped(&path, |out| {
            let fold = darker(cloth, 0.3).with_alpha(0.4);
            out.fill(
                closed(&[
                    at(chest - 2.0, 768.0),
                    at(chest + 80.0, 740.0),
                    at(chest + 80.0, 1020.0),
                    at(hip + 60.0, 1700.0),
                    at(hip - 8.0, 1700.0),
                    at(waist - 10.0, 1010.0),
                    at(chest - 18.0, 840.0),
                ]),
                darker(cloth, 0.3).with_alpha(0.35),
            );
            out.fill(brush(&[at(waist + 10.0, 1010.0), at(80.0, 1040.0), at(20.0, 1040.0)], [1.0, 7.0, 1.0]), fold);
            out.fill(brush(&[at(70.0, 1300.0), at(78.0, 1480.0), at(84.0, 1670.0)], [1.0, 9.0, 3.0]), fold);
            out.fill(brush(&[at(126.0, 1360.0), at(140.0, 1520.0), at(150.0, 1660.0)], [1.0, 7.0, 3.0]), fold);
        });
        let pocket = [k(52.0, 1206.0), k(hip - 14.0, 1206.0), k(hip - 10.0, 1330.0), k(56.0, 1334.0)];
        out.fill(closed(&sided(&pocket, sign)), darker(cloth, 0.07));
        out.fill(brush(&sided(&[k(52.0, 1210.0), k(hip - 14.0, 1210.0)], sign), [6.0, 6.0, 6.0]), darker(cloth, 0.18));
        jacket::lapel(out, build, cloth, sign, 960.0);
    }
    for idx in 0..3 {
        let y = 986.0 + 110.0 * f64::from(idx);
        out.fill(ellipse(0.0, y, 7.5, 7.5), darker(cloth, 0.3));
    }
    let x = chest * 0.52;
    out.fill(
        closed(&[k(x - 32.0, 800.0), k(x + 38.0, 796.0), k(x + 39.0, 806.0), k(x - 31.0, 810.0)]),
        darker(cloth, 0.14),
    );
    out.fill(brush(&[s(x + 14.0, 764.0), s(x + 15.0, 806.0)], [6.0, 6.0, 6.0]), hex(0x2C5AA0));
}
