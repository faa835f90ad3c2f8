//! Pictures, videos and sounds that show what the catalog has, made when they are first asked for.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use media::audio::{Spec, wav};
use media::picture::Picture;
use percent_encoding::percent_decode_str;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::json;
use speech::{Request, Synthesizer as _};
use stage::Project;
use stage::avatar::{Direction, Performance, Pose, Rig, still};
use stage::document::{AssetRef, Crop, Emotion};
use studio::{RenderOptions, Sources, scaled_size};
use tokio::sync::Semaphore;

use super::{Catalog, CatalogAvatar};
use crate::job::{Failure, FailureCode};
use crate::{Error, Result};

/// Bytes that are kept in memory.
const KEPT_BYTES_MAX: u64 = 48 << 20;
/// About how many files that is.
const KEPT_FILES: usize = 400;
/// Files that are made at a time; each takes a core for a moment.
const MADE_AT_ONCE: usize = 2;
/// Rows of pictures of heads.
const HEAD_ROWS: u16 = 512;
const THUMBNAIL_ROWS: u16 = 256;
/// Rows of previews, and the shorter side of thumbnails of templates.
const PREVIEW_SIDE: u32 = 360;
/// Pixels per row of backgrounds.
const BACKGROUND_WIDTH: u32 = 640;
/// Frame of a performance at which a face is at rest with its eyes open.
const POSED_FRAME: u32 = 6;
/// Bits per sample of sounds.
const SOUND_BITS: u16 = 16;
/// Center, as the mask of a WAV file says it.
const MONO: u32 = 4;

/// A picture of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AvatarPicture {
    /// Head and shoulders, small.
    Thumbnail,
    /// From head to feet, with nothing around.
    Tight,
    /// From head to hips.
    Half,
    /// From head to feet, in the frame that they stand in.
    Full,
    /// The head within a circle.
    Circle,
}

impl AvatarPicture {
    const ALL: [Self; 5] = [Self::Thumbnail, Self::Tight, Self::Half, Self::Full, Self::Circle];

    /// Returns its name in links.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Tight => "tight",
            Self::Half => "half",
            Self::Full => "full",
            Self::Circle => "circle",
        }
    }
}

/// A file that shows something of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFile {
    /// Its contents.
    pub bytes: Bytes,
    /// What they are, such as `image/png`.
    pub media_type: &'static str,
}

/// Files that were made lately, and turns to make more.
pub(super) struct Shelf {
    files: Cache<Wanted, CatalogFile, ByBytes>,
    turns: Semaphore,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { files: Cache::with_weighter(KEPT_FILES, KEPT_BYTES_MAX, ByBytes), turns: Semaphore::new(MADE_AT_ONCE) }
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Wanted, CatalogFile> for ByBytes {
    fn weight(&self, _: &Wanted, file: &CatalogFile) -> u64 {
        file.bytes.len() as u64
    }
}

/// What a path asks for; it is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Wanted {
    Avatar { avatar: String, outfit: String, picture: AvatarPicture },
    Preview { avatar: String },
    Voice { id: String },
    Background { name: String },
    Template { id: String },
}

impl Catalog {
    /// Returns the file of a path below `/catalog/`, such as `avatars/amara/red-dress/tight.png`.
    ///
    /// Files are made on a thread that may block, a few at a time, and kept in memory for as long as there is room.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what the catalog does not have; [`Error::Refused`] when it cannot be made.
    pub async fn file(self: &Arc<Self>, path: &str) -> Result<CatalogFile> {
        let wanted = self.wanted(path).ok_or_else(|| Error::NotFound { what: "catalog file", id: path.to_owned() })?;
        let make = async {
            let _turn = self.shelf.turns.acquire().await;
            let (catalog, wanted) = (Arc::clone(self), wanted.clone());
            let made = tokio::task::spawn_blocking(move || catalog.make(&wanted)).await;
            let made = made.map_err(|panic| panic.to_string()).and_then(|made| made);
            made.map_err(|message| Error::Refused(Failure::new(FailureCode::Internal, message)))
        };
        self.shelf.files.get_or_insert_async(&wanted, make).await
    }

