//! Webhooks, what is posted to them, and sending it again.

use engine::Door;
use engine::film::{Announcer, FilmEvent, FilmId};
use serde_json::{Value, json};

use crate::house::House;

const URL: &str = "https://hooks.example/video";

async fn new_webhook(house: &House) -> Value {
    let body = json!({"name": "shop", "url": URL, "events": ["video.ready", "video.failed"]});
    let answer = house.post("/webhooks", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn path_of(webhook: &Value, rest: &str) -> String {
    format!("/webhooks/{}{rest}", webhook["id"].as_str().unwrap())
}

#[tokio::test]
async fn each_operation() {
    let house = House::new().await;
    let body = json!({"name": "shop", "url": URL, "events": ["video.ready"], "description": "new orders"});
    let made = house.post("/webhooks", body).await;
    assert_answer!("made", made);
    let webhook = made.json();
    let found = house.get(&path_of(&webhook, "")).await;
    assert_eq!((found.status, found.json()), (200, webhook.clone()));
    assert_eq!(house.get("/webhooks").await.json(), json!([webhook]));
    house.advance(60.0);
    let change = json!({"name": "store", "events": ["video.failed", "video.failed"], "description": null});
    assert_answer!("changed", house.call("PUT", &path_of(&webhook, ""), change).await);
    let rotated = house.ask("PUT", &path_of(&webhook, "/secret")).await.json();
    assert_ne!(rotated["signing_secret"], webhook["signing_secret"]);
    let deleted = house.ask("DELETE", &path_of(&webhook, "")).await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    house.ask("DELETE", &path_of(&webhook, "")).await.assert_refused(404);
}

#[tokio::test]
async fn states_are_toggled() {
    let house = House::new().await;
    let webhook = new_webhook(&house).await;
    let put = async |rest: &str| house.ask("PUT", &path_of(&webhook, rest)).await.json()["status"].clone();
    assert_eq!(webhook["status"], "active");
    assert_eq!((put("/pause").await, put("/pause").await), (json!("paused"), json!("active")));
    assert_eq!((put("/toggle-status").await, put("/toggle-status").await), (json!("inactive"), json!("active")));
    assert_eq!((put("/pause").await, put("/toggle-status").await), (json!("paused"), json!("inactive")));
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_told() {
    let house = House::new().await;
    house.post("/webhooks", json!({})).await.assert_blames(&["body.name", "body.url", "body.events"]);
    let body = json!({"name": "n", "url": "x", "events": ["video.ready", "video.made"], "event_name_style": "camel"});
    let blamed = ["body.url", "body.events.1", "body.event_name_style"];
    house.post("/webhooks", body).await.assert_blames(&blamed);
    let body = json!({"name": "n", "url": "http://127.0.0.1/x", "events": ["video.ready"]});
    house.post("/webhooks", body).await.assert_blames(&["body.url"]);
    let webhook = new_webhook(&house).await;
    house.call("PUT", &path_of(&webhook, ""), json!({"events": []})).await.assert_blames(&["body.events"]);
}

#[tokio::test]
async fn a_ready_video_is_told_and_signed() {
    let mut house = House::new().await;
    let webhook = new_webhook(&house).await;
    let id = house.new_tiny_video("").await;
    house.settle().await;
    let post = house.posts.recv().await.unwrap();
    assert_eq!(post.url.as_str(), URL);
    let body: Value = serde_json::from_str(&post.body).unwrap();
    let video = house.get(&format!("/videos/{id}")).await.json();
    let data = json!({"id": id, "req_id": "r-1", "draft_id": video["draft_id"], "status": "ready"});
    assert_eq!(body, json!({"event_name": "video_ready", "data": data}));
    let secret = engine::Secret::new(webhook["signing_secret"].as_str().unwrap());
    assert_eq!(post.headers["x-hourone-signature"], engine::sign_hex(&secret, post.body.as_bytes()));
    assert_answer!(house.get(&path_of(&webhook, "/deliveries")).await);
}

#[tokio::test]
async fn a_failed_video_is_told_and_progress_is_not() {
    let house = House::new().await;
    let id = FilmId::from_text(house.new_tiny_video("").await);
    let film = house.engine.film(&house.account_id, Door::Hourone, &id).await.unwrap();
    let announcer = dialect_hourone::announcer();
    let failed = announcer.message(&house.engine, &film, FilmEvent::Failed, None).await.unwrap().unwrap();
    let body: Value = serde_json::from_str(&failed.body).unwrap();
    assert_eq!((&body["event_name"], &body["data"]["status"]), (&json!("video_failed"), &json!("failed")));
    assert_eq!(failed.signature_header, Some("x-hourone-signature"));
    assert_eq!(announcer.message(&house.engine, &film, FilmEvent::Progress, None).await.unwrap(), None);
    assert!(!announcer.tells_progress());
}

#[tokio::test]
async fn events_can_be_written_with_a_dot() {
    let mut house = House::new().await;
    let body = json!({"name": "n", "url": URL, "events": ["video.ready"], "event_name_style": "dot"});
    assert_eq!(house.post("/webhooks", body).await.status, 201);
    house.new_tiny_video("").await;
    house.settle().await;
    let body: Value = serde_json::from_str(&house.posts.recv().await.unwrap().body).unwrap();
    assert_eq!(body["event_name"], "video.ready");
}

#[tokio::test]
async fn nothing_is_posted_to_a_webhook_that_is_paused_or_hears_of_something_else() {
    let mut house = House::new().await;
    let webhook = new_webhook(&house).await;
    house.ask("PUT", &path_of(&webhook, "/pause")).await;
    let body = json!({"name": "n", "url": URL, "events": ["video.failed"]});
    assert_eq!(house.post("/webhooks", body).await.status, 201);
    house.new_tiny_video("").await;
    house.settle().await;
    assert!(house.posts.try_recv().is_err());
}

#[tokio::test]
async fn a_delivery_that_failed_is_tried_five_times_and_sent_again_when_asked() {
    let mut house = House::new().await;
    let webhook = new_webhook(&house).await;
    house.answer_posts_with(500);
    house.new_tiny_video("").await;
    house.settle_retrying().await;
    let deliveries = house.get(&path_of(&webhook, "/deliveries")).await.json();
    assert_eq!((&deliveries[0]["state"], deliveries[0]["attempts"].as_array().unwrap().len()), (&json!("failed"), 5));
    assert_eq!(deliveries[0]["attempts"][0]["status"], 500);
    let mut bodies = Vec::new();
    while let Ok(post) = house.posts.try_recv() {
        bodies.push(post.body);
    }
    assert!(bodies.len() == 5 && bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    house.answer_posts_with(204);
    let id = deliveries[0]["id"].as_str().unwrap();
    let resent = house.ask("POST", &path_of(&webhook, &format!("/deliveries/{id}/resend"))).await;
    assert_eq!((resent.status, &resent.json()["state"]), (200, &json!("pending")));
    house.settle().await;
    let deliveries = house.get(&path_of(&webhook, "/deliveries")).await.json();
    assert_eq!(deliveries[0]["state"], "delivered");
    assert_eq!(house.ask("POST", &path_of(&webhook, "/deliveries/resend")).await.json(), json!([]));
    house.ask("POST", &path_of(&webhook, "/deliveries/x/resend")).await.assert_refused(404);
}

#[tokio::test]
async fn a_webhook_that_keeps_failing_is_inactive_until_a_past_event_gets_through() {
    let house = House::new().await;
    let webhook = new_webhook(&house).await;
    // Gone for good: each delivery fails at its first attempt.
    house.answer_posts_with(410);
    house.new_tiny_video("").await;
    house.settle().await;
    let status = async || house.get(&path_of(&webhook, "")).await.json()["status"].clone();
    assert_eq!(status().await, "inactive");
    house.answer_posts_with(200);
    let resent = house.ask("POST", &path_of(&webhook, "/deliveries/resend")).await.json();
    assert_eq!(resent.as_array().unwrap().len(), 1);
    assert_eq!(status().await, "pending");
    house.settle().await;
    assert_eq!(status().await, "active");
}
