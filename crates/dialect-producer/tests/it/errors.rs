//! Every row of the error table, in the order in which a request is checked.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use engine::{Application, CredentialKind, CredentialRequest, Credits, Door, Enabled, Limits, Price};
use insta::assert_snapshot;
use serde_json::json;

use crate::house::{Answer, House};

const VIDEOS: &str = "/producer/videos";
const PATHS: [&str; 6] =
    [VIDEOS, "/producer/upload", "/producer/wav", "/producer/tasks", "/producer/lyrics", "/producer/audios"];

const NOT_MATCHED: &str = "The specified token is not matched with API.";
const MISMATCHED: &str = "token and api does not match.";

async fn with_authorization(house: &House, path: &str, authorization: Option<&[u8]>) -> Answer {
    let mut request = Request::post(path).header("content-type", "application/json");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    house.send(request.body(Body::from("{}")).unwrap()).await
}

#[tokio::test]
async fn no_token() {
    let house = House::new().await;
    for path in PATHS {
        for authorization in [None, Some(""), Some("Bearer"), Some("Bearer  ")] {
            let answer = with_authorization(&house, path, authorization.map(str::as_bytes)).await;
            answer.assert_refused(400, "no_token", "No token specified for the request.");
        }
    }
    assert_snapshot!(with_authorization(&house, VIDEOS, None).await.stable());
}

#[tokio::test]
async fn a_scheme_other_than_bearer() {
    let house = House::new().await;
    for authorization in ["Basic dXNlcjpwYXNz", "Token abc", "abc"] {
        let answer = with_authorization(&house, VIDEOS, Some(authorization.as_bytes())).await;
        answer.assert_refused(400, "token_mismatched", NOT_MATCHED);
    }
}

#[tokio::test]
async fn an_unknown_or_revoked_token() {
    let house = House::new().await;
    let message = "The specified token is invalid or wrong.";
    for path in PATHS {
        let answer = with_authorization(&house, path, Some(b"bearer sk-unknown")).await;
        answer.assert_refused(401, "invalid_token", message);
    }
    let answer = with_authorization(&house, VIDEOS, Some(b"Bearer \xff\xfe")).await;
    answer.assert_refused(401, "invalid_token", message);
    let credentials = house.engine.credentials(None, engine::Page { limit: 9, offset: 0 });
    let id = credentials.await.unwrap()[0].id.clone();
    let revoked = house.engine.change_credential(&id, |credential, now| {
        credential.disabled_at = Some(now);
    });
    revoked.await.unwrap();
    house.post(VIDEOS, json!({})).await.assert_refused(401, "invalid_token", message);
}

#[tokio::test]
async fn an_expired_token() {
    let house = House::new().await;
    let request = CredentialRequest { expires_in: Some(Duration::from_secs(60)), ..CredentialRequest::default() };
    let token = house.new_token(&request).await;
    house.post_as(&token, VIDEOS, json!({})).await.assert_bad("audio_id");
    house.advance(60.0);
    let answer = house.post_as(&token, VIDEOS, json!({})).await;
    answer.assert_refused(401, "token_expired", "token expired.");
}

#[tokio::test]
async fn a_token_for_something_else() {
    let house = House::new().await;
    let listed = |api: &str| CredentialRequest { allowed_apis: vec![api.to_owned()], ..CredentialRequest::default() };
    let other_door = house.token_of(&house.account_id, Some(Door::Hourone), &CredentialRequest::default()).await;
    let platform = CredentialRequest { kind: Some(CredentialKind::Platform), ..CredentialRequest::default() };
    let platform = house.new_token(&platform).await;
    let tasks_only = house.new_token(&listed("tasks")).await;
    for token in [other_door, platform, tasks_only.clone()] {
        let answer = house.post_as(&token, VIDEOS, json!({})).await;
        answer.assert_refused(401, "token_mismatched", MISMATCHED);
    }
    house.post_as(&tasks_only, "/producer/tasks", json!({})).await.assert_bad("id");
    let general = house.token_of(&house.account_id, None, &CredentialRequest::default()).await;
    house.post_as(&general, VIDEOS, json!({})).await.assert_bad("audio_id");
}

#[tokio::test]
async fn a_token_bound_to_the_pages_of_one_host() {
    let house = House::new().await;
    let request = CredentialRequest { host: Some("app.example".to_owned()), ..CredentialRequest::default() };
    let token = house.new_token(&request).await;
    let from = async |origin: &str| {
        let request = Request::post(VIDEOS).header("authorization", format!("Bearer {token}")).header("origin", origin);
        house.send(request.body(Body::from("{}")).unwrap()).await
    };
    from("https://app.example:8443").await.assert_bad("audio_id");
    for origin in ["https://evil.example", "null", "not an origin"] {
        from(origin).await.assert_refused(401, "token_mismatched", MISMATCHED);
    }
}

#[tokio::test]
async fn a_disabled_application_or_account() {
    let message = "Your application has been disabled by Ace Data Cloud due to abnormal usage behavior, \
                   please contact our support to get more information.";
    let house = House::new().await;
    let id = house.application(Some(Door::Producer)).await.id;
    let disable = |application: &mut Application, now| application.disabled_at = Some(now);
    house.engine.change_application(&id, disable).await.unwrap();
    for path in PATHS {
        house.post(path, json!({})).await.assert_refused(400, "disabled", message);
    }
    let house = House::new().await;
    house.engine.set_account_enabled(&house.account_id, Enabled::No).await.unwrap();
    house.post(VIDEOS, json!({})).await.assert_refused(400, "disabled", message);
}

