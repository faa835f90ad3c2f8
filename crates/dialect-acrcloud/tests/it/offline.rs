use serde_json::json;

use crate::house::House;

const DBS: &str = "/api/offline-dbs";

#[tokio::test]
async fn an_offline_database_is_made_built_changed_and_removed() {
    let house = House::new().await;
    house.filled_bucket("jingles", &["one"]).await;
    house.filled_bucket("songs", &["two"]).await;
    let body = json!({"name": "kiosk", "region": "eu-west-1", "buckets": [1], "audio_type": "recorded"});
    assert_answer!("created", house.call("POST", DBS, body).await);
    house.settle().await;
    let ready = house.get("/api/offline-dbs/1").await.json();
    let data = &ready["data"];
    assert_eq!(data["state"], 1, "{ready}");
    assert!(data["size"].as_i64().unwrap() > 0, "{ready}");
    assert!(data["down_url"].as_str().unwrap().starts_with("https://media.example/media/"), "{ready}");
    let mut listed = house.get(DBS).await;
    listed.bytes = listed.text().replace(&data["size"].to_string(), "\"[bytes]\"").into();
    assert_answer!("listed", listed);
    house.advance(60.0);
    let body = json!({"name": "kiosk-2", "buckets": [2, 1], "audio_type": "linein"});
    let changed = house.call("PUT", "/api/offline-dbs/1", body).await.json();
    let data = &changed["data"];
    assert_eq!((&data["name"], &data["audio_type"], &data["state"]), (&json!("kiosk-2"), &json!("linein"), &json!(0)));
    house.settle().await;
    assert_eq!(house.get("/api/offline-dbs/1").await.json()["data"]["state"], 1);
    assert_eq!(house.ask("PUT", "/api/offline-dbs/1/rebuild").await.json()["data"]["state"], 0);
    house.settle().await;
    let deleted = house.ask("DELETE", "/api/offline-dbs/1").await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    assert_answer!("gone", house.get("/api/offline-dbs/1").await);
    house.ask("PUT", "/api/offline-dbs/1/rebuild").await.assert_refused(404);
    house.ask("DELETE", "/api/offline-dbs/1").await.assert_refused(404);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_told() {
    let house = House::new().await;
    house.call("POST", DBS, json!({})).await.assert_blames(&["buckets", "name", "region"]);
    let online = json!({"name": "online", "region": "r", "type": "File", "net_type": 1});
    house.call("POST", "/api/buckets", online).await;
    for buckets in [json!([1]), json!([999]), json!("x")] {
        let body = json!({"name": "n", "region": "r", "buckets": buckets});
        house.call("POST", DBS, body).await.assert_blames(&["buckets"]);
    }
    assert_answer!(house.call("POST", DBS, json!({"name": "n", "region": "r", "buckets": [1]})).await);
    assert_eq!(house.get(DBS).await.json()["meta"]["total"], 0);
}
