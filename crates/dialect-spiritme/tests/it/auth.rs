//! Who is let in, and what is checked before and after.

use axum::body::Body;
use axum::http::Request;
use engine::{CredentialRequest, Door, Enabled, Limits};
use serde_json::json;

use crate::house::{Answer, House};
use crate::operations::Operation;

async fn with_header(house: &House, method: &str, path: &str, header: Option<&[u8]>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(header) = header {
        request = request.header("authorization", header);
    }
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_fault_of_the_header_has_its_words() {
    let house = House::new().await;
    let token = house.token.clone();
    let bearer = format!("Bearer {token}");
    let spaces = format!("Token {token} x");
    let missing = "Authentication credentials were not provided.";
    let rows: [(Option<&[u8]>, &str); 9] = [
        (None, missing),
        (Some(b""), missing),
        (Some(bearer.as_bytes()), missing),
        (Some(token.as_bytes()), missing),
        (Some(b"Token nobody"), "Invalid token."),
        (Some(b"Token"), "Invalid token header. No credentials provided."),
        (Some(b"token  "), "Invalid token header. No credentials provided."),
        (Some(spaces.as_bytes()), "Invalid token header. Token string should not contain spaces."),
        (Some(b"Token \xff"), "Invalid token header. Token string should not contain invalid characters."),
    ];
    for (header, detail) in rows {
        let answer = with_header(&house, "GET", "/api/videos/", header).await;
        answer.assert_detail(401, detail);
        assert_eq!(answer.header("www-authenticate"), "Token");
    }
    for header in [format!("Token {token}"), format!("TOKEN   {token} "), format!("token\t{token}")] {
        assert_eq!(with_header(&house, "GET", "/api/videos/", Some(header.as_bytes())).await.status, 200, "{header}");
    }
}

#[tokio::test]
async fn every_operation_but_the_schema_wants_a_token() {
    let house = House::new().await;
    for operation in Operation::all() {
        let answer = with_header(&house, &operation.method, &operation.path_with("1"), None).await;
        assert_eq!(answer.status, if operation.id == "schema_retrieve" { 200 } else { 401 }, "{operation:?}");
    }
}

#[tokio::test]
async fn tokens_that_let_nobody_in() {
    let house = House::new().await;
    let foreign = house.token_of(&house.account_id, Some(Door::Acrcloud), &CredentialRequest::default()).await;
    house.ask_as(&foreign, "GET", "/api/videos/").await.assert_detail(401, "Invalid token.");
    let general = house.token_of(&house.account_id, None, &CredentialRequest::default()).await;
    assert_eq!(house.ask_as(&general, "GET", "/api/videos/").await.status, 200);
    let account = house.engine.create_account("other").await.unwrap();
    let token = house.token_of(&account.id, Some(Door::Spiritme), &CredentialRequest::default()).await;
    house.engine.set_account_enabled(&account.id, Enabled::No).await.unwrap();
    house.ask_as(&token, "GET", "/api/videos/").await.assert_detail(401, "User inactive or deleted.");
}

#[tokio::test]
async fn a_token_for_some_areas_only() {
    let house = House::new().await;
    let request = CredentialRequest { allowed_apis: vec!["files".to_owned()], ..CredentialRequest::default() };
    let token = house.new_token(&request).await;
    assert_eq!(house.ask_as(&token, "GET", "/api/files/").await.status, 200);
    let answer = house.ask_as(&token, "GET", "/api/videos/").await;
    answer.assert_detail(403, "You do not have permission to perform this action.");
    assert!(dialect_spiritme::APIS.contains(&"files"));
}

#[tokio::test]
async fn too_many_requests() {
    let house = House::with_limits(Limits { requests_per_second: 1, ..Limits::default() }).await;
    let mut last = house.get("/api/videos/").await;
    for _ in 0..5 {
        last = house.get("/api/videos/").await;
    }
    last.assert_detail(429, "Request was throttled. Expected available in 1 second.");
    assert_eq!(last.header("retry-after"), "1");
    // Who is throttled is not told about methods, and who is nobody is not throttled.
    assert_eq!(house.ask("PATCH", "/api/videos/").await.status, 429);
    assert_eq!(with_header(&house, "GET", "/api/videos/", None).await.status, 401);
}

/// Route, accept, token, method, object, type of body, syntax, members.
#[tokio::test]
async fn the_order_of_checks() {
    let house = House::new().await;
    let id = house.made("/api/videos/", json!({"slides": [{"audio_source": {"text": "Hi"}}]})).await;
    let send = async |path: &str, accept: &str, token: &str, method: &str, content_type: &str, body: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", accept)
            .header("authorization", format!("Token {token}"))
            .header("content-type", content_type);
        house.send(request.body(Body::from(body)).unwrap()).await.status
    };
    let (good, token) = (format!("/api/videos/{id}/"), house.token.as_str());
    let steps = [
        send("/api/videos/1/2/", "text/html", "x", "PATCH", "text/plain", "{").await,
        send("/api/videos/999/", "text/html", "x", "PATCH", "text/plain", "{").await,
        send("/api/videos/999/", "*/*", "x", "PATCH", "text/plain", "{").await,
        send("/api/videos/999/", "*/*", token, "PATCH", "text/plain", "{").await,
        send("/api/videos/999/", "*/*", token, "PUT", "text/plain", "{").await,
        send(&good, "*/*", token, "PUT", "text/plain", "{").await,
        send(&good, "*/*", token, "PUT", "application/json", "{").await,
        send(&good, "*/*", token, "PUT", "application/json", "{}").await,
    ];
    assert_eq!(steps, [404, 406, 401, 405, 404, 415, 400, 400]);
}
