use serde_json::{Value, json};

use crate::house::House;

const BUCKETS: &str = "/api/buckets";

#[tokio::test]
async fn a_bucket_is_made_found_changed_and_removed() {
    let house = House::new().await;
    let body = json!({"name": "jingles", "region": "eu-west-1", "type": "File", "labels": ["Music"]});
    assert_answer!("created", house.call("POST", BUCKETS, body).await);
    assert_answer!("listed", house.get(BUCKETS).await);
    house.advance(60.0);
    let body = json!({"name": "jingles of spring", "labels": ["Spring", "Music"], "metadata_template": "artist,album"});
    assert_answer!("changed", house.call("PUT", "/api/buckets/1", body).await);
    assert_answer!("found", house.get("/api/buckets/1").await);
    let deleted = house.ask("DELETE", "/api/buckets/1").await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    assert_answer!("gone", house.get("/api/buckets/1").await);
    house.ask("DELETE", "/api/buckets/1").await.assert_refused(404);
}

#[tokio::test]
async fn what_a_bucket_needs_is_told_all_at_once() {
    let house = House::new().await;
    let answer = house.call("POST", BUCKETS, json!({})).await;
    answer.assert_blames(&["name", "region", "type"]);
    assert_answer!(answer);
    let right = json!({"name": "n", "region": "r", "type": "File"});
    for (name, value) in [
        ("name", json!([])),
        ("name", json!("")),
        ("name", json!("x".repeat(1001))),
        ("region", json!({})),
        ("type", json!("Folder")),
        ("net_type", json!(3)),
        ("net_type", json!("x")),
        ("labels", json!({"x": 1})),
        ("labels", json!([[]])),
        ("metadata_template", json!(true)),
    ] {
        let mut body = right.clone();
        body[name] = value;
        house.call("POST", BUCKETS, body).await.assert_blames(&[name]);
    }
    assert_eq!(house.get(BUCKETS).await.json()["data"], json!([]));
}

#[tokio::test]
async fn buckets_of_live_channels_cannot_be_made_here() {
    let house = House::new().await;
    for kind in ["Live", "LiveRec", "LiveTimeshift"] {
        let body = json!({"name": "n", "region": "r", "type": kind});
        let answer = house.call("POST", BUCKETS, body).await;
        answer.assert_blames(&["type"]);
        assert!(answer.text().contains("no live channels"), "{}", answer.text());
    }
}

#[tokio::test]
async fn any_region_and_any_labels_are_given_back() {
    let house = House::new().await;
    let body = json!({"name": "n", "region": "the moon", "type": "File", "labels": ["a", "b c"], "net_type": "2"});
    let made = house.call("POST", BUCKETS, body).await.json();
    let data = &made["data"];
    assert_eq!(
        (&data["region"], &data["labels"], &data["net_type"]),
        (&json!("the moon"), &json!(["a", "b c"]), &json!(2))
    );
}

#[tokio::test]
async fn a_list_is_narrowed_by_region_type_and_name_and_paged() {
    let house = House::new().await;
    for (name, region) in [("Jingles", "eu"), ("songs", "eu"), ("more jingles", "us")] {
        let body = json!({"name": name, "region": region, "type": "File"});
        assert_eq!(house.call("POST", BUCKETS, body).await.status, 201);
    }
    let ids = async |query: &str| {
        let json = house.get(&format!("{BUCKETS}?{query}")).await.json();
        json["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [1, 2, 3]);
    assert_eq!(ids("region=eu&type=File").await, [1, 2]);
    assert_eq!(ids("search=JINGLE").await, [1, 3]);
    assert_eq!(ids("search=").await, [1, 2, 3]);
    assert_eq!(ids("type=Live").await, [0; 0]);
    assert_eq!(ids("per_page=2&page=2").await, [3]);
}

#[tokio::test]
async fn what_is_not_sent_stays_and_a_template_can_be_taken_away() {
    let house = House::new().await;
    let body = json!({"name": "n", "region": "r", "type": "File", "labels": ["a"], "metadata_template": "t"});
    house.call("POST", BUCKETS, body).await;
    let changed = async |body: Value| {
        let data = house.call("PUT", "/api/buckets/1", body).await.json()["data"].clone();
        (data["name"].clone(), data["labels"].clone(), data["metadata_template"].clone())
    };
    assert_eq!(changed(json!({})).await, (json!("n"), json!(["a"]), json!("t")));
    assert_eq!(changed(json!({"labels": []})).await, (json!("n"), json!([]), json!("t")));
    assert_eq!(changed(json!({"metadata_template": null})).await, (json!("n"), json!([]), json!(null)));
    assert_eq!(changed(json!({"metadata_template": "u"})).await.2, json!("u"));
    assert_eq!(changed(json!({"metadata_template": ""})).await.2, json!(null));
}

#[tokio::test]
async fn a_bucket_with_files_must_be_emptied_first() {
    let house = House::new().await;
    let bucket = house.new_bucket("full").await;
    house.new_file(bucket, "one").await;
    let path = format!("{BUCKETS}/{bucket}");
    assert_eq!(house.get(&path).await.json()["data"]["num"], 1);
    let refused = house.ask("DELETE", &path).await;
    refused.assert_blames(&["bucket_id"]);
    assert_answer!(refused);
    assert_eq!(house.ask("DELETE", &format!("{path}/files/1")).await.status, 204);
    assert_eq!(house.ask("DELETE", &path).await.status, 204);
}
