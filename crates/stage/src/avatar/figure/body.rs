//! Bodies below the head: neck, legs, shoes.

use super::super::shape::{brush, closed, ellipse, flipped, k, mirrored, s};
use super::super::sketch::{Sketch, Tint, darker, glow, lighter, linear, mix};
use super::{Build, Look};

/// Draws neck and upper chest.
pub(crate) fn neck(out: &mut Sketch, look: &Look) {
    let (skin, build) = (&look.skin, &look.build);
    let n = build.neck;
    let knots = [
        k(0.0, 400.0),
        k(n, 400.0),
        s(n - 3.0, 500.0),
        s(n + 4.0, 548.0),
        s(n + 46.0, 592.0),
        s(build.shoulder * 0.7, 632.0),
        s(build.shoulder * 0.66, 740.0),
        k(0.0, 820.0),
    ];
    let path = closed(&mirrored(&knots));
    out.fill(
        path.clone(),
        linear(
            (-n, 0.0),
            (n * 1.2, 40.0),
            &[(0.0, skin.base), (0.5, skin.base), (1.0, mix(skin.base, skin.shadow, 0.7))],
        ),
    );
    out.clipped(&path, |out| {
        let drop = 4.0;
        let shadow = [
            s(-n - 10.0, 452.0),
            s(n + 10.0, 440.0),
            s(n + 8.0, 536.0 + drop),
            s(30.0, 566.0 + drop),
            s(-14.0, 560.0 + drop),
            s(-n * 0.7, 524.0 + drop),
            s(-n - 4.0, 490.0),
        ];
        out.fill(closed(&shadow), skin.shadow.with_alpha(0.85));
        for sign in [-1.0, 1.0] {
            out.fill(
                brush(&[s(sign * 14.0, 622.0), s(sign * 50.0, 612.0), s(sign * 110.0, 612.0)], [2.0, 5.0, 1.0]),
                skin.shadow.with_alpha(0.6),
            );
            out.fill(
                brush(&[s(sign * (n - 12.0), 520.0), s(sign * 34.0, 580.0), s(sign * 12.0, 618.0)], [1.0, 4.0, 1.5]),
                skin.shadow.with_alpha(0.35),
            );
        }
        out.fill(ellipse(-50.0, 660.0, 70.0, 40.0), glow((-50.0, 660.0), 60.0, skin.light.with_alpha(0.6)));
    });
}

/// Draws legs in trousers.
pub(crate) fn trousers(out: &mut Sketch, build: &Build, cloth: Tint, slim: bool) {
    let h = build.hip;
    let e = if slim { -7.0 } else { 0.0 };
    let leg = [
        k(-4.0, 1180.0),
        k(h, 1180.0),
        s(h + 10.0, 1290.0),
        s(h + 8.0, 1420.0),
        s(h - 2.0 + e, 1600.0),
        s(h - 15.0 + e, 1780.0),
        s(h - 15.0 + e, 1980.0),
        s(h - 25.0 + e, 2170.0),
        k(h - 28.0 + e, 2316.0),
        s(h - 76.0, 2326.0),
        k(36.0 - e, 2318.0),
        s(31.0 - e, 2150.0),
        s(22.0 - e, 1980.0),
        s(25.0 - e, 1800.0),
        s(15.0 - e * 0.5, 1590.0),
        k(2.0, 1372.0),
    ];
    for sign in [-1.0, 1.0] {
        let knots = if sign < 0.0 { flipped(&leg) } else { leg.to_vec() };
        let path = closed(&knots);
        let tone = if sign < 0.0 { cloth } else { darker(cloth, 0.1) };
        out.fill(
            path.clone(),
            linear(
                (sign * 20.0, 0.0),
                (sign * h, 60.0),
                &[
                    (0.0, darker(tone, 0.3)),
                    (0.4, tone),
                    (1.0, if sign < 0.0 { lighter(tone, 0.08) } else { darker(tone, 0.18) }),
                ],
            ),
        );
        let at = |x: f64, y: f64| s(sign * x, y);
        out.clipped(&path, |out| {
            let fold = darker(cloth, 0.4).with_alpha(0.45);
            out.fill(
                brush(&[at(h * 0.62, 1400.0), at(h * 0.58, 1800.0), at(h * 0.56, 2290.0)], [1.0, 4.0, 2.0]),
                lighter(cloth, 0.18).with_alpha(0.5),
            );
            out.fill(brush(&[at(4.0, 1376.0), at(46.0, 1352.0), at(100.0, 1330.0)], [2.0, 6.0, 1.0]), fold);
            out.fill(brush(&[at(10.0, 1420.0), at(50.0, 1398.0), at(90.0, 1392.0)], [2.0, 5.0, 1.0]), fold);
            out.fill(brush(&[at(40.0, 1790.0), at(74.0, 1806.0), at(108.0, 1800.0)], [1.0, 6.0, 1.0]), fold);
            out.fill(brush(&[at(44.0, 1836.0), at(70.0, 1846.0), at(96.0, 1840.0)], [1.0, 5.0, 1.0]), fold);
            out.fill(brush(&[at(48.0, 2266.0), at(84.0, 2280.0), at(124.0, 2266.0)], [1.0, 6.0, 1.0]), fold);
            // The jacket or shirt throws a shadow on the thighs.
            out.fill(ellipse(sign * 80.0, 1345.0, 150.0, 40.0), darker(cloth, 0.45).with_alpha(0.4));
        });
    }
}

