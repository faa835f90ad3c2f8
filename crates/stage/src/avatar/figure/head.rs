//! Heads without what moves in them: face, ears, nose, beard, glasses.

use super::super::shape::{Knot, brush, closed, ellipse, flipped, k, map, mirrored, s};
use super::super::sketch::{Sketch, Tint, darker, glow, hex, lighter, linear, mix};
use super::{Beard, Face, Glasses, Look};
use vello_cpu::kurbo::{BezPath, Point};

/// The parts of a head that keep their shape, from back to front; the eyes and the mouth come between.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    /// Hair behind the body.
    pub(crate) behind: Sketch,
    /// Ears, face and beard. Moves with the jaw.
    pub(crate) base: Sketch,
    /// The shadows of the hair on the face.
    pub(crate) shadows: Sketch,
    /// The nose.
    pub(crate) nose: Sketch,
    /// What grows over the upper lip.
    pub(crate) over_mouth: Sketch,
    /// Glasses.
    pub(crate) glasses: Sketch,
    /// Hair in front.
    pub(crate) front: Sketch,
}

/// Draws what keeps its shape.
pub(crate) fn draw(look: &Look) -> Head {
    let hair = super::hair::draw(look);
    let mut base = Sketch::default();
    if hair.ears {
        ears(&mut base, look);
    }
    face(&mut base, look);
    let mut shadows = Sketch::default();
    shadows.clipped(&outline(&look.face), |out| out.overlay(hair.on_skin));
    let mut over_mouth = Sketch::default();
    if let Some(beard) = look.beard {
        draw_beard(&mut base, &mut over_mouth, look, beard);
    }
    let mut glasses = Sketch::default();
    if let Some(kind) = look.glasses {
        draw_glasses(&mut glasses, look, kind);
    }
    Head { behind: hair.behind, base, shadows, nose: nose(look), over_mouth, glasses, front: hair.front }
}

/// Returns the outline of the face and skull.
pub(crate) fn outline(face: &Face) -> BezPath {
    closed(&mirrored(&outline_knots(face)))
}

fn outline_knots(face: &Face) -> [Knot; 11] {
    let Face { cheek, jaw, chin, length, .. } = *face;
    [
        s(0.0, -166.0),
        s(cheek * 0.56, -152.0),
        s(cheek * 0.9, -110.0),
        s(cheek, -50.0),
        s(cheek, 2.0),
        s(cheek * 0.965, 42.0),
        s(jaw, length * 0.6),
        s((jaw + chin) * 0.53, length * 0.79),
        s(chin, length * 0.92),
        s(chin * 0.5, length * 0.99),
        s(0.0, length),
    ]
}

fn ears(out: &mut Sketch, look: &Look) {
    let skin = &look.skin;
    let x = look.face.cheek - 100.0;
    let knots = [
        s(92.0 + x, -8.0),
        s(104.0 + x, -22.0),
        s(116.0 + x, -16.0),
        s(117.0 + x, 8.0),
        s(110.0 + x, 34.0),
        s(102.0 + x, 50.0),
        s(93.0 + x, 44.0),
    ];
    let inner = [s(100.0 + x, -10.0), s(109.0 + x, -10.0), s(110.0 + x, 8.0), s(103.0 + x, 30.0), s(98.0 + x, 20.0)];
    for (outer, inner, tint) in [
        (closed(&flipped(&knots)), closed(&flipped(&inner)), skin.base),
        (closed(&knots), closed(&inner), mix(skin.base, skin.shadow, 0.55)),
    ] {
        out.fill(outer, tint);
        out.fill(inner, mix(tint, skin.deep, 0.32));
    }
    if let Some(tint) = look.earrings {
        for sign in [-1.0, 1.0] {
            out.fill(
                ellipse(sign * (103.0 + x), 56.0, 6.0, 7.0),
                linear((0.0, 49.0), (0.0, 63.0), &[(0.0, lighter(tint, 0.5)), (1.0, darker(tint, 0.2))]),
            );
        }
    }
}

