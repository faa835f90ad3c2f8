//! What has been made in a folder, and of what: a line of JSON for each video, written when the video is whole.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use stage::document::Project;
use studio::{RenderOptions, Sources, assets_of};

/// The journal's name in the folder of the videos.
const FILE: &str = ".phonoscope-batch";

/// Notes of finished videos. Only one process at a time has a folder's.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    made: HashMap<String, Made>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Made {
    name: String,
    /// The hash of what the video was made of, in hexadecimal digits.
    key: String,
    bytes: u64,
}

impl Journal {
    /// Opens the journal of a folder, and removes what a killed process has left unfinished there.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let context = || format!("cannot open `{}`", path.display());
        let file = OpenOptions::new().create(true).read(true).append(true).open(&path).with_context(context)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                bail!("another batch is writing to `{}`", folder.display())
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(error).with_context(context),
        }
        let mut made = HashMap::new();
        for line in BufReader::new(&file).split(b'\n') {
            // A line that was cut off is of a video that is then made again.
            if let Ok(one) = serde_json::from_slice::<Made>(&line.with_context(context)?) {
                made.insert(one.name.clone(), one);
            }
        }
        remove_unfinished(folder);
        let mut journal = Self { file, path, made };
        // Ends a line that was cut off.
        journal.append("\n")?;
        Ok(journal)
    }

    /// Whether a video is there and was made of what `key` stands for.
    pub(super) fn is_made(&self, name: &str, key: &str, video: &Path) -> bool {
        let made = self.made.get(name).filter(|made| made.key == key);
        made.is_some_and(|made| video.metadata().is_ok_and(|file| file.is_file() && file.len() == made.bytes))
    }

    /// Notes that a video is whole.
    pub(super) fn note(&mut self, name: &str, key: &str, bytes: u64) -> Result<()> {
        let made = Made { name: name.to_owned(), key: key.to_owned(), bytes };
        self.append(&format!("{}\n", serde_json::to_string(&made)?))?;
        self.made.insert(made.name.clone(), made);
        Ok(())
    }

    fn append(&mut self, text: &str) -> Result<()> {
        self.file.write_all(text.as_bytes()).with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}

/// Removes files that a killed process was writing.
fn remove_unfinished(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = name.starts_with('.') && name.ends_with(".part")
            || [".srt.part", ".vtt.part", ".times.json.part", "report.csv.part"].iter().any(|end| name.ends_with(end));
        if is_ours {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Hashes what a video depends on: the document, the files it names, how it is rendered, and the program's version.
///
/// Files beside the document are told apart by size and time. Those that are downloaded are taken for the same while their URL is.
pub(super) fn key(project: &Project, sources: &dyn Sources, options: &RenderOptions, only_video: bool) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(&serde_json::to_vec(project).unwrap_or_default());
    add(format!("{:?} {} {only_video}", options.size, options.qp).as_bytes());
    for asset in assets_of(project).into_iter().filter(|asset| !asset.name.0.contains("://")) {
        let metadata = sources.locate(asset.name).ok().and_then(|path| path.metadata().ok());
        add(format!("{:?}", metadata.map(|file| (file.len(), file.modified().ok()))).as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::Journal;

    #[test]
    fn notes_outlive_the_process_and_a_line_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let video = folder.path().join("a.mp4");
        std::fs::write(&video, "video").unwrap();
        std::fs::write(folder.path().join(".a.mp4.77-0.part"), "vi").unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        assert!(!folder.path().join(".a.mp4.77-0.part").exists());
        journal.note("a", "k1", 5).unwrap();
        assert!(Journal::open(folder.path()).is_err(), "two at a time");
        journal.append("{\"name\":\"b\",\"ke").unwrap();
        drop(journal);
        let mut journal = Journal::open(folder.path()).unwrap();
        assert!(journal.is_made("a", "k1", &video));
        assert!(!journal.is_made("a", "k2", &video), "made of something else");
        assert!(!journal.is_made("b", "k1", &video));
        journal.note("b", "k3", 5).unwrap();
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap();
        assert!(journal.is_made("b", "k3", &video), "the line after one cut off");
        std::fs::write(&video, "vid").unwrap();
        assert!(!journal.is_made("a", "k1", &video), "not the file that was made");
    }
}
