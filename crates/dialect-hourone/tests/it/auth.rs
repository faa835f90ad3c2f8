//! Who is let in.

use axum::body::Body;
use axum::http::Request;
use engine::{CredentialRequest, Door, Enabled};

use crate::house::{Answer, House};
use crate::operations;

async fn with(house: &House, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get("/videos");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn no_operation_answers_without_a_key() {
    let house = House::new().await;
    for operation in operations::all() {
        let path = operation.path_with_all("x");
        for key in ["", "nobody's"] {
            let answer = house.ask_as(key, &operation.method, &path).await;
            assert_eq!(answer.assert_refused(401), "Invalid api key", "{operation:?}");
        }
    }
    assert_answer!(with(&house, &[]).await);
}

#[tokio::test]
async fn a_key_is_in_its_header_or_a_bearer_token() {
    let house = House::new().await;
    let bearer = format!("Bearer {}", house.key);
    let key = house.key.as_str();
    for headers in [[("api-key", key)], [("API-Key", key)], [("authorization", bearer.as_str())]] {
        assert_eq!(with(&house, &headers).await.status, 200, "{headers:?}");
    }
    for headers in [[("authorization", key)], [("x-api-key", key)], [("authorization", "Basic eDp5")]] {
        assert_eq!(with(&house, &headers).await.status, 401, "{headers:?}");
    }
    // The header counts, if there is one.
    assert_eq!(with(&house, &[("api-key", "x"), ("authorization", &bearer)]).await.status, 401);
}

#[tokio::test]
async fn a_key_may_be_for_some_areas_only() {
    let house = House::new().await;
    let request = CredentialRequest { allowed_apis: vec!["videos".to_owned()], ..CredentialRequest::default() };
    let key = house.key_of(&house.account_id, Some(Door::Hourone), &request).await;
    assert_eq!(house.ask_as(&key, "GET", "/videos").await.status, 200);
    for path in ["/webhooks", "/keys", "/characters", "/analytics/summary"] {
        house.ask_as(&key, "GET", path).await.assert_refused(403);
    }
}

#[tokio::test]
async fn a_disabled_account_is_told_so() {
    let house = House::new().await;
    house.engine.set_account_enabled(&house.account_id, Enabled::No).await.unwrap();
    let detail = house.get("/videos").await.assert_refused(403);
    assert_eq!(detail, "This account is disabled; ask the operator of this server to enable it");
}
