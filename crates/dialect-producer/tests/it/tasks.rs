use engine::{Door, Failure, FailureCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::House;

const PATH: &str = "/producer/tasks";
const VIDEOS: &str = "/producer/videos";

async fn record(house: &House, id: &str) -> crate::house::Answer {
    house.post(PATH, json!({"id": id, "action": "retrieve"})).await
}

async fn ids_of(house: &House, body: Value) -> Vec<String> {
    let answer = house.post(PATH, body).await.json();
    let items = answer["items"].as_array().unwrap();
    assert_eq!(answer["count"], items.len());
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_pending_task_has_an_empty_response() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str(), "callback_url": "https://example.com/hook"});
    let id = house.start(VIDEOS, body).await;
    let answer = record(&house, &id).await;
    assert_eq!(answer.json()["response"], json!({}));
    assert!(answer.json().get("finished_at").is_none());
    assert_snapshot!(answer.stable());
}

#[tokio::test]
async fn a_finished_task_has_the_synchronous_answer() {
    let house = House::new().await;
    let track = house.new_track().await;
    let video = house.start(VIDEOS, json!({"audio_id": track.as_str()})).await;
    house.end_next_job(None).await;
    assert_snapshot!("finished_video", record(&house, &video).await.stable());
    let wav = house.start("/producer/wav", json!({"audio_id": track.as_str()})).await;
    house.end_next_job(None).await;
    assert_snapshot!("finished_wav", record(&house, &wav).await.stable());
    let upload = json!({"audio_url": "https://example.com/song.mp3"});
    let upload = house.start("/producer/upload", upload).await;
    house.end_next_job(None).await;
    assert_snapshot!("finished_upload", record(&house, &upload).await.stable());
}

#[tokio::test]
async fn a_failed_task_has_an_error_and_no_data() {
    let house = House::new().await;
    let upload = json!({"audio_url": "https://example.com/song.mp3"});
    let id = house.start("/producer/upload", upload).await;
    let failure = Failure::new(FailureCode::BadSource, "the server answered 404");
    house.end_next_job(Some(failure)).await;
    let answer = record(&house, &id).await;
    assert!(answer.json().get("data").is_none());
    assert_snapshot!(answer.stable());
}

#[tokio::test]
async fn a_synchronous_call_leaves_a_task_too() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str(), "note": [1]});
    let answer = house.post_and_work(VIDEOS, body.clone(), None).await.json();
    let id = answer["task_id"].as_str().unwrap();
    let found = record(&house, id).await.json();
    assert_eq!(found["response"], answer);
    assert_eq!(found["request"], body);
}

#[tokio::test]
async fn a_padded_body_is_kept_without_its_padding() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str(), "padding": "x".repeat(100_000)});
    let id = house.start(VIDEOS, body).await;
    let kept = json!({"audio_id": track.as_str(), "async": true});
    assert_eq!(record(&house, &id).await.json()["request"], kept);
}

#[tokio::test]
async fn an_unknown_id_is_an_empty_object() {
    let house = House::new().await;
    let long = "x".repeat(1000);
    for id in ["00000000-0000-4000-8000-000000000000", "?", "a\u{0}b", &long] {
        let answer = record(&house, id).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "{}"));
    }
}

#[tokio::test]
async fn a_strangers_task_is_unknown() {
    let house = House::new().await;
    let track = house.new_track().await;
    let id = house.start(VIDEOS, json!({"audio_id": track.as_str()})).await;
    let trace_id = record(&house, &id).await.json()["trace_id"].clone();
    let stranger = house.strangers_token().await;
    for body in [json!({"id": id}), json!({"task_id": id}), json!({"trace_id": trace_id})] {
        assert_eq!(house.post(PATH, body.clone()).await.json()["id"], id);
        assert_eq!(house.post_as(&stranger, PATH, body).await.text, "{}");
    }
    for body in [
        json!({"action": "retrieve_batch", "ids": [id]}),
        json!({"action": "retrieve_batch", "trace_ids": [trace_id]}),
        json!({"action": "retrieve_batch"}),
        json!({"action": "retrieve_batch", "user_id": house.account_id.as_str()}),
    ] {
        assert_eq!(house.post(PATH, body.clone()).await.json()["count"], 1, "{body}");
        let answer = house.post_as(&stranger, PATH, body).await;
        assert_eq!(answer.json(), json!({"items": [], "count": 0}));
    }
}

