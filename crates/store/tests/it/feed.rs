//! Numbers, what belongs into the index, dumps, files thrown away.

use std::collections::BTreeSet;

use engine::recognition::{IndexEntry, Sequence};
use engine::{BlobKey, Store as _};
use store::Database;

use crate::rows::{ODD, dump, entry, stored_bucket};
use crate::support::{NOW, later, on_every_database, read, tenant, write};

/// Who races for numbers, and how often.
const N_TAKERS: usize = 8;
const N_TURNS: usize = 10;

on_every_database! {
    async fn numbers_are_counted_from_one(store: &Database) {
        let mut tx = write(store).await;
        assert_eq!(tx.last_number(Sequence::File).await.unwrap(), 0);
        assert_eq!(tx.take_numbers(Sequence::File, 0).await.unwrap(), 1, "none is taken");
        assert_eq!(tx.take_numbers(Sequence::File, 1).await.unwrap(), 1);
        assert_eq!(tx.take_numbers(Sequence::File, 5).await.unwrap(), 2);
        assert_eq!(tx.take_numbers(Sequence::File, 1).await.unwrap(), 7);
        assert_eq!(tx.last_number(Sequence::File).await.unwrap(), 7);
        assert_eq!(tx.last_number(Sequence::Bucket).await.unwrap(), 0);
        tx.raise_number(Sequence::File, 6).await.unwrap();
        assert_eq!(tx.last_number(Sequence::File).await.unwrap(), 7);
        tx.raise_number(Sequence::File, 9).await.unwrap();
        tx.raise_number(Sequence::IndexForgotten, 3).await.unwrap();
        assert_eq!(tx.take_numbers(Sequence::File, 1).await.unwrap(), 10);
        assert_eq!(tx.last_number(Sequence::IndexForgotten).await.unwrap(), 3);
        tx.commit().await.unwrap();
    }

    /// Each taker keeps its numbers for a while before it commits; who reads what is committed never finds a gap.
    async fn numbers_are_handed_out_once_and_seen_in_order(store: &Database) {
        let takers = (0..N_TAKERS).map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                for _ in 0..N_TURNS {
                    let mut tx = store.write().await.unwrap();
                    let first = tx.take_numbers(Sequence::IndexChange, 2).await.unwrap();
                    for change in [first, first + 1] {
                        tokio::task::yield_now().await;
                        tx.put_index_entry(&entry(&change.to_string(), change)).await.unwrap();
                    }
                    tx.commit().await.unwrap();
                    taken.extend([first, first + 1]);
                    let seen = store.read().await.unwrap().index_entries(0, 1000).await.unwrap();
                    let seen: Vec<i64> = seen.iter().map(|entry| entry.change).collect();
                    assert_eq!(seen, (1..=seen.len() as i64).collect::<Vec<_>>());
                }
                taken
            })
        });
        let taken = futures::future::join_all(takers).await;
        let taken: Vec<i64> = taken.into_iter().flat_map(Result::unwrap).collect();
        let distinct: BTreeSet<i64> = taken.iter().copied().collect();
        assert_eq!(taken.len(), N_TAKERS * N_TURNS * 2);
        assert_eq!(distinct, (1..=taken.len() as i64).collect());
    }

    async fn a_number_not_committed_is_handed_out_again(store: &Database) {
        let mut tx = write(store).await;
        assert_eq!(tx.take_numbers(Sequence::Bucket, 3).await.unwrap(), 1);
        drop(tx);
        assert_eq!(write(store).await.take_numbers(Sequence::Bucket, 1).await.unwrap(), 1);
    }

    async fn an_account_keeps_its_number(store: &Database) {
        let (one, other) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let mut tx = write(store).await;
        assert_eq!(tx.account_number(&one).await.unwrap(), None);
        tx.set_account_number(&one, 7).await.unwrap();
        tx.set_account_number(&one, 8).await.unwrap();
        tx.set_account_number(&other, 9).await.unwrap();
        assert_eq!(tx.account_number(&one).await.unwrap(), Some(7));
        assert_eq!(tx.account_number(&other).await.unwrap(), Some(9));
        tx.commit().await.unwrap();
    }

    async fn a_database_keeps_its_first_name(store: &Database) {
        let mut tx = write(store).await;
        assert_eq!(tx.database_name(ODD).await.unwrap(), ODD);
        assert_eq!(tx.database_name("other").await.unwrap(), ODD);
        tx.commit().await.unwrap();
        assert_eq!(read(store).await.database_name("third").await.unwrap(), ODD, "known, it can be read");
    }

    async fn two_that_name_a_database_agree(store: &Database) {
        let name = |candidate: &'static str| {
            let store = store.clone();
            async move {
                let mut tx = store.write().await.unwrap();
                let name = tx.database_name(candidate).await.unwrap();
                tx.commit().await.unwrap();
                name
            }
        };
        let (one, other) = tokio::join!(name("one"), name("other"));
        assert_eq!(one, other);
    }

    async fn the_feed_is_in_order_and_a_change_replaces_the_earlier_one(store: &Database) {
        let (a, b, c) = (entry("a", 1), entry("b", 2), entry(ODD, 3));
        let mut tx = write(store).await;
        for entry in [&c, &a, &b] {
            tx.put_index_entry(entry).await.unwrap();
        }
        assert_eq!(tx.index_entries(0, 10).await.unwrap(), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(tx.index_entries(1, 1).await.unwrap(), std::slice::from_ref(&b));
        let removed = IndexEntry { fingerprint: None, ..entry("a", 4) };
        tx.put_index_entry(&removed).await.unwrap();
        let elsewhere = IndexEntry { bucket: "files/2".to_owned(), ..entry("a", 5) };
        tx.put_index_entry(&elsewhere).await.unwrap();
        assert_eq!(tx.index_entries(0, 10).await.unwrap(), [b, c, removed, elsewhere]);
        assert_eq!(tx.index_entries(5, 10).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    async fn only_old_removals_are_forgotten(store: &Database) {
        let removed = |name: &str, change| IndexEntry { fingerprint: None, ..entry(name, change) };
        let kept = [entry("a", 1), removed("e", 5)];
        let mut tx = write(store).await;
        assert_eq!(tx.forget_index_removals(later(100), 10).await.unwrap(), 0);
        for entry in [&kept[0], &removed("b", 2), &removed("c", 3), &removed("d", 4), &kept[1]] {
            tx.put_index_entry(entry).await.unwrap();
        }
        assert_eq!(tx.forget_index_removals(later(5), 2).await.unwrap(), 3, "the oldest first");
        assert_eq!(tx.forget_index_removals(later(5), 2).await.unwrap(), 4);
        assert_eq!(tx.forget_index_removals(later(5), 2).await.unwrap(), 0);
        assert_eq!(tx.index_entries(0, 10).await.unwrap(), kept);
        tx.commit().await.unwrap();
    }

    async fn a_bucket_has_one_dump_a_day(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let (bucket, other) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let first = dump(&bucket, "t1", "2026-01-01");
        let mut tx = write(store).await;
        assert!(tx.insert_dump(&first).await.unwrap());
        assert!(!tx.insert_dump(&dump(&bucket, "t2", "2026-01-01")).await.unwrap());
        assert!(tx.insert_dump(&dump(&other, "t3", "2026-01-01")).await.unwrap());
        assert!(tx.insert_dump(&dump(&bucket, "t4", "2026-01-02")).await.unwrap());
        assert_eq!(tx.dump(&account, bucket.id, "2026-01-01").await.unwrap().unwrap(), first);
        assert_eq!(tx.dump(&stranger, bucket.id, "2026-01-01").await.unwrap(), None);
        assert_eq!(tx.linked_dump(bucket.id, "t1").await.unwrap().unwrap(), first);
        assert_eq!(tx.linked_dump(other.id, "t1").await.unwrap(), None);
        assert_eq!(tx.linked_dump(bucket.id, "t2").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn a_dump_is_finished_and_removed(store: &Database) {
        let account = tenant(store).await.account.id;
        let bucket = stored_bucket(store, &account).await;
        let blob = BlobKey::from_text("outputs/dump.csv");
        let mut tx = write(store).await;
        tx.insert_dump(&dump(&bucket, "t1", "2026-01-01")).await.unwrap();
        tx.insert_dump(&dump(&bucket, "t2", "2026-01-02")).await.unwrap();
        assert!(tx.finish_dump("t1", &blob, 5).await.unwrap());
        assert!(!tx.finish_dump("t3", &blob, 5).await.unwrap());
        let finished = tx.linked_dump(bucket.id, "t1").await.unwrap().unwrap();
        assert_eq!((finished.blob, finished.n_bytes), (Some(blob), 5));
        assert_eq!(tx.bucket_dumps(bucket.id).await.unwrap().len(), 2);
        assert_eq!(tx.old_dumps(NOW, 10).await.unwrap(), []);
        assert_eq!(tx.old_dumps(later(1), 1).await.unwrap().len(), 1);
        assert!(tx.delete_dump("t1").await.unwrap());
        assert!(!tx.delete_dump("t1").await.unwrap());
        assert_eq!(tx.old_dumps(later(1), 10).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
    }

    async fn what_is_thrown_away_longest_goes_first(store: &Database) {
        let [a, b, c] = ["c", "b", "a"].map(BlobKey::from_text);
        let mut tx = write(store).await;
        tx.throw_away(&b, later(2)).await.unwrap();
        tx.throw_away(&a, later(1)).await.unwrap();
        tx.throw_away(&c, later(3)).await.unwrap();
        tx.throw_away(&a, later(9)).await.unwrap();
        assert_eq!(tx.trash(later(3), 10).await.unwrap(), [a.clone(), b.clone()]);
        assert_eq!(tx.trash(later(9), 1).await.unwrap(), std::slice::from_ref(&a));
        tx.forget_trash(&a).await.unwrap();
        tx.forget_trash(&a).await.unwrap();
        assert_eq!(tx.trash(later(9), 10).await.unwrap(), [b, c]);
        tx.commit().await.unwrap();
    }
}
