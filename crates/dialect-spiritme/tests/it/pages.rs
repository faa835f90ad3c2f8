//! Pages of lists.

use serde_json::{Value, json};

use crate::house::House;

async fn filled(n: usize) -> House {
    let house = House::new().await;
    for _ in 0..n {
        house.made("/api/batch-videos/", json!({"variables": {}})).await;
    }
    house
}

fn ids(page: &Value) -> Vec<i64> {
    page["results"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn pages_lead_to_each_other() {
    let house = filled(5).await;
    let base = "https://media.example/api/batch-videos/";
    let first = house.get("/api/batch-videos/?status=draft&limit=2&x=%C3%A4+b").await.json();
    assert_eq!((ids(&first), &first["count"], &first["previous"]), (vec![5, 4], &json!(5), &Value::Null));
    assert_eq!(first["next"], format!("{base}?limit=2&offset=2&status=draft&x=%C3%A4+b"));
    let next = |page: &Value| page["next"].as_str().unwrap().trim_start_matches("https://media.example").to_owned();
    let second = house.get(&next(&first)).await.json();
    assert_eq!(ids(&second), [3, 2]);
    assert_eq!(second["previous"], format!("{base}?limit=2&status=draft&x=%C3%A4+b"));
    let third = house.get(&next(&second)).await.json();
    assert_eq!((ids(&third), &third["next"]), (vec![1], &Value::Null));
    assert_eq!(third["previous"], format!("{base}?limit=2&offset=2&status=draft&x=%C3%A4+b"));
}

#[tokio::test]
async fn odd_stretches_are_no_errors() {
    let house = filled(3).await;
    for (query, expected) in [
        ("limit=0", vec![3, 2, 1]),
        ("limit=-1&offset=-1", vec![3, 2, 1]),
        ("limit=x&offset=y", vec![3, 2, 1]),
        ("limit=99999999999999999999999", vec![3, 2, 1]),
        ("limit=2&offset=1", vec![2, 1]),
        ("offset=3", vec![]),
        ("offset=99999999999999999999999", vec![]),
    ] {
        let page = house.get(&format!("/api/batch-videos/?{query}")).await.json();
        assert_eq!((ids(&page), &page["count"]), (expected, &json!(3)), "{query}");
    }
}

#[tokio::test]
async fn every_list_has_pages() {
    let house = House::new().await;
    let file = house.new_file("a.png", &crate::house::png(8, 8)).await;
    for path in [
        "/api/avatars/",
        "/api/batch-video-templates/",
        "/api/batch-videos/",
        "/api/files/",
        &format!("/api/files/{file}/children/"),
        "/api/tts/languages/",
        "/api/tts/voices/",
        "/api/videos/",
    ] {
        let page = house.get(&format!("{path}?limit=1&offset=1000000")).await.json();
        let members: Vec<&String> = page.as_object().unwrap().keys().collect();
        assert_eq!(members, ["count", "next", "previous", "results"], "{path}");
        assert_eq!(page["results"], json!([]), "{path}");
        assert!(
            page["previous"].as_str().unwrap().starts_with(&format!("https://media.example{path}?limit=1")),
            "{page}"
        );
    }
}
