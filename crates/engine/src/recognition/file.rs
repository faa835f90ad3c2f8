//! Files in buckets: added, listed, changed, moved, removed.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::PoisonError;

use super::bucket::missing_bucket;
use super::listing::{list, unlist, wait_turn};
use super::number::{AcrId, BucketId, FileId, FileRef, Listed, Sequence, UserDefined};
use super::text::{check_name, check_text, check_user_defined};
use crate::ids::{AccountId, TrackId};
use crate::job::JobKind;
use crate::library::Track;
use crate::signals::Signal;
use crate::store::{Page, StoreError, Transaction};
use crate::time::Timestamp;
use crate::uploads::{UploadedFile, file_name_of, refusal, stem};
use crate::{BlobKey, Engine, Error, Result};

/// Whether a file can be recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Not yet.
    Processing,
    /// The next search finds it.
    Ready,
    /// It never will be.
    Failed,
}

impl FileState {
    const ALL: [Self; 3] = [Self::Processing, Self::Ready, Self::Failed];

    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for FileState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| format!("unknown file state `{text}`"))
    }
}

/// A piece of sound in a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketFile {
    /// Identifier.
    pub id: FileId,
    /// The tenant.
    pub account_id: AccountId,
    /// Where it is.
    pub bucket_id: BucketId,
    /// The name of its sound.
    pub acr_id: AcrId,
    /// Whether it can be recognized.
    pub state: FileState,
    /// Why it cannot be; empty else.
    pub failure: String,
    /// Its name for people.
    pub title: String,
    /// The caller's own name for it; may be empty.
    pub audio_id: String,
    /// Length in microseconds, 0 while it is not known.
    pub duration_us: i64,
    /// The caller's own values.
    pub user_defined: UserDefined,
    /// The track it can be filmed as, where its audio is here.
    pub track_id: Option<TrackId>,
    /// What it sounds like, once that is known.
    pub fingerprint: Option<BlobKey>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where a new file's sound comes from.
#[derive(Debug)]
pub enum FileSource {
    /// Audio that came with the request.
    Audio(UploadedFile),
    /// A fingerprint file that came with the request.
    Fingerprint(UploadedFile),
    /// Audio to be fetched.
    Url(String),
    /// The sound of another file, or of a track, of the same account.
    AcrId(String),
}

/// A file to add.
#[derive(Debug)]
pub struct NewFile {
    /// Its name for people; the source's own if not given.
    pub title: Option<String>,
    /// The caller's own name for it.
    pub audio_id: String,
    /// The caller's own values.
    pub user_defined: UserDefined,
    /// Its sound.
    pub source: FileSource,
}

/// What to change of a file; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct FileChange {
    /// Its name for people.
    pub title: Option<String>,
    /// The caller's own name for it.
    pub audio_id: Option<String>,
    /// The caller's own values, in place of all earlier ones.
    pub user_defined: Option<UserDefined>,
}

/// What a list of files is ordered by; equal rows by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileSort {
    /// By id, which is also the order in which they were added.
    #[default]
    Id,
    /// Failed, processing, ready.
    State,
    /// By title, whatever its case.
    Title,
    /// By the last change.
    UpdatedAt,
}

/// Which files of a bucket to list.
#[derive(Debug, Clone)]
pub struct FileFilter {
    /// With this in their title, whatever its case; empty for all.
    pub search: String,
    /// In this state only.
    pub state: Option<FileState>,
    /// By what.
    pub sort: FileSort,
    /// The greatest first.
    pub is_descending: bool,
    /// The stretch of the list.
    pub page: Page,
}

/// Most files that one call names.
const REFS_MAX: usize = 1000;

impl Engine {
    /// Returns the number under which clients know an account; it never changes.
    pub async fn account_number(&self, account: &AccountId) -> Result<i64> {
        // A panic while the lock was held leaves nothing half done.
        let numbers = || self.account_numbers().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers().get(account) {
            return Ok(*number);
        }
        let number = self.stored_account_number(account).await?;
        numbers().insert(account.clone(), number);
        Ok(number)
    }

