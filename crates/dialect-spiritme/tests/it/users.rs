//! The account behind the token.

use engine::Limits;
use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn the_account_of_the_token() {
    let house = House::new().await;
    assert_answer!(house.get("/api/users/current/").await);
    assert!(!house.get("/api/users/current/").await.text().contains(&house.token));
}

#[tokio::test]
async fn accounts_are_not_deleted_unless_the_operator_says_so() {
    let house = House::new().await;
    let answer = house.ask("DELETE", "/api/users/current/").await;
    answer.assert_detail(403, "You do not have permission to perform this action.");
    assert_eq!(house.get("/api/users/current/").await.status, 200);
}

#[tokio::test]
async fn a_deleted_account_is_gone_with_its_token() {
    let house = House::with_limits(Limits { account_deletion: true, ..Limits::default() }).await;
    let id = house.made("/api/videos/", json!({"slides": [{"audio_source": {"text": "Hi"}}]})).await;
    let stranger = house.strangers_token().await;
    let answer = house.ask("DELETE", "/api/users/current/").await;
    assert_eq!((answer.status, answer.bytes.len()), (204, 0));
    house.get("/api/users/current/").await.assert_detail(401, "Invalid token.");
    house.get(&format!("/api/videos/{id}/")).await.assert_detail(401, "Invalid token.");
    let kind = engine::film::FilmKind::Video;
    let film = house.engine.numbered_film(&house.account_id, engine::Door::Spiritme, kind, id).await;
    assert!(matches!(film, Err(engine::Error::NotFound { .. })), "{film:?}");
    assert_eq!(house.ask_as(&stranger, "GET", "/api/users/current/").await.status, 200);
}
