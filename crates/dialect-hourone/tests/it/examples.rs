//! Requests to copy.

use serde_json::json;

use crate::house::{House, catalog};

#[tokio::test]
async fn an_example_of_every_shipped_draft_makes_a_video_without_a_warning() {
    let house = House::new().await;
    for template in catalog().templates() {
        for kind in ["create", "override"] {
            let path = format!("/examples/create-video?draft_id={}&example_type={kind}", template.id);
            let answer = house.get(&path).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let example = answer.json();
            assert_eq!(example["json_request"]["type"], kind);
            let made = house.post("/drafts", example["json_request"].clone()).await;
            assert_eq!((made.status, made.header("x-phonoscope-warnings")), (201, ""), "{kind} of {}", template.name);
            let curl = example["curl"].as_str().unwrap();
            assert!(curl.starts_with("curl -X POST 'http://localhost:8080/api/v1/videos' -H 'api-key: "), "{curl}");
        }
    }
}

#[tokio::test]
async fn an_example_can_be_asked_for_by_post() {
    let house = House::new().await;
    let draft = house.new_video(json!({"recipe_id": catalog().templates()[0].id})).await["draft_id"].clone();
    let posted = house.post("/examples", json!({"draft_id": draft, "example_type": "override"})).await;
    assert_eq!(posted.status, 200);
    assert_eq!(posted.json()["json_request"]["source_draft_id"], draft);
    house.post("/examples", json!({"example_type": "x"})).await.assert_blames(&["body.draft_id", "body.example_type"]);
}
