//! What the engine asks of a database: small repositories, joined in explicit transactions.
//!
//! "Not found" is `None`. Every query for a tenant's rows takes the account's id; the few that do not are named for
//! who may use them (`linked_…` for signed links, `any_…` for the operator).

use async_trait::async_trait;

use crate::access::{Account, Application, Credential, CredentialKind, Door};
use crate::blobs::BlobKey;
use crate::credit::{Charge, ChargeState, Credits, LedgerEntry, Price};
use crate::film::{Batches, Deliveries, Films, Materials, Places, Templates, Webhooks};
use crate::ids::{AccountId, ApplicationId, AssetId, ChargeId, CredentialId, JobId, TaskId, TrackId, VideoId};
use crate::job::{Job, Lane, Lease};
use crate::library::{Asset, Track, Video, VideoState};
use crate::recognition::{
    Buckets, Containers, Dedups, Dumps, Files, IndexFeed, Numbers, OfflineDbs, Projects, Scans, Trash, Uploads,
};
use crate::task::{Operation, Outcome, Task};
use crate::time::Timestamp;

type Result<T> = std::result::Result<T, StoreError>;

/// Why the database could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action}")]
pub struct StoreError {
    /// What was tried, as an infinitive with its object.
    pub action: String,
    /// The database's reason.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl StoreError {
    /// Wraps a back end's error with what was tried.
    pub fn new(action: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { action: action.into(), source: source.into() }
    }

    /// Describes a row that refers to one that is not there.
    pub fn broken(what: &'static str, id: &str) -> Self {
        Self::new(format!("read the {what} `{id}`"), "the row it refers to does not exist")
    }
}

/// A stretch of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows at most.
    pub limit: u32,
    /// Rows to pass over.
    pub offset: u32,
}

/// A database.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a transaction that only reads, all of it on one snapshot.
    async fn read(&self) -> Result<Box<dyn Transaction>>;

    /// Begins a transaction that may write; dropped without a commit, it changes nothing.
    async fn write(&self) -> Result<Box<dyn Transaction>>;

    /// Checks that the database answers.
    async fn ping(&self) -> Result<()>;

    /// Tells whether other processes may hold leases in this database.
    ///
    /// Where they cannot, leases found at the start are those of a dead process.
    fn is_shared(&self) -> bool;
}

