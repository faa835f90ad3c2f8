//! Folders, workspaces and teams.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::house::House;

async fn create_in(house: &House, header: &str, value: &str) -> u16 {
    let request = Request::post("/videos").header("api-key", &house.key).header(header, value);
    let body = json!({"source_draft_id": "gone"}).to_string();
    house.send(request.body(Body::from(body)).unwrap()).await.status
}

#[tokio::test]
async fn places_are_made_and_listed() {
    let house = House::new().await;
    for path in ["/folders", "/workspaces", "/teams"] {
        assert_eq!(house.get(path).await.json(), json!([]));
        let made = house.post(path, json!({"name": "Spring"})).await;
        insta::with_settings!({snapshot_suffix => path[1..].to_owned()}, { assert_answer!(made); });
        assert_eq!(house.get(path).await.json(), json!([made.json()]));
        house.post(path, json!({})).await.assert_blames(&["body.name"]);
        house.post(path, json!({"name": "  "})).await.assert_blames(&["body.name"]);
    }
}

#[tokio::test]
async fn who_has_made_places_must_name_one_of_them() {
    let house = House::new().await;
    for (header, path) in [("workspace-id", "/workspaces"), ("team-id", "/teams")] {
        assert_eq!(create_in(&house, header, "anything").await, 201);
        let id = house.post(path, json!({"name": "x"})).await.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(create_in(&house, header, &id).await, 201);
        assert_eq!(create_in(&house, header, "anything").await, 403);
        assert_eq!(create_in(&house, header, "").await, 201);
        assert_eq!(create_in(&house, header, &"x".repeat(401)).await, 422);
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_a_warning() {
    let house = House::new().await;
    let folder = house.post("/folders", json!({"name": "Spring"})).await.json()["id"].clone();
    let answer = house.post("/drafts", json!({"source_draft_id": "gone", "folder_id": "f"})).await;
    assert!(answer.header("x-phonoscope-warnings").contains("the folder `f` is not known here"));
    let answer = house.post("/drafts", json!({"source_draft_id": "gone", "folder_id": folder})).await;
    assert!(!answer.header("x-phonoscope-warnings").contains("folder"));
}
