//! Avatars of other people's making: a folder with `avatar.toml` and pictures. The format is described in `avatars/README.md`.

mod files;
mod manifest;
mod scaffold;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use vello_cpu::kurbo::{Point, Rect};

use crate::utterance::Viseme;

use super::portrait;
use super::puppet::parts::{Eyes, Mouth, PartsRig, Piece};
use super::rig::{Boxes, FRAME, Kind, OutfitInfo, Profile, Rig};
use super::sheet::Picture;
use files::Folder;
use manifest::{EyesEntry, Manifest, ManifestKind, MouthEntry, PartEntry, Parts};

pub(crate) use files::Art;
pub use files::Decode;
pub(crate) use manifest::Landmarks;
pub use scaffold::scaffold;

/// The most outfits of an avatar, and the most of its tags.
const OUTFITS_MAX: usize = 32;
/// The largest frame.
const FRAME_MAX: f64 = 8192.0;

/// Something that is wrong with an avatar folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, or the folder itself.
    pub file: String,
    /// What is wrong with it: a phrase that follows on the name.
    pub problem: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

/// Returns everything that is wrong with an avatar folder; nothing if it can be used.
pub fn check(path: &Path) -> Vec<Finding> {
    load(path, &|_| None).err().unwrap_or_default()
}

/// Loads an avatar folder. `decode` reads pictures other than PNG and SVG.
pub fn load(path: &Path, decode: Decode<'_>) -> Result<Rig, Vec<Finding>> {
    let here = |problem: String| vec![Finding { file: path.display().to_string(), problem }];
    let folder = Folder::new(path, decode).map_err(here)?;
    let in_manifest = |problem: String| vec![Finding { file: "avatar.toml".to_owned(), problem }];
    let text = folder.manifest().map_err(in_manifest)?;
    let manifest: Manifest = toml::from_str(&text).map_err(|err| in_manifest(format!("is not valid: {err}")))?;
    let mut loader = Loader { folder, findings: Vec::new(), frame: Rect::ZERO };
    let rig = loader.rig(&manifest);
    match rig {
        Some(rig) if loader.findings.is_empty() => Ok(rig),
        _ => Err(loader.findings),
    }
}

struct Loader<'a> {
    folder: Folder<'a>,
    findings: Vec<Finding>,
    frame: Rect,
}

