//! What people wear.

mod jacket;
mod knit;

use super::super::sketch::{Sketch, Tint};
use super::arms::{self, Length, Sleeves, Stance};
use super::{Look, body};

/// What is worn above the waist.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Top {
    /// A jacket with lapels over a shirt.
    Suit { cloth: Tint, shirt: Tint, tie: Option<Tint> },
    /// A knitted sweater.
    Sweater { cloth: Tint, neck: Neck },
}

/// How a garment ends at the neck.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Neck {
    Round,
    Turtle,
    /// With the collar of a shirt.
    Collar(Tint),
}

/// What is worn below it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bottom {
    Trousers(Tint),
    Slim(Tint),
}

/// What somebody wears, and how they stand in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outfit {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) top: Top,
    pub(crate) bottom: Bottom,
    pub(crate) shoes: Tint,
    pub(crate) sole: Tint,
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
    body::shoes(&mut dressed.lower, build, outfit.shoes, outfit.sole);
    match outfit.bottom {
        Bottom::Trousers(cloth) => body::trousers(&mut dressed.lower, build, cloth, false),
        Bottom::Slim(cloth) => body::trousers(&mut dressed.lower, build, cloth, true),
    }
    let out = &mut dressed.upper;
    body::neck(out, look);
    let sleeves = match outfit.top {
        Top::Suit { cloth, shirt, tie } => {
            jacket::draw(out, look, cloth, shirt, tie);
            Sleeves { cloth, cuff: Some(shirt), ease: 6.0, length: Length::Wrist }
        }
        Top::Sweater { cloth, neck } => {
            knit::sweater(out, look, cloth, neck);
            Sleeves { cloth, cuff: None, ease: 3.0, length: Length::Wrist }
        }
    };
    arms::draw(out, build, &look.skin, &sleeves, outfit.stance);
    dressed
}
