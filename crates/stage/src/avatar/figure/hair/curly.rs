//! Waves and curls.

use super::super::super::shape::{Knot, brush, closed, k, s};
use super::super::super::sketch::{Sketch, darker, linear};
use super::super::Look;
use super::{Hair, forehead_shadow, shade, strands};

/// Waves on top that fall a little into the forehead, short at the sides.
pub(super) fn wavy_top(look: &Look) -> Hair {
    let mut hair = Hair { ears: true, ..Hair::default() };
    let (tone, w) = (&look.tone, look.face.cheek);
    let hairline = [
        k(-w + 3.0, 14.0),
        s(-w + 10.0, -36.0),
        k(-w + 14.0, -70.0),
        s(-74.0, -84.0),
        s(-58.0, -76.0),
        k(-46.0, -86.0),
        s(-22.0, -84.0),
        s(-8.0, -98.0),
        k(4.0, -104.0),
        s(26.0, -92.0),
        s(46.0, -92.0),
        k(60.0, -98.0),
        s(74.0, -86.0),
        k(w - 14.0, -70.0),
        s(w - 9.0, -36.0),
        k(w - 3.0, 16.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let mut knots = vec![
        s(w + 5.0, -20.0),
        s(w + 9.0, -76.0),
        s(w + 14.0, -112.0),
        s(w + 3.0, -150.0),
        s(84.0, -168.0),
        s(74.0, -198.0),
        s(42.0, -208.0),
        s(18.0, -222.0),
        s(-18.0, -212.0),
        s(-46.0, -216.0),
        s(-72.0, -194.0),
        s(-92.0, -178.0),
        s(-w - 3.0, -146.0),
        s(-w - 14.0, -112.0),
        s(-w - 8.0, -76.0),
        s(-w - 5.0, -20.0),
    ];
    knots.extend(hairline);
    let shape = closed(&knots);
    hair.front.fill(shape.clone(), shade(tone));
    hair.front.clipped(&shape, |out| wavy_strands(out, look));
    hair
}

fn wavy_strands(out: &mut Sketch, look: &Look) {
    let (tone, w) = (&look.tone, look.face.cheek);

    for sign in [-1.0, 1.0] {
        let side = [
            s(sign * (w - 14.0), -80.0),
            s(sign * (w + 2.0), -106.0),
            s(sign * (w + 20.0), -80.0),
            s(sign * (w + 12.0), 20.0),
            s(sign * (w - 14.0), 20.0),
            s(sign * (w - 14.0), -60.0),
        ];
        out.fill(closed(&side), tone.dark.with_alpha(0.6));
    }
    strands(
        out,
        tone.dark.with_alpha(0.6),
        6.0,
        &[
            &[(-72.0, -86.0), (-86.0, -116.0), (-64.0, -142.0), (-72.0, -180.0)],
            &[(-46.0, -88.0), (-56.0, -120.0), (-30.0, -148.0), (-40.0, -196.0)],
            &[(-6.0, -100.0), (-18.0, -130.0), (10.0, -154.0), (2.0, -204.0)],
            &[(30.0, -94.0), (24.0, -124.0), (52.0, -148.0), (48.0, -190.0)],
            &[(60.0, -98.0), (64.0, -126.0), (92.0, -140.0)],
        ],
    );
    strands(
        out,
        tone.light.with_alpha(0.65),
        8.0,
        &[
            &[(-84.0, -92.0), (-96.0, -124.0), (-78.0, -150.0), (-84.0, -174.0)],
            &[(-60.0, -90.0), (-70.0, -124.0), (-46.0, -152.0), (-56.0, -196.0)],
            &[(-28.0, -98.0), (-36.0, -132.0), (-8.0, -158.0), (-18.0, -204.0)],
            &[(14.0, -104.0), (8.0, -132.0), (34.0, -156.0), (26.0, -204.0)],
        ],
    );
}

/// How far out the curls are at an angle, in twelfths of a turn from the right over the top.
fn curl_rim(n_bumps: i32, from: f64, to: f64, radius: (f64, f64), bump: f64) -> Vec<Knot> {
    (0..=2 * n_bumps)
        .map(|idx| {
            let angle = from + (to - from) * f64::from(idx) / f64::from(2 * n_bumps);
            let (sin, cos) = libm::sincos(angle);
            let grow = if idx % 2 == 1 { 1.0 + bump } else { 1.0 - bump * 0.4 };
            s(cos * radius.0 * grow, -66.0 - sin * radius.1 * grow)
        })
        .collect()
}

/// Round and full of curls.
pub(super) fn curls(look: &Look) -> Hair {
    let mut hair = Hair { ears: false, ..Hair::default() };
    let (tone, w) = (&look.tone, look.face.cheek);
    let back = curl_rim(17, -1.15, 4.29, (w + 66.0, 158.0), 0.045);
    hair.behind.fill(
        closed(&back),
        linear((-120.0, -150.0), (120.0, 100.0), &[(0.0, tone.base), (0.6, tone.dark), (1.0, darker(tone.dark, 0.3))]),
    );
    let hairline = [
        k(-w - 1.0, 52.0),
        s(-w + 6.0, 20.0),
        s(-w + 6.0, -14.0),
        s(-w + 18.0, -40.0),
        s(-w + 20.0, -64.0),
        s(-66.0, -82.0),
        s(-46.0, -100.0),
        s(-22.0, -98.0),
        s(0.0, -108.0),
        s(24.0, -99.0),
        s(46.0, -100.0),
        s(66.0, -82.0),
        s(w - 20.0, -64.0),
        s(w - 18.0, -40.0),
        s(w - 6.0, -14.0),
        s(w - 6.0, 20.0),
        k(w + 1.0, 52.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let mut knots = curl_rim(14, -0.62, 3.76, (w + 58.0, 150.0), 0.045);
    knots.extend(hairline);
    let shape = closed(&knots);
    hair.front.fill(
        shape.clone(),
        linear((-130.0, -190.0), (130.0, 0.0), &[(0.0, tone.light), (0.45, tone.base), (1.0, tone.dark)]),
    );
    hair.front.clipped(&shape, |out| {
        for ring in 0..5_i32 {
            let n_curls = 13 + ring * 2;
            for idx in 0..n_curls {
                let angle = -0.55 + 4.25 * (f64::from(idx) + f64::from(ring % 2) * 0.5) / f64::from(n_curls);
                let (sin, cos) = libm::sincos(angle);
                let reach = 0.64 + 0.095 * f64::from(ring);
                let (x, y) = (cos * (w + 52.0) * reach, -62.0 - sin * 142.0 * reach);
                let tint = if (idx + ring) % 2 == 0 { tone.light.with_alpha(0.5) } else { tone.dark.with_alpha(0.55) };
                out.fill(
                    brush(
                        &[
                            s(x - 9.0, y + 5.0),
                            s(x - 6.0, y - 6.0),
                            s(x + 5.0, y - 7.0),
                            s(x + 8.0, y + 3.0),
                            s(x + 1.0, y + 6.0),
                        ],
                        [1.0, 4.0, 1.0],
                    ),
                    tint,
                );
            }
        }
    });
    hair
}
