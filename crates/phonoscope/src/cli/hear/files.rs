//! Which files to work on, and working on many at once.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::{Context as _, Result};

/// Endings of the files that are taken from a folder; a file that is named is always tried.
const AUDIO_EXTENSIONS: &[&str] = &[
    "3gp", "aac", "ac3", "adts", "aif", "aifc", "aiff", "alac", "amr", "ape", "au", "caf", "dsf", "flac", "m4a", "m4b",
    "mka", "mkv", "mov", "mp1", "mp2", "mp3", "mp4", "mpc", "oga", "ogg", "opus", "phfp", "snd", "spx", "tta", "wav",
    "wave", "webm", "wma", "wv",
];

/// Gathers the named files, those below the named folders, and those that a list names, one to a line.
pub(super) fn gather(paths: &[PathBuf], list: Option<&Path>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { walk(path, &mut files)? } else { files.push(path.clone()) }
    }
    if let Some(list) = list {
        files.extend(read_list(list)?.into_iter().map(PathBuf::from));
    }
    Ok(files)
}

/// Reads the lines of a file that are not empty.
pub(super) fn read_list(list: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(list).with_context(|| format!("cannot read the list `{}`", list.display()))?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let cannot = || format!("cannot read the folder `{}`", folder.display());
    let mut entries =
        std::fs::read_dir(folder).with_context(cannot)?.collect::<Result<Vec<_>, _>>().with_context(cannot)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a folder may lead in a circle.
        if entry.file_type().with_context(cannot)?.is_dir() {
            walk(&path, files)?;
        } else if is_audio_name(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_audio_name(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    !is_hidden && AUDIO_EXTENSIONS.contains(&extension.as_str())
}

/// Returns the number of threads that keep this machine busy.
pub(super) fn n_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Works on each item in one of `n_threads` threads and takes the results as they come, with the number of the item.
///
/// What waits to be taken is bounded. An error of `take` ends the work.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    n_threads: usize,
    work: impl Fn(&T) -> R + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = (usize, R)>) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let (results, taken) = mpsc::sync_channel(2 * n_threads);
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            let (results, next, is_over, work) = (results.clone(), &next, &is_over, &work);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    if results.send((at, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut taken = taken.into_iter();
        let done = take(&mut taken);
        is_over.store(true, Ordering::Relaxed);
        done
    })
}

/// Puts results that come as they are ready back into the order of their items.
pub(super) fn in_order<R>(
    results: &mut dyn Iterator<Item = (usize, R)>,
    mut take: impl FnMut(R) -> Result<()>,
) -> Result<()> {
    let mut early = std::collections::BTreeMap::new();
    let mut next = 0;
    for (at, result) in results {
        early.insert(at, result);
        while let Some(result) = early.remove(&next) {
            take(result)?;
            next += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_and_named_files_are_taken_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        for name in ["z.mp3", "a/one.FLAC", "a/b/two.phfp", "a/cover.jpg", "a/.hidden.mp3", "notes.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let list = folder.path().join("list");
        std::fs::write(&list, "here.mp3\r\n\nthere is one.xyz").unwrap();
        let named = folder.path().join("notes.txt");
        let files = gather(&[folder.path().to_owned(), named.clone()], Some(&list)).unwrap();
        let below = ["a/b/two.phfp", "a/one.FLAC", "z.mp3"].map(|name| folder.path().join(name));
        assert_eq!(files[..3], below);
        assert_eq!(files[3..], [named, "here.mp3".into(), "there is one.xyz".into()]);
    }

    #[test]
    fn results_come_in_order_and_an_error_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let mut taken = Vec::new();
        in_parallel(
            &items,
            4,
            |item| item * 2,
            |results| {
                in_order(results, |result| {
                    taken.push(result);
                    Ok(())
                })
            },
        )
        .unwrap();
        assert!(taken.into_iter().eq((0..1000).map(|item| item * 2)));
        let stopped = in_parallel(&items, 4, |item| *item, |_| anyhow::bail!("enough"));
        assert!(stopped.is_err());
    }
}