    /// Reads a path; nothing for what is not there.
    fn wanted(&self, path: &str) -> Option<Wanted> {
        let (kind, rest) = path.trim_start_matches('/').split_once('/')?;
        let (name, file) = rest.rsplit_once('/').unwrap_or(("", rest));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned());
        match (kind, file) {
            ("avatars", "preview.mp4") => {
                let avatar = decoded(name)?;
                self.avatar(&avatar).map(|_| Wanted::Preview { avatar })
            }
            ("avatars", _) => {
                let (avatar, outfit) = name.split_once('/')?;
                let (avatar, outfit) = (decoded(avatar)?, decoded(outfit)?);
                let picture = file.strip_suffix(".png")?;
                let picture = AvatarPicture::ALL.into_iter().find(|it| it.as_str() == picture)?;
                let known = self.avatar(&avatar)?.outfits.iter().any(|it| it.id == outfit);
                known.then_some(Wanted::Avatar { avatar, outfit, picture })
            }
            ("voices", "sample.wav") => {
                let id = decoded(name)?;
                self.voice(&id).map(|_| Wanted::Voice { id })
            }
            ("backgrounds", _) if name.is_empty() => {
                let name = decoded(file.strip_suffix(".png")?)?;
                self.backgrounds().iter().any(|it| it.name == name).then_some(Wanted::Background { name })
            }
            ("templates", "thumbnail.jpg") => {
                let id = decoded(name)?;
                self.template(&id).map(|_| Wanted::Template { id })
            }
            _ => None,
        }
    }

    fn make(&self, wanted: &Wanted) -> Result<CatalogFile, String> {
        let (bytes, media_type) = match wanted {
            Wanted::Avatar { avatar, outfit, picture } => (self.draw_avatar(avatar, outfit, *picture)?, "image/png"),
            Wanted::Preview { avatar } => (self.film_avatar(avatar)?, "video/mp4"),
            Wanted::Voice { id } => (self.speak_sample(id)?, "audio/wav"),
            Wanted::Background { name } => (self.draw_background(name)?, "image/png"),
            Wanted::Template { id } => (self.draw_template(id)?, "image/jpeg"),
        };
        Ok(CatalogFile { bytes: Bytes::from(bytes), media_type })
    }

    fn draw_avatar(&self, avatar: &str, outfit: &str, picture: AvatarPicture) -> Result<Vec<u8>, String> {
        let (rig, _) = self.studio.cast().get(avatar);
        let (outfit, _) = rig.outfit(Some(outfit));
        let draw = |crop, rows| picture_of(still(rig, outfit, crop, &pose(), rows));
        let tight_rows = rig.boxes().tight.height().round() as u16;
        let drawn = match picture {
            AvatarPicture::Thumbnail => draw(Crop::Head, THUMBNAIL_ROWS),
            AvatarPicture::Tight => draw(Crop::Full, tight_rows),
            AvatarPicture::Half => draw(Crop::Half, rig.view(Crop::Half).rect.height().round() as u16),
            AvatarPicture::Full => draw(Crop::Full, tight_rows).and_then(|tight| framed(rig, &tight)),
            AvatarPicture::Circle => draw(Crop::Circle, HEAD_ROWS).and_then(|head| round(&head)),
        };
        drawn.and_then(|drawn| drawn.to_png()).map_err(|error| error.to_string())
    }

    /// Renders an avatar who introduces themselves.
    fn film_avatar(&self, id: &str) -> Result<Vec<u8>, String> {
        let avatar = self.avatar(id).ok_or("nobody has this id")?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = folder.path().join("preview.mp4");
        let go_on = &mut |_: studio::Progress| ControlFlow::Continue(());
        let options = RenderOptions { n_workers: std::num::NonZero::new(1), ..RenderOptions::default() };
        let project = introduction(avatar)?;
        self.studio.render(&project, &self.sources(), &options, &path, go_on).map_err(|error| error.to_string())?;
        std::fs::read(&path).map_err(|error| error.to_string())
    }

    fn speak_sample(&self, id: &str) -> Result<Vec<u8>, String> {
        let voices = self.studio.voices();
        let voice = voices.find(id).ok_or("there is no such voice")?;
        let request = Request { language: Some(&voice.language), ..Request::new(&voice.sample, &voice.id) };
        let spoken = voices.speak_all(&request).map_err(|error| error.to_string())?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = folder.path().join("sample.wav");
        let write = || {
            let spec = Spec { sample_rate: spoken.sample_rate, channels: 1, mask: MONO };
            let mut writer = wav::Writer::create(&path, spec, SOUND_BITS)?;
            writer.push(&spoken.samples)?;
            writer.finish()
        };
        write().map_err(|error: media::Error| error.to_string())?;
        std::fs::read(&path).map_err(|error| error.to_string())
    }

    fn draw_background(&self, name: &str) -> Result<Vec<u8>, String> {
        let background = self.backgrounds.iter().find(|it| it.name == name).ok_or("there is no such background")?;
        let kind = if background.is_video { "video" } else { "image" };
        let project = document(json!({
            "version": 1,
            "canvas": { "width": BACKGROUND_WIDTH, "height": PREVIEW_SIDE },
            "scenes": [{ "background": { "type": kind, kind: background.asset }, "duration_ms": 1000 }]
        }))?;
        let picture = self.studio.still(&project, &self.sources(), &RenderOptions::default(), 0);
        picture.map_err(|error| error.to_string())?.to_png().map_err(|error| error.to_string())
    }

    fn draw_template(&self, id: &str) -> Result<Vec<u8>, String> {
        let template = self.template(id).ok_or("there is no such template")?;
        // The voices are of no use for a picture, and take longest.
        let mut project = template.project.clone();
        project.scenes.truncate(1);
        for scene in &mut project.scenes {
            scene.narration.clear();
            scene.duration_ms = Some(THUMBNAIL_MS);
        }
        let options =
            RenderOptions { size: Some(scaled_size(&project.canvas, PREVIEW_SIDE)), ..RenderOptions::default() };
        self.studio.poster(&project, &self.sources(), &options).map_err(|error| error.to_string())
    }

    /// Returns what finds the catalog's own files for the studio.
    pub fn sources(&self) -> impl Sources + '_ {
        CatalogSources(self)
    }
}