/// Draws shoes with laces or without.
pub(crate) fn shoes(out: &mut Sketch, build: &Build, leather: Tint, sole: Tint) {
    let x = build.hip - 84.0;
    for sign in [-1.0, 1.0] {
        let at = |dx: f64, y: f64| s(sign * (x + dx), y);
        let corner = |dx: f64, y: f64| k(sign * (x + dx), y);
        let upper = [
            corner(-30.0, 2286.0),
            corner(50.0, 2286.0),
            at(56.0, 2318.0),
            at(68.0, 2348.0),
            at(74.0, 2374.0),
            corner(70.0, 2388.0),
            corner(-24.0, 2388.0),
            at(-34.0, 2368.0),
            at(-36.0, 2330.0),
        ];
        let bottom = [
            corner(-33.0, 2376.0),
            at(18.0, 2382.0),
            corner(75.0, 2376.0),
            at(78.0, 2390.0),
            corner(70.0, 2398.0),
            corner(-24.0, 2398.0),
            at(-34.0, 2392.0),
        ];
        out.fill(closed(&bottom), sole);
        let path = closed(&upper);
        out.fill(
            path.clone(),
            linear(
                (sign * x, 2290.0),
                (sign * x, 2390.0),
                &[(0.0, darker(leather, 0.25)), (0.5, leather), (1.0, darker(leather, 0.3))],
            ),
        );
        out.clipped(&path, |out| {
            out.fill(
                brush(&[at(-30.0, 2352.0), at(14.0, 2338.0), at(66.0, 2350.0)], [1.0, 4.0, 1.0]),
                darker(leather, 0.5).with_alpha(0.6),
            );
            out.fill(ellipse(sign * (x + 20.0) - 12.0, 2362.0, 22.0, 8.0), lighter(leather, 0.35).with_alpha(0.5));
            out.fill(ellipse(sign * (x + 10.0), 2290.0, 60.0, 20.0), darker(leather, 0.6).with_alpha(0.5));
        });
    }
}

/// Draws sneakers with light soles and laces.
pub(crate) fn sneakers(out: &mut Sketch, build: &Build, cloth: Tint) {
    let x = build.hip - 84.0;
    for sign in [-1.0, 1.0] {
        let at = |dx: f64, y: f64| s(sign * (x + dx), y);
        let corner = |dx: f64, y: f64| k(sign * (x + dx), y);
        let upper = [
            corner(-30.0, 2282.0),
            corner(48.0, 2282.0),
            at(56.0, 2316.0),
            at(72.0, 2346.0),
            at(80.0, 2372.0),
            corner(76.0, 2384.0),
            corner(-28.0, 2384.0),
            at(-38.0, 2364.0),
            at(-37.0, 2326.0),
        ];
        let path = closed(&upper);
        out.fill(
            path.clone(),
            linear(
                (sign * x - 40.0, 2290.0),
                (sign * x + 60.0, 2390.0),
                &[(0.0, lighter(cloth, 0.15)), (0.5, cloth), (1.0, darker(cloth, 0.25))],
            ),
        );
        out.clipped(&path, |out| {
            out.fill(
                closed(&[at(-24.0, 2384.0), at(-20.0, 2360.0), at(20.0, 2350.0), at(66.0, 2360.0), at(70.0, 2384.0)]),
                lighter(cloth, 0.35),
            );
            for y in [2312.0, 2326.0, 2340.0] {
                out.fill(brush(&[at(-12.0, y), at(12.0, y + 4.0), at(38.0, y)], [4.0, 4.5, 4.0]), lighter(cloth, 0.75));
            }
            out.fill(ellipse(sign * (x + 10.0), 2286.0, 60.0, 18.0), darker(cloth, 0.6).with_alpha(0.45));
        });
        let sole = [
            corner(-38.0, 2372.0),
            at(18.0, 2378.0),
            corner(81.0, 2372.0),
            at(84.0, 2388.0),
            corner(76.0, 2399.0),
            corner(-28.0, 2399.0),
            at(-39.0, 2390.0),
        ];
        out.fill(
            closed(&sole),
            linear(
                (0.0, 2372.0),
                (0.0, 2399.0),
                &[(0.0, lighter(cloth, 0.92)), (1.0, darker(lighter(cloth, 0.9), 0.18))],
            ),
        );
    }
}
