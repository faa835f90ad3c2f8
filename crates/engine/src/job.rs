//! Units of queued work, and what became of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::film::{DeliveryId, FilmId, MaterialId};
use crate::ids::{AccountId, ChargeId, JobId, ScanId, TaskId, TrackId, VideoId};
use crate::recognition::{BucketId, FileId, OfflineDbId};
use crate::time::Timestamp;

/// What a job does; stored as JSON, so a variant's members may be added but not renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobKind {
    /// Downloads audio and makes a track of it.
    Ingest {
        /// Where the caller said it is.
        url: String,
    },
    /// Renders a track with its cover into an MP4.
    RenderCover {
        /// The video row to fill.
        video_id: VideoId,
        /// The track to film.
        track_id: TrackId,
    },
    /// Decodes a track into a WAV file.
    ConvertWav {
        /// The track.
        track_id: TrackId,
    },
    /// Tells a callback URL how a task ended.
    Callback {
        /// The task.
        task_id: TaskId,
        /// Where to post.
        url: String,
    },
    /// Posts a body to a URL.
    Post {
        /// Where to.
        url: String,
        /// JSON.
        body: String,
    },
    /// Takes the fingerprint of a file in a bucket, and lists it for the index.
    ListenFile {
        /// The file.
        file_id: FileId,
    },
    /// Downloads the audio of a file in a bucket.
    FetchFile {
        /// The file.
        file_id: FileId,
        /// Where the caller said it is.
        url: String,
    },
    /// Gives a file in a bucket the sound of another file, or of a track.
    CopyFile {
        /// The file.
        file_id: FileId,
        /// How the caller named the other.
        source: String,
    },
    /// Writes all rows of a bucket to a file.
    DumpBucket {
        /// The bucket.
        bucket_id: BucketId,
        /// The dump.
        task_id: String,
    },
    /// Makes one file of all fingerprints of some buckets.
    BuildOfflineDb {
        /// The database.
        db_id: OfflineDbId,
    },
    /// Downloads a recording.
    FetchScan {
        /// The recording.
        scan_id: ScanId,
    },
    /// Finds what plays when in a recording.
    Scan {
        /// The recording.
        scan_id: ScanId,
    },
    /// Downloads what a film's document names.
    FetchSources {
        /// The film.
        film_id: FilmId,
    },
    /// Renders a film.
    RenderFilm {
        /// The film.
        film_id: FilmId,
        /// What could not be fetched for it, for people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    },
    /// Tries once to post what happened to a film.
    Deliver {
        /// The delivery.
        delivery_id: DeliveryId,
    },
    /// Makes the pages or the smaller copy of a material.
    PrepareMaterial {
        /// The material.
        material_id: MaterialId,
    },
}

impl JobKind {
    /// Returns the name used in the database and in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ingest { .. } => "ingest",
            Self::RenderCover { .. } => "render_cover",
            Self::ConvertWav { .. } => "convert_wav",
            Self::Callback { .. } => "callback",
            Self::Post { .. } => "post",
            Self::ListenFile { .. } => "listen_file",
            Self::FetchFile { .. } => "fetch_file",
            Self::CopyFile { .. } => "copy_file",
            Self::DumpBucket { .. } => "dump_bucket",
            Self::BuildOfflineDb { .. } => "build_offline_db",
            Self::FetchScan { .. } => "fetch_scan",
            Self::Scan { .. } => "scan",
            Self::FetchSources { .. } => "fetch_sources",
            Self::RenderFilm { .. } => "render_film",
            Self::Deliver { .. } => "deliver",
            Self::PrepareMaterial { .. } => "prepare_material",
        }
    }

    /// Returns the queue that the job waits in.
    pub const fn lane(&self) -> Lane {
        match self {
            Self::RenderCover { .. }
            | Self::ConvertWav { .. }
            | Self::ListenFile { .. }
            | Self::CopyFile { .. }
            | Self::DumpBucket { .. }
            | Self::BuildOfflineDb { .. }
            | Self::RenderFilm { .. }
            | Self::PrepareMaterial { .. } => Lane::Media,
            Self::Ingest { .. }
            | Self::Callback { .. }
            | Self::Post { .. }
            | Self::FetchFile { .. }
            | Self::FetchScan { .. } => Lane::Network,
            Self::FetchSources { .. } => Lane::Sources,
            Self::Deliver { .. } => Lane::Delivery,
            Self::Scan { .. } => Lane::Hearing,
        }
    }

    /// Returns how often the work is tried before it counts as failed.
    pub const fn attempts_max(&self) -> i64 {
        match self {
            Self::Callback { .. } | Self::Post { .. } => 5,
            _ => 3,
        }
    }

    /// Returns how long to wait after the given failed attempt, counted from 1.
    pub fn retry_delay(&self, attempt: i64) -> Duration {
        let base_s: u64 = match self {
            Self::Callback { .. } | Self::Post { .. } => 5,
            _ => 1,
        };
        let doublings = u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or(0);
        Duration::from_secs(base_s << doublings)
    }
}

/// A queue with workers of its own, so that waiting for a slow address never keeps a processor from rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Work that keeps a processor core busy.
    Media,
    /// Work that mostly waits for other servers.
    Network,
    /// Fetching what documents of films name: as slow as the slowest server that a document names.
    Sources,
    /// Telling webhooks, which no slow download may delay.
    Delivery,
    /// Work that searches the index, for processes that have one.
    Hearing,
}

impl Lane {
    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Network => "network",
            Self::Sources => "sources",
            Self::Delivery => "delivery",
            Self::Hearing => "hearing",
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waiting for a worker, perhaps until a set time.
    Queued,
    /// Held by a worker.
    Leased,
    /// Ended well.
    Done,
    /// Ended badly, for good.
    Failed,
}

impl JobState {
    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A job to enqueue, or as a worker received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Identifier.
    pub id: JobId,
    /// The tenant that it works for.
    pub account_id: AccountId,
    /// What to do.
    pub kind: JobKind,
    /// The reservation that pays for it, if it costs anything.
    pub charge_id: Option<ChargeId>,
    /// Tries that ended in a failure so far.
    pub failed_attempts: i64,
    /// Claims so far; the current lease's number.
    pub epoch: i64,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// The terms on which a worker holds a job: who finishes with an older epoch finishes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// The claim's number.
    pub epoch: i64,
}

impl Job {
    /// Returns the lease under which this copy of the job was claimed.
    pub fn lease(&self) -> Lease {
        Lease { job_id: self.id.clone(), epoch: self.epoch }
    }
}

/// Whose fault a failure was, so that a door can choose its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The audio at the given URL could not be had, or is not audio.
    BadSource,
    /// The stored audio cannot be turned into what was asked.
    BadMedia,
    /// Our own.
    Internal,
}

/// Why work failed, kept with the task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Whose fault.
    pub code: FailureCode,
    /// What happened, for people.
    pub message: String,
}

impl Failure {
    /// Describes a failure.
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
