//! Jackets with lapels, shirts and ties.

use super::super::super::shape::{Knot, brush, closed, ellipse, flipped, k, mirrored, s};
use super::super::super::sketch::{Sketch, Tint, darker, hex, lighter, linear};
use super::super::{Build, Look};
use super::{Inner, knit};

/// Where a jacket is buttoned.
const BUTTON_Y: f64 = 1040.0;

/// Draws a jacket with notched lapels over something else.
pub(super) fn draw(out: &mut Sketch, look: &Look, cloth: Tint, inner: Inner) {
    let build = &look.build;
    draw_inner(out, look, inner);
    for sign in [-1.0, 1.0] {
        panel(out, build, cloth, sign);
    }
    for sign in [-1.0, 1.0] {
        lapel(out, build, cloth, sign, BUTTON_Y);
    }
    details(out, build, cloth, matches!(inner, Inner::Shirt { tie: Some(_), .. }));
}

/// Draws what is seen between the lapels.
pub(super) fn draw_inner(out: &mut Sketch, look: &Look, inner: Inner) {
    let build = &look.build;
    match inner {
        Inner::Shirt { cloth, tie } => {
            shirt_front(out, build, cloth, tie.is_none());
            if let Some(tie) = tie {
                draw_tie(out, tie);
            }
            shirt_collar(out, build, cloth, tie.is_none());
        }
        Inner::Top(cloth) => blouse(out, build, cloth, 690.0),
        Inner::Tee(cloth) => blouse(out, build, cloth, 622.0),
        Inner::Turtle(cloth) => {
            blouse(out, build, cloth, 600.0);
            knit::turtle(out, build.neck, cloth);
        }
    }
}

/// A front without a collar, its neckline down to `low`.
fn blouse(out: &mut Sketch, build: &Build, cloth: Tint, low: f64) {
    let n = build.neck;
    let front = closed(&mirrored(&[
        k(0.0, low),
        s(n * 0.72, low - 26.0),
        k(n + 18.0, 556.0),
        k(n + 60.0, 590.0),
        k(110.0, 800.0),
        k(65.0, 1005.0),
        k(40.0, 1120.0),
        k(0.0, 1120.0),
    ]));
    out.fill(
        front.clone(),
        linear((-60.0, 600.0), (80.0, 960.0), &[(0.0, lighter(cloth, 0.1)), (1.0, darker(cloth, 0.16))]),
    );
    out.clipped(&front, |out| {
        let fold = darker(cloth, 0.3).with_alpha(0.4);
        out.fill(brush(&[s(-70.0, 760.0), s(-44.0, 860.0), s(-14.0, 980.0)], [1.0, 8.0, 1.0]), fold);
        out.fill(brush(&[s(72.0, 750.0), s(48.0, 850.0), s(18.0, 980.0)], [1.0, 10.0, 1.0]), fold);
        out.fill(
            brush(
                &[
                    s(-n - 18.0, 556.0),
                    s(-n * 0.72, low - 26.0),
                    s(0.0, low),
                    s(n * 0.72, low - 26.0),
                    s(n + 18.0, 556.0),
                ],
                [6.0, 9.0, 6.0],
            ),
            darker(cloth, 0.16),
        );
    });
}

fn mirrored_if(knots: &[Knot], sign: f64) -> Vec<Knot> {
    if sign < 0.0 { flipped(knots) } else { knots.to_vec() }
}

