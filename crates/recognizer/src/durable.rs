//! Files that survive a power cut.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use crate::error::{Context as _, Doing as _, Result};

/// Writes a file so that a reader, also one after a crash, sees the old one or the new one, whole.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension("tmp");
    let written = write_synced(&draft, bytes).and_then(|()| std::fs::rename(&draft, path));
    written.doing("write a file").at(path)?;
    sync_parent(path)
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in the folder of `path` survive.
pub(crate) fn sync_parent(path: &Path) -> Result<()> {
    // The parent of a name alone is empty, and means the current folder.
    path.parent()
        .map_or(Ok(()), |folder| sync_folder(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }))
}

/// Makes the names in a folder survive.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    // Elsewhere a folder cannot be opened as a file, and names survive without.
    if cfg!(unix) { File::open(folder).and_then(|f| f.sync_all()).doing("sync a folder").at(folder) } else { Ok(()) }
}
