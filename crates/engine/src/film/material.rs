//! Materials: files that accounts bring for their films, told apart by their contents.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use media::picture::{Picture, PictureLimits};
use serde::{Deserialize, Serialize};

use super::catalog::Catalog;
use super::life::without_nul;
use super::pages::{Page as DocumentPage, PageOptions, render_pdf, render_pptx};
use super::row::{hex_id, named};
use super::sniff::{Sniffed, sniff};
use crate::access::{Caller, Door};
use crate::blobs::{BlobKey, LocalFile};
use crate::ids::{AccountId, AssetId};
use crate::job::{Failure, FailureCode, Job, JobKind};
use crate::recognition::{Listed, Sequence};
use crate::signals::Signal;
use crate::store::{Page, StoreError, Transaction};
use crate::time::Timestamp;
use crate::uploads::UploadedFile;
use crate::work::{Pulse, WorkError};
use crate::{Engine, Error, Result};

/// Longest name of a file that is kept, in characters.
const NAME_CHARS_MAX: usize = 400;
/// The longer side of web-sized copies, in pixels, and their quality, 1 to 100.
const WEB_SIDE: u32 = 1280;
const WEB_QUALITY: u8 = 85;
/// What the web-sized copy is kept under.
const COMPRESSED: &str = "compressed";

hex_id! {
    /// Names a material.
    MaterialId,
}

named! {
    /// What is in a material.
    MaterialKind {
        /// A still picture.
        Image = "image",
        /// Moving pictures.
        Video = "video",
        /// Sound.
        Audio = "audio",
        /// Pages.
        Pdf = "pdf",
        /// Slides.
        Pptx = "pptx",
        /// Text in any of the forms that scenes are drafted from.
        Text = "text",
    }
}

named! {
    /// How far a material is looked into.
    MaterialState {
        /// Its pages or its smaller copy are to be made.
        Waiting = "waiting",
        /// They are being made.
        Processing = "processing",
        /// All there is to make is made.
        Ready = "ready",
        /// It could not be read.
        Failed = "failed",
    }
}

/// A file that an account brought for its films, or a page of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    /// Identifier.
    pub id: MaterialId,
    /// Its number, counted from 1 over all accounts, for doors whose ids are integers.
    pub number: i64,
    /// The tenant.
    pub account_id: AccountId,
    /// The door that it came through.
    pub door: Door,
    /// The name of the file.
    pub name: String,
    /// The caller's own mark.
    pub tag: String,
    /// What is in it.
    pub kind: MaterialKind,
    /// What the content is, such as `image/png`.
    pub media_type: String,
    /// File name extension that fits the content.
    pub extension: String,
    /// How far it is looked into.
    pub state: MaterialState,
    /// Why it could not be read, for people.
    pub failure: String,
    /// The original.
    pub asset_id: AssetId,
    /// Size.
    pub n_bytes: i64,
    /// Length of sound and moving pictures.
    pub duration_ms: Option<i64>,
    /// Pixels per row of what is seen.
    pub width: Option<i64>,
    /// Rows.
    pub height: Option<i64>,
    /// Copies by purpose: `compressed` (web sized).
    pub copies: BTreeMap<String, BlobKey>,
    /// Text that was found in it, for pages and slides: the title and what is written, and the notes to be spoken.
    pub text: PageText,
    /// The material that this one is a page of.
    pub parent_id: Option<MaterialId>,
    /// Which page, from 0.
    pub position: i64,
    /// When it was added.
    pub created_at: Timestamp,
}

/// The text of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PageText {
    /// Its title.
    pub title: String,
    /// All that is written on it, the title included.
    pub body: String,
    /// The speaker's notes.
    pub notes: String,
}

/// What a caller says about a file.
#[derive(Debug, Clone, Copy)]
pub struct NewMaterial<'a> {
    /// The door that it came through.
    pub door: Door,
    /// The caller's own mark.
    pub tag: &'a str,
    /// What to call it; the file's name without one.
    pub name: Option<&'a str>,
    /// The kinds that are taken.
    pub kinds: &'a [MaterialKind],
    /// The media types that are taken, as they are sniffed (`audio/wav`, `video/quicktime`); any of those kinds for an empty list.
    pub media_types: &'a [&'a str],
}

/// Which materials to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialFilter {
    /// That came through this door.
    pub door: Door,
    /// The pages of this one; without one, those that are no pages.
    pub parent_id: Option<MaterialId>,
    /// Of one of these kinds; empty for any.
    pub kinds: Vec<MaterialKind>,
    /// In one of these states; empty for any.
    pub states: Vec<MaterialState>,
    /// With this mark.
    pub tag: Option<String>,
    /// Whether the oldest come first; pages come in their order in any case.
    pub oldest_first: bool,
    /// The stretch of the list.
    pub page: Page,
}