impl Loader<'_> {
    fn wrong(&mut self, problem: impl Into<String>) {
        self.wrong_in("avatar.toml", problem);
    }

    fn wrong_in(&mut self, file: &str, problem: impl Into<String>) {
        self.findings.push(Finding { file: file.to_owned(), problem: problem.into() });
    }

    fn rig(&mut self, manifest: &Manifest) -> Option<Rig> {
        self.names(manifest);
        match manifest.kind {
            ManifestKind::Parts => self.parts_rig(manifest),
            ManifestKind::Portrait => self.portrait_rig(manifest),
        }
    }

    fn names(&mut self, manifest: &Manifest) {
        if manifest.version != manifest::VERSION {
            self.wrong(format!("has version {}; this program reads version {}", manifest.version, manifest::VERSION));
        }
        let id_fits = |id: &str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        for id in manifest.outfits.iter().map(|outfit| &outfit.id).chain([&manifest.id]) {
            if !id_fits(id) {
                self.wrong(format!("has the id `{id}`; use 1 to 64 letters, digits, `-`, `_` and `.`"));
            }
        }
        if !["female", "male", "neutral"].contains(&manifest.gender.as_str()) {
            self.wrong(format!("has the gender `{}`; use `female`, `male` or `neutral`", manifest.gender));
        }
        if !["young", "adult", "senior"].contains(&manifest.age.as_str()) {
            self.wrong(format!("has the age `{}`; use `young`, `adult` or `senior`", manifest.age));
        }
        if manifest.outfits.len() > OUTFITS_MAX || manifest.tags.len() > OUTFITS_MAX {
            self.wrong(format!("has more than {OUTFITS_MAX} outfits or tags"));
        }
    }

    fn parts_rig(&mut self, manifest: &Manifest) -> Option<Rig> {
        let [width, height] = manifest.frame.unwrap_or([FRAME.0, FRAME.1]);
        if !(16.0..=FRAME_MAX).contains(&width) || !(16.0..=FRAME_MAX).contains(&height) {
            self.wrong(format!("has a frame of {width} × {height}; use 16 to {FRAME_MAX}"));
            return None;
        }
        self.frame = Rect::new(0.0, 0.0, width, height);
        let Some(parts) = &manifest.parts else {
            self.wrong("has no `[parts]`");
            return None;
        };
        let bodies: Vec<Option<Piece>> =
            manifest.outfits.iter().take(OUTFITS_MAX).map(|outfit| self.piece(&outfit.body)).collect();
        if bodies.is_empty() {
            self.wrong("has no `[[outfits]]`");
        }
        let rig = self.assemble(manifest, parts, bodies.into_iter().flatten().collect());
        let boxes = self.boxes(manifest);
        Some(Rig { profile: profile(manifest), boxes: boxes?, kind: Kind::Parts(Arc::new(rig?)) })
    }

    fn assemble(&mut self, manifest: &Manifest, parts: &Parts, bodies: Vec<Piece>) -> Option<PartsRig> {
        let head = self.piece(&parts.head);
        let hair_back = parts.hair_back.as_ref().and_then(|part| self.piece(part));
        let hair_front = parts.hair_front.as_ref().and_then(|part| self.piece(part));
        let brows = parts.brows.as_ref().and_then(|part| self.piece(part));
        let eyes = self.eyes(manifest.eyes.as_ref());
        let mouth = self.mouth(manifest.mouth.as_ref());
        let neck = match manifest.anchors {
            Some(anchors) => self.point("anchors.neck", anchors.neck),
            None => {
                self.wrong("has no `[anchors]`");
                None
            }
        };
        Some(PartsRig { bodies, head: head?, hair_back, hair_front, brows, eyes: eyes?, mouth: mouth?, neck: neck? })
    }

    fn piece(&mut self, entry: &PartEntry) -> Option<Piece> {
        let (file, at) = match entry {
            PartEntry::Whole(file) => (file, self.frame),
            PartEntry::Placed { file, at } => (file, self.rect(file, *at)?),
        };
        match self.folder.art(file) {
            Ok(art) => Some(Piece { art: Arc::new(art), at }),
            Err(problem) => {
                self.wrong_in(file, problem);
                None
            }
        }
    }

    fn eyes(&mut self, entry: Option<&EyesEntry>) -> Option<Eyes> {
        match entry {
            None => {
                self.wrong("has no `[eyes]`");
                None
            }
            Some(EyesEntry::Pictures { open, closed }) => {
                let (open, closed) = (self.piece(open), self.piece(closed));
                Some(Eyes::Pictures { open: open?, closed: closed? })
            }
            Some(EyesEntry::Drawn { left, right, iris, skin, lashes, brows }) => {
                let (left, right) = (self.point("eyes.left", *left), self.point("eyes.right", *right));
                let (left, right) = (left?, right?);
                if right.x - left.x < 4.0 {
                    self.wrong("has `eyes.right` left of `eyes.left`, or too near");
                    return None;
                }
                Some(Eyes::drawn(left, right, *iris, *skin, *lashes, *brows))
            }
        }
    }

    fn mouth(&mut self, entry: Option<&MouthEntry>) -> Option<Mouth> {
        match entry {
            None => {
                self.wrong("has no `[mouth]`");
                None
            }
            Some(MouthEntry::Drawn { center, width, lips, skin }) => {
                let center = self.point("mouth.center", *center)?;
                if !(2.0..=FRAME_MAX).contains(width) {
                    self.wrong(format!("has a mouth {width} wide"));
                    return None;
                }
                Some(Mouth::drawn(center, *width, *lips, *skin))
            }
            Some(MouthEntry::Pictures { visemes }) => self.visemes(visemes),
        }
    }

    fn visemes(&mut self, entries: &BTreeMap<String, PartEntry>) -> Option<Mouth> {
        let mut pictures = Vec::new();
        for (name, entry) in entries {
            let viseme = Viseme::ALL.into_iter().find(|viseme| format!("{viseme:?}").eq_ignore_ascii_case(name));
            match viseme {
                Some(viseme) => pictures.extend(self.piece(entry).map(|piece| (viseme, piece))),
                None => self.wrong(format!("names the viseme `{name}`, which does not exist")),
            }
        }
        if !entries.keys().any(|name| name.eq_ignore_ascii_case("sil")) {
            self.wrong("has no picture for the viseme `sil`");
        }
        Some(Mouth::Pictures(pictures))
    }

    fn boxes(&mut self, manifest: &Manifest) -> Option<Boxes> {
        let Some(boxes) = &manifest.boxes else {
            self.wrong("has no `[boxes]`");
            return None;
        };
        let tight = self.rect("boxes.tight", boxes.tight);
        let head = self.rect("boxes.head", boxes.head);
        Some(Boxes { frame: self.frame, tight: tight?, head: head? })
    }

    fn portrait_rig(&mut self, manifest: &Manifest) -> Option<Rig> {
        let (Some(photo), Some(landmarks)) = (&manifest.photo, &manifest.landmarks) else {
            self.wrong("is a portrait without `photo` or `[landmarks]`");
            return None;
        };
        let picture = match self.folder.picture(photo) {
            Ok(picture) => picture,
            Err(problem) => {
                self.wrong_in(photo, problem);
                return None;
            }
        };
        match portrait(profile(manifest), picture, landmarks) {
            Ok(rig) => Some(rig),
            Err(problem) => {
                self.wrong(problem);
                None
            }
        }
    }

    fn point(&mut self, name: &str, [x, y]: [f64; 2]) -> Option<Point> {
        let inside = self.frame.contains((x, y));
        if !inside {
            self.wrong(format!("has `{name}` outside the frame"));
        }
        inside.then(|| Point::new(x, y))
    }

    fn rect(&mut self, name: &str, [x, y, w, h]: [f64; 4]) -> Option<Rect> {
        let rect = Rect::new(x, y, x + w, y + h);
        let fits = rect.is_finite() && w >= 1.0 && h >= 1.0 && self.frame.inflate(1.0, 1.0).contains_rect(rect);
        if !fits {
            self.wrong(format!("has the box of `{name}` outside the frame, or empty"));
        }
        fits.then_some(rect)
    }
}

fn portrait(profile: Profile, picture: Picture, landmarks: &Landmarks) -> Result<Rig, String> {
    let (portrait, boxes) = portrait::Portrait::new(picture, landmarks)?;
    Ok(Rig { profile, boxes, kind: Kind::Portrait(Arc::new(portrait)) })
}

fn profile(manifest: &Manifest) -> Profile {
    let mut outfits: Vec<OutfitInfo> =
        manifest.outfits.iter().map(|outfit| OutfitInfo { id: outfit.id.clone(), name: outfit.name.clone() }).collect();
    if manifest.kind == ManifestKind::Portrait || outfits.is_empty() {
        outfits = vec![OutfitInfo { id: "photo".to_owned(), name: "As on the photo".to_owned() }];
    }
    Profile {
        id: manifest.id.clone(),
        name: manifest.name.clone(),
        gender: manifest.gender.clone(),
        age: manifest.age.clone(),
        tags: manifest.tags.clone(),
        outfits,
    }
}
