//! The queue: one claim at a time, leases with epochs, no job lost, none done twice.

use std::collections::BTreeSet;

use engine::{Lane, Lease, Store as _};
use store::Database;

use crate::support::{NOW, job, later, on_every_database, read, tenant, write};

/// Jobs that concurrent workers race for.
const N_JOBS: usize = 40;
const N_WORKERS: usize = 8;

on_every_database! {
    async fn a_job_is_claimed_by_one_worker_and_ends_once(store: &Database) {
        let tenant = tenant(store).await;
        let job = job(&tenant.account.id);
        let mut tx = write(store).await;
        tx.insert_job(&job, None, NOW).await.unwrap();
        let claimed = tx.claim_job(Lane::Network, "w1", NOW, later(30)).await.unwrap().unwrap();
        assert_eq!((&claimed.id, &claimed.kind, claimed.epoch), (&job.id, &job.kind, 1));
        assert_eq!(tx.claim_job(Lane::Network, "w2", NOW, later(30)).await.unwrap(), None);
        assert_eq!(tx.unfinished_jobs(&tenant.account.id).await.unwrap(), 1);
        assert_eq!(tx.job_counts().await.unwrap(), [("leased".to_owned(), 1)]);
        assert!(tx.finish_job(&claimed.lease(), None, later(1)).await.unwrap());
        assert!(!tx.finish_job(&claimed.lease(), None, later(1)).await.unwrap());
        assert_eq!(tx.unfinished_jobs(&tenant.account.id).await.unwrap(), 0);
        tx.commit().await.unwrap();
    }

    async fn a_lane_leaves_the_jobs_of_others_alone(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        tx.insert_job(&job(&tenant.account.id), None, NOW).await.unwrap();
        assert_eq!(tx.claim_job(Lane::Media, "w", NOW, later(30)).await.unwrap(), None);
        assert!(tx.claim_job(Lane::Network, "w", NOW, later(30)).await.unwrap().is_some());
        tx.commit().await.unwrap();
    }

    async fn a_job_is_not_claimed_before_its_time(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        tx.insert_job(&job(&tenant.account.id), None, later(10)).await.unwrap();
        assert_eq!(tx.claim_job(Lane::Network, "w", later(9), later(40)).await.unwrap(), None);
        assert!(tx.claim_job(Lane::Network, "w", later(10), later(40)).await.unwrap().is_some());
        tx.commit().await.unwrap();
    }

    async fn who_lost_the_lease_changes_nothing(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        tx.insert_job(&job(&tenant.account.id), None, NOW).await.unwrap();
        let first = tx.claim_job(Lane::Network, "w1", NOW, later(30)).await.unwrap().unwrap();
        assert_eq!(tx.expire_leases(later(30)).await.unwrap(), 0);
        assert_eq!(tx.expire_leases(later(31)).await.unwrap(), 1);
        let second = tx.claim_job(Lane::Network, "w2", later(31), later(60)).await.unwrap().unwrap();
        assert_eq!((second.id.clone(), second.epoch), (first.id.clone(), 2));
        let lost: Lease = first.lease();
        assert!(!tx.extend_lease(&lost, later(99)).await.unwrap());
        assert!(!tx.finish_job(&lost, None, later(32)).await.unwrap());
        assert!(!tx.retry_job(&lost, "e", later(33)).await.unwrap());
        assert!(!tx.release_job(&lost, later(33)).await.unwrap());
        assert!(tx.extend_lease(&second.lease(), later(99)).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_failed_attempt_counts_and_a_released_one_does_not(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        tx.insert_job(&job(&tenant.account.id), None, NOW).await.unwrap();
        let first = tx.claim_job(Lane::Network, "w", NOW, later(30)).await.unwrap().unwrap();
        assert!(tx.release_job(&first.lease(), NOW).await.unwrap());
        let second = tx.claim_job(Lane::Network, "w", NOW, later(30)).await.unwrap().unwrap();
        assert_eq!(second.failed_attempts, 0);
        assert!(tx.retry_job(&second.lease(), "no luck", later(5)).await.unwrap());
        assert_eq!(tx.claim_job(Lane::Network, "w", later(4), later(30)).await.unwrap(), None);
        let third = tx.claim_job(Lane::Network, "w", later(5), later(30)).await.unwrap().unwrap();
        assert_eq!((third.failed_attempts, third.epoch), (1, 3));
        tx.commit().await.unwrap();
    }

    async fn there_is_one_unfinished_job_per_key(store: &Database) {
        let tenant = tenant(store).await;
        let first = job(&tenant.account.id);
        let mut tx = write(store).await;
        tx.insert_job(&first, Some("wav:1"), NOW).await.unwrap();
        assert_eq!(tx.active_job("wav:1").await.unwrap(), Some(first.id.clone()));
        assert!(tx.hold_job(&first.id, NOW).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = write(store).await;
        assert!(tx.insert_job(&job(&tenant.account.id), Some("wav:1"), NOW).await.is_err());
        drop(tx);
        let mut tx = write(store).await;
        let claimed = tx.claim_job(Lane::Network, "w", NOW, later(30)).await.unwrap().unwrap();
        assert!(tx.finish_job(&claimed.lease(), Some("broken"), NOW).await.unwrap());
        assert!(!tx.hold_job(&first.id, NOW).await.unwrap());
        assert_eq!(tx.active_job("wav:1").await.unwrap(), None);
        tx.insert_job(&job(&tenant.account.id), Some("wav:1"), NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn leases_of_a_dead_process_are_void(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        tx.insert_job(&job(&tenant.account.id), None, NOW).await.unwrap();
        tx.claim_job(Lane::Network, "w", NOW, later(3000)).await.unwrap().unwrap();
        assert_eq!(tx.void_leases(NOW).await.unwrap(), 1);
        assert!(tx.claim_job(Lane::Network, "w", NOW, later(30)).await.unwrap().is_some());
        tx.commit().await.unwrap();
    }

    async fn concurrent_workers_share_the_jobs_without_overlap(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        for _ in 0..N_JOBS {
            tx.insert_job(&job(&tenant.account.id), None, NOW).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..N_WORKERS {
            let store = store.clone();
            workers.spawn(async move {
                let mut claimed = Vec::new();
                loop {
                    let mut tx = store.write().await.unwrap();
                    let Some(job) = tx.claim_job(Lane::Network, "w", NOW, later(30)).await.unwrap() else { return claimed };
                    tx.commit().await.unwrap();
                    claimed.push(job.id);
                }
            });
        }
        let claimed: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
        assert_eq!(claimed.len(), N_JOBS);
        assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>().len(), N_JOBS);
        assert_eq!(read(store).await.job_counts().await.unwrap(), [("leased".to_owned(), N_JOBS as i64)]);
    }
}
