//! What belongs to one account does not exist for another.

use serde_json::{Value, json};

use crate::house::House;
use crate::operations::{self, busy_body};
use doorkit::Operation;

/// One of everything, and the numbers under which it is known.
struct Estate {
    house: House,
    bucket: i64,
    file: Value,
    project: i64,
    offline_db: i64,
    container: i64,
}

impl Estate {
    async fn new() -> Self {
        let house = House::new().await;
        let bucket = house.filled_bucket("first's", &["one"]).await;
        let file = house.get(&format!("/api/buckets/{bucket}/files")).await.json()["data"][0].clone();
        let made = async |path: &str, body: Value| {
            let answer = house.call("POST", path, body).await;
            answer.json()["data"]["id"].as_i64().unwrap_or_else(|| panic!("{path}: {}", answer.text()))
        };
        let project = json!({"name": "p", "region": "r", "type": "AVR", "buckets": [bucket]});
        let project = made("/api/base-projects", project).await;
        let offline_db = json!({"name": "o", "region": "r", "buckets": [bucket]});
        let offline_db = made("/api/offline-dbs", offline_db).await;
        let container = json!({"name": "c", "region": "r", "audio_type": "linein", "buckets": [bucket], "engine": 1});
        let container = made("/api/fs-containers", container).await;
        house.settle().await;
        Self { house, bucket, file, project, offline_db, container }
    }

    /// What the owner sees of everything.
    async fn view(&self) -> Vec<Value> {
        let bucket = format!("/api/buckets/{}", self.bucket);
        let mut view = Vec::new();
        for path in [
            bucket.clone(),
            format!("{bucket}/files"),
            format!("{bucket}/dedup-files"),
            "/api/buckets".to_owned(),
            "/api/base-projects".to_owned(),
            "/api/offline-dbs".to_owned(),
            "/api/fs-containers".to_owned(),
        ] {
            view.push(self.house.get(&path).await.json());
        }
        view
    }

    /// The operation's path, with the ids of what is there.
    fn path_of(&self, operation: &Operation, file: &str) -> String {
        let id = if operation.path.contains("offline-dbs") { self.offline_db } else { self.project };
        operation.path_with(&[
            ("bucket_id", self.bucket.to_string()),
            ("ids", file.to_owned()),
            ("id", id.to_string()),
            ("cid", self.container.to_string()),
            ("file_ids", file.to_owned()),
            ("key", "x".to_owned()),
            ("proof", "x".to_owned()),
            ("task_id", "abcdefghij".to_owned()),
        ])
    }
}

#[tokio::test]
async fn whatever_takes_an_id_finds_nothing_of_another_account() {
    let estate = Estate::new().await;
    let before = estate.view().await;
    let stranger = estate.house.strangers_token().await;
    let files = [estate.file["id"].to_string(), estate.file["acr_id"].as_str().unwrap().to_owned()];
    let mut n_tried = 0;
    for operation in operations::guarded().iter().filter(|operation| operation.takes_id()) {
        for file in &files {
            let path = estate.path_of(operation, file);
            for body in [busy_body(), json!({})] {
                let answer = estate.house.call_as(&stranger, &operation.method, &path, body).await;
                assert!(matches!(answer.status, 404 | 422), "{} {path}: {}", operation.method, answer.text());
                n_tried += 1;
            }
            // A request that is right in all but its sender.
            let answer = estate.house.call_as(&stranger, &operation.method, &path, busy_body()).await;
            answer.assert_refused(404);
        }
    }
    assert!(n_tried > 80, "{n_tried}");
    assert_eq!(estate.view().await, before);
}

#[tokio::test]
async fn a_stranger_sees_empty_lists() {
    let estate = Estate::new().await;
    let stranger = estate.house.strangers_token().await;
    for path in ["/api/buckets", "/api/base-projects", "/api/offline-dbs", "/api/fs-containers"] {
        let json = estate.house.ask_as(&stranger, "GET", path).await.json();
        assert_eq!((&json["data"], &json["meta"]["total"]), (&json!([]), &json!(0)), "{path}");
    }
    let acr_id = estate.file["acr_id"].as_str().unwrap();
    for query in ["query=one".to_owned(), format!("acr_id={acr_id}")] {
        let path = format!("/api/external-metadata/tracks?{query}");
        assert_eq!(estate.house.get(&path).await.json()["data"].as_array().unwrap().len(), 1);
        assert_eq!(estate.house.ask_as(&stranger, "GET", &path).await.json()["data"], json!([]));
    }
}

#[tokio::test]
async fn nothing_of_another_account_can_be_named_in_a_body() {
    let estate = Estate::new().await;
    let stranger = estate.house.strangers_token().await;
    let call = async |method: &str, path: &str, body: Value| estate.house.call_as(&stranger, method, path, body).await;
    let bucket = estate.bucket;
    let body = json!({"name": "p", "region": "r", "type": "AVR", "buckets": [bucket]});
    call("POST", "/api/base-projects", body.clone()).await.assert_blames(&["buckets"]);
    let body = json!({"name": "o", "region": "r", "buckets": [bucket]});
    call("POST", "/api/offline-dbs", body).await.assert_blames(&["buckets"]);
    let body = json!({"name": "p", "region": "r", "type": "AVR", "buckets": ["first's"]});
    call("POST", "/api/base-projects", body).await.assert_blames(&["buckets"]);
    let own = call("POST", "/api/buckets", json!({"name": "own", "region": "r", "type": "File"})).await;
    let own = own.json()["data"]["id"].as_i64().unwrap();
    let files = format!("/api/buckets/{own}/files");
    // Neither moved in, nor copied by the name of its sound.
    let (id, acr_id) = (estate.file["id"].as_i64().unwrap(), estate.file["acr_id"].as_str().unwrap());
    call("PUT", &format!("{files}/{id},{acr_id}/move"), json!({})).await.assert_refused(404);
    call("PUT", &format!("{files}/{id}"), json!({})).await.assert_refused(404);
    let copied = call("POST", &files, json!({"data_type": "acrid", "acrid": acr_id})).await;
    assert_eq!(copied.status, 200);
    estate.house.settle().await;
    let rows = estate.house.ask_as(&stranger, "GET", &files).await.json();
    assert_eq!(rows["data"][0]["state"], -1, "{rows}");
    // Nor is the stranger's bucket a place to move to.
    let path = format!("/api/buckets/{bucket}/files/move");
    let body = json!({"target_bucket_id": own, "ids": [id]});
    estate.house.call("POST", &path, body).await.assert_refused(404);
}
