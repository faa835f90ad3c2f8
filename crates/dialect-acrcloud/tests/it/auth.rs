//! Who may come in, for what, and how often. This comes before everything else.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use engine::{Application, CredentialKind, CredentialRequest, Door, Enabled, Limits, Page};
use serde_json::json;

use crate::house::{Answer, House};
use crate::operations::{self, busy_body};

const BUCKETS: &str = "/api/buckets";

async fn with_authorization(house: &House, method: &str, path: &str, authorization: Option<&[u8]>) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    house.send(request.body(Body::from("{broken")).unwrap()).await
}

#[tokio::test]
async fn nobody_comes_in_without_a_token_whatever_else_is_wrong() {
    let house = House::new().await;
    for operation in operations::guarded() {
        let path = operation.path_with_all("999");
        let tokens = [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic dXNlcjpw"), Some("bearer unknown")];
        for authorization in tokens {
            let answer = with_authorization(&house, &operation.method, &path, authorization.map(str::as_bytes)).await;
            let json = answer.assert_refused(401);
            assert_eq!(json["message"], "Unauthenticated.", "{operation:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let answer = with_authorization(&house, "GET", BUCKETS, Some(b"Bearer \xff\xfe")).await;
    answer.assert_refused(401);
    assert_answer!(with_authorization(&house, "GET", BUCKETS, None).await);
}

#[tokio::test]
async fn a_wrong_method_of_a_known_path_is_told_only_to_who_has_a_token() {
    let house = House::new().await;
    with_authorization(&house, "PATCH", BUCKETS, None).await.assert_refused(401);
    let answer = house.ask("PATCH", BUCKETS).await;
    answer.assert_refused(405);
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    assert_answer!(answer);
    // A narrow token is one all the same.
    let narrow = CredentialRequest { allowed_apis: vec!["read-metadata".to_owned()], ..CredentialRequest::default() };
    let narrow = house.new_token(&narrow).await;
    house.ask_as(&narrow, "DELETE", BUCKETS).await.assert_refused(405);
    // Where no token is needed, none is asked for.
    let answer = with_authorization(&house, "POST", "/api/buckets/1/down/x", None).await;
    answer.assert_refused(405);
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_revoked_or_expired_token_lets_nobody_in() {
    let house = House::new().await;
    let request = CredentialRequest { expires_in: Some(Duration::from_secs(60)), ..CredentialRequest::default() };
    let token = house.new_token(&request).await;
    assert_eq!(house.ask_as(&token, "GET", BUCKETS).await.status, 200);
    house.advance(60.0);
    house.ask_as(&token, "GET", BUCKETS).await.assert_refused(401);
    let credentials = house.engine.credentials(None, Page { limit: 9, offset: 0 }).await.unwrap();
    for credential in credentials {
        let revoked = house.engine.change_credential(&credential.id, |credential, now| {
            credential.disabled_at = Some(now);
        });
        revoked.await.unwrap();
    }
    house.get(BUCKETS).await.assert_refused(401);
}

#[tokio::test]
async fn a_token_of_another_door_lets_nobody_in_and_a_general_one_does() {
    let house = House::new().await;
    let usual = CredentialRequest::default();
    let platform = CredentialRequest { kind: Some(CredentialKind::Platform), ..CredentialRequest::default() };
    let other_door = house.token_of(&house.account_id, Some(Door::Producer), &usual).await;
    for token in [other_door, house.new_token(&platform).await] {
        house.ask_as(&token, "GET", BUCKETS).await.assert_refused(401);
    }
    let general = house.token_of(&house.account_id, None, &usual).await;
    assert_eq!(house.ask_as(&general, "GET", BUCKETS).await.status, 200);
}

#[tokio::test]
async fn every_operation_needs_its_scope_and_no_other() {
    let house = House::new().await;
    let scoped = |scopes: &[&str]| CredentialRequest {
        allowed_apis: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        ..CredentialRequest::default()
    };
    let nothing = house.new_token(&scoped(&["something-else"])).await;
    for operation in operations::guarded() {
        let path = operation.path_with_all("999");
        let json = house.call_as(&nothing, &operation.method, &path, busy_body()).await.assert_refused(403);
        let message = json["message"].as_str().unwrap();
        let scope = message.split('`').nth(1).unwrap();
        assert!(dialect_acrcloud::SCOPES.contains(&scope), "{message}");
        // Asking for an address to upload to is a `GET`, and yet the beginning of a change.
        let is_reading = operation.method == "GET" && !operation.path.ends_with("/presigned-upload");
        assert_eq!(scope.starts_with("read-"), is_reading, "{operation:?}: {scope}");
        let all_others: Vec<_> = dialect_acrcloud::SCOPES.iter().copied().filter(|other| *other != scope).collect();
        let all_others = house.new_token(&scoped(&all_others)).await;
        house.call_as(&all_others, &operation.method, &path, busy_body()).await.assert_refused(403);
        let right = house.new_token(&scoped(&[scope])).await;
        let answer = house.call_as(&right, &operation.method, &path, busy_body()).await;
        assert!(!matches!(answer.status, 401 | 403) && answer.status < 500, "{operation:?}: {}", answer.text());
    }
    assert_answer!(house.call_as(&nothing, "POST", BUCKETS, json!({})).await);
}

#[tokio::test]
async fn a_token_bound_to_the_pages_of_one_host() {
    let house = House::new().await;
    let request = CredentialRequest { host: Some("app.example".to_owned()), ..CredentialRequest::default() };
    let token = house.new_token(&request).await;
    for (origin, status) in [("https://app.example:8443", 200), ("https://evil.example", 403), ("null", 403)] {
        let request = Request::get(BUCKETS).header("authorization", format!("Bearer {token}")).header("origin", origin);
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{origin}");
    }
}

#[tokio::test]
async fn a_disabled_application_or_account() {
    let house = House::new().await;
    let page = Page { limit: 100, offset: 0 };
    let all = house.engine.applications(Some(&house.account_id), page).await.unwrap();
    let id = all.into_iter().find(|application| application.door == Some(Door::Acrcloud)).unwrap().id;
    let disable = |application: &mut Application, now| application.disabled_at = Some(now);
    house.engine.change_application(&id, disable).await.unwrap();
    assert_answer!(house.get(BUCKETS).await);
    let house = House::new().await;
    house.engine.set_account_enabled(&house.account_id, Enabled::No).await.unwrap();
    house.get(BUCKETS).await.assert_refused(403);
}

#[tokio::test]
async fn who_calls_too_often_is_told_when_to_come_back() {
    let house = House::with_limits(Limits { requests_per_second: 1, ..Limits::default() }).await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(house.get(BUCKETS).await);
    }
    assert_eq!(answers[0].status, 200);
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    refused.assert_refused(429);
    let numbers = ["retry-after", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"];
    assert_eq!(numbers.map(|name| refused.header(name)), ["1", "1", "0", "1"]);
    assert_answer!(refused);
}
