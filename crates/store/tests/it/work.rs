//! Assets, tracks, videos, tasks.

use engine::{
    BlobKey, Door, Failure, FailureCode, JobId, Operation, Outcome, Page, SystemEntropy, TaskFilter, TaskId, Timestamp,
    Track, TrackId, Video, VideoId, VideoState,
};
use store::Database;

use crate::support::{NOW, Tenant, asset, later, on_every_database, read, task, tenant, track, write};

fn everything() -> TaskFilter {
    TaskFilter {
        door: Door::Producer,
        application_id: None,
        operation: None,
        created_min: Timestamp::from_micros(0),
        created_max: later(1000),
        page: Page { limit: 10, offset: 0 },
    }
}

fn video(tenant: &Tenant, track: &Track) -> Video {
    Video {
        id: VideoId::random(&SystemEntropy),
        account_id: tenant.account.id.clone(),
        track_id: track.id.clone(),
        recipe: "r".to_owned(),
        state: VideoState::Queued,
        job_id: JobId::random(&SystemEntropy),
        progress: 0,
        blob: None,
        n_bytes: 0,
        duration_ms: 1500,
        created_at: NOW,
        updated_at: NOW,
    }
}

on_every_database! {
    async fn a_track_belongs_to_its_account(store: &Database) {
        let (one, other) = (tenant(store).await, tenant(store).await);
        let asset = asset();
        let track = track(&one.account.id, &asset);
        let mut tx = write(store).await;
        tx.touch_asset(&asset).await.unwrap();
        tx.insert_track(&track).await.unwrap();
        assert_eq!(tx.track(&one.account.id, &track.id).await.unwrap().unwrap(), track);
        assert_eq!(tx.track(&other.account.id, &track.id).await.unwrap(), None);
        assert_eq!(tx.lock_track(&other.account.id, &track.id, NOW).await.unwrap(), None);
        assert_eq!(tx.lock_track(&one.account.id, &track.id, NOW).await.unwrap().unwrap(), track);
        assert_eq!(tx.tracks(&other.account.id, Page { limit: 9, offset: 0 }).await.unwrap(), []);
        let wav = BlobKey::output(&JobId::random(&SystemEntropy), 1, "wav");
        tx.set_track_wav(&track.id, &wav, NOW).await.unwrap();
        assert_eq!(tx.linked_track(&track.id).await.unwrap().unwrap().wav, Some(wav));
        tx.commit().await.unwrap();
    }

    async fn only_assets_that_nobody_wants_are_swept(store: &Database) {
        let tenant = tenant(store).await;
        let (used, unused) = (asset(), asset());
        let mut tx = write(store).await;
        tx.touch_asset(&used).await.unwrap();
        tx.touch_asset(&unused).await.unwrap();
        tx.insert_track(&track(&tenant.account.id, &used)).await.unwrap();
        assert_eq!(tx.unused_assets(NOW, 10).await.unwrap(), []);
        assert_eq!(tx.unused_assets(later(1), 10).await.unwrap(), std::slice::from_ref(&unused.id));
        assert!(!tx.delete_unused_asset(&used.id, later(1)).await.unwrap());
        tx.touch_asset(&engine::Asset { created_at: later(5), ..unused.clone() }).await.unwrap();
        assert!(!tx.delete_unused_asset(&unused.id, later(1)).await.unwrap());
        assert!(tx.delete_unused_asset(&unused.id, later(6)).await.unwrap());
        assert_eq!(tx.asset(&unused.id).await.unwrap(), None);
        assert_eq!(tx.asset(&used.id).await.unwrap(), Some(used));
        tx.commit().await.unwrap();
    }

    async fn a_track_goes_unless_a_video_shows_it(store: &Database) {
        let (tenant, stranger) = (tenant(store).await, tenant(store).await);
        let asset = asset();
        let (filmed, plain) = (track(&tenant.account.id, &asset), track(&tenant.account.id, &asset));
        let mut tx = write(store).await;
        tx.touch_asset(&asset).await.unwrap();
        tx.insert_track(&filmed).await.unwrap();
        tx.insert_track(&plain).await.unwrap();
        tx.insert_video(&video(&tenant, &filmed)).await.unwrap();
        assert!(!tx.delete_unused_track(&stranger.account.id, &plain.id).await.unwrap());
        assert!(!tx.delete_unused_track(&tenant.account.id, &filmed.id).await.unwrap());
        assert!(tx.delete_unused_track(&tenant.account.id, &plain.id).await.unwrap());
        assert!(!tx.delete_unused_track(&tenant.account.id, &plain.id).await.unwrap());
        assert_eq!(tx.track(&tenant.account.id, &plain.id).await.unwrap(), None);
        assert_eq!(tx.track(&tenant.account.id, &filmed.id).await.unwrap(), Some(filmed));
        tx.commit().await.unwrap();
    }

    async fn a_video_keeps_its_state(store: &Database) {
        let (tenant, stranger) = (tenant(store).await, tenant(store).await);
        let asset = asset();
        let track = track(&tenant.account.id, &asset);
        let mut video = video(&tenant, &track);
        let mut tx = write(store).await;
        tx.touch_asset(&asset).await.unwrap();
        tx.insert_track(&track).await.unwrap();
        tx.insert_video(&video).await.unwrap();
        tx.set_video_progress(&video.id, 50, NOW).await.unwrap();
        assert_eq!(tx.video(&tenant.account.id, &video.id).await.unwrap().unwrap(), video, "not running yet");
        video.state = VideoState::Running;
        tx.update_video(&video).await.unwrap();
        tx.set_video_progress(&video.id, 50, NOW).await.unwrap();
        video.progress = 50;
        assert_eq!(tx.linked_video(&video.id).await.unwrap().unwrap(), video);
        assert_eq!(tx.video(&stranger.account.id, &video.id).await.unwrap(), None);
        let found = tx.video_of_track(&tenant.account.id, &track.id, "r").await.unwrap();
        assert_eq!(found.unwrap(), video);
        assert_eq!(tx.video_of_track(&tenant.account.id, &track.id, "other").await.unwrap(), None);
        assert_eq!(tx.count_videos(VideoState::Running).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn all_tasks_of_a_job_end_with_it(store: &Database) {
        let tenant = tenant(store).await;
        let job_id = JobId::random(&SystemEntropy);
        let (one, two, other) = (task(&tenant, Some(&job_id)), task(&tenant, Some(&job_id)), task(&tenant, None));
        let outcome = Outcome::Failed { failure: Failure::new(FailureCode::BadMedia, "silence") };
        let mut tx = write(store).await;
        for task in [&one, &two, &other] {
            tx.insert_task(task).await.unwrap();
        }
        tx.start_tasks(&job_id, later(1)).await.unwrap();
        assert_eq!(tx.task(&tenant.account.id, &one.id).await.unwrap().unwrap().started_at, Some(later(1)));
        let ended = tx.finish_tasks(&job_id, &outcome, later(2)).await.unwrap();
        assert_eq!(ended.len(), 2);
        assert!(ended.iter().all(|task| task.outcome.as_ref() == Some(&outcome) && task.finished_at == Some(later(2))));
        assert_eq!(tx.finish_tasks(&job_id, &outcome, later(3)).await.unwrap(), [], "ended already");
        assert_eq!(tx.task(&tenant.account.id, &other.id).await.unwrap().unwrap(), other);
        tx.commit().await.unwrap();
    }

    async fn tasks_are_found_by_their_account_only(store: &Database) {
        let (one, stranger) = (tenant(store).await, tenant(store).await);
        let task = task(&one, None);
        let mut tx = write(store).await;
        tx.insert_task(&task).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = read(store).await;
        assert_eq!(tx.task(&stranger.account.id, &task.id).await.unwrap(), None);
        assert_eq!(tx.task_by_trace(&stranger.account.id, task.trace_id.as_str()).await.unwrap(), None);
        assert_eq!(tx.tasks(&stranger.account.id, &everything()).await.unwrap(), []);
        assert_eq!(tx.task_by_trace(&one.account.id, task.trace_id.as_str()).await.unwrap(), Some(task.clone()));
        assert_eq!(tx.task(&one.account.id, &TaskId::from_text("x")).await.unwrap(), None);
        assert_eq!(tx.tasks(&one.account.id, &everything()).await.unwrap(), [task]);
    }

    async fn tasks_are_filtered(store: &Database) {
        let tenant = tenant(store).await;
        let task = task(&tenant, None);
        let mut tx = write(store).await;
        tx.insert_task(&task).await.unwrap();
        let id = &tenant.account.id;
        let fits = [
            TaskFilter { operation: Some(Operation::Videos), ..everything() },
            TaskFilter { application_id: Some(tenant.application.id.clone()), ..everything() },
            TaskFilter { created_min: NOW, created_max: NOW, ..everything() },
        ];
        for filter in fits {
            assert_eq!(tx.tasks(id, &filter).await.unwrap().len(), 1, "{filter:?}");
        }
        let misses = [
            TaskFilter { door: Door::Hourone, ..everything() },
            TaskFilter { operation: Some(Operation::Wav), ..everything() },
            TaskFilter { created_min: later(1), ..everything() },
            TaskFilter { page: Page { limit: 10, offset: 1 }, ..everything() },
        ];
        for filter in misses {
            assert_eq!(tx.tasks(id, &filter).await.unwrap(), [], "{filter:?}");
        }
        tx.commit().await.unwrap();
    }

    async fn an_unknown_track_is_none(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = read(store).await;
        assert_eq!(tx.track(&tenant.account.id, &TrackId::from_text("' OR 1=1 --")).await.unwrap(), None);
    }
}
