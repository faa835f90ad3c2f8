//! The files a document names: found, told apart by their contents, decoded when they are drawn.
//!
//! What cannot be had never ends a render: it becomes a warning and a stand-in.

mod list;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use media::audio::DecodeOptions;
use media::picture::{Animation, AnimationLimits};
use media::video::{VideoLimits, VideoReader, probe_video};
use sha2::{Digest as _, Sha256};
use stage::assets::{Assets, Bitmap, Frames, MovingPicture, Picture};
use stage::document::{AssetRef, Project};
use stage::svg::Vector;

use crate::builtin;
use crate::cache::Key;

pub use list::{AssetUse, Kind, assets_of};

/// Decoded pictures kept for the next scene, in bytes.
const DECODED_BYTES_MAX: usize = 160 << 20;
/// Largest SVG file, in bytes.
const SVG_BYTES_MAX: u64 = 4 << 20;
/// What begins the name of a picture that comes with the program.
const BUILTIN: &str = "builtin:";

/// Where files are that a document names.
pub trait Sources: Send + Sync {
    /// Returns the file of a name, or says why there is none.
    ///
    /// # Errors
    ///
    /// A sentence for people.
    fn locate(&self, name: &AssetRef) -> Result<PathBuf, String>;
}

/// Files beside a document.
#[derive(Debug, Clone)]
pub struct FolderSources {
    folder: PathBuf,
}

impl FolderSources {
    /// Takes the folder that relative names start from.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Sources for FolderSources {
    fn locate(&self, name: &AssetRef) -> Result<PathBuf, String> {
        if name.0.contains("://") {
            return Err("it was not fetched".to_owned());
        }
        let path = self.folder.join(&name.0);
        if path.is_file() { Ok(path) } else { Err(format!("there is no file `{}`", path.display())) }
    }
}

/// The lengths of videos and sounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lengths(BTreeMap<AssetRef, u32>);

impl Lengths {
    /// Returns milliseconds; 0 for what cannot be had.
    pub(crate) fn of(&self, name: &AssetRef) -> u32 {
        self.0.get(name).copied().unwrap_or(0)
    }
}

/// All that a document names.
pub(crate) struct Library {
    found: BTreeMap<AssetRef, Found>,
    lengths: Lengths,
    /// Longer side that pictures are needed at.
    needed_side: u32,
    decoded: Mutex<Decoded>,
}

struct Found {
    path: PathBuf,
    identity: Key,
    has_sound: bool,
}

#[derive(Default)]
struct Decoded {
    /// The last used last.
    pictures: Vec<(AssetRef, Option<Picture>, usize)>,
    warnings: Vec<String>,
}

impl Library {
    /// Looks up everything a project names; what is missing is a warning.
    pub(crate) fn open(
        project: &Project,
        sources: &dyn Sources,
        needed_side: u32,
        known: &KnownFiles,
    ) -> (Self, Vec<String>) {
        let mut library = Self {
            found: BTreeMap::new(),
            lengths: Lengths::default(),
            needed_side,
            decoded: Mutex::new(Decoded::default()),
        };
        let mut warnings = Vec::new();
        for AssetUse { name, kind, at } in assets_of(project) {
            if name.0.starts_with(BUILTIN) {
                if builtin::background(&name.0[BUILTIN.len()..]).is_none() {
                    warnings.push(format!("{at}: there is no `{}`", name.0));
                }
                continue;
            }
            let located = sources.locate(name).and_then(|path| {
                let Looked { identity, length_ms, has_sound } = known.look_at(&path, kind)?;
                Ok((Found { path, identity, has_sound }, length_ms))
            });
            match located {
                Ok((found, length_ms)) => {
                    library.found.insert(name.clone(), found);
                    if length_ms > 0 {
                        library.lengths.0.insert(name.clone(), length_ms);
                    }
                }
                Err(reason) => warnings.push(format!("{at}: `{}` is missing: {reason}", name.0)),
            }
        }
        (library, warnings)
    }

    /// Returns the lengths of videos and sounds.
    pub(crate) fn lengths(&self) -> &Lengths {
        &self.lengths
    }

