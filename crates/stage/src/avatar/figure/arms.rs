//! Arms in sleeves, in the ways that people stand.

use super::super::shape::{Knot, brush, closed, flipped, k, s};
use super::super::sketch::{Sketch, Tint, darker, lighter, linear, mix};
use super::{Build, Skin, hands};
use vello_cpu::kurbo::BezPath;

/// What somebody does with their hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stance {
    /// Laid on each other before the waist.
    Clasped,
    /// Beside the legs.
    Relaxed,
}

/// What covers the arms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sleeves {
    pub(crate) cloth: Tint,
    /// A shirt's cuff below the sleeve.
    pub(crate) cuff: Option<Tint>,
    /// How much wider than the arm.
    pub(crate) ease: f64,
    pub(crate) length: Length,
}

/// Where sleeves end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Wrist,
    Elbow,
    Upper,
}

/// Where the hands of somebody are who has laid them on each other.
pub(crate) const CLASP_Y: f64 = 1172.0;

/// The outline of the right arm of the picture, with room for cloth.
fn arm(build: &Build, stance: Stance, ease: f64) -> Vec<Knot> {
    let sh = build.shoulder;
    let thin = if build.bust { 9.0 } else { 0.0 };
    let o = |x: f64, y: f64| s(sh + x + ease - thin * 0.4, y);
    let i = |x: f64, y: f64| s(sh + x - ease * 0.5 + thin * 0.6, y);
    match stance {
        Stance::Relaxed => vec![
            s(sh - 62.0, 616.0),
            s(sh - 24.0, 630.0),
            o(2.0, 664.0),
            o(16.0, 730.0),
            o(24.0, 850.0),
            o(30.0, 985.0),
            o(30.0, 1120.0),
            o(20.0, 1268.0),
            i(-38.0, 1272.0),
            i(-42.0, 1130.0),
            i(-48.0, 1000.0),
            i(-56.0, 880.0),
            i(-64.0, 780.0),
            s(sh - 74.0, 690.0),
        ],
        Stance::Clasped => vec![
            s(sh - 62.0, 616.0),
            s(sh - 24.0, 630.0),
            o(2.0, 664.0),
            o(18.0, 735.0),
            o(34.0, 860.0),
            o(48.0, 965.0),
            o(45.0, 1040.0),
            o(20.0, 1092.0),
            s(sh - 40.0, 1136.0 + ease),
            s(sh * 0.5 + 20.0, 1186.0 + ease),
            k(72.0, 1204.0 + ease * 0.6),
            k(66.0, 1134.0 - ease * 0.6),
            s(sh * 0.5 + 4.0, 1098.0 - ease),
            s(sh - 56.0, 1046.0),
            i(-30.0, 990.0),
            i(-42.0, 890.0),
            i(-60.0, 780.0),
            s(sh - 74.0, 690.0),
        ],
    }
}

