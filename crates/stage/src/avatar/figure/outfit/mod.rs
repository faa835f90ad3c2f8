//! What people wear.

mod dress;
mod jacket;
mod knit;
mod layers;
mod shirt;

use super::super::sketch::{Sketch, Tint, hex};
use super::arms::{self, Length, Sleeves, Stance};
use super::{Look, body};

/// What is worn above the waist.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Top {
    /// A jacket with lapels over something.
    Jacket(Tint, Inner),
    /// A knitted sweater.
    Sweater(Tint, Neck),
    /// A T-shirt.
    Tee(Tint),
    /// A T-shirt with a collar, and a badge.
    Polo(Tint),
    /// A shirt with its sleeves rolled up.
    Shirt(Tint),
    /// A waistcoat over a shirt with its sleeves rolled up.
    Vest { cloth: Tint, shirt: Tint, tie: Option<Tint> },
    /// An open cardigan over something.
    Cardigan(Tint, Inner),
    /// A sweater with a hood.
    Hoodie(Tint),
    /// A long coat over something, as in a laboratory.
    Coat(Tint, Inner),
    /// A dress or tunic down to a height, its sleeves long.
    Dress { cloth: Tint, belt: Tint, hem: f64 },
}

/// What is seen between lapels.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inner {
    Shirt { cloth: Tint, tie: Option<Tint> },
    Top(Tint),
    Tee(Tint),
    Turtle(Tint),
}

/// How a garment ends at the neck.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Neck {
    Round,
    Turtle,
    /// With the collar of a shirt.
    Collar(Tint),
}

/// What is worn below the waist.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bottom {
    Trousers(Tint),
    Slim(Tint),
    /// A skirt to the knee over tights.
    Skirt(Tint, Tint),
    /// Tights alone, below a dress.
    Tights(Tint),
}

/// What is worn on the feet.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shoes {
    Leather(Tint),
    Sneakers(Tint),
    Pumps(Tint),
}

/// What somebody wears, and how they stand in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outfit {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) top: Top,
    pub(crate) bottom: Bottom,
    pub(crate) shoes: Shoes,
    pub(crate) stance: Stance,
}

/// A body in clothes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dressed {
    /// Legs and feet, which stand still.
    pub(crate) lower: Sketch,
    /// Neck, chest and arms, which breathe.
    pub(crate) upper: Sketch,
}

/// Draws a body in clothes.
pub(crate) fn draw(look: &Look, outfit: &Outfit) -> Dressed {
    let mut dressed = Dressed::default();
    let build = &look.build;
    let lower = &mut dressed.lower;
    match outfit.bottom {
        Bottom::Skirt(_, tights) | Bottom::Tights(tights) => dress::legs(lower, build, tights),
        Bottom::Trousers(_) | Bottom::Slim(_) => {}
    }
    match outfit.shoes {
        Shoes::Leather(tint) => body::shoes(lower, build, tint, hex(0x1C1413)),
        Shoes::Sneakers(tint) => body::sneakers(lower, build, tint),
        Shoes::Pumps(tint) => dress::pumps(lower, build, look, tint),
    }
    match outfit.bottom {
        Bottom::Trousers(cloth) => body::trousers(lower, build, cloth, false),
        Bottom::Slim(cloth) => body::trousers(lower, build, cloth, true),
        Bottom::Skirt(cloth, _) => dress::skirt(lower, build, cloth),
        Bottom::Tights(_) => {}
    }
    let out = &mut dressed.upper;
    body::neck(out, look);
    let sleeves = draw_top(out, look, outfit.top);
    arms::draw(out, build, &look.skin, &sleeves, outfit.stance);
    dressed
}

fn draw_top(out: &mut Sketch, look: &Look, top: Top) -> Sleeves {
    let long = |cloth: Tint, cuff: Option<Tint>, ease: f64| Sleeves { cloth, cuff, ease, length: Length::Wrist };
    let cuff_of = |inner: Inner| match inner {
        Inner::Shirt { cloth, .. } => Some(cloth),
        _ => None,
    };
    match top {
        Top::Jacket(cloth, inner) => {
            jacket::draw(out, look, cloth, inner);
            long(cloth, cuff_of(inner), 6.0)
        }
        Top::Sweater(cloth, neck) => {
            knit::sweater(out, look, cloth, neck);
            long(cloth, None, 3.0)
        }
        Top::Tee(cloth) => {
            shirt::tee(out, look, cloth);
            Sleeves { cloth, cuff: None, ease: 8.0, length: Length::Upper }
        }
        Top::Polo(cloth) => {
            shirt::polo(out, look, cloth);
            Sleeves { cloth, cuff: None, ease: 7.0, length: Length::Upper }
        }
        Top::Shirt(cloth) => {
            shirt::shirt(out, look, cloth);
            Sleeves { cloth, cuff: None, ease: 4.0, length: Length::Elbow }
        }
        Top::Vest { cloth, shirt, tie } => {
            shirt::vest(out, look, cloth, shirt, tie);
            Sleeves { cloth: shirt, cuff: None, ease: 4.0, length: Length::Elbow }
        }
        Top::Cardigan(cloth, inner) => {
            layers::cardigan(out, look, cloth, inner);
            long(cloth, cuff_of(inner), 4.0)
        }
        Top::Hoodie(cloth) => {
            layers::hoodie(out, look, cloth);
            long(cloth, None, 7.0)
        }
        Top::Coat(cloth, inner) => {
            layers::coat(out, look, cloth, inner);
            long(cloth, None, 8.0)
        }
        Top::Dress { cloth, belt, hem } => {
            dress::dress(out, look, cloth, belt, hem);
            long(cloth, None, 1.0)
        }
    }
}