#[tokio::test]
async fn too_many_requests() {
    let house = House::new().await;
    let request = CredentialRequest { requests_per_second: Some(1), ..CredentialRequest::default() };
    let token = house.new_token(&request).await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(house.post_as(&token, VIDEOS, json!({})).await);
    }
    answers[0].assert_bad("audio_id");
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    refused.assert_refused(429, "too_many_requests", "You have exceeded the rate limit.");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("access-control-expose-headers"), "retry-after");
}

#[tokio::test]
async fn a_full_queue() {
    let limits = Limits { queued_jobs_per_account_max: 1, ..Limits::default() };
    let house = House::with_limits(limits).await;
    let (first, second) = (house.new_track().await, house.new_track().await);
    house.start(VIDEOS, json!({"audio_id": first.as_str()})).await;
    let body = json!({"audio_id": second.as_str(), "async": true});
    let answer = house.post(VIDEOS, body).await;
    answer.assert_refused(429, "too_many_requests", "You have exceeded the rate limit.");
    assert_eq!(answer.header("retry-after"), "10");
}

#[tokio::test]
async fn a_balance_that_does_not_cover_the_price() {
    let house = House::new().await;
    let price = Price { door: "producer".to_owned(), api: "videos".to_owned(), amount: Credits(5) };
    house.engine.set_price(&price).await.unwrap();
    let general = house.application(None).await.id;
    house.engine.grant_credits(&general, Credits(5), "").await.unwrap();
    let message = "Your balance is not sufficient for current request, please buy more in Ace Data Cloud.";
    let (first, second) = (house.new_track().await, house.new_track().await);
    house.start(VIDEOS, json!({"audio_id": first.as_str()})).await;
    let body = json!({"audio_id": second.as_str()});
    house.post(VIDEOS, body).await.assert_refused(403, "used_up", message);
    // Lookups are free, and so is a video that exists.
    house.end_next_job(None).await;
    let free = house.post("/producer/tasks", json!({"action": "retrieve_batch"})).await;
    assert_eq!(free.status, 200);
    let again = house.post(VIDEOS, json!({"audio_id": first.as_str()})).await;
    assert_eq!(again.status, 200, "{}", again.text);
}

#[tokio::test]
async fn bodies_that_are_no_json_objects() {
    let house = House::new().await;
    let bearer = format!("Bearer {}", house.token);
    let sent = async |path: &str, content_type: &str, body: Vec<u8>| {
        let request = Request::post(path).header("authorization", &bearer).header("content-type", content_type);
        house.send(request.body(Body::from(body)).unwrap()).await
    };
    let fits = format!("{{\"x\":\"{}\"}}", "y".repeat((1 << 20) - 8)).into_bytes();
    assert_eq!(fits.len(), 1 << 20);
    let mut too_large = fits.clone();
    too_large.push(b' ');
    for path in PATHS {
        for body in [
            Vec::new(),
            b"{".to_vec(),
            b"[]".to_vec(),
            b"\"text\"".to_vec(),
            b"{\"audio_id\": \"\xff\"}".to_vec(),
            b"{\"audio_id\": \"\\ud800\"}".to_vec(),
            b"{\"audio_id\": 1e999}".to_vec(),
            format!("{{\"x\":{}1{}}}", "[".repeat(9000), "]".repeat(9000)).into_bytes(),
            too_large.clone(),
        ] {
            sent(path, "application/json", body).await.assert_bad("body");
        }
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
            sent(path, content_type, b"{}".to_vec()).await.assert_bad("content-type");
        }
    }
    sent(VIDEOS, "Application/JSON; charset=utf-8", fits).await.assert_bad("audio_id");
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let house = House::new().await;
    let message = "API does not exist, please make sure url is correct.";
    for (method, path) in [
        ("POST", "/producer"),
        ("POST", "/producer/"),
        ("POST", "/producer/video"),
        ("POST", "/producer/videos/x"),
        ("GET", VIDEOS),
        ("PUT", "/producer/tasks"),
        ("DELETE", "/producer/nothing/at/all"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        answer.assert_refused(404, "no_api", message);
    }
    let elsewhere = axum::Router::new().fallback(async || dialect_producer::no_api_response());
    let request = Request::post("/elsewhere").body(Body::empty()).unwrap();
    let answer = crate::house::send(elsewhere, request).await;
    answer.assert_refused(404, "no_api", message);
    assert_snapshot!(answer.stable());
}

#[tokio::test]
async fn a_database_that_is_gone() {
    let house = House::new().await;
    house.database.close().await;
    let answer = house.post(VIDEOS, json!({})).await;
    answer.assert_refused(500, "api_error", "Internal server error.");
}

#[tokio::test]
async fn a_panic() {
    let house = House::new().await;
    let track = house.new_track().await;
    // The trace id takes the first random number; the handler gets none.
    house.blow_fuse_after(1);
    let answer = house.post(VIDEOS, json!({"audio_id": track.as_str()})).await;
    answer.assert_refused(500, "api_error", "Internal server error.");
}

#[tokio::test]
async fn work_that_takes_longer_than_a_call_may_wait() {
    let limits = Limits { sync_wait_max: Duration::ZERO, ..Limits::default() };
    let house = House::with_limits(limits).await;
    let track = house.new_track().await;
    let answer = house.post(VIDEOS, json!({"audio_id": track.as_str()})).await;
    answer.assert_refused(504, "timeout", "The request timed out.");
    assert_eq!(house.n_unfinished_jobs().await, 1, "the work goes on");
}
