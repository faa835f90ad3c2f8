//! Buckets and their files, one by one.

use engine::recognition::{
    AcrId, Bucket, BucketFile, BucketFilter, BucketId, FileId, FileRef, FileState, Reach, UserDefined,
};
use engine::{Page, SystemEntropy, TrackId};
use serde_json::json;
use store::Database;

use crate::rows::{ALL, ODD, a_track, bare_file, bucket, file, stored_bucket};
use crate::support::{later, on_every_database, tenant, write};

fn everything() -> BucketFilter {
    BucketFilter { region: None, search: String::new(), page: ALL }
}

fn ids(files: &[BucketFile]) -> Vec<i64> {
    files.iter().map(|file| file.id.0).collect()
}

/// The same whatever the order was.
fn sorted(mut files: Vec<BucketFile>) -> Vec<BucketFile> {
    files.sort_by_key(|file| file.id);
    files
}

on_every_database! {
    async fn a_bucket_reads_back_as_it_was_written(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let buckets = [
            bucket(&account, 1),
            Bucket { reach: Reach::Online, labels: Vec::new(), metadata_template: None, ..bucket(&account, 2) },
            Bucket { reach: Reach::Offline, metadata_template: Some(String::new()), ..bucket(&account, i64::MAX) },
        ];
        let mut tx = write(store).await;
        for bucket in buckets.iter().rev() {
            tx.insert_bucket(bucket).await.unwrap();
            assert_eq!(tx.bucket(&account, bucket.id).await.unwrap().unwrap(), *bucket);
            assert_eq!(tx.lock_bucket(&account, bucket.id).await.unwrap().unwrap(), *bucket);
            assert_eq!(tx.bucket(&stranger, bucket.id).await.unwrap(), None);
            assert_eq!(tx.lock_bucket(&stranger, bucket.id).await.unwrap(), None);
        }
        assert_eq!(tx.buckets(&account, &everything()).await.unwrap(), buckets);
        assert_eq!(tx.buckets(&stranger, &everything()).await.unwrap(), []);
        assert!(!tx.delete_bucket(&stranger, BucketId(1)).await.unwrap());
        assert!(tx.delete_bucket(&account, BucketId(1)).await.unwrap());
        assert!(!tx.delete_bucket(&account, BucketId(1)).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_bucket_changes_and_counts(store: &Database) {
        let account = tenant(store).await.account.id;
        let first = stored_bucket(store, &account).await;
        let mut tx = write(store).await;
        tx.count_in_bucket(first.id, 5, 3, 2).await.unwrap();
        tx.count_in_bucket(first.id, -1, 0, -1).await.unwrap();
        let changed = Bucket {
            name: "n".to_owned(),
            labels: vec!["l".to_owned()],
            metadata_template: None,
            n_files: 99,
            updated_at: later(9),
            ..first
        };
        tx.update_bucket(&changed).await.unwrap();
        let found = tx.bucket(&account, changed.id).await.unwrap().unwrap();
        assert_eq!(found, Bucket { n_files: 4, n_ready: 3, n_failed: 1, ..changed });
        tx.commit().await.unwrap();
    }

    async fn buckets_are_filtered(store: &Database) {
        let account = tenant(store).await.account.id;
        let mut tx = write(store).await;
        for (id, name, region) in [(1, "ÄRZTE", "eu"), (2, "a_b", "eu"), (3, "100%", "us"), (4, "ΟΔΟΣΑ", "us")] {
            let bucket = Bucket { name: name.to_owned(), region: region.to_owned(), ..bucket(&account, id) };
            tx.insert_bucket(&bucket).await.unwrap();
        }
        for (search, region, expected) in [
            ("", None, vec![1, 2, 3, 4]), ("ärz", None, vec![1]), ("_", None, vec![2]), ("0%", None, vec![3]),
            ("\\", None, vec![]), ("ΟΔΟΣ", None, vec![4]), ("οδος", None, vec![4]), ("", Some("us"), vec![3, 4]),
            ("ä", Some("us"), vec![]), ("", Some(""), vec![]),
        ] {
            let filter = BucketFilter { search: search.to_owned(), region: region.map(str::to_owned), ..everything() };
            let found = tx.buckets(&account, &filter).await.unwrap();
            assert_eq!(found.iter().map(|found| found.id.0).collect::<Vec<_>>(), expected, "{filter:?}");
            assert_eq!(tx.count_buckets(&account, &filter).await.unwrap(), expected.len() as i64, "{filter:?}");
        }
        let page = BucketFilter { page: Page { limit: 2, offset: 3 }, ..everything() };
        assert_eq!(tx.buckets(&account, &page).await.unwrap()[0].id, BucketId(4));
        assert_eq!(tx.count_buckets(&account, &page).await.unwrap(), 4);
        tx.commit().await.unwrap();
    }

    async fn a_bucket_with_files_stays(store: &Database) {
        let account = tenant(store).await.account.id;
        let bucket = stored_bucket(store, &account).await;
        let mut tx = write(store).await;
        tx.insert_file(&file(&bucket, 1)).await.unwrap();
        assert!(tx.delete_bucket(&account, bucket.id).await.is_err());
    }

    async fn a_file_reads_back_as_it_was_written(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let (here, there) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let long = BucketFile {
            title: "語".repeat(1000),
            audio_id: "語".repeat(1000),
            user_defined: UserDefined(serde_json::Map::from_iter([("isrc".to_owned(), json!("x".repeat(60_000)))])),
            ..file(&here, 3)
        };
        let mut tx = write(store).await;
        for file in [&file(&here, 1), &bare_file(&here, 2, ""), &long, &file(&here, i64::MAX)] {
            tx.insert_file(file).await.unwrap();
            for named in [FileRef::Id(file.id), FileRef::Acr(file.acr_id.clone())] {
                assert_eq!(tx.file(&account, &named).await.unwrap().as_ref(), Some(file));
                assert_eq!(tx.file(&stranger, &named).await.unwrap(), None);
            }
            assert_eq!(tx.any_file(file.id).await.unwrap().as_ref(), Some(file));
        }
        for state in [FileState::Failed, FileState::Processing, FileState::Ready] {
            let changed = BucketFile {
                bucket_id: there.id,
                acr_id: AcrId::random(&SystemEntropy),
                state,
                failure: ODD.to_owned(),
                title: "t".to_owned(),
                audio_id: "a".to_owned(),
                duration_us: 0,
                user_defined: UserDefined::default(),
                track_id: a_track(),
                fingerprint: None,
                updated_at: later(9),
                ..file(&here, 1)
            };
            tx.update_file(&changed).await.unwrap();
            assert_eq!(tx.any_file(FileId(1)).await.unwrap().unwrap(), changed);
        }
        assert_eq!(tx.any_file(FileId(99)).await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn files_are_found_by_up_to_a_thousand_names(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let (here, there) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let foreign = file(&stored_bucket(store, &stranger).await, 9);
        let (a, b, c) = (file(&here, 1), file(&there, 2), file(&here, 3));
        let mut tx = write(store).await;
        for file in [&a, &b, &c, &foreign] {
            tx.insert_file(file).await.unwrap();
        }
        let mut refs: Vec<FileRef> = (100..1095).map(|id| FileRef::Id(FileId(id))).collect();
        refs.extend([FileRef::Id(a.id), FileRef::Acr(b.acr_id.clone()), FileRef::Acr(a.acr_id.clone())]);
        refs.extend([FileRef::Id(foreign.id), FileRef::Acr(foreign.acr_id.clone())]);
        assert_eq!(sorted(tx.files_by_refs(&account, &refs).await.unwrap()), [a.clone(), b.clone()]);
        assert_eq!(tx.files_by_refs(&account, &[]).await.unwrap(), []);
        let numbers: Vec<FileId> = (1..=1000).map(FileId).collect();
        let mut deleted = tx.delete_files(&account, &numbers).await.unwrap();
        deleted.sort_unstable();
        assert_eq!(deleted, [a.id, b.id, c.id]);
        assert_eq!(tx.delete_files(&account, &numbers).await.unwrap(), []);
        assert_eq!(tx.delete_files(&account, &[]).await.unwrap(), []);
        assert_eq!(tx.any_file(foreign.id).await.unwrap(), Some(foreign));
        tx.commit().await.unwrap();
    }

    async fn an_audio_id_means_the_newest_file_with_a_track(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let bucket = stored_bucket(store, &account).await;
        let long = "ω".repeat(1000);
        let named = |id, audio_id: &str, track_id: Option<TrackId>| BucketFile {
            audio_id: audio_id.to_owned(), track_id, ..bare_file(&bucket, id, "t")
        };
        let mut tx = write(store).await;
        for file in [
            named(1, "x", a_track()), named(2, "x", a_track()), named(3, "x", None), named(4, "", a_track()),
            named(5, "X", None), named(6, &long, a_track()), named(7, &"ω".repeat(999), a_track()),
        ] {
            tx.insert_file(&file).await.unwrap();
        }
        for (audio_id, expected) in [("x", Some(2)), ("X", None), ("", None), ("y", None), (long.as_str(), Some(6))] {
            let found = tx.file_by_audio_id(&account, audio_id).await.unwrap();
            assert_eq!(found.map(|found| found.id.0), expected, "{audio_id}");
        }
        assert_eq!(tx.file_by_audio_id(&stranger, "x").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn files_are_found_by_isrc(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let (here, there) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let coded = |bucket, id, isrc: serde_json::Value| BucketFile {
            user_defined: UserDefined(serde_json::Map::from_iter([("isrc".to_owned(), isrc)])),
            ..bare_file(bucket, id, "t")
        };
        let mut changed = coded(&here, 4, json!("GBAYE0601498"));
        let mut tx = write(store).await;
        for file in [
            coded(&there, 3, json!("usrc17607839")), coded(&here, 1, json!("USRC17607839")), changed.clone(),
            coded(&here, 5, json!(12)), coded(&here, 6, json!(["USRC17607839"])), bare_file(&here, 7, "t"),
        ] {
            tx.insert_file(&file).await.unwrap();
        }
        let found = tx.files_by_isrc(&account, "UsRc17607839", 10).await.unwrap();
        assert_eq!(ids(&found), [1, 3], "oldest first, in every bucket");
        assert_eq!(ids(&tx.files_by_isrc(&account, "UsRc17607839", 1).await.unwrap()), [1]);
        assert_eq!(ids(&tx.files_by_isrc(&account, "12", 10).await.unwrap()), [5]);
        assert_eq!(tx.files_by_isrc(&account, "", 10).await.unwrap(), []);
        assert_eq!(tx.files_by_isrc(&stranger, "USRC17607839", 10).await.unwrap(), []);
        changed.user_defined = UserDefined::default();
        tx.update_file(&changed).await.unwrap();
        assert_eq!(tx.files_by_isrc(&account, "GBAYE0601498", 10).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    async fn files_after_one_are_in_order(store: &Database) {
        let account = tenant(store).await.account.id;
        let (here, there) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let mut tx = write(store).await;
        for id in [4, 1, 3] {
            tx.insert_file(&file(&here, id)).await.unwrap();
        }
        tx.insert_file(&file(&there, 2)).await.unwrap();
        assert_eq!(ids(&tx.files_after(here.id, FileId(0), 10).await.unwrap()), [1, 3, 4]);
        assert_eq!(ids(&tx.files_after(here.id, FileId(1), 1).await.unwrap()), [3]);
        assert_eq!(tx.files_after(here.id, FileId(4), 10).await.unwrap(), []);
        tx.commit().await.unwrap();
    }
}