fn shirt_front(out: &mut Sketch, build: &Build, shirt: Tint, open: bool) {
    let n = build.neck;
    let front = [
        k(0.0, if open { 640.0 } else { 575.0 }),
        k(n, 530.0),
        k(n + 40.0, 590.0),
        k(90.0, 800.0),
        k(43.0, 1005.0),
        k(16.0, 1120.0),
        k(-16.0, 1120.0),
        k(-43.0, 1005.0),
        k(-90.0, 800.0),
        k(-n - 40.0, 590.0),
        k(-n, 530.0),
    ];
    let path = closed(&front);
    out.fill(path.clone(), linear((-60.0, 560.0), (80.0, 900.0), &[(0.0, shirt), (1.0, darker(shirt, 0.12))]));
    out.clipped(&path, |out| {
        let fold = darker(shirt, 0.3).with_alpha(0.4);
        out.fill(brush(&[s(0.0, 640.0), s(1.0, 860.0), s(0.0, 1080.0)], [2.5, 2.5, 2.5]), fold);
        out.fill(brush(&[s(-60.0, 740.0), s(-36.0, 860.0), s(-12.0, 980.0)], [1.0, 6.0, 1.0]), fold);
        out.fill(brush(&[s(66.0, 730.0), s(44.0, 850.0), s(20.0, 980.0)], [1.0, 8.0, 1.0]), fold);
        for y in [720.0, 810.0, 900.0, 990.0] {
            out.fill(ellipse(9.0, y, 4.5, 4.5), darker(shirt, 0.22));
        }
    });
}

pub(super) fn shirt_collar(out: &mut Sketch, build: &Build, shirt: Tint, open: bool) {
    let n = build.neck;
    for sign in [-1.0, 1.0] {
        let flap = if open {
            vec![
                k(n - 4.0, 514.0),
                s(n + 5.0, 540.0),
                k(n + 14.0, 566.0),
                s(n + 14.0, 620.0),
                k(62.0, 668.0),
                s(34.0, 650.0),
                k(6.0, 648.0),
                s(34.0, 590.0),
            ]
        } else {
            vec![
                k(n - 3.0, 512.0),
                s(n + 4.0, 534.0),
                k(n + 12.0, 562.0),
                s(n + 10.0, 604.0),
                k(58.0, 650.0),
                s(30.0, 608.0),
                k(5.0, 576.0),
                s(34.0, 556.0),
            ]
        };
        out.fill(
            closed(&mirrored_if(&flap.iter().map(|p| Knot { y: p.y + 7.0, ..*p }).collect::<Vec<_>>(), sign)),
            hex(0x1A1830).with_alpha(0.22),
        );
        let tone = if sign < 0.0 { lighter(shirt, 0.3) } else { darker(shirt, 0.05) };
        out.fill(
            closed(&mirrored_if(&flap, sign)),
            linear((0.0, 520.0), (0.0, 660.0), &[(0.0, darker(tone, 0.14)), (0.5, tone), (1.0, tone)]),
        );
    }
}

pub(super) fn draw_tie(out: &mut Sketch, tie: Tint) {
    let blade = [
        k(-15.0, 606.0),
        k(15.0, 606.0),
        s(26.0, 760.0),
        k(38.0, 1010.0),
        k(36.0, 1100.0),
        k(-36.0, 1100.0),
        k(-38.0, 1010.0),
        s(-26.0, 760.0),
    ];
    let path = closed(&blade);
    out.fill(
        path.clone(),
        linear((-34.0, 0.0), (38.0, 0.0), &[(0.0, lighter(tie, 0.1)), (0.45, tie), (1.0, darker(tie, 0.35))]),
    );
    out.clipped(&path, |out| {
        for idx in 0..9 {
            let y = 640.0 + f64::from(idx) * 58.0;
            out.fill(
                closed(&[k(-50.0, y + 34.0), k(50.0, y - 16.0), k(50.0, y - 3.0), k(-50.0, y + 47.0)]),
                lighter(tie, 0.3).with_alpha(0.28),
            );
        }
        out.fill(ellipse(2.0, 612.0, 26.0, 20.0), darker(tie, 0.5).with_alpha(0.5));
    });
    let knot = [
        k(-25.0, 566.0),
        s(0.0, 560.0),
        k(25.0, 566.0),
        s(20.0, 592.0),
        k(15.0, 614.0),
        s(0.0, 618.0),
        k(-15.0, 614.0),
        s(-20.0, 592.0),
    ];
    out.fill(
        closed(&knot),
        linear((-24.0, 562.0), (24.0, 614.0), &[(0.0, lighter(tie, 0.18)), (0.5, tie), (1.0, darker(tie, 0.3))]),
    );
}

