//! A text said by the voice of a draft.

use serde_json::json;

use crate::house::{House, catalog};

#[tokio::test]
async fn a_text_is_said_by_the_voice_of_a_draft() {
    let house = House::new().await;
    let template = &catalog().templates()[0];
    let answer = house.post("/voice-preview", json!({"transcript": "Hi.", "source_draft_id": template.id})).await;
    assert_answer!("preview", answer);
    let task = answer.json();
    let found = house.get(&format!("/voice-preview/{}", task["id"].as_str().unwrap())).await;
    assert_answer!("preview_task", found);
    assert_eq!(found.json()["req_id"], task["req_id"]);
}

#[tokio::test]
async fn what_can_be_said_is_limited() {
    let house = House::new().await;
    let say = async |transcript: &str| {
        house.post("/voice-preview", json!({"transcript": transcript, "source_draft_id": "gone"})).await
    };
    say("").await.assert_blames(&["body.transcript"]);
    say(" ").await.assert_blames(&["body.transcript"]);
    say(&"x".repeat(501)).await.assert_blames(&["body.transcript"]);
    house.post("/voice-preview", json!({})).await.assert_blames(&["body.transcript", "body.source_draft_id"]);
    let answer = say("Hi.").await;
    assert!(answer.header("x-phonoscope-warnings").starts_with("the draft `gone` is not known here"));
}
