//! What belongs to one account does not exist for another.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::house::{Answer, House, avatar, png, voice};
use crate::operations::{Operation, busy_body};

async fn as_stranger(house: &House, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Token {token}"))
        .header("content-type", "application/json");
    house.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// One of everything, each with the id 1.
async fn estate() -> House {
    let house = House::new().await;
    house.new_file("a.png", &png(8, 8)).await;
    let template = json!({"avatar": {"id": avatar("amara")}, "voice": {"id": voice("en-US")}, "text": "Hi", "background": {"id": 1}});
    house.made("/api/batch-video-templates/", template).await;
    let batch = json!({"variables": {}, "template": {"id": 1}, "webhook": {"url": "https://hooks.example.org/"}});
    house.made("/api/batch-videos/", batch).await;
    house.made("/api/videos/", busy_body()).await;
    house
}

async fn view(house: &House, token: &str) -> Vec<Value> {
    let mut view = Vec::new();
    for area in ["batch-video-templates", "batch-videos", "files", "videos"] {
        view.push(house.ask_as(token, "GET", &format!("/api/{area}/")).await.json());
    }
    view
}

#[tokio::test]
async fn whatever_takes_an_id_finds_nothing_of_another_account() {
    let house = estate().await;
    let before = view(&house, &house.token).await;
    let stranger = house.strangers_token().await;
    let mut n_tried = 0;
    for operation in Operation::guarded().iter().filter(|operation| operation.path.contains('{')) {
        let answer = as_stranger(&house, &stranger, &operation.method, &operation.path_with("1"), &busy_body()).await;
        answer.assert_detail(404, "Not found.");
        n_tried += 1;
    }
    assert_eq!(n_tried, 9);
    assert_eq!(view(&house, &house.token).await, before);
    for page in view(&house, &stranger).await {
        assert_eq!(page["count"], 0);
    }
}

#[tokio::test]
async fn nothing_of_another_account_can_be_referred_to() {
    let house = estate().await;
    let stranger = house.strangers_token().await;
    let missing = json!({"id": ["Invalid pk \"1\" - object does not exist."]});
    let one = json!({"id": 1});
    let slide = json!({"audio_source": {"file": one}, "layers": [{"media": one}], "background": one});
    let body = json!({"slides": [slide], "webhook": {"url": "https://x.example/"}});
    let answer = as_stranger(&house, &stranger, "POST", "/api/videos/", &body).await;
    let slide = json!({"audio_source": {"file": missing}, "layers": [{"media": missing}], "background": missing});
    answer.assert_problems(json!({"slides": [slide]}));
    let body = json!({"variables": {}, "template": one});
    let answer = as_stranger(&house, &stranger, "POST", "/api/batch-videos/", &body).await;
    answer.assert_problems(json!({"template": missing}));
    let body = json!({"variables": {}, "webhook": one});
    let answer = as_stranger(&house, &stranger, "POST", "/api/batch-videos/", &body).await;
    answer.assert_problems(json!({"webhook": missing}));
}
