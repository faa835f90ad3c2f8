use engine::{Failure, FailureCode};
use insta::assert_snapshot;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::house::House;

const PATH: &str = "/producer/videos";

#[tokio::test]
async fn a_synchronous_call_waits_and_answers_the_link() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str()});
    let answer = house.post_and_work(PATH, body.clone(), None).await;
    assert_snapshot!(answer.stable());
    assert_eq!(answer.json()["data"]["audio_id"], track.as_str());

    let again = house.post(PATH, body).await;
    assert_eq!(again.json()["data"], answer.json()["data"], "one audio has one video");
    assert_ne!(again.json()["task_id"], answer.json()["task_id"]);
}

#[tokio::test]
async fn an_asynchronous_call_is_acknowledged_at_once() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str(), "async": true});
    assert_snapshot!(house.post(PATH, body).await.stable());
    let body = json!({"audio_id": track.as_str(), "callback_url": "https://example.com/hook"});
    assert_snapshot!(house.post(PATH, body).await.stable());
}

#[tokio::test]
async fn a_finished_video_is_posted_to_the_callback() {
    let mut house = House::new().await;
    let track = house.new_track().await;
    house.start(PATH, json!({"audio_id": track.as_str()})).await;
    let ended = house.end_next_job(None).await;
    let callback = dialect_producer::callback_body(&house.engine, &ended[0]);
    assert_snapshot!(crate::house::numbered(&callback));

    let body = json!({"audio_id": track.as_str(), "callback_url": "https://example.com/hook"});
    let acknowledged = house.post(PATH, body).await;
    assert!(acknowledged.json().get("data").is_none());
    let stop = CancellationToken::new();
    let engine = std::sync::Arc::clone(&house.engine);
    let workers = tokio::spawn({
        let stop = stop.clone();
        async move { engine.work(1, stop).await }
    });
    let (url, posted) = house.posts.recv().await.unwrap();
    stop.cancel();
    workers.await.unwrap();
    assert_eq!(url.as_str(), "https://example.com/hook");
    let posted: serde_json::Value = serde_json::from_str(&posted).unwrap();
    assert_eq!(posted["task_id"], acknowledged.json()["task_id"]);
    assert_eq!(posted["trace_id"], acknowledged.json()["trace_id"]);
    assert_eq!(posted["success"], true);
}

#[tokio::test]
async fn a_failed_callback_says_so() {
    let house = House::new().await;
    let track = house.new_track().await;
    house.start(PATH, json!({"audio_id": track.as_str()})).await;
    let failure = Failure::new(FailureCode::Internal, "out of disk");
    let ended = house.end_next_job(Some(failure)).await;
    let callback = dialect_producer::callback_body(&house.engine, &ended[0]);
    assert_snapshot!(crate::house::numbered(&callback));
}

#[tokio::test]
async fn two_identical_calls_share_one_job() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str(), "async": true});
    let (first, second) = tokio::join!(house.post(PATH, body.clone()), house.post(PATH, body.clone()));
    assert_ne!(first.json()["task_id"], second.json()["task_id"]);
    assert_eq!(house.n_unfinished_jobs().await, 1);
    assert_eq!(house.end_next_job(None).await.len(), 2);
}

#[tokio::test]
async fn failures_are_worded_by_whose_fault_they_are() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str()});
    let bad_media = Failure::new(FailureCode::BadMedia, "no samples");
    let answer = house.post_and_work(PATH, body.clone(), Some(bad_media)).await;
    answer.assert_bad("audio_id");
    let internal = Failure::new(FailureCode::Internal, "out of disk");
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str()});
    let answer = house.post_and_work(PATH, body, Some(internal)).await;
    answer.assert_refused(500, "api_error", "Internal server error.");
}

#[tokio::test]
async fn an_audio_id_that_names_nothing_is_invalid() {
    let house = House::new().await;
    let stranger = house.strangers_token().await;
    let track = house.new_track().await;
    for body in [
        json!({}),
        json!({"audio_id": null}),
        json!({"audio_id": ""}),
        json!({"audio_id": 7}),
        json!({"audio_id": ["x"]}),
        json!({"audio_id": "unknown"}),
        json!({"audio_id": "a\u{0}b"}),
        json!({"audio_id": "x".repeat(129)}),
    ] {
        house.post(PATH, body).await.assert_bad("audio_id");
    }
    let body = json!({"audio_id": track.as_str(), "async": true});
    house.post_as(&stranger, PATH, body).await.assert_bad("audio_id");
}

#[tokio::test]
async fn optional_members_may_be_anything_empty() {
    let house = House::new().await;
    let track = house.new_track().await;
    house.start(PATH, json!({"audio_id": track.as_str()})).await;
    house.end_next_job(None).await;
    for empty in [json!(null), json!(false), json!("")] {
        let body = json!({
            "audio_id": track.as_str(), "callback_url": empty, "async": empty, "weirdness": false, "extra": {"a": [1]},
        });
        let answer = house.post(PATH, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.json()["data"]["video_url"].is_string());
    }
    let body = json!({"audio_id": track.as_str(), "async": "true"});
    assert!(house.post(PATH, body).await.json().get("data").is_none());
    let body = json!({"audio_id": track.as_str(), "async": 3});
    house.post(PATH, body).await.assert_bad("async");
    for url in ["ftp://example.com", "nonsense", "http://", &"x".repeat(5000)] {
        let body = json!({"audio_id": track.as_str(), "callback_url": url});
        house.post(PATH, body).await.assert_bad("callback_url");
    }
}
