//! The files that a document names: those beside it, and those behind URLs, downloaded before the render.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use engine::Web as _;
use stage::document::{AssetRef, Project};
use studio::{FolderSources, Sources, assets_of};
use url::Url;

use crate::config::Config;
use crate::net::HttpWeb;

/// Largest file that is downloaded for a render.
const DOWNLOAD_BYTES_MAX: u64 = 2 << 30;

/// Files beside a document, and downloaded ones.
pub(crate) struct DocumentSources {
    beside: FolderSources,
    fetched: BTreeMap<AssetRef, Result<PathBuf, String>>,
    /// Holds the downloads.
    _folder: tempfile::TempDir,
}

impl DocumentSources {
    /// Downloads what a document names by URL; what fails is told when it is needed.
    pub(crate) async fn fetch(project: &Project, folder: &Path, config: &Config) -> Result<Self> {
        let downloads = tempfile::tempdir().context("cannot make a temporary folder")?;
        let web = HttpWeb::new(&config.web).context("cannot use the system's TLS certificates")?;
        let mut fetched = BTreeMap::new();
        for asset in assets_of(project) {
            if !asset.name.0.contains("://") || fetched.contains_key(asset.name) {
                continue;
            }
            let into = downloads.path().join(fetched.len().to_string());
            let result = match Url::parse(&asset.name.0) {
                Ok(url) => web.fetch(&url, &into, DOWNLOAD_BYTES_MAX).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            fetched.insert(asset.name.clone(), result.map(|_| into));
        }
        Ok(Self { beside: FolderSources::new(folder), fetched, _folder: downloads })
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
