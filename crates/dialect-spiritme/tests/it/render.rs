//! From the request to the file, and to what is posted.

use serde_json::{Value, json};

use crate::house::{House, avatar, voice};

/// A video that is quickly made.
fn tiny() -> Value {
    json!({
        "slides": [{"audio_source": {"text": "Hi", "voice": {"id": voice("en-US")}}, "layers": [{"avatar": {"id": avatar("amara")}}]}],
        "resolution": {"width": 128, "height": 128}, "webhook": {"url": "https://hooks.example.org/done"}
    })
}

#[tokio::test]
async fn a_video_is_rendered_without_publishing_and_told_of() {
    let mut house = House::new().await;
    house.made("/api/videos/", tiny()).await;
    house.settle().await;
    let answer = house.get("/api/videos/1/").await;
    let video = answer.json();
    assert_eq!(video["status"], "success", "{video}");
    assert!(video["gd"].as_str() > video["cd"].as_str(), "{video}");
    for (name, media_type) in [("result", "video/mp4"), ("thumbnail", "image/jpeg")] {
        let url = video[name].as_str().unwrap();
        let path = url.strip_prefix("https://media.example/media/").unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        let link = house.engine.resolve_media(parts[0], parts[1], parts[2]).await.unwrap();
        assert_eq!(link.media_type, media_type);
        assert!(link.n_bytes > 100);
    }
    let (url, body) = house.posts.try_recv().unwrap();
    assert_eq!(url.as_str(), "https://hooks.example.org/done");
    assert_eq!(body, answer.text());
    assert!(house.posts.try_recv().is_err());
    // Done is done.
    assert_eq!(house.ask("POST", "/api/videos/1/publish/").await.json()["status"], "success");
    let changed = house.call("PUT", "/api/videos/1/", tiny()).await.json();
    for name in ["gd", "result", "thumbnail"] {
        assert_eq!(changed[name], Value::Null, "{name}");
    }
    assert_eq!(changed["status"], "draft");
}
