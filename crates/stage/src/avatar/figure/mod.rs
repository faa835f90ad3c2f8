//! Our own people, drawn from descriptions: a few dozen numbers and names make a figure.
//!
//! A head is drawn around the point between its eyes, a body around the middle line, both in units of the rig.
//! What never moves is made once as a [`Sketch`]; eyes, brows and mouth are made for each pose.

pub(crate) mod arms;
pub(crate) mod body;
pub(crate) mod eyes;
pub(crate) mod hair;
pub(crate) mod hands;
pub(crate) mod head;
pub(crate) mod mouth;
pub(crate) mod outfit;
pub(crate) mod people;

use super::sketch::{Tint, darker, hex, lighter, mix};

/// The colors of somebody's skin and lips.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Skin {
    pub(crate) base: Tint,
    pub(crate) light: Tint,
    pub(crate) shadow: Tint,
    pub(crate) deep: Tint,
    pub(crate) blush: Tint,
    pub(crate) lip: Tint,
}

impl Skin {
    pub(crate) const fn new(base: u32, light: u32, shadow: u32, deep: u32, blush: u32, lip: u32) -> Self {
        Self {
            base: hex(base),
            light: hex(light),
            shadow: hex(shadow),
            deep: hex(deep),
            blush: hex(blush),
            lip: hex(lip),
        }
    }
}

/// The shape of a face.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Face {
    /// Half of the width at the cheekbones.
    pub(crate) cheek: f64,
    /// Half of the width at the corners of the jaw.
    pub(crate) jaw: f64,
    /// Half of the width of the chin.
    pub(crate) chin: f64,
    /// From the eyes to the lower edge of the chin.
    pub(crate) length: f64,
    /// How old it looks: 0 smooth, 1 deeply lined.
    pub(crate) age: f64,
    /// How wide the nose is; 1 is middling.
    pub(crate) nose: f64,
    /// Freckles.
    pub(crate) freckles: bool,
}

/// The shape of the eyes and brows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Eyes {
    pub(crate) iris: Tint,
    /// Half of the width.
    pub(crate) width: f64,
    /// Half of the height.
    pub(crate) height: f64,
    /// How much higher the outer corner is.
    pub(crate) tilt: f64,
    /// Whether the lid has a fold.
    pub(crate) fold: bool,
    /// How thick the line of the lashes is.
    pub(crate) lashes: f64,
    /// Whether the lashes stand out at the outer corner.
    pub(crate) wing: bool,
    pub(crate) brow: Tint,
    /// How thick the brows are.
    pub(crate) brow_width: f64,
    /// How much they are arched.
    pub(crate) brow_arch: f64,
}

/// The shape of the mouth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lips {
    /// Half of the width at rest.
    pub(crate) width: f64,
    pub(crate) upper: f64,
    pub(crate) lower: f64,
    /// How much the color of the lips stands out from the skin.
    pub(crate) color: f32,
}

/// The colors of hair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HairTone {
    pub(crate) base: Tint,
    pub(crate) light: Tint,
    pub(crate) dark: Tint,
}

impl HairTone {
    pub(crate) const fn new(base: u32, light: u32, dark: u32) -> Self {
        Self { base: hex(base), light: hex(light), dark: hex(dark) }
    }
}

/// What frames the eyes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Glasses {
    Round(Tint),
    Square(Tint),
}

/// What grows on a chin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beard {
    Full,
    Stubble,
    Goatee,
    Mustache,
}

/// How wide the body is at several heights; halves of widths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    pub(crate) neck: f64,
    pub(crate) shoulder: f64,
    pub(crate) chest: f64,
    pub(crate) waist: f64,
    pub(crate) hip: f64,
    /// Whether the chest has a bust.
    pub(crate) bust: bool,
}

/// A description of somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) skin: Skin,
    pub(crate) face: Face,
    pub(crate) eyes: Eyes,
    pub(crate) lips: Lips,
    pub(crate) hair: hair::Style,
    pub(crate) tone: HairTone,
    pub(crate) beard: Option<Beard>,
    pub(crate) glasses: Option<Glasses>,
    pub(crate) earrings: Option<Tint>,
    pub(crate) build: Build,
}

impl Look {
    /// Returns the color of the lips.
    pub(crate) fn lip_tint(&self) -> Tint {
        mix(self.skin.shadow, self.skin.lip, self.lips.color)
    }

    /// Returns the darker color of the upper lip.
    pub(crate) fn upper_lip_tint(&self) -> Tint {
        darker(self.lip_tint(), 0.14)
    }

    /// Returns the color of light on the lower lip.
    pub(crate) fn lip_light(&self) -> Tint {
        lighter(self.lip_tint(), 0.4)
    }
}
