//! The people that ship with the program.

use vello_cpu::kurbo::{Rect, Vec2};

use super::super::puppet::{CENTER_X, EYE_Y, HEAD_ROOM};
use super::super::rig::{Boxes, FRAME, Kind, OutfitInfo, Profile, Rig};
use super::super::sketch::hex;
use super::arms::Stance;
use super::hair::Style;
use super::outfit::{Bottom, Neck, Outfit, Top};
use super::{Beard, Build, Eyes, Face, HairTone, Lips, Look, Skin, head, outfit};

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

const LIGHT: Skin = Skin::new(0xF2C6A6, 0xFBDDC4, 0xDC9C78, 0xA9664A, 0xE8877A, 0xC0605A);
const BROWN: Skin = Skin::new(0xB97F56, 0xCF9A6E, 0x965F3C, 0x633A22, 0xB4593F, 0x9C4640);

const MAN: Build = Build { neck: 57.0, shoulder: 232.0, chest: 172.0, waist: 152.0, hip: 160.0, bust: false };
const WOMAN: Build = Build { neck: 43.0, shoulder: 192.0, chest: 146.0, waist: 116.0, hip: 154.0, bust: true };

const BRUNO: Person = Person {
    id: "bruno",
    name: "Bruno",
    gender: "male",
    age: "adult",
    tags: &["beard", "business"],
    look: Look {
        skin: LIGHT,
        face: Face { cheek: 104.0, jaw: 91.0, chin: 52.0, length: 148.0, age: 0.25, nose: 1.05, freckles: false },
        eyes: Eyes {
            iris: hex(0x5B7F95),
            width: 26.5,
            height: 14.0,
            tilt: 1.0,
            fold: true,
            lashes: 3.4,
            wing: false,
            brow: hex(0x4A3020),
            brow_width: 10.5,
            brow_arch: 5.0,
        },
        lips: Lips { width: 34.0, upper: 8.0, lower: 10.5, color: 0.5 },
        hair: Style::SidePart,
        tone: HairTone::new(0x5D3D28, 0x85603F, 0x3A2416),
        beard: Some(Beard::Full),
        glasses: None,
        earrings: None,
        build: MAN,
    },
    outfits: &[
        Outfit {
            id: "navy-suit",
            name: "Navy suit",
            top: Top::Suit { cloth: hex(0x2B3F66), shirt: hex(0xF2F4F8), tie: Some(hex(0x8C2F39)) },
            bottom: Bottom::Trousers(hex(0x2B3F66)),
            shoes: hex(0x4A2E20),
            sole: hex(0x1F1512),
            stance: Stance::Clasped,
        },
        Outfit {
            id: "knit",
            name: "Green sweater",
            top: Top::Sweater { cloth: hex(0x4C7A63), neck: Neck::Collar(hex(0xF2F4F8)) },
            bottom: Bottom::Slim(hex(0x3A4152)),
            shoes: hex(0xE9E4DC),
            sole: hex(0xC9C2B8),
            stance: Stance::Relaxed,
        },
    ],
};

const PRIYA: Person = Person {
    id: "priya",
    name: "Priya",
    gender: "female",
    age: "adult",
    tags: &["business", "long hair"],
    look: Look {
        skin: BROWN,
        face: Face { cheek: 100.0, jaw: 79.0, chin: 38.0, length: 142.0, age: 0.0, nose: 0.95, freckles: false },
        eyes: Eyes {
            iris: hex(0x5A3620),
            width: 28.0,
            height: 16.5,
            tilt: 3.0,
            fold: true,
            lashes: 5.0,
            wing: true,
            brow: hex(0x2A1A14),
            brow_width: 7.0,
            brow_arch: 7.0,
        },
        lips: Lips { width: 32.0, upper: 9.5, lower: 12.5, color: 0.95 },
        hair: Style::LongWaves,
        tone: HairTone::new(0x2E1E1A, 0x5A3D30, 0x170E0D),
        beard: None,
        glasses: None,
        earrings: Some(hex(0xE3B04B)),
        build: WOMAN,
    },
    outfits: &[
        Outfit {
            id: "plum-suit",
            name: "Plum suit",
            top: Top::Suit { cloth: hex(0x6B3557), shirt: hex(0xF6EFE8), tie: None },
            bottom: Bottom::Slim(hex(0x6B3557)),
            shoes: hex(0x2B1B22),
            sole: hex(0x120B0E),
            stance: Stance::Clasped,
        },
        Outfit {
            id: "knit",
            name: "Cream sweater",
            top: Top::Sweater { cloth: hex(0xE4D6BF), neck: Neck::Turtle },
            bottom: Bottom::Slim(hex(0x2F3B55)),
            shoes: hex(0x8A5A3B),
            sole: hex(0x3A261A),
            stance: Stance::Relaxed,
        },
    ],
};

/// Everybody, in the order of their ids.
pub(crate) const PEOPLE: [Person; 2] = [BRUNO, PRIYA];

/// Returns somebody as a rig.
pub(crate) fn rig(person: &'static Person) -> Rig {
    let look = &person.look;
    let outfits =
        person.outfits.iter().map(|outfit| OutfitInfo { id: outfit.id.to_owned(), name: outfit.name.to_owned() });
    let head =
        Rect::new(CENTER_X - look.face.cheek, EYE_Y - 100.0, CENTER_X + look.face.cheek, EYE_Y + look.face.length);
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
    let mut all = hair.front.bounds().union(hair.base.bounds()).inflate(HEAD_ROOM, HEAD_ROOM) + Vec2::new(0.0, EYE_Y);
    for outfit in person.outfits {
        let body = outfit::draw(&person.look, outfit);
        all = all.union(body.lower.bounds()).union(body.upper.bounds().inflate(4.0, 0.0));
    }
    // The person stands in the middle of the box, so that a layer that is centered shows them centered.
    let half = all.x0.abs().max(all.x1.abs()).ceil();
    Rect::new(CENTER_X - half, all.y0.floor(), CENTER_X + half, all.y1.ceil())
}
