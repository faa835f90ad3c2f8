//! How many videos were made when.

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn videos_that_became_ready_are_counted() {
    let house = House::new().await;
    assert_eq!(house.get("/analytics/summary").await.json(), json!([]));
    house.new_tiny_video("").await;
    let failed = house.new_tiny_video("").await;
    house.ask("DELETE", &format!("/videos/{failed}")).await;
    house.settle().await;
    for breakdown in ["daily", "weekly", "monthly"] {
        let answer = house.get(&format!("/analytics/summary?breakdown={breakdown}")).await;
        insta::with_settings!({snapshot_suffix => breakdown}, { assert_answer!(answer); });
    }
    let before = house.get("/analytics/summary?from_date=2025-06-01&to_date=2026-01-01").await.json();
    assert_eq!(before, json!([]));
    assert_eq!(house.get("/analytics/summary?correlation_id=other").await.json(), json!([]));
}

#[tokio::test]
async fn spans_are_limited() {
    let house = House::new().await;
    let get = async |query: &str| house.get(&format!("/analytics/summary?{query}")).await;
    for query in [
        "from_date=2025-01-02&to_date=2026-01-02",
        "breakdown=daily&from_date=2025-12-02&to_date=2026-01-02",
        "breakdown=weekly",
        "breakdown=daily",
        "from_date=&to_date=",
    ] {
        let is_empty_date = query.starts_with("from_date=&");
        assert_eq!(get(query).await.status, if is_empty_date { 422 } else { 200 }, "{query}");
    }
    get("from_date=2024-12-31&to_date=2026-01-02").await.assert_blames(&["query.from_date"]);
    get("breakdown=daily&from_date=2025-12-01&to_date=2026-01-02").await.assert_blames(&["query.from_date"]);
    get("from_date=2026-01-02&to_date=2026-01-01").await.assert_blames(&["query.to_date"]);
    get("breakdown=yearly&from_date=x").await.assert_blames(&["query.breakdown", "query.from_date"]);
}
