//! Lists of files, and files by their ids.

use serde_json::{Value, json};

use crate::house::House;

const FILES: &str = "/api/buckets/1/files";

/// A bucket with two files that are ready, one that is not yet, and one that failed.
async fn house_with_files() -> House {
    let house = House::new().await;
    house.filled_bucket("jingles", &["beta", "Alpha"]).await;
    house.advance(100.0);
    let body = json!({"data_type": "audio_url", "url": "https://your_host.com/nothing.mp3", "title": "delta"});
    house.call("POST", FILES, body).await;
    house.settle().await;
    house.advance(100.0);
    house.new_file(1, "gamma").await;
    house
}

async fn titles(house: &House, query: &str) -> Vec<String> {
    let json = house.get(&format!("{FILES}?{query}")).await.json();
    let rows = json["data"].as_array().unwrap_or_else(|| panic!("{json}"));
    rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_page_of_files() {
    let house = house_with_files().await;
    assert_answer!("all", house.get(FILES).await);
    assert_answer!("second_page", house.get(&format!("{FILES}?page=2&per_page=1&order=desc&search=a")).await);
}

#[tokio::test]
async fn an_empty_bucket_has_an_empty_page() {
    let house = House::new().await;
    house.new_bucket("empty").await;
    assert_answer!(house.get(FILES).await);
    house.get("/api/buckets/2/files").await.assert_refused(404);
}

#[tokio::test]
async fn a_list_is_searched_sorted_and_narrowed() {
    let house = house_with_files().await;
    assert_eq!(titles(&house, "").await, ["beta", "Alpha", "delta", "gamma"]);
    for query in ["search=ALPHA", "keyword=alpha", "search=lph", "search=&keyword=lph"] {
        assert_eq!(titles(&house, query).await, ["Alpha"], "{query}");
    }
    // What means something to a database is only text here.
    assert_eq!(titles(&house, "search=%25").await, [""; 0]);
    assert_eq!(titles(&house, "search=_").await, [""; 0]);
    assert_eq!(titles(&house, "order=desc").await, ["gamma", "delta", "Alpha", "beta"]);
    assert_eq!(titles(&house, "sort=title").await, ["Alpha", "beta", "delta", "gamma"]);
    assert_eq!(titles(&house, "sort=status").await, ["delta", "gamma", "beta", "Alpha"]);
    assert_eq!(titles(&house, "sort=created_at&order=DESC").await, ["gamma", "delta", "Alpha", "beta"]);
    assert_eq!(titles(&house, "sort=nonsense&order=nonsense").await, ["beta", "Alpha", "delta", "gamma"]);
    assert_eq!(titles(&house, "state=1").await, ["beta", "Alpha"]);
    assert_eq!(titles(&house, "state=0").await, ["gamma"]);
    assert_eq!(titles(&house, "state=-1").await, ["delta"]);
    assert_eq!(titles(&house, "state=").await.len(), 4);
    house.get(&format!("{FILES}?state=2")).await.assert_blames(&["state"]);
    house.advance(100.0);
    let changed = house.call("PUT", &format!("{FILES}/1"), json!({"audio_id": "7"})).await;
    assert_eq!(changed.status, 200);
    assert_eq!(titles(&house, "sort=updated_at&order=desc").await[0], "beta");
}

#[tokio::test]
async fn files_come_in_the_order_asked_for_by_either_name() {
    let house = house_with_files().await;
    let all = house.get(FILES).await.json();
    let acr_id = all["data"][1]["acr_id"].as_str().unwrap();
    let answer = house.get(&format!("{FILES}/3,{acr_id},1,999,nonsense,3,")).await;
    let json = answer.json();
    let ids: Vec<_> = json["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [3, 2, 1]);
    assert_eq!(json.as_object().unwrap().len(), 1, "neither links nor meta");
    assert_answer!(answer);
    for unknown in ["999", "6d3e17559677cd79ecb0b7cd2c79bea0", "nonsense", ",", "0", "%00"] {
        house.get(&format!("{FILES}/{unknown}")).await.assert_refused(404);
    }
    assert_answer!("unknown", house.get(&format!("{FILES}/999")).await);
    let many = vec!["1"; 3000].join(",");
    assert_eq!(house.get(&format!("{FILES}/{many}")).await.json()["data"].as_array().unwrap().len(), 1);
    let many: Vec<_> = (0..1001).map(|id| id.to_string()).collect();
    house.get(&format!("{FILES}/{}", many.join(","))).await.assert_blames(&["ids"]);
}

#[tokio::test]
async fn a_file_of_another_bucket_is_not_in_this_one() {
    let house = house_with_files().await;
    let other = house.new_bucket("other").await;
    house.get(&format!("/api/buckets/{other}/files/1")).await.assert_refused(404);
    house.get("/api/buckets/999/files/1").await.assert_refused(404);
    house.get("/api/buckets/x/files/1").await.assert_refused(404);
}

#[tokio::test]
async fn rows_have_exactly_the_known_keys() {
    let house = house_with_files().await;
    let mut expected = [
        "id",
        "uid",
        "bucket_id",
        "acr_id",
        "state",
        "title",
        "audio_id",
        "duration",
        "user_defined",
        "created_at",
        "updated_at",
    ];
    expected.sort_unstable();
    for row in house.get(FILES).await.json()["data"].as_array().unwrap() {
        let keys: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, expected);
        assert!(row["user_defined"].is_object() && row["duration"].is_i64(), "{row}");
        assert_eq!(row["uid"], Value::from(1));
    }
}
