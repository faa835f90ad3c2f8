//! The catalog: what an installation has for everybody.
//!
//! Ids are the same on every start. Doors whose ids are integers use the numbers, which are made of the ids.
//! Palettes and templates are files in the format that `crates/engine/catalog/README.md` tells: some come with the program, and a
//! folder of the operator adds more, backgrounds too.

mod fill;
mod folder;
mod format;
mod links;
mod pictures;
mod shipped;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
pub use speech::Gender;
use speech::Synthesizer as _;
use stage::document::{Color, Crop, Project, Scene};
use studio::Studio;

pub use fill::{SlotContents, SlotMedia};
pub use pictures::{AvatarPicture, CatalogFile};
#[cfg(test)]
pub(super) use shipped::templates as shipped_templates;

/// The names of what an avatar can feel, as documents write them.
pub const EMOTIONS: [&str; 6] = ["neutral", "semismile", "smile", "happiness", "sadness", "surprise"];
/// Numbers stay below this, so that every client can hold them.
const NUMBERS_END: u32 = 1 << 30;

/// What an installation has for everybody.
pub struct Catalog {
    studio: Arc<Studio>,
    avatars: Vec<CatalogAvatar>,
    voices: Vec<CatalogVoice>,
    backgrounds: Vec<CatalogBackground>,
    palettes: Vec<CatalogPalette>,
    templates: Vec<CatalogTemplate>,
    /// The operator's files, by the names that scene documents have for them.
    files: BTreeMap<String, PathBuf>,
    /// The office program that draws presentations better than we do, if there is one.
    office: Option<PathBuf>,
    shelf: pictures::Shelf,
}

/// Somebody who can speak.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogAvatar {
    /// What documents name them by.
    pub id: String,
    /// The same as a number above 0.
    pub number: i64,
    /// What people call them.
    pub name: String,
    /// Whom they look like.
    pub gender: Gender,
    /// What there is to say about them.
    pub description: String,
    /// What they can wear; never empty.
    pub outfits: Vec<CatalogOutfit>,
    /// Ids of voices that suit, the best first; never empty.
    pub voices: Vec<String>,
    /// Pixels per row and rows of their tight picture at scale 1.
    pub size: (u32, u32),
    /// The same from head to hips.
    pub half_size: (u32, u32),
}

/// Something to wear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogOutfit {
    /// What documents name it by, together with its avatar.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A voice.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogVoice {
    /// What documents name it by.
    pub id: String,
    /// The same as a number above 0.
    pub number: i64,
    /// Its given name.
    pub name: String,
    /// The language it speaks, as a BCP 47 tag.
    pub language: String,
    /// The language's name in English.
    pub language_name: String,
    /// Whom it sounds like.
    pub gender: Gender,
    /// What speaks with it: `phonoscope`, `piper` or `http`.
    pub provider: &'static str,
}

/// A picture to stand before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogBackground {
    /// Its name, such as `blue-gradient`.
    pub name: String,
    /// What scene documents name it by, such as `builtin:blue-gradient` or `catalog:backgrounds/beach.jpg`.
    pub asset: String,
    /// Whether it is a video.
    pub is_video: bool,
}

/// Colors that go together.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogPalette {
    /// What documents name it by, 24 lower-case hex digits.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The colors, in the order of the roles of [`CatalogTemplate::roles`]; a template with fewer roles takes the first ones.
    pub colors: Vec<Color>,
}

/// What a layout is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayoutPurpose {
    /// The beginning: a title, a line below it, somebody who speaks.
    Title,
    /// Somebody who speaks, beside a few points.
    Text,
    /// Somebody who speaks, and a picture.
    Picture,
    /// The end.
    Closing,
    /// Anything else.
    #[default]
    Other,
}

