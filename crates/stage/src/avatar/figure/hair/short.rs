//! Short hair.

use super::super::super::shape::{Knot, closed, ellipse, k, s};
use super::super::super::sketch::{Sketch, linear};
use super::super::Look;
use vello_cpu::kurbo::BezPath;

use super::{Hair, forehead_shadow, shade, strands};

/// Short, parted on the left and brushed to the right.
pub(super) fn side_part(look: &Look) -> Hair {
    let mut hair = Hair { ears: true, ..Hair::default() };
    let tone = &look.tone;
    let w = look.face.cheek;
    let hairline = [
        k(-w + 3.0, 12.0),
        s(-w + 10.0, -40.0),
        k(-w + 16.0, -76.0),
        s(-62.0, -98.0),
        s(-30.0, -109.0),
        s(10.0, -108.0),
        s(50.0, -98.0),
        k(w - 16.0, -78.0),
        s(w - 9.0, -40.0),
        k(w - 3.0, 14.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let mut knots = vec![
        s(w + 5.0, -20.0),
        s(w + 10.0, -80.0),
        s(w - 3.0, -138.0),
        s(60.0, -186.0),
        s(2.0, -204.0),
        s(-54.0, -190.0),
        s(-w + 8.0, -146.0),
        s(-w - 9.0, -84.0),
        s(-w - 5.0, -20.0),
    ];
    knots.extend(hairline);
    hair.front.fill(closed(&knots), shade(tone));
    let shape = closed(&knots);
    hair.front.clipped(&shape, |out| {
        // Darker sides, shorter than the top.
        for sign in [-1.0, 1.0] {
            let side = [
                s(sign * (w - 24.0), -96.0),
                s(sign * (w + 2.0), -120.0),
                s(sign * (w + 20.0), -80.0),
                s(sign * (w + 12.0), 20.0),
                s(sign * (w - 14.0), 20.0),
                s(sign * (w - 16.0), -60.0),
            ];
            out.fill(closed(&side), tone.dark.with_alpha(0.55));
        }
        strands(
            out,
            tone.dark.with_alpha(0.45),
            5.0,
            &[
                &[(-58.0, -110.0), (-52.0, -150.0), (-10.0, -186.0)],
                &[(-44.0, -114.0), (-20.0, -152.0), (40.0, -176.0)],
                &[(-20.0, -118.0), (16.0, -144.0), (74.0, -156.0)],
                &[(16.0, -117.0), (48.0, -130.0), (90.0, -124.0)],
            ],
        );
        strands(
            out,
            tone.light.with_alpha(0.55),
            7.0,
            &[
                &[(-50.0, -128.0), (-30.0, -164.0), (14.0, -186.0)],
                &[(-30.0, -126.0), (2.0, -158.0), (58.0, -168.0)],
                &[(0.0, -126.0), (34.0, -142.0), (80.0, -142.0)],
            ],
        );
    });
    hair
}

/// Fills the hair between a hairline, from the left to the right, and the outer edge, back to the left.
fn cap(hair: &mut Hair, look: &Look, hairline: &[Knot], outer: &[Knot]) -> BezPath {
    forehead_shadow(&mut hair.on_skin, look, hairline);
    let knots: Vec<Knot> = outer.iter().chain(hairline).copied().collect();
    let shape = closed(&knots);
    hair.front.fill(shape.clone(), shade(&look.tone));
    shape
}

/// Short, brushed up from the forehead.
pub(super) fn crop(look: &Look) -> Hair {
    let mut hair = Hair { ears: true, ..Hair::default() };
    let w = look.face.cheek;
    let hairline = [
        k(-w + 3.0, 12.0),
        s(-w + 10.0, -36.0),
        k(-w + 15.0, -72.0),
        s(-66.0, -96.0),
        s(-44.0, -102.0),
        s(-14.0, -108.0),
        s(26.0, -108.0),
        s(60.0, -94.0),
        k(w - 15.0, -74.0),
        s(w - 9.0, -38.0),
        k(w - 3.0, 14.0),
    ];
    let outer = [
        s(w + 4.0, -20.0),
        s(w + 9.0, -84.0),
        s(w + 2.0, -134.0),
        k(78.0, -176.0),
        s(62.0, -186.0),
        k(54.0, -196.0),
        s(30.0, -204.0),
        k(16.0, -212.0),
        s(-8.0, -211.0),
        k(-28.0, -214.0),
        s(-48.0, -202.0),
        k(-66.0, -198.0),
        s(-84.0, -174.0),
        s(-w - 2.0, -134.0),
        s(-w - 9.0, -84.0),
        s(-w - 4.0, -20.0),
    ];
    let shape = cap(&mut hair, look, &hairline, &outer);
    hair.front.clipped(&shape, |out| crop_strands(out, look));
    hair
}

fn crop_strands(out: &mut Sketch, look: &Look) {
    let (tone, w) = (&look.tone, look.face.cheek);

    for sign in [-1.0, 1.0] {
        let side = [
            s(sign * (w - 18.0), -84.0),
            s(sign * (w + 2.0), -116.0),
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
        5.0,
        &[
            &[(-48.0, -92.0), (-60.0, -140.0), (-62.0, -194.0)],
            &[(-24.0, -106.0), (-32.0, -156.0), (-26.0, -208.0)],
            &[(4.0, -109.0), (6.0, -160.0), (18.0, -206.0)],
            &[(34.0, -106.0), (44.0, -152.0), (56.0, -192.0)],
            &[(62.0, -96.0), (78.0, -132.0), (84.0, -166.0)],
        ],
    );
    strands(
        out,
        tone.light.with_alpha(0.7),
        7.0,
        &[
            &[(-62.0, -110.0), (-74.0, -150.0), (-70.0, -186.0)],
            &[(-36.0, -116.0), (-46.0, -160.0), (-42.0, -202.0)],
            &[(-10.0, -124.0), (-12.0, -164.0), (-4.0, -204.0)],
            &[(20.0, -122.0), (26.0, -160.0), (36.0, -196.0)],
        ],
    );
}

/// Very short, shorter at the sides.
pub(super) fn fade(look: &Look) -> Hair {
    let mut hair = Hair { ears: true, ..Hair::default() };
    let (tone, w) = (&look.tone, look.face.cheek);
    let hairline = [
        k(-w + 2.0, 6.0),
        s(-w + 8.0, -30.0),
        k(-w + 13.0, -70.0),
        k(-w + 24.0, -92.0),
        s(-40.0, -106.0),
        s(0.0, -109.0),
        s(40.0, -106.0),
        k(w - 24.0, -92.0),
        k(w - 13.0, -70.0),
        s(w - 8.0, -30.0),
        k(w - 2.0, 6.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let mut knots = vec![
        s(w + 1.0, -30.0),
        s(w + 4.0, -84.0),
        s(w - 6.0, -132.0),
        s(58.0, -172.0),
        s(0.0, -186.0),
        s(-58.0, -172.0),
        s(-w + 6.0, -132.0),
        s(-w - 4.0, -84.0),
        s(-w - 1.0, -30.0),
    ];
    knots.extend(hairline);
    let fading = |tint: super::super::super::sketch::Tint| {
        linear(
            (0.0, -112.0),
            (0.0, 4.0),
            &[(0.0, tint), (0.3, tint.with_alpha(0.85)), (0.75, tint.with_alpha(0.42)), (1.0, tint.with_alpha(0.15))],
        )
    };
    let shape = closed(&knots);
    hair.front.fill(shape.clone(), fading(tone.base));
    hair.front.clipped(&shape, |out| {
        out.fill(
            closed(&[
                s(-76.0, -150.0),
                s(-30.0, -178.0),
                s(20.0, -180.0),
                s(-10.0, -160.0),
                s(-50.0, -136.0),
                s(-80.0, -104.0),
            ]),
            tone.light.with_alpha(0.3),
        );
        out.fill(
            closed(&[s(60.0, -190.0), s(w + 10.0, -120.0), s(w + 6.0, -84.0), s(w - 24.0, -98.0), s(58.0, -140.0)]),
            tone.dark.with_alpha(0.5),
        );
        for row in 0..5 {
            for column in -6..=6 {
                let (x, y) = (
                    f64::from(column) * 13.0 + f64::from(row % 2) * 6.5,
                    -118.0 - f64::from(row) * 13.0 + f64::from(column * column) * 0.35,
                );
                out.fill(ellipse(x, y, 2.6, 1.8), tone.dark.with_alpha(0.35));
            }
        }
    });
    hair
}

/// Gone from the temples, thin on top.
pub(super) fn receding(look: &Look) -> Hair {
    let mut hair = Hair { ears: true, ..Hair::default() };
    let (tone, w) = (&look.tone, look.face.cheek);
    let hairline = [
        k(-w + 3.0, 16.0),
        s(-w + 12.0, -32.0),
        s(-w + 15.0, -66.0),
        k(-w + 22.0, -96.0),
        s(-66.0, -128.0),
        s(-40.0, -134.0),
        s(-6.0, -126.0),
        s(30.0, -136.0),
        s(62.0, -130.0),
        k(w - 22.0, -98.0),
        s(w - 14.0, -66.0),
        s(w - 10.0, -32.0),
        k(w - 3.0, 18.0),
    ];
    let outer = [
        s(w + 9.0, -14.0),
        s(w + 14.0, -70.0),
        s(w + 3.0, -126.0),
        s(62.0, -172.0),
        s(10.0, -192.0),
        s(-46.0, -182.0),
        s(-w + 4.0, -140.0),
        s(-w - 13.0, -76.0),
        s(-w - 9.0, -14.0),
    ];
    let shape = cap(&mut hair, look, &hairline, &outer);
    hair.front.clipped(&shape, |out| {
        strands(
            out,
            tone.dark.with_alpha(0.5),
            4.5,
            &[
                &[(-70.0, -122.0), (-40.0, -160.0), (10.0, -182.0)],
                &[(-40.0, -132.0), (0.0, -158.0), (50.0, -168.0)],
                &[(0.0, -128.0), (40.0, -146.0), (80.0, -140.0)],
                &[(-w + 6.0, -10.0), (-w - 2.0, -60.0), (-w + 12.0, -110.0)],
                &[(w - 6.0, -10.0), (w + 3.0, -60.0), (w - 10.0, -110.0)],
            ],
        );
        strands(
            out,
            tone.light.with_alpha(0.8),
            6.0,
            &[
                &[(-60.0, -132.0), (-26.0, -166.0), (24.0, -182.0)],
                &[(-24.0, -134.0), (18.0, -154.0), (64.0, -156.0)],
                &[(-w + 1.0, -20.0), (-w - 6.0, -66.0), (-w + 4.0, -110.0)],
            ],
        );
    });
    hair
}