    async fn stored_account_number(&self, account: &AccountId) -> Result<i64> {
        if let Some(number) = self.store().read().await?.account_number(account).await? {
            return Ok(number);
        }
        let mut tx = self.store().write().await?;
        let candidate = tx.take_numbers(Sequence::Account, 1).await?;
        tx.set_account_number(account, candidate).await?;
        let number = tx.account_number(account).await?;
        let number = number.ok_or_else(|| StoreError::broken("number of account", account.as_str()))?;
        // Where another call was faster, the candidate is given back with the transaction.
        if number == candidate {
            tx.commit().await?;
        }
        Ok(number)
    }

    /// Adds a file; it can be recognized once its state is [`FileState::Ready`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket; [`Error::Refused`] for audio that cannot be decoded and for foreign fingerprints;
    /// [`Error::Invalid`] for a URL that is none or texts that are too long; [`Error::QueueFull`].
    pub async fn add_file(&self, account: &AccountId, bucket: BucketId, new: NewFile) -> Result<BucketFile> {
        check_text("title", new.title.as_deref().unwrap_or_default())?;
        check_text("audio_id", &new.audio_id)?;
        check_user_defined(&new.user_defined)?;
        // Looked for before anything is stored; the transaction looks again.
        self.bucket(account, bucket).await?;
        let now = self.now();
        let acr_id = AcrId::random(self.entropy());
        let sound = self.prepare_sound(account, &acr_id, new.source).await?;
        let file = BucketFile {
            id: FileId(0),
            account_id: account.clone(),
            bucket_id: bucket,
            state: FileState::Processing,
            failure: String::new(),
            title: new.title.filter(|title| !title.trim().is_empty()).unwrap_or(sound.name),
            audio_id: new.audio_id,
            duration_us: sound.duration_us,
            user_defined: new.user_defined,
            track_id: sound.track.as_ref().map(|track| track.id.clone()),
            fingerprint: sound.fingerprint,
            acr_id,
            created_at: now,
            updated_at: now,
        };
        self.insert_new_file(file, sound.track, sound.work).await
    }

    /// Brings the sound of a new file as far as can be done while the caller waits.
    async fn prepare_sound(&self, account: &AccountId, acr_id: &AcrId, source: FileSource) -> Result<NewSound> {
        match source {
            FileSource::Audio(upload) => {
                let name = upload.stem().to_owned();
                let stored = self.store_audio(account, upload, acr_id.track_id()).await.map_err(refusal)?;
                let (track, duration_us) = (Some(stored.track), stored.duration_us);
                Ok(NewSound { name, duration_us, track, fingerprint: None, work: FileWork::Listen })
            }
            FileSource::Fingerprint(upload) => {
                let name = upload.stem().to_owned();
                let key = BlobKey::fingerprint(acr_id);
                let fingerprint = self.store_fingerprint(&upload, &key).await?;
                let duration_us = i64::try_from(fingerprint.duration_ms()).unwrap_or(0).saturating_mul(1000);
                Ok(NewSound { name, duration_us, track: None, fingerprint: Some(key), work: FileWork::Listen })
            }
            FileSource::Url(url) => {
                let url = self.check_url("url", &url)?;
                let name = stem(&file_name_of(&url)).to_owned();
                Ok(NewSound { name, work: FileWork::Fetch(url.into()), ..NewSound::default() })
            }
            FileSource::AcrId(text) => {
                check_name("acrid", &text)?;
                Ok(NewSound { name: text.clone(), work: FileWork::Copy(text), ..NewSound::default() })
            }
        }
    }

