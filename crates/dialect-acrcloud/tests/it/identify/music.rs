//! The caller's own values in an answer, and files that are reported as music.

use serde_json::{Value, json};

use super::client::{Shop, add_song, clip, new_project};
use super::sound;
use crate::house::House;

#[tokio::test]
async fn the_callers_values_stand_in_the_entry_and_never_in_place_of_ours() {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    let values = json!({
        "artist": "A", "year": 2026, "tags": ["x"], "nested": {"a": null}, "title": "theirs", "acrid": "theirs", "score": 1,
        "bucket_id": 0, "duration_ms": "theirs",
    });
    let song = add_song(&house, bucket, 1, values).await;
    house.settle().await;
    let pair = new_project(&house, &[bucket]).await;
    let answer = pair.identify(&house, &sound::wav(&clip(1))).await;
    let file = &answer["metadata"]["custom_files"][0];
    for (name, value) in
        [("artist", json!("A")), ("year", json!(2026)), ("tags", json!(["x"])), ("nested", json!({"a": null}))]
    {
        assert_eq!(file[name], value);
    }
    assert_eq!((&file["title"], &file["acrid"]), (&json!("song 1"), &song["acr_id"]));
    assert_eq!((&file["bucket_id"], &file["duration_ms"]), (&json!(bucket.to_string()), &json!(30_000)));
    assert!(file["score"].as_i64().unwrap() >= 70);
    assert!(file.get("user_defined").is_none());
}

async fn labelled(house: &House, name: &str, labels: &[&str]) -> i64 {
    let body = json!({"name": name, "region": "r", "type": "File", "labels": labels});
    house.call("POST", "/api/buckets", body).await.json()["data"]["id"].as_i64().unwrap()
}

fn music_of(answer: &Value) -> &Value {
    assert!(answer["metadata"].get("custom_files").is_none(), "{answer}");
    &answer["metadata"]["music"]
}

#[tokio::test]
async fn files_of_music_buckets_are_reported_as_music() {
    let house = House::new().await;
    for (name, labels) in [("ACRCloud Music", [].as_slice()), ("hits", ["Music", "music-bucket"].as_slice())] {
        let bucket = labelled(&house, name, labels).await;
        add_song(&house, bucket, 1, json!({"artist": "A", "album": "B", "isrc": "DEA012600001", "mood": "calm"})).await;
        house.settle().await;
        let pair = new_project(&house, &[bucket]).await;
        let answer = pair.identify(&house, &sound::wav(&clip(1))).await;
        let music = music_of(&answer)[0].as_object().unwrap();
        assert_eq!(music["artists"], json!([{"name": "A"}]));
        assert_eq!(music["album"], json!({"name": "B"}));
        assert_eq!(music["external_ids"], json!({"isrc": "DEA012600001"}));
        assert_eq!((&music["title"], &music["mood"]), (&json!("song 1"), &json!("calm")));
        assert!(!music.contains_key("bucket_id") && !music.contains_key("audio_id"));
    }
}

#[tokio::test]
async fn music_and_other_files_are_told_apart_in_one_answer() {
    let shop = Shop::new().await;
    let bucket = labelled(&shop.house, "hits", &["music-bucket"]).await;
    add_song(&shop.house, bucket, 1, json!({})).await;
    shop.house.settle().await;
    let pair = new_project(&shop.house, &[shop.bucket, bucket]).await;
    let answer = pair.identify(&shop.house, &sound::wav(&clip(1))).await;
    let (music, files) = (&answer["metadata"]["music"], &answer["metadata"]["custom_files"]);
    assert_eq!((music.as_array().unwrap().len(), files.as_array().unwrap().len()), (1, 1), "{answer}");
    assert_eq!((&music[0]["artists"], &music[0]["album"]), (&json!([{"name": ""}]), &json!({"name": ""})));
}
