//! Keys, tokens, and who is let in.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use engine::{CredentialRequest, Door};
use serde_json::json;

use crate::house::{House, V3, json_request};
use crate::operations;

async fn status_with(house: &House, header: &str) -> u16 {
    let request = Request::get(format!("{V3}/auth")).header("authorization", header);
    house.send(request.body(Body::empty()).unwrap()).await.status
}

#[tokio::test]
async fn a_token_comes_bare_or_with_bearer() {
    let house = House::new().await;
    let token = &house.token;
    for header in [token.clone(), format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER  {token}")] {
        assert_eq!(status_with(&house, &header).await, 200, "{header}");
    }
    let basic = format!("Basic {token}");
    for header in ["", "Bearer", "x", "Bearer x", basic.as_str()] {
        assert_eq!(status_with(&house, header).await, 401, "{header}");
    }
}

#[tokio::test]
async fn a_token_is_good_for_24_hours_and_a_new_one_revokes_none() {
    let house = House::new().await;
    let day = Duration::from_secs(24 * 3600);
    house.advance(day / 2);
    let later = house.token_of(&house.keys).await;
    assert_ne!(later, house.token);
    house.advance(day / 2 - Duration::from_secs(1));
    assert_eq!((status_with(&house, &house.token).await, status_with(&house, &later).await), (200, 200));
    house.advance(Duration::from_secs(2));
    let expired = house.get("/auth").await;
    assert_answer!("expired", expired);
    assert_eq!(status_with(&house, &later).await, 200);
}

#[tokio::test]
async fn keys_that_do_not_belong_together_give_no_token() {
    let house = House::new().await;
    let stranger = house.engine.create_account("stranger").await.unwrap();
    let others = house.new_keys(&stranger.id, CredentialRequest::default()).await;
    let (app_id, user_key) = (house.keys.app_id.as_str(), house.keys.user_key.as_str());
    for (app_id, user_key) in
        [(app_id, "x"), ("x", user_key), (app_id, others.user_key.as_str()), (others.app_id.as_str(), user_key)]
    {
        let body = json!({"appId": app_id, "userKey": user_key});
        house.send(json_request("", "POST", &format!("{V3}/auth/token"), &body)).await.assert_refused(401);
    }
    let wrong = json!({"appId": "studiov3.me@example.org", "userKey": "3f1c4f0e-5f0b-4f57-9d3c-0b8f6f0c9a11"});
    assert_answer!("wrong_keys", house.send(json_request("", "POST", &format!("{V3}/auth/token"), &wrong)).await);
    for (body, msg) in [
        (json!({}), "appId: is required"),
        (json!({"appId": "a"}), "userKey: is required"),
        (json!({"appId": [], "userKey": "b"}), "appId: must be text, is a list"),
    ] {
        let answer = house.send(json_request("", "POST", &format!("{V3}/auth/token"), &body)).await;
        assert_eq!(answer.assert_refused(400), msg);
    }
}

#[tokio::test]
async fn credentials_of_other_doors_and_disabled_accounts_are_not_let_in() {
    let house = House::new().await;
    for door in [Door::Hourone, Door::Producer] {
        let created = house.engine.create_credential(&house.account_id, Some(door), CredentialRequest::default());
        let secret = created.await.unwrap().secret.expose().to_owned();
        assert_eq!(status_with(&house, &secret).await, 401);
    }
    assert_eq!(status_with(&house, &house.keys.user_key).await, 401, "keys are no token");
}

#[tokio::test]
async fn no_operation_is_open_but_the_exchange_and_the_backgrounds() {
    let house = House::new().await;
    let open: Vec<String> = operations::all().into_iter().filter(|it| !it.is_guarded).map(|it| it.path).collect();
    assert_eq!(open, ["/api/odin/v3/auth/token", "/images/background/{file}"]);
    for operation in operations::guarded() {
        let path = operation.path_with_all("66b1f0c2a94e1d0012ab34cd");
        for token in ["", "x", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x"] {
            // Whatever else is wrong with the request.
            let answer = house.send(json_request(token, &operation.method, &path, &json!([]))).await;
            answer.assert_refused(401);
        }
    }
}
