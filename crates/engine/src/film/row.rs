//! A film's row.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batch::BatchId;
use crate::access::Door;
use crate::blobs::BlobKey;
use crate::ids::{AccountId, ApplicationId, AssetId, ChargeId, JobId};
use crate::job::Failure;
use crate::recognition::Sequence;
use crate::store::Page;
use crate::time::Timestamp;

/// Makes a named identifier of 24 lower-case hex digits, the shape that clients of AI Studios and Hour One know.
macro_rules! hex_id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Makes a new random identifier, 24 lower-case hex digits.
            pub fn random(entropy: &dyn $crate::Entropy) -> Self {
                let mut bytes = [0; 12];
                entropy.fill(&mut bytes);
                Self(hex::encode(bytes))
            }

            /// Wraps text that came from a client or the database; it need not name an existing row.
            pub fn from_text(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
pub(crate) use hex_id;

/// Declares an enum whose variants are stored under their names.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name used in the database.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|one| one.name() == text);
                found.ok_or_else(|| format!(concat!("unknown ", stringify!($name), " `{}`"), text))
            }
        }
    };
}
pub(crate) use named;

hex_id! {
    /// Names a film.
    FilmId,
}

named! {
    /// What a film is to the clients of its door.
    FilmKind {
        /// A video that was ordered.
        Video = "video",
        /// A document to be changed and made videos of; never rendered itself.
        Draft = "draft",
        /// One of many videos from a template (Spiritme's batch videos).
        BatchVideo = "batch_video",
    }
}

impl FilmKind {
    /// Returns the sequence that numbers films of this kind.
    pub(crate) const fn sequence(self) -> Sequence {
        match self {
            Self::Video | Self::Draft => Sequence::Film,
            Self::BatchVideo => Sequence::BatchVideo,
        }
    }
}

named! {
    /// Where a film stands.
    FilmState {
        /// Not asked to be rendered.
        Draft = "draft",
        /// Waiting for a worker.
        Queued = "queued",
        /// Being rendered.
        Running = "running",
        /// Ready to be fetched.
        Done = "done",
        /// Could not be rendered.
        Failed = "failed",
        /// Stopped by its owner.
        Cancelled = "cancelled",
    }
}

impl FilmState {
    /// Tells whether work on it goes on or is to come.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// Tells whether it was asked to be rendered, and nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

named! {
    /// What happens to a film that others may want to hear of.
    FilmEvent {
        /// It got further.
        Progress = "progress",
        /// It is ready.
        Done = "done",
        /// It could not be rendered.
        Failed = "failed",
    }
}

/// The form of a film's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputForm {
    /// MP4 with H.264 and AAC.
    #[default]
    Mp4,
    /// PNG in a QuickTime file, with transparency.
    Mov,
}

/// What a film is rendered to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Output {
    /// The shorter side in pixels; the canvas's without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_side: Option<u32>,
    /// The form of the file.
    #[serde(default)]
    pub form: OutputForm,
}

/// Where a film comes from and belongs, in ids that its door handed out or was given; empty for none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FilmOrigin {
    /// The film that it was made from.
    pub source_id: String,
    /// The template that it was made from.
    pub template_id: String,
    /// The draft that belongs to it.
    pub draft_id: String,
    /// Its folder.
    pub folder_id: String,
    /// Its workspace.
    pub workspace_id: String,
    /// The caller's own name for it.
    pub correlation_id: String,
    /// The webhook row that hears of it, for doors that make one per request.
    pub webhook_id: String,
    /// Names the request that made it.
    pub request_id: String,
}

/// When a scene is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmScene {
    /// Its beginning.
    pub start_ms: u64,
    /// Its length.
    pub duration_ms: u64,
}

/// What came of a film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmProduct {
    /// The files by extension: `mp4` or `mov`, `jpg` (poster), `vtt` and `srt` (captions), `json` (times of scenes and words).
    pub files: BTreeMap<String, BlobKey>,
    /// Size of the video file.
    pub n_bytes: u64,
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Length.
    pub duration_ms: u64,
    /// The scenes in order.
    pub scenes: Vec<FilmScene>,
    /// What was missing or is not as the document says.
    pub warnings: Vec<String>,
}

impl FilmProduct {
    /// Returns the extension of the video file.
    pub fn video_extension(&self) -> &'static str {
        if self.files.contains_key("mov") { "mov" } else { "mp4" }
    }
}

/// A video made of a scene document.
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    /// Identifier.
    pub id: FilmId,
    /// Its number, counted from 1 over all accounts, for doors whose ids are integers.
    pub number: i64,
    /// The tenant.
    pub account_id: AccountId,
    /// The application that pays for it.
    pub application_id: ApplicationId,
    /// The door that it came through.
    pub door: Door,
    /// What it is to that door's clients.
    pub kind: FilmKind,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    pub state: FilmState,
    /// Share of the work done, 0–100; 100 only when done.
    pub progress: i64,
    /// The door's own document, as it came and as it is given back.
    pub document: Value,
    /// The scene document ([`stage::document::Project`]) that is rendered; none for what cannot be rendered yet.
    pub project: Option<Value>,
    /// What it is rendered to.
    pub output: Output,
    /// Where it comes from and belongs.
    pub origin: FilmOrigin,
    /// Where to post what happens to it.
    pub webhook_url: Option<String>,
    /// The batch that it is a row of.
    pub batch_id: Option<BatchId>,
    /// The files behind the URLs of its document, once fetched.
    pub sources: BTreeMap<String, AssetId>,
    /// What could not be fetched, for people.
    pub warnings: Vec<String>,
    /// The job that makes it.
    pub job_id: Option<JobId>,
    /// The reservation that pays for it, if it costs anything.
    pub charge_id: Option<ChargeId>,
    /// What it costs.
    pub credits: i64,
    /// What came of it, once done.
    pub product: Option<FilmProduct>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was done, failed or was cancelled.
    pub finished_at: Option<Timestamp>,
}

/// Which films to list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilmFilter {
    /// That came through this door.
    pub door: Door,
    /// Of this kind.
    pub kind: FilmKind,
    /// In one of these states; empty for any.
    pub states: Vec<FilmState>,
    /// Made at or after.
    pub created_min: Option<Timestamp>,
    /// Made before.
    pub created_max: Option<Timestamp>,
    /// With this correlation id.
    pub correlation_id: Option<String>,
    /// Whether the oldest come first.
    pub oldest_first: bool,
    /// The stretch of the list.
    pub page: Page,
}

/// Which finished films to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilmDayFilter {
    /// That came through this door.
    pub door: Door,
    /// Ordered at or after.
    pub from: Timestamp,
    /// Ordered before.
    pub to: Timestamp,
    /// With this correlation id.
    pub correlation_id: Option<String>,
}

/// The finished films of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilmDay {
    /// The UTC day, `YYYY-MM-DD`.
    pub day: String,
    /// How many.
    pub n_films: i64,
    /// How long they are together.
    pub duration_ms: i64,
}

impl FilmFilter {
    /// Lists all films of a kind.
    pub fn all(door: Door, kind: FilmKind, page: Page) -> Self {
        Self {
            door,
            kind,
            states: Vec::new(),
            created_min: None,
            created_max: None,
            correlation_id: None,
            oldest_first: false,
            page,
        }
    }
}
