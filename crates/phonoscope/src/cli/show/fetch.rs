//! The files that a document names: those beside it, and those behind URLs, downloaded before the render.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use engine::Web as _;
use stage::document::{AssetRef, Project};
use studio::{FolderSources, Sources, assets_of};
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use crate::config::{Config, WebConfig};
use crate::net::HttpWeb;

/// Largest file that is downloaded for a render.
const DOWNLOAD_BYTES_MAX: u64 = 2 << 30;

type Fetched = BTreeMap<AssetRef, Result<PathBuf, String>>;

/// Files beside a document, and downloaded ones.
pub(crate) struct DocumentSources {
    beside: FolderSources,
    fetched: Fetched,
    /// Holds the downloads of this document alone.
    _folder: Option<tempfile::TempDir>,
}

/// Downloads for any number of documents. What several of them name is downloaded once.
pub(crate) struct Downloads {
    config: WebConfig,
    /// Made when the first URL is met: it reads the system's certificates.
    web: OnceCell<HttpWeb>,
    folder: tempfile::TempDir,
    /// What is in `folder`.
    common: Mutex<Fetched>,
}

impl Downloads {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        Ok(Self { config: config.web.clone(), web: OnceCell::new(), folder, common: Mutex::default() })
    }

    /// Downloads what a document in `folder` names by URL, and keeps what is also in `common`; what fails is told when it is needed.
    pub(crate) async fn fetch(
        &self,
        project: &Project,
        folder: &Path,
        common: &BTreeSet<&str>,
    ) -> Result<DocumentSources> {
        let mut fetched = Fetched::new();
        let mut own_folder = None;
        for asset in assets_of(project) {
            if !asset.name.0.contains("://") || fetched.contains_key(asset.name) {
                continue;
            }
            let result = if common.contains(asset.name.0.as_str()) {
                // Held while downloading: two documents that need the same file wait for one download.
                let mut known = self.common.lock().await;
                if !known.contains_key(asset.name) {
                    let into = self.folder.path().join(known.len().to_string());
                    known.insert(asset.name.clone(), self.download(&asset.name.0, into).await?);
                }
                known[asset.name].clone()
            } else {
                let own = match own_folder.take() {
                    Some(folder) => folder,
                    None => tempfile::tempdir().context("cannot make a temporary folder")?,
                };
                let into = own.path().join(fetched.len().to_string());
                own_folder = Some(own);
                self.download(&asset.name.0, into).await?
            };
            fetched.insert(asset.name.clone(), result);
        }
        Ok(DocumentSources { beside: FolderSources::new(folder), fetched, _folder: own_folder })
    }

    async fn download(&self, url: &str, into: PathBuf) -> Result<Result<PathBuf, String>> {
        let web = self.web.get_or_try_init(|| async { HttpWeb::new(&self.config) }).await;
        let web = web.context("cannot use the system's TLS certificates")?;
        Ok(match Url::parse(url) {
            Ok(url) => {
                web.fetch(&url, &into, DOWNLOAD_BYTES_MAX).await.map_err(|error| error.to_string()).map(|_| into)
            }
            Err(error) => Err(error.to_string()),
        })
    }
}

impl Sources for DocumentSources {
    fn locate(&self, name: &AssetRef) -> Result<PathBuf, String> {
        match self.fetched.get(name) {
            Some(fetched) => fetched.clone(),
            None => self.beside.locate(name),
        }
    }
}
