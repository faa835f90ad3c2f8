//! All font faces that may be used, where they come from, and which of them draws what.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use unicode_script::UnicodeScript as _;

use super::coverage::{Coverage, fault, plain_family_names};
use super::names::{self, Language};

/// The largest font file that is read: the largest CJK collections are about 120 MB.
const FILE_BYTES_MAX: u64 = 160 << 20;
/// Font files looked at in one folder.
const FILES_MAX: usize = 2_000;
/// How deep folders in the fonts folder are followed.
const FOLDER_DEPTH_MAX: usize = 4;
/// Fonts that claim to have every character and draw boxes.
const PRETENDERS: [&str; 4] = ["last resort", "lastresort", "adobe blank", "fallback"];

/// Where a face comes from, in the order in which a name is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The operator's fonts folder.
    Folder,
    /// The program itself.
    Shipped,
    /// The machine.
    System,
}

#[derive(Debug, Clone)]
enum Source {
    Static(&'static [u8]),
    File(PathBuf),
}

/// One face.
#[derive(Debug)]
pub(super) struct Face {
    weight: u16,
    is_italic: bool,
    stretch: u16,
    source: Source,
    index: u32,
    coverage: OnceLock<Coverage>,
    data: OnceLock<Option<Arc<[u8]>>>,
}

/// The bytes of a face's file. Only the face itself is in them, even where the file is a collection.
#[derive(Debug, Clone)]
pub(super) enum FaceBytes {
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
}

impl AsRef<[u8]> for FaceBytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Face {
    /// Returns the bytes of the face, read when they are first needed.
    pub(super) fn bytes(&self) -> Option<FaceBytes> {
        match &self.source {
            Source::Static(bytes) => Some(FaceBytes::Static(bytes)),
            Source::File(path) => {
                let data = self.data.get_or_init(|| {
                    let mut data = read_file(path).ok()?;
                    keep_only_face(&mut data, self.index)?;
                    Some(data.into())
                });
                data.clone().map(FaceBytes::Shared)
            }
        }
    }

    fn has(&self, c: char) -> bool {
        let coverage = self.coverage.get_or_init(|| match &self.source {
            Source::Static(bytes) => Coverage::read(bytes, self.index),
            // Read and forgotten: looking for one character in all fonts of a machine must not keep them in memory.
            Source::File(path) => guarded(|| read_file(path).ok().map(|data| Coverage::read(&data, self.index)))
                .flatten()
                .unwrap_or_default(),
        });
        coverage.has(c)
    }
}

/// Faces that share a name.
#[derive(Debug, Clone)]
struct Family {
    name: String,
    origin: Origin,
    faces: Vec<usize>,
}

/// Which face of a family is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    pub(super) weight: u16,
    pub(super) is_italic: bool,
    pub(super) language: Language,
}

/// The faces for a text.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// What each character is looked for in, in this order; the first gives the lines their metrics.
    pub(super) faces: Vec<usize>,
    /// Characters that no face has.
    pub(super) missing: BTreeSet<char>,
}

/// Font faces. Copies share what has been read of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalog {
    faces: Vec<Arc<Face>>,
    families: Vec<Family>,
    /// Families by their names in lower case.
    by_name: BTreeMap<String, Vec<usize>>,
    /// Files that could not be used, and why.
    warnings: Vec<String>,
}

impl Catalog {
    /// Adds the fonts that are part of the program.
    pub(super) fn add_shipped(&mut self) {
        let fonts: [&'static [u8]; 16] = [
            notosans::REGULAR_TTF,
            notosans::BOLD_TTF,
            notosans::ITALIC_TTF,
            notosans::BOLD_ITALIC_TTF,
            dejavu::sans::regular(),
            dejavu::sans::bold(),
            dejavu::sans::oblique(),
            dejavu::sans::bold_oblique(),
            dejavu::serif::regular(),
            dejavu::serif::bold(),
            dejavu::serif::italic(),
            dejavu::serif::bold_italic(),
            dejavu::sans_mono::regular(),
            dejavu::sans_mono::bold(),
            dejavu::sans_mono::oblique(),
            dejavu::sans_mono::bold_oblique(),
        ];
        for font in fonts {
            let mut database = fontdb::Database::new();
            database.load_font_source(fontdb::Source::Binary(Arc::new(font)));
            for info in database.faces() {
                self.add_face(info, Source::Static(font), Origin::Shipped, &[]);
            }
        }
    }