fn face(out: &mut Sketch, look: &Look) {
    let (skin, shape) = (&look.skin, &look.face);
    let path = outline(shape);
    let (w, len) = (shape.cheek, shape.length);
    out.fill(
        path.clone(),
        linear(
            (-w, -60.0),
            (w * 1.05, 50.0),
            &[(0.0, skin.light), (0.3, skin.base), (0.72, skin.base), (1.0, mix(skin.base, skin.shadow, 0.75))],
        ),
    );
    out.clipped(&path, |out| {
        // The side away from the light.
        let side = [
            s(w * 0.82, -120.0),
            s(w * 1.2, -60.0),
            s(w * 1.22, 20.0),
            s(w * 1.2, len),
            s(0.0, len * 1.1),
            s(shape.chin * 0.75, len * 0.965),
            s(w * 0.66, len * 0.72),
            s(w * 0.86, 52.0),
            s(w * 0.93, 0.0),
        ];
        out.fill(closed(&side), skin.shadow.with_alpha(0.42));
        out.fill(
            ellipse(6.0, len + 4.0, shape.chin * 1.7, 34.0),
            glow((8.0, len + 6.0), shape.chin * 1.5, skin.shadow.with_alpha(0.55)),
        );
        // Under the brows.
        for sign in [-1.0, 1.0] {
            out.fill(
                ellipse(sign * 44.0, -6.0, 40.0, 26.0),
                glow((sign * 42.0, -12.0), 34.0, skin.shadow.with_alpha(0.5)),
            );
        }
        // The cheeks.
        for sign in [-1.0, 1.0] {
            out.fill(
                ellipse(sign * 62.0, 48.0, 40.0, 34.0),
                glow((sign * 62.0, 48.0), 38.0, skin.blush.with_alpha(if look.build.bust { 0.46 } else { 0.28 })),
            );
        }
        out.fill(ellipse(-44.0, 28.0, 34.0, 18.0), glow((-48.0, 26.0), 30.0, skin.light.with_alpha(0.65)));
        out.fill(ellipse(-14.0, -84.0, 70.0, 44.0), glow((-16.0, -84.0), 66.0, skin.light.with_alpha(0.6)));
        out.fill(ellipse(-4.0, len - 18.0, 22.0, 13.0), glow((-4.0, len - 18.0), 20.0, skin.light.with_alpha(0.55)));
    });
    if shape.freckles {
        freckles(out, look);
    }
    if shape.age > 0.0 {
        wrinkles(out, look);
    }
}

fn freckles(out: &mut Sketch, look: &Look) {
    const SPOTS: [(f64, f64); 13] = [
        (30.0, 36.0),
        (42.0, 30.0),
        (52.0, 40.0),
        (60.0, 31.0),
        (38.0, 46.0),
        (68.0, 42.0),
        (22.0, 43.0),
        (48.0, 51.0),
        (12.0, 31.0),
        (74.0, 34.0),
        (57.0, 55.0),
        (5.0, 39.0),
        (33.0, 25.0),
    ];
    for (x, y) in SPOTS {
        for sign in [-1.0, 1.0] {
            out.fill(ellipse(sign * x, y + sign, 1.7, 1.5), look.skin.deep.with_alpha(0.4));
        }
    }
}

fn wrinkles(out: &mut Sketch, look: &Look) {
    let age = look.face.age as f32;
    let line = look.skin.deep.with_alpha(0.42 * age);
    for sign in [-1.0, 1.0] {
        let at = |x: f64, y: f64| s(sign * x, y);
        out.fill(brush(&[at(25.0, 56.0), at(37.0, 70.0), at(43.0, 88.0)], [0.6, 3.2, 0.6]), line);
        out.fill(brush(&[at(26.0, 19.0), at(42.0, 25.0), at(58.0, 20.0)], [0.5, 2.2, 0.5]), line);
        out.fill(brush(&[at(75.0, -8.0), at(84.0, -12.0)], [0.5, 1.8, 0.5]), line);
        out.fill(brush(&[at(76.0, 0.0), at(86.0, 1.0)], [0.5, 1.8, 0.5]), line);
    }
    if age > 0.6 {
        out.fill(brush(&[s(-46.0, -74.0), s(0.0, -78.0), s(46.0, -74.0)], [0.5, 2.2, 0.5]), line.with_alpha(0.25));
        out.fill(brush(&[s(-40.0, -88.0), s(0.0, -92.0), s(40.0, -88.0)], [0.5, 2.0, 0.5]), line.with_alpha(0.2));
    }
}