/// Long enough for everything to have come in by its middle.
const THUMBNAIL_MS: u32 = 6_000;

struct CatalogSources<'a>(&'a Catalog);

impl Sources for CatalogSources<'_> {
    fn locate(&self, name: &AssetRef) -> Result<PathBuf, String> {
        self.0.asset_path(&name.0).ok_or_else(|| "the catalog has no such file".to_owned())
    }
}

fn document(value: serde_json::Value) -> Result<Project, String> {
    Project::from_value(value).map_err(|error| error.to_string())
}

fn introduction(avatar: &CatalogAvatar) -> Result<Project, String> {
    let text = format!("Hello! I am {}. I can say whatever you write.", avatar.name);
    document(json!({
        "version": 1,
        "canvas": { "width": 640, "height": PREVIEW_SIDE, "fps": 25 },
        "scenes": [{
            "background": { "type": "image", "image": "builtin:studio" },
            "layers": [{
                "id": "host", "type": "avatar", "avatar": avatar.id, "crop": "half", "emotion": "semismile",
                "frame": { "x": 170, "y": 20, "w": 300, "h": 400 }
            }],
            "narration": [{
                "speaker": "host", "text": text, "voice": avatar.voices.first(), "language": "en",
                "pause_before_ms": 200, "pause_after_ms": 400
            }]
        }]
    }))
}

/// Returns how somebody looks who is about to speak.
fn pose() -> Pose {
    Performance::new(&Direction { emotion: Emotion::Semismile, fps: 30, ..Direction::default() }).pose(POSED_FRAME)
}

fn picture_of(picture: stage::avatar::Picture) -> media::Result<Picture> {
    Picture::from_rgba(picture.width, picture.height, picture.rgba)
}

/// Puts a tight picture where its person is in their frame.
fn framed(rig: &Rig, tight: &Picture) -> media::Result<Picture> {
    let boxes = rig.boxes();
    let (width, height) = (boxes.frame.width().round() as usize, boxes.frame.height().round() as usize);
    let left = (boxes.tight.x0 - boxes.frame.x0).round().max(0.0) as usize;
    let top = (boxes.tight.y0 - boxes.frame.y0).round().max(0.0) as usize;
    let mut rgba = vec![0; width * height * 4];
    let n_columns = (tight.width() as usize).min(width.saturating_sub(left));
    let rows = tight.rgba().chunks_exact(tight.width() as usize * 4);
    for (row, pixels) in rows.enumerate().take(height.saturating_sub(top)) {
        let start = ((top + row) * width + left) * 4;
        rgba[start..start + n_columns * 4].copy_from_slice(&pixels[..n_columns * 4]);
    }
    Picture::from_rgba(width as u32, height as u32, rgba)
}