/// Draws both arms with their sleeves and hands.
pub(crate) fn draw(out: &mut Sketch, build: &Build, skin: &Skin, sleeves: &Sleeves, stance: Stance) {
    let scale = if build.bust { 0.88 } else { 1.0 };
    if stance == Stance::Relaxed {
        for sign in [-1.0, 1.0] {
            hands::hanging(out, skin, (sign * (build.shoulder - 9.0), 1284.0), sign, scale);
        }
    }
    for sign in [1.0, -1.0] {
        let side = |knots: Vec<Knot>| if sign < 0.0 { flipped(&knots) } else { knots };
        if let Some(cuff) = sleeves.cuff {
            draw_cuff(out, build, stance, sign, cuff);
        }
        let outline = closed(&side(arm(build, stance, sleeves.ease)));
        if sleeves.length == Length::Wrist {
            sleeve(out, &outline, build, sleeves, sign, stance);
            continue;
        }
        // Only what the sleeve leaves bare, and a little more: its edge must not show at the shoulder.
        let top = if sleeves.length == Length::Upper { 800.0 } else { 960.0 };
        let [middle, bottom] = [1010.0, 1400.0];
        let bare = closed(&[
            k(-500.0, top),
            k(500.0, top),
            k(500.0, middle),
            k(500.0, bottom),
            k(-500.0, bottom),
            k(-500.0, middle),
        ]);
        out.clipped(&bare, |out| bare_arm(out, &closed(&side(arm(build, stance, -3.0))), build, skin, sign));
        let (covered, hem) = covered(build, sleeves.length, stance);
        let cut = closed(&side(covered));
        out.clipped(&cut, |out| sleeve(out, &outline, build, sleeves, sign, stance));
        out.clipped(&outline, |out| {
            let shifted: Vec<Knot> = hem.iter().map(|p| Knot { y: p.y + 6.0, ..*p }).collect();
            out.fill(brush(&side(shifted), [9.0, 9.0, 9.0]), skin.deep.with_alpha(0.3));
            out.fill(brush(&side(hem), [9.0, 9.0, 9.0]), darker(sleeves.cloth, 0.18));
        });
    }
    if stance == Stance::Clasped {
        hands::clasped(out, skin, CLASP_Y, scale);
    }
}

/// What of the right arm a short sleeve covers, and its hem.
fn covered(build: &Build, length: Length, stance: Stance) -> (Vec<Knot>, Vec<Knot>) {
    let sh = build.shoulder;
    let (inner, outer) = match (length, stance) {
        (Length::Upper, _) => (k(sh - 100.0, 862.0), k(sh + 80.0, 838.0)),
        (_, Stance::Relaxed) => (k(sh - 100.0, 1090.0), k(sh + 80.0, 1082.0)),
        (_, Stance::Clasped) => (k(sh - 66.0, 1010.0), k(sh + 4.0, 1136.0)),
    };
    let hem = vec![inner, outer];
    let mut knots = vec![k(sh - 160.0, 560.0), k(sh + 160.0, 560.0)];
    if length == Length::Elbow && stance == Stance::Clasped {
        knots.extend([k(sh + 160.0, 1180.0), outer, inner, k(sh - 120.0, 960.0)]);
    } else {
        knots.extend([k(sh + 160.0, outer.y - 4.0), outer, inner, k(sh - 160.0, inner.y)]);
    }
    (knots, hem)
}

fn bare_arm(out: &mut Sketch, outline: &BezPath, build: &Build, skin: &Skin, sign: f64) {
    let sh = build.shoulder;
    let (near, far) = if sign < 0.0 {
        (skin.light, mix(skin.base, skin.shadow, 0.3))
    } else {
        (skin.base, mix(skin.base, skin.shadow, 0.75))
    };
    let (from, to) = if sign < 0.0 { (-sh - 30.0, -sh + 50.0) } else { (sh - 50.0, sh + 40.0) };
    out.fill(outline.clone(), linear((from, 900.0), (to, 930.0), &[(0.0, near), (0.5, skin.base), (1.0, far)]));
    let at = |x: f64, y: f64| s(sign * x, y);
    out.clipped(outline, |out| {
        out.fill(
            brush(&[at(sh - 34.0, 985.0), at(sh - 14.0, 1000.0), at(sh + 6.0, 998.0)], [1.0, 4.0, 1.0]),
            skin.deep.with_alpha(0.35),
        );
        out.fill(
            brush(&[at(sh - 50.0, 1090.0), at(sh * 0.5 + 10.0, 1160.0), at(70.0, 1198.0)], [2.0, 18.0, 4.0]),
            skin.shadow.with_alpha(0.5),
        );
    });
}