    /// Tells whether a video or sound has anything to hear.
    pub(crate) fn has_sound(&self, name: &AssetRef) -> bool {
        self.found.get(name).is_some_and(|found| found.has_sound)
    }

    /// Returns the file of a name.
    pub(crate) fn path(&self, name: &AssetRef) -> Option<&Path> {
        self.found.get(name).map(|found| found.path.as_path())
    }

    /// Returns what tells the contents of a name apart from all others.
    pub(crate) fn identity(&self, name: &AssetRef) -> Option<&Key> {
        self.found.get(name).map(|found| &found.identity)
    }

    /// Returns what could not be decoded since the last call.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut decoded.warnings)
    }

    fn decode(&self, name: &AssetRef) -> Result<Picture, String> {
        if let Some(builtin) = name.0.strip_prefix(BUILTIN) {
            let svg = builtin::background(builtin).ok_or("there is no such picture")?;
            return vector(svg.as_bytes());
        }
        let path = &self.found.get(name).ok_or("it is missing")?.path;
        if is_svg(path) {
            let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
            return vector(&bytes);
        }
        let animation = Animation::open(path, &AnimationLimits::default(), Some(self.needed_side));
        let animation = animation.map_err(|error| error.to_string())?;
        let bitmap = |picture: &media::picture::Picture| {
            Bitmap::from_straight(picture.width(), picture.height(), picture.rgba().to_vec())
                .map(Arc::new)
                .map_err(|error| error.to_string())
        };
        match animation.frames() {
            [only] => bitmap(&only.picture).map(Picture::Still),
            frames => {
                let frames: Result<Vec<_>, String> =
                    frames.iter().map(|frame| Ok((bitmap(&frame.picture)?, frame.delay_ms))).collect();
                let frames = Frames::new(frames?).map_err(|error| error.to_string())?;
                Ok(Picture::Moving(Arc::new(frames)))
            }
        }
    }
}

impl Assets for Library {
    fn picture(&self, name: &AssetRef) -> Option<Picture> {
        // Held while decoding: two workers that need the same picture decode it once.
        let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = decoded.pictures.iter().position(|(known, ..)| known == name) {
            let known = decoded.pictures.remove(at);
            let picture = known.1.clone();
            decoded.pictures.push(known);
            return picture;
        }
        let picture = match self.decode(name) {
            Ok(picture) => Some(picture),
            Err(reason) => {
                if self.found.contains_key(name) {
                    decoded.warnings.push(format!("`{}` cannot be shown: {reason}", name.0));
                }
                None
            }
        };
        let n_bytes = picture.as_ref().map_or(0, size_of_picture);
        decoded.pictures.push((name.clone(), picture.clone(), n_bytes));
        let mut total: usize = decoded.pictures.iter().map(|(.., n_bytes)| n_bytes).sum();
        while total > DECODED_BYTES_MAX && decoded.pictures.len() > 1 {
            total -= decoded.pictures.remove(0).2;
        }
        picture
    }

    fn video(&self, name: &AssetRef) -> Option<Box<dyn MovingPicture>> {
        let path = &self.found.get(name)?.path;
        match VideoReader::open(path, &VideoLimits::default()) {
            Ok(reader) => Some(Box::new(Clip { reader, last: None })),
            Err(error) => {
                let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
                let warning = format!("`{}` cannot be shown: {error}", name.0);
                if !decoded.warnings.contains(&warning) {
                    decoded.warnings.push(warning);
                }
                None
            }
        }
    }
}

/// A video as the stage takes it.
struct Clip {
    reader: VideoReader,
    /// The picture given last.
    last: Option<Arc<Bitmap>>,
}

impl MovingPicture for Clip {
    fn size(&self) -> (u32, u32) {
        (self.reader.probe().width, self.reader.probe().height)
    }

    fn duration_ms(&self) -> u64 {
        self.reader.probe().duration_ms
    }