    async fn insert_new_file(&self, mut file: BucketFile, track: Option<Track>, work: FileWork) -> Result<BucketFile> {
        let (account, bucket) = (file.account_id.clone(), file.bucket_id);
        let mut tx = self.store().write().await?;
        file.id = FileId(tx.take_numbers(Sequence::File, 1).await?);
        tx.lock_bucket(&account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        if let Some(track) = &track {
            tx.insert_track(track).await?;
        }
        tx.insert_file(&file).await?;
        tx.count_in_bucket(bucket, 1, 0, 0).await?;
        let kind = match work {
            FileWork::Listen => JobKind::ListenFile { file_id: file.id },
            FileWork::Fetch(url) => JobKind::FetchFile { file_id: file.id, url },
            FileWork::Copy(source) => JobKind::CopyFile { file_id: file.id, source },
        };
        self.queue_own_job(tx.as_mut(), &account, kind).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(file)
    }

    /// Lists a bucket's files.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket.
    pub async fn files(
        &self,
        account: &AccountId,
        bucket: BucketId,
        filter: &FileFilter,
    ) -> Result<Listed<BucketFile>> {
        let mut tx = self.store().read().await?;
        let found = tx.bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        let total = if filter.search.is_empty() {
            found.n_in_state(filter.state)
        } else {
            tx.count_files(bucket, &filter.search, filter.state).await?
        };
        let rows = if total == 0 { Vec::new() } else { tx.files(bucket, filter).await? };
        Ok(Listed { rows, total })
    }

    /// Finds those of some files that are in the bucket, in the order asked for.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket, and where none of the files is in it.
    pub async fn files_by_refs(
        &self,
        account: &AccountId,
        bucket: BucketId,
        refs: &[FileRef],
    ) -> Result<Vec<BucketFile>> {
        let mut tx = self.store().read().await?;
        tx.bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        let mut found = find(tx.as_mut(), account, refs).await?;
        found.retain(|file| file.bucket_id == bucket);
        some_of(found, refs)
    }

    /// Changes a file.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`].
    pub async fn update_file(
        &self,
        account: &AccountId,
        bucket: BucketId,
        file: &FileRef,
        change: FileChange,
    ) -> Result<BucketFile> {
        if let Some(title) = &change.title {
            check_name("title", title)?;
        }
        check_text("audio_id", change.audio_id.as_deref().unwrap_or_default())?;
        if let Some(values) = &change.user_defined {
            check_user_defined(values)?;
        }
        let mut tx = self.store().write().await?;
        wait_turn(tx.as_mut()).await?;
        let found = tx.file(account, file).await?.filter(|found| found.bucket_id == bucket);
        let mut found = found.ok_or_else(|| missing_file(file))?;
        found.title = change.title.unwrap_or(found.title);
        found.audio_id = change.audio_id.unwrap_or(found.audio_id);
        found.user_defined = change.user_defined.unwrap_or(found.user_defined);
        found.updated_at = self.now();
        tx.update_file(&found).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Removes those of some files that are in the bucket, and returns how many; the next search finds none of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket, and where none of the files is in it.
    pub async fn delete_files(&self, account: &AccountId, bucket: BucketId, refs: &[FileRef]) -> Result<usize> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        wait_turn(tx.as_mut()).await?;
        tx.bucket(account, bucket).await?.ok_or_else(|| missing_bucket(bucket))?;
        let mut found = find(tx.as_mut(), account, refs).await?;
        found.retain(|file| file.bucket_id == bucket);
        let found = some_of(found, refs)?;
        let ids: Vec<FileId> = found.iter().map(|file| file.id).collect();
        tx.delete_files(account, &ids).await?;
        unlist(tx.as_mut(), &found, now).await?;
        for file in &found {
            if let Some(key) = &file.fingerprint {
                tx.throw_away(key, now).await?;
            }
            if let Some(track) = &file.track_id {
                tx.delete_unused_track(account, track).await?;
            }
        }
        let (n_ready, n_failed) = counts(&found);
        tx.count_in_bucket(bucket, -length(&found), -n_ready, -n_failed).await?;
        tx.commit().await?;
        self.signals().publish(Signal::IndexChanged);
        Ok(found.len())
    }

    /// Moves those of some files that exist into a bucket, from wherever they are in the account; those that are in it stay.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the bucket, and where none of the files exists.
    pub async fn move_files(
        &self,
        account: &AccountId,
        destination: BucketId,
        refs: &[FileRef],
    ) -> Result<Vec<BucketFile>> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        wait_turn(tx.as_mut()).await?;
        tx.bucket(account, destination).await?.ok_or_else(|| missing_bucket(destination))?;
        let mut found = some_of(find(tx.as_mut(), account, refs).await?, refs)?;
        let moving: Vec<BucketFile> = found.iter().filter(|file| file.bucket_id != destination).cloned().collect();
        unlist(tx.as_mut(), &moving, now).await?;
        // Buckets in the order of their ids, so that no two calls wait for each other.
        let mut buckets: BTreeMap<BucketId, Vec<BucketFile>> = BTreeMap::new();
        for file in &moving {
            buckets.entry(file.bucket_id).or_default().push(file.clone());
        }
        buckets.entry(destination).or_default();
        for (bucket, files) in &buckets {
            let (sign, files) = if *bucket == destination { (1, &moving) } else { (-1, files) };
            // Removed since it was looked for, which only a bucket without files can be.
            tx.lock_bucket(account, *bucket).await?.ok_or_else(|| missing_bucket(*bucket))?;
            let (n_ready, n_failed) = counts(files);
            tx.count_in_bucket(*bucket, sign * length(files), sign * n_ready, sign * n_failed).await?;
        }
        let mut moved = Vec::with_capacity(moving.len());
        for file in found.iter_mut().filter(|file| file.bucket_id != destination) {
            file.bucket_id = destination;
            file.updated_at = now;
            tx.update_file(file).await?;
            moved.push(file.clone());
        }
        list(tx.as_mut(), &moved, now).await?;
        tx.commit().await?;
        self.signals().publish(Signal::IndexChanged);
        Ok(found)
    }
}

