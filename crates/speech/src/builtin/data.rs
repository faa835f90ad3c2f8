//! The built-in synthesizer's data, one language at a time.
//!
//! The engine reads its tables from a folder, and looks through every language file in it again for each call; with all
//! languages in one folder that alone takes 15 ms. So each language gets a folder of its own with nothing else in it.
//! A folder appears under its final name only when it is whole, so any number of processes may unpack at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Part of the folders' names, so that another version of the data never reads these.
const DATA_VERSION: &str = "espeak-ng-0.2.0";

/// The tables that every language needs.
const COMMON: [&str; 4] = ["phontab", "phonindex", "phondata", "intonations"];

/// Returns the folder with the data of the language `tag`, an espeak name such as `en-us`, unpacking it if need be.
///
/// English comes along with each language, because foreign words in Latin letters switch to it.
pub(crate) fn folder_of(root: &Path, tag: &str) -> Result<PathBuf> {
    let parent = root.join(DATA_VERSION);
    let folder = parent.join(tag);
    if folder.is_dir() {
        return Ok(folder);
    }
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let unique = format!(".{tag}-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let unfinished = parent.join(unique);
    let outcome = unpack(&unfinished, tag).and_then(|()| match fs::rename(&unfinished, &folder) {
        Err(source) if !folder.is_dir() => Err(Error::io("write", &folder, source)),
        _ => Ok(()),
    });
    // Nothing is left there after a successful rename; after a lost race or a failure there is, and it is of no use.
    fs::remove_dir_all(&unfinished).ok();
    outcome.map(|()| folder)
}

/// Writes everything that `tag` needs into `folder`.
fn unpack(folder: &Path, tag: &str) -> Result<()> {
    for name in COMMON {
        write(folder, name, phoneme_file(name)?)?;
    }
    for language in [tag, "en-gb"] {
        let (path, definition) = definition_of(language)?;
        write(folder, path, definition)?;
        let name = format!("{}_dict", dictionary_name(language, definition));
        write(folder, &name, dictionary(&name)?)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|source| Error::io("create", parent, source))?;
    }
    fs::write(&path, bytes).map_err(|source| Error::io("write", &path, source))
}

fn phoneme_file(name: &str) -> Result<&'static [u8]> {
    find(espeak_ng_data_phonemes::ALL_FILES, name)
}

fn dictionary(name: &str) -> Result<&'static [u8]> {
    find(espeak_ng_data_dicts::ALL_FILES, name).or_else(|_| find(espeak_ng_data_dict_ru::ALL_FILES, name))
}

fn find(files: &'static [(&'static str, &'static [u8])], name: &str) -> Result<&'static [u8]> {
    let found = files.iter().find(|(path, _)| *path == name);
    found.map(|(_, bytes)| *bytes).ok_or_else(|| Error::Unsupported {
        what: format!("language data `{name}`"),
        reason: "the built-in synthesizer does not have it".into(),
    })
}

/// Returns the file that defines a language, with its path in the folder.
fn definition_of(tag: &str) -> Result<(&'static str, &'static [u8])> {
    let defines = |bytes: &[u8]| directive(bytes, "language").is_some_and(|value| value.eq_ignore_ascii_case(tag));
    espeak_ng_data_phonemes::ALL_FILES
        .iter()
        .find(|(path, bytes)| path.starts_with("lang/") && defines(bytes))
        .copied()
        .ok_or_else(|| Error::Unsupported {
            what: format!("language `{tag}`"),
            reason: "the built-in synthesizer does not speak it".into(),
        })
}

/// Returns the first word after `key` in a language file.
fn directive<'a>(definition: &'a [u8], key: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(definition).ok()?;
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(key)).then(|| words.next()).flatten()
    })
}

/// Returns whose dictionary a language uses: the one it names, or that of its tag without regions.
fn dictionary_name<'a>(tag: &'a str, definition: &'a [u8]) -> &'a str {
    directive(definition, "dictionary").unwrap_or_else(|| tag.split('-').next().unwrap_or(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_threads_unpack_one_folder_once() {
        let root = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let folder = folder_of(root.path(), "de").unwrap();
                    for name in ["phontab", "phondata", "de_dict", "en_dict", "lang/gmw/de", "lang/gmw/en"] {
                        assert!(folder.join(name).is_file(), "{name}");
                    }
                });
            }
        });
        let left: Vec<_> = fs::read_dir(root.path().join(DATA_VERSION)).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn an_unknown_language_is_an_error_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert!(folder_of(root.path(), "xx").is_err());
        assert_eq!(fs::read_dir(root.path().join(DATA_VERSION)).unwrap().count(), 0);
    }
}
