//! What lies around the operations: CORS, answer formats, slashes, trace ids.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tower::{Layer, ServiceExt};

use crate::house::{House, post};

#[tokio::test]
async fn pages_of_any_origin_may_call() {
    let house = House::new().await;
    let wanted = "authorization,content-type,accept,x-record-exempt,x-other";
    for path in ["/producer/videos", "/producer/unknown"] {
        let request = Request::options(path)
            .header("origin", "https://app.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", wanted);
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), "GET,POST,OPTIONS");
        assert_eq!(answer.header("access-control-allow-headers"), wanted);
        assert_eq!(answer.header("access-control-max-age"), "86400");
    }
    let answer = house.post("/producer/tasks", json!({"id": "unknown"})).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
}

#[tokio::test]
async fn accept_chooses_and_never_refuses() {
    let house = House::new().await;
    for (accept, content_type, end) in [
        ("application/json", "application/json", ""),
        ("*/*", "application/json", ""),
        ("image/png", "application/json", ""),
        ("\u{fc}", "application/json", ""),
        ("text/html, Application/X-NDJSON;q=0.5", "application/x-ndjson", "\n"),
    ] {
        let mut request = post(&house.token, "/producer/tasks", json!({"id": "unknown"}));
        request.headers_mut().insert("accept", accept.parse().unwrap());
        let answer = house.send(request).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type));
        assert_eq!(answer.text, format!("{{}}{end}"));
    }
    let mut request = post(&house.token, "/producer/tasks", json!({}));
    let ndjson = "application/x-ndjson".parse().unwrap();
    request.headers_mut().insert("accept", ndjson);
    let answer = house.send(request).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/x-ndjson"));
    assert_eq!(answer.text.lines().count(), 1);
    assert!(answer.text.ends_with("}\n"));
}

#[tokio::test]
async fn slashes_at_the_seam_of_base_url_and_path_do_not_matter() {
    let house = House::new().await;
    let router = dialect_producer::router(std::sync::Arc::clone(&house.engine));
    let layer = tower::util::MapRequestLayer::new(dialect_producer::normalize_path);
    let app = layer.layer(router);
    for path in ["//producer/tasks", "/producer/tasks/", "//producer//tasks//?x=1"] {
        let request = post(&house.token, path, json!({"id": "unknown"}));
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_say_what_it_is_counts_as_json() {
    let house = House::new().await;
    let mut request = post(&house.token, "/producer/tasks", json!({"id": "unknown"}));
    request.headers_mut().remove("content-type");
    request.headers_mut().insert("x-record-exempt", "true".parse().unwrap());
    assert_eq!(house.send(request).await.text, "{}");
}

#[tokio::test]
async fn every_request_has_a_trace_id_of_its_own() {
    let house = House::new().await;
    let first = house.post("/producer/videos", json!({})).await.json();
    let second = house.post("/producer/videos", json!({})).await.json();
    assert_ne!(first["trace_id"], second["trace_id"]);
}
