//! The vendor's example, from its page to a file.

use serde_json::{Value, json};

use crate::house::House;

const SEED: &str = include_str!("vendor/curl.json");

#[tokio::test]
async fn the_vendors_example_becomes_a_video_that_speaks() {
    let house = House::new().await;
    let mut body: Value = serde_json::from_str(SEED).unwrap();
    body["resolution"] = json!("480");
    let id = house.new_project(body).await;
    house.settle().await;
    let film = house.film(&id).await;
    let product = film.product.as_ref().unwrap_or_else(|| panic!("{:?}", film.failure));
    assert_eq!((product.width, product.height), (854, 480));
    // Seven words take between one and six seconds.
    assert!((1_000..6_000).contains(&product.duration_ms), "{}", product.duration_ms);
    assert!(product.files.contains_key("mp4") && product.files.contains_key("jpg"));
    // The vendor's avatar is not ours, and that is said.
    let project = house.project(&id).await;
    let warnings = project["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning.as_str().unwrap().contains("M000045058")), "{warnings:?}");
    assert_eq!((&project["state"], &project["progress"]), (&json!("exported"), &json!(100)));
    assert!(project["download_url"].as_str().unwrap().ends_with(".mp4"));
    assert!(project["thumbnailUrl"].as_str().unwrap().ends_with(".jpg"));
}
