//! Every rule that two doors share, and the traits that adapters implement.
//!
//! A door (`dialect-*`) parses a vendor's wire format, calls one method of [`Engine`] and shapes the answer.
//! `store` and `phonoscope` implement [`Store`], [`Blobs`], [`Signals`] and [`Web`]; nothing here knows SQL, HTTP or config files.

mod access;
mod blobs;
mod callback;
mod credit;
mod door_access;
mod engine;
mod error;
pub mod film;
mod housekeeping;
mod ids;
mod job;
mod library;
mod limits;
mod operator;
mod queue;
pub mod recognition;
mod render;
mod secret;
mod signals;
mod store;
mod task;
mod time;
mod uploads;
mod videos;
mod wav;
mod web;
mod work;
mod worker;

pub use access::{
    Account, Api, Application, AuthFailure, Billing, Caller, Credential, CredentialKind, Door, Presented,
};
pub use blobs::{BlobError, BlobKey, BlobStream, Blobs, LocalFile};
pub use credit::{Charge, ChargeState, Credits, LedgerEntry, LedgerKind, Price};
pub use door_access::DayToken;
pub use engine::{Adapters, CallbackBody, Engine, Settings};
pub use error::{Error, ErrorKind, Result};
pub use ids::{
    AccountId, ApplicationId, AssetId, ChargeId, CredentialId, Entropy, JobId, LedgerId, ScanId, SystemEntropy, TaskId,
    TraceId, TrackId, VideoId,
};
pub use job::{Failure, FailureCode, Job, JobKind, JobState, Lane, Lease};
pub use library::{Asset, MediaKind, MediaLink, Track, Video, VideoState};
pub use limits::Limits;
pub use operator::{CreatedCredential, CredentialRequest, Enabled, SecretMember};
pub use render::{CoverVideo, CoverVideoReport, PictureSource};
pub use secret::{Secret, ServerKey, sign_hex};
pub use signals::{LocalSignals, Signal, Signals};
pub use store::{
    Accounts, Assets, Jobs, Ledger, Page, Store, StoreError, TaskFilter, Tasks, Tracks, Transaction, Videos,
};
pub use task::{Operation, Outcome, Task, TaskRequest, TaskState};
pub use time::{Clock, SystemClock, Timestamp};
pub use uploads::UploadedFile;
pub use web::{Fetched, Web, WebError};
