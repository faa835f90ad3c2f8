//! Projects and their usage, deduplicated collections, offline databases.

use engine::recognition::{
    BucketId, BuildState, DayUsage, DedupEntry, OfflineDb, OfflineDbId, Project, ProjectFilter, ProjectId,
};
use engine::{BlobKey, JobId, Page, SystemEntropy};
use store::Database;

use crate::rows::{ALL, ODD, dedup, offline_db, project, stored_bucket};
use crate::support::{later, on_every_database, tenant, write};

fn everything() -> ProjectFilter {
    ProjectFilter { region: None, kind: None, page: ALL }
}

fn day(day: &str, n_hits: i64, n_misses: i64) -> DayUsage {
    DayUsage { day: day.to_owned(), n_hits, n_misses }
}

on_every_database! {
    async fn a_project_reads_back_as_it_was_written(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let full = project(&account, 1);
        let bare = Project {
            external_ids: Vec::new(),
            bucket_ids: Vec::new(),
            sealed_secret: Vec::new(),
            day_limit: 0,
            total_limit: 0,
            ..project(&account, 2)
        };
        let mut tx = write(store).await;
        for project in [&full, &bare] {
            tx.insert_project(project).await.unwrap();
            assert_eq!(tx.project(&account, project.id).await.unwrap().unwrap(), *project);
            assert_eq!(tx.project(&stranger, project.id).await.unwrap(), None);
            assert_eq!(tx.project_by_key(&project.access_key).await.unwrap().unwrap(), *project);
        }
        assert_eq!(tx.project_by_key("other").await.unwrap(), None);
        assert_eq!(tx.projects(&stranger, &everything()).await.unwrap(), []);
        let changed = Project {
            name: "n".to_owned(),
            audio_type: "recorded".to_owned(),
            external_ids: vec!["isrc".to_owned()],
            day_limit: 1,
            total_limit: 2,
            bucket_ids: vec![BucketId(5)],
            updated_at: later(9),
            ..full
        };
        tx.update_project(&changed).await.unwrap();
        assert_eq!(tx.projects(&account, &everything()).await.unwrap(), [changed, bare]);
        tx.commit().await.unwrap();
    }

    async fn an_access_key_belongs_to_one_project(store: &Database) {
        let account = tenant(store).await.account.id;
        let one = project(&account, 1);
        let mut tx = write(store).await;
        tx.insert_project(&one).await.unwrap();
        assert!(tx.insert_project(&Project { id: ProjectId(2), ..one }).await.is_err());
    }

    async fn projects_are_filtered(store: &Database) {
        let account = tenant(store).await.account.id;
        let mut tx = write(store).await;
        for (id, region, kind) in [(1, "eu", "AVR"), (2, "eu", "LCD"), (3, "us", "AVR")] {
            let project = Project { region: region.to_owned(), kind: kind.to_owned(), ..project(&account, id) };
            tx.insert_project(&project).await.unwrap();
        }
        for (region, kind, expected) in [
            (None, None, vec![1, 2, 3]), (Some("eu"), None, vec![1, 2]), (None, Some("AVR"), vec![1, 3]),
            (Some("us"), Some("LCD"), vec![]), (Some(""), None, vec![]),
        ] {
            let filter =
                ProjectFilter { region: region.map(str::to_owned), kind: kind.map(str::to_owned), ..everything() };
            let found = tx.projects(&account, &filter).await.unwrap();
            assert_eq!(found.iter().map(|found| found.id.0).collect::<Vec<_>>(), expected, "{filter:?}");
            assert_eq!(tx.count_projects(&account, &filter).await.unwrap(), expected.len() as i64, "{filter:?}");
        }
        let page = ProjectFilter { page: Page { limit: 1, offset: 2 }, ..everything() };
        assert_eq!(tx.projects(&account, &page).await.unwrap()[0].id, ProjectId(3));
        tx.commit().await.unwrap();
    }

    async fn usage_is_summed_by_day_and_goes_with_its_project(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let (one, other) = (project(&account, 1), project(&account, 2));
        let mut tx = write(store).await;
        tx.insert_project(&one).await.unwrap();
        tx.insert_project(&other).await.unwrap();
        assert_eq!(tx.usage_totals(one.id, "2026-01-02").await.unwrap(), (0, 0));
        for usage in [day("2026-01-02", 1, 0), day("2026-01-01", 5, 7), day("2026-01-02", 2, 3)] {
            tx.add_usage(one.id, &usage).await.unwrap();
        }
        tx.add_usage(other.id, &day("2026-01-02", 100, 0)).await.unwrap();
        tx.add_usage(ProjectId(99), &day("2026-01-02", 1, 0)).await.unwrap();
        assert_eq!(tx.usage_totals(ProjectId(99), "2026-01-02").await.unwrap(), (0, 0), "there is no such project");
        assert_eq!(tx.usage_totals(one.id, "2026-01-02").await.unwrap(), (6, 18));
        assert_eq!(tx.usage_totals(one.id, "2026-01-03").await.unwrap(), (0, 18));
        let (first, second) = (day("2026-01-01", 5, 7), day("2026-01-02", 3, 3));
        let all = tx.usage(one.id, "2026-01-01", "2026-01-02", 10).await.unwrap();
        assert_eq!(all, [first.clone(), second.clone()]);
        assert_eq!(tx.usage(one.id, "2026-01-01", "2026-01-31", 1).await.unwrap(), [first]);
        assert_eq!(tx.usage(one.id, "2026-01-02", "2026-01-31", 9).await.unwrap(), [second]);
        assert!(!tx.delete_project(&stranger, one.id).await.unwrap());
        assert_eq!(tx.usage_totals(one.id, "2026-01-02").await.unwrap(), (6, 18));
        assert!(tx.delete_project(&account, one.id).await.unwrap());
        assert!(!tx.delete_project(&account, one.id).await.unwrap());
        assert_eq!(tx.usage_totals(one.id, "2026-01-02").await.unwrap(), (0, 0));
        assert_eq!(tx.usage_totals(other.id, "2026-01-02").await.unwrap(), (100, 100));
        tx.commit().await.unwrap();
    }

    async fn a_sound_is_found_by_number_then_by_sound_then_by_its_callers_id(store: &Database) {
        let account = tenant(store).await.account.id;
        let (bucket, other) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let long = "語".repeat(1000);
        let (a, b, c, d) =
            (dedup(&bucket, 1, "2"), dedup(&bucket, 2, ODD), dedup(&bucket, 3, ODD), dedup(&bucket, 4, &long));
        let named_as_sound = dedup(&bucket, 5, a.acr_id.as_str());
        let mut tx = write(store).await;
        for entry in [&a, &b, &c, &d, &named_as_sound] {
            tx.insert_dedup(entry).await.unwrap();
        }
        let hyphened = a.acr_id.track_id().to_string().to_uppercase();
        for (id, expected) in [
            ("2", &b), ("002", &b), (a.acr_id.as_str(), &a), (hyphened.as_str(), &a), (ODD, &b), (long.as_str(), &d),
        ] {
            assert_eq!(tx.dedup(bucket.id, id).await.unwrap().as_ref(), Some(expected), "{id}");
            assert_eq!(tx.dedup(other.id, id).await.unwrap(), None, "{id}");
        }
        for id in ["", "9", "-1", "+2", "99999999999999999999", "语", &"語".repeat(999)] {
            assert_eq!(tx.dedup(bucket.id, id).await.unwrap(), None, "{id}");
        }
        tx.commit().await.unwrap();
    }

    async fn sounds_are_listed_counted_and_removed(store: &Database) {
        let account = tenant(store).await.account.id;
        let (bucket, other) = (stored_bucket(store, &account).await, stored_bucket(store, &account).await);
        let entries: Vec<DedupEntry> = (1..=3).map(|id| dedup(&bucket, id, "x")).collect();
        let mut tx = write(store).await;
        for entry in entries.iter().rev() {
            tx.insert_dedup(entry).await.unwrap();
        }
        assert_eq!(tx.dedups(bucket.id, ALL).await.unwrap(), entries);
        assert_eq!(tx.dedups(bucket.id, Page { limit: 1, offset: 2 }).await.unwrap(), entries[2..]);
        assert_eq!(tx.dedups(other.id, ALL).await.unwrap(), []);
        assert_eq!(tx.count_dedups(bucket.id).await.unwrap(), 3);
        assert!(tx.delete_dedup(&entries[1]).await.unwrap());
        assert!(!tx.delete_dedup(&entries[1]).await.unwrap());
        assert_eq!(tx.count_dedups(bucket.id).await.unwrap(), 2);
        tx.commit().await.unwrap();
    }

    async fn an_offline_database_reads_back_as_it_was_written(store: &Database) {
        let (account, stranger) = (tenant(store).await.account.id, tenant(store).await.account.id);
        let (one, other) = (offline_db(&account, 1), offline_db(&account, 2));
        let mut tx = write(store).await;
        for db in [&one, &other] {
            tx.insert_offline_db(db).await.unwrap();
            assert_eq!(tx.offline_db(&account, db.id).await.unwrap().unwrap(), *db);
            assert_eq!(tx.linked_offline_db(db.id).await.unwrap().unwrap(), *db);
            assert_eq!(tx.offline_db(&stranger, db.id).await.unwrap(), None);
        }
        assert_eq!(tx.linked_offline_db(OfflineDbId(9)).await.unwrap(), None);
        assert_eq!(tx.offline_dbs(&stranger, ALL).await.unwrap(), []);
        for state in [BuildState::Failed, BuildState::Ready] {
            let changed = OfflineDb {
                name: "n".to_owned(),
                audio_type: "recorded".to_owned(),
                bucket_ids: Vec::new(),
                state,
                failure: ODD.to_owned(),
                job_id: JobId::random(&SystemEntropy),
                blob: Some(BlobKey::from_text("outputs/1.db")),
                n_bytes: i64::MAX,
                n_files: 7,
                updated_at: later(9),
                ..one.clone()
            };
            tx.update_offline_db(&changed).await.unwrap();
            assert_eq!(tx.offline_dbs(&account, ALL).await.unwrap(), [changed, other.clone()]);
        }
        assert_eq!(tx.offline_dbs(&account, Page { limit: 1, offset: 1 }).await.unwrap(), [other]);
        assert_eq!(tx.count_offline_dbs(&account).await.unwrap(), 2);
        assert!(!tx.delete_offline_db(&stranger, one.id).await.unwrap());
        assert!(tx.delete_offline_db(&account, one.id).await.unwrap());
        assert!(!tx.delete_offline_db(&account, one.id).await.unwrap());
        assert_eq!(tx.count_offline_dbs(&account).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}