    fn picture_at(&mut self, time_ms: u64) -> Option<Arc<Bitmap>> {
        let picture = self.reader.frame_at(time_ms).ok()?;
        // Opaque pixels are the same with alpha multiplied in.
        if let Some(last) = self.last.as_ref().filter(|last| last.is_opaque() && last.pixels() == picture.rgba()) {
            return Some(Arc::clone(last));
        }
        let bitmap = Bitmap::from_straight(picture.width(), picture.height(), picture.rgba().to_vec()).ok()?;
        let bitmap = Arc::new(bitmap);
        self.last = Some(Arc::clone(&bitmap));
        Some(bitmap)
    }
}

fn vector(bytes: &[u8]) -> Result<Picture, String> {
    Vector::parse(bytes).map(|vector| Picture::Vector(Arc::new(vector))).map_err(|error| error.to_string())
}

fn size_of_picture(picture: &Picture) -> usize {
    let bytes = |bitmap: &Bitmap| bitmap.pixels().len();
    match picture {
        Picture::Still(bitmap) => bytes(bitmap),
        Picture::Moving(frames) => frames.pictures().iter().map(|bitmap| bytes(bitmap)).sum(),
        Picture::Vector(_) => 0,
    }
}

/// Tells SVG by its first bytes; it has no magic.
fn is_svg(path: &Path) -> bool {
    let mut head = [0; 1024];
    let read = File::open(path).and_then(|file| file.take(1024).read(&mut head)).unwrap_or(0);
    let head = String::from_utf8_lossy(&head[..read]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let is_small = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() <= SVG_BYTES_MAX);
    is_small && (head.starts_with("<svg") || (head.starts_with('<') && head.contains("<svg")))
}

/// What earlier renders of this process have found out about files, which holds while size and time are the same.
#[derive(Debug, Default)]
pub(crate) struct KnownFiles(Mutex<HashMap<(PathBuf, Kind), (FileState, Looked)>>);

/// Size, and the time of the last change.
type FileState = (u64, SystemTime);

/// What is to know of a file.
#[derive(Debug, Clone, Copy)]
struct Looked {
    identity: Key,
    length_ms: u32,
    has_sound: bool,
}

/// Files that are remembered.
const KNOWN_FILES_MAX: usize = 10_000;

impl KnownFiles {
    fn look_at(&self, path: &Path, kind: Kind) -> Result<Looked, String> {
        // Before reading: what is changed meanwhile is looked at again next time.
        let state = path.metadata().and_then(|metadata| Ok((metadata.len(), metadata.modified()?))).ok();
        let place = (path.to_owned(), kind);
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, looked)) = lock().get(&place)
            && Some(*then) == state
        {
            return Ok(*looked);
        }
        let identity = identity_of(path)?;
        let (length_ms, has_sound) = sound_of(path, kind)?;
        let looked = Looked { identity, length_ms, has_sound };
        if let Some(state) = state {
            let mut known = lock();
            if known.len() >= KNOWN_FILES_MAX {
                known.clear();
            }
            known.insert(place, (state, looked));
        }
        Ok(looked)
    }
}

/// Hashes a file's contents.
fn identity_of(path: &Path) -> Result<Key, String> {
    let hash = || -> std::io::Result<[u8; 32]> {
        let mut file = File::open(path)?;
        let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 16]);
        while let n_read @ 1.. = file.read(&mut block)? {
            hash.update(&block[..n_read]);
        }
        Ok(hash.finalize().into())
    };
    hash().map(|hash| Key::of(&[&hash])).map_err(|error| error.to_string())
}

/// Returns the length of a video or sound, and whether there is anything to hear.
fn sound_of(path: &Path, kind: Kind) -> Result<(u32, bool), String> {
    let (length_ms, has_sound) = match kind {
        Kind::Picture => (0, false),
        Kind::Video => {
            let probe = probe_video(path, &VideoLimits::default()).map_err(|error| error.to_string())?;
            (probe.duration_ms, probe.has_audio)
        }
        Kind::Sound => {
            let probe = media::audio::probe(path, &DecodeOptions::default()).map_err(|error| error.to_string())?;
            (probe.duration_ms.unwrap_or(0), true)
        }
    };
    Ok((u32::try_from(length_ms).unwrap_or(u32::MAX), has_sound))
}
