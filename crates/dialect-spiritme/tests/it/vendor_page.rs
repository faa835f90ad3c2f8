//! The request of the vendor's page as it is printed, with only host and token changed.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn the_request_of_the_page() {
    let house = House::new().await;
    // curl --location --request POST 'http://…/api/batch-videos/' --header 'Authorization;' --data-urlencode 'variables='
    let request = Request::post("/api/batch-videos/")
        .header("authorization", format!("Token {}", house.token))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "*/*");
    let answer = house.send(request.body(Body::from("variables=")).unwrap()).await;
    assert_eq!(answer.status, 201);
    let expected = r#"{"id":1,"cd":"2026-01-02T03:04:05.678000Z","variables":{},"template":null,"status":"draft","result":null,"webhook":null}"#;
    assert_eq!(answer.text(), expected);
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn the_header_of_the_page_without_a_token() {
    let house = House::new().await;
    let request = Request::post("/api/batch-videos/")
        .header("authorization", "")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = house.send(request.body(Body::from("variables=")).unwrap()).await;
    answer.assert_detail(401, "Authentication credentials were not provided.");
}

#[tokio::test]
async fn the_same_body_with_every_member_that_the_page_lists() {
    let house = House::new().await;
    let template = json!({
        "avatar": {"id": crate::house::avatar("amara")}, "voice": {"id": crate::house::voice("en-US")}, "text": "Hello {name}!"
    });
    let template = house.made("/api/batch-video-templates/", template).await.to_string();
    let template = format!("{{\"id\":{template}}}");
    let pairs =
        [("variables", "{\"name\":\"Ada\"}"), ("template", &template), ("webhook", "{\"url\":\"http://example.com\"}")];
    let answer = house.form("POST", "/api/batch-videos/", &pairs).await;
    assert_answer!(answer);
    let members: Vec<String> = answer.text().split("\":").map(str::to_owned).collect();
    let place = |name: &str| members.iter().position(|member| member.ends_with(&format!("\"{name}"))).unwrap();
    let order = ["id", "cd", "variables", "template", "status", "result", "webhook"].map(place);
    assert!(order.is_sorted(), "{}", answer.text());
}
