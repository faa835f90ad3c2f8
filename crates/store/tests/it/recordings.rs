//! Containers, recordings, uploads to pre-made addresses, and what of them keeps stored originals from being swept.

use engine::recognition::{
    BucketId, Container, ContainerFilter, ContainerId, Scan, ScanFilter, ScanId, ScanPolicy, ScanState, Sequence,
};
use engine::{BlobKey, JobId, Page, SystemEntropy};
use store::Database;

use crate::rows::{ALL, container, held_upload, number, scan, span, stored_container};
use crate::support::{NOW, asset, later, on_every_database, tenant, write};

fn everything() -> ContainerFilter {
    ContainerFilter { region: None, name: String::new(), page: ALL }
}

fn every_scan() -> ScanFilter {
    ScanFilter { search: String::new(), state: None, page: ALL }
}

on_every_database! {
    async fn a_container_reads_back_as_it_was_written(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let full = container(&account, number(store, Sequence::Container).await);
        let bare = Container {
            id: ContainerId(number(store, Sequence::Container).await),
            policy: ScanPolicy::default(),
            callback_url: None,
            options: serde_json::Map::new(),
            bucket_ids: Vec::new(),
            ..full.clone()
        };
        let mut tx = write(store).await;
        for container in [&full, &bare] {
            tx.insert_container(container).await.unwrap();
            assert_eq!(tx.container(&account, container.id).await.unwrap().unwrap(), *container);
            assert_eq!(tx.lock_container(&account, container.id).await.unwrap().unwrap(), *container);
            assert_eq!(tx.container(&stranger, container.id).await.unwrap(), None);
            assert_eq!(tx.lock_container(&stranger, container.id).await.unwrap(), None);
        }
        assert_eq!(tx.containers(&account, &everything()).await.unwrap(), [full, bare]);
        assert_eq!(tx.containers(&stranger, &everything()).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    async fn a_container_changes_but_for_its_counts(store: &Database) {
        let account = tenant(store).await.account.id;
        let mut container = stored_container(store, &account).await;
        let mut tx = write(store).await;
        tx.count_in_container(container.id, 2, 10).await.unwrap();
        tx.count_in_container(container.id, -1, -3).await.unwrap();
        container = Container {
            name: "n".to_owned(),
            audio_type: "linein".to_owned(),
            engine: 1,
            policy: ScanPolicy::default(),
            callback_url: None,
            options: serde_json::Map::new(),
            bucket_ids: vec![BucketId(8)],
            n_scans: 99,
            n_bytes: 99,
            updated_at: later(9),
            ..container
        };
        tx.update_container(&container).await.unwrap();
        let found = tx.container(&account, container.id).await.unwrap().unwrap();
        assert_eq!(found, Container { n_scans: 1, n_bytes: 7, ..container });
        tx.commit().await.unwrap();
    }

    async fn containers_are_filtered(store: &Database) {
        let account = tenant(store).await.account.id;
        let mut tx = write(store).await;
        for (id, name, region) in [(1, "Radio ÄÖ", "eu"), (2, "radio_2", "eu"), (3, "TV", "us")] {
            let container = Container { name: name.to_owned(), region: region.to_owned(), ..container(&account, id) };
            tx.insert_container(&container).await.unwrap();
        }
        for (name, region, expected) in [
            ("RADIO", None, vec![1, 2]), ("äö", None, vec![1]), ("_", None, vec![2]), ("", Some("us"), vec![3]),
            ("radio", Some("us"), vec![]), ("", Some(""), vec![]), ("%", None, vec![]),
        ] {
            let filter = ContainerFilter { name: name.to_owned(), region: region.map(str::to_owned), ..everything() };
            let found = tx.containers(&account, &filter).await.unwrap();
            assert_eq!(found.iter().map(|found| found.id.0).collect::<Vec<_>>(), expected, "{filter:?}");
            assert_eq!(tx.count_containers(&account, &filter).await.unwrap(), expected.len() as i64, "{filter:?}");
        }
        let page = ContainerFilter { page: Page { limit: 1, offset: 1 }, ..everything() };
        assert_eq!(tx.containers(&account, &page).await.unwrap()[0].id, ContainerId(2));
        assert_eq!(tx.count_containers(&account, &page).await.unwrap(), 3);
        tx.commit().await.unwrap();
    }

    async fn a_container_goes_with_its_uploads(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let container = stored_container(store, &account).await;
        let mut tx = write(store).await;
        tx.insert_held_upload(&held_upload(&container, "k")).await.unwrap();
        assert!(!tx.delete_container(&stranger, container.id).await.unwrap());
        assert!(tx.held_upload("k").await.unwrap().is_some());
        assert!(tx.delete_container(&account, container.id).await.unwrap());
        assert!(!tx.delete_container(&account, container.id).await.unwrap());
        assert_eq!(tx.held_upload("k").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn a_scan_reads_back_as_it_was_written(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let container = stored_container(store, &account).await;
        let asset = asset();
        let mut scan = scan(&container, 0);
        let mut tx = write(store).await;
        tx.touch_asset(&asset).await.unwrap();
        tx.insert_scan(&scan).await.unwrap();
        assert_eq!(tx.scan(&account, &scan.id).await.unwrap().unwrap(), scan);
        assert_eq!(tx.scan(&stranger, &scan.id).await.unwrap(), None);
        scan = Scan {
            state: ScanState::Found,
            progress: 100,
            failure: "é".to_owned(),
            duration_ms: i64::MAX,
            asset_id: Some(asset.id.clone()),
            fingerprint: Some(BlobKey::from_text("fingerprints/1")),
            spans: vec![span(), span()],
            job_id: JobId::random(&SystemEntropy),
            n_bytes: 9,
            updated_at: later(9),
            ..scan
        };
        tx.update_scan(&scan).await.unwrap();
        assert_eq!(tx.scan(&account, &scan.id).await.unwrap().unwrap(), scan);
        tx.commit().await.unwrap();
    }

    async fn every_state_of_a_scan_is_kept_and_only_one_makes_progress(store: &Database) {
        let account = tenant(store).await.account.id;
        let container = stored_container(store, &account).await;
        let mut tx = write(store).await;
        for state in [
            ScanState::Processing, ScanState::Found, ScanState::NothingFound, ScanState::BadSource, ScanState::Failed,
        ] {
            let scan = Scan { state, ..scan(&container, 0) };
            tx.insert_scan(&scan).await.unwrap();
            tx.set_scan_progress(&scan.id, 50).await.unwrap();
            let found = tx.scan(&account, &scan.id).await.unwrap().unwrap();
            assert_eq!(found.state, state);
            assert_eq!(found.progress, if state == ScanState::Processing { 50 } else { 0 }, "{state:?}");
        }
        tx.commit().await.unwrap();
    }

    async fn scans_are_listed_newest_first_and_filtered(store: &Database) {
        let account = tenant(store).await.account.id;
        let (container, other) = (stored_container(store, &account).await, stored_container(store, &account).await);
        let named = |n_seconds, name: &str, uri: &str, state| Scan {
            name: name.to_owned(), uri: uri.to_owned(), state, ..scan(&container, n_seconds)
        };
        let a = named(1, "Morgen ÄÖ", "audio:a_b.mp3", ScanState::Found);
        let b = named(2, "evening", "url:100%", ScanState::Failed);
        let c = named(3, "MORGEN 2", "x", ScanState::Found);
        let mut tx = write(store).await;
        for scan in [&b, &c, &a, &scan(&other, 9)] {
            tx.insert_scan(scan).await.unwrap();
        }
        for (search, state, expected) in [
            ("", None, vec![&c, &b, &a]), ("morgen", None, vec![&c, &a]), ("äö", None, vec![&a]),
            ("_", None, vec![&a]), ("%", None, vec![&b]), ("AUDIO:", None, vec![&a]),
            ("", Some(ScanState::Found), vec![&c, &a]), ("evening", Some(ScanState::Found), vec![]),
        ] {
            let filter = ScanFilter { search: search.to_owned(), state, ..every_scan() };
            let found = tx.scans(container.id, &filter).await.unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
            assert_eq!(tx.count_scans(container.id, &filter).await.unwrap(), expected.len() as i64, "{filter:?}");
        }
        let page = ScanFilter { page: Page { limit: 1, offset: 1 }, ..every_scan() };
        assert_eq!(tx.scans(container.id, &page).await.unwrap(), [b]);
        tx.commit().await.unwrap();
    }

    async fn scans_are_found_and_removed_in_their_container_only(store: &Database) {
        let account = tenant(store).await.account.id;
        let (container, other) = (stored_container(store, &account).await, stored_container(store, &account).await);
        let (one, elsewhere) = (scan(&container, 0), scan(&other, 0));
        let unknown = ScanId::from_text("' OR 1=1 --\"");
        let mut ids: Vec<ScanId> = (0..997).map(|_| ScanId::random(&SystemEntropy)).collect();
        ids.extend([one.id.clone(), elsewhere.id.clone(), unknown.clone()]);
        let mut tx = write(store).await;
        tx.insert_scan(&one).await.unwrap();
        tx.insert_scan(&elsewhere).await.unwrap();
        assert_eq!(tx.scans_by_ids(container.id, &ids).await.unwrap(), std::slice::from_ref(&one));
        assert_eq!(tx.scans_by_ids(container.id, &[]).await.unwrap(), []);
        assert_eq!(tx.delete_scan(container.id, &elsewhere.id).await.unwrap(), None);
        assert_eq!(tx.delete_scan(container.id, &one.id).await.unwrap().unwrap(), one);
        assert_eq!(tx.delete_scan(container.id, &one.id).await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn an_upload_is_held_taken_once_or_forgotten(store: &Database) {
        let account = tenant(store).await.account.id;
        let container = stored_container(store, &account).await;
        let asset = asset();
        let mut upload = held_upload(&container, "k1");
        let mut tx = write(store).await;
        tx.touch_asset(&asset).await.unwrap();
        assert!(!tx.set_held_file(&upload).await.unwrap());
        tx.insert_held_upload(&upload).await.unwrap();
        tx.insert_held_upload(&held_upload(&container, "k2")).await.unwrap();
        assert_eq!(tx.held_upload("k1").await.unwrap().unwrap(), upload);
        (upload.asset_id, upload.n_bytes) = (Some(asset.id.clone()), 5);
        assert!(tx.set_held_file(&upload).await.unwrap());
        assert_eq!(tx.take_held_upload("k1").await.unwrap().unwrap(), upload);
        assert_eq!(tx.take_held_upload("k1").await.unwrap(), None);
        assert_eq!(tx.forget_held_uploads(later(10)).await.unwrap(), 0);
        assert_eq!(tx.forget_held_uploads(later(11)).await.unwrap(), 1);
        assert_eq!(tx.held_upload("k2").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn assets_of_scans_and_held_uploads_are_not_swept(store: &Database) {
        let account = tenant(store).await.account.id;
        let container = stored_container(store, &account).await;
        let (scanned, held) = (asset(), asset());
        let mut scan = Scan { asset_id: Some(scanned.id.clone()), ..scan(&container, 0) };
        let mut upload = held_upload(&container, "k");
        upload.asset_id = Some(held.id.clone());
        let mut tx = write(store).await;
        tx.touch_asset(&scanned).await.unwrap();
        tx.touch_asset(&held).await.unwrap();
        tx.insert_scan(&scan).await.unwrap();
        tx.insert_held_upload(&upload).await.unwrap();
        assert_eq!(tx.unused_assets(later(1), 10).await.unwrap(), []);
        for id in [&scanned.id, &held.id] {
            assert!(!tx.delete_unused_asset(id, later(1)).await.unwrap());
        }
        scan.asset_id = None;
        tx.update_scan(&scan).await.unwrap();
        assert_eq!(tx.unused_assets(later(1), 10).await.unwrap(), std::slice::from_ref(&scanned.id));
        tx.take_held_upload("k").await.unwrap();
        assert_eq!(tx.unused_assets(NOW, 10).await.unwrap(), []);
        for id in [&scanned.id, &held.id] {
            assert!(tx.delete_unused_asset(id, later(1)).await.unwrap());
        }
        tx.commit().await.unwrap();
    }
}