impl MaterialFilter {
    /// Lists everything that came through a door.
    pub fn all(door: Door, page: Page) -> Self {
        let (kinds, states) = (Vec::new(), Vec::new());
        Self { door, parent_id: None, kinds, states, tag: None, oldest_first: false, page }
    }
}

impl Engine {
    /// Lists an account's materials, newest first; pages in their order.
    pub async fn materials(&self, account: &AccountId, filter: &MaterialFilter) -> Result<Listed<Material>> {
        let mut tx = self.store().read().await?;
        let rows = tx.materials(account, filter).await?;
        Ok(Listed { rows, total: tx.count_materials(account, filter).await? })
    }

    /// Finds an account's material.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn material(&self, account: &AccountId, id: &MaterialId) -> Result<Material> {
        let found = self.store().read().await?.material(account, id).await?;
        found.ok_or_else(|| Error::NotFound { what: "file", id: id.to_string() })
    }

    /// Finds an account's material by its number.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn numbered_material(&self, account: &AccountId, door: Door, number: i64) -> Result<Material> {
        let found = self.store().read().await?.numbered_material(account, door, number).await?;
        found.ok_or_else(|| Error::NotFound { what: "file", id: number.to_string() })
    }

    /// Removes a material with its pages. Films under way keep what they need.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_material(&self, account: &AccountId, id: &MaterialId) -> Result<()> {
        let mut tx = self.store().write().await?;
        let removed = tx.delete_material(account, id).await?;
        if removed.is_empty() {
            return Err(Error::NotFound { what: "file", id: id.to_string() });
        }
        for key in removed.iter().flat_map(|material| material.copies.values()) {
            tx.throw_away(key, self.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Returns the absolute link of a material's original.
    pub fn material_url(&self, material: &Material) -> String {
        self.media_url(crate::MediaKind::Material, material.id.as_str(), &material.extension)
    }

    /// Returns the absolute link of a copy of a material, where there is one.
    pub fn material_copy_url(&self, material: &Material, purpose: &str) -> Option<String> {
        let key = material.copies.get(purpose)?;
        let extension = key.as_str().rsplit('.').next().unwrap_or_default();
        let name = format!("{}.{purpose}", material.id);
        Some(self.media_url(crate::MediaKind::MaterialCopy, &name, extension))
    }

    /// Keeps a file that a caller brought; what has pages gets them soon after.
    ///
    /// # Errors
    /// [`Error::Refused`] for content that is none of the wanted kinds, or broken; [`Error::QueueFull`].
    pub async fn add_material(&self, caller: &Caller, file: UploadedFile, about: NewMaterial<'_>) -> Result<Material> {
        let found = self.sniff(&file).await?;
        let is_listed = about.media_types.is_empty() || about.media_types.contains(&found.media_type);
        if !about.kinds.contains(&found.kind) || !is_listed {
            let message = format!("files of the kind `{}` are not taken here", found.media_type);
            return Err(Error::Refused(Failure::new(FailureCode::BadSource, message)));
        }
        let asset_id = self.store_asset(&file, found.media_type).await?;
        let has_more = matches!(found.kind, MaterialKind::Pdf | MaterialKind::Pptx | MaterialKind::Image);
        let mut tx = self.store().write().await?;
        let material = Material {
            id: MaterialId::random(self.entropy()),
            number: tx.take_numbers(Sequence::Material, 1).await?,
            account_id: caller.account_id.clone(),
            door: about.door,
            name: without_nul(about.name.unwrap_or(file.base_name()).chars().take(NAME_CHARS_MAX).collect()),
            tag: without_nul(about.tag.chars().take(NAME_CHARS_MAX).collect()),
            kind: found.kind,
            media_type: found.media_type.to_owned(),
            extension: found.extension.to_owned(),
            state: if has_more { MaterialState::Waiting } else { MaterialState::Ready },
            failure: String::new(),
            asset_id,
            n_bytes: i64::try_from(file.n_bytes()).unwrap_or(i64::MAX),
            duration_ms: found.duration_ms,
            width: found.size.map(|(width, _)| i64::from(width)),
            height: found.size.map(|(_, height)| i64::from(height)),
            copies: BTreeMap::new(),
            text: PageText::default(),
            parent_id: None,
            position: 0,
            created_at: self.now(),
        };
        tx.insert_material(&material).await?;
        if has_more {
            let kind = JobKind::PrepareMaterial { material_id: material.id.clone() };
            self.queue_own_job(tx.as_mut(), &material.account_id, kind).await?;
        }
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(material)
    }

    async fn sniff(&self, file: &UploadedFile) -> Result<Sniffed> {
        let _turn = self.inspections().acquire().await;
        let (path, duration_max_s) = (file.path().to_owned(), self.limits().duration_max_s);
        let found = tokio::task::spawn_blocking(move || sniff(&path, duration_max_s)).await;
        let internal = |panic: tokio::task::JoinError| Failure::new(FailureCode::Internal, panic.to_string());
        found.map_err(internal).flatten().map_err(Error::Refused)
    }

    /// Makes the smaller copy of a picture, and the pages of a document.
    pub(crate) async fn prepare_material(
        &self,
        job: &Job,
        id: &MaterialId,
        pulse: &Arc<Pulse>,
    ) -> Result<Option<Prepared>, WorkError> {
        let Some(mut material) = self.store().read().await?.material(&job.account_id, id).await? else {
            return Ok(None);
        };
        if material.state == MaterialState::Ready {
            return Ok(None);
        }
        if material.state == MaterialState::Waiting {
            material.state = MaterialState::Processing;
            let mut tx = self.store().write().await?;
            tx.update_material(&material).await?;
            tx.commit().await?;
        }
        let source = self.blobs().local(&BlobKey::asset(&material.asset_id)).await?;
        match material.kind {
            MaterialKind::Image => self.compress_picture(job, source).await.map(Some),
            MaterialKind::Pdf | MaterialKind::Pptx => self.make_pages(&material, source, pulse).await.map(Some),
            MaterialKind::Video | MaterialKind::Audio | MaterialKind::Text => Ok(Some(Prepared::default())),
        }
    }

    /// Draws the pages of a document, and keeps each as an asset.
    async fn make_pages(
        &self,
        material: &Material,
        source: LocalFile,
        pulse: &Arc<Pulse>,
    ) -> Result<Prepared, WorkError> {
        let scratch: Vec<_> = (0..PageOptions::default().n_pages_max).map(|_| self.blobs().scratch("png")).collect();
        let (catalog, pulse, kind) = (Arc::clone(self.catalog()?), Arc::clone(pulse), material.kind);
        let drawn =
            tokio::task::spawn_blocking(move || draw_pages(kind, source.path(), &catalog, scratch, &pulse)).await;
        let drawn = drawn.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))??;
        let mut pages = Vec::new();
        for page in drawn {
            let asset_id = self.store_asset(&page.file, "image/png").await?;
            let n_bytes = i64::try_from(page.file.n_bytes()).unwrap_or(i64::MAX);
            pages.push(PreparedPage { asset_id, n_bytes, size: page.size, text: page.text });
        }
        Ok(Prepared { compressed: None, pages })
    }

    /// Makes a web-sized copy of a picture that is larger.
    async fn compress_picture(&self, job: &Job, source: LocalFile) -> Result<Prepared, WorkError> {
        let made = tokio::task::spawn_blocking(move || web_sized(source.path())).await;
        let made = made.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))?;
        let Some((extension, bytes)) = made? else { return Ok(Prepared::default()) };
        let path = LocalFile::copy(self.blobs().scratch(extension));
        let written = tokio::fs::write(path.path(), bytes).await;
        written.map_err(|error| WorkError::Retry(Failure::new(FailureCode::Internal, error.to_string())))?;
        let key = BlobKey::output(&job.id, job.epoch, extension);
        self.blobs().put(&key, path.path()).await?;
        Ok(Prepared { compressed: Some(key), pages: Vec::new() })
    }

    /// Writes what was made of a material into its rows.
    pub(crate) async fn complete_material(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        id: &MaterialId,
        prepared: Prepared,
    ) -> Result<()> {
        let Some(mut material) = tx.material(account, id).await? else {
            if let Some(key) = prepared.compressed {
                tx.throw_away(&key, self.now()).await?;
            }
            return Ok(());
        };
        if let Some(key) = prepared.compressed {
            material.copies.insert(COMPRESSED.to_owned(), key);
        }
        for (position, page) in (0..).zip(prepared.pages) {
            let number = tx.take_numbers(Sequence::Material, 1).await?;
            tx.insert_material(&page.into_material(&material, number, position, self)).await?;
        }
        material.state = MaterialState::Ready;
        Ok(tx.update_material(&material).await?)
    }

    /// Notes that a material cannot be read.
    pub(crate) async fn fail_material(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        id: &MaterialId,
        failure: &Failure,
    ) -> Result<(), StoreError> {
        let Some(mut material) = tx.material(account, id).await? else { return Ok(()) };
        (material.state, material.failure) = (MaterialState::Failed, failure.message.clone());
        tx.update_material(&material).await
    }
}

