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
    put_entries(tx, ready(files).map(|file| (place(file), None)).collect(), now).await
}

/// Puts those of some files that are ready into the index.
pub(crate) async fn list(tx: &mut dyn Transaction, files: &[BucketFile], now: Timestamp) -> Result<()> {
    put_entries(tx, ready(files).map(|file| (place(file), file.fingerprint.clone())).collect(), now).await
}

fn ready(files: &[BucketFile]) -> impl Iterator<Item = &BucketFile> {
    files.iter().filter(|file| file.state == FileState::Ready)
}

fn place(file: &BucketFile) -> Place {
    (index_bucket(file.bucket_id), file.id.to_string())
}

/// A bucket of the index, and a name in it.
type Place = (String, String);

/// Notes under the next numbers what belongs into the index at some places, or that nothing does any more.
pub(crate) async fn put_entries(
    tx: &mut dyn Transaction,
    entries: Vec<(Place, Option<BlobKey>)>,
    now: Timestamp,
) -> Result<()> {
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let first = tx.take_numbers(Sequence::IndexChange, count).await?;
    for (change, ((bucket, name), fingerprint)) in (first..).zip(entries) {
        tx.put_index_entry(&IndexEntry { bucket, name, fingerprint, change, changed_at: now }).await?;
    }
    Ok(())
}

/// Names the part of the index that holds a bucket's files.
pub(crate) fn index_bucket(id: BucketId) -> String {
    format!("files/{id}")
}
