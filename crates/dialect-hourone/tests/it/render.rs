//! A video from its request to its files.

use serde_json::json;

use crate::house::{House, catalog};

#[tokio::test]
async fn a_video_that_is_ready_has_links_times_and_subtitles() {
    let house = House::new().await;
    let id = house.new_tiny_video("Hi.").await;
    let path = format!("/videos/{id}");
    assert_answer!("started", house.get(&path).await);
    house.post(&format!("{path}/subtitles"), json!({"language_code": "en"})).await.assert_blames(&["path.video_id"]);
    house.settle().await;
    assert_answer!("ready", house.get(&path).await);
    assert_answer!("subtitles", house.post(&format!("{path}/subtitles"), json!({"language_code": "en"})).await);
    let srt = house.post(&format!("{path}/subtitles"), json!({"language_code": "en", "format": "srt"})).await.json();
    assert!(srt["url"].as_str().unwrap().ends_with(".srt"), "{srt}");
    let refused = house.post(&format!("{path}/subtitles"), json!({"language_code": "cz"})).await;
    refused.assert_blames(&["body.language_code"]);
    assert_eq!(refused.json()["detail"][0]["msg"], "the video speaks en, and this server does not translate");
    let refused = house.post(&format!("{path}/subtitles"), json!({"language_code": "cs", "format": "txt"})).await;
    refused.assert_blames(&["body.language_code", "body.format"]);
    let report = house.get(&format!("{path}/report")).await.json();
    assert!(report.get("failure").is_none(), "{report}");
}

#[tokio::test]
async fn a_request_with_ids_that_nothing_here_has_makes_a_playable_video() {
    let house = House::new().await;
    let body = json!({
        "source_draft_id": "63f4e5b1c2d3a4b5c6d7e8f9", "character_id": "63f4e5b1c2d3a4b5c6d7e8fd",
        "voice_id": "63f4e5b1c2d3a4b5c6d7e8fe", "scenes": [{"name": "Only", "texts": ["Hello"], "transcript": "Hi."}],
    });
    let id = house.new_video(body).await["id"].as_str().unwrap().to_owned();
    house.settle().await;
    let video = house.get(&format!("/videos/{id}")).await.json();
    let report = house.get(&format!("/videos/{id}/report")).await.json();
    assert_eq!((&video["status"], &video["progress"]), (&json!("ready"), &json!(100)), "{report}");
    assert!(video["download_url"].as_str().unwrap().ends_with(".mp4"), "{video}");
    let metadata = house.get(&format!("/videos/{id}/metadata")).await.json();
    assert!(metadata["duration"].as_f64().unwrap() > 0.5, "{metadata}");
    // What the door found, and what the studio did.
    let warnings = report["warnings"].to_string();
    for text in ["63f4e5b1c2d3a4b5c6d7e8f9", "63f4e5b1c2d3a4b5c6d7e8fd", "63f4e5b1c2d3a4b5c6d7e8fe"] {
        assert!(warnings.contains(text), "{warnings}");
    }
}

#[tokio::test]
async fn every_shipped_template_gives_a_document_that_can_be_rendered() {
    let limits = engine::Limits::default();
    for template in catalog().templates() {
        template.project.validate(&limits.document).unwrap();
    }
}
