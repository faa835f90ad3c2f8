//! Identification: a clip, the files that it may be.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use fingerprint::{Fingerprint, SearchOptions};
use recognizer::Found;

use super::bucket::{Bucket, Reach};
use super::file::BucketFile;
use super::hearing::HearingError;
use super::listen::{Heard, read_fingerprint};
use super::listing::index_bucket;
use super::number::{BucketId, FileRef};
use super::project::Project;
use crate::blobs::LocalFile;
use crate::ids::AccountId;
use crate::job::{Failure, FailureCode};
use crate::{BlobError, Engine, Error, Result};

/// What is to be recognized.
#[derive(Debug, Clone)]
pub enum Sample {
    /// An audio file of any kind.
    Audio(Bytes),
    /// A fingerprint file.
    Fingerprint(Bytes),
}

/// A file that a sample was recognized as.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The file.
    pub file: BucketFile,
    /// How sure that is, in percent.
    pub score: f64,
    /// The part of the sample that matches, in milliseconds.
    pub sample_ms: Range<u64>,
    /// The part of the file that it matches.
    pub file_ms: Range<u64>,
    /// The place in the file at the end of the sample; negative or beyond the file where the sample begins before it or goes on after it.
    pub play_offset_ms: i64,
    /// Milliseconds of the file per millisecond of the sample.
    pub time_factor: f64,
}

/// What a sample was recognized as.
#[derive(Debug, Clone, PartialEq)]
pub struct Identification {
    /// The files, the surest first.
    pub hits: Vec<Hit>,
    /// What was searched.
    pub buckets: Vec<Bucket>,
    /// Length of the sample.
    pub sample_duration_ms: u64,
}

/// Why a sample was not searched for.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// The project's searches of the day, or of all time, are used up.
    #[error("the project's searches are used up")]
    QuotaUsedUp,
    /// Too many searches per second.
    #[error("too many searches per second")]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
    },
    /// The sample is too large.
    #[error("the sample is larger than {n_bytes_max} bytes")]
    TooLarge {
        /// The limit.
        n_bytes_max: usize,
    },
    /// The sample is neither audio that can be decoded nor one of our fingerprints.
    #[error("the sample cannot be read: {0}")]
    Undecodable(String),
    /// Nothing but silence.
    #[error("the sample is silent")]
    Silent,
    /// Too short, or without anything to recognize it by.
    #[error("the sample is too short to be recognized")]
    NoFingerprint,
    /// Our fault.
    #[error(transparent)]
    Engine(#[from] Error),
}