/// The sound of a file that is being added.
#[derive(Default)]
struct NewSound {
    /// What the file is called where the caller does not say.
    name: String,
    duration_us: i64,
    track: Option<Track>,
    fingerprint: Option<BlobKey>,
    work: FileWork,
}

/// What is left to do for a new file.
#[derive(Default)]
enum FileWork {
    #[default]
    Listen,
    Fetch(String),
    Copy(String),
}

async fn find(tx: &mut dyn Transaction, account: &AccountId, refs: &[FileRef]) -> Result<Vec<BucketFile>> {
    if refs.len() > REFS_MAX {
        return Err(Error::Invalid { field: "ids", reason: format!("must name at most {REFS_MAX} files") });
    }
    let found = tx.files_by_refs(account, refs).await?;
    let mut ordered: Vec<BucketFile> = Vec::with_capacity(found.len());
    let mut by_ref: HashMap<FileRef, BucketFile> = HashMap::with_capacity(found.len() * 2);
    for file in found {
        by_ref.insert(FileRef::Id(file.id), file.clone());
        by_ref.insert(FileRef::Acr(file.acr_id.clone()), file);
    }
    for asked in refs {
        // Named twice, by number and by sound or by the same, it is one file.
        if let Some(file) = by_ref.remove(asked) {
            by_ref.remove(&FileRef::Id(file.id));
            by_ref.remove(&FileRef::Acr(file.acr_id.clone()));
            ordered.push(file);
        }
    }
    Ok(ordered)
}

fn some_of(found: Vec<BucketFile>, refs: &[FileRef]) -> Result<Vec<BucketFile>> {
    if found.is_empty() {
        let ids: Vec<String> = refs.iter().take(10).map(FileRef::to_string).collect();
        return Err(Error::NotFound { what: "file", id: ids.join(",") });
    }
    Ok(found)
}

pub(crate) fn missing_file(file: &FileRef) -> Error {
    Error::NotFound { what: "file", id: file.to_string() }
}

fn length(files: &[BucketFile]) -> i64 {
    i64::try_from(files.len()).unwrap_or(i64::MAX)
}

fn counts(files: &[BucketFile]) -> (i64, i64) {
    let count = |state| files.iter().filter(|file| file.state == state).map(|_| 1).sum();
    (count(FileState::Ready), count(FileState::Failed))
}
