//! Long hair.

use super::super::super::shape::{Knot, closed, flipped, k, mirrored, s};
use super::super::super::sketch::{Sketch, linear, mix};
use super::super::Look;
use super::{Hair, forehead_shadow, shade, shade_behind, strands};

/// Long waves, parted on the left, over the shoulders.
pub(super) fn waves(look: &Look) -> Hair {
    let mut hair = Hair { ears: false, ..Hair::default() };
    let tone = &look.tone;
    let w = look.face.cheek;
    let back = [
        s(0.0, -200.0),
        s(72.0, -182.0),
        s(w + 18.0, -120.0),
        s(w + 26.0, -20.0),
        s(w + 24.0, 80.0),
        s(w + 44.0, 170.0),
        s(w + 38.0, 260.0),
        s(w + 8.0, 320.0),
        s(70.0, 318.0),
        s(50.0, 240.0),
        s(-50.0, 240.0),
        s(-72.0, 322.0),
        s(-w - 12.0, 322.0),
        s(-w - 40.0, 262.0),
        s(-w - 46.0, 172.0),
        s(-w - 26.0, 80.0),
        s(-w - 26.0, -20.0),
        s(-w - 18.0, -120.0),
        s(-72.0, -182.0),
    ];
    hair.behind.fill(closed(&back), shade_behind(tone));
    let hairline = [
        k(-w + 2.0, 60.0),
        s(-w + 10.0, -20.0),
        s(-w + 22.0, -66.0),
        k(-26.0, -128.0),
        s(34.0, -100.0),
        s(w - 18.0, -52.0),
        s(w - 6.0, 4.0),
        k(w - 2.0, 60.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    left_lock(&mut hair, look);
    right_lock(&mut hair, look);
    hair
}

fn left_lock(hair: &mut Hair, look: &Look) {
    let (tone, w) = (&look.tone, look.face.cheek);
    let knots = [
        k(-24.0, -190.0),
        s(-72.0, -178.0),
        s(-w - 12.0, -120.0),
        s(-w - 20.0, -30.0),
        s(-w - 20.0, 60.0),
        s(-w - 40.0, 150.0),
        s(-w - 36.0, 240.0),
        s(-w - 12.0, 310.0),
        s(-78.0, 322.0),
        s(-84.0, 270.0),
        s(-70.0, 200.0),
        s(-86.0, 130.0),
        s(-w + 4.0, 60.0),
        s(-w + 8.0, -14.0),
        s(-76.0, -76.0),
        k(-26.0, -130.0),
    ];
    let shape = closed(&knots);
    hair.front.fill(
        shape.clone(),
        linear(
            (-150.0, -60.0),
            (40.0, -20.0),
            &[(0.0, tone.light), (0.5, tone.base), (1.0, mix(tone.base, tone.dark, 0.4))],
        ),
    );
    hair.front.clipped(&shape, |out| {
        strands(
            out,
            tone.light.with_alpha(0.5),
            8.0,
            &[
                &[(-40.0, -160.0), (-88.0, -120.0), (-110.0, -30.0), (-112.0, 50.0), (-128.0, 150.0), (-122.0, 240.0)],
                &[(-34.0, -146.0), (-74.0, -112.0), (-98.0, -50.0)],
            ],
        );
        strands(
            out,
            tone.dark.with_alpha(0.5),
            7.0,
            &[
                &[
                    (-30.0, -138.0),
                    (-84.0, -84.0),
                    (-104.0, 0.0),
                    (-100.0, 70.0),
                    (-96.0, 150.0),
                    (-84.0, 220.0),
                    (-98.0, 300.0),
                ],
                &[(-112.0, 60.0), (-134.0, 170.0), (-112.0, 290.0)],
            ],
        );
    });
}

fn right_lock(hair: &mut Hair, look: &Look) {
    let (tone, w) = (&look.tone, look.face.cheek);
    let knots = [
        k(-27.0, -190.0),
        s(14.0, -203.0),
        s(72.0, -182.0),
        s(w + 14.0, -120.0),
        s(w + 22.0, -24.0),
        s(w + 20.0, 70.0),
        s(w + 40.0, 160.0),
        s(w + 34.0, 250.0),
        s(w + 4.0, 316.0),
        s(76.0, 316.0),
        s(88.0, 256.0),
        s(72.0, 190.0),
        s(88.0, 120.0),
        s(w - 2.0, 58.0),
        s(w - 5.0, 4.0),
        s(w - 18.0, -52.0),
        s(36.0, -98.0),
        k(-27.0, -131.0),
    ];
    let shape = closed(&knots);
    hair.front.fill(shape.clone(), shade(tone));
    hair.front.clipped(&shape, |out| {
        strands(
            out,
            tone.light.with_alpha(0.55),
            9.0,
            &[
                &[(-18.0, -160.0), (36.0, -150.0), (86.0, -96.0), (110.0, -20.0)],
                &[(-10.0, -176.0), (50.0, -164.0), (104.0, -100.0)],
                &[(112.0, 70.0), (126.0, 160.0), (118.0, 240.0)],
            ],
        );
        strands(
            out,
            tone.dark.with_alpha(0.55),
            7.0,
            &[
                &[
                    (-18.0, -138.0),
                    (44.0, -108.0),
                    (92.0, -50.0),
                    (108.0, 30.0),
                    (98.0, 110.0),
                    (88.0, 190.0),
                    (100.0, 290.0),
                ],
                &[(118.0, 50.0), (134.0, 160.0), (110.0, 290.0)],
            ],
        );
    });
}

/// To the chin, parted on the left and turned in at the tips.
pub(super) fn bob(look: &Look) -> Hair {
    let mut hair = Hair { ears: false, ..Hair::default() };
    let (tone, w) = (&look.tone, look.face.cheek);
    let back = [
        s(0.0, -202.0),
        s(76.0, -184.0),
        s(w + 22.0, -112.0),
        s(w + 32.0, -10.0),
        s(w + 30.0, 80.0),
        s(w + 8.0, 142.0),
        s(60.0, 158.0),
        s(0.0, 150.0),
    ];
    hair.behind.fill(closed(&mirrored(&back)), shade_behind(tone));
    let hairline = [
        k(-w + 2.0, 60.0),
        s(-w + 12.0, -20.0),
        s(-w + 24.0, -62.0),
        k(-34.0, -122.0),
        s(26.0, -96.0),
        s(w - 24.0, -56.0),
        s(w - 7.0, 0.0),
        k(w - 2.0, 60.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let left = [
        k(-30.0, -194.0),
        s(-76.0, -180.0),
        s(-w - 16.0, -116.0),
        s(-w - 28.0, -20.0),
        s(-w - 30.0, 60.0),
        s(-w - 18.0, 122.0),
        s(-w + 8.0, 142.0),
        s(-76.0, 136.0),
        s(-w + 8.0, 110.0),
        s(-w + 4.0, 60.0),
        s(-w + 8.0, -8.0),
        s(-80.0, -68.0),
        k(-34.0, -124.0),
    ];
    let right = [
        k(-36.0, -193.0),
        s(8.0, -206.0),
        s(78.0, -186.0),
        s(w + 18.0, -116.0),
        s(w + 30.0, -20.0),
        s(w + 30.0, 64.0),
        s(w + 16.0, 124.0),
        s(w - 10.0, 144.0),
        s(72.0, 136.0),
        s(w - 12.0, 106.0),
        s(w - 5.0, 56.0),
        s(w - 8.0, 0.0),
        s(w - 26.0, -56.0),
        s(28.0, -94.0),
        k(-36.0, -125.0),
    ];
    lock(&mut hair, look, &left, true);
    lock(&mut hair, look, &right, false);
    hair
}

/// Straight, with a fringe over the forehead.
pub(super) fn bangs(look: &Look) -> Hair {
    let mut hair = Hair { ears: false, ..Hair::default() };
    let (tone, w) = (&look.tone, look.face.cheek);
    let back = [
        s(0.0, -202.0),
        s(78.0, -184.0),
        s(w + 22.0, -112.0),
        s(w + 30.0, -10.0),
        s(w + 34.0, 110.0),
        k(w + 30.0, 206.0),
        s(50.0, 214.0),
        k(0.0, 212.0),
    ];
    hair.behind.fill(closed(&mirrored(&back)), shade_behind(tone));
    let hairline = [
        k(-w + 2.0, 80.0),
        s(-w + 8.0, 0.0),
        k(-w + 14.0, -40.0),
        s(-46.0, -50.0),
        s(0.0, -53.0),
        s(46.0, -50.0),
        k(w - 14.0, -40.0),
        s(w - 8.0, 0.0),
        k(w - 2.0, 80.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let side = [
        k(20.0, -196.0),
        s(80.0, -180.0),
        s(w + 17.0, -112.0),
        s(w + 27.0, -16.0),
        s(w + 31.0, 100.0),
        k(w + 27.0, 200.0),
        s(w + 4.0, 206.0),
        k(76.0, 202.0),
        s(86.0, 130.0),
        s(w - 5.0, 70.0),
        s(w - 9.0, 0.0),
        k(w - 22.0, -60.0),
    ];
    lock(&mut hair, look, &flipped(&side), true);
    lock(&mut hair, look, &side, false);
    let fringe = [
        s(0.0, -206.0),
        s(70.0, -190.0),
        s(w + 6.0, -122.0),
        k(w - 10.0, -34.0),
        s(w - 30.0, -44.0),
        k(46.0, -48.0),
        s(30.0, -54.0),
        k(14.0, -51.0),
        s(-4.0, -56.0),
        k(-22.0, -51.0),
        s(-38.0, -54.0),
        k(-56.0, -47.0),
        s(-w + 26.0, -46.0),
        k(-w + 10.0, -34.0),
        s(-w - 6.0, -122.0),
        s(-70.0, -190.0),
    ];
    let shape = closed(&fringe);
    hair.front.fill(
        shape.clone(),
        linear(
            (-60.0, -200.0),
            (40.0, -40.0),
            &[(0.0, tone.base), (0.3, tone.light), (0.55, tone.base), (1.0, tone.dark)],
        ),
    );
    hair.front.clipped(&shape, |out| fringe_strands(out, look));
    hair
}

fn fringe_strands(out: &mut Sketch, look: &Look) {
    let tone = &look.tone;

    strands(
        out,
        tone.dark.with_alpha(0.6),
        5.0,
        &[
            &[(-10.0, -196.0), (-50.0, -140.0), (-58.0, -48.0)],
            &[(-4.0, -196.0), (-18.0, -130.0), (-22.0, -50.0)],
            &[(4.0, -196.0), (18.0, -130.0), (14.0, -50.0)],
            &[(10.0, -196.0), (52.0, -130.0), (46.0, -48.0)],
            &[(20.0, -194.0), (82.0, -130.0), (84.0, -42.0)],
        ],
    );
    strands(
        out,
        tone.light.with_alpha(0.6),
        10.0,
        &[&[(-64.0, -150.0), (-34.0, -158.0), (0.0, -160.0)], &[(-78.0, -130.0), (-40.0, -142.0), (4.0, -146.0)]],
    );
}

/// Adds a lock in front, with strands along its outer side.
fn lock(hair: &mut Hair, look: &Look, knots: &[Knot], left: bool) {
    let (tone, w) = (&look.tone, look.face.cheek);
    let shape = closed(knots);
    let paint = if left {
        linear(
            (-150.0, -60.0),
            (40.0, -20.0),
            &[(0.0, tone.light), (0.5, tone.base), (1.0, mix(tone.base, tone.dark, 0.4))],
        )
    } else {
        shade(tone)
    };
    hair.front.fill(shape.clone(), paint);
    let sign = if left { -1.0 } else { 1.0 };
    let line =
        |points: &[(f64, f64)]| -> Vec<(f64, f64)> { points.iter().map(|&(x, y)| (sign * (w + x), y)).collect() };
    hair.front.clipped(&shape, |out| {
        strands(
            out,
            tone.dark.with_alpha(0.5),
            6.0,
            &[
                &line(&[(-60.0, -130.0), (-10.0, -70.0), (8.0, 10.0), (6.0, 110.0), (-6.0, 190.0)]),
                &line(&[(-40.0, -150.0), (6.0, -80.0), (20.0, 20.0), (16.0, 130.0)]),
            ],
        );
        strands(
            out,
            tone.light.with_alpha(0.55),
            8.0,
            &[
                &line(&[(-76.0, -160.0), (-20.0, -110.0), (10.0, -30.0), (14.0, 60.0)]),
                &line(&[(-70.0, -176.0), (-2.0, -120.0), (22.0, -30.0)]),
            ],
        );
    });
}