    /// Adds the fonts of a folder and of the folders in it, by the order of their names.
    pub(super) fn add_folder(&mut self, folder: &Path) {
        let mut files = Vec::new();
        collect_files(folder, FOLDER_DEPTH_MAX, &mut files);
        files.sort();
        files.truncate(FILES_MAX);
        for path in files {
            if let Err(reason) = self.add_file(&path) {
                self.warnings.push(format!("font file `{}` is left out: {reason}", path.display()));
            }
        }
    }

    fn add_file(&mut self, path: &Path) -> Result<(), String> {
        let data = Arc::new(read_file(path)?);
        let faces = guarded(|| {
            let mut database = fontdb::Database::new();
            database.load_font_source(fontdb::Source::Binary(data.clone()));
            database.faces().cloned().collect::<Vec<_>>()
        })
        .ok_or("it is broken")?;
        if faces.is_empty() {
            return Err("it isn't a font, or it is broken".to_owned());
        }
        for info in &faces {
            match guarded(|| fault(&data, info.index)) {
                Some(None) => {
                    let names = guarded(|| plain_family_names(&data, info.index)).unwrap_or_default();
                    self.add_face(info, Source::File(path.to_owned()), Origin::Folder, &names);
                }
                Some(Some(reason)) => return Err(reason.to_owned()),
                None => return Err("it is broken".to_owned()),
            }
        }
        Ok(())
    }