/// Cuts a square picture to a circle, with a soft edge of a pixel.
fn round(square: &Picture) -> media::Result<Picture> {
    let (width, height) = (square.width(), square.height());
    let radius = f64::from(width.min(height)) / 2.0;
    let mut rgba = square.rgba().to_vec();
    for (idx, pixel) in rgba.chunks_exact_mut(4).enumerate() {
        let (x, y) = (idx as u32 % width, idx as u32 / width);
        let (dx, dy) = (f64::from(x) + 0.5 - f64::from(width) / 2.0, f64::from(y) + 0.5 - f64::from(height) / 2.0);
        let covered = (radius - (dx * dx + dy * dy).sqrt() + 0.5).clamp(0.0, 1.0);
        pixel[3] = (f64::from(pixel[3]) * covered).round() as u8;
    }
    Picture::from_rgba(width, height, rgba)
}

#[cfg(test)]
pub(super) mod tests {
    use media::picture::PictureLimits;
    use studio::{Studio, StudioOptions};

    use super::*;

    /// A catalog in a folder of its own.
    pub(in super::super) fn catalog() -> (tempfile::TempDir, Arc<Catalog>) {
        let folder = tempfile::tempdir().unwrap();
        let options = StudioOptions { system_fonts: false, ..StudioOptions::new(folder.path().join("cache")) };
        let catalog = Catalog::new(Arc::new(Studio::open(options).unwrap()));
        (folder, Arc::new(catalog))
    }

    fn decoded(file: &CatalogFile) -> Picture {
        Picture::decode(&file.bytes, &PictureLimits::default(), None).unwrap()
    }

    #[tokio::test]
    async fn avatars_are_drawn_in_all_sizes() {
        let (_folder, catalog) = catalog();
        let draw =
            async |name: &str| decoded(&catalog.file(&format!("avatars/amara/red-dress/{name}.png")).await.unwrap());
        let tight = draw("tight").await;
        let size = catalog.avatar("amara").unwrap().size;
        assert_eq!((tight.width().abs_diff(size.0) < 2, tight.height()), (true, size.1));
        let full = draw("full").await;
        assert!(full.width() > tight.width() && full.height() > tight.height());
        assert_eq!(draw("thumbnail").await.height(), u32::from(THUMBNAIL_ROWS));
        let circle = draw("circle").await;
        let alpha = |x: u32, y: u32| circle.rgba()[((y * circle.width() + x) * 4 + 3) as usize];
        let (right, bottom) = (circle.width() - 1, circle.height() - 1);
        assert_eq!([alpha(0, 0), alpha(right, 0), alpha(right, bottom), alpha(0, bottom)], [0; 4]);
        assert_eq!(alpha(right / 2, bottom / 2), 255);
    }

    #[tokio::test]
    async fn backgrounds_templates_and_introductions_are_made() {
        let (_folder, catalog) = catalog();
        let background = catalog.file("/backgrounds/mint.png").await.unwrap();
        assert_eq!((decoded(&background).width(), background.media_type), (BACKGROUND_WIDTH, "image/png"));
        let portrait = catalog.templates().iter().find(|template| template.orientation() == "portrait").unwrap();
        let thumbnail = catalog.file(&format!("templates/{}/thumbnail.jpg", portrait.id)).await.unwrap();
        let picture = decoded(&thumbnail);
        assert_eq!((picture.width(), picture.height() > 600, thumbnail.media_type), (PREVIEW_SIDE, true, "image/jpeg"));
        let preview = catalog.file("avatars/chen/preview.mp4").await.unwrap();
        assert_eq!((&preview.bytes[4..8], preview.media_type), (&b"ftyp"[..], "video/mp4"));
    }

    #[tokio::test]
    async fn files_are_made_once() {
        let (_folder, catalog) = catalog();
        let path = "backgrounds/dawn.png";
        let (first, second) = tokio::join!(catalog.file(path), catalog.file(path));
        assert_eq!(first.unwrap().bytes.as_ptr(), second.unwrap().bytes.as_ptr(), "both have the same file");
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_found() {
        let (_folder, catalog) = catalog();
        for path in [
            "",
            "avatars",
            "avatars/nobody/red-dress/tight.png",
            "avatars/amara/nothing/tight.png",
            "avatars/amara/red-dress/huge.png",
            "avatars/amara/red-dress/tight.jpg",
            "avatars/amara/red-dress",
            "avatars/nobody/preview.mp4",
            "voices/nobody/sample.wav",
            "voices/%ff/sample.wav",
            "backgrounds/../../etc/passwd.png",
            "backgrounds/nothing.png",
            "templates/000000000000000000000000/thumbnail.jpg",
            "palettes/1/thumbnail.jpg",
        ] {
            assert!(matches!(catalog.file(path).await, Err(Error::NotFound { .. })), "{path}");
        }
    }
}
