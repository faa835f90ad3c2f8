//! Short hair.

use super::super::super::shape::{closed, k, s};
use super::super::Look;
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
        s(-62.0, -104.0),
        s(-30.0, -118.0),
        s(10.0, -117.0),
        s(50.0, -106.0),
        k(w - 16.0, -78.0),
        s(w - 9.0, -40.0),
        k(w - 3.0, 14.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let mut knots = vec![
        s(w + 5.0, -20.0),
        s(w + 10.0, -80.0),
        s(w - 3.0, -138.0),
        s(58.0, -182.0),
        s(0.0, -199.0),
        s(-52.0, -188.0),
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