    /// Adds the fonts in `files`, which are installed on the machine.
    pub(super) fn add_system<'a>(&mut self, files: impl Iterator<Item = &'a Path>) {
        let mut faces = Vec::new();
        for file in files {
            let read = guarded(|| {
                let mut database = fontdb::Database::new();
                // What is no font, or went away, is passed over: nobody chose it.
                let _ = database.load_font_file(file);
                database.faces().cloned().collect::<Vec<_>>()
            });
            match read {
                Some(more) => faces.extend(more),
                None => {
                    self.warnings.push(format!("the machine's font `{}` is left out: it is broken", file.display()));
                }
            }
        }
        let path = |info: &fontdb::FaceInfo| match &info.source {
            fontdb::Source::File(path) | fontdb::Source::SharedFile(path, _) => path.clone(),
            fontdb::Source::Binary(_) => PathBuf::new(),
        };
        // Not by path first: the same fonts are in other places on other machines.
        faces.sort_by_cached_key(|info| (info.post_script_name.clone(), path(info), info.index));
        for info in &faces {
            self.add_face(info, Source::File(path(info)), Origin::System, &[]);
        }
    }

    fn add_face(&mut self, info: &fontdb::FaceInfo, source: Source, origin: Origin, plain_names: &[String]) {
        let Some((name, _)) = info.families.first() else {
            return;
        };
        let name = name.to_lowercase();
        if PRETENDERS.iter().any(|pretender| name.contains(pretender) && !name.starts_with("droid")) {
            return;
        }
        let face_idx = self.faces.len();
        self.faces.push(Arc::new(Face {
            weight: info.weight.0,
            is_italic: info.style != fontdb::Style::Normal,
            stretch: info.stretch.to_number(),
            source,
            index: info.index,
            coverage: OnceLock::new(),
            data: OnceLock::new(),
        }));
        self.add_to_family(&name, origin, face_idx, info.families.iter().map(|(name, _)| name.to_lowercase()));
        for plain in plain_names.iter().filter(|plain| **plain != name) {
            self.add_to_family(plain, origin, face_idx, std::iter::once(plain.clone()));
        }
    }

    fn add_to_family(&mut self, name: &str, origin: Origin, face: usize, names: impl Iterator<Item = String>) {
        let mut known = self.by_name.get(name).into_iter().flatten().copied();
        let known = known.find(|&idx| self.families[idx].origin == origin && self.families[idx].name == name);
        let family_idx = known.unwrap_or_else(|| {
            self.families.push(Family { name: name.to_owned(), origin, faces: Vec::new() });
            self.families.len() - 1
        });
        self.families[family_idx].faces.push(face);
        for name in names {
            let families = self.by_name.entry(name).or_default();
            if !families.contains(&family_idx) {
                families.push(family_idx);
            }
        }
    }

    /// Returns a face by its number.
    pub(super) fn face(&self, idx: usize) -> &Face {
        &self.faces[idx]
    }

    /// Returns what could not be used, and why.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns the names of all families in lower case, in order.
    pub(super) fn family_names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Whether the fonts that are part of the program have `c`.
    pub(super) fn is_shipped(&self, c: char) -> bool {
        let mut shipped = self.families.iter().filter(|family| family.origin == Origin::Shipped);
        shipped.any(|family| family.faces.first().is_some_and(|&face| self.faces[face].has(c)))
    }

    /// Returns a copy of this that has only what is part of the program.
    pub(super) fn shipped_only() -> Self {
        let mut catalog = Self::default();
        catalog.add_shipped();
        catalog
    }

    /// Whether [`Self::resolve`] finds the same with more fonts of the machine: they come after all others.
    pub(super) fn is_certain(&self, family: Option<&str>) -> bool {
        let mut names = family.unwrap_or(names::SANS).split(',').map(plain_name);
        names.find(|name| !name.is_empty()).is_none_or(|name| self.by_name.contains_key(&name.to_lowercase()))
    }

    /// Finds the family to use for a name, or a list of names as in CSS, and says so if one is not what was asked for.
    pub(super) fn resolve(&self, family: Option<&str>) -> (usize, Option<String>) {
        let mut stand_in = None;
        for name in family.unwrap_or(names::SANS).split(',') {
            let name = plain_name(name);
            let lower = name.to_lowercase();
            if lower.is_empty() {
                continue;
            }
            let standing = names::standing(&lower);
            let found =
                self.by_origin(&lower).or_else(|| self.by_origin(standing.family).filter(|_| standing.is_usual));
            if let Some(found) = found {
                return (found, stand_in.map(|(_, warning)| warning));
            }
            if let (None, Some(used)) = (&stand_in, self.by_origin(standing.family)) {
                let warning = format!("no font `{name}`: add it to the fonts folder; a built-in one is used instead");
                stand_in = Some((used, warning));
            }
        }
        match stand_in {
            Some((used, warning)) => (used, Some(warning)),
            None => (self.by_origin(names::SANS).unwrap_or(0), None),
        }
    }

    fn by_origin(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)?.iter().copied().min_by_key(|&idx| (self.families[idx].origin, idx))
    }

    /// Chooses the faces that draw `chars`, where `family` is wanted.
    pub(super) fn select(&self, family: usize, wish: Wish, chars: &[char]) -> Selection {
        let primary = self.ranked(family, wish).first().copied().unwrap_or(0);
        let mut selection = Selection { faces: vec![primary], missing: BTreeSet::new() };
        let certain = self.certain_families(family);
        for &c in chars {
            if selection.faces.iter().any(|&face| self.faces[face].has(c)) {
                continue;
            }
            let found = certain
                .iter()
                .find_map(|&family| self.ranked(family, wish).into_iter().find(|&face| self.faces[face].has(c)))
                .or_else(|| self.find_on_machine(c, wish));
            match found {
                Some(face) => selection.faces.push(face),
                None => {
                    selection.missing.insert(c);
                }
            }
        }
        selection
    }

    /// Returns the families that are the same on every machine, in the order in which characters are looked for.
    fn certain_families(&self, wanted: usize) -> Vec<usize> {
        let mut families = vec![wanted];
        families.extend((0..self.families.len()).filter(|&idx| self.families[idx].origin == Origin::Folder));
        // DejaVu's serif has fewer scripts than its sans; whoever wants serifs gets them as far as they go.
        let is_serif = [names::SERIF].contains(&self.families.get(wanted).map_or("", |family| &family.name));
        let shipped = if is_serif { [names::SERIF, names::SANS] } else { [names::SANS, names::WIDE] };
        let rest = [names::WIDE, names::SERIF, names::MONO];
        families.extend(shipped.iter().chain(&rest).filter_map(|name| {
            self.by_name.get(*name)?.iter().copied().find(|&idx| self.families[idx].origin == Origin::Shipped)
        }));
        families
    }

    fn find_on_machine(&self, c: char, wish: Wish) -> Option<usize> {
        if !may_be_on_machine(c) {
            return None;
        }
        let has = |family: usize| {
            let best = *self.ranked(family, wish).first()?;
            self.faces[best].has(c).then_some(best)
        };
        let by_script = names::families_of(c.script(), wish.language);
        let mut known = by_script.iter().filter_map(|name| self.by_name.get(name)).flatten().copied();
        known.find_map(has).or_else(|| {
            let all = self.families.iter().enumerate();
            all.filter(|(_, family)| family.origin == Origin::System).find_map(|(idx, _)| has(idx))
        })
    }

    /// Returns the faces of a family, the one most like what is wanted first.
    fn ranked(&self, family: usize, wish: Wish) -> Vec<usize> {
        let Some(family) = self.families.get(family) else {
            return Vec::new();
        };
        let mut faces = family.faces.clone();
        faces.sort_by_key(|&idx| {
            let face = &self.faces[idx];
            let distance = face.weight.abs_diff(wish.weight);
            // Of two equally far, bold text takes the bolder face and other text the lighter one.
            let is_other_side = if wish.weight > 500 { face.weight < wish.weight } else { face.weight > wish.weight };
            (face.stretch.abs_diff(5), face.is_italic != wish.is_italic, distance, is_other_side)
        });
        faces
    }
}

