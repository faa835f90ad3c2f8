//! Long hair.

use super::super::super::shape::{closed, k, s};
use super::super::super::sketch::{darker, linear};
use super::super::Look;
use super::{Hair, forehead_shadow, shade, strands};

/// Long waves, parted on the left, over the shoulders.
pub(super) fn waves(look: &Look) -> Hair {
    let mut hair = Hair { ears: false, ..Hair::default() };
    let tone = &look.tone;
    let w = look.face.cheek;
    let back = [
        s(0.0, -196.0),
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
    hair.behind.fill(
        closed(&back),
        linear((-60.0, -150.0), (60.0, 300.0), &[(0.0, tone.base), (0.4, tone.dark), (1.0, darker(tone.dark, 0.25))]),
    );
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
        linear((-130.0, -150.0), (-60.0, 300.0), &[(0.0, tone.light), (0.25, tone.base), (1.0, tone.dark)]),
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
        s(10.0, -198.0),
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
