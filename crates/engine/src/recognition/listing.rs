//! Which files belong into the index.

use super::file::{BucketFile, FileState};
use super::number::{BucketId, Sequence};
use super::store::IndexEntry;
use crate::Result;
use crate::blobs::BlobKey;
use crate::store::Transaction;
use crate::time::Timestamp;

/// Waits until no other transaction is changing which files there are, or where. Two that did so at once could each write back what the other
/// had not seen, and could wait for each other's rows.
pub(crate) async fn wait_turn(tx: &mut dyn Transaction) -> Result<()> {
    tx.take_numbers(Sequence::IndexChange, 0).await?;
    Ok(())
}

/// Takes those of some files that are ready out of the index.
pub(crate) async fn unlist(tx: &mut dyn Transaction, files: &[BucketFile], now: Timestamp) -> Result<()> {
    let ready: Vec<&BucketFile> = files.iter().filter(|file| file.state == FileState::Ready).collect();
    put_entries(tx, &ready, now, |_| None).await
}

/// Puts those of some files that are ready into the index.
pub(crate) async fn list(tx: &mut dyn Transaction, files: &[&BucketFile], now: Timestamp) -> Result<()> {
    let ready: Vec<&BucketFile> = files.iter().copied().filter(|file| file.state == FileState::Ready).collect();
    put_entries(tx, &ready, now, |file| file.fingerprint.clone()).await
}

async fn put_entries(
    tx: &mut dyn Transaction,
    files: &[&BucketFile],
    now: Timestamp,
    fingerprint: fn(&BucketFile) -> Option<BlobKey>,
) -> Result<()> {
    let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
    let first = tx.take_numbers(Sequence::IndexChange, count).await?;
    for (change, file) in (first..).zip(files) {
        let entry = IndexEntry {
            bucket: index_bucket(file.bucket_id),
            name: file.id.to_string(),
            fingerprint: fingerprint(file),
            change,
            changed_at: now,
        };
        tx.put_index_entry(&entry).await?;
    }
    Ok(())
}

/// Names the part of the index that holds a bucket's files.
pub(crate) fn index_bucket(id: BucketId) -> String {
    format!("files/{id}")
}
