//! Videos from drafts with placeholders.

use serde_json::{Value, json};

use crate::house::{House, PICTURE_URL, catalog};

async fn new_workflow(house: &House) -> Value {
    let template = &catalog().templates()[0];
    let layout = template.layouts.iter().find(|layout| layout.media_slots().count() > 0).unwrap();
    let scene = json!({
        "name": "s", "layout_id": layout.id, "transcript": "Hello {{name}}.",
        "media_elements": [{"url": "{{photo}}"}],
    });
    let body = json!({"name": "Greeting", "template_id": template.id, "character_id": "elena", "voice_id": "v", "scenes": [scene]});
    let answer = house.post("/drafts", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].clone()
}

#[tokio::test]
async fn values_take_the_places_of_names() {
    let house = House::new().await;
    let workflow = new_workflow(&house).await;
    let body = json!({
        "type": "workflow", "workflow_id": workflow, "metadata": {"a": 1}, "correlation_id": "c",
        "variables": [{"name": "name", "value": "Ann"}, {"variable_id": "photo", "value": PICTURE_URL}, {"name": "x", "value": 1}],
    });
    let answer = house.post("/videos", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.header("x-phonoscope-warnings").starts_with("nothing is called `x` in this workflow"));
    let video = answer.json();
    assert_eq!((&video["metadata"], &video["name"]), (&json!({"a": 1}), &json!("Greeting")));
    let project = house.project_of(&video["id"]).await;
    assert_eq!(project["scenes"][0]["narration"][0]["text"], "Hello Ann.");
    let layers = project["scenes"][0]["layers"].as_array().unwrap();
    assert!(layers.iter().any(|layer| layer["image"] == PICTURE_URL), "{project}");
}

#[tokio::test]
async fn values_must_be_there_and_media_must_be_addresses() {
    let house = House::new().await;
    let workflow = new_workflow(&house).await;
    let answer = house.post("/videos", json!({"workflow_id": workflow})).await;
    answer.assert_blames(&["body.variables"]);
    assert_eq!(answer.json()["detail"][0]["msg"], "the workflow needs values for: name, photo");
    let variables = json!([{"name": "name", "value": "Ann"}, {"name": "photo", "value": "/etc/passwd"}]);
    let answer = house.post("/videos", json!({"workflow_id": workflow, "variables": variables})).await;
    answer.assert_blames(&["body.variables.1.value"]);
    let answer =
        house.post("/videos", json!({"workflow_id": workflow, "variables": [{"value": "x"}, {"name": "y"}]})).await;
    answer.assert_blames(&["body.variables.0.name", "body.variables.1.value"]);
}

#[tokio::test]
async fn a_workflow_that_is_not_there_is_not_found() {
    let house = House::new().await;
    let answer = house.post("/videos", json!({"type": "workflow", "workflow_id": "w"})).await;
    assert_eq!(answer.assert_refused(404), "Workflow not found");
}
