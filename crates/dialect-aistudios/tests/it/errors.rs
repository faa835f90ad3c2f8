//! Every error that an operation can answer with, in the vendor's envelope.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use engine::{CredentialRequest, Credits, Door, Enabled, Limits, Price};
use serde_json::json;

use crate::house::{House, V3, json_request, tiny};

async fn raw(house: &House, content_type: &str, body: impl Into<Body>) -> crate::house::Answer {
    let request = Request::post(format!("{V3}/editor/project"))
        .header("authorization", &house.token)
        .header("content-type", content_type);
    house.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_body_that_cannot_be_read() {
    let house = House::new().await;
    assert_answer!("no_json", raw(&house, "application/json", "{\"scenes\": [").await);
    for (body, start) in [
        ("[]", "the body must be a JSON object, is a list"),
        ("\"x\"", "the body must be a JSON object, is text"),
        ("x=1", "the body is no JSON: "),
        ("", "scenes: at least one scene is required"),
        ("{}", "scenes: at least one scene is required"),
        ("--x\r\nnothing", ""),
        ("-", "the body is no JSON: "),
        (&"[".repeat(1000), "the body is no JSON: "),
    ] {
        let msg = raw(&house, "application/json", body.to_owned()).await.assert_refused(400);
        assert!(msg.starts_with(start), "{body}: {msg}");
    }
    raw(&house, "multipart/form-data", "--b").await.assert_refused(400);
}

#[tokio::test]
async fn values_that_are_missing_or_wrong() {
    let house = House::new().await;
    assert_answer!("no_scenes", house.post("/editor/project", json!({"name": "x"})).await);
    let body = json!({"scenes": [{"clips": [{"type": "textImage", "text": "x", "fontSize": 1}, {"type": "cloud"}]}]});
    assert_answer!("wrong_type", house.post("/editor/project", body).await);
}

#[tokio::test]
async fn a_token_that_is_missing() {
    let house = House::new().await;
    assert_answer!("no_token", house.send(json_request("", "POST", &format!("{V3}/editor/project"), &tiny())).await);
}

#[tokio::test]
async fn projects_paths_and_methods_that_are_not_there() {
    let house = House::new().await;
    assert_answer!("unknown_project", house.get("/editor/project/66b1f0c2a94e1d0012ab34cd").await);
    assert_answer!("unknown_path", house.get("/editor/nothing").await);
    for path in
        ["/api/odin", "/api/odin/", "/api/odin/v3", "/api/odin/v4/editor/project", "/aistudios/api/odin/v3/x/y/z"]
    {
        house.send(json_request(&house.token, "GET", path, &json!({}))).await.assert_refused(404);
    }
    for id in ["x", "66B1F0C2A94E1D0012AB34CD", "%00", "66b1f0c2a94e1d0012ab34cd0", "%ff"] {
        house.get(&format!("/editor/project/{id}")).await.assert_refused(404);
        house.get(&format!("/editor/progress/{id}")).await.assert_refused(404);
    }
    let wrong = house.call("PUT", "/editor/project", json!({})).await;
    assert_answer!("wrong_method", wrong);
    assert!(wrong.header("allow").contains("POST"), "{}", wrong.header("allow"));
}

#[tokio::test]
async fn a_body_that_is_too_large() {
    let house = House::new().await;
    let body = |n_bytes: usize| {
        let mut body = tiny();
        body["isExport"] = json!(false);
        body["padding"] = json!("");
        let padding = n_bytes - body.to_string().len();
        body["padding"] = json!("x".repeat(padding));
        body.to_string()
    };
    let limit = 8 << 20;
    assert_eq!(raw(&house, "application/json", body(limit)).await.status, 200);
    assert_answer!("too_large", raw(&house, "application/json", body(limit + 1)).await);
}

#[tokio::test]
async fn too_much_unfinished_work() {
    let house = House::with_limits(Limits { queued_jobs_per_account_max: 1, ..Limits::default() }).await;
    house.new_project(tiny()).await;
    let refused = house.post("/editor/project", tiny()).await;
    assert_eq!(refused.header("retry-after"), "10");
    assert_answer!("queue_full", refused);
}

#[tokio::test]
async fn too_many_requests() {
    let house = House::new().await;
    let request = CredentialRequest { requests_per_second: Some(1), ..CredentialRequest::default() };
    let keys = house.new_keys(&house.account_id, request).await;
    let token = house.token_of(&keys).await;
    let mut refused = None;
    for _ in 0..5 {
        let answer = house.get_as(&token, "/auth").await;
        if answer.status != 200 {
            refused = Some(answer);
        }
    }
    let refused = refused.unwrap();
    assert!(!refused.header("retry-after").is_empty());
    assert_answer!("too_fast", refused);
}

#[tokio::test]
async fn no_credits() {
    let house = House::new().await;
    let price = Price { door: Door::Aistudios.name().to_owned(), api: "films".to_owned(), amount: Credits(5) };
    house.engine.set_price(&price).await.unwrap();
    assert_answer!("no_credits", house.post("/editor/project", tiny()).await);
    house.new_draft(tiny()).await;
}

#[tokio::test]
async fn a_disabled_account() {
    let house = House::new().await;
    house.engine.set_account_enabled(&house.account_id, Enabled::No).await.unwrap();
    assert_answer!("disabled", house.get("/editor/project").await);
}

#[tokio::test]
async fn a_server_that_fails() {
    let house = House::new().await;
    house.blow_fuse_after(0);
    assert_answer!("failed", house.post("/editor/project", tiny()).await);
    house.blow_fuse_after(i64::MAX);
    house.database.close().await;
    house.get("/editor/project").await.assert_refused(500);
}

#[tokio::test]
async fn a_video_that_failed_is_told_as_an_error_and_as_a_state() {
    let house = House::new().await;
    let id = house.new_project(tiny()).await;
    let film = house.film(&id).await;
    house.engine.cancel_film(&house.account_id, Door::Aistudios, &film.id).await.unwrap();
    house.advance(Duration::from_secs(1));
    assert_answer!("failed_video", house.get(&format!("/editor/progress/{id}")).await);
    assert_eq!(house.project(&id).await["state"], "failed");
}