/// One transaction over all repositories.
#[async_trait]
pub trait Transaction:
    Accounts
    + Ledger
    + Assets
    + Tracks
    + Videos
    + Tasks
    + Jobs
    + Numbers
    + Buckets
    + Files
    + IndexFeed
    + Dumps
    + Projects
    + Containers
    + Scans
    + Uploads
    + Dedups
    + OfflineDbs
    + Trash
    + Films
    + Materials
    + Templates
    + Webhooks
    + Deliveries
    + Places
    + Batches
    + Send
{
    /// Makes all changes durable and visible.
    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Tenants, their applications and credentials.
#[async_trait]
pub trait Accounts {
    /// Adds an account.
    async fn insert_account(&mut self, account: &Account) -> Result<()>;
    /// Finds an account.
    async fn account(&mut self, id: &AccountId) -> Result<Option<Account>>;
    /// Lists accounts, oldest first.
    async fn accounts(&mut self, page: Page) -> Result<Vec<Account>>;
    /// Writes an account's name and state back.
    async fn update_account(&mut self, account: &Account) -> Result<bool>;

    /// Adds an application; its balance is set by ledger entries only.
    async fn insert_application(&mut self, application: &Application) -> Result<()>;
    /// Finds an account's application.
    async fn application(&mut self, account: &AccountId, id: &ApplicationId) -> Result<Option<Application>>;
    /// Finds an application, for the operator.
    async fn any_application(&mut self, id: &ApplicationId) -> Result<Option<Application>>;
    /// Finds an account's application for a door.
    async fn door_application(&mut self, account: &AccountId, door: Door) -> Result<Option<Application>>;
    /// Finds the application that holds an account's general balance.
    async fn global_application(&mut self, account: &AccountId) -> Result<Option<Application>>;
    /// Lists applications, oldest first, of one account or of all.
    async fn applications(&mut self, account: Option<&AccountId>, page: Page) -> Result<Vec<Application>>;
    /// Writes back everything but the balances.
    async fn update_application(&mut self, application: &Application) -> Result<bool>;

    /// Adds a credential.
    async fn insert_credential(&mut self, credential: &Credential) -> Result<()>;
    /// Finds the credential whose secret has this hash.
    async fn credential_by_hash(&mut self, hash: &str) -> Result<Option<Credential>>;
    /// Finds a credential, for the operator.
    async fn any_credential(&mut self, id: &CredentialId) -> Result<Option<Credential>>;
    /// Lists credentials, oldest first, of one account or of all.
    async fn credentials(&mut self, account: Option<&AccountId>, page: Page) -> Result<Vec<Credential>>;
    /// Lists an application's credentials of a kind that work, newest first, at most 100.
    async fn live_credentials(
        &mut self,
        application: &ApplicationId,
        kind: CredentialKind,
        now: Timestamp,
    ) -> Result<Vec<Credential>>;
    /// Writes back everything but the credits used.
    async fn update_credential(&mut self, credential: &Credential) -> Result<bool>;
}

/// Prices, balances, reservations and the ledger.
#[async_trait]
pub trait Ledger {
    /// Finds the price of an API, `None` if none was set.
    async fn price(&mut self, door: &str, api: &str) -> Result<Option<Credits>>;
    /// Sets the price of an API.
    async fn set_price(&mut self, price: &Price) -> Result<()>;
    /// Lists all prices that were set.
    async fn prices(&mut self) -> Result<Vec<Price>>;

    /// Takes credits from a balance; `false`, and no change, if it holds less.
    async fn debit_application(&mut self, id: &ApplicationId, amount: Credits, now: Timestamp) -> Result<bool>;
    /// Gives credits to a balance (or takes them, for a negative amount, even below zero).
    async fn credit_application(&mut self, id: &ApplicationId, amount: Credits, now: Timestamp) -> Result<bool>;
    /// Counts credits as spent on finished work.
    async fn count_used(&mut self, id: &ApplicationId, amount: Credits, now: Timestamp) -> Result<()>;
    /// Counts credits against a credential's cap; `false`, and no change, if that would exceed it.
    async fn spend_from_credential(&mut self, id: &CredentialId, amount: Credits, now: Timestamp) -> Result<bool>;
    /// Takes back what [`Self::spend_from_credential`] counted.
    async fn refund_credential(&mut self, id: &CredentialId, amount: Credits, now: Timestamp) -> Result<()>;

    /// Adds a reservation.
    async fn insert_charge(&mut self, charge: &Charge, now: Timestamp) -> Result<()>;
    /// Ends a reservation and returns it; `None` if it is not open.
    async fn close_charge(&mut self, id: &ChargeId, state: ChargeState, now: Timestamp) -> Result<Option<Charge>>;
    /// Adds a ledger row.
    async fn insert_ledger_entry(&mut self, entry: &LedgerEntry) -> Result<()>;
    /// Lists an application's ledger, newest first.
    async fn ledger(&mut self, application: &ApplicationId, page: Page) -> Result<Vec<LedgerEntry>>;
    /// Lists the applications whose ledger does not add up to their balance, with the difference.
    async fn ledger_differences(&mut self) -> Result<Vec<(ApplicationId, Credits)>>;
    /// Counts the reservations that have not ended.
    async fn open_charges(&mut self) -> Result<i64>;
}

/// Stored originals.
#[async_trait]
pub trait Assets {
    /// Adds an asset, or marks it as freshly wanted if it is there.
    async fn touch_asset(&mut self, asset: &Asset) -> Result<()>;
    /// Finds an asset.
    async fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>>;
    /// Lists assets that no track has and that nobody wanted since `before`.
    async fn unused_assets(&mut self, before: Timestamp, limit: u32) -> Result<Vec<AssetId>>;
    /// Removes an asset's row if it is still unused; `false` if it is used again.
    async fn delete_unused_asset(&mut self, id: &AssetId, before: Timestamp) -> Result<bool>;
}

/// Tracks.
#[async_trait]
pub trait Tracks {
    /// Adds a track.
    async fn insert_track(&mut self, track: &Track) -> Result<()>;
    /// Finds an account's track.
    async fn track(&mut self, account: &AccountId, id: &TrackId) -> Result<Option<Track>>;
    /// Finds an account's track and keeps other writers off it until the transaction ends.
    async fn lock_track(&mut self, account: &AccountId, id: &TrackId, now: Timestamp) -> Result<Option<Track>>;
    /// Removes an account's track that no video shows; `false` if it stays or is not there.
    async fn delete_unused_track(&mut self, account: &AccountId, id: &TrackId) -> Result<bool>;
    /// Finds a track by a link whose signature was checked.
    async fn linked_track(&mut self, id: &TrackId) -> Result<Option<Track>>;
    /// Lists an account's tracks, newest first.
    async fn tracks(&mut self, account: &AccountId, page: Page) -> Result<Vec<Track>>;
    /// Notes the WAV made of a track.
    async fn set_track_wav(&mut self, id: &TrackId, wav: &BlobKey, now: Timestamp) -> Result<()>;
}

/// Videos.
#[async_trait]
pub trait Videos {
    /// Adds a video.
    async fn insert_video(&mut self, video: &Video) -> Result<()>;
    /// Finds the video of a track made by a recipe.
    async fn video_of_track(&mut self, account: &AccountId, track: &TrackId, recipe: &str) -> Result<Option<Video>>;
    /// Finds an account's video.
    async fn video(&mut self, account: &AccountId, id: &VideoId) -> Result<Option<Video>>;
    /// Finds a video by a link whose signature was checked.
    async fn linked_video(&mut self, id: &VideoId) -> Result<Option<Video>>;
    /// Writes a video's state, job, progress and result back.
    async fn update_video(&mut self, video: &Video) -> Result<()>;
    /// Notes how far a video is, as long as it is being rendered.
    async fn set_video_progress(&mut self, id: &VideoId, progress: i64, now: Timestamp) -> Result<()>;
    /// Counts videos by state.
    async fn count_videos(&mut self, state: VideoState) -> Result<i64>;
}

/// Which tasks to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFilter {
    /// That came through this door.
    pub door: Door,
    /// Of this application only.
    pub application_id: Option<ApplicationId>,
    /// Of this operation only.
    pub operation: Option<Operation>,
    /// Accepted at or after.
    pub created_min: Timestamp,
    /// Accepted at or before.
    pub created_max: Timestamp,
    /// The stretch of the list.
    pub page: Page,
}

