//! The studio of an installation: its fonts, avatars and voices, its cache, and what there is for everybody.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use engine::film::catalog::Catalog;
use studio::{Studio, StudioOptions};

use crate::config::Config;
use crate::voices::speech_server;

/// Opens the studio; to be called within a runtime, which carries the requests to a speech server.
///
/// # Errors
/// If the cache cannot be opened, or the speech server's address is none.
pub(crate) fn open_studio(config: &Config) -> Result<Studio> {
    let data = &config.data;
    let options = StudioOptions {
        fonts: Some(data.join("fonts")),
        avatars: Some(data.join("avatars")),
        voices: Some(data.join("voices")),
        cache: data.join("cache"),
        cache_bytes_max: config.studio.cache_bytes_max,
        speech_server: speech_server(config)?,
        system_fonts: config.studio.system_fonts,
    };
    Studio::open(options).context("cannot open the studio")
}

/// Opens the studio with the operator's own additions to the catalog; what of them cannot be used is logged.
///
/// # Errors
/// As [`open_studio`].
pub(crate) fn open_catalog(config: &Config) -> Result<Arc<Catalog>> {
    let (catalog, warnings) = open_catalog_with_warnings(config)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(catalog)
}

/// Opens the studio with the operator's own additions to the catalog, and says what of them cannot be used.
///
/// # Errors
/// As [`open_studio`].
pub(crate) fn open_catalog_with_warnings(config: &Config) -> Result<(Arc<Catalog>, Vec<String>)> {
    let studio = open_studio(config)?;
    let mut warnings = studio.warnings().to_vec();
    let mut catalog = Catalog::new(Arc::new(studio));
    catalog.set_office(std::env::var_os("PATH").and_then(|search| engine::film::pages::find_office(&search)));
    warnings.extend(catalog.add_folder(&config.data.join("catalog")));
    Ok((Arc::new(catalog), warnings))
}