/// Takes what is around a name in a list of names away.
fn plain_name(name: &str) -> &str {
    name.trim().trim_matches(['"', '\'']).trim()
}

/// Whether a font of the machine may have `c`: none is known to have these, and looking into all of them takes long.
pub(super) fn may_be_on_machine(c: char) -> bool {
    !matches!(c.general_category(), GeneralCategory::Unassigned | GeneralCategory::PrivateUse)
}

/// Runs library code on bytes from outside; none if it panics.
///
/// Why: the parsers are memory-safe and fuzzed, but an index out of bounds in one of them must not take a worker down.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("it is larger than {} MB", FILE_BYTES_MAX >> 20));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

fn collect_files(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if depth > 0 {
                collect_files(&path, depth - 1, files);
            }
            continue;
        }
        let is_font = path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
            ["ttf", "otf", "ttc", "otc"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        if is_font {
            files.push(path);
        }
    }
}

/// Makes a collection a file of one face: its header then names only that one.
fn keep_only_face(data: &mut [u8], index: u32) -> Option<()> {
    // `ttcf`, version, number of fonts, then the offset of each; all of 4 bytes.
    if !data.starts_with(b"ttcf") {
        return Some(());
    }
    let at = 12 + 4 * usize::try_from(index).ok()?;
    let offset: [u8; 4] = data.get(at..at.checked_add(4)?)?.try_into().ok()?;
    data.get_mut(8..12)?.copy_from_slice(&1u32.to_be_bytes());
    data.get_mut(12..16)?.copy_from_slice(&offset);
    Some(())
}
