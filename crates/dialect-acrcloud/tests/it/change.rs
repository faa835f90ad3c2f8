//! Changing, moving and removing files, in every spelling.

use serde_json::{Value, json};

use crate::house::{Answer, House};

/// Two buckets: the first with files 1 and 2, the second with file 3.
async fn house_with_files() -> House {
    let house = House::new().await;
    house.filled_bucket("source", &["one", "two"]).await;
    house.filled_bucket("other", &["three"]).await;
    house.advance(3600.0);
    house
}

async fn in_bucket(house: &House, bucket: i64) -> Vec<i64> {
    let json = house.get(&format!("/api/buckets/{bucket}/files")).await.json();
    json["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

fn ids(answer: &Answer) -> Vec<i64> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    json["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn title_and_values_are_changed() {
    let house = house_with_files().await;
    let body = json!({"title": "update-title", "user_defined": {"artists": "update-artist"}});
    assert_answer!(house.call("PUT", "/api/buckets/1/files/1", body).await);
}

#[tokio::test]
async fn what_is_not_sent_stays_and_values_are_replaced_as_a_whole() {
    let house = house_with_files().await;
    let acr_id = house.get("/api/buckets/1/files/1").await.json()["data"][0]["acr_id"].as_str().unwrap().to_owned();
    let changed = async |body: Value| {
        let data = house.call("PUT", &format!("/api/buckets/1/files/{acr_id}"), body).await.json()["data"].clone();
        (data["title"].clone(), data["user_defined"].clone(), data["audio_id"].clone())
    };
    let first = (json!("one"), json!({"a": 1, "b": "x"}), json!(""));
    assert_eq!(changed(json!({"user_defined": {"a": 1, "b": "x"}})).await, first);
    assert_eq!(changed(json!({"title": "t"})).await, (json!("t"), json!({"a": 1, "b": "x"}), json!("")));
    assert_eq!(changed(json!({"user_defined": "{\"c\":2}"})).await.1, json!({"c": 2}));
    assert_eq!(changed(json!({"audio_id": 123})).await, (json!("t"), json!({"c": 2}), json!("123")));
    // `null` and empty text are no title.
    assert_eq!(changed(json!({"title": null, "user_defined": null})).await.1, json!({"c": 2}));
    assert_eq!(changed(json!({"title": ""})).await.0, json!("t"));
    // What PHP writes for an empty object.
    assert_eq!(changed(json!({"user_defined": []})).await.1, json!({}));
    let answer = house.call("PUT", "/api/buckets/1/files/1", json!({"user_defined": 7, "title": []})).await;
    answer.assert_blames(&["title", "user_defined"]);
    house.call("PUT", "/api/buckets/1/files/1,2", json!({"title": "t"})).await.assert_blames(&["ids"]);
    house.call("PUT", "/api/buckets/1/files/999", json!({"title": "t"})).await.assert_refused(404);
    house.call("PUT", "/api/buckets/2/files/1", json!({"title": "t"})).await.assert_refused(404);
}

#[tokio::test]
async fn files_are_moved_into_the_bucket_of_the_path() {
    let house = house_with_files().await;
    let answer = house.ask("PUT", "/api/buckets/2/files/1,2/move").await;
    assert_answer!("moved", answer);
    assert_eq!((in_bucket(&house, 1).await, in_bucket(&house, 2).await), (vec![], vec![1, 2, 3]));
    let counts = house.get("/api/buckets").await.json();
    assert_eq!((&counts["data"][0]["num"], &counts["data"][1]["num"]), (&json!(0), &json!(3)));
    // From several buckets at once; what is unknown is passed over.
    house.ask("PUT", "/api/buckets/1/files/1/move").await;
    assert_eq!(ids(&house.ask("PUT", "/api/buckets/1/files/3,1,999/move").await), [3, 1]);
    house.ask("PUT", "/api/buckets/1/files/998,999/move").await.assert_refused(404);
    house.ask("PUT", "/api/buckets/999/files/1/move").await.assert_refused(404);
}

#[tokio::test]
async fn without_move_in_the_path_and_without_a_body_files_are_moved_too() {
    let house = house_with_files().await;
    assert_eq!(ids(&house.ask("PUT", "/api/buckets/2/files/1,2").await), [1, 2]);
    assert_eq!(in_bucket(&house, 2).await, [1, 2, 3]);
    // One file, an empty object, neither field of an update.
    assert_eq!(ids(&house.call("PUT", "/api/buckets/1/files/1", json!({})).await), [1]);
    assert_eq!(ids(&house.call("PUT", "/api/buckets/1/files/2", json!({"name": "x"})).await), [2]);
    assert_eq!(in_bucket(&house, 1).await, [1, 2]);
    // One that is there already stays as it is.
    let before = house.get("/api/buckets/1/files/1").await.json();
    assert_eq!(house.ask("PUT", "/api/buckets/1/files/1").await.json(), before);
    assert_eq!(house.get("/api/buckets/1/files/1").await.json(), before);
}

#[tokio::test]
async fn files_are_moved_out_of_the_bucket_of_the_path() {
    let house = house_with_files().await;
    let path = "/api/buckets/1/files/move";
    let answer = house.call("POST", path, json!({"target_bucket_id": 2, "ids": [1, "2", 3]})).await;
    assert_eq!(ids(&answer), [1, 2], "file 3 is not in the bucket of the path");
    assert_answer!("moved_out", answer);
    assert_eq!(in_bucket(&house, 2).await, [1, 2, 3]);
    let path = "/api/buckets/2/files/move";
    house.call("POST", path, json!({"target_bucket_id": 999, "ids": [1]})).await.assert_refused(404);
    house.call("POST", path, json!({"target_bucket_id": 1, "ids": [999]})).await.assert_refused(404);
    house
        .call("POST", path, json!({"target_bucket_id": "x", "ids": []}))
        .await
        .assert_blames(&["ids", "target_bucket_id"]);
    house.call("POST", path, json!({})).await.assert_blames(&["ids", "target_bucket_id"]);
    house
        .call("POST", path, json!({"ids": null, "target_bucket_id": null}))
        .await
        .assert_blames(&["ids", "target_bucket_id"]);
    assert_eq!(ids(&house.call("POST", path, json!({"target_bucket_id": "1", "ids": "1,2"})).await), [1, 2]);
}

#[tokio::test]
async fn files_are_deleted_by_path_or_by_body() {
    let house = house_with_files().await;
    let acr_id = house.get("/api/buckets/2/files/3").await.json()["data"][0]["acr_id"].as_str().unwrap().to_owned();
    let deleted = house.ask("DELETE", "/api/buckets/1/files/1,999,nonsense").await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    assert_eq!(in_bucket(&house, 1).await, [2]);
    house.ask("DELETE", "/api/buckets/1/files/1").await.assert_refused(404);
    house.ask("DELETE", "/api/buckets/1/files/3").await.assert_refused(404);
    let by_body =
        async |bucket: i64, body: Value| house.call("DELETE", &format!("/api/buckets/{bucket}/files"), body).await;
    assert_eq!(by_body(1, json!({"ids": [2]})).await.status, 204);
    assert_eq!(by_body(2, json!({"ids": [acr_id]})).await.status, 204);
    assert_eq!((in_bucket(&house, 1).await, in_bucket(&house, 2).await), (vec![], vec![]));
    by_body(1, json!({"ids": [2]})).await.assert_refused(404);
    by_body(1, json!({"ids": ["nonsense"]})).await.assert_refused(404);
    for body in [json!({}), json!({"ids": []}), json!({"ids": null}), json!({"ids": {}}), json!({"ids": [[]]})] {
        by_body(1, body).await.assert_blames(&["ids"]);
    }
    house.ask("DELETE", "/api/buckets/1/files").await.assert_blames(&["ids"]);
}