fn nose(look: &Look) -> Sketch {
    let (skin, w) = (&look.skin, look.face.nose);
    let mut out = Sketch::default();
    let strength = if look.build.bust { 0.6 } else { 1.0 };
    let bridge = [
        s(7.0, -18.0),
        s(11.0, 4.0),
        s(15.0 * w, 28.0),
        s(23.0 * w, 48.0),
        s(24.0 * w, 60.0),
        s(12.0 * w, 66.0),
        s(4.0, 64.0),
        s(9.0, 44.0),
        s(5.0, 14.0),
        s(3.0, -8.0),
    ];
    out.fill(
        closed(&bridge),
        linear(
            (0.0, -18.0),
            (0.0, 60.0),
            &[
                (0.0, skin.shadow.with_alpha(0.0)),
                (0.45, skin.shadow.with_alpha(0.45 * strength)),
                (1.0, skin.shadow.with_alpha(0.8 * strength)),
            ],
        ),
    );
    let under = [
        s(-21.0 * w, 57.0),
        s(-12.0 * w, 60.0),
        s(0.0, 63.0),
        s(12.0 * w, 60.0),
        s(22.0 * w, 57.0),
        s(16.0 * w, 67.0),
        s(0.0, 72.0),
        s(-15.0 * w, 67.0),
    ];
    out.fill(closed(&under), skin.shadow.with_alpha(0.75));
    for sign in [-1.0, 1.0] {
        let at = |x: f64, y: f64| s(sign * x * w, y);
        out.fill(brush(&[at(19.0, 44.0), at(24.5, 53.0), at(20.0, 62.0)], [0.6, 2.6, 1.2]), skin.deep.with_alpha(0.5));
        out.fill(
            closed(&[at(5.5, 63.0), at(11.0, 60.0), at(17.0, 61.5), at(13.0, 65.5), at(7.0, 66.0)]),
            skin.deep.with_alpha(0.8),
        );
    }
    out.fill(ellipse(-4.0, 46.0, 12.0 * w, 12.0), glow((-4.0, 46.0), 12.0, lighter(skin.light, 0.3).with_alpha(0.75)));
    out.fill(ellipse(-3.0, 10.0, 5.0, 30.0), glow((-3.0, 8.0), 26.0, skin.light.with_alpha(0.55)));
    out
}

fn draw_beard(out: &mut Sketch, over: &mut Sketch, look: &Look, beard: Beard) {
    let w = look.face.cheek;
    let tone = &look.tone;
    let alpha = if beard == Beard::Stubble { 0.3 } else { 1.0 };
    let fill = |tint: Tint| tint.with_alpha(alpha);
    let shade =
        linear((-w, 60.0), (w, 110.0), &[(0.0, fill(tone.light)), (0.4, fill(tone.base)), (1.0, fill(tone.dark))]);
    let mut chin = match beard {
        Beard::Full => closed(&mirrored(&full_beard(&look.face, 13.0, 4.0))),
        Beard::Stubble => closed(&mirrored(&full_beard(&look.face, 1.0, -0.5))),
        Beard::Goatee => closed(&mirrored(&goatee(look.face.length))),
        Beard::Mustache => BezPath::new(),
    };
    let lip = closed(&mirrored(&mustache(beard)));
    if beard == Beard::Stubble {
        // One shape, or it would be darker where two overlap.
        chin.extend(lip.elements().iter().copied());
        out.fill(chin, shade);
        return;
    }
    out.fill(chin, shade.clone());
    if beard == Beard::Full {
        let tuft = [k(0.0, 110.0), s(6.0, 111.0), s(8.0, 120.0), s(0.0, 124.0)];
        out.fill(closed(&mirrored(&tuft)), tone.dark.with_alpha(0.8));
    }
    over.fill(lip, shade);
    let gleam = lighter(tone.light, 0.15).with_alpha(0.5);
    over.fill(brush(&[s(-34.0, 80.0), s(-16.0, 73.0), s(-3.0, 72.0)], [0.8, 2.4, 0.8]), gleam);
}

/// Half of a beard that hangs `drop` below the chin and stands out by `grow`, with a gap for the lips.
fn full_beard(face: &Face, drop: f64, grow: f64) -> [Knot; 16] {
    let Face { cheek: w, length: len, jaw, chin, .. } = *face;
    [
        k(0.0, 105.5),
        s(14.0, 105.0),
        s(26.0, 102.5),
        s(35.0, 96.5),
        s(38.0, 86.0),
        s(47.0, 75.0),
        s(66.0, 67.0),
        s(82.0, 46.0),
        k(w * 0.93, -14.0),
        k(w + 1.0, -18.0),
        s(w * 0.975 + grow, 42.0),
        s(jaw + grow, len * 0.6),
        s((jaw + chin) * 0.53 + grow, len * 0.79 + drop * 0.4),
        s(chin + grow, len * 0.92 + drop * 0.8),
        s(chin * 0.5, len * 0.99 + drop),
        s(0.0, len + drop),
    ]
}