#[tokio::test]
async fn a_batch_keeps_order_and_repeats() {
    let house = House::new().await;
    let track = house.new_track().await;
    let first = house.start(VIDEOS, json!({"audio_id": track.as_str()})).await;
    let second = house.start("/producer/wav", json!({"audio_id": track.as_str()})).await;
    let body = json!({"ids": [second, "unknown", first, second], "action": "retrieve_batch"});
    assert_eq!(ids_of(&house, body.clone()).await, [&second, &first, &second].map(String::clone));
    assert_snapshot!(house.post(PATH, body).await.stable());
    assert_eq!(ids_of(&house, json!({"ids": [first]})).await, [first]);
    let none = house.post(PATH, json!({"ids": [], "action": "retrieve_batch"})).await;
    assert_eq!(none.json(), json!({"items": [], "count": 0}));
}

#[tokio::test]
async fn a_list_is_filtered_and_paged() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str()});
    let oldest = house.start(VIDEOS, body.clone()).await;
    house.advance(10.0);
    let middle = house.start("/producer/wav", body.clone()).await;
    house.advance(10.0);
    let newest = house.start(VIDEOS, body).await;
    let application = house.application(Some(Door::Producer)).await.id;
    let at = 1_767_323_045.678;
    for (mut filter, expected) in [
        (json!({}), vec![&newest, &middle, &oldest]),
        (json!({"user_id": house.account_id.as_str()}), vec![&newest, &middle, &oldest]),
        (json!({"application_id": application.as_str()}), vec![&newest, &middle, &oldest]),
        (json!({"application_id": "other"}), vec![]),
        (json!({"user_id": "other"}), vec![]),
        (json!({"type": "videos"}), vec![&newest, &oldest]),
        (json!({"type": "audios"}), vec![]),
        (json!({"limit": 1}), vec![&newest]),
        (json!({"limit": 1, "offset": 1}), vec![&middle]),
        (json!({"limit": 1_000_000, "offset": 2}), vec![&oldest]),
        (json!({"limit": 0}), vec![]),
        (json!({"created_at_min": at + 10.0}), vec![&newest, &middle]),
        (json!({"created_at_max": at + 10.0}), vec![&middle, &oldest]),
        (json!({"created_at_min": at + 1.0, "created_at_max": at + 19.0}), vec![&middle]),
    ] {
        filter["action"] = json!("retrieve_batch");
        let expected: Vec<_> = expected.into_iter().cloned().collect();
        assert_eq!(ids_of(&house, filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let house = House::new().await;
    let ids: Vec<_> = (0..101).map(|n| n.to_string()).collect();
    for (body, field) in [
        (json!({}), "id"),
        (json!({"action": "retrieve", "id": 7}), "id"),
        (json!({"action": "delete", "id": "x"}), "action"),
        (json!({"action": 1}), "action"),
        (json!({"action": "retrieve_batch", "ids": "x"}), "ids"),
        (json!({"action": "retrieve_batch", "ids": [1]}), "ids"),
        (json!({"action": "retrieve_batch", "ids": ids}), "ids"),
        (json!({"action": "retrieve_batch", "trace_ids": {}}), "trace_ids"),
        (json!({"action": "retrieve_batch", "limit": -1}), "limit"),
        (json!({"action": "retrieve_batch", "offset": "x"}), "offset"),
        (json!({"action": "retrieve_batch", "created_at_min": "x"}), "created_at_min"),
        (json!({"action": "retrieve_batch", "created_at_max": 1e300}), "created_at_max"),
    ] {
        house.post(PATH, body).await.assert_bad(field);
    }
    let most = json!({"action": "retrieve_batch", "ids": &ids[..100]});
    assert_eq!(house.post(PATH, most).await.status, 200);
}
