//! Which font files are installed on the machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// How deep folders are followed; links may lead in circles.
const FOLDER_DEPTH_MAX: usize = 12;
/// Endings of font files, in lower case.
const EXTENSIONS: [&str; 4] = ["ttf", "otf", "ttc", "otc"];

/// A file that may hold fonts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FontFile {
    path: PathBuf,
    n_bytes: u64,
    /// When it was changed last, in nanoseconds since 1970; 0 where that is not known.
    changed_ns: u128,
}

impl FontFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what changes when its contents do.
    pub(super) fn identity(&self) -> String {
        format!("{} {} {}", self.path.display(), self.n_bytes, self.changed_ns)
    }
}

/// Lists all font files of the machine by path, none twice, without opening them.
pub(super) fn font_files() -> Vec<FontFile> {
    let (mut seen, mut files) = (BTreeSet::new(), Vec::new());
    for folder in folders() {
        collect(&folder, FOLDER_DEPTH_MAX, &mut seen, &mut files);
    }
    files.sort();
    files
}

/// Adds the font files of a folder; `seen` has the folders and files that are known by now, under the names that no link leads to.
fn collect(folder: &Path, depth: usize, seen: &mut BTreeSet<PathBuf>, files: &mut Vec<FontFile>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let path = if is_link { entry.path().canonicalize().ok() } else { Some(entry.path()) };
        let Some(path) = path else { continue };
        let Ok(metadata) = path.metadata() else { continue };
        let is_wanted = metadata.is_dir() && depth > 0 || metadata.is_file() && is_font(&path);
        if !is_wanted || !seen.insert(path.clone()) {
            continue;
        }
        if metadata.is_dir() {
            collect(&path, depth - 1, seen, files);
        } else {
            let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let changed_ns = changed.map_or(0, |since| since.as_nanos());
            files.push(FontFile { path, n_bytes: metadata.len(), changed_ns });
        }
    }
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

/// Returns the folders that fontconfig names, or else the usual ones.
#[cfg(all(unix, not(target_os = "macos")))]
fn folders() -> Vec<PathBuf> {
    let home = home();
    let at_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let mut config = fontconfig_parser::FontConfig::default();
    match std::env::var_os("FONTCONFIG_FILE") {
        Some(file) => {
            let _ = config.merge_config(&file);
        }
        None => {
            let own = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| at_home(".config"));
            let own = own.map(|folder| folder.join("fontconfig/fonts.conf"));
            if own.is_none_or(|own| config.merge_config(&own).is_err()) {
                let _ = config.merge_config("/etc/fonts/local.conf");
            }
            let _ = config.merge_config("/etc/fonts/fonts.conf");
        }
    }
    let named = config.dirs.into_iter().filter_map(|dir| match dir.path.strip_prefix("~") {
        Ok(rest) => home.as_ref().map(|home| home.join(rest)),
        Err(_) => Some(dir.path),
    });
    let named: Vec<PathBuf> = named.collect();
    if !named.is_empty() {
        return named;
    }
    let usual = ["/usr/share/fonts", "/usr/local/share/fonts"].map(PathBuf::from);
    usual.into_iter().chain([".fonts", ".local/share/fonts"].into_iter().filter_map(at_home)).collect()
}

#[cfg(target_os = "macos")]
fn folders() -> Vec<PathBuf> {
    let system = ["/Library/Fonts", "/System/Library/Fonts", "/Network/Library/Fonts"].map(PathBuf::from);
    // Fonts that the system downloads are beside its other assets.
    let assets = std::fs::read_dir("/System/Library/AssetsV2").into_iter().flatten().flatten();
    let assets = assets.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("com_apple_MobileAsset_Font")
    });
    system.into_iter().chain(assets).chain(home().map(|home| home.join("Library/Fonts"))).collect()
}

#[cfg(windows)]
fn folders() -> Vec<PathBuf> {
    let root = std::env::var_os("SYSTEMROOT").map_or_else(|| PathBuf::from("C:\\Windows"), PathBuf::from);
    let local = ["AppData\\Local\\Microsoft\\Windows\\Fonts", "AppData\\Roaming\\Microsoft\\Windows\\Fonts"];
    let local = local.into_iter().filter_map(|path| home().map(|home| home.join(path)));
    std::iter::once(root.join("Fonts")).chain(local).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::collect;

    #[test]
    fn files_are_listed_once_and_their_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("more")).unwrap();
        for name in ["a.ttf", "more/b.OTF", "notes.txt"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        #[cfg(unix)]
        {
            let root = folder.path().canonicalize().unwrap();
            std::os::unix::fs::symlink(&root, root.join("more/circle")).unwrap();
            std::os::unix::fs::symlink(root.join("a.ttf"), root.join("again.ttf")).unwrap();
        }
        let list = || {
            let (mut seen, mut files) = (BTreeSet::new(), Vec::new());
            collect(&folder.path().canonicalize().unwrap(), 3, &mut seen, &mut files);
            files.sort();
            files
        };
        let before = list();
        assert_eq!(before.len(), 2, "{before:?}");
        std::fs::write(folder.path().join("a.ttf"), "longer than it was").unwrap();
        let after = list();
        assert_ne!(before[0].identity(), after[0].identity());
        assert_eq!(before[1].identity(), after[1].identity());
    }
}
