//! What every render shares: fonts, avatars, voices, and the cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::picture::PictureLimits;
use speech::{HttpService, Library as Voices};
use stage::avatar::Cast;
use stage::document::Limits;
use stage::text::{FontSources, Fonts};

use crate::Result;
use crate::assets::KnownFiles;
use crate::cache::{CACHE_BYTES_MAX, Cache, Key};

/// Where a studio finds what it is furnished with.
pub struct StudioOptions {
    /// Folder with fonts of the operator.
    pub fonts: Option<PathBuf>,
    /// Folder with avatars of the operator.
    pub avatars: Option<PathBuf>,
    /// Folder with voices of the operator.
    pub voices: Option<PathBuf>,
    /// Folder of the cache.
    pub cache: PathBuf,
    /// Bytes that the cache may take.
    pub cache_bytes_max: u64,
    /// A server that speaks.
    pub speech_server: Option<HttpService>,
    /// Whether the fonts of the system are used, too; without, a render is the same on every machine.
    pub system_fonts: bool,
}

impl StudioOptions {
    /// Takes what comes with the program and the system's fonts.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            fonts: None,
            avatars: None,
            voices: None,
            cache: cache.into(),
            cache_bytes_max: CACHE_BYTES_MAX,
            speech_server: None,
            system_fonts: true,
        }
    }
}

/// Renders documents. Threads may share one.
pub struct Studio {
    pub(crate) fonts: Arc<Fonts>,
    pub(crate) cast: Arc<Cast>,
    pub(crate) voices: Voices,
    pub(crate) cache: Cache,
    pub(crate) limits: Limits,
    pub(crate) known_files: KnownFiles,
    identity: Key,
    warnings: Vec<String>,
}

impl Studio {
    /// Furnishes a studio. Fonts, avatars and voices that cannot be used are passed over with a warning.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Io`] when the cache cannot be opened.
    pub fn open(options: StudioOptions) -> Result<Self> {
        let folders: Vec<PathBuf> = options.fonts.iter().filter(|folder| folder.is_dir()).cloned().collect();
        let fonts = Fonts::load(&FontSources { folders, system: options.system_fonts });
        let identity = identity(&fonts, &[options.fonts.as_deref(), options.avatars.as_deref()]);
        let mut cast = Cast::builtin();
        let mut warnings: Vec<String> = fonts.warnings().to_vec();
        if let Some(folder) = options.avatars.filter(|folder| folder.is_dir()) {
            warnings.extend(cast.add_folder_with(&folder, &decode_picture).iter().map(ToString::to_string));
        }
        let cache = Cache::open(&options.cache, options.cache_bytes_max)?;
        let mut voices = Voices::new(&options.cache.join("languages"));
        if let Some(folder) = options.voices.filter(|folder| folder.is_dir()) {
            match voices.add_folder(&folder) {
                Ok(more) => warnings.extend(more),
                Err(error) => warnings.push(error.to_string()),
            }
        }
        if let Some(server) = options.speech_server {
            voices.add_service(server);
        }
        let (fonts, cast, limits) = (Arc::new(fonts), Arc::new(cast), Limits::default());
        let known_files = KnownFiles::default();
        Ok(Self { fonts, cast, voices, cache, limits, known_files, identity, warnings })
    }

    /// Returns what was passed over when the studio was opened.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns all voices.
    pub fn voices(&self) -> &Voices {
        &self.voices
    }

    /// Returns all avatars.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// Returns all fonts.
    pub fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// Returns what tells apart the sets of fonts and avatars that pictures depend on.
    pub(crate) fn identity(&self) -> Key {
        self.identity
    }
}

/// Hashes what pictures depend on beside their document: the fonts there are, and the files of the operator's folders.
fn identity(fonts: &Fonts, folders: &[Option<&Path>]) -> Key {
    let mut parts: Vec<Vec<u8>> = fonts.identity().map(String::into_bytes).collect();
    for folder in folders.iter().flatten() {
        add_files(folder, 0, &mut parts);
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Key::of(&parts)
}

/// Folders within folders that are looked into; links may lead in circles.
const FOLDERS_DEEP: usize = 8;

fn add_files(folder: &Path, depth: usize, parts: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if depth < FOLDERS_DEEP {
                add_files(&path, depth + 1, parts);
            }
        } else if let Ok(bytes) = std::fs::read(&path) {
            parts.push(path.to_string_lossy().into_owned().into_bytes());
            parts.push(Key::of(&[&bytes]).as_bytes().to_vec());
        }
    }
}

/// Reads pictures of avatars that are neither PNG nor SVG.
pub fn decode_picture(bytes: &[u8]) -> Option<stage::avatar::Picture> {
    let picture = media::picture::Picture::decode(bytes, &PictureLimits::default(), None).ok()?;
    Some(stage::avatar::Picture { width: picture.width(), height: picture.height(), rgba: picture.rgba().to_vec() })
}
