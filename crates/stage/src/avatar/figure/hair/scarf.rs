//! A scarf over the hair, around the face and over the shoulders.

use super::super::super::shape::{Knot, brush, closed, k, mirrored, s};
use super::super::super::sketch::{Tint, darker, lighter, linear};
use super::super::Look;
use super::{Hair, forehead_shadow};

/// Wraps a scarf around the head.
pub(super) fn hijab(look: &Look, cloth: Tint) -> Hair {
    let mut hair = Hair { ears: false, ..Hair::default() };
    let (w, len) = (look.face.cheek, look.face.length);
    let back = [
        s(0.0, -196.0),
        s(80.0, -176.0),
        s(w + 28.0, -100.0),
        s(w + 34.0, 10.0),
        s(w + 18.0, 110.0),
        s(w + 12.0, 200.0),
        k(0.0, 240.0),
    ];
    hair.behind.fill(closed(&mirrored(&back)), darker(cloth, 0.45));
    let opening = opening(w, len);
    forehead_shadow(
        &mut hair.on_skin,
        look,
        &[
            k(-w, 40.0),
            s(-w + 12.0, -40.0),
            s(-66.0, -88.0),
            s(0.0, -104.0),
            s(66.0, -88.0),
            s(w - 12.0, -40.0),
            k(w, 40.0),
        ],
    );
    hair.on_skin.fill(
        brush(&[s(w - 10.0, -60.0), s(w - 4.0, 30.0), s(76.0, 92.0), s(36.0, len)], [4.0, 26.0, 6.0]),
        look.skin.shadow.with_alpha(0.5),
    );
    drape(&mut hair, w, len, cloth);
    let mut ring = closed(&mirrored(&[
        s(0.0, -196.0),
        s(64.0, -184.0),
        s(w + 12.0, -128.0),
        s(w + 28.0, -30.0),
        s(w + 20.0, 70.0),
        s(78.0, 150.0),
        s(0.0, len + 58.0),
    ]));
    ring.extend(opening.reverse_subpaths().elements().iter().copied());
    hair.front.fill(
        ring.clone(),
        linear((-w, -170.0), (w, 60.0), &[(0.0, lighter(cloth, 0.18)), (0.4, cloth), (1.0, darker(cloth, 0.3))]),
    );
    hair.front.clipped(&ring, |out| {
        let fold = darker(cloth, 0.4).with_alpha(0.5);
        let gleam = lighter(cloth, 0.35).with_alpha(0.5);
        for (line, width) in [
            (vec![s(-40.0, -190.0), s(-w - 4.0, -110.0), s(-w - 8.0, 0.0), s(-84.0, 100.0), s(-20.0, 176.0)], 8.0),
            (vec![s(20.0, -194.0), s(w + 2.0, -110.0), s(w + 8.0, 0.0), s(84.0, 100.0), s(30.0, 170.0)], 8.0),
            (vec![s(60.0, -186.0), s(w + 18.0, -80.0), s(w + 12.0, 40.0), s(70.0, 140.0)], 6.0),
        ] {
            out.fill(brush(&line, [1.0, width, 1.0]), fold);
        }
        for line in [
            vec![s(-66.0, -172.0), s(-w - 14.0, -90.0), s(-w - 14.0, 10.0), s(-w + 2.0, 80.0)],
            vec![s(-10.0, -180.0), s(-70.0, -140.0), s(-w + 2.0, -60.0), s(-w - 2.0, 20.0)],
        ] {
            out.fill(brush(&line, [1.0, 9.0, 1.0]), gleam);
        }
        // The hem around the face.
        let mut hem = self_grown(&opening_knots(w, len), 7.0);
        hem.extend(opening.reverse_subpaths().elements().iter().copied());
        out.fill(hem, darker(cloth, 0.22));
    });
    hair
}

fn opening_knots(w: f64, len: f64) -> Vec<Knot> {
    mirrored(&[
        s(0.0, -112.0),
        s(50.0, -101.0),
        s(w - 20.0, -62.0),
        s(w - 6.0, 0.0),
        s(w - 6.0, 60.0),
        s(72.0, 112.0),
        s(40.0, len + 2.0),
        s(0.0, len + 13.0),
    ])
}

fn opening(w: f64, len: f64) -> vello_cpu::kurbo::BezPath {
    closed(&opening_knots(w, len))
}

/// An outline around the face, a little larger.
fn self_grown(knots: &[Knot], by: f64) -> vello_cpu::kurbo::BezPath {
    let grown: Vec<Knot> = knots
        .iter()
        .map(|p| Knot { x: p.x * (1.0 + by / 95.0), y: 20.0 + (p.y - 20.0) * (1.0 + by / 130.0), ..*p })
        .collect();
    closed(&grown)
}

/// The ends of the scarf over neck and chest.
fn drape(hair: &mut Hair, w: f64, len: f64, cloth: Tint) {
    let knots = [
        s(0.0, len + 30.0),
        s(-62.0, 142.0),
        s(-w + 4.0, 98.0),
        s(-w - 10.0, 150.0),
        s(-w - 44.0, 224.0),
        s(-w - 62.0, 282.0),
        s(-w - 10.0, 318.0),
        s(-40.0, 372.0),
        s(30.0, 396.0),
        s(84.0, 366.0),
        s(w + 28.0, 306.0),
        s(w + 60.0, 272.0),
        s(w + 42.0, 216.0),
        s(w + 10.0, 150.0),
        s(w - 4.0, 98.0),
        s(62.0, 142.0),
    ];
    let shape = closed(&knots);
    hair.front.fill(
        closed(&knots.map(|p| Knot { x: p.x * 1.01 + 3.0, y: p.y + 8.0, ..p })),
        darker(cloth, 0.8).with_alpha(0.22),
    );
    hair.front.fill(
        shape.clone(),
        linear((-w, 140.0), (w, 320.0), &[(0.0, lighter(cloth, 0.1)), (0.5, cloth), (1.0, darker(cloth, 0.25))]),
    );
    hair.front.clipped(&shape, |out| {
        let fold = darker(cloth, 0.42).with_alpha(0.5);
        for (line, width) in [
            (vec![s(-w, 130.0), s(-70.0, 230.0), s(0.0, 300.0), s(60.0, 340.0)], 9.0),
            (vec![s(-w - 30.0, 220.0), s(-90.0, 290.0), s(-20.0, 340.0), s(30.0, 380.0)], 8.0),
            (vec![s(w - 4.0, 130.0), s(70.0, 200.0), s(10.0, 240.0), s(-60.0, 236.0)], 9.0),
            (vec![s(w + 30.0, 210.0), s(w - 6.0, 270.0), s(50.0, 300.0)], 7.0),
        ] {
            out.fill(brush(&line, [1.0, width, 1.0]), fold);
        }
        for line in [
            vec![s(-w - 10.0, 170.0), s(-90.0, 250.0), s(-30.0, 310.0)],
            vec![s(-70.0, 180.0), s(-30.0, 240.0), s(40.0, 290.0)],
        ] {
            out.fill(brush(&line, [1.0, 10.0, 1.0]), lighter(cloth, 0.35).with_alpha(0.4));
        }
        out.fill(
            closed(&[
                s(-90.0, 120.0),
                s(0.0, len + 50.0),
                s(90.0, 120.0),
                s(96.0, 150.0),
                s(10.0, len + 84.0),
                s(-90.0, 156.0),
            ]),
            darker(cloth, 0.5).with_alpha(0.35),
        );
    });
}