/// A way to arrange a scene, with slots to fill: layers whose ids are `AVATAR`, `USER-VISUAL-001` and on (media), `TEXT-001` and on.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogLayout {
    /// What documents name it by, 24 lower-case hex digits.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub purpose: LayoutPurpose,
    /// The scene; what is in its slots is shown where nothing fills them.
    pub scene: Scene,
}

/// A ready-made video to fill in.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogTemplate {
    /// What documents name it by, 24 lower-case hex digits.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `social`, `business` or `education`.
    pub category: String,
    /// The roles of the colors of its document's palette, in the order in which clients give colors.
    pub roles: Vec<String>,
    /// The document, playable as it is.
    pub project: Project,
    /// The layouts that scenes can have.
    pub layouts: Vec<CatalogLayout>,
}

impl CatalogLayout {
    /// Returns the ids of the slots for pictures and videos, in order.
    pub fn media_slots(&self) -> impl Iterator<Item = &str> {
        self.slots("USER-VISUAL-")
    }

    /// Returns the ids of the slots for texts, in order.
    pub fn text_slots(&self) -> impl Iterator<Item = &str> {
        self.slots("TEXT-")
    }

    fn slots(&self, prefix: &'static str) -> impl Iterator<Item = &str> {
        let ids: BTreeSet<&str> = self.scene.layers.iter().map(|layer| layer.id.as_str()).collect();
        ids.into_iter().filter(move |id| id.starts_with(prefix))
    }
}

impl CatalogTemplate {
    /// Returns the layout for a purpose, if there is one.
    pub fn layout_for(&self, purpose: LayoutPurpose) -> Option<&CatalogLayout> {
        self.layouts.iter().find(|layout| layout.purpose == purpose)
    }

    /// Returns `landscape`, `portrait` or `square`.
    pub fn orientation(&self) -> &'static str {
        let canvas = &self.project.canvas;
        match canvas.width.cmp(&canvas.height) {
            std::cmp::Ordering::Greater => "landscape",
            std::cmp::Ordering::Less => "portrait",
            std::cmp::Ordering::Equal => "square",
        }
    }
}

impl Catalog {
    /// Lists what a studio has.
    pub fn new(studio: Arc<Studio>) -> Self {
        let voices = voices_of(&studio);
        let avatars = avatars_of(&studio);
        let backgrounds = studio::builtin_backgrounds().map(|asset| CatalogBackground {
            name: asset.trim_start_matches("builtin:").to_owned(),
            asset,
            is_video: false,
        });
        let backgrounds = backgrounds.collect();
        let (palettes, templates) = (shipped::palettes(), shipped::templates());
        let (files, shelf) = (BTreeMap::new(), pictures::Shelf::default());
        Self { studio, avatars, voices, backgrounds, palettes, templates, files, office: None, shelf }
    }

    /// Lets presentations be drawn by an office program; see [`super::pages::find_office`].
    pub fn set_office(&mut self, program: Option<PathBuf>) {
        self.office = program;
    }

    /// Returns the office program.
    pub(crate) fn office(&self) -> Option<&Path> {
        self.office.as_deref()
    }

    /// Returns the studio.
    pub fn studio(&self) -> &Arc<Studio> {
        &self.studio
    }

    /// Returns all avatars.
    pub fn avatars(&self) -> &[CatalogAvatar] {
        &self.avatars
    }

    /// Finds an avatar.
    pub fn avatar(&self, id: &str) -> Option<&CatalogAvatar> {
        self.avatars.iter().find(|avatar| avatar.id == id)
    }

    /// Finds an avatar by its number.
    pub fn numbered_avatar(&self, number: i64) -> Option<&CatalogAvatar> {
        self.avatars.iter().find(|avatar| avatar.number == number)
    }

    /// Returns all voices.
    pub fn voices(&self) -> &[CatalogVoice] {
        &self.voices
    }

    /// Finds a voice.
    pub fn voice(&self, id: &str) -> Option<&CatalogVoice> {
        self.voices.iter().find(|voice| voice.id == id)
    }

