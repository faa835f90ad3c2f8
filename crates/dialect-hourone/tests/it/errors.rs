//! Every refusal, as it is sent.

use axum::body::Body;
use axum::http::Request;
use engine::{CredentialRequest, Credits, Door, Limits, Price};
use serde_json::{Value, json};

use crate::house::{Answer, House};

async fn raw(house: &House, body: &str) -> Answer {
    let request = Request::post("/videos").header("api-key", &house.key).header("content-type", "application/json");
    house.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_as_by_the_vendors_framework() {
    let house = House::new().await;
    for (name, body) in [
        ("no_body", ""),
        ("no_object", "[]"),
        ("null", "null"),
        ("broken", "{\"name\": x}"),
        ("no_source", "{}"),
        ("no_type", r#"{"type": "remix"}"#),
        ("types", r#"{"recipe_id": [], "name": {}, "scenes": {}, "metadata": 1, "logo_url": "x"}"#),
        (
            "scene",
            r#"{"recipe_id": "x", "scenes": [{"media": ["ftp://x/y"], "texts": [null], "type": "create_scene"}]}"#,
        ),
        ("create", r#"{"type": "create", "scenes": [{}], "palette": [{"color": "blue"}]}"#),
    ] {
        let answer = raw(&house, body).await;
        answer.assert_refused(422);
        insta::with_settings!({snapshot_suffix => name}, { assert_answer!(answer); });
    }
}

#[tokio::test]
async fn limits_hold_at_the_limit_and_one_past_it() {
    let house = House::new().await;
    let with = async |body: Value| house.post("/drafts", body).await.status;
    let scenes = |n: usize| json!({"recipe_id": "x", "scenes": vec![json!({}); n]});
    let n_max = Limits::default().document.n_scenes_max;
    assert_eq!((with(scenes(n_max)).await, with(scenes(n_max + 1)).await), (201, 422));
    let transcript = |n: usize| json!({"recipe_id": "x", "scenes": [{"transcript": "x".repeat(n)}]});
    assert_eq!((with(transcript(1000)).await, with(transcript(1001)).await), (201, 422));
    let correlation = |n: usize| json!({"recipe_id": "x", "correlation_id": "ä".repeat(n)});
    assert_eq!((with(correlation(100)).await, with(correlation(101)).await), (201, 422));
    let large = json!({"recipe_id": "x", "metadata": {"x": "x".repeat(4 << 20)}});
    house.post("/drafts", large).await.assert_refused(413);
}

#[tokio::test]
async fn too_much_unfinished_work_is_refused_and_leaves_nothing_behind() {
    let house = House::with_limits(Limits { queued_jobs_per_account_max: 1, ..Limits::default() }).await;
    house.new_video(json!({"recipe_id": "x"})).await;
    assert_answer!(house.post("/videos", json!({"recipe_id": "x"})).await);
    assert_eq!(house.get("/videos").await.json().as_array().unwrap().len(), 1);
    let drafts = house.get("/drafts").await.json();
    assert_eq!(drafts.as_array().unwrap().iter().filter(|draft| draft["is_shipped"] == false).count(), 1);
}

#[tokio::test]
async fn who_calls_too_often_is_told_when_to_come_back() {
    let house = House::new().await;
    let request = CredentialRequest { requests_per_second: Some(1), ..CredentialRequest::default() };
    let key = house.key_of(&house.account_id, Some(Door::Hourone), &request).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(house.ask_as(&key, "GET", "/keys").await);
    }
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    refused.assert_refused(429);
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_price_that_no_balance_covers() {
    let house = House::new().await;
    let price = Price { door: Door::Hourone.name().to_owned(), api: "films".to_owned(), amount: Credits(5) };
    house.engine.set_price(&price).await.unwrap();
    assert_answer!(house.post("/videos", json!({"recipe_id": "x"})).await);
}

#[tokio::test]
async fn what_is_not_there() {
    let house = House::new().await;
    for (path, detail) in [
        ("/videos/x", "Video not found"),
        ("/videos/x/metadata", "Video not found"),
        ("/videos/x/report", "Video not found"),
        ("/voice-preview/x", "Voice preview not found"),
        ("/webhooks/x", "Webhook not found"),
        ("/webhooks/x/deliveries", "Webhook not found"),
        ("/drafts/x", "Draft not found"),
        ("/examples/create-video?draft_id=x", "Draft not found"),
    ] {
        assert_eq!(house.get(path).await.assert_refused(404), detail, "{path}");
    }
}
