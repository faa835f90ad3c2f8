use engine::recognition::{ProjectId, Sample};
use serde_json::{Value, json};

use crate::house::{House, song_of};

const PROJECTS: &str = "/api/base-projects";

async fn made(house: &House, buckets: Value) -> Value {
    let body = json!({"name": "p", "region": "r", "type": "AVR", "buckets": buckets});
    let answer = house.call("POST", PROJECTS, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

fn bucket_ids(project: &Value) -> Vec<i64> {
    project["buckets"].as_array().unwrap().iter().map(|bucket| bucket["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_project_is_made_found_changed_and_removed() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    house.new_bucket("songs").await;
    let body = json!({
        "name": "shop-app", "region": "eu-west-1", "type": "AVR", "buckets": [1], "audio_type": "recorded",
        "external_ids": ["isrc", "upc"],
    });
    let created = house.call("POST", PROJECTS, body).await;
    assert_answer!("created", created);
    assert_answer!("listed", house.get(PROJECTS).await);
    house.advance(60.0);
    let body =
        json!({"name": "shop-app-2", "buckets": [2, 1], "audio_type": "linein", "external_ids": "spotify,deezer"});
    assert_answer!("changed", house.call("PUT", "/api/base-projects/1", body).await);
    let found = house.get("/api/base-projects/1").await;
    assert_answer!("found", found);
    for member in ["access_key", "access_secret"] {
        assert_eq!(found.json()["data"][member], created.json()["data"][member], "{member}");
    }
    let deleted = house.ask("DELETE", "/api/base-projects/1").await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    assert_answer!("gone", house.get("/api/base-projects/1").await);
}

#[tokio::test]
async fn what_a_project_needs_is_told_all_at_once() {
    let house = House::new().await;
    house.call("POST", PROJECTS, json!({})).await.assert_blames(&["name", "region", "type"]);
    let right = json!({"name": "n", "region": "r", "type": "HR", "buckets": []});
    for (name, value) in [
        ("name", json!("")),
        ("region", json!(null)),
        ("type", json!("XYZ")),
        ("type", json!("LCD")),
        ("buckets", json!([7])),
        ("buckets", json!(["no such name"])),
        ("buckets", json!([-1])),
        ("buckets", json!({"a": 1})),
        ("audio_type", json!("humming")),
        ("external_ids", json!([{}])),
    ] {
        let mut body = right.clone();
        body[name] = value;
        house.call("POST", PROJECTS, body).await.assert_blames(&[name]);
    }
    assert_answer!(
        house.call("POST", PROJECTS, json!({"name": "n", "region": "r", "type": "LCD", "buckets": [7]})).await
    );
    assert_eq!(house.get(PROJECTS).await.json()["meta"]["total"], 0);
    let made = house.call("POST", PROJECTS, right).await.json();
    assert_eq!((&made["data"]["service_type"], &made["data"]["audio_type"]), (&json!("HR"), &json!("linein")));
}

#[tokio::test]
async fn a_list_is_narrowed_by_region_and_type() {
    let house = House::new().await;
    for (region, kind) in [("eu", "AVR"), ("eu", "HR"), ("us", "AVR")] {
        house.call("POST", PROJECTS, json!({"name": "n", "region": region, "type": kind})).await;
    }
    for (query, total) in [("", 3), ("region=eu", 2), ("type=AVR", 2), ("region=us&type=HR", 0), ("region=&type=", 3)] {
        assert_eq!(house.get(&format!("{PROJECTS}?{query}")).await.json()["meta"]["total"], total, "{query}");
    }
}

#[tokio::test]
async fn a_change_of_buckets_replaces_them_and_a_bucket_that_is_gone_is_passed_over() {
    let house = House::new().await;
    for name in ["a", "b", "c"] {
        house.new_bucket(name).await;
    }
    assert_eq!(bucket_ids(&made(&house, json!([1, 2])).await), [1, 2]);
    let changed = house.call("PUT", "/api/base-projects/1", json!({"buckets": "3,1"})).await.json();
    assert_eq!(bucket_ids(&changed["data"]), [3, 1]);
    assert_eq!(house.ask("DELETE", "/api/buckets/3").await.status, 204);
    assert_eq!(bucket_ids(&house.get("/api/base-projects/1").await.json()["data"]), [1]);
    let unchanged = house.call("PUT", "/api/base-projects/1", json!({"name": "q"})).await.json();
    assert_eq!(bucket_ids(&unchanged["data"]), [1]);
    let emptied = house.call("PUT", "/api/base-projects/1", json!({"buckets": []})).await.json();
    assert_eq!(bucket_ids(&emptied["data"]), [0; 0]);
}

#[tokio::test]
async fn the_vendors_public_bucket_is_ignored_or_stands_for_the_accounts_music() {
    let house = House::new().await;
    house.new_bucket("jingles").await;
    for public in [json!([23]), json!(["ACRCloud Music"]), json!("23,ACRCloud Music")] {
        assert_eq!(bucket_ids(&made(&house, public).await), [0; 0]);
    }
    house.new_bucket("ACRCloud Music").await;
    let body = json!({"name": "mine", "region": "r", "type": "File", "labels": ["Music-Bucket"]});
    house.call("POST", "/api/buckets", body).await;
    for public in [json!([1, 23]), json!(["jingles", "ACRCloud Music"])] {
        assert_eq!(bucket_ids(&made(&house, public).await), [1, 2, 3]);
    }
    assert_eq!(bucket_ids(&made(&house, json!([2, 23])).await), [2, 3]);
    // An own bucket of that number is meant by it.
    for n in 4..=23 {
        assert_eq!(house.new_bucket("more").await, n);
    }
    assert_eq!(bucket_ids(&made(&house, json!([23])).await), [23]);
}

#[tokio::test]
async fn the_state_of_a_projects_buckets() {
    let house = House::new().await;
    house.filled_bucket("jingles", &["one"]).await;
    let busy = house.new_bucket("busy").await;
    house.new_file(busy, "two").await;
    made(&house, json!([1, 2])).await;
    assert_answer!(house.get("/api/base-projects/1/bucket-status").await);
    house.get("/api/base-projects/2/bucket-status").await.assert_refused(404);
}

#[tokio::test]
async fn searches_are_counted_by_the_day() {
    let house = House::new().await;
    made(&house, json!([])).await;
    assert_answer!("unused", house.get("/api/base-projects/1/statistics").await);
    let days = async |query: &str| house.get(&format!("/api/base-projects/1/{query}")).await;
    for query in
        ["statistics?start_date=2026-01-01&end_date=2026-01-02", "day-stat?start=2026-01-01&end=2026-01-02", "day-stat"]
    {
        assert_eq!(days(query).await.json()["data"], json!([]), "{query}");
    }
    for (query, blamed) in [
        ("statistics?start_date=2026-02-30", vec!["start_date"]),
        ("statistics?start_date=yesterday&end_date=20260101", vec!["end_date", "start_date"]),
        ("statistics?start_date=2026-01-02&end_date=2026-01-01", vec!["end_date"]),
        ("statistics?end_date=2025-01-01", vec!["end_date"]),
        ("day-stat?start=2026-01-03", vec!["end"]),
        ("day-stat?end=x", vec!["end"]),
    ] {
        days(query).await.assert_blames(&blamed);
    }
    house.get("/api/base-projects/2/statistics").await.assert_refused(404);
    house.get("/api/base-projects/2/day-stat").await.assert_refused(404);
}

#[tokio::test]
async fn hits_and_misses_show_in_the_statistics() {
    let house = House::new().await;
    house.filled_bucket("jingles", &["one"]).await;
    made(&house, json!([1])).await;
    let project = house.engine.project(&house.account_id, ProjectId(1)).await.unwrap();
    let search = async |clip: Vec<u8>| {
        let found = house.engine.identify(&project, Sample::Audio(clip.into())).await.unwrap();
        found.hits.len()
    };
    assert_eq!(search(song_of("one")).await, 1);
    house.advance(40.0 * 24.0 * 3600.0);
    assert_eq!(search(song_of("one")).await, 1);
    assert_eq!(search(song_of("another")).await, 0);
    assert_answer!("counted", house.get("/api/base-projects/1/statistics?start_date=2026-01-01").await);
    // The last 30 days, and one day alone.
    let rows = async |query: &str| house.get(&format!("/api/base-projects/1/{query}")).await.json()["data"].clone();
    let newest = json!([{"date": "2026-02-11", "total": 2, "hits": 1, "misses": 1}]);
    assert_eq!(rows("statistics").await, newest);
    assert_eq!(rows("day-stat").await, newest);
    let oldest = json!([{"date": "2026-01-02", "total": 1, "hits": 1, "misses": 0}]);
    assert_eq!(rows("day-stat?start=2026-01-02&end=2026-01-02").await, oldest);
    assert_eq!(rows("statistics?start_date=2026-01-03&end_date=2026-02-10").await, json!([]));
}
