//! An avatar alone, and speech alone.

use serde_json::{Value, json};
use stage::document::{Background, Color};

use crate::house::House;

fn body() -> Value {
    json!({"language": "en", "text": "Good morning.", "model": "M000000001", "clothes": "BG00000001"})
}

#[tokio::test]
async fn an_avatar_alone_stands_before_one_flat_green_and_is_exported() {
    let house = House::new().await;
    let answer = house.post("/simple/video", body()).await;
    assert_answer!("video", answer);
    let id = answer.project_id();
    assert_eq!(house.film(&id).await.state.name(), "queued");
    let scene = house.scenes(&id).await.scenes.remove(0);
    assert_eq!(scene.background, Background::Color { color: Color::rgb(0, 177, 64).into() });
    assert_eq!((scene.layers.len(), house.said(&id).await), (1, vec!["Good morning.".to_owned()]));
    let mut stored = body();
    stored["isExport"] = json!(false);
    let id = house.post("/simple/video", stored).await.project_id();
    assert_eq!(house.film(&id).await.state.name(), "draft");
}

#[tokio::test]
async fn an_avatar_of_ones_own_is_made_the_same_way() {
    let house = House::new().await;
    let mut body = body();
    body["isExport"] = json!(false);
    let answer = house.post("/simple/custom", body).await;
    assert_answer!("custom", answer);
    assert_eq!(answer.json()["data"]["taskId"], answer.json()["data"]["projectId"]);
}

#[tokio::test]
async fn speech_is_ready_at_once() {
    let house = House::new().await;
    let answer = house.post("/simple/audio", body()).await;
    assert_answer!("audio", answer);
    let data = answer.json()["data"].clone();
    assert!(data["downloadUrl"].as_str().unwrap().ends_with(data["fileName"].as_str().unwrap()));
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let house = House::new().await;
    for (path, keys) in [
        ("/simple/video", &["language", "text", "model", "clothes"][..]),
        ("/simple/custom", &["language", "text", "model"]),
        ("/simple/audio", &["language", "text", "model"]),
    ] {
        for key in keys {
            let mut body = body();
            body[*key] = Value::Null;
            assert_eq!(house.post(path, body).await.assert_refused(400), format!("{key}: is required"), "{path}");
        }
    }
}