impl From<crate::StoreError> for IdentifyError {
    fn from(error: crate::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// Most files that one search reports. Looking for more than one also finds copies and mixes, at the price of a second search.
const HITS_MAX: usize = 5;

impl Engine {
    /// Recognizes a sample among the files of a project's buckets. Every answer, hit or miss, counts against the project's limits.
    ///
    /// # Errors
    /// [`IdentifyError`], the first that applies in the order of its variants.
    pub async fn identify(&self, project: &Project, sample: Sample) -> Result<Identification, IdentifyError> {
        let admission = self.admit_search(project).await?;
        self.rates().check_key(&format!("project {}", project.id), None).map_err(|error| match error {
            Error::RateLimited { retry_after } => IdentifyError::RateLimited { retry_after },
            other => other.into(),
        })?;
        let now = self.now();
        let heard = self.hear_sample(sample).await?;
        let sample_duration_ms = heard.fingerprint.duration_ms();
        let buckets = self.buckets_by_ids(&project.account_id, &project.bucket_ids).await?;
        let hits = self.search(project, &buckets, heard.fingerprint).await?;
        self.count_search(project, !hits.is_empty(), now).await?;
        drop(admission);
        Ok(Identification { hits, buckets, sample_duration_ms })
    }

    async fn hear_sample(&self, sample: Sample) -> Result<Heard, IdentifyError> {
        let n_bytes_max = self.limits().sample_bytes_max;
        let (Sample::Audio(bytes) | Sample::Fingerprint(bytes)) = &sample;
        if bytes.len() > n_bytes_max {
            return Err(IdentifyError::TooLarge { n_bytes_max });
        }
        let heard = match &sample {
            Sample::Fingerprint(bytes) => {
                let fingerprint = read_fingerprint(bytes);
                let fingerprint = fingerprint.map_err(|failure| IdentifyError::Undecodable(failure.message))?;
                Heard { fingerprint, duration_us: 0, is_silent: false }
            }
            Sample::Audio(bytes) => self.hear_clip(bytes).await?,
        };
        if heard.is_silent {
            return Err(IdentifyError::Silent);
        }
        if heard.fingerprint.duration_ms() < SAMPLE_MS_MIN || heard.fingerprint.peaks().is_empty() {
            return Err(IdentifyError::NoFingerprint);
        }
        Ok(heard)
    }

    async fn hear_clip(&self, bytes: &Bytes) -> Result<Heard, IdentifyError> {
        // Some decoders want a file that they can seek in; this one is never synced to the disk.
        let clip = LocalFile::copy(self.blobs().scratch("clip"));
        tokio::fs::write(clip.path(), bytes).await.map_err(|source| {
            let source = Box::new(source);
            Error::from(BlobError { action: "write a sample to", key: "the scratch folder".to_owned(), source })
        })?;
        let heard = self.listen_aside(clip.path(), self.limits().sample_duration_s_max).await?;
        heard.map_err(|error| match error.kind() {
            media::ErrorKind::Io | media::ErrorKind::Internal | media::ErrorKind::Cancelled => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot listen to a sample");
                Error::Refused(Failure::new(FailureCode::Internal, error.to_string())).into()
            }
            media::ErrorKind::Malformed | media::ErrorKind::Unsupported | media::ErrorKind::Limit => {
                IdentifyError::Undecodable(error.to_string())
            }
        })
    }

    async fn search(&self, project: &Project, buckets: &[Bucket], sample: Fingerprint) -> Result<Vec<Hit>> {
        let names: Vec<String> = searched(buckets).map(index_bucket).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let index = self.current_index().await?;
        let (sample, found) = {
            let _turn = self.listening().acquire().await.map_err(|_| Error::TooSlow)?;
            let searched = tokio::task::spawn_blocking(move || {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let options = SearchOptions { n_matches_max: HITS_MAX, ..SearchOptions::default() };
                let found = index.identify(Some(&names), &sample, &options);
                (sample, found)
            });
            searched.await.map_err(|panic| HearingError::new("search", panic))?
        };
        self.hits(&project.account_id, buckets, &sample, found).await
    }

    /// Looks up the files that were found; those that were removed or moved away meanwhile are left out.
    async fn hits(
        &self,
        account: &AccountId,
        buckets: &[Bucket],
        sample: &Fingerprint,
        found: Vec<Found>,
    ) -> Result<Vec<Hit>> {
        let files = self.found_files(account, buckets, found.iter().map(|found| found.track.name.as_str())).await?;
        let hits = found.into_iter().filter_map(|found| {
            let file = files.get(found.track.name.as_str())?.clone();
            let end_ms = found.hit.track_time_ms(sample.duration_ms() as f64);
            Some(Hit {
                file,
                score: f64::from(found.hit.score),
                sample_ms: found.hit.query_ms.clone(),
                file_ms: found.hit.track_ms.clone(),
                play_offset_ms: end_ms.round() as i64,
                time_factor: found.hit.time_factor,
            })
        });
        Ok(hits.collect())
    }

    /// Reads the rows of files that the index knows by these names, as far as they are in one of some buckets.
    pub(crate) async fn found_files<'n>(
        &self,
        account: &AccountId,
        buckets: &[Bucket],
        names: impl Iterator<Item = &'n str>,
    ) -> Result<HashMap<String, BucketFile>> {
        let refs: Vec<FileRef> = names.filter_map(FileRef::parse).collect();
        if refs.is_empty() {
            return Ok(HashMap::new());
        }
        let mut files = Vec::new();
        for refs in refs.chunks(500) {
            files.extend(self.store().read().await?.files_by_refs(account, refs).await?);
        }
        files.retain(|file| buckets.iter().any(|bucket| bucket.id == file.bucket_id));
        Ok(files.into_iter().map(|file| (file.id.to_string(), file)).collect())
    }
}

/// Samples shorter than this have too little in them to be recognized.
const SAMPLE_MS_MIN: u64 = 1000;

/// Returns those of some buckets whose files can be recognized on the server.
pub(crate) fn searched(buckets: &[Bucket]) -> impl Iterator<Item = BucketId> {
    buckets.iter().filter(|bucket| bucket.reach != Reach::Offline).map(|bucket| bucket.id)
}
