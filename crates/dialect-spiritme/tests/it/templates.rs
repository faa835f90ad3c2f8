//! Templates of batch videos.

use serde_json::{Value, json};

use crate::house::{House, avatar, png, voice, wav};

fn template() -> Value {
    json!({"avatar": {"id": avatar("amara")}, "voice": {"id": voice("en-US")}, "text": "Hello {name}!"})
}

#[tokio::test]
async fn a_template_is_kept_and_found() {
    let house = House::new().await;
    let background = house.new_file("a.png", &png(8, 8)).await;
    let mut body = template();
    body["background"] = json!({"id": background});
    let created = house.post("/api/batch-video-templates/", body).await;
    assert_answer!(created);
    assert_eq!(house.get("/api/batch-video-templates/1/").await.text(), created.text());
    house.made("/api/batch-video-templates/", template()).await;
    let page = house.get("/api/batch-video-templates/").await.json();
    assert_eq!((&page["count"], &page["results"][0]["id"]), (&json!(2), &json!(2)));
    assert_eq!(page["results"][0]["background"], Value::Null);
    assert_eq!(page["results"][1], created.json());
}

#[tokio::test]
async fn every_fault_of_a_template_has_its_words() {
    let house = House::new().await;
    let sound = house.new_file("a.wav", &wav(200)).await;
    let required = json!(["This field is required."]);
    let answer = house.post("/api/batch-video-templates/", json!({})).await;
    answer.assert_problems(json!({"avatar": required, "voice": required, "text": required}));
    let body = json!({"avatar": 4, "voice": null, "text": " "});
    house.post("/api/batch-video-templates/", body).await.assert_problems(json!({
        "avatar": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
        "voice": ["This field may not be null."],
        "text": ["This field may not be blank."],
    }));
    let body = json!({"avatar": {}, "voice": {"id": "x"}, "text": [], "background": {"id": 999}});
    house.post("/api/batch-video-templates/", body).await.assert_problems(json!({
        "avatar": {"id": required},
        "voice": {"id": ["A valid integer is required."]},
        "text": ["Not a valid string."],
        "background": {"id": ["Invalid pk \"999\" - object does not exist."]},
    }));
    let body =
        json!({"avatar": {"id": 9}, "voice": {"id": true}, "text": "x".repeat(20_001), "background": {"id": sound}});
    house.post("/api/batch-video-templates/", body).await.assert_problems(json!({
        "avatar": {"id": ["Invalid pk \"9\" - object does not exist."]},
        "voice": {"id": ["A valid integer is required."]},
        "text": ["Ensure this field has no more than 20000 characters."],
        "background": {"id": ["Incorrect type. Expected a file of type image or video, received audio."]},
    }));
    assert_eq!(house.get("/api/batch-video-templates/").await.json()["count"], 0);
}

#[tokio::test]
async fn ids_may_be_text() {
    let house = House::new().await;
    let body = json!({
        "avatar": {"id": avatar("amara").to_string(), "name": "ignored"}, "voice": {"id": voice("en-US") as f64}, "text": 5
    });
    let answer = house.post("/api/batch-video-templates/", body).await;
    assert_eq!((answer.status, &answer.json()["text"]), (201, &json!("5")));
}
