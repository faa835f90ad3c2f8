//! New tracks, from a URL or from a file that a client sent.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use url::Url;

use crate::access::Caller;
use crate::blobs::BlobKey;
use crate::ids::{AccountId, AssetId, JobId, TrackId};
use crate::job::{Failure, FailureCode, Job, JobKind};
use crate::library::{Asset, Track};
use crate::queue::NewJob;
use crate::render::{self, SourceAudio};
use crate::task::{Operation, Outcome, Task, TaskRequest, Work};
use crate::work::WorkError;
use crate::{Engine, Error, Result};

/// A file that was received completely, in the scratch folder; removed on drop unless it was stored.
#[derive(Debug)]
pub struct UploadedFile {
    path: PathBuf,
    n_bytes: u64,
    sha256: String,
    name: String,
}

impl UploadedFile {
    /// Takes over the file at `path`, of the given size, lower-case hex SHA-256 and client-side name.
    pub fn new(path: PathBuf, n_bytes: u64, sha256: String, name: impl Into<String>) -> Self {
        Self { path, n_bytes, sha256, name: name.into() }
    }

    /// Reads the file's size and hash, for one that was made here. Blocks.
    pub(crate) fn measured(mut self) -> std::io::Result<Self> {
        let mut file = std::fs::File::open(&self.path)?;
        let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 16]);
        loop {
            let n_bytes = std::io::Read::read(&mut file, &mut block)?;
            if n_bytes == 0 {
                break;
            }
            hash.update(&block[..n_bytes]);
            self.n_bytes += n_bytes as u64;
        }
        self.sha256 = hex::encode(hash.finalize());
        Ok(self)
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its size.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Returns its client-side name without folders.
    pub(crate) fn base_name(&self) -> &str {
        base_name(&self.name)
    }

    /// Returns its name for people; see [`stem`].
    pub(crate) fn stem(&self) -> &str {
        stem(&self.name)
    }
}

/// Audio that was stored, but for the track's row.
#[derive(Debug)]
pub(crate) struct StoredAudio {
    pub(crate) track: Track,
    pub(crate) duration_us: i64,
}

