//! The API's second version under its own paths.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{Answer, House, json_request, tiny};

fn document() -> Value {
    json!({
        "name": "Old", "isExport": false,
        "scenes": [{
            "AIModel": {"model": "M000000001", "clothes": "BG00000001", "language": "en", "script": "Hello.", "scale": 1,
                        "locationX": 0.25, "locationY": 0},
            "clips": [{"type": "background", "detail": {"url": "/images/background/bg_office.png", "layer": -1}}],
        }],
    })
}

async fn get(house: &House, path: &str) -> Answer {
    let request = Request::get(path).header("authorization", &house.token);
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn documents_of_the_second_version_are_taken_at_the_old_paths() {
    let house = House::new().await;
    for path in ["/api/odin/editor/project", "/api/odin/v2/editor/project", "/aistudios/api/odin/editor/project"] {
        let answer = house.send(json_request(&house.token, "POST", path, &document())).await;
        assert_answer!("created", answer);
        let id = answer.json()["data"]["key"].as_str().unwrap().to_owned();
        assert_eq!(house.said(&id).await, ["Hello."], "{path}");
        assert_eq!(
            house.project(&id).await["scenes"][0]["background"]["source_url"],
            "/images/background/bg_office.png"
        );
    }
    // And at the new one.
    let id = house.new_project(document()).await;
    assert_eq!(house.said(&id).await, ["Hello."]);
}

#[tokio::test]
async fn progress_is_told_at_the_old_paths_in_old_and_new_words() {
    let house = House::new().await;
    let id = house.new_project(tiny()).await;
    house.settle().await;
    for path in ["/api/odin/editor/progress", "/api/odin/v2/editor/progress"] {
        assert_answer!("progress", get(&house, &format!("{path}/{id}")).await);
    }
    assert_eq!(
        get(&house, &format!("/api/odin/editor/project/{id}")).await.json()["data"]["project"]["_id"],
        json!(id)
    );
}

#[tokio::test]
async fn what_is_wrong_in_an_old_document_is_named() {
    let house = House::new().await;
    for (change, value, msg) in [
        ("/scenes/0/clips/0/type", json!("film"), "scenes[0].clips[0].type: must be image, background or text"),
        ("/scenes/0/clips/0/detail", Value::Null, "scenes[0].clips[0].detail: is required"),
        ("/scenes/0/clips/0/detail/url", Value::Null, "scenes[0].clips[0].detail.url: is required"),
        ("/scenes/0/AIModel/scale", json!("big"), "scenes[0].AIModel.scale: must be a number, is text"),
    ] {
        let mut body = document();
        *body.pointer_mut(change).unwrap() = value;
        assert_eq!(house.post("/editor/project", body).await.assert_refused(400), msg);
    }
}
