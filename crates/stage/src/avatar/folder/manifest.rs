//! What `avatar.toml` says. All coordinates are in units of the avatar's own frame, from its top left corner.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Color;

/// The version of the format that this program reads and writes.
pub(crate) const VERSION: u32 = 1;

/// A whole `avatar.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) version: u32,
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: ManifestKind,
    #[serde(default = "neutral")]
    pub(crate) gender: String,
    #[serde(default = "adult")]
    pub(crate) age: String,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Width and height; of parts only, a portrait's is the size of its photo.
    #[serde(default)]
    pub(crate) frame: Option<[f64; 2]>,
    #[serde(default)]
    pub(crate) boxes: Option<BoxesEntry>,
    #[serde(default)]
    pub(crate) anchors: Option<Anchors>,
    #[serde(default)]
    pub(crate) outfits: Vec<OutfitEntry>,
    #[serde(default)]
    pub(crate) parts: Option<Parts>,
    #[serde(default)]
    pub(crate) eyes: Option<EyesEntry>,
    #[serde(default)]
    pub(crate) mouth: Option<MouthEntry>,
    #[serde(default)]
    pub(crate) photo: Option<String>,
    #[serde(default)]
    pub(crate) landmarks: Option<Landmarks>,
}

/// How an avatar is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ManifestKind {
    #[default]
    Parts,
    Portrait,
}

/// `[x, y, width, height]` each.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoxesEntry {
    pub(crate) tight: [f64; 4],
    pub(crate) head: [f64; 4],
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Anchors {
    /// The point that the head turns around.
    pub(crate) neck: [f64; 2],
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutfitEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) body: PartEntry,
}

/// A file that covers the frame, or a file and where it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum PartEntry {
    Whole(String),
    Placed { file: String, at: [f64; 4] },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Parts {
    pub(crate) head: PartEntry,
    #[serde(default)]
    pub(crate) hair_back: Option<PartEntry>,
    #[serde(default)]
    pub(crate) hair_front: Option<PartEntry>,
    #[serde(default)]
    pub(crate) brows: Option<PartEntry>,
}

/// Pictures of open and closed eyes, or eyes that are drawn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum EyesEntry {
    Pictures {
        open: PartEntry,
        closed: PartEntry,
    },
    Drawn {
        /// The middle of the eye on the left of the picture.
        left: [f64; 2],
        right: [f64; 2],
        iris: Color,
        skin: Color,
        #[serde(default = "dark")]
        lashes: Color,
        /// Brows of this color are drawn too.
        #[serde(default)]
        brows: Option<Color>,
    },
}

/// A mouth that is drawn, or a picture for each viseme.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum MouthEntry {
    Drawn {
        /// The middle of the line between the lips.
        center: [f64; 2],
        /// From corner to corner at rest.
        width: f64,
        lips: Color,
        skin: Color,
    },
    Pictures {
        visemes: BTreeMap<String, PartEntry>,
    },
}

/// Points of a face on a photo, in its pixels.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Landmarks {
    /// `[x, y, width, height]` from the hairline to the chin.
    pub(crate) face: [f64; 4],
    /// The middles of the eyes, the one on the left of the photo first.
    pub(crate) eyes: [[f64; 2]; 2],
    /// The corners of the mouth, the one on the left of the photo first.
    pub(crate) mouth: [[f64; 2]; 2],
    /// The outer and the inner corner of each eye.
    #[serde(default)]
    pub(crate) eye_corners: Option<[[[f64; 2]; 2]; 2]>,
    /// The middles of the upper and the lower lid of each eye.
    #[serde(default)]
    pub(crate) eye_lids: Option<[[[f64; 2]; 2]; 2]>,
    /// The middles of the brows.
    #[serde(default)]
    pub(crate) brows: Option<[[f64; 2]; 2]>,
    /// The upper edge of the upper lip and the lower edge of the lower lip, in the middle.
    #[serde(default)]
    pub(crate) lips: Option<[[f64; 2]; 2]>,
    /// The tip of the chin.
    #[serde(default)]
    pub(crate) chin: Option<[f64; 2]>,
}

fn neutral() -> String {
    "neutral".to_owned()
}

fn adult() -> String {
    "adult".to_owned()
}

fn dark() -> Color {
    Color::rgb(0x24, 0x1A, 0x1A)
}
