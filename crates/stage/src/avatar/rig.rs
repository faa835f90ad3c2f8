//! Who can speak: names, outfits, and where in the picture somebody's parts are.

use std::sync::Arc;

use vello_cpu::kurbo::{Point, Rect};

use crate::document::Crop;

use super::figure::people::Person;
use super::motion::chance::seed_of;
use super::portrait::Portrait;
use super::puppet::Puppet;
use super::puppet::parts::PartsRig;

/// The size of the frame that an avatar stands in, in units of the rig. A unit is about a pixel of a person 2,229 pixels high.
pub const FRAME: (f64, f64) = (1374.0, 2444.0);

/// Something to wear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutfitInfo {
    /// Names it in documents.
    pub id: String,
    /// Names it to people.
    pub name: String,
}

/// What is known about somebody without looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Names them in documents.
    pub id: String,
    /// Names them to people.
    pub name: String,
    /// `female`, `male` or `neutral`: also which voice suits.
    pub gender: String,
    /// `young`, `adult` or `senior`.
    pub age: String,
    /// Words to find them by.
    pub tags: Vec<String>,
    /// What they have to wear; never empty.
    pub outfits: Vec<OutfitInfo>,
}

/// A part of the frame that is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The part, in units of the rig.
    pub rect: Rect,
    /// The circle that cuts it, if one does: its middle and radius.
    pub circle: Option<(Point, f64)>,
}

/// Where in the frame somebody is, in units of the rig.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Boxes {
    /// The whole frame.
    pub frame: Rect,
    /// The person, in whatever they wear, with the room that they move in.
    pub tight: Rect,
    /// The face, from the hairline to the chin and from ear to ear.
    pub head: Rect,
}

/// Somebody who can be drawn.
#[derive(Debug, Clone)]
pub struct Rig {
    pub(crate) profile: Profile,
    pub(crate) boxes: Boxes,
    pub(crate) kind: Kind,
}

/// How somebody is drawn.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Figure(&'static Person),
    Parts(Arc<PartsRig>),
    Portrait(Arc<Portrait>),
}

impl Rig {
    /// Returns who this is.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns where in the frame they are.
    pub fn boxes(&self) -> Boxes {
        self.boxes
    }

    /// Returns the index of an outfit, and whether it stands in for an unknown one; the first without an id.
    pub fn outfit(&self, id: Option<&str>) -> (usize, bool) {
        let Some(id) = id else { return (0, false) };
        let outfits = &self.profile.outfits;
        match outfits.iter().position(|outfit| outfit.id == id) {
            Some(idx) => (idx, false),
            None => ((seed_of(&[id]) % outfits.len() as u64) as usize, true),
        }
    }

    /// Returns the part of the frame that a crop shows.
    pub fn view(&self, crop: Crop) -> View {
        let Boxes { tight, head, .. } = self.boxes;
        let unit = head.height();
        let middle = head.center();
        let rect = match crop {
            Crop::Full => tight,
            Crop::Half => Rect::new(tight.x0, tight.y0, tight.x1, (head.y1 + unit * 3.2).min(tight.y1)),
            Crop::Head => {
                let half = unit * 1.45;
                Rect::new(
                    middle.x - half,
                    tight.y0.min(head.y0 - unit * 0.5),
                    middle.x + half,
                    (head.y1 + unit * 1.05).min(tight.y1),
                )
            }
            Crop::Circle => {
                // High hair makes the circle larger.
                let radius = (middle.y - tight.y0).clamp(unit * 0.98, unit * 1.15);
                Rect::from_center_size((middle.x, middle.y - unit * 0.04), (2.0 * radius, 2.0 * radius))
            }
        };
        let circle = (crop == Crop::Circle).then(|| (rect.center(), rect.width() * 0.5));
        View { rect, circle }
    }

    /// Makes something that can be drawn; `outfit_idx` counts from 0 and wraps around.
    pub fn puppet(&self, outfit_idx: usize) -> Puppet {
        Puppet::new(self, outfit_idx % self.profile.outfits.len())
    }
}