fn draw_cuff(out: &mut Sketch, build: &Build, stance: Stance, sign: f64, cuff: Tint) {
    let knots = match stance {
        Stance::Relaxed => {
            let x = build.shoulder - 9.0;
            vec![k(x - 31.0, 1240.0), k(x + 33.0, 1240.0), k(x + 31.0, 1284.0), s(x, 1288.0), k(x - 29.0, 1284.0)]
        }
        Stance::Clasped => vec![k(100.0, 1128.0), k(56.0, 1138.0), s(53.0, 1170.0), k(60.0, 1200.0), k(108.0, 1196.0)],
    };
    let knots: Vec<Knot> = knots.into_iter().map(|p| Knot { x: p.x * sign, ..p }).collect();
    out.fill(closed(&knots), linear((0.0, 1130.0), (0.0, 1290.0), &[(0.0, cuff), (1.0, darker(cuff, 0.16))]));
}

fn sleeve(out: &mut Sketch, outline: &BezPath, build: &Build, sleeves: &Sleeves, sign: f64, stance: Stance) {
    let (sh, cloth) = (build.shoulder, sleeves.cloth);
    let tone = if sign < 0.0 { lighter(cloth, 0.04) } else { darker(cloth, 0.1) };
    out.fill(
        outline.clone(),
        linear(
            (sign * (sh - 60.0), 700.0),
            (sign * (sh + 40.0), 720.0),
            &[
                (0.0, darker(tone, 0.05)),
                (0.45, tone),
                (1.0, if sign < 0.0 { lighter(tone, 0.1) } else { darker(tone, 0.22) }),
            ],
        ),
    );
    let at = |x: f64, y: f64| s(sign * x, y);
    out.clipped(outline, |out| {
        let fold = darker(cloth, 0.35).with_alpha(0.5);
        let gleam = lighter(cloth, 0.22).with_alpha(0.4);
        match stance {
            Stance::Clasped => {
                // The forearm lies in front, its lower side in the shade.
                out.fill(
                    closed(&[
                        at(sh + 70.0, 1010.0),
                        at(sh + 20.0, 1075.0),
                        at(sh * 0.5 + 20.0, 1160.0),
                        at(50.0, 1184.0),
                        at(50.0, 1230.0),
                        at(sh, 1190.0),
                    ]),
                    darker(cloth, 0.4).with_alpha(0.4),
                );
                out.fill(
                    brush(&[at(sh - 34.0, 985.0), at(sh - 8.0, 1010.0), at(sh + 26.0, 1012.0)], [1.0, 7.0, 1.0]),
                    fold,
                );
                out.fill(
                    brush(&[at(sh - 44.0, 1020.0), at(sh - 14.0, 1036.0), at(sh + 10.0, 1060.0)], [1.0, 6.0, 1.0]),
                    fold,
                );
                out.fill(
                    brush(&[at(sh - 30.0, 950.0), at(sh + 4.0, 974.0), at(sh + 40.0, 968.0)], [1.0, 5.0, 1.0]),
                    fold,
                );
                out.fill(
                    brush(&[at(sh - 60.0, 1060.0), at(sh * 0.5, 1116.0), at(84.0, 1148.0)], [1.0, 8.0, 1.0]),
                    gleam,
                );
            }
            Stance::Relaxed => {
                out.fill(
                    brush(&[at(sh - 40.0, 985.0), at(sh - 16.0, 1004.0), at(sh + 14.0, 1000.0)], [1.0, 6.0, 1.0]),
                    fold,
                );
                out.fill(
                    brush(&[at(sh - 38.0, 1024.0), at(sh - 18.0, 1034.0), at(sh + 4.0, 1030.0)], [1.0, 5.0, 1.0]),
                    fold,
                );
                out.fill(brush(&[at(sh + 26.0, 1180.0), at(sh, 1200.0), at(sh - 26.0, 1196.0)], [1.0, 4.0, 1.0]), fold);
            }
        }
        out.fill(brush(&[at(sh - 14.0, 680.0), at(sh - 2.0, 780.0), at(sh + 6.0, 930.0)], [2.0, 12.0, 2.0]), gleam);
        out.fill(
            brush(&[at(sh - 60.0, 660.0), at(sh - 56.0, 730.0), at(sh - 50.0, 800.0)], [0.5, 4.0, 1.0]),
            fold.with_alpha(0.3),
        );
    });
}