/// Half of the jacket; the right one of the picture lies over the other.
fn panel(out: &mut Sketch, build: &Build, cloth: Tint, sign: f64) {
    let Build { neck: n, shoulder: sh, chest, waist, hip, .. } = *build;
    let knots = [
        k(n - 3.0, 534.0),
        s(n + 56.0, 582.0),
        s(sh - 58.0, 608.0),
        s(sh - 18.0, 630.0),
        s(sh - 2.0, 672.0),
        s(chest + 18.0, 800.0),
        s(waist + 14.0, 1000.0),
        s(hip + 6.0, 1160.0),
        s(hip + 20.0, 1290.0),
        k(hip + 20.0, 1344.0),
        s(hip * 0.6, 1358.0),
        s(58.0, 1354.0),
        s(26.0, 1320.0),
        s(2.0, 1230.0),
        s(-12.0, 1130.0),
        k(-12.0, BUTTON_Y),
        s(28.0, 830.0),
    ];
    let path = closed(&mirrored_if(&knots, sign));
    let tone = if sign < 0.0 { cloth } else { darker(cloth, 0.07) };
    out.fill(
        path.clone(),
        linear((-sh * 0.9, 620.0), (sh, 980.0), &[(0.0, lighter(tone, 0.08)), (0.35, tone), (1.0, darker(tone, 0.24))]),
    );
    let at = |x: f64, y: f64| s(sign * x, y);
    out.clipped(&path, |out| {
        let fold = darker(cloth, 0.4).with_alpha(0.5);
        // The side under the arm.
        out.fill(
            closed(&[
                at(chest - 4.0, 768.0),
                at(chest + 60.0, 740.0),
                at(chest + 60.0, 1020.0),
                at(chest + 60.0, 1360.0),
                at(waist + 2.0, 1330.0),
                at(waist - 14.0, 1000.0),
                at(chest - 22.0, 840.0),
            ]),
            darker(cloth, 0.4).with_alpha(0.35),
        );
        out.fill(brush(&[at(waist - 6.0, 985.0), at(70.0, 1018.0), at(12.0, 1042.0)], [1.0, 6.0, 1.0]), fold);
        out.fill(brush(&[at(waist - 10.0, 1050.0), at(70.0, 1060.0), at(14.0, 1050.0)], [1.0, 5.0, 1.0]), fold);
        out.fill(
            brush(&[at(84.0, 850.0), at(78.0, 1000.0), at(90.0, 1170.0)], [1.0, 3.5, 1.0]),
            darker(cloth, 0.35).with_alpha(0.6),
        );
        out.fill(
            brush(&[at(chest - 14.0, 780.0), at(chest - 44.0, 800.0), at(chest - 60.0, 840.0)], [1.0, 6.0, 1.0]),
            fold,
        );
        out.fill(
            brush(&[at(60.0, 1349.0), at(hip * 0.6, 1352.0), at(hip + 10.0, 1340.0)], [3.0, 4.0, 3.0]),
            darker(cloth, 0.4).with_alpha(0.5),
        );
    });
}

