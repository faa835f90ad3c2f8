//! A project's limits: per day, ever, and per second.

use engine::{CredentialRequest, Limits};
use serde_json::json;

use super::client::{Shop, clip, new_project_as};
use super::codes::set_limits;
use super::sound;
use crate::house::House;

#[tokio::test]
async fn a_projects_day_and_its_whole_life_have_limits() {
    let shop = Shop::new().await;
    let (house, pair) = (&shop.house, &shop.pair);
    let (hit, miss) = (sound::wav(&clip(1)), sound::wav(&clip(77)));
    set_limits(house, pair, json!({"day_limit": 2})).await;
    assert_eq!((pair.code(house, &hit).await, pair.code(house, &miss).await), (0, 1001));
    assert_eq!(pair.code(house, &hit).await, 3003);
    // What was not searched for does not count.
    house.advance(24.0 * 3600.0);
    assert_eq!(pair.code(house, b"garbage").await, 2004);
    assert_eq!((pair.code(house, &hit).await, pair.code(house, &hit).await), (0, 0));
    assert_eq!(pair.code(house, &hit).await, 3003);
    set_limits(house, pair, json!({"day_limit": 0, "total_limit": 5})).await;
    assert_eq!((pair.code(house, &hit).await, pair.code(house, &hit).await), (0, 3003));

    let path = format!("/api/base-projects/{}/statistics?start_date=2026-01-02&end_date=2026-01-03", pair.project);
    let days = house.get(&path).await.json();
    let sums = |name: &str| days["data"].as_array().unwrap().iter().map(|day| day[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sums("hits"), sums("misses")), (4, 1), "{days}");
}

#[tokio::test]
async fn a_project_that_searches_too_often_is_told_so() {
    let house = House::with_limits(Limits { requests_per_second: 1, ..Limits::default() }).await;
    let request = CredentialRequest { requests_per_second: Some(0), ..CredentialRequest::default() };
    let token = house.new_token(&request).await;
    let pair = new_project_as(&house, &token, &[]).await;
    let sample = sound::fingerprint(&clip(1));
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(pair.fields("fingerprint", &sample).send(&house).await);
    }
    assert_eq!(answers[0]["status"]["code"], 1001);
    let refused = json!({"status": {"msg": "Too many requests per second", "code": 3015, "version": "1.0"}});
    assert!(answers.contains(&refused), "{answers:?}");
    // Another project has a rate of its own.
    let other = new_project_as(&house, &token, &[]).await;
    assert_eq!(other.fields("fingerprint", &sample).code(&house).await, 1001);
}
