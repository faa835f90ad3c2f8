//! Hearing, as the doors see it: buckets of files, projects that search them, containers of recordings to scan.
//!
//! The database holds the truth: rows, and an ordered list of what belongs into the index. Every process that recognizes keeps an
//! index of its own on disk and follows that list before it answers; see [`Hearing`].

mod bucket;
mod container;
mod dedup;
mod dump;
mod file;
mod hearing;
mod identify;
mod listen;
mod listing;
mod metadata;
mod number;
mod offline;
mod project;
mod scan;
mod scanning;
pub(crate) mod sharing;
mod store;
mod text;
mod upload;
pub(crate) mod usage;
mod words;
pub(crate) mod work;

pub use bucket::{Bucket, BucketChange, BucketFilter, NewBucket, Reach};
pub use container::{Container, ContainerChange, ContainerFilter, NewContainer, ScanPolicy};
pub use dedup::{DedupEntry, DedupRequest, DedupVerdict};
pub use dump::Dump;
pub use file::{BucketFile, FileChange, FileFilter, FileSort, FileSource, FileState, NewFile};
pub use hearing::{Hearing, HearingError};
pub use identify::{Hit, Identification, IdentifyError, Sample};
pub use metadata::MetadataQuery;
pub use number::{
    AcrId, BucketId, ContainerId, DedupId, FileId, FileRef, Listed, OfflineDbId, ProjectId, Sequence, UserDefined,
};
pub use offline::{BuildState, NewOfflineDb, OfflineDb, OfflineDbChange};
pub use project::{NewProject, Project, ProjectChange, ProjectFilter};
pub use scan::{NewScan, Scan, ScanFilter, ScanId, ScanSource, ScanSpan, ScanState};
pub use store::{
    Buckets, Containers, Dedups, Dumps, Files, IndexEntry, IndexFeed, Numbers, OfflineDbs, Projects, Scans, Trash,
    Uploads,
};
pub use upload::{HeldUpload, UploadTicket};
pub use usage::DayUsage;
pub use words::Words;