/// What was made of a material.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) compressed: Option<BlobKey>,
    pub(crate) pages: Vec<PreparedPage>,
}

/// A page of a document as a picture.
#[derive(Debug)]
pub(crate) struct PreparedPage {
    pub(crate) asset_id: AssetId,
    pub(crate) n_bytes: i64,
    pub(crate) size: (u32, u32),
    pub(crate) text: PageText,
}

impl PreparedPage {
    fn into_material(self, parent: &Material, number: i64, position: i64, engine: &Engine) -> Material {
        let stem = parent.name.rsplit_once('.').map_or(parent.name.as_str(), |(stem, _)| stem);
        Material {
            id: MaterialId::random(engine.entropy()),
            number,
            name: format!("{stem}-{}.png", position + 1),
            kind: MaterialKind::Image,
            media_type: "image/png".to_owned(),
            extension: "png".to_owned(),
            state: MaterialState::Ready,
            asset_id: self.asset_id,
            n_bytes: self.n_bytes,
            width: Some(i64::from(self.size.0)),
            height: Some(i64::from(self.size.1)),
            text: self.text,
            parent_id: Some(parent.id.clone()),
            position,
            created_at: engine.now(),
            ..parent.clone()
        }
    }
}

/// A page that was drawn into a temporary file.
struct DrawnPage {
    file: UploadedFile,
    size: (u32, u32),
    text: PageText,
}