    /// Finds a voice by its number.
    pub fn numbered_voice(&self, number: i64) -> Option<&CatalogVoice> {
        self.voices.iter().find(|voice| voice.number == number)
    }

    /// Returns all backgrounds.
    pub fn backgrounds(&self) -> &[CatalogBackground] {
        &self.backgrounds
    }

    /// Returns the file behind a name such as `catalog:backgrounds/beach.jpg`.
    pub fn asset_path(&self, name: &str) -> Option<PathBuf> {
        self.files.get(name).cloned()
    }

    /// Returns all palettes.
    pub fn palettes(&self) -> &[CatalogPalette] {
        &self.palettes
    }

    /// Finds a palette.
    pub fn palette(&self, id: &str) -> Option<&CatalogPalette> {
        self.palettes.iter().find(|palette| palette.id == id)
    }

    /// Returns all templates; the first is the one to take when nobody chose.
    pub fn templates(&self) -> &[CatalogTemplate] {
        &self.templates
    }

    /// Finds a template.
    pub fn template(&self, id: &str) -> Option<&CatalogTemplate> {
        self.templates.iter().find(|template| template.id == id)
    }

    /// Finds a layout in any template.
    pub fn layout(&self, id: &str) -> Option<&CatalogLayout> {
        self.templates.iter().flat_map(|template| &template.layouts).find(|layout| layout.id == id)
    }
}

fn voices_of(studio: &Studio) -> Vec<CatalogVoice> {
    let mut numbers = Numbers::default();
    let mut infos = studio.voices().voices();
    // In a fixed order, so that two ids with one hash get the same numbers at every start.
    infos.sort_by(|a, b| a.id.cmp(&b.id));
    let voice = |info: speech::VoiceInfo| CatalogVoice {
        number: numbers.of(&info.id),
        id: info.id,
        name: info.name,
        language: info.language,
        language_name: info.language_name,
        gender: info.gender,
        provider: match info.backend {
            speech::Backend::Builtin => "phonoscope",
            speech::Backend::Piper => "piper",
            speech::Backend::Http => "http",
        },
    };
    infos.into_iter().map(voice).collect()
}

fn avatars_of(studio: &Studio) -> Vec<CatalogAvatar> {
    let mut numbers = Numbers::default();
    let avatar = |rig: &stage::avatar::Rig| {
        let profile = rig.profile();
        let gender = match profile.gender.as_str() {
            "female" => Gender::Female,
            "male" => Gender::Male,
            _ => Gender::Neutral,
        };
        let outfits = profile.outfits.iter();
        let tight = rig.view(Crop::Full).rect;
        let half = rig.view(Crop::Half).rect;
        CatalogAvatar {
            number: numbers.of(&profile.id),
            id: profile.id.clone(),
            name: profile.name.clone(),
            gender,
            description: format!("{}, {}", profile.age, profile.tags.join(", ")),
            outfits: outfits.map(|outfit| CatalogOutfit { id: outfit.id.clone(), name: outfit.name.clone() }).collect(),
            voices: vec![studio.voices().for_language("en-US", Some(gender)).id.clone()],
            size: (tight.width().round() as u32, tight.height().round() as u32),
            half_size: (half.width().round() as u32, half.height().round() as u32),
        }
    };
    studio.cast().iter().map(avatar).collect()
}

/// Hands out numbers that are made of names.
#[derive(Default)]
pub(super) struct Numbers(BTreeSet<i64>);

impl Numbers {
    /// Returns the number of a name: a part of its hash, or the next free one where another name has it.
    pub(super) fn of(&mut self, name: &str) -> i64 {
        let hash = Sha256::digest(name.as_bytes());
        let bytes = [hash[0], hash[1], hash[2], hash[3]];
        let mut number = i64::from(u32::from_le_bytes(bytes) % (NUMBERS_END - 1)) + 1;
        while !self.0.insert(number) {
            number = number % i64::from(NUMBERS_END - 1) + 1;
        }
        number
    }
}
