//! Slashes, methods, headers.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::house::House;
use crate::operations::Operation;

#[tokio::test]
async fn a_path_without_its_last_slash_leads_to_the_one_with_it() {
    let house = House::new().await;
    for operation in Operation::all() {
        let path = operation.path_with("7");
        let short = path.trim_end_matches('/');
        let answer = house.ask(&operation.method, &format!("{short}?a=b%2Fc")).await;
        assert_eq!(answer.status, if operation.method == "GET" { 301 } else { 308 }, "{operation:?}");
        assert_eq!(answer.header("location"), format!("{path}?a=b%2Fc"));
    }
    assert_eq!(house.ask("HEAD", "/api/videos").await.status, 301);
    assert_eq!(house.ask("GET", "/spiritme/api/videos").await.header("location"), "/spiritme/api/videos/");
}

#[tokio::test]
async fn the_prefix_of_the_door_is_as_good_as_the_root() {
    let house = House::new().await;
    let body = json!({"slides": [{"audio_source": {"text": "Hi"}}]});
    house.made("/spiritme/api/videos/", body.clone()).await;
    house.made("/api/videos/", body).await;
    let page = house.get("/spiritme/api/videos/?limit=1").await.json();
    assert_eq!(page["next"], "https://media.example/spiritme/api/videos/?limit=1&offset=1");
    let page = house.get("/api/videos/?limit=1").await.json();
    assert_eq!(page["next"], "https://media.example/api/videos/?limit=1&offset=1");
    assert_eq!(house.get("//api//videos/").await.json()["count"], 2);
}

#[tokio::test]
async fn what_is_nowhere() {
    let house = House::new().await;
    for path in
        ["/api/videos/1/x/", "/api/tts/", "/api/users/", "/api/users/1/", "/api/avatars/1/", "/spiritme/x", "/spiritme"]
    {
        for method in ["GET", "POST", "PATCH", "OPTIONS"] {
            house.ask(method, path).await.assert_detail(404, "Not found.");
        }
    }
}

#[tokio::test]
async fn every_place_tells_its_methods() {
    let house = House::new().await;
    let mut lines = Vec::new();
    let mut paths: Vec<String> = Operation::all().iter().map(|operation| operation.path_with("999")).collect();
    paths.dedup();
    for path in &paths {
        let answer = house.ask("PATCH", path).await;
        answer.assert_detail(405, "Method \"PATCH\" not allowed.");
        lines.push(format!("{path}: {}", answer.header("allow")));
        assert_eq!(house.ask_as("nobody", "GET", path).await.header("allow"), answer.header("allow"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn what_can_be_fetched_can_be_looked_at() {
    let house = House::new().await;
    house.made("/api/videos/", json!({"slides": [{"audio_source": {"text": "Hi"}}]})).await;
    for path in ["/api/videos/", "/api/videos/1/", "/api/avatars/", "/api/schema/", "/api/videos/9/"] {
        let (get, head) = (house.get(path).await, house.ask("HEAD", path).await);
        assert_eq!((head.status, head.bytes.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-length"), get.bytes.len().to_string(), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    assert_eq!(house.ask("HEAD", "/api/videos/1/publish/").await.status, 405);
}

#[tokio::test]
async fn options_describe_a_place() {
    let house = House::new().await;
    assert_answer!(house.ask("OPTIONS", "/api/videos/1/").await);
    assert_eq!(house.ask("OPTIONS", "/api/files/").await.json()["parses"], json!(["multipart/form-data"]));
    assert_eq!(house.ask_as("nobody", "OPTIONS", "/api/videos/").await.status, 401);
    assert_eq!(house.ask_as("nobody", "OPTIONS", "/api/schema/").await.status, 200);
}

#[tokio::test]
async fn browsers_may_call() {
    let house = House::new().await;
    let request = Request::options("/api/videos/")
        .header("origin", "https://page.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type");
    assert!(answer.header("access-control-allow-methods").contains("PUT"));
    assert_eq!(house.get("/api/videos/").await.header("access-control-allow-origin"), "*");
    assert_eq!(house.get("/api/videos/9/").await.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn clients_that_accept_no_json() {
    let house = House::new().await;
    for (accept, status) in
        [("text/html", 406), ("application/*", 200), ("text/html, */*;q=0.1", 200), ("image/png", 406)]
    {
        let request = Request::get("/api/videos/")
            .header("authorization", format!("Token {}", house.token))
            .header("accept", accept);
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{accept}");
        if status == 406 {
            answer.assert_detail(406, "Could not satisfy the request Accept header.");
        }
    }
}
