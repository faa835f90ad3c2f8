use insta::assert_snapshot;
use serde_json::json;

use crate::house::House;

const PATH: &str = "/producer/wav";

#[tokio::test]
async fn a_synchronous_call_waits_and_answers_an_array() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str()});
    let answer = house.post_and_work(PATH, body.clone(), None).await;
    assert_snapshot!(answer.stable());
    let again = house.post(PATH, body).await;
    assert_eq!(again.json()["data"], answer.json()["data"]);
    assert_eq!(house.n_unfinished_jobs().await, 0);
}

#[tokio::test]
async fn an_asynchronous_call_is_acknowledged_at_once() {
    let house = House::new().await;
    let track = house.new_track().await;
    let body = json!({"audio_id": track.as_str(), "async": true});
    assert_snapshot!(house.post(PATH, body).await.stable());
}

#[tokio::test]
async fn an_audio_id_that_names_nothing_is_invalid() {
    let house = House::new().await;
    let track = house.new_track().await;
    let stranger = house.strangers_token().await;
    house.post(PATH, json!({})).await.assert_bad("audio_id");
    house.post(PATH, json!({"audio_id": "unknown"})).await.assert_bad("audio_id");
    let body = json!({"audio_id": track.as_str()});
    house.post_as(&stranger, PATH, body).await.assert_bad("audio_id");
}
