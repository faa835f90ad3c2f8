//! What a film's document names: fetched once from the web, found among what the account has, given to the studio as files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use stage::document::{AssetRef, Project};
use studio::{Sources, assets_of};

use super::material::MaterialId;
use super::row::{Film, FilmId};
use crate::blobs::{BlobKey, LocalFile};
use crate::ids::{AccountId, AssetId, TrackId};
use crate::job::Job;
use crate::store::Transaction;
use crate::work::{Pulse, WorkError};
use crate::{Engine, Error, Result};

/// URLs of one document that are fetched; the rest are warnings.
const FETCHES_MAX: usize = 200;
/// Files that are fetched at a time for one film.
const FETCHES_AT_ONCE: usize = 4;
/// How long all fetches of one film may take; what is not here by then is left out.
const FETCH_FOR: Duration = Duration::from_secs(180);
/// How often a fetch looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long to wait before a fetch that may go better is tried once more.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What was fetched for a film.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    pub(crate) sources: BTreeMap<String, AssetId>,
    pub(crate) warnings: Vec<String>,
}

/// Lists the URLs that a document names and that lead to other servers.
pub(crate) fn remote_names(project: &Project, public_url: &str) -> BTreeSet<String> {
    let names = assets_of(project).into_iter().map(|asset| &asset.name.0);
    names.filter(|name| is_url(name) && own_link(name, public_url).is_none()).cloned().collect()
}

fn is_url(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

/// Takes a link of this server's own apart: kind, signature, file name.
fn own_link<'a>(name: &'a str, public_url: &str) -> Option<[&'a str; 3]> {
    let path = name.strip_prefix(public_url)?.strip_prefix("/media/")?;
    let mut parts = path.split('/');
    let link = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(link)
}

/// Files on this machine for what a document names.
pub(crate) struct FilmSources {
    files: BTreeMap<AssetRef, Result<PathBuf, String>>,
    /// Keeps downloaded copies for as long as they are read.
    _held: Vec<LocalFile>,
}

impl Sources for FilmSources {
    fn locate(&self, name: &AssetRef) -> Result<PathBuf, String> {
        self.files.get(name).cloned().unwrap_or_else(|| Err("this server has no such file".to_owned()))
    }
}