/// Records of calls.
#[async_trait]
pub trait Tasks {
    /// Adds a task.
    async fn insert_task(&mut self, task: &Task) -> Result<()>;
    /// Finds an account's task.
    async fn task(&mut self, account: &AccountId, id: &TaskId) -> Result<Option<Task>>;
    /// Finds an account's task by the request that made it.
    async fn task_by_trace(&mut self, account: &AccountId, trace: &str) -> Result<Option<Task>>;
    /// Lists an account's tasks, newest first.
    async fn tasks(&mut self, account: &AccountId, filter: &TaskFilter) -> Result<Vec<Task>>;
    /// Notes that work on a job's tasks has begun.
    async fn start_tasks(&mut self, job: &JobId, now: Timestamp) -> Result<()>;
    /// Ends all tasks that wait for a job and returns them.
    async fn finish_tasks(&mut self, job: &JobId, outcome: &Outcome, now: Timestamp) -> Result<Vec<Task>>;
}

/// The queue.
#[async_trait]
pub trait Jobs {
    /// Adds a job that may be claimed from `run_at` on.
    ///
    /// `dedupe_key` names what the job makes; there is never more than one unfinished job with the same one.
    async fn insert_job(&mut self, job: &Job, dedupe_key: Option<&str>, run_at: Timestamp) -> Result<()>;
    /// Finds the unfinished job with this key.
    async fn active_job(&mut self, dedupe_key: &str) -> Result<Option<JobId>>;
    /// Keeps a job from ending until this transaction does; `false` if it has ended already.
    async fn hold_job(&mut self, id: &JobId, now: Timestamp) -> Result<bool>;
    /// Leases the next job of a lane that is due, with a new epoch.
    async fn claim_job(&mut self, lane: Lane, worker: &str, now: Timestamp, until: Timestamp) -> Result<Option<Job>>;
    /// Prolongs a lease; `false` if it was lost.
    async fn extend_lease(&mut self, lease: &Lease, until: Timestamp) -> Result<bool>;
    /// Ends a job; `false`, and no change, if the lease was lost.
    async fn finish_job(&mut self, lease: &Lease, error: Option<&str>, now: Timestamp) -> Result<bool>;
    /// Counts a failed attempt and queues the job again; `false` if the lease was lost.
    async fn retry_job(&mut self, lease: &Lease, error: &str, run_at: Timestamp) -> Result<bool>;
    /// Gives a job back untried; `false` if the lease was lost.
    async fn release_job(&mut self, lease: &Lease, now: Timestamp) -> Result<bool>;
    /// Queues all jobs again whose lease ended before `now`, behind those that wait, and returns how many.
    ///
    /// Behind, because a job that kills its worker must not keep all others from ever being tried.
    async fn expire_leases(&mut self, now: Timestamp) -> Result<u64>;
    /// Queues all leased jobs again, behind those that wait, and returns how many.
    async fn void_leases(&mut self, now: Timestamp) -> Result<u64>;
    /// Counts an account's unfinished jobs but for deliveries, which may wait for hours.
    async fn unfinished_jobs(&mut self, account: &AccountId) -> Result<i64>;
    /// Counts all unfinished jobs, by state name.
    async fn job_counts(&mut self) -> Result<Vec<(String, i64)>>;
}