/// Draws pages into temporary files. Blocks.
fn draw_pages(
    kind: MaterialKind,
    path: &Path,
    catalog: &Catalog,
    scratch: Vec<PathBuf>,
    pulse: &Pulse,
) -> Result<Vec<DrawnPage>, WorkError> {
    let (mut scratch, mut drawn, mut failure) = (scratch.into_iter(), Vec::new(), None);
    let mut on_page = |page: DocumentPage| {
        if pulse.stop.load(Ordering::Relaxed) {
            failure = Some(WorkError::Stopped);
            return ControlFlow::Break(());
        }
        match scratch.next().map(|path| keep_page(page, path)) {
            Some(Ok(page)) => {
                drawn.push(page);
                ControlFlow::Continue(())
            }
            Some(Err(error)) => {
                failure = Some(WorkError::Retry(error));
                ControlFlow::Break(())
            }
            None => ControlFlow::Break(()),
        }
    };
    let options = PageOptions::default();
    let report = match kind {
        MaterialKind::Pdf => render_pdf(path, &options, &mut on_page),
        _ => render_pptx(path, &options, catalog.studio(), catalog.office(), &mut on_page),
    };
    if let Some(failure) = failure {
        return Err(failure);
    }
    let report = report.map_err(|error| {
        let failure = |code| Failure::new(code, error.to_string());
        if error.is_ours() {
            WorkError::Retry(failure(FailureCode::Internal))
        } else {
            WorkError::Fail(failure(FailureCode::BadMedia))
        }
    })?;
    for warning in report.warnings {
        tracing::info!("pages: {warning}");
    }
    Ok(drawn)
}

fn keep_page(page: DocumentPage, path: PathBuf) -> Result<DrawnPage, Failure> {
    let internal = |reason: String| Failure::new(FailureCode::Internal, reason);
    // Named before it is filled, so that what is cut short is removed too.
    let file = UploadedFile::new(path, 0, String::new(), "page.png");
    let png = page.picture.to_png().map_err(|error| internal(error.to_string()))?;
    std::fs::write(file.path(), png).map_err(|error| internal(error.to_string()))?;
    let file = file.measured().map_err(|error| internal(error.to_string()))?;
    Ok(DrawnPage { file, size: (page.picture.width(), page.picture.height()), text: page.text })
}

/// Makes a smaller copy of a picture: JPEG, or PNG where it can be seen through; none for a picture that is small already.
fn web_sized(path: &Path) -> Result<Option<(&'static str, Vec<u8>)>, Failure> {
    let broken = |error: media::Error| Failure::new(FailureCode::BadMedia, error.to_string());
    let picture = Picture::open(path, &PictureLimits::default(), None).map_err(broken)?;
    let longer = picture.width().max(picture.height());
    if longer <= WEB_SIDE {
        return Ok(None);
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(WEB_SIDE)).div_ceil(u64::from(longer)) as u32;
    let small = picture.scaled(scaled(picture.width()), scaled(picture.height())).map_err(broken)?;
    let bytes = if small.is_opaque() { small.to_jpeg(WEB_QUALITY, [255; 3]) } else { small.to_png() };
    Ok(Some((if small.is_opaque() { "jpg" } else { "png" }, bytes.map_err(broken)?)))
}