impl Drop for UploadedFile {
    fn drop(&mut self) {
        // Gone already where it was stored; else removed with the scratch folder at the latest.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Engine {
    /// Asks for a track made of the audio at `url`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no http(s) URL; [`Error::InsufficientBalance`]; [`Error::QueueFull`].
    /// What is wrong with the audio itself shows in the task's outcome.
    pub async fn request_upload(&self, caller: &Caller, url: &str, request: &TaskRequest) -> Result<Task> {
        let url = self.check_url("audio_url", url)?;
        let id = JobId::random(self.entropy());
        let task = self.new_task(caller, Operation::Upload, request, Work::Queued(id.clone()));
        let kind = JobKind::Ingest { url: url.into() };
        let mut tx = self.store().write().await?;
        self.queue_job(
            tx.as_mut(),
            caller,
            NewJob { id, operation: Operation::Upload, kind, dedupe_key: None },
            request,
        )
        .await?;
        self.commit_task(tx, task).await
    }

    /// Makes a track of a file that came with the request.
    ///
    /// # Errors
    /// [`Error::Refused`] for what is no audio; [`Error::InsufficientBalance`].
    pub async fn upload_file(&self, caller: &Caller, file: UploadedFile, request: &TaskRequest) -> Result<Task> {
        let api = Operation::Upload.api(request.door);
        // Who cannot pay leaves nothing behind: the reservation is tried, and dropped with its transaction.
        self.reserve(self.store().write().await?.as_mut(), caller, api, &request.trace_id).await?;
        let track = self.store_track(&caller.account_id, file).await.map_err(refusal)?;
        let task = self.new_task(caller, Operation::Upload, request, Work::Ended(track_outcome(&track)));
        let mut tx = self.store().write().await?;
        if let Some(charge) = self.reserve(tx.as_mut(), caller, api, &request.trace_id).await? {
            self.close_charge(tx.as_mut(), &charge, crate::ChargeState::Settled).await?;
        }
        tx.insert_track(&track).await?;
        self.commit_task(tx, task).await
    }

    /// Makes a track of a file on behalf of the operator, outside any door and free of charge.
    ///
    /// # Errors
    /// [`Error::Refused`] for what is no audio.
    pub async fn import_file(&self, account_id: &AccountId, file: UploadedFile) -> Result<Track> {
        let track = self.store_track(account_id, file).await.map_err(refusal)?;
        let mut tx = self.store().write().await?;
        tx.insert_track(&track).await?;
        tx.commit().await?;
        Ok(track)
    }

    /// Downloads and stores the audio of an ingest job.
    pub(crate) async fn ingest(&self, job: &Job, url: &str) -> Result<Track, WorkError> {
        let file = self.download(url).await?;
        self.store_track(&job.account_id, file).await
    }

    /// Downloads what a user's URL leads to.
    pub(crate) async fn download(&self, url: &str) -> Result<UploadedFile, WorkError> {
        let url = Url::parse(url).map_err(|error| Failure::new(FailureCode::BadSource, error.to_string()))?;
        let path = self.blobs().scratch("upload");
        // Named before it is filled, so that a download cut short is removed too.
        let mut file = UploadedFile::new(path, 0, String::new(), file_name_of(&url));
        let fetched = self.web().fetch(&url, &file.path, self.limits().upload_bytes_max).await.map_err(|error| {
            let failure = Failure::new(FailureCode::BadSource, format!("cannot fetch `{url}`: {error}"));
            if error.is_transient() { WorkError::Retry(failure) } else { WorkError::Fail(failure) }
        })?;
        (file.n_bytes, file.sha256) = (fetched.n_bytes, fetched.sha256);
        Ok(file)
    }

    /// Checks a file, stores it as an asset and describes the track it makes; the caller stores the track's row.
    async fn store_track(&self, account_id: &AccountId, file: UploadedFile) -> Result<Track, WorkError> {
        let id = TrackId::random(self.entropy());
        Ok(self.store_audio(account_id, file, id).await?.track)
    }

    /// Checks a file, stores it as an asset and describes the track of this id that it makes; the caller stores the track's row.
    pub(crate) async fn store_audio(
        &self,
        account_id: &AccountId,
        file: UploadedFile,
        id: TrackId,
    ) -> Result<StoredAudio, WorkError> {
        let source = self.inspect(&file.path).await?;
        let asset_id = self.store_asset(&file, source.media_type).await?;
        let title = source.title.unwrap_or_else(|| stem(&file.name).to_owned());
        let track = Track {
            id,
            account_id: account_id.clone(),
            asset_id,
            title,
            artist: source.artist.unwrap_or_default(),
            lyric: source.lyric.unwrap_or_default(),
            extension: source.extension.to_owned(),
            duration_ms: source.duration_us / 1000,
            wav: None,
            created_at: self.now(),
        };
        Ok(StoredAudio { track, duration_us: source.duration_us })
    }

    /// Stores a file under the name that its content has.
    pub(crate) async fn store_asset(&self, file: &UploadedFile, media_type: &str) -> Result<AssetId> {
        let asset = Asset {
            id: AssetId::from_text(file.sha256.clone()),
            n_bytes: i64::try_from(file.n_bytes).unwrap_or(i64::MAX),
            media_type: media_type.to_owned(),
            created_at: self.now(),
        };
        // The row comes before the bytes: a crash in between leaves a row to sweep, never a file nobody knows of.
        let mut tx = self.store().write().await?;
        tx.touch_asset(&asset).await?;
        tx.commit().await?;
        let key = BlobKey::asset(&asset.id);
        if self.blobs().size(&key).await? != Some(file.n_bytes) {
            self.blobs().put(&key, &file.path).await?;
        }
        Ok(asset.id)
    }

    pub(crate) async fn inspect(&self, path: &Path) -> Result<SourceAudio, WorkError> {
        let _permit = self.inspections().acquire().await.map_err(|_| WorkError::Stopped)?;
        let (path, duration_max_s) = (path.to_owned(), self.limits().duration_max_s);
        let inspected = tokio::task::spawn_blocking(move || render::inspect(&path, duration_max_s)).await;
        Ok(inspected.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))??)
    }

    /// Reads a URL from a request.
    pub fn check_url(&self, field: &'static str, text: &str) -> Result<Url> {
        let invalid = |reason: String| Error::Invalid { field, reason };
        let limit = self.limits().url_bytes_max;
        if text.len() > limit {
            return Err(invalid(format!("longer than {limit} bytes")));
        }
        let url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(invalid("not an http or https URL".to_owned()));
        }
        Ok(url)
    }
}

/// Turns the end of work that a caller waited for into an answer.
pub(crate) fn refusal(error: WorkError) -> Error {
    match error {
        WorkError::Retry(failure) | WorkError::Fail(failure) => Error::Refused(failure),
        WorkError::Engine(error) => error,
        WorkError::Stopped => Error::TooSlow,
    }
}

/// Describes a new track.
pub(crate) fn track_outcome(track: &Track) -> Outcome {
    Outcome::Track { track_id: track.id.clone(), lyric: track.lyric.clone(), extension: track.extension.clone() }
}

/// Longest title taken from a file name, in bytes.
const NAME_BYTES_MAX: usize = 200;

pub(crate) fn file_name_of(url: &Url) -> String {
    let encoded = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
    let name = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy();
    // Databases refuse some control characters, and titles want none.
    name.chars().filter(|c| !c.is_control()).collect()
}

/// Returns a file's name for people: no folders, no extension, no endless text.
pub(crate) fn stem(name: &str) -> &str {
    let base = base_name(name);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| if stem.is_empty() { base } else { stem });
    let mut end = stem.len().min(NAME_BYTES_MAX);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    &stem[..end]
}

/// Returns a client-side file name without its folders.
pub(crate) fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{file_name_of, stem};

    #[test]
    fn a_file_name_becomes_a_title() {
        let url = url::Url::parse("https://example.com/a/My%20S%C3%B6ng%00.mp3?x=1").unwrap();
        assert_eq!(file_name_of(&url), "My Söng.mp3");
        assert_eq!(stem("C:\\music\\my song.final.mp3"), "my song.final");
        assert_eq!(stem(".hidden"), ".hidden");
        assert_eq!(stem(""), "");
        assert_eq!(stem(&"ä".repeat(200)).len(), 200);
    }
}
