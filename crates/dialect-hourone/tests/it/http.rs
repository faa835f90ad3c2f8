//! What holds for every operation as HTTP.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn a_client_may_take_the_host_or_a_prefix_as_its_base() {
    let house = House::new().await;
    for base in ["", "/api/v1", "/hourone", "/hourone/api/v1", "//api//v1/"] {
        assert_eq!(house.get(&format!("{base}/videos")).await.json(), json!([]), "{base}");
        let answer = house.post(&format!("{base}/videos/"), json!({})).await;
        answer.assert_blames(&["body.source_draft_id"]);
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let house = House::new().await;
    for path in ["/api/v1", "/api/v1/nothing", "/hourone", "/videos/1/2/3", "/api/v1/playground/videos"] {
        assert_eq!(house.get(path).await.assert_refused(404), "Not Found", "{path}");
    }
    let answer = house.ask("PATCH", "/videos").await;
    assert_eq!(answer.assert_refused(405), "Method Not Allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    house.ask_as("", "PATCH", "/videos").await.assert_refused(401);
    // Nothing is known of other doors' paths.
    let answer = house.get("/api/videos").await;
    assert_eq!((answer.status, answer.bytes.len()), (404, 0));
}

#[tokio::test]
async fn a_body_is_json_whatever_it_is_called() {
    let house = House::new().await;
    for content_type in [Some("application/json"), Some("application/x-www-form-urlencoded"), Some("text/plain"), None]
    {
        let mut request = Request::post("/drafts").header("api-key", &house.key);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let body = Body::from("\u{feff} {\"source_draft_id\": \"d\"}\n");
        let answer = house.send(request.body(body).unwrap()).await;
        assert_eq!(answer.status, 201, "{content_type:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_call() {
    let house = House::new().await;
    let request = Request::options("/videos")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "DELETE")
        .header("access-control-request-headers", "api-key,content-type");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "GET,POST,PUT,DELETE,OPTIONS");
    assert_eq!(answer.header("access-control-allow-headers"), "api-key,content-type");
    let refused = house.send(Request::get("/videos").body(Body::empty()).unwrap()).await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}
