//! What can be seen and heard without a server: `render`, `batch`, `speak`, `voices`, `avatar`, `schema`.

pub(super) mod avatar;
pub(super) mod batch;
pub(super) mod fetch;
pub(super) mod render;
pub(super) mod speak;
pub(super) mod voices;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use studio::Studio;

use super::Global;
use crate::config::{Config, Overrides};
use crate::furnish::open_studio;

/// Opens the studio of the installation: its fonts, avatars and voices, and its cache.
fn studio(global: &Global) -> Result<(Studio, Config)> {
    let config = global.load(&Overrides::default())?;
    let studio = open_studio(&config)?;
    for warning in studio.warnings() {
        eprintln!("warning: {warning}");
    }
    Ok((studio, config))
}

/// Prints a document's schema, for editors and other programs.
pub(super) fn schema() -> Result<()> {
    super::output::print(&serde_json::to_string_pretty(&stage::document::schema())?)
}

/// Returns a flag that Ctrl-C or SIGTERM sets.
fn stop_flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    tokio::spawn({
        let stop = Arc::clone(&stop);
        async move {
            crate::cli::serve::stop_asked().await;
            stop.store(true, Ordering::Relaxed);
        }
    });
    stop
}

/// Refuses to write where there is something else than a file.
fn check_target(path: &Path) -> Result<()> {
    anyhow::ensure!(
        !path.exists() || path.is_file(),
        "`{}` is not a regular file, nothing is written there",
        path.display()
    );
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    check_target(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!("{name}.part"));
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .inspect_err(|_| {
            let _ = std::fs::remove_file(&part);
        })
        .with_context(|| format!("cannot write `{}`", path.display()))
}