impl Engine {
    /// Fetches what a film's document names. What cannot be had is a warning; nothing here fails a film.
    pub(crate) async fn fetch_sources(
        &self,
        job: &Job,
        film_id: &FilmId,
        pulse: &Arc<Pulse>,
    ) -> Result<Option<Fetched>, WorkError> {
        let film = self.store().read().await?.film(&job.account_id, film_id).await?;
        let Some(film) = film.filter(|film| Self::is_current(film, job)) else { return Ok(None) };
        let project = self.project_of(&film)?;
        let names = remote_names(&project, &self.settings().public_url);
        let mut fetched = Fetched::default();
        for name in names.iter().skip(FETCHES_MAX) {
            fetched.warnings.push(format!("`{name}` was not fetched: a document may name {FETCHES_MAX} URLs"));
        }
        let fetches: Vec<_> =
            names.into_iter().take(FETCHES_MAX).map(|name| self.fetch_source(name, pulse).boxed()).collect();
        let mut fetches = futures::stream::iter(fetches).buffered(FETCHES_AT_ONCE);
        let end = tokio::time::Instant::now() + FETCH_FOR;
        loop {
            let result = match tokio::time::timeout_at(end, fetches.next()).await {
                Ok(Some(result)) => result,
                Ok(None) => break,
                Err(_) => {
                    let seconds = FETCH_FOR.as_secs();
                    fetched.warnings.push(format!("what was not fetched within {seconds} s is left out"));
                    break;
                }
            };
            match result {
                Ok((name, asset)) => {
                    fetched.sources.insert(name, asset);
                }
                Err(WorkError::Fail(failure) | WorkError::Retry(failure)) => fetched.warnings.push(failure.message),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(fetched))
    }

    async fn fetch_source(&self, url: String, pulse: &Pulse) -> Result<(String, AssetId), WorkError> {
        let stopped = async {
            while !pulse.stop.load(Ordering::Relaxed) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            fetched = self.fetch_patiently(url) => fetched,
            () = stopped => Err(WorkError::Stopped),
        }
    }

    async fn fetch_patiently(&self, url: String) -> Result<(String, AssetId), WorkError> {
        let file = match self.download(&url).await {
            Err(WorkError::Retry(_)) => {
                tokio::time::sleep(AGAIN_AFTER).await;
                self.download(&url).await?
            }
            other => other?,
        };
        let asset = self.store_asset(&file, "application/octet-stream").await?;
        Ok((url, asset))
    }

    /// Finds what a document names among what the account has, so that it is there for the render whatever is removed meanwhile.
    pub(crate) async fn held_sources(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        project: &Project,
    ) -> Result<BTreeMap<String, AssetId>> {
        let mut held = BTreeMap::new();
        for asset in assets_of(project) {
            let name = &asset.name.0;
            let asset = match (name.split_once(':'), own_link(name, &self.settings().public_url)) {
                (Some(("material", id)), _) => {
                    tx.material(account, &MaterialId::from_text(id)).await?.map(|material| material.asset_id)
                }
                (Some(("track", id)), _) => {
                    tx.track(account, &TrackId::from_text(id)).await?.map(|track| track.asset_id)
                }
                (_, Some(["material", signature, file])) => {
                    let id = file.rsplit_once('.').map_or(file, |(id, _)| id);
                    if self.key().verifies_link(&format!("material/{id}"), signature) {
                        tx.linked_material(&MaterialId::from_text(id)).await?.map(|material| material.asset_id)
                    } else {
                        None
                    }
                }
                _ => None,
            };
            if let Some(asset) = asset {
                held.insert(name.clone(), asset);
            }
        }
        Ok(held)
    }

    /// Makes files of everything that a film's document names.
    pub(crate) async fn open_sources(&self, film: &Film, project: &Project) -> Result<FilmSources, WorkError> {
        let mut sources = FilmSources { files: BTreeMap::new(), _held: Vec::new() };
        for asset in assets_of(project) {
            if sources.files.contains_key(asset.name) {
                continue;
            }
            let located = match self.source_blob(film, &asset.name.0).await? {
                Some(Located::File(path)) => Ok(path),
                Some(Located::Blob(key)) if self.blobs().size(&key).await?.is_some() => {
                    let file = self.blobs().local(&key).await?;
                    let path = file.path().to_owned();
                    sources._held.push(file);
                    Ok(path)
                }
                Some(Located::Blob(_)) => Err("it is no longer kept; render the video again".to_owned()),
                None if is_url(&asset.name.0) => Err("it could not be fetched".to_owned()),
                None => Err("there is no such file".to_owned()),
            };
            sources.files.insert(asset.name.clone(), located);
        }
        Ok(sources)
    }

    async fn source_blob(&self, film: &Film, name: &str) -> Result<Option<Located>> {
        if let Some(asset) = film.sources.get(name) {
            return Ok(Some(Located::Blob(BlobKey::asset(asset))));
        }
        if let Some([kind, signature, file]) = own_link(name, &self.settings().public_url) {
            return match self.resolve_media(kind, signature, file).await {
                Ok(link) => Ok(Some(Located::Blob(link.blob))),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            };
        }
        match name.split_once(':') {
            Some(("catalog", _)) => Ok(self.catalog()?.asset_path(name).map(Located::File)),
            _ => Ok(None),
        }
    }
}

/// Where a file is.
enum Located {
    File(PathBuf),
    Blob(BlobKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_this_server_are_not_fetched() {
        let project = Project::from_json(
            r#"{"version": 1, "scenes": [{"layers": [
                {"type": "image", "image": "https://elsewhere.example/a.png"},
                {"type": "image", "image": "http://here.example/base/media/film/00ff/1.jpg"},
                {"type": "image", "image": "http://here.example/base/other/1.jpg"},
                {"type": "image", "image": "material:1"}
            ]}]}"#,
        );
        let names = remote_names(&project.unwrap(), "http://here.example/base");
        let expected = ["http://here.example/base/other/1.jpg", "https://elsewhere.example/a.png"];
        assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
}