pub(super) fn lapel(out: &mut Sketch, build: &Build, cloth: Tint, sign: f64, button_y: f64) {
    let n = build.neck;
    let tone = if sign < 0.0 { lighter(cloth, 0.09) } else { lighter(cloth, 0.02) };
    let shadow = |knots: &[Knot]| {
        closed(&mirrored_if(&knots.iter().map(|p| Knot { x: p.x + 5.0, y: p.y + 9.0, ..*p }).collect::<Vec<_>>(), sign))
    };
    let leaf = [
        k(n - 2.0, 668.0),
        k(n + 50.0, 676.0),
        k(n + 88.0, 664.0),
        s(n + 66.0, 660.0 + (button_y - 660.0) * 0.36),
        s(n * 0.8 + 8.0, 660.0 + (button_y - 660.0) * 0.7),
        k(-6.0, button_y + 6.0),
        s(12.0, 660.0 + (button_y - 660.0) * 0.7),
        s(34.0, 660.0 + (button_y - 660.0) * 0.34),
    ];
    let collar = [
        k(n - 6.0, 518.0),
        s(n + 20.0, 538.0),
        s(n + 48.0, 588.0),
        k(n + 72.0, 652.0),
        k(n + 42.0, 674.0),
        k(n - 2.0, 684.0),
        s(n - 2.0, 596.0),
    ];
    out.fill(shadow(&leaf), darker(cloth, 0.6).with_alpha(0.4));
    out.fill(
        closed(&mirrored_if(&leaf, sign)),
        linear((sign * (n + 70.0), 680.0), (0.0, 1000.0), &[(0.0, lighter(tone, 0.06)), (1.0, darker(tone, 0.1))]),
    );
    out.fill(shadow(&collar), darker(cloth, 0.6).with_alpha(0.3));
    out.fill(
        closed(&mirrored_if(&collar, sign)),
        linear(
            (sign * n, 540.0),
            (sign * (n + 50.0), 660.0),
            &[(0.0, darker(tone, 0.2)), (0.5, tone), (1.0, lighter(tone, 0.05))],
        ),
    );
    let at = |x: f64, y: f64| s(sign * x, y);
    out.fill(
        brush(&[at(n - 2.0, 684.0), at(n + 22.0, 680.0), at(n + 42.0, 675.0)], [1.0, 2.4, 1.5]),
        darker(cloth, 0.5).with_alpha(0.8),
    );
}

fn details(out: &mut Sketch, build: &Build, cloth: Tint, square: bool) {
    let line = darker(cloth, 0.5);
    let chest = build.chest;
    let y = BUTTON_Y + 22.0;
    out.fill(ellipse(1.0, y + 2.0, 9.0, 9.0), line.with_alpha(0.6));
    out.fill(
        ellipse(0.0, y, 8.5, 8.5),
        linear((-6.0, y - 6.0), (6.0, y + 6.0), &[(0.0, lighter(cloth, 0.35)), (1.0, darker(cloth, 0.3))]),
    );
    for sign in [-1.0, 1.0] {
        let at = |x: f64, y: f64| k(sign * x, y);
        let hip = build.hip;
        out.fill(
            closed(&[at(hip * 0.46, 1216.0), at(hip - 4.0, 1206.0), at(hip + 2.0, 1238.0), at(hip * 0.48, 1246.0)]),
            darker(cloth, 0.3).with_alpha(0.55),
        );
        out.fill(
            closed(&[at(hip * 0.46, 1213.0), at(hip - 4.0, 1203.0), at(hip + 1.0, 1232.0), at(hip * 0.48, 1240.0)]),
            darker(cloth, if sign < 0.0 { 0.17 } else { 0.26 }),
        );
    }
    if square {
        let x = chest * 0.5;
        out.fill(
            closed(&[
                k(x - 2.0, 792.0),
                s(x + 8.0, 770.0),
                k(x + 20.0, 784.0),
                s(x + 32.0, 766.0),
                k(x + 44.0, 780.0),
                s(x + 56.0, 774.0),
                k(x + 62.0, 790.0),
            ]),
            hex(0xF5F6FA),
        );
        out.fill(
            closed(&[k(x - 6.0, 796.0), k(x + 64.0, 784.0), k(x + 65.0, 799.0), k(x - 5.0, 811.0)]),
            darker(cloth, 0.18),
        );
    }
}
