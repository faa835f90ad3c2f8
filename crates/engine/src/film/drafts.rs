//! Drafts of what accounts bring: files and pages of the web.

use std::time::Duration;

use super::drafting::{DRAFT_BYTES_MAX, DraftScene, draft_docx, draft_html, draft_text};
use super::material::{Material, MaterialFilter, MaterialKind, MaterialState};
use super::sniff::sniff;
use crate::blobs::BlobKey;
use crate::job::{Failure, FailureCode};
use crate::store::Page;
use crate::uploads::refusal;
use crate::{Engine, Error, Result};

/// How long a page may take to come; somebody waits for the answer.
const FETCH_FOR: Duration = Duration::from_secs(30);
/// Most pages of one document that scenes are drafted from.
const PAGES_MAX: u32 = 200;

impl Engine {
    /// Cuts the page at `url` into scenes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no http(s) URL; [`Error::Refused`] for a page that cannot be had, or has no text.
    pub async fn draft_url(&self, url: &str) -> Result<Vec<DraftScene>> {
        let url = self.check_url("url", url)?;
        let download = tokio::time::timeout(FETCH_FOR, self.download(url.as_str())).await;
        let file = download.map_err(|_| refused("the page does not come within 30 s"))?.map_err(refusal)?;
        let duration_max_s = self.limits().duration_max_s;
        let read = tokio::task::spawn_blocking(move || match sniff(file.path(), duration_max_s) {
            Ok(found) if found.kind == MaterialKind::Text && found.extension != "docx" => read_start(file.path()),
            Ok(found) => Err(refused(&format!(
                "`{}` is no page of text; upload it as a file to draft scenes from it",
                found.media_type
            ))),
            Err(failure) => Err(Error::Refused(failure)),
        });
        let read = read.await;
        let text = read.map_err(|panic| internal(panic.to_string()))??;
        with_text(if text.contains('<') { draft_html(&text) } else { draft_text(&text) })
    }

    /// Cuts a file of the account's into scenes: a text by its headings, a document by its pages, whose notes are what is said.
    ///
    /// # Errors
    /// [`Error::TooSlow`] for a document whose pages are still being made; [`Error::Refused`] for what has no text.
    pub async fn draft_material(&self, material: &Material) -> Result<Vec<DraftScene>> {
        match (material.kind, material.state) {
            (MaterialKind::Pdf | MaterialKind::Pptx, MaterialState::Waiting | MaterialState::Processing) => {
                Err(Error::TooSlow)
            }
            (MaterialKind::Pdf | MaterialKind::Pptx, _) => self.draft_pages(material).await,
            (MaterialKind::Text, _) => self.draft_text_file(material).await,
            _ => Err(refused("the file has no text to draft scenes from")),
        }
    }

    async fn draft_pages(&self, material: &Material) -> Result<Vec<DraftScene>> {
        if material.state == MaterialState::Failed {
            return Err(refused(&material.failure));
        }
        let page = Page { limit: PAGES_MAX, offset: 0 };
        let filter =
            MaterialFilter { parent_id: Some(material.id.clone()), ..MaterialFilter::all(material.door, page) };
        let pages = self.materials(&material.account_id, &filter).await?.rows;
        let scene = |page: Material| {
            let text = if page.text.notes.trim().is_empty() { page.text.body } else { page.text.notes };
            DraftScene { title: page.text.title, text, picture: Some(page.id) }
        };
        // A page without words is still shown.
        Ok(pages.into_iter().map(scene).collect())
    }

    async fn draft_text_file(&self, material: &Material) -> Result<Vec<DraftScene>> {
        let source = self.blobs().local(&BlobKey::asset(&material.asset_id)).await?;
        let is_docx = material.extension == "docx";
        let drafted = tokio::task::spawn_blocking(move || {
            if is_docx {
                return draft_docx(source.path()).map_err(|error| refused(&error.to_string()));
            }
            Ok(draft_text(&read_start(source.path())?))
        });
        with_text(drafted.await.map_err(|panic| internal(panic.to_string()))??)
    }
}

fn with_text(scenes: Vec<DraftScene>) -> Result<Vec<DraftScene>> {
    if scenes.is_empty() { Err(refused("there is no text to draft scenes from")) } else { Ok(scenes) }
}

/// Reads as much of a text as is used. Blocks.
fn read_start(path: &std::path::Path) -> Result<String> {
    let file = std::fs::File::open(path).map_err(|error| internal(error.to_string()))?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, DRAFT_BYTES_MAX as u64), &mut bytes)
        .map_err(|error| internal(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn refused(reason: &str) -> Error {
    Error::Refused(Failure::new(FailureCode::BadSource, reason))
}

fn internal(reason: String) -> Error {
    Error::Refused(Failure::new(FailureCode::Internal, reason))
}
