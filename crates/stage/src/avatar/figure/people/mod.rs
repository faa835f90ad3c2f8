//! The people that ship with the program.

mod table;

use vello_cpu::kurbo::{Rect, Vec2};

use super::super::puppet::{CENTER_X, HEAD_ROOM, eye_y};
use super::super::rig::{Boxes, FRAME, Kind, OutfitInfo, Profile, Rig};
use super::outfit::Outfit;
use super::{Look, head, outfit};

pub(crate) use table::PEOPLE;

/// Somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) gender: &'static str,
    pub(crate) age: &'static str,
    pub(crate) tags: &'static [&'static str],
    pub(crate) look: Look,
    pub(crate) outfits: &'static [Outfit],
}

/// Returns somebody as a rig.
pub(crate) fn rig(person: &'static Person) -> Rig {
    let look = &person.look;
    let outfits =
        person.outfits.iter().map(|outfit| OutfitInfo { id: outfit.id.to_owned(), name: outfit.name.to_owned() });
    let eyes = eye_y(look);
    let head = Rect::new(CENTER_X - look.face.cheek, eyes - 100.0, CENTER_X + look.face.cheek, eyes + look.face.length);
    Rig {
        profile: Profile {
            id: person.id.to_owned(),
            name: person.name.to_owned(),
            gender: person.gender.to_owned(),
            age: person.age.to_owned(),
            tags: person.tags.iter().map(|&tag| tag.to_owned()).collect(),
            outfits: outfits.collect(),
        },
        boxes: Boxes { frame: Rect::new(0.0, 0.0, FRAME.0, FRAME.1), tight: tight(person), head },
        kind: Kind::Figure(person),
    }
}

/// The box of somebody in all their outfits, with the room that the head moves in.
fn tight(person: &Person) -> Rect {
    let hair = head::draw(&person.look);
    let mut all =
        hair.front.bounds().union(hair.base.bounds()).union(hair.behind.bounds()).inflate(HEAD_ROOM, HEAD_ROOM)
            + Vec2::new(0.0, eye_y(&person.look));
    for outfit in person.outfits {
        let body = outfit::draw(&person.look, outfit);
        all = all.union(body.lower.bounds()).union(body.upper.bounds().inflate(4.0, 0.0));
    }
    // The person stands in the middle of the box, so that a layer that is centered shows them centered.
    let half = all.x0.abs().max(all.x1.abs()).ceil();
    Rect::new(CENTER_X - half, all.y0.floor(), CENTER_X + half, all.y1.ceil())
}
