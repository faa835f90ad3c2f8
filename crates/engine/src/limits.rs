//! A limit on everything, in one place.

use std::time::Duration;

/// What an installation accepts; the defaults fit a small machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest uploaded or fetched file, in bytes.
    pub upload_bytes_max: u64,
    /// Longest audio, in seconds.
    pub duration_max_s: u64,
    /// Unfinished jobs of one account; beyond it new work is refused, not queued.
    pub queued_jobs_per_account_max: i64,
    /// Requests per second of one credential that has no limit of its own; bursts of twice that pass.
    pub requests_per_second: u32,
    /// Longest a synchronous call waits for its job before it answers that it takes too long.
    pub sync_wait_max: Duration,
    /// Longest a URL in a request may be, in bytes.
    pub url_bytes_max: usize,
    /// Largest clip to be recognized, in bytes.
    pub sample_bytes_max: usize,
    /// Longest clip to be recognized, in seconds.
    pub sample_duration_s_max: u64,
    /// Rows in one page of any list.
    pub page_rows_max: u32,
    /// Whether callers may remove their own account.
    pub account_deletion: bool,
    /// How large scene documents may be.
    pub document: stage::document::Limits,
    /// Films of one batch that wait or are rendered at a time; few, so that a batch keeps nobody else waiting.
    pub batch_window: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes_max: 2 << 30,
            duration_max_s: 12 * 3600,
            queued_jobs_per_account_max: 10_000,
            requests_per_second: 1000,
            sync_wait_max: Duration::from_secs(280),
            url_bytes_max: 4096,
            sample_bytes_max: 5 << 20,
            sample_duration_s_max: 600,
            page_rows_max: 100,
            account_deletion: false,
            document: stage::document::Limits::default(),
            batch_window: 4,
        }
    }
}
