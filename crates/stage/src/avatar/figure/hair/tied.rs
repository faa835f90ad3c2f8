//! Hair that is tied up.

use super::super::super::shape::{brush, closed, ellipse, k, s};
use super::super::super::sketch::{Sketch, linear, radial};
use super::super::Look;
use super::{Hair, forehead_shadow, shade, strands};

/// Tied to a bun, with a few loose strands.
pub(super) fn bun(look: &Look) -> Hair {
    let mut hair = Hair { ears: true, ..Hair::default() };
    let (tone, w) = (&look.tone, look.face.cheek);
    hair.behind.fill(
        ellipse(6.0, -206.0, 58.0, 52.0),
        radial((-14.0, -226.0), 90.0, &[(0.0, tone.light), (0.5, tone.base), (1.0, tone.dark)]),
    );
    strands(
        &mut hair.behind,
        tone.dark.with_alpha(0.6),
        5.0,
        &[
            &[(-44.0, -196.0), (-20.0, -236.0), (34.0, -240.0), (52.0, -208.0)],
            &[(-24.0, -190.0), (-4.0, -218.0), (30.0, -218.0), (40.0, -194.0)],
        ],
    );
    strands(&mut hair.behind, tone.light.with_alpha(0.6), 5.0, &[&[(-34.0, -214.0), (-12.0, -244.0), (24.0, -248.0)]]);
    hair.behind.fill(
        closed(&[
            s(0.0, -190.0),
            s(80.0, -160.0),
            s(w + 4.0, -60.0),
            s(w - 8.0, 40.0),
            s(60.0, 104.0),
            s(-60.0, 104.0),
            s(-w + 8.0, 40.0),
            s(-w - 4.0, -60.0),
            s(-80.0, -160.0),
        ]),
        tone.dark,
    );
    let hairline = [
        k(-w + 2.0, 20.0),
        s(-w + 9.0, -30.0),
        s(-w + 22.0, -70.0),
        s(-50.0, -104.0),
        s(-14.0, -114.0),
        s(30.0, -108.0),
        s(w - 36.0, -86.0),
        s(w - 14.0, -44.0),
        k(w - 2.0, 20.0),
    ];
    forehead_shadow(&mut hair.on_skin, look, &hairline);
    let mut knots = vec![
        s(w + 4.0, -20.0),
        s(w + 11.0, -80.0),
        s(w - 4.0, -136.0),
        s(58.0, -182.0),
        s(0.0, -198.0),
        s(-58.0, -182.0),
        s(-w + 4.0, -136.0),
        s(-w - 11.0, -80.0),
        s(-w - 4.0, -20.0),
    ];
    knots.extend(hairline);
    let shape = closed(&knots);
    hair.front.fill(shape.clone(), shade(tone));
    hair.front.clipped(&shape, |out| bun_strands(out, look));
    let wisp = linear((0.0, -60.0), (0.0, 80.0), &[(0.0, tone.base), (1.0, tone.light)]);
    hair.front.fill(
        brush(&[s(-w + 14.0, -66.0), s(-w + 2.0, -20.0), s(-w + 8.0, 30.0), s(-w + 2.0, 74.0)], [1.0, 7.0, 0.8]),
        wisp.clone(),
    );
    hair.front.fill(
        brush(&[s(w - 16.0, -64.0), s(w - 3.0, -20.0), s(w - 9.0, 26.0), s(w - 4.0, 62.0)], [1.0, 6.0, 0.8]),
        wisp,
    );
    hair
}

fn bun_strands(out: &mut Sketch, look: &Look) {
    let tone = &look.tone;

    strands(
        out,
        tone.dark.with_alpha(0.5),
        5.0,
        &[
            &[(-94.0, -30.0), (-84.0, -100.0), (-30.0, -176.0)],
            &[(-70.0, -88.0), (-40.0, -140.0), (-4.0, -188.0)],
            &[(-30.0, -112.0), (-6.0, -150.0), (10.0, -190.0)],
            &[(16.0, -112.0), (26.0, -150.0), (22.0, -190.0)],
            &[(56.0, -98.0), (60.0, -140.0), (36.0, -184.0)],
            &[(92.0, -40.0), (92.0, -104.0), (50.0, -172.0)],
        ],
    );
    strands(
        out,
        tone.light.with_alpha(0.6),
        8.0,
        &[
            &[(-88.0, -70.0), (-66.0, -122.0), (-20.0, -176.0)],
            &[(-52.0, -108.0), (-24.0, -146.0), (4.0, -184.0)],
            &[(-4.0, -118.0), (8.0, -152.0), (14.0, -184.0)],
        ],
    );
}
