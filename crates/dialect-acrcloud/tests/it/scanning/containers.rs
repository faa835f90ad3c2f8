use serde_json::{Value, json};

use super::studio::{container_body, new_container};
use crate::house::House;

const PATH: &str = "/api/fs-containers";

#[tokio::test]
async fn a_container_is_made_and_shown() {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    let body = container_body(
        bucket,
        json!({
            "policy": {"type": "points", "points": 3, "rec_length": 12}, "callback_url": "https://example.com/scans",
            "deepright": 0, "music_detection": 1, "ai_detection": "1", "unknown": [],
        }),
    );
    let made = house.call("POST", PATH, body).await;
    assert_answer!(made);
    let id = made.json()["data"]["id"].as_i64().unwrap();
    assert_eq!(house.get(&format!("{PATH}/{id}")).await.json(), made.json());
    assert_answer!(house.get(PATH).await);
}

#[tokio::test]
async fn what_is_not_sent_has_a_default() {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    let made = house.call("POST", PATH, container_body(bucket, json!({}))).await.json()["data"].clone();
    assert_eq!(made["policy"], json!({"type": "traverse", "interval": 0, "rec_length": 10}));
    assert_eq!(made["callback_url"], "");
    for switch in ["deepright", "music_detection", "ai_detection"] {
        assert_eq!(made[switch], 0);
    }
}

#[tokio::test]
async fn buckets_are_named_by_number_or_by_name() {
    let house = House::new().await;
    let (one, two) = (house.new_bucket("one").await, house.new_bucket("two").await);
    for (named, expected) in [
        (json!([one, two]), vec![one, two]),
        (json!(["two"]), vec![two]),
        (json!(["two", one.to_string()]), vec![two, one]),
        (json!(format!("{one},{two}")), vec![one, two]),
        (json!([23, "ACRCloud Music", "one"]), vec![one]),
        (json!([]), vec![]),
    ] {
        let answer = house.call("POST", PATH, container_body(one, json!({ "buckets": named }))).await;
        let buckets = answer.json()["data"]["buckets"].clone();
        let ids: Vec<i64> = buckets.as_array().unwrap().iter().map(|bucket| bucket["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, expected, "{named}");
    }
    let shown = house.get(&format!("{PATH}/1")).await.json();
    let one_shown = json!({"id": one, "name": "one", "type": "File", "metadata_template": null});
    assert_eq!(shown["data"]["buckets"][0], one_shown);
}

#[tokio::test]
async fn a_container_is_changed_member_by_member() {
    let house = House::new().await;
    let (one, two) = (house.new_bucket("one").await, house.new_bucket("two").await);
    let id = new_container(&house, one, json!({"callback_url": "https://example.com/", "deepright": 1})).await;
    let path = format!("{PATH}/{id}");
    house.advance(60.0);
    let change = json!({
        "name": "new", "audio_type": "recorded", "buckets": [two], "engine": 3,
        "policy": {"type": "traverse", "interval": 5, "rec_length": 8}, "callback_url": "", "ai_detection": 1,
    });
    let changed = house.call("PUT", &path, change).await;
    assert_answer!(changed);
    assert_eq!(house.get(&path).await.json(), changed.json());
    // What is not named stays.
    let same = house.call("PUT", &path, json!({})).await.json();
    assert_eq!(same["data"], changed.json()["data"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    for (member, value) in [
        ("name", json!("")),
        ("name", json!("n".repeat(5000))),
        ("region", json!(null)),
        ("audio_type", json!("video")),
        ("audio_type", json!(null)),
        ("engine", json!(2)),
        ("engine", json!(4)),
        ("engine", json!(5)),
        ("engine", json!("all")),
        ("engine", json!(null)),
        ("buckets", json!([bucket + 1])),
        ("buckets", json!(["unknown"])),
        ("buckets", json!({"id": bucket})),
        ("buckets", json!(null)),
        ("policy", json!({"type": "everything"})),
        ("policy", json!({"type": "traverse", "rec_length": 0})),
        ("policy", json!({"type": "traverse", "rec_length": 100_000})),
        ("policy", json!({"type": "traverse", "interval": 1_000_000})),
        ("policy", json!({"type": "points", "points": 0})),
        ("policy", json!("often")),
        ("callback_url", json!("nonsense")),
        ("callback_url", json!("ftp://example.com")),
        ("deepright", json!(2)),
        ("music_detection", json!("maybe")),
        ("ai_detection", json!([])),
    ] {
        let body = container_body(bucket, json!({ member: value }));
        house.call("POST", PATH, body).await.assert_blames(&[member]);
    }
    assert_answer!(house.call("POST", PATH, json!({})).await);
    assert_answer!("only_fingerprints", house.call("POST", PATH, container_body(bucket, json!({"engine": 2}))).await);
    assert_eq!(house.get(PATH).await.json()["meta"]["total"], 0);

    let id = new_container(&house, bucket, json!({})).await;
    for (member, value) in
        [("engine", json!(5)), ("policy", json!({"type": "points", "points": -1})), ("buckets", json!([99]))]
    {
        house.call("PUT", &format!("{PATH}/{id}"), json!({ member: value })).await.assert_blames(&[member]);
    }
}

#[tokio::test]
async fn containers_are_listed_by_page_region_and_name() {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    for (name, region) in [("Shows", "eu-west-1"), ("films", "us-west-2"), ("showcase", "us-west-2")] {
        new_container(&house, bucket, json!({"name": name, "region": region})).await;
    }
    let names = async |query: &str| -> Vec<String> {
        let listed = house.get(&format!("{PATH}{query}")).await.json();
        let rows = listed["data"].as_array().unwrap().clone();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("").await, ["Shows", "films", "showcase"]);
    assert_eq!(names("?region=us-west-2").await, ["films", "showcase"]);
    assert_eq!(names("?name=SHOW&region=").await, ["Shows", "showcase"]);
    assert_eq!(names("?per_page=2&page=2").await, ["showcase"]);
    assert!(names("?name=%25").await.is_empty());
    house.get(&format!("{PATH}?name=a%00b")).await.assert_blames(&["name"]);
}

#[tokio::test]
async fn a_container_is_removed_with_its_recordings() {
    let house = House::new().await;
    let bucket = house.new_bucket("songs").await;
    let id = new_container(&house, bucket, json!({})).await;
    let path = format!("{PATH}/{id}");
    let body = json!({"data_type": "audio_url", "url": crate::house::SONG_URL});
    let added = house.call("POST", &format!("{path}/files"), body).await;
    assert_eq!(added.status, 200);
    let removed = house.ask("DELETE", &path).await;
    assert_eq!((removed.status, removed.text()), (204, String::new()));
    for path in [path.clone(), format!("{path}/files"), format!("{PATH}/x"), format!("{PATH}/-1")] {
        house.get(&path).await.assert_refused(404);
    }
    house.ask("DELETE", &path).await.assert_refused(404);
    house.settle().await;
    // Nor does the number come again.
    assert_ne!(new_container(&house, bucket, json!({})).await, id);
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_left_out() {
    let house = House::new().await;
    let (one, two) = (house.new_bucket("one").await, house.new_bucket("two").await);
    let id = new_container(&house, one, json!({"buckets": [one, two]})).await;
    assert_eq!(house.ask("DELETE", &format!("/api/buckets/{one}")).await.status, 204);
    let shown: Value = house.get(&format!("{PATH}/{id}")).await.json();
    let buckets = shown["data"]["buckets"].as_array().unwrap();
    assert_eq!((buckets.len(), &buckets[0]["id"]), (1, &json!(two)));
}