fn goatee(len: f64) -> [Knot; 10] {
    [
        k(0.0, 112.0),
        s(9.0, 111.0),
        s(18.0, 116.0),
        s(33.0, 110.0),
        s(38.0, 86.0),
        s(46.0, 84.0),
        s(47.0, 116.0),
        s(36.0, len * 0.95),
        s(18.0, len + 7.0),
        s(0.0, len + 9.0),
    ]
}

/// Half of what grows on the upper lip.
fn mustache(beard: Beard) -> Vec<Knot> {
    match beard {
        Beard::Mustache => {
            vec![k(0.0, 68.0), s(14.0, 67.0), s(30.0, 74.0), s(48.0, 92.0), s(40.0, 93.0), s(22.0, 86.0), s(0.0, 83.0)]
        }
        Beard::Stubble => {
            vec![k(0.0, 72.0), s(16.0, 71.0), s(32.0, 75.0), s(47.0, 75.0), s(40.0, 84.0), s(22.0, 84.0), s(0.0, 82.0)]
        }
        Beard::Full | Beard::Goatee => vec![
            k(0.0, 69.0),
            s(14.0, 68.0),
            s(31.0, 74.0),
            s(46.0, 86.0),
            s(38.0, 88.5),
            s(26.0, 84.5),
            s(12.0, 81.5),
            s(0.0, 82.5),
        ],
    }
}

fn draw_glasses(out: &mut Sketch, look: &Look, kind: Glasses) {
    let (tint, lens): (Tint, Vec<Knot>) = match kind {
        Glasses::Round(tint) => (
            tint,
            vec![
                s(47.0, -32.0),
                s(73.0, -22.0),
                s(80.0, 4.0),
                s(68.0, 28.0),
                s(46.0, 35.0),
                s(24.0, 27.0),
                s(14.0, 4.0),
                s(22.0, -23.0),
            ],
        ),
        Glasses::Square(tint) => (
            tint,
            vec![
                s(20.0, -25.0),
                s(47.0, -27.0),
                s(78.0, -25.0),
                s(84.0, -14.0),
                s(78.0, 20.0),
                s(66.0, 29.0),
                s(34.0, 29.0),
                s(20.0, 21.0),
                s(13.0, -12.0),
            ],
        ),
    };
    let x = look.face.cheek;
    for sign in [-1.0, 1.0] {
        let knots: Vec<Knot> = lens.iter().map(|p| Knot { x: p.x * sign, ..*p }).collect();
        let outer = closed(&knots);
        let center = Point::new(sign * 47.0, 1.0);
        let inner = map(&outer, |p| center + (p - center) * 0.885);
        let mut ring = outer.clone();
        ring.extend(inner.reverse_subpaths().elements().iter().copied());
        out.fill(
            inner.clone(),
            linear(
                (0.0, -30.0),
                (0.0, 32.0),
                &[(0.0, hex(0xFFFFFF).with_alpha(0.16)), (1.0, hex(0xFFFFFF).with_alpha(0.02))],
            ),
        );
        out.clipped(&inner, |out| {
            let gleam = [
                k(sign * 47.0 - 26.0, 40.0),
                k(sign * 47.0 - 4.0, -40.0),
                k(sign * 47.0 + 8.0, -40.0),
                k(sign * 47.0 - 14.0, 40.0),
            ];
            out.fill(closed(&gleam), hex(0xFFFFFF).with_alpha(0.14));
        });
        out.fill(map(&ring, |p| Point::new(p.x, p.y + 3.0)), look.skin.deep.with_alpha(0.22));
        out.fill(
            ring,
            linear((0.0, -32.0), (0.0, 35.0), &[(0.0, lighter(tint, 0.12)), (0.5, tint), (1.0, darker(tint, 0.1))]),
        );
        out.fill(brush(&[s(sign * 79.0, -12.0), s(sign * (x + 2.0), -12.0)], [5.0, 4.5, 4.0]), tint);
    }
    out.fill(brush(&[s(-16.0, -6.0), s(0.0, -12.0), s(16.0, -6.0)], [4.5, 4.0, 4.5]), tint);
}
