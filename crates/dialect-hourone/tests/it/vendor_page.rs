//! The requests of the vendor's page on videos, with only host and key changed.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{Answer, House};

/// All members that the page lists, with ids of the vendor's form that nothing here has.
fn printed_body() -> Value {
    json!({
        "name": "My video",
        "source_draft_id": "63f4e5b1c2d3a4b5c6d7e8f9",
        "recipe_id": "63f4e5b1c2d3a4b5c6d7e8fa",
        "folder_id": "63f4e5b1c2d3a4b5c6d7e8fb",
        "palette_id": "63f4e5b1c2d3a4b5c6d7e8fc",
        "character_id": "63f4e5b1c2d3a4b5c6d7e8fd",
        "voice_id": "63f4e5b1c2d3a4b5c6d7e8fe",
    })
}

/// What the page's samples send.
async fn send(house: &House, method: &str, path: &str, body: Body) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:8080")
        .header("accept", "*/*")
        .header("content-type", "application/json")
        .header("api-key", &house.key)
        .header("workspace-id", "text")
        .header("team-id", "text");
    house.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn create_a_video_from_a_source_draft() {
    let house = House::new().await;
    assert_answer!(send(&house, "POST", "/videos", Body::from(printed_body().to_string())).await);
}

#[tokio::test]
async fn a_video_of_the_printed_request_is_made() {
    let house = House::new().await;
    let answer = send(&house, "POST", "/videos", Body::from(printed_body().to_string())).await;
    let project = house.project_of(&answer.json()["id"]).await;
    assert!(!project["scenes"].as_array().unwrap().is_empty());
    assert!(project["scenes"][0]["narration"][0]["text"].as_str().is_some_and(|text| !text.is_empty()), "{project}");
}

#[tokio::test]
async fn every_member_of_the_body_is_optional_but_what_it_is_based_on() {
    let house = House::new().await;
    let all = printed_body();
    for name in all.as_object().unwrap().keys() {
        let mut body = all.clone();
        body.as_object_mut().unwrap().remove(name);
        let answer = send(&house, "POST", "/videos", Body::from(body.to_string())).await;
        assert_eq!(answer.status, 201, "without {name}: {}", answer.text());
    }
    for name in ["source_draft_id", "recipe_id"] {
        let body = json!({ name: "63f4e5b1c2d3a4b5c6d7e8f9" });
        assert_eq!(send(&house, "POST", "/videos", Body::from(body.to_string())).await.status, 201, "only {name}");
    }
    send(&house, "POST", "/videos", Body::from("{}")).await.assert_blames(&["body.source_draft_id"]);
}

#[tokio::test]
async fn get_videos_and_get_a_video_by_id() {
    let house = House::new().await;
    let made = send(&house, "POST", "/videos", Body::from(printed_body().to_string())).await.json();
    let listed = send(&house, "GET", "/videos", Body::empty()).await;
    assert_eq!((listed.status, listed.json()), (200, json!([made])));
    let id = made["id"].as_str().unwrap();
    let found = send(&house, "GET", &format!("/videos/{id}"), Body::empty()).await;
    assert_eq!((found.status, found.json()), (200, made.clone()));
    for name in ["id", "status", "req_id", "draft_id", "video_player_url"] {
        assert!(made[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
    assert_ne!(made["id"], made["draft_id"]);
}

#[tokio::test]
async fn get_video_metadata() {
    let house = House::new().await;
    let id = house.new_tiny_video("").await;
    let path = format!("/api/v1/videos/{id}/metadata");
    send(&house, "GET", &path, Body::empty()).await.assert_blames(&["path.video_id"]);
    house.settle().await;
    assert_answer!(send(&house, "GET", &path, Body::empty()).await);
}

#[tokio::test]
async fn nothing_of_an_answer_is_null() {
    let house = House::new().await;
    let scene = json!({"name": "a", "layout_id": "l"});
    let bodies = [
        printed_body(),
        json!({"source_draft_id": "d"}),
        json!({"type": "create", "template_id": "t", "character_id": "c", "voice_id": "v", "scenes": [scene]}),
    ];
    for body in bodies {
        let text = send(&house, "POST", "/videos", Body::from(body.to_string())).await.text();
        assert!(!text.contains("null"), "{text}");
    }
}
